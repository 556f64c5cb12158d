-- Which program is run, and where: never one that an opened repository put there.
local M = {}
local config = require('dovetail.config')

local function is_absolute(path)
  return path:match('^[/~]') ~= nil or path:match('^%a:[/\\]') ~= nil or path:match('^\\\\') ~= nil
end

---@return string|nil the program of the option "cmd" as a whole path. Folders of PATH that are relative ("." or an empty
---one), and on Windows the current folder, are passed over: a repository can hold a program of the same name.
function M.find()
  local name = config.current.cmd[1]
  if name:match('[/\\]') then
    return is_absolute(name) and vim.fn.executable(name) == 1 and vim.fs.normalize(name) or nil
  end
  for folder in vim.gsplit(vim.env.PATH or '', vim.fn.has('win32') == 1 and ';' or ':', { plain = true }) do
    local found = is_absolute(folder) and vim.fn.exepath(folder .. '/' .. name) or ''
    if found ~= '' then
      return found
    end
  end
end

---@return string|nil the folder to run it in: in a repository's, `python -m` would import what lies there
function M.folder()
  return vim.uv.os_homedir()
end

---@param root string
---@return boolean whether the user trusts this workspace (option "trusted")
function M.trusts(root)
  local answer = config.current.trusted
  if type(answer) == 'function' then
    local ok, said = pcall(answer, root)
    return ok and said == true -- who cannot say does not trust
  end
  return answer
end

return M
