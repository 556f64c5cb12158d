-- How long to wait for the next key before asking: as long as the user has set, or by how fast answers come.
local M = {}
local config = require('dovetail.config')

local timer ---@type uv.uv_timer_t
local due ---@type function|nil what waits for its time
local latency = 100 -- ms, smoothed, from request to first item

---@param ms number from a request to its first item
function M.took(ms)
  latency = 0.7 * latency + 0.3 * ms
end

---@return integer ms to wait for the next key
function M.ms()
  local debounce = config.current.debounce
  return debounce == 'auto' and math.floor(math.min(75, math.max(30, latency / 4))) or debounce
end

local on_time = vim.schedule_wrap(function()
  if due then
    local call = due
    due = nil
    call()
  end
end)

---Call something after so many ms, in place of what waits already.
---@param ms integer
---@param call function
function M.later(ms, call)
  timer = timer or assert(vim.uv.new_timer())
  due = call
  timer:start(ms, 0, on_time)
end

---What waits is not called.
function M.stop()
  if due then
    due = nil
    timer:stop()
  end
end

return M
