-- A hunk that was refused, against the place that it comes nearest to, as a diff: see why, go there, have the model try
-- again with the reason, or put the hunk right by hand.
local M = {}
local api = vim.api
local commands = require('dovetail.commands')
local live = require('dovetail.live')

local function lines_of(text)
  return vim.split((text:gsub('\r\n?', '\n'):gsub('\n$', '')), '\n', { plain = true })
end

-- The lines of a file, as the editor has them where it has them open.
local function read(uri)
  local buf = live.loaded(uri)
  if buf then
    return api.nvim_buf_get_lines(buf, 0, -1, false)
  end
  local ok, lines = pcall(vim.fn.readfile, vim.uri_to_fname(uri))
  return ok and lines or {}
end

-- The row (0-based) near `first` at which most of `wants` stands, line by line.
local function aligned(wants, lines, first)
  local best, most = first, -1
  for shift = 0, #wants do
    for _, row in ipairs({ first - shift, first + shift }) do
      local same = 0
      for i, want in ipairs(wants) do
        same = same + (lines[row + i] == want and 1 or 0)
      end
      if row >= 0 and same > most then
        best, most = row, same
      end
    end
  end
  return best
end

local function scratch(name, lines)
  local buf = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].bufhidden, vim.bo[buf].modifiable = 'wipe', false
  pcall(api.nvim_buf_set_name, buf, name)
  return buf
end

local function close(self)
  if api.nvim_tabpage_is_valid(self.tab) and #api.nvim_list_tabpages() > 1 then
    vim.cmd(('%dtabclose'):format(api.nvim_tabpage_get_number(self.tab)))
  end
end

local function jump(self)
  if not self.place then
    return vim.notify('Dovetail: no place in the workspace comes near to it.', vim.log.levels.WARN)
  end
  close(self)
  vim.cmd('tab drop ' .. vim.fn.fnameescape(vim.uri_to_fname(self.place.uri)))
  vim.cmd("normal! m'")
  pcall(api.nvim_win_set_cursor, 0, { self.place.range.start.line + 1, 0 })
  vim.cmd('normal! zv')
end

-- The model is told what it wanted, and why that did not fit.
local function again(self)
  local instruction = ('Make this change again; as it was written it does not fit the file: %s\n\nIt was to replace\n\n%s\nby\n\n%s')
    :format(self.message, self.hunk.before or '', self.hunk.after or '')
  close(self)
  vim.notify('Dovetail: asking again, with the reason …')
  commands.call('dovetail.edit', {
    instruction = instruction,
    uri = self.uri,
    range = self.place and self.place.range or nil,
    kind = 'edit',
    preview = true,
  }, require('dovetail.edits').take)
end

-- The hunk as a diff, in a buffer of its own; `:write` has it read, located and shown as any other.
local function by_hand(self)
  local diff = (vim.text and vim.text.diff or vim.diff)(self.hunk.before or '', self.hunk.after or '', { ctxlen = 3 })
  close(self)
  vim.cmd('botright new')
  local buf = api.nvim_get_current_buf()
  vim.bo[buf].buftype, vim.bo[buf].bufhidden, vim.bo[buf].swapfile = 'acwrite', 'wipe', false
  pcall(api.nvim_buf_set_name, buf, vim.fs.basename(vim.uri_to_fname(self.uri)) .. ' · hunk')
  api.nvim_buf_set_lines(buf, 0, -1, false, lines_of(diff))
  vim.bo[buf].filetype, vim.bo[buf].modified = 'diff', false
  vim.wo.winbar = ':write applies it · :quit leaves it'
  api.nvim_create_autocmd('BufWriteCmd', {
    buffer = buf,
    callback = function()
      local text = table.concat(api.nvim_buf_get_lines(buf, 0, -1, false), '\n') .. '\n'
      vim.bo[buf].modified = false
      vim.schedule(function()
        api.nvim_buf_delete(buf, { force = true })
        commands.call('dovetail.applyDiff', { text = text, uri = self.uri, preview = true }, require('dovetail.edits').take)
      end)
    end,
  })
end

---@param hunk table the protocol's Hunk
---@param answer table to `dovetail.explainRefusal`
function M.open(hunk, answer)
  local place = type(answer.place) == 'table' and answer.place or nil
  local uri = place and place.uri or (type(hunk.uri) == 'string' and hunk.uri) or nil
  local name = uri and vim.fs.basename(vim.uri_to_fname(uri)) or 'hunk'
  local self = { hunk = hunk, place = place, uri = uri, message = answer.message or hunk.reason or 'refused' }
  local wants = lines_of(hunk.before ~= '' and hunk.before or hunk.after or '')
  local there = { 'No place in the workspace comes near to it.' }
  if place then
    local lines = read(place.uri)
    local first = aligned(wants, lines, place.range.start.line)
    there = vim.list_slice(lines, first + 1, first + math.max(#wants, place.range['end'].line - place.range.start.line))
  end
  vim.cmd('tab split')
  self.tab = api.nvim_get_current_tabpage()
  api.nvim_win_set_buf(0, scratch('Dovetail refusal · ' .. name, { self.message }))
  local why = api.nvim_get_current_win()
  vim.wo[why].wrap, vim.wo[why].linebreak = true, true
  vim.wo[why].winbar = (place and '<CR> go there · ' or '') .. (uri and 'r ask again · e edit by hand · ' or '') .. 'q close'
  vim.cmd('aboveleft split')
  api.nvim_win_set_buf(0, scratch(name .. ' · what the hunk expects', wants))
  vim.cmd('rightbelow vsplit')
  api.nvim_win_set_buf(0, scratch(place and ('%s · line %d'):format(name, place.range.start.line + 1) or name .. ' · nowhere', there))
  local wins = api.nvim_tabpage_list_wins(self.tab)
  for _, win in ipairs(wins) do
    if place and win ~= why then
      api.nvim_win_call(win, function()
        vim.cmd('diffthis')
      end)
    end
  end
  api.nvim_win_set_height(why, math.min(8, 1 + math.ceil(vim.fn.strdisplaywidth(self.message) / api.nvim_win_get_width(why))))
  for _, win in ipairs(wins) do
    local buf = api.nvim_win_get_buf(win)
    local function map(key, action)
      vim.keymap.set('n', key, function()
        action(self)
      end, { buffer = buf, nowait = true })
    end
    map('q', close)
    map('<CR>', jump)
    if uri then
      map('r', again)
      map('e', by_hand)
    end
  end
end

return M
