-- How a next edit looks: what goes and what comes at its place, and a line that points to it where it is not in sight.
local M = {}
local api = vim.api
local ns = api.nvim_create_namespace('dovetail.next')

local function highlight()
  api.nvim_set_hl(0, 'DovetailNextAdd', { link = 'DiffAdd', default = true })
  api.nvim_set_hl(0, 'DovetailNextDelete', { link = 'DiffDelete', default = true })
end

---Bytes that both lines begin and end with, whole characters only.
---@return integer head, integer tail
function M.common(old, new)
  local head, most = 0, math.min(#old, #new)
  while head < most and old:byte(head + 1) == new:byte(head + 1) do
    head = head + 1
  end
  while head > 0 and (old:byte(head + 1) or 0) >= 128 and (old:byte(head + 1) or 0) < 192 do
    head = head - 1
  end
  local tail = 0
  while tail < most - head and old:byte(#old - tail) == new:byte(#new - tail) do
    tail = tail + 1
  end
  while tail > 0 and old:byte(#old - tail + 1) >= 128 and old:byte(#old - tail + 1) < 192 do
    tail = tail - 1
  end
  return head, tail
end

local function draw_place(one)
  local function mark(row, col, opts)
    opts.strict = false
    api.nvim_buf_set_extmark(one.buf, ns, row, col, opts)
  end
  if #one.old == #one.new then
    for i, old in ipairs(one.old) do
      local new, row = one.new[i], one.first + i - 1
      local head, tail = M.common(old, new)
      if #old - tail > head then
        mark(row, head, { end_col = #old - tail, hl_group = 'DovetailNextDelete' })
      end
      if #new - tail > head then
        mark(row, #old - tail, { virt_text = { { new:sub(head + 1, #new - tail), 'DovetailNextAdd' } }, virt_text_pos = 'inline' })
      end
    end
    return
  end
  for i, old in ipairs(one.old) do
    mark(one.first + i - 1, 0, { end_col = #old, hl_group = 'DovetailNextDelete' })
  end
  local virt = vim.tbl_map(function(line)
    return { { line == '' and ' ' or line, 'DovetailNextAdd' } }
  end, one.new)
  if #virt > 0 then
    local row = #one.old > 0 and one.first + #one.old - 1 or math.max(one.first - 1, 0)
    mark(row, 0, { virt_lines = virt, virt_lines_above = #one.old == 0 and one.first == 0 })
  end
end

local function on_screen(one)
  return one.buf == api.nvim_get_current_buf() and one.first + 1 >= vim.fn.line('w0') and one.first + 1 <= vim.fn.line('w$')
end

-- Where the place is not in sight: a sign, and a line that says where it is.
local function draw_pointer(one)
  local row = api.nvim_win_get_cursor(0)[1] - 1
  local where = ('line %d'):format(one.first + 1)
  if one.buf ~= api.nvim_get_current_buf() then
    where = ('%s, %s'):format(vim.fn.fnamemodify(api.nvim_buf_get_name(one.buf), ':t'), where)
  end
  local more = one.edit.places > 1 and (' (%d places)'):format(one.edit.places) or ''
  local column = vim.wo.signcolumn:match('^yes') or vim.wo.signcolumn == 'number' -- a new one would move the text
  api.nvim_buf_set_extmark(0, ns, row, 0, {
    sign_text = column and '»' or nil,
    sign_hl_group = column and 'DovetailGhost' or nil,
    virt_lines = { { { ('» next edit: %s%s'):format(where, more), 'DovetailGhost' } } },
  })
end

---@param bufs integer[] loaded ones
function M.clear(bufs)
  for _, buf in ipairs(bufs) do
    api.nvim_buf_clear_namespace(buf, ns, 0, -1)
  end
end

---@param one {edit: table, buf: integer, first: integer, old: string[], new: string[]}
function M.draw(one)
  highlight()
  draw_place(one)
  if not on_screen(one) then
    draw_pointer(one)
  end
end

---A line of words below a line of the text.
---@param row integer from 0
function M.say_below(buf, row, text)
  highlight()
  api.nvim_buf_set_extmark(buf, ns, row, 0, { strict = false, virt_lines = { { { text, 'DovetailGhost' } } } })
end

return M
