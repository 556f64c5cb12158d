-- Insert-mode keys in the buffers that are served. Each does its work where there is ghost text, and otherwise what it
-- did before: a buffer's own mapping, the user's global one, Neovim's default, or the plain key.
local M = {}
local api = vim.api
local config = require('dovetail.config')

local saved = {} ---@type table<integer, table<string, table>> buffer -> key -> the buffer's mapping before ours
local DESC = 'Dovetail: '

local function raw(lhs)
  return api.nvim_replace_termcodes(lhs, true, true, true)
end

-- Keys go before what is typed ahead. A mapping that expands to its own key means the plain key.
local function feed(keys, lhs, remap)
  local own = raw(lhs)
  if remap and keys:sub(1, #own) == own then
    if #keys > #own then
      api.nvim_feedkeys(keys:sub(#own + 1), 'im', false)
    end
    return api.nvim_feedkeys(own, 'in', false)
  end
  api.nvim_feedkeys(keys, remap and 'im' or 'in', false)
end

local function run(map, lhs)
  local remap = map.noremap ~= 1
  local result
  if map.callback then
    result = map.callback()
    if map.expr ~= 1 then
      return
    end
  else
    -- Neovim gives the right side with its keys spelled out, in expressions too
    local rhs = (map.rhs or ''):gsub('<[sS][iI][dD]>', ('<SNR>%d_'):format(map.sid or 0))
    result = raw(rhs)
    if map.expr == 1 then
      result = api.nvim_eval(result)
      if map.replace_keycodes == 1 then
        result = raw(result)
      end
    end
    return feed(result, lhs, remap)
  end
  if type(result) == 'string' then
    feed(map.replace_keycodes == 1 and raw(result) or result, lhs, remap)
  end
end

---What `lhs` would have done without us.
local function fall_back(buf, lhs)
  local map = saved[buf] and saved[buf][lhs]
  if not map then
    local key = raw(lhs)
    for _, global in ipairs(api.nvim_get_keymap('i')) do
      if global.lhsraw == key or global.lhsrawalt == key then
        map = global
        break
      end
    end
  end
  if map then
    return run(map, lhs)
  end
  api.nvim_feedkeys(raw(lhs), 'in', false)
end

local function actions()
  local request, accept = require('dovetail.request'), require('dovetail.accept')
  return {
    accept = function()
      return not require('dovetail.menus').open() and (accept.all() or require('dovetail.nextedit').accept())
    end,
    accept_word = accept.word,
    accept_line = accept.line,
    next = function()
      return request.cycle(1)
    end,
    prev = function()
      return request.cycle(-1)
    end,
    dismiss = function()
      return request.dismiss() or require('dovetail.nextedit').reject()
    end,
    not_useful = function()
      return request.dismiss(true)
    end,
    trigger = request.trigger,
  }
end

---Map our keys in `buf`, over mappings made there since the last time.
function M.attach(buf)
  saved[buf] = saved[buf] or {}
  for name, action in pairs(actions()) do
    local keys = config.current.keys[name]
    for _, lhs in ipairs(keys and (type(keys) == 'table' and keys or { keys }) or {}) do
      local map = api.nvim_buf_call(buf, function()
        return vim.fn.maparg(lhs, 'i', false, true)
      end)
      if not vim.startswith(map.desc or '', DESC) then
        saved[buf][lhs] = map.buffer == 1 and map or nil
        vim.keymap.set('i', lhs, function()
          if not action() then
            fall_back(buf, lhs)
          end
        end, { buffer = buf, desc = DESC .. name, silent = true })
      end
    end
  end
end

---Take our keys away and put back what was there.
function M.detach(buf)
  for _, map in ipairs(api.nvim_buf_is_valid(buf) and api.nvim_buf_get_keymap(buf, 'i') or {}) do
    if vim.startswith(map.desc or '', DESC) then
      vim.keymap.del('i', map.lhs, { buffer = buf })
    end
  end
  for _, map in pairs(saved[buf] or {}) do
    if api.nvim_buf_is_valid(buf) then
      api.nvim_buf_call(buf, function()
        vim.fn.mapset('i', false, map)
      end)
    end
  end
  saved[buf] = nil
end

function M.forget(buf)
  saved[buf] = nil
end

return M
