-- Where ghost text has its place on the screen: the window that is typed in, and the rows below the cursor.
local M = {}
local api, fn = vim.api, vim.fn

---Screen rows below the line of the cursor. The window is scrolled, as far as 'scrolloff' lets it, where they do not
---suffice: nobody can judge lines that are not on the screen.
---@param row integer 0-based, of the cursor
---@param need integer rows
---@return integer rows
function M.room(row, need)
  local view = fn.winsaveview()
  local top, height = view.topline - 1, api.nvim_win_get_height(0)
  if vim.wo.winbar ~= '' then
    height = height - 1
  end
  local function below(from)
    return height - api.nvim_win_text_height(0, { start_row = from, end_row = row }).all
  end
  local room = below(top)
  local margin = vim.wo.scrolloff >= 0 and vim.wo.scrolloff or vim.o.scrolloff
  margin = math.min(margin, math.floor((height - 1) / 2))
  local new = top
  while room < need and new < row - margin do
    new = new + 1
    room = below(new)
  end
  if new ~= top then
    fn.winrestview({ topline = new + 1, topfill = 0, skipcol = 0 })
  end
  return math.max(room, 0)
end

---Cells of a line of the window at hand.
function M.width()
  local info = fn.getwininfo(api.nvim_get_current_win())[1]
  return math.max(info.width - info.textoff, 10)
end

---Show the marks of `ns` in the window at hand alone: the cursor of another window is elsewhere. Neovim has this as an
---experiment, by other names in each version; where it is missing, every window of the buffer shows them.
---@return boolean scoped what an extmark's `scoped` is to be
function M.here_only(ns)
  local win = api.nvim_get_current_win()
  if api.nvim__ns_set then
    pcall(api.nvim__ns_set, ns, { wins = { win } })
  elseif api.nvim__win_add_ns then
    local ok, wins = pcall(api.nvim__win_get_ns, win)
    if ok and not vim.list_contains(wins, ns) then
      for _, other in ipairs(api.nvim_list_wins()) do
        pcall(api.nvim__win_del_ns, other, ns)
      end
      pcall(api.nvim__win_add_ns, win, ns)
    end
    return true
  end
  return false
end

return M
