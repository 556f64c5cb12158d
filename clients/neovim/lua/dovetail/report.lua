-- Tells the server what became of a suggestion: seen (at once, so that it can prepare what follows; and again after
-- 750 ms on screen, the time after which it counts as shown), accepted whole or in part, dismissed.
local M = {}
local client = require('dovetail.client')

local COUNTS_MS = 750
local timer ---@type uv.uv_timer_t|nil
local visible ---@type {id: string, client_id: integer}|nil
local last ---@type string|nil

local function send(client_id, method, params)
  local c = vim.lsp.get_client_by_id(client_id)
  if c and params.id then
    client.notify(c, method, params)
  end
end

---The suggestion is on the screen (called on every redraw of it).
function M.visible(client_id, id)
  if not id or (visible and visible.id == id) then
    return
  end
  visible = { id = id, client_id = client_id }
  if last ~= id then
    last = id
    send(client_id, 'dovetail/didShow', { id = id })
  end
  timer = timer or assert(vim.uv.new_timer())
  local now = visible
  timer:start(COUNTS_MS, 0, vim.schedule_wrap(function()
    if visible == now then
      send(client_id, 'dovetail/didShow', { id = id, visibleMs = COUNTS_MS })
    end
  end))
end

---Nothing is on the screen any more.
function M.hidden()
  if visible then
    visible = nil
    if timer then
      timer:stop()
    end
  end
end

---@param length integer|nil units of the item's text that stand in the buffer now; nil: all
function M.accepted(client_id, id, length)
  send(client_id, 'dovetail/didAccept', { id = id, length = length })
end

function M.rejected(client_id, id)
  send(client_id, 'dovetail/didReject', { id = id })
end

function M.not_useful(client_id, id)
  send(client_id, 'dovetail/notUseful', { id = id })
end

return M
