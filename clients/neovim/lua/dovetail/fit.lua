-- Does a suggestion still fit what stands at the cursor? Everything here is reading and arithmetic: a suggestion was
-- made for an anchor (buffer, row, column, the text before and behind it), the user typed on, and the question is what
-- is left of it, and which of the signs behind the cursor it already contains.
local M = {}
local api = vim.api

---@class dovetail.Anchor
---@field buf integer
---@field row integer 0-based
---@field col integer bytes
---@field before string the line up to the anchor
---@field after string the line behind it

---@class dovetail.Rest
---@field text string what is left of the suggestion at the cursor
---@field extra string signs right behind the cursor that the suggestion replaces
---@field at integer[]|nil for each byte of `extra` its place in `text`; nil where it is not part of it
---@field keep string what stands behind `extra` and stays
---@field typed integer bytes of the suggestion typed since
---@field row integer of the cursor, 0-based
---@field col integer of the cursor, bytes

---@return dovetail.Anchor
function M.anchor()
  local row, col = unpack(api.nvim_win_get_cursor(0))
  local line = api.nvim_get_current_line()
  return {
    buf = api.nvim_get_current_buf(),
    row = row - 1,
    col = col,
    before = line:sub(1, col),
    after = line:sub(col + 1),
  }
end

---What was typed at `anchor` since; nil if anything else happened there.
---@param anchor dovetail.Anchor
---@return string|nil typed, string tail, integer row, integer col
function M.typed(anchor)
  local row, col = unpack(api.nvim_win_get_cursor(0))
  row = row - 1
  if api.nvim_get_current_buf() ~= anchor.buf or row < anchor.row or row > anchor.row + 200 then
    return nil, '', row, col
  end
  local lines = api.nvim_buf_get_lines(anchor.buf, anchor.row, row + 1, false)
  local last = lines[#lines] or ''
  if (lines[1] or ''):sub(1, anchor.col) ~= anchor.before or (row == anchor.row and col < anchor.col) then
    return nil, '', row, col
  end
  local tail = last:sub(col + 1)
  lines[#lines] = last:sub(1, col)
  lines[1] = lines[1]:sub(anchor.col + 1)
  return table.concat(lines, '\n'), tail, row, col
end

local closers = '^[%)%]}>"\'`]+$'
local opens = { ['('] = true, ['['] = true, ['{'] = true }
local closes = { [')'] = true, [']'] = true, ['}'] = true }

-- The place in `text`, after `from`, of the sign that closes what is open at the cursor.
local function partner(text, from, sign)
  if not closes[sign] then
    return text:find(sign, from, true)
  end
  local depth = 0
  for i = from, #text do
    local c = text:sub(i, i)
    if opens[c] then
      depth = depth + 1
    elseif closes[c] then
      if depth == 0 then
        return c == sign and i or nil
      end
      depth = depth - 1
    end
  end
end

---Find the signs of `extra`, in order, inside `text`.
---@return integer[]|nil
local function align(text, extra)
  local at, from = {}, 1
  for i = 1, #extra do
    local place = partner(text, from, extra:sub(i, i))
    if not place then
      break
    end
    at[i], from = place, place + 1
  end
  if #at == #extra then
    return at
  end
  -- not nested as expected: any place in order will do, from the right
  local to = #text
  at = {}
  for i = #extra, 1, -1 do
    local sign = extra:sub(i, i)
    while to > 0 and text:sub(to, to) ~= sign do
      to = to - 1
    end
    if to == 0 then
      return nil
    end
    at[i], to = to, to - 1
  end
  return at
end

---What is left of `item` now; nil if it does not fit.
---Closers that appeared behind the cursor since (from a plugin that pairs brackets) count as part of the suggestion
---where it contains them.
---@param item {text: string, covered: string, keep: string}
---@return dovetail.Rest|nil
function M.rest(item, typed, tail, row, col)
  if item.text:sub(1, #typed) ~= typed or #tail < #item.keep then
    return nil
  end
  local cut = #tail - #item.keep
  if tail:sub(cut + 1) ~= item.keep then
    return nil
  end
  local text, extra = item.text:sub(#typed + 1), tail:sub(1, cut)
  local at = {}
  if extra ~= '' then
    if extra ~= item.covered and not extra:match(closers) then
      return nil
    end
    at = align(text, extra)
    if not at and extra ~= item.covered then
      return nil
    end
  end
  return { text = text, extra = extra, at = at, keep = item.keep, typed = #typed, row = row, col = col }
end

---How many bytes of `extra` lie within the first `length` bytes of the rest.
---@param rest dovetail.Rest
function M.consumed(rest, length)
  if length >= #rest.text or not rest.at then
    return length >= #rest.text and #rest.extra or 0
  end
  local n = 0
  for _, place in ipairs(rest.at) do
    n = place <= length and n + 1 or n
  end
  return n
end

---The next word with the spaces before it: letters, digits and `_` of any language, or a run of other signs.
function M.word(text)
  local blank = text:match('^[ \t]*') or ''
  local rest = text:sub(#blank + 1)
  if rest:sub(1, 1) == '\n' then
    return blank .. '\n' .. (rest:sub(2):match('^[ \t]*') or '')
  end
  local word = vim.fn.matchstr(rest, [[\C^\%(\k\+\|\%(\k\|\s\|\n\)\@!.\)]])
  if word == '' then
    word = rest:match('^[%z\1-\127\194-\244][\128-\191]*') or rest
  end
  return blank .. word
end

---Up to the end of the line. Where the cursor is at a line's end already, the next line.
function M.line(text)
  local first = text:match('^\n?[^\n]*')
  return first ~= '' and first or text
end

return M
