-- A plan in a tab of its own: before and after side by side in diff mode, the proof of each hunk beside it, and below
-- them the list of all files, hunks and refusals. Nothing is written until the user says so.
local M = {}
local api = vim.api
local commands = require('dovetail.commands')
local plans = require('dovetail.plan')

local ns = api.nvim_create_namespace('dovetail.preview')
local Preview = {}
Preview.__index = Preview

local groups = { exact = 'DiagnosticOk', ['already applied'] = 'DiagnosticOk', shifted = 'DiagnosticInfo', merged = 'DiagnosticWarn',
  definition = 'DiagnosticInfo', rewritten = 'DiagnosticWarn', ['whole file'] = 'DiagnosticWarn', ['new file'] = 'DiagnosticOk',
  deleted = 'DiagnosticWarn', renamed = 'DiagnosticOk', refused = 'DiagnosticError' }

local function lines_of(text)
  local lines = vim.split(text:gsub('\r\n?', '\n'), '\n', { plain = true })
  if lines[#lines] == '' then
    table.remove(lines)
  end
  return lines
end

local function set_lines(buf, lines)
  vim.bo[buf].modifiable = true
  api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
end

local function short(uri)
  return vim.fn.fnamemodify(vim.uri_to_fname(uri), ':~:.')
end

local function height(text)
  return select(2, text:gsub('\n', '')) + ((text == '' or text:sub(-1) == '\n') and 0 or 1)
end

-- Where each hunk begins on either side, 0-based, with the hunks that are not taken left out on the right.
local function places(file)
  local hunks = vim.tbl_filter(function(hunk)
    return hunk.range ~= nil
  end, file.hunks)
  table.sort(hunks, function(a, b)
    return a.range.start.line < b.range.start.line
  end)
  local delta, out = 0, {}
  for _, hunk in ipairs(hunks) do
    local row = hunk.range.start.line
    out[#out + 1] = { hunk = hunk, left = row, right = row + delta }
    if hunk.taken and hunk.proof ~= 'already applied' then
      delta = delta + height(hunk.after) - height(hunk.before)
    end
  end
  return out
end

function Preview:file()
  return self.plan.files[self.index]
end

function Preview:draw_diff()
  local file = self:file()
  if not file then
    return
  end
  local text, exact = self.plan:text(file)
  set_lines(self.left, lines_of(file.before))
  set_lines(self.right, lines_of(text))
  api.nvim_buf_clear_namespace(self.right, ns, 0, -1)
  api.nvim_buf_clear_namespace(self.left, ns, 0, -1)
  for _, place in ipairs(places(file)) do
    local hunk = place.hunk
    local buf, row = self.right, place.right
    local note = plans.describe(hunk)
    if not hunk.taken then
      buf, row, note = self.left, place.left, 'left out (' .. hunk.proof .. ')'
    end
    row = math.min(row, api.nvim_buf_line_count(buf) - 1)
    api.nvim_buf_set_extmark(buf, ns, row, 0, {
      virt_text = { { ' ● ' .. note, hunk.taken and groups[hunk.proof] or 'Comment' } },
    })
  end
  if not exact then
    api.nvim_buf_set_extmark(self.right, ns, 0, 0, {
      virt_text = { { ' shown with every hunk; what is left out stays out', 'DiagnosticWarn' } },
    })
  end
  local filetype = vim.filetype.match({ filename = vim.uri_to_fname(file.new_uri or file.uri) }) or ''
  for _, buf in ipairs({ self.left, self.right }) do
    if vim.bo[buf].syntax ~= filetype then
      vim.bo[buf].syntax = filetype -- not 'filetype': no language server is to attach here
    end
  end
  for win, what in pairs({ [self.wins[1]] = 'before', [self.wins[2]] = 'after' }) do
    vim.wo[win].winbar = ('%s  %s'):format(what, (short(file.new_uri or file.uri):gsub('%%', '%%%%')))
    -- what a tab line shows
    pcall(api.nvim_buf_set_name, api.nvim_win_get_buf(win), ('%s · %s'):format(vim.fs.basename(vim.uri_to_fname(file.uri)), what))
  end
  api.nvim_win_call(self.wins[2], function()
    vim.cmd('diffupdate')
  end)
end

function Preview:draw_list()
  local lines, marks = {}, {}
  self.rows = {}
  local function add(text, entry, group)
    lines[#lines + 1] = (text:gsub('[\r\n]+', ' '))
    self.rows[#lines] = entry
    marks[#lines] = group
  end
  add(self.plan.message or 'A plan')
  for index, file in ipairs(self.plan.files) do
    local moved = type(file.new_uri) == 'string' and ' -> ' .. short(file.new_uri) or ''
    add(('%s %s %s%s'):format(index == self.index and '▸' or ' ', file.op or 'edit', short(file.uri), moved), { index = index }, 'Directory')
    for _, hunk in ipairs(file.hunks) do
      local line = hunk.range and (' line %d'):format(hunk.range.start.line + 1) or ''
      add(('   %s%s %s'):format(hunk.taken and '✓' or '✗', line, plans.describe(hunk)), { index = index, hunk = hunk }, groups[hunk.proof])
    end
  end
  for _, hunk in ipairs(self.plan.refused) do
    local where = type(hunk.uri) == 'string' and short(hunk.uri) .. ': ' or ''
    add('   ! ' .. where .. plans.describe(hunk), { refused = hunk }, groups.refused)
  end
  for _, note in ipairs(self.plan.repaired) do
    add('   repaired while reading: ' .. tostring(note), nil, 'Comment')
  end
  set_lines(self.list, lines)
  api.nvim_buf_clear_namespace(self.list, ns, 0, -1)
  for row, group in pairs(marks) do
    api.nvim_buf_set_extmark(self.list, ns, row - 1, 0, { end_row = row, hl_group = group })
  end
end

-- What the signs mean and the keys do; what cannot be done is not offered.
function Preview:legend()
  local keys, parts = require('dovetail.config').current.edits.keys, {}
  local function add(name, what)
    if keys[name] then
      parts[#parts + 1] = ('%s %s'):format(keys[name]:gsub('%%', '%%%%'), what)
    end
  end
  if #self.plan.files > 0 then
    add('accept', '✓ take')
    add('reject', '✗ leave out')
    add('apply', #self.plan.refused > 0 and 'apply the rest' or 'apply')
  end
  add('why', #self.plan.refused > 0 and '! why' or 'why')
  parts[#parts] = '%<' .. parts[#parts] -- what a narrow window leaves out first
  add('discard', 'discard')
  add('help', 'help')
  return table.concat(parts, ' · ')
end

function Preview:draw()
  self:draw_list()
  self:draw_diff()
end

-- The hunk under the cursor, in whichever of the three windows it is.
function Preview:here()
  local win, row = api.nvim_get_current_win(), api.nvim_win_get_cursor(0)[1]
  if win == self.wins[3] then
    return self.rows[row] or {}
  end
  local side, found = win == self.wins[1] and 'left' or 'right', nil
  for _, place in ipairs(self:file() and places(self:file()) or {}) do
    if not found or place[side] <= row - 1 then
      found = place
    end
  end
  return { index = self.index, hunk = found and found.hunk }
end

function Preview:mark(taken, whole_file)
  local here = self:here()
  local file = self.plan.files[here.index or self.index]
  if not file then
    return
  end
  if whole_file or (here.index and not here.hunk) then
    for _, hunk in ipairs(file.hunks) do
      hunk.taken = taken
    end
  elseif here.hunk then
    here.hunk.taken = taken
  end
  self.index = here.index or self.index
  self:draw()
end

function Preview:show(index)
  if self.plan.files[index] then
    self.index = index
    self:draw()
  end
end

function Preview:close()
  if self.closed then
    return
  end
  self.closed = true
  for _, buf in ipairs({ self.left, self.right, self.list }) do
    pcall(api.nvim_buf_delete, buf, { force = true })
  end
end

function Preview:apply()
  local ids, count = self.plan:chosen()
  if count == 0 then
    return vim.notify('Dovetail: no hunk is chosen; nothing was applied.', vim.log.levels.WARN)
  end
  self:close()
  commands.call('dovetail.applyPlan', { id = self.plan.id, hunks = ids }, function(answer)
    vim.notify('Dovetail: ' .. (answer.message or ''), answer.applied and vim.log.levels.INFO or vim.log.levels.WARN)
  end)
end

function Preview:discard()
  if not self.closed then
    self:close()
    commands.call('dovetail.discardPlan', { id = self.plan.id }, function() end)
    vim.notify('Dovetail: discarded, nothing was changed.')
  end
end

function Preview:why()
  local here = self:here()
  local hunk = here.refused or here.hunk
  if not hunk then
    return
  elseif hunk.proof ~= 'refused' then
    return vim.notify('Dovetail: ' .. plans.describe(hunk))
  end
  commands.call('dovetail.explainRefusal', { id = self.plan.id, hunk = hunk.id }, function(answer)
    require('dovetail.refusal').open(hunk, answer)
  end)
end

function Preview:help()
  local keys = require('dovetail.config').current.edits.keys
  local lines = {}
  for name, key in vim.spairs(keys) do
    lines[#lines + 1] = ('%-5s %s'):format(key or '-', name:gsub('_', ' '))
  end
  vim.notify(table.concat(lines, '\n'))
end

function Preview:map(buf)
  local actions = {
    accept = function() self:mark(true) end,
    reject = function() self:mark(false) end,
    accept_file = function() self:mark(true, true) end,
    reject_file = function() self:mark(false, true) end,
    next_file = function() self:show(self.index + 1) end,
    prev_file = function() self:show(self.index - 1) end,
    apply = function() self:apply() end,
    discard = function() self:discard() end,
    why = function() self:why() end,
    help = function() self:help() end,
  }
  for name, key in pairs(require('dovetail.config').current.edits.keys) do
    if key and actions[name] then
      vim.keymap.set('n', key, actions[name], { buffer = buf, nowait = true, desc = 'Dovetail: ' .. name:gsub('_', ' ') })
    end
  end
end

local function scratch(name, on_leave)
  local buf = api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden, vim.bo[buf].modifiable, vim.bo[buf].swapfile = 'hide', false, false
  pcall(api.nvim_buf_set_name, buf, ('Dovetail plan %d · %s'):format(buf, name))
  api.nvim_create_autocmd('BufWinLeave', { buffer = buf, callback = vim.schedule_wrap(on_leave) })
  return buf
end

---@param raw table the protocol's Plan
function M.open(raw)
  local client = require('dovetail.client').any()
  local self = setmetatable({ index = 1, rows = {} }, Preview)
  self.plan = plans.new(raw, client and client.offset_encoding or 'utf-16')
  local function left()
    self:discard() -- a window of it was closed by hand
  end
  self.left, self.right, self.list = scratch('before', left), scratch('after', left), scratch('list', left)
  vim.cmd('tab split')
  api.nvim_win_set_buf(0, self.list)
  self.wins = { nil, nil, api.nvim_get_current_win() }
  vim.wo[self.wins[3]].winfixheight, vim.wo[self.wins[3]].cursorline = true, true
  vim.wo[self.wins[3]].wrap, vim.wo[self.wins[3]].linebreak, vim.wo[self.wins[3]].breakindent = true, true, true
  vim.wo[self.wins[3]].winbar = self:legend()
  self:draw_list()
  if #self.plan.files > 0 then
    vim.cmd('aboveleft split')
    self.wins[1] = api.nvim_get_current_win()
    api.nvim_win_set_buf(0, self.left)
    vim.cmd('rightbelow vsplit')
    self.wins[2] = api.nvim_get_current_win()
    api.nvim_win_set_buf(0, self.right)
    for i = 1, 2 do
      api.nvim_win_call(self.wins[i], function()
        vim.cmd('diffthis')
      end)
    end
    self:draw_diff()
    -- As many rows as the lines take with their ends, and one for the bar: a reason is longer than a narrow window.
    local rows = api.nvim_win_text_height(self.wins[3], {}).all + 1
    api.nvim_win_set_height(self.wins[3], math.min(math.floor(vim.o.lines / 3), rows))
    local first = places(self:file())[1]
    if first then
      pcall(api.nvim_win_set_cursor, self.wins[2], { first.right + 1, 0 })
    end
  end
  for _, buf in ipairs({ self.left, self.right, self.list }) do
    self:map(buf)
  end
  vim.keymap.set('n', '<CR>', function()
    if self:here().refused then
      return self:why()
    end
    self:show(self:here().index or self.index)
  end, { buffer = self.list, nowait = true })
  M.current = self
  return self
end

return M
