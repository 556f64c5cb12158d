-- When to ask, what to keep, what to throw away.
--
-- One request at a time. It is kept as long as what is typed could still be the beginning of its answer, and
-- cancelled when it cannot; its answer is shown less the keys typed since, or dropped if it does not fit them. While a
-- suggestion is being typed along nothing is asked at all.
local M = {}
local api, uv = vim.api, vim.uv
local config = require('dovetail.config')
local client = require('dovetail.client')
local delay = require('dovetail.delay')
local fit = require('dovetail.fit')
local ghost = require('dovetail.ghost')
local reading = require('dovetail.items')
local menus = require('dovetail.menus')
local position = require('dovetail.position')
local report = require('dovetail.report')
local wanted = require('dovetail.wanted').wanted

local INVOKED, AUTOMATIC = 1, 2
local PATIENCE_MS = 2000 -- after which a request that is still unanswered is made anew at the next key
local MISSED_MS = 5000 -- for which a suggestion that was mistyped comes back when the slip is taken back

---@class dovetail.InFlightRequest
---@field client_id integer
---@field id integer|nil
---@field anchor dovetail.Anchor
---@field asked number time, ms
---@field started number|nil the same until the first item has come
---@field kind integer
---@field cycle integer|nil step to take when the answer is in

---@class dovetail.Shown
---@field anchor dovetail.Anchor
---@field items dovetail.Item[]
---@field index integer
---@field client_id integer
---@field in_flight dovetail.InFlightRequest whose answer it is

local shown ---@type dovetail.Shown|nil
local missed ---@type {shown: dovetail.Shown, at: number}|nil what the last key disagreed with
local in_flight ---@type dovetail.InFlightRequest|nil
local by_token = {} ---@type table<string, dovetail.InFlightRequest> by progress token
local serial = 0
local seen = { buf = -1, tick = -1, row = -1, col = -1 } -- the state handled last
local peeking = false -- a key has asked to see what is there (`completion.mode` subtle)
local quiet ---@type integer|nil the changedtick at which the user dismissed a suggestion

---@return 'insert'|nil
local function inserting()
  return api.nvim_get_mode().mode:sub(1, 1) == 'i' or nil
end

local function cancel()
  delay.stop()
  if in_flight then
    client.cancel(in_flight.client_id, in_flight.id)
    in_flight = nil
  end
end

local function hide()
  ghost.clear()
  report.hidden()
end

local function drop()
  shown = nil
  hide()
end

local function forget()
  missed = nil
  drop()
end

-- Whether suggestions are asked for while typing, and shown only when a key asks.
local function subtle()
  local status = require('dovetail.status').get()
  return status ~= nil and status.mode == 'subtle'
end

---What is left of the suggestion on screen; nil if none fits.
---@return dovetail.Rest|nil rest, dovetail.Item|nil item, dovetail.Shown|nil shown
function M.rest()
  if not shown then
    return nil
  end
  local typed, tail, row, col = fit.typed(shown.anchor)
  if not typed then
    return nil
  end
  for step = 0, #shown.items - 1 do
    local index = (shown.index - 1 + step) % #shown.items + 1
    local rest = fit.rest(shown.items[index], typed, tail, row, col)
    if rest then
      shown.index = index
      return rest, shown.items[index], shown
    end
  end
end

-- Draw what fits. 'gone': nothing fits any more; 'done': all of it has been typed.
local function draw()
  local rest, item = M.rest()
  if not rest or not item or not shown then
    return 'gone'
  elseif rest.text == '' then
    return 'done'
  elseif config.current.popup == 'hide' and menus.open() or subtle() and not peeking then
    hide()
    return 'hidden'
  end
  ghost.show(rest, #shown.items > 1 and ('%d/%d'):format(shown.index, #shown.items) or nil)
  report.visible(shown.client_id, item.id)
  return 'drawn'
end

-- Whether a stream has only not come as far yet as the user's typing.
local function may_grow()
  local typed = shown and in_flight and in_flight.anchor == shown.anchor and fit.typed(shown.anchor)
  return typed and shown
    and vim.iter(shown.items):any(function(item)
      return typed:sub(1, #item.text) == item.text
    end)
end

-- What was on screen before a slip of the finger, once the slip is taken back.
local function restore()
  if shown or not missed or uv.hrtime() / 1e6 - missed.at > MISSED_MS then
    return false
  end
  shown = missed.shown
  local outcome = draw()
  if outcome == 'drawn' or outcome == 'hidden' then
    missed = nil
    cancel()
    return true
  end
  shown = nil
  return false
end

---@param from dovetail.InFlightRequest
local function answer(from, result, final)
  if in_flight ~= from then
    return
  end
  if final then
    in_flight = nil
  end
  local typed = inserting() and fit.typed(from.anchor)
  if not typed then
    return
  end
  local server = vim.lsp.get_client_by_id(from.client_id)
  local items = server and reading.items(result, from.anchor, server.offset_encoding) or {}
  if #items > 0 then
    if from.started then
      delay.took(uv.hrtime() / 1e6 - from.started)
      from.started = nil
    end
    if not final and shown and shown.in_flight == from and #items[1].text < #shown.items[1].text
      and vim.startswith(shown.items[1].text, items[1].text) then
      return -- what is on the screen grows, or is replaced: it does not shrink
    end
    local index = 1
    local _, old = M.rest()
    if from.cycle and old and shown and shown.anchor.col == from.anchor.col then
      index = reading.find(items, old.text) or 0
      if index == 0 then
        table.insert(items, 1, old)
        index = 1
      end
      index = (index - 1 + from.cycle) % #items + 1
    end
    shown = { anchor = from.anchor, items = items, index = index, client_id = from.client_id, in_flight = from }
    local outcome = draw()
    if outcome == 'drawn' or outcome == 'hidden' then
      return
    elseif may_grow() then
      return hide()
    end
    drop()
  elseif from.kind == INVOKED and not (shown and shown.in_flight == from) then
    return -- what is on screen stays, for it is of another question
  elseif shown then
    drop()
  end
  -- The answer does not fit what was typed while it was on its way: ask for what stands there now.
  if typed ~= '' then
    if not final then
      cancel()
    end
    M.ask(AUTOMATIC)
  end
end

---@param kind integer LSP's InlineCompletionTriggerKind
---@param cycle integer|nil
function M.ask(kind, cycle)
  cancel()
  local buf = api.nvim_get_current_buf()
  local server = client.get(buf)
  if not server or not inserting() or (kind == AUTOMATIC and not wanted(buf)) then
    return false
  end
  local anchor = fit.anchor()
  if #anchor.before + #anchor.after > config.current.max_line_bytes then
    return false
  end
  serial = serial + 1
  local token = 'dovetail/' .. serial
  local now = uv.hrtime() / 1e6
  local this = { client_id = server.id, anchor = anchor, asked = now, started = now, kind = kind, cycle = cycle }
  in_flight, by_token[token] = this, this
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    position = {
      line = anchor.row,
      character = position.units(anchor.before, anchor.col, server.offset_encoding),
    },
    context = { triggerKind = kind },
    partialResultToken = token,
  }
  local ok, id = client.request(server, 'textDocument/inlineCompletion', params, function(_, result)
    by_token[token] = nil
    answer(this, result, true)
  end, buf)
  if not ok then
    by_token[token] = nil
    in_flight = nil
    return false
  end
  this.id = id
  return true
end

---A part of an answer, under a token of ours.
function M.partial(token, value)
  local from = by_token[token]
  if from then
    answer(from, value, false)
  end
  return from ~= nil
end

local function ask_automatic()
  M.ask(AUTOMATIC)
end

---The text or the cursor has changed: the one entry on every key.
---@param soon boolean|nil ask without waiting
function M.changed(soon)
  local buf = api.nvim_get_current_buf()
  local tick = api.nvim_buf_get_changedtick(buf)
  local cursor = api.nvim_win_get_cursor(0)
  if seen.tick == tick and seen.buf == buf and seen.row == cursor[1] and seen.col == cursor[2] then
    return
  end
  local edited = seen.tick ~= tick or seen.buf ~= buf
  peeking = peeking and soon == true -- what is left of an accepted one stays in sight
  seen.buf, seen.tick, seen.row, seen.col = buf, tick, cursor[1], cursor[2]
  if shown then
    local outcome = draw()
    if outcome == 'drawn' or outcome == 'hidden' then
      return
    elseif may_grow() then
      return hide()
    end
    local gone, whole = shown, not (in_flight and in_flight.anchor == shown.anchor)
    drop()
    if outcome == 'done' then
      soon, missed = true, nil
    else
      cancel() -- a stream that has already disagreed
      if edited and restore() then
        return
      elseif edited and fit.typed(gone.anchor) then
        -- What is typed now was not foreseen: the sooner it is known the better, and no key before it was asked for.
        soon, missed = true, whole and { shown = gone, at = uv.hrtime() / 1e6 } or nil
      end
    end
  elseif edited and restore() then
    return
  end
  if in_flight and not soon then
    if fit.typed(in_flight.anchor) and uv.hrtime() / 1e6 - in_flight.asked < PATIENCE_MS then
      return
    end
    cancel()
  end
  if (not edited and quiet == tick) or not client.get(buf) then
    return
  end
  quiet = nil
  delay.later(soon and 0 or delay.ms(), ask_automatic)
end

---The popup menu opened or closed.
function M.menu_changed()
  if shown and draw() == 'gone' then
    drop()
  elseif not shown and not menus.open() then
    seen.tick = -1
    M.changed()
  end
end

---Insert mode or the buffer was left: nothing of it remains.
function M.reset()
  peeking = false
  cancel()
  forget()
  seen.tick = -1
end

---@param useless boolean|nil the user says that it was of no use
---@return boolean whether there was anything to dismiss
function M.dismiss(useless)
  local was = shown and ghost.visible()
  if shown and was then
    local _, item = M.rest()
    if item then
      (useless and report.not_useful or report.rejected)(shown.client_id, item.id)
    end
  end
  if useless and not was then
    return false
  end
  cancel()
  forget()
  quiet = api.nvim_buf_get_changedtick(0)
  return was or false
end

---Ask now, whatever stands there.
function M.trigger()
  quiet = nil
  if subtle() then
    peeking = true
    if M.rest() then
      draw()
      return true
    elseif in_flight and fit.typed(in_flight.anchor) then
      return true -- it is shown when it comes
    end
  end
  return M.ask(INVOKED)
end

---Show another of the suggestions; ask for more where there is only one.
---@param step 1|-1
function M.cycle(step)
  if subtle() and not peeking then
    return M.trigger()
  end
  if not M.rest() or not shown then
    return M.trigger()
  end
  if #shown.items == 1 then
    return M.ask(INVOKED, step)
  end
  for _ = 1, #shown.items do
    shown.index = (shown.index - 1 + step) % #shown.items + 1
    local typed, tail, row, col = fit.typed(shown.anchor)
    if typed and fit.rest(shown.items[shown.index], typed, tail, row, col) then
      break
    end
  end
  draw()
  return true
end

return M
