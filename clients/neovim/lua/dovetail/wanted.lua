-- Whether suggestions are wanted while typing: the option, a snooze, the buffer, macros, an open menu.
local M = {}
local uv = vim.uv
local config = require('dovetail.config')
local menus = require('dovetail.menus')

local rest_until = 0 -- ms, of the clock of `uv.now`

---Ask for nothing while typing for so many seconds; 0 ends it.
function M.snooze(seconds)
  rest_until = uv.now() + seconds * 1000
  vim.cmd.redrawstatus()
end

---@return number|nil seconds that are left
function M.snoozed()
  local left = (rest_until - uv.now()) / 1000
  return left > 0 and left or nil
end

---Whether suggestions are asked for in `buf` while typing.
function M.wanted(buf)
  return config.current.auto
    and not M.snoozed()
    and vim.b[buf].dovetail ~= false
    and vim.fn.reg_recording() == ''
    and vim.fn.reg_executing() == ''
    and not (config.current.popup == 'hide' and menus.open())
end

return M
