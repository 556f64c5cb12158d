-- What the server last said about itself, for the statusline and for `:Dovetail status`.
local M = {}

---@class dovetail.Status
---@field state 'idle'|'busy'|'learning'|'offline'|'error'|'off'
---@field source string
---@field message string
---@field detail string|nil

local current ---@type dovetail.Status|nil
local signs = { idle = '', busy = ' …', learning = ' learning', offline = ' offline', error = ' error', off = ' off' }

---@param status dovetail.Status|nil nil: no server
function M.set(status)
  local before = M.component()
  current = type(status) == 'table' and status or nil
  vim.api.nvim_exec_autocmds('User', { pattern = 'DovetailStatus', modeline = false, data = current })
  if M.component() ~= before then
    vim.cmd.redrawstatus()
  end
end

---@return dovetail.Status|nil
function M.get()
  return current
end

---For a statusline: empty without a server, else "Dovetail" and, in a word, what it is doing.
---@return string
function M.component()
  if not current then
    return ''
  elseif not require('dovetail.config').current.auto then
    return 'Dovetail off'
  elseif require('dovetail.wanted').snoozed() then
    return 'Dovetail snoozed'
  end
  return 'Dovetail' .. (signs[current.state] or '')
end

return M
