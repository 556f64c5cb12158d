-- Ghost text on extmarks: the rest of a suggestion drawn at the cursor, with the signs behind the cursor that it
-- already contains left standing where they are.
local M = {}
local api, fn = vim.api, vim.fn
local view = require('dovetail.view')

local ns = api.nvim_create_namespace('dovetail.ghost')
local drawn ---@type {buf: integer, marks: integer, lines: integer|nil}|nil `lines`: so many of the text are on screen

function M.highlight()
  require('dovetail.colour').apply()
  api.nvim_set_hl(0, 'DovetailCount', { link = 'Comment', default = true })
end

-- Tabs as spaces up to the next stop, control signs made visible; `column` is the screen column it starts at.
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

local function inline(marks, row, col, text)
  if text ~= '' then
    marks[#marks + 1] = { row, col, { virt_text = { { text, 'DovetailGhost' } }, virt_text_pos = 'inline' } }
  end
end

-- Spaces over real text that the suggestion moves to another place.
local function cover(marks, row, col, text)
  if text ~= '' then
    local blank = (' '):rep(fn.strdisplaywidth(text, fn.virtcol('.') - 1))
    marks[#marks + 1] = { row, col, { virt_text = { { blank, 'Normal' } }, virt_text_pos = 'overlay' } }
  end
end

-- The virtual lines below the cursor's, so many whole ones as have their place.
---@return table[] lines, integer hidden how many of the text's have none
local function below(lines, rest)
  local virt, ends, edge = {}, {}, view.width()
  for i = 2, #lines do
    for _, piece in ipairs(wrapped(plain(lines[i], 0), edge)) do
      virt[#virt + 1] = { { piece, 'DovetailGhost' } }
    end
    ends[i] = #virt
  end
  local room, shown = view.room(rest.row, #virt), 1
  while ends[shown + 1] and ends[shown + 1] <= room do
    shown = shown + 1
  end
  virt = vim.list_slice(virt, 1, ends[shown] or 0)
  local last = virt[#virt]
  if last and rest.keep ~= '' then
    last[2] = { plain(rest.keep, fn.strdisplaywidth(last[1][1])), 'Normal' }
  end
  return virt, #lines - shown
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
  if drawn and (drawn.buf ~= buf or drawn.marks > math.max(#marks, 1)) then
    M.clear()
  end
  require('dovetail.nextedit').clear() -- one thing at a time
  local scoped = view.here_only(ns)
  local function put(id, extra)
    local opts = vim.tbl_extend('force', marks[id][3], extra or {})
    opts.id, opts.hl_mode, opts.strict, opts.scoped = id, 'combine', false, scoped or nil
    api.nvim_buf_set_extmark(buf, ns, marks[id][1], marks[id][2], opts)
  end
  if #marks == 0 then
    marks[1] = { row, col, {} }
  end
  for id = 1, #marks do
    put(id)
  end
  drawn = { buf = buf, marks = #marks }
  local last = marks[#marks][3].virt_text
  if #lines > 1 then
    local virt, hidden = below(lines, rest)
    if hidden > 0 then
      drawn.lines = #lines - hidden
      count = ('+%d line%s'):format(hidden, hidden == 1 and '' or 's') .. (count and ' ' .. count or '')
    end
    if #virt > 0 then
      last = virt[#virt]
      if count then
        last[#last + 1] = { ' ' .. count, 'DovetailCount' }
      end
      return put(1, { virt_lines = virt })
    end
  end
  if count and last then
    last[#last + 1] = { ' ' .. count, 'DovetailCount' }
    put(#marks)
  elseif count then
    put(#marks, { virt_text = { { ' ' .. count, 'DovetailCount' } }, virt_text_pos = 'inline' })
  end
end

---What of `text`, the rest of the suggestion at the cursor, can be seen.
---@return string
function M.seen(text)
  local lines = drawn and drawn.lines
  return lines and table.concat(vim.list_slice(vim.split(text, '\n', { plain = true }), 1, lines), '\n') or text
end

function M.clear()
  if drawn then
    if api.nvim_buf_is_valid(drawn.buf) then
      api.nvim_buf_clear_namespace(drawn.buf, ns, 0, -1)
    end
    drawn = nil
  end
end

---@return boolean
function M.visible()
  return drawn ~= nil
end

return M
