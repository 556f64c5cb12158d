-- Ghost text on extmarks: the rest of a suggestion drawn at the cursor, with the signs behind the cursor that it
-- already contains left standing where they are.
local M = {}
local api, fn = vim.api, vim.fn

M.ns = api.nvim_create_namespace('dovetail.ghost')
local drawn ---@type {buf: integer, marks: integer}|nil

function M.highlight()
  api.nvim_set_hl(0, 'DovetailGhost', { link = 'NonText', default = true })
  api.nvim_set_hl(0, 'DovetailCount', { link = 'Comment', default = true })
end

-- Tabs as blanks up to the next stop, control signs made visible; `column` is the screen column it starts at.
local function plain(text, column)
  if not text:find('[%z\1-\31\127]') then
    return text
  end
  local out = {}
  for part, tab in text:gmatch('([^\t]*)(\t?)') do
    part = part:gsub('[%z\1-\31\127]', fn.strtrans)
    out[#out + 1] = part
    column = column + fn.strdisplaywidth(part, column)
    if tab ~= '' then
      local width = fn.strdisplaywidth('\t', column)
      out[#out + 1] = (' '):rep(width)
      column = column + width
    end
  end
  return table.concat(out)
end

-- Virtual lines are cut at the window's edge; with 'wrap' they are split as real ones would be.
local function wrapped(text, width)
  if not vim.wo.wrap or fn.strdisplaywidth(text) <= width then
    return { text }
  end
  local out, piece, used = {}, {}, 0
  for _, sign in ipairs(fn.split(text, '\\zs')) do
    local w = fn.strdisplaywidth(sign)
    if used + w > width then
      out[#out + 1], piece, used = table.concat(piece), {}, 0
    end
    piece[#piece + 1], used = sign, used + w
  end
  out[#out + 1] = table.concat(piece)
  return out
end

local function width()
  local info = fn.getwininfo(api.nvim_get_current_win())[1]
  return math.max(info.width - info.textoff, 10)
end

local function inline(marks, row, col, text)
  if text ~= '' then
    marks[#marks + 1] = { row, col, { virt_text = { { text, 'DovetailGhost' } }, virt_text_pos = 'inline' } }
  end
end

-- Blanks over real text that the suggestion moves to another place.
local function cover(marks, row, col, text)
  if text ~= '' then
    local blank = (' '):rep(fn.strdisplaywidth(text, fn.virtcol('.') - 1))
    marks[#marks + 1] = { row, col, { virt_text = { { blank, 'Normal' } }, virt_text_pos = 'overlay' } }
  end
end

---@param rest dovetail.Rest
---@param count string|nil such as "2/3", shown behind the text
function M.show(rest, count)
  local buf, row, col = api.nvim_get_current_buf(), rest.row, rest.col
  local lines = vim.split(rest.text, '\n', { plain = true })
  local marks, first = {}, lines[1]
  local column = fn.virtcol('.') - 1
  local in_first = rest.at ~= nil and (rest.at[#rest.at] or 0) <= #first
  if in_first then
    local from = 1
    for i, place in ipairs(rest.at) do
      inline(marks, row, col + i - 1, plain(first:sub(from, place - 1), column))
      from = place + 1
    end
    inline(marks, row, col + #rest.extra, plain(first:sub(from), column))
    if #lines > 1 then
      cover(marks, row, col + #rest.extra, rest.keep)
    end
  else
    inline(marks, row, col, plain(first, column))
    cover(marks, row, col, #lines > 1 and rest.extra .. rest.keep or rest.extra)
  end
  if #lines > 1 then
    local virt, edge = {}, width()
    for i = 2, #lines do
      for _, piece in ipairs(wrapped(plain(lines[i], 0), edge)) do
        virt[#virt + 1] = { { piece, 'DovetailGhost' } }
      end
    end
    if rest.keep ~= '' then
      local last = virt[#virt]
      last[2] = { plain(rest.keep, fn.strdisplaywidth(last[1][1])), 'Normal' }
    end
    if #marks == 0 then
      marks[1] = { row, col, {} }
    end
    marks[1][3].virt_lines = virt
  end
  if count and marks[#marks] then
    local mark = marks[#marks][3]
    local chunks = mark.virt_lines and mark.virt_lines[#mark.virt_lines] or mark.virt_text
    chunks[#chunks + 1] = { ' ' .. count, 'DovetailCount' }
  end
  if drawn and (drawn.buf ~= buf or drawn.marks > #marks) then
    M.clear()
  end
  for id, mark in ipairs(marks) do
    local opts = mark[3]
    opts.id, opts.hl_mode, opts.strict = id, 'combine', false
    api.nvim_buf_set_extmark(buf, M.ns, mark[1], mark[2], opts)
  end
  drawn = { buf = buf, marks = #marks }
end

function M.clear()
  if drawn then
    if api.nvim_buf_is_valid(drawn.buf) then
      api.nvim_buf_clear_namespace(drawn.buf, M.ns, 0, -1)
    end
    drawn = nil
  end
end

---@return boolean
function M.visible()
  return drawn ~= nil
end

return M
