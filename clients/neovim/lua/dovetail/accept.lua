-- Take a suggestion, whole or in part.
local M = {}
local api = vim.api
local fit = require('dovetail.fit')
local ghost = require('dovetail.ghost')
local client = require('dovetail.client')
local position = require('dovetail.position')
local report = require('dovetail.report')
local request = require('dovetail.request')

-- Insert through Neovim's paste, because that is the only way in which `.` repeats text that a plugin inserts; but
-- with a handler of our own, so that the text goes exactly where it belongs and no paste plugin sees it.
local function insert(row, col, stop, part)
  local lines = vim.split(part, '\n', { plain = true })
  local handler = vim.paste
  vim.paste = function()
    api.nvim_buf_set_text(0, row, col, row, stop, lines)
    local last = #lines[#lines] + (#lines == 1 and col or 0)
    api.nvim_win_set_cursor(0, { row + #lines, last })
    return true
  end
  vim.cmd('let &g:undolevels = &g:undolevels') -- an undo of its own
  local ok, err = pcall(api.nvim_paste, part, false, -1)
  vim.paste = handler
  if not ok then
    error(err, 0)
  end
end

---@param take fun(text: string): string how much of what is left
---@return boolean false: there was no ghost text to take
function M.accept(take)
  if not ghost.visible() then
    return false
  end
  local rest, item, shown = request.rest()
  if not rest or not item or not shown or rest.text == '' then
    return false
  end
  local part = take(rest.text)
  local whole = #part >= #rest.text
  local server = vim.lsp.get_client_by_id(shown.client_id)
  local stop = rest.col + fit.consumed(rest, #part)
  if whole then
    ghost.clear()
    report.hidden()
  end
  insert(rest.row, rest.col, stop, part)
  if whole then
    report.accepted(shown.client_id, item.id)
    if server and item.command and not item.id then
      client.execute(server, item.command)
    end
  elseif server then
    local taken = item.text:sub(1, rest.typed + #part)
    report.accepted(shown.client_id, item.id, position.length(taken, server.offset_encoding))
  end
  request.changed(true)
  return true
end

---All of it that is on the screen: of lines that have no place there nobody can know that they are right.
function M.all()
  return M.accept(ghost.seen)
end

function M.word()
  return M.accept(fit.word)
end

function M.line()
  return M.accept(fit.line)
end

return M
