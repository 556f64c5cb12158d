-- Columns: Neovim counts bytes, the protocol counts units of the negotiated encoding. Neovim 0.11 changed these
-- functions' arguments; nothing outside this file knows.
local M = {}

local has11 = vim.fn.has('nvim-0.11') == 1

---Units before byte `col` of `line`.
---@param line string
---@param col integer byte offset
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return integer
function M.units(line, col, encoding)
  col = math.min(col, #line)
  if encoding == 'utf-8' then
    return col
  elseif has11 then
    return vim.str_utfindex(line, encoding, col, false)
  end
  local utf32, utf16 = vim.str_utfindex(line, col)
  return encoding == 'utf-32' and utf32 or utf16
end

---Byte offset of `units`; the line's end where it is shorter.
---@param line string
---@param units integer
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return integer
function M.byte(line, units, encoding)
  if encoding == 'utf-8' then
    return math.min(units, #line)
  elseif has11 then
    return vim.str_byteindex(line, encoding, units, false)
  end
  local ok, byte = pcall(vim.str_byteindex, line, units, encoding == 'utf-16')
  return ok and byte or #line
end

---@param text string
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return integer units of the whole text, line ends counted as one
function M.length(text, encoding)
  return M.units(text, #text, encoding)
end

return M
