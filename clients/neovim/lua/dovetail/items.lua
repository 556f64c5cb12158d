-- Inline completion items as a server sends them, read into what is drawn and accepted. What cannot be right is left
-- out: a range on another line or away from the cursor, a text that does not continue what stands there.
local M = {}
local position = require('dovetail.position')

---@class dovetail.Item
---@field id string|nil
---@field text string the whole continuation from the anchor on, '\n' line ends
---@field covered string signs behind the anchor that it replaces
---@field keep string the rest of the anchor's line
---@field command table|nil of a server other than Dovetail's

---@return dovetail.Item|nil
local function read_item(raw, anchor, encoding)
  local text = raw.insertText
  if type(text) == 'table' then
    text = text.value -- a snippet: its plain text, so far as Neovim can tell
    local ok, parsed = pcall(function()
      return tostring(vim.lsp._snippet_grammar.parse(text))
    end)
    text = ok and parsed or text
  end
  if type(text) ~= 'string' then
    return nil
  end
  text = text:gsub('\r\n?', '\n')
  local range = type(raw.range) == 'table' and raw.range or nil
  local covered = ''
  if range then
    local line = anchor.before .. anchor.after
    if range.start.line ~= anchor.row or range['end'].line ~= anchor.row then
      return nil
    end
    local from = position.byte(line, range.start.character, encoding)
    local to = position.byte(line, range['end'].character, encoding)
    if from > anchor.col or to < anchor.col then
      return nil
    end
    local before = line:sub(from + 1, anchor.col) -- other servers begin at the word; ours never does
    if text:sub(1, #before) ~= before then
      return nil
    end
    text, covered = text:sub(#before + 1), line:sub(anchor.col + 1, to)
  end
  local command = type(raw.command) == 'table' and raw.command or nil
  local argument = command and type(command.arguments) == 'table' and command.arguments[1]
  local id = type(argument) == 'table' and type(argument.id) == 'string' and argument.id or nil
  return { id = id, text = text, covered = covered, keep = anchor.after:sub(#covered + 1), command = command }
end

---@param items dovetail.Item[]
---@return integer|nil the place of the item with this text
function M.find(items, text)
  for i, item in ipairs(items) do
    if item.text == text then
      return i
    end
  end
end

---The items of an answer (a list, or an InlineCompletionList), each text once.
---@param anchor dovetail.Anchor where it was asked for
---@param encoding string of the positions
---@return dovetail.Item[]
function M.items(result, anchor, encoding)
  local items = {}
  for _, raw in ipairs(type(result) == 'table' and (result.items or result) or {}) do
    local item = read_item(raw, anchor, encoding)
    if item and item.text ~= '' and not M.find(items, item.text) then
      items[#items + 1] = item
    end
  end
  return items
end

return M
