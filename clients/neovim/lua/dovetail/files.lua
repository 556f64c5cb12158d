-- The files that a chat request would be sent with, shown before it is, so that one can be left out with one key. There
-- is nothing to choose, and no window, where only the file at hand would be sent.
local M = {}
local api = vim.api
local commands = require('dovetail.commands')

local ns = api.nvim_create_namespace('dovetail.files')
local HELP = 'x leaves a file out or takes it back   <CR> sends   q sends nothing'

local function say(text, level)
  vim.notify('Dovetail: ' .. text, level or vim.log.levels.INFO)
end

local function plural(count, word)
  return ('%d %s%s'):format(count, word, count == 1 and '' or 's')
end

-- The window's lines: a title, the files, the keys.
local function drawn(rows)
  local width, tokens, lines = 0, 0, {}
  for _, row in ipairs(rows) do
    width = math.max(width, vim.fn.strdisplaywidth(row.path))
    tokens = tokens + (row.out and 0 or row.tokens)
  end
  for number, row in ipairs(rows) do
    local name = row.path .. (' '):rep(width - vim.fn.strdisplaywidth(row.path))
    local size = ('%12s %14s'):format(plural(row.lines, 'line'), plural(row.tokens, 'token'))
    lines[number + 1] = (' %s %s %s  %s'):format(row.out and '✗' or '✓', name, size, row.why)
  end
  lines[1] = (' Sent to the chat model: about %s'):format(plural(tokens, 'token'))
  lines[#lines + 1] = ' ' .. HELP
  return lines
end

local function draw(buf, rows)
  local lines = drawn(rows)
  vim.bo[buf].modifiable = true
  api.nvim_buf_set_lines(buf, 0, -1, false, lines)
  vim.bo[buf].modifiable = false
  api.nvim_buf_clear_namespace(buf, ns, 0, -1)
  local groups = { [1] = 'Title', [#lines] = 'Comment' }
  for number, row in ipairs(rows) do
    groups[number + 1] = row.out and 'Comment' or nil
  end
  for number, group in pairs(groups) do
    api.nvim_buf_set_extmark(buf, ns, number - 1, 0, { end_row = number - 1, end_col = #lines[number], hl_group = group })
  end
  return lines
end

---Show the files; `done` is told the uris of those that go along with the one at hand, or nil if nothing is to be sent.
---@param rows table[] as the protocol's FileFor, the file at hand first
---@param done fun(uris: string[]|nil)
function M.show(rows, done)
  local buf = api.nvim_create_buf(false, true)
  vim.bo[buf].bufhidden = 'wipe'
  local lines, width = draw(buf, rows), 0
  for _, line in ipairs(lines) do
    width = math.max(width, vim.fn.strdisplaywidth(line) + 1)
  end
  width = math.min(width, vim.o.columns - 4)
  local height = math.min(#lines, vim.o.lines - 4)
  local win = api.nvim_open_win(buf, true, {
    relative = 'editor', style = 'minimal', border = 'rounded', width = width, height = height,
    row = math.max(0, math.floor((vim.o.lines - height) / 2) - 1), col = math.floor((vim.o.columns - width) / 2),
  })
  vim.wo[win].cursorline, vim.wo[win].wrap = true, false
  api.nvim_win_set_cursor(win, { math.min(3, #lines), 1 })
  local over = false
  local function finish(uris)
    if over then
      return
    end
    over = true
    if api.nvim_win_is_valid(win) then
      api.nvim_win_close(win, true)
    end
    done(uris)
  end
  local function toggle()
    local row = rows[api.nvim_win_get_cursor(win)[1] - 1]
    if row == rows[1] then
      return say('the file at hand is what the request is about.')
    elseif row then
      row.out = not row.out
      draw(buf, rows)
    end
  end
  local function send()
    local uris = {}
    for number = 2, #rows do
      uris[#uris + 1] = not rows[number].out and rows[number].uri or nil
    end
    finish(uris)
  end
  local function leave()
    finish(nil)
  end
  for key, action in pairs({ x = toggle, ['<CR>'] = send, q = leave, ['<Esc>'] = leave }) do
    vim.keymap.set('n', key, action, { buffer = buf, nowait = true })
  end
  api.nvim_create_autocmd({ 'WinLeave', 'BufWipeout' }, { buffer = buf, once = true, callback = vim.schedule_wrap(leave) })
end

---Ask for an edit, once the person has seen what is sent.
---@param argument table of `dovetail.edit`
---@param said string what is said while the model is asked
---@param take fun(plan: table, client: table)
function M.ask(argument, said, take)
  local function send(given)
    say(said)
    commands.call('dovetail.edit', given, take)
  end
  local client = require('dovetail.client').any()
  local known = client and vim.tbl_get(client.server_capabilities, 'executeCommandProvider', 'commands') or {}
  if not vim.tbl_contains(known, 'dovetail.filesFor') then
    return send(argument)
  end
  commands.call('dovetail.filesFor', argument, function(answer)
    local rows = answer.files or {}
    if #rows < 2 then
      return send(argument)
    end
    M.show(rows, function(uris)
      if not uris then
        return say('nothing was sent.')
      end
      send(vim.tbl_extend('force', argument, { files = uris }))
    end)
  end)
end

return M
