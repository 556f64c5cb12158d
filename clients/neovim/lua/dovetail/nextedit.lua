-- The next edit: what follows from those just made, shown where it is to be made, or, where that is not on the screen,
-- pointed to. One key goes there, the same key again makes it. The server finds it; here it is asked for when the
-- cursor rests, shown while the text is the one that it was found in, and never beside ghost text.
local M = {}
local api, uv = vim.api, vim.uv
local client = require('dovetail.client')
local config = require('dovetail.config')
local position = require('dovetail.position')
local view = require('dovetail.nextview')

local DESC = 'Dovetail: next edit: '
local shown ---@type {edit: table, buf: integer, client_id: integer, first: integer, old: string[], new: string[], at: integer, from: integer}|nil
local renaming ---@type {rename: table, buf: integer, client_id: integer}|nil
local timer ---@type uv.uv_timer_t|nil
local edited = {} ---@type table<integer, integer> the changedtick at which a buffer was asked about last
local serial = 0 -- an answer to an older question is dropped

local function lines_of(text)
  return text == '' and {} or vim.split(text, '\n', { plain = true })
end

local function here(one)
  local row = api.nvim_win_get_cursor(0)[1] - 1
  return one.buf == api.nvim_get_current_buf() and row >= one.first and row <= one.first + math.max(#one.old, 1) - 1
end

local function current(one)
  return api.nvim_buf_is_loaded(one.buf)
    and vim.deep_equal(api.nvim_buf_get_lines(one.buf, one.first, one.first + #one.old, false), one.old)
end

local function unmap()
  for _, buf in ipairs(api.nvim_list_bufs()) do
    for _, map in ipairs(api.nvim_buf_is_loaded(buf) and api.nvim_buf_get_keymap(buf, 'n') or {}) do
      if vim.startswith(map.desc or '', DESC) then
        vim.keymap.del('n', map.lhs, { buffer = buf })
      end
    end
  end
end

---Take what is shown off the screen.
function M.clear()
  serial = serial + 1
  if shown or renaming then
    view.clear(vim.tbl_filter(api.nvim_buf_is_loaded, api.nvim_list_bufs()))
    shown, renaming = nil, nil
    unmap()
  end
end

-- In normal mode the keys are ours only while there is something to take: <Tab> is also the jump list's.
local function map_keys()
  for name, action in pairs({ accept = M.accept, reject = M.reject }) do
    local lhs = config.current.next_edit.keys[name]
    for _, key in ipairs(lhs and (type(lhs) == 'table' and lhs or { lhs }) or {}) do
      local own = vim.fn.maparg(key, 'n', false, true)
      if own.buffer ~= 1 then
        vim.keymap.set('n', key, action, { buffer = 0, nowait = true, desc = DESC .. name })
      end
    end
  end
end

local function draw()
  local one = assert(shown)
  view.clear({ one.buf, api.nvim_get_current_buf() })
  view.draw(one)
  map_keys()
end

local function show(server, edit)
  local ok, buf = pcall(vim.uri_to_bufnr, edit.textDocument.uri)
  if not ok or not api.nvim_buf_is_loaded(buf) then
    return false
  end
  local one = { edit = edit, buf = buf, client_id = server.id, first = edit.line }
  one.old, one.new = lines_of(edit.before), lines_of(edit.after)
  one.at, one.from = api.nvim_buf_get_changedtick(buf), api.nvim_get_current_buf()
  if not current(one) then
    return false
  end
  shown = one
  draw()
  return true
end

-- The language's own server, which knows what a name means where.
local function renamer(buf, own)
  for _, one in ipairs(vim.lsp.get_clients({ bufnr = buf, method = 'textDocument/rename' })) do
    if one.id ~= own then
      return one
    end
  end
end

local function say(text)
  vim.notify('Dovetail: ' .. text)
end

-- A definition was renamed by hand: the rest is for the rename of the language's server, which one key calls.
local function show_rename(server, rename)
  local ok, buf = pcall(vim.uri_to_bufnr, rename.textDocument.uri)
  if not ok or not api.nvim_buf_is_loaded(buf) or buf ~= api.nvim_get_current_buf() then
    return false
  end
  local lines = rename.uses == 1 and '1 line' or ('%d lines'):format(rename.uses)
  if not renamer(buf, server.id) then
    client.notify(server, 'dovetail/didSettleRename', { oldName = rename.oldName, newName = rename.newName })
    say(('%s still use %s; no language server here can rename it.'):format(lines, rename.oldName))
    return true
  end
  renaming = { rename = rename, buf = buf, client_id = server.id }
  view.say_below(buf, rename.position.line, ('» rename %s to %s everywhere (%s)'):format(rename.oldName, rename.newName, lines))
  map_keys()
  return true
end

-- The old name comes back, so that the language's server finds it and its uses; where it cannot rename, the new one stays.
local function rename_all(one)
  local rename, buf, row = one.rename, one.buf, one.rename.position.line
  local old, new = rename.oldName, rename.newName
  M.clear()
  local own, server = vim.lsp.get_client_by_id(one.client_id), renamer(buf, one.client_id)
  local line = api.nvim_buf_get_lines(buf, row, row + 1, false)[1] or ''
  local column = own and position.byte(line, rename.position.character, own.offset_encoding) or 0
  if not own or not server or line:sub(column + 1, column + #new) ~= new then
    return say('the text has changed since; nothing was renamed.')
  end
  client.notify(own, 'dovetail/didSettleRename', { oldName = old, newName = new })
  vim.cmd('let &g:undolevels = &g:undolevels')
  api.nvim_buf_set_text(buf, row, column, row, column + #new, { old })
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    position = { line = row, character = position.units(line, column, server.offset_encoding) },
  }
  local tick = api.nvim_buf_get_changedtick(buf)
  local function back(err)
    if api.nvim_buf_is_loaded(buf) and api.nvim_buf_get_changedtick(buf) == tick then
      api.nvim_buf_set_text(buf, row, column, row, column + #old, { new })
    end
    say(('%s cannot be renamed here%s.'):format(old, type(err) == 'table' and err.message and ': ' .. err.message:gsub('%.$', '') or ''))
  end
  local function rename_now()
    client.request(server, 'textDocument/rename', vim.tbl_extend('error', params, { newName = new }), function(err, result)
      if err or type(result) ~= 'table' then
        return back(err)
      end
      vim.lsp.util.apply_workspace_edit(result, server.offset_encoding)
    end, buf)
  end
  local provider = server.server_capabilities.renameProvider
  if type(provider) == 'table' and provider.prepareProvider then
    client.request(server, 'textDocument/prepareRename', params, function(err, result)
      if err or type(result) ~= 'table' then
        return back(err)
      end
      rename_now()
    end, buf)
  else
    rename_now()
  end
end

---Ask for the next edit. `done(shown, reason)` is called when there is an answer that still holds.
---@param manual boolean|nil the user asks: less likely ones are shown too
function M.ask(manual, done)
  local buf = api.nvim_get_current_buf()
  local server = client.get(buf)
  if not server or require('dovetail.ghost').visible() then
    return
  end
  M.clear()
  local mine, tick = serial, api.nvim_buf_get_changedtick(buf)
  edited[buf] = tick
  local row, col = unpack(api.nvim_win_get_cursor(0))
  client.request(server, 'dovetail/nextEdit', {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    position = { line = row - 1, character = position.units(api.nvim_get_current_line(), col, server.offset_encoding) },
    manual = manual or nil,
  }, function(_, result)
    if mine ~= serial or not api.nvim_buf_is_valid(buf) or api.nvim_buf_get_changedtick(buf) ~= tick
      or api.nvim_get_current_buf() ~= buf or require('dovetail.ghost').visible() then
      return
    end
    local edit = type(result) == 'table' and type(result.edit) == 'table' and result.edit or nil
    local rename = type(result) == 'table' and type(result.rename) == 'table' and result.rename or nil
    local drawn = edit ~= nil and show(server, edit) or rename ~= nil and show_rename(server, rename)
    if done then
      done(drawn, type(result) == 'table' and result.reason or nil)
    end
  end, buf)
end

local function rested()
  local buf = api.nvim_get_current_buf()
  local mode = api.nvim_get_mode().mode
  if (mode == 'n' or mode == 'i') and not shown and not renaming and edited[buf] ~= api.nvim_buf_get_changedtick(buf)
    and not require('dovetail.menus').open() and require('dovetail.wanted').wanted(buf) then
    M.ask()
  end
end

---Text or cursor moved: what is shown is looked at again, and asked for anew once the cursor rests.
function M.moved()
  if renaming and api.nvim_buf_get_changedtick(renaming.buf) ~= edited[renaming.buf] then
    M.clear()
  elseif shown and (not current(shown) or api.nvim_buf_get_changedtick(shown.buf) ~= shown.at) then
    M.clear()
  elseif shown then
    draw()
  end
  local buf = api.nvim_get_current_buf()
  if not config.current.next_edit.auto or not client.get(buf) then
    return
  end
  edited[buf] = edited[buf] or api.nvim_buf_get_changedtick(buf) -- nothing was edited yet
  timer = timer or assert(uv.new_timer())
  timer:start(config.current.next_edit.wait_ms, 0, vim.schedule_wrap(rested))
end

---Go to the place; where the cursor is there already, make the edit, in one undo step.
---@return boolean
function M.accept()
  local one = shown
  if renaming then
    rename_all(renaming)
    return true
  elseif not one or not current(one) then
    M.clear()
    return false
  elseif not here(one) then
    vim.cmd("normal! m'")
    if one.buf ~= api.nvim_get_current_buf() then
      api.nvim_win_set_buf(0, one.buf)
    end
    local head = one.old[1] and one.new[1] and view.common(one.old[1], one.new[1]) or 0
    api.nvim_win_set_cursor(0, { math.min(one.first + 1, api.nvim_buf_line_count(one.buf)), head })
    shown = one -- leaving a window takes it off
    draw()
    return true
  end
  M.clear()
  vim.cmd('let &g:undolevels = &g:undolevels') -- an undo of its own
  api.nvim_buf_set_lines(one.buf, one.first, one.first + #one.old, false, one.new)
  local last = one.first + math.max(#one.new, 1)
  local _, tail = view.common(one.old[#one.old] or '', one.new[#one.new] or '')
  api.nvim_win_set_cursor(0, { math.min(last, api.nvim_buf_line_count(one.buf)), math.max(#(one.new[#one.new] or '') - tail, 0) })
  local server = vim.lsp.get_client_by_id(one.client_id)
  if server then
    client.notify(server, 'dovetail/didAcceptNextEdit', { id = one.edit.id })
  end
  M.moved()
  return true
end

---@return boolean
function M.reject()
  local one, kept = shown, renaming
  M.clear()
  if kept then
    local own = vim.lsp.get_client_by_id(kept.client_id)
    if own then
      client.notify(own, 'dovetail/didSettleRename', { oldName = kept.rename.oldName, newName = kept.rename.newName })
    end
    return true
  end
  local server = one and vim.lsp.get_client_by_id(one.client_id)
  if server then
    client.notify(server, 'dovetail/didRejectNextEdit', { id = one.edit.id })
  end
  return one ~= nil
end

---@return table|nil the protocol's NextEdit that is on the screen
function M.shown()
  return shown and shown.edit
end

-- Every place of the rule as one plan, in the preview.
local function all()
  local edit = M.shown()
  if edit then
    M.clear()
    require('dovetail.commands').call('dovetail.nextEdit', { id = edit.id, all = true, preview = true }, require('dovetail.edits').take)
  end
end

---`:Dovetail next [all]`
function M.command(args)
  if shown then
    return args[1] == 'all' and all() or M.accept()
  end
  M.ask(true, function(drawn, reason)
    if not drawn then
      vim.notify('Dovetail: no next edit' .. (reason and (': %s.'):format((reason:gsub('%.$', ''))) or '.'))
    elseif args[1] == 'all' then
      all()
    end
  end)
end

return M
