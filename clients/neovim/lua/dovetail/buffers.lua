-- Which buffers are served, and what a buffer holds beside what its file holds.
local M = {}
local api = vim.api
local config = require('dovetail.config')

local function size(bytes)
  return bytes >= 2 ^ 20 and ('%.1f MiB'):format(bytes / 2 ^ 20) or ('%d bytes'):format(bytes)
end

---Whether `buf` is one that a person writes text into and that has a file behind it.
---@return boolean serves, string|nil why not: completes "This buffer is not served: …"
function M.serves(buf)
  local options = config.current
  local name = api.nvim_buf_get_name(buf)
  if not api.nvim_buf_is_loaded(buf) then
    return false, 'it is not loaded'
  elseif vim.bo[buf].buftype ~= '' then
    return false, ('it is not a file but a window of Neovim\'s (buftype "%s")'):format(vim.bo[buf].buftype)
  elseif name == '' then
    return false, 'it has no name yet; `:write` or `:file` gives it one'
  elseif name:match('^%a[%w+.-]+://') then
    return false, 'its name is no path'
  elseif not vim.bo[buf].modifiable or vim.bo[buf].readonly then
    return false, 'it is read-only'
  elseif vim.b[buf].dovetail == false then
    return false, 'b:dovetail is false'
  end
  local filetype = options.filetypes[vim.bo[buf].filetype]
  local bytes = api.nvim_buf_get_offset(buf, api.nvim_buf_line_count(buf))
  if filetype == false or (filetype == nil and options.filetypes['*'] == false) then
    return false, ('the filetype "%s" is switched off (option "filetypes")'):format(vim.bo[buf].filetype)
  elseif bytes > options.max_bytes then
    return false, ('it is larger (%s) than the option "max_bytes" allows (%s)'):format(size(bytes), size(options.max_bytes))
  elseif options.attach and not options.attach(buf) then
    return false, 'the option "attach" refuses it'
  end
  return true
end

---@return string[]|nil the lines of the file as Neovim would read them into `buf`; nil where that cannot be told
local function lines_on_disk(buf)
  local file = io.open(api.nvim_buf_get_name(buf), 'rb')
  if not file then
    return { '' }
  end
  local text = file:read('*a')
  file:close()
  local options = vim.bo[buf]
  local encoding = options.fileencoding
  if not text then
    return nil -- a folder
  elseif encoding ~= '' and encoding ~= 'utf-8' then
    text = vim.iconv(text, encoding, 'utf-8')
    if not text then
      return nil
    end
  end
  text = text:gsub('^\239\187\191', '')
  local ending = options.fileformat == 'mac' and '\r' or '\n'
  local lines = vim.split(text, ending, { plain = true })
  if #lines > 1 and lines[#lines] == '' then
    table.remove(lines)
  end
  for i, line in ipairs(lines) do
    lines[i] = options.fileformat == 'dos' and line:gsub('\r$', '') or line
  end
  return lines
end

---@return boolean whether `buf` holds, line by line, what its file holds
function M.as_on_disk(buf)
  local lines = lines_on_disk(buf)
  return lines ~= nil and vim.deep_equal(lines, api.nvim_buf_get_lines(buf, 0, -1, false))
end

return M
