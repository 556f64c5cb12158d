-- Options: the defaults, and the check of what the user gave. A wrong option is named in one sentence and its default
-- is used, so that a typing mistake in a configuration never costs the editor's start.
local M = {}

---@class dovetail.Keys
---@field accept string|string[]|false whole suggestion
---@field accept_word string|string[]|false its next word
---@field accept_line string|string[]|false its next line
---@field next string|string[]|false another suggestion
---@field prev string|string[]|false the one before
---@field dismiss string|string[]|false hide it, and say so to the server
---@field not_useful string|string[]|false hide it, and say that it was of no use
---@field trigger string|string[]|false ask now

---@class dovetail.Options
M.defaults = {
  ---@type string[] the server's command line
  cmd = { 'dovetail', 'serve', '--stdio' },
  ---@type boolean suggestions while typing; the trigger key works either way
  auto = true,
  ---@type table<string, boolean> by 'filetype'; '*' stands for those not named
  filetypes = { ['*'] = true },
  ---@type integer|'auto' wait after a key, in ms; 'auto' is 30 to 75, following how fast the answers come
  debounce = 'auto',
  ---@type integer buffers with more bytes are left alone
  max_bytes = 8 * 1024 * 1024,
  ---@type integer no suggestion on a line with more bytes
  max_line_bytes = 20000,
  ---@type 'hide'|'keep' the ghost text while the popup menu is open
  popup = 'hide',
  ---@type (fun(): boolean)|nil whether a completion plugin's own menu is open
  popup_visible = nil,
  ---@type (fun(buf: integer): boolean)|nil a last word on whether a buffer is served
  attach = nil,
  ---@type boolean|fun(root: string): boolean whether a workspace is trusted. Of one that is not no settings file is read,
  ---nothing is sent from it and nothing in it is edited; suggestions come from the built-in model alone
  trusted = true,
  ---@type string[] a file or folder that marks the workspace's root
  root_markers = { 'dovetail.toml', '.git', '.hg', 'pyproject.toml', 'package.json', 'go.mod', 'Cargo.toml', 'pom.xml' },
  ---@type table sent to the server as its settings; see docs/settings.md
  settings = {},
  ---@type table<string, string> environment of the server
  env = {},
  ---@type dovetail.Keys
  keys = {
    accept = '<Tab>',
    accept_word = { '<M-Right>', '<M-l>' },
    accept_line = '<M-Down>',
    next = '<M-]>',
    prev = '<M-[>',
    dismiss = '<C-]>',
    not_useful = '<M-x>',
    trigger = '<M-\\>',
  },
  -- after the server ended unasked: wait, doubled up to `max_ms`; at most `limit` starts in `window_ms`
  restart = { initial_ms = 500, max_ms = 30000, limit = 5, window_ms = 180000 },
  -- the edit that follows from those just made
  next_edit = {
    ---@type boolean ask for it when the cursor rests; `:Dovetail next` asks either way
    auto = true,
    ---@type integer rest of the cursor before it is asked for, ms
    wait_ms = 700,
    -- in normal mode, while one is shown; in insert mode `keys.accept` and `keys.dismiss` do the same
    keys = { accept = '<Tab>', reject = '<Esc>' },
  },
  edits = {
    ---@type boolean show a plan before it is applied; `:Dovetail!` turns it round for once
    preview = true,
    -- in the preview of a plan
    keys = {
      accept = 'a',
      reject = 'x',
      accept_file = 'A',
      reject_file = 'X',
      next_file = ']f',
      prev_file = '[f',
      why = 'K',
      apply = 'ga',
      discard = 'q',
      help = 'g?',
    },
  },
}

M.current = vim.deepcopy(M.defaults)
M.problems = {} ---@type string[]

local function list_of_strings(value)
  return vim.islist(value) and vim.iter(value):all(function(v)
    return type(v) == 'string'
  end)
end

local checks = {
  cmd = { 'a list of strings', function(v)
    return type(v) == 'table' and #v > 0 and list_of_strings(v)
  end },
  debounce = { "a number of milliseconds from 0 to 5000, or 'auto'", function(v)
    return v == 'auto' or type(v) == 'number' and v >= 0 and v <= 5000
  end },
  popup = { "'hide' or 'keep'", function(v)
    return v == 'hide' or v == 'keep'
  end },
  popup_visible = { 'a function', vim.is_callable },
  attach = { 'a function', vim.is_callable },
  trusted = { 'true, false or a function', function(v)
    return type(v) == 'boolean' or type(v) == 'function'
  end },
  root_markers = { 'a list of strings', list_of_strings },
  filetypes = { 'a table of true and false by filetype', function(v)
    return type(v) == 'table' and vim.iter(v):all(function(k, on)
      return type(k) == 'string' and type(on) == 'boolean'
    end)
  end },
}

local function key(value)
  return value == false or type(value) == 'string' or (type(value) == 'table' and list_of_strings(value))
end

local function merge(defaults, given, path)
  local out = vim.deepcopy(defaults)
  for name, value in pairs(given) do
    local full = path .. tostring(name)
    local check, default = checks[full], defaults[name]
    if check then
      if check[2](value) then
        out[name] = name == 'filetypes' and vim.tbl_extend('force', default, value) or value
      else
        table.insert(M.problems, ('Option "%s" must be %s; the default is used.'):format(full, check[1]))
      end
    elseif path:match('keys%.$') and default ~= nil then
      if key(value) then
        out[name] = value
      else
        table.insert(M.problems, ('Option "%s" must be a key, a list of keys, or false; the default is used.'):format(full))
      end
    elseif default == nil then
      table.insert(M.problems, ('There is no option "%s".'):format(full))
    elseif type(value) ~= type(default) then
      table.insert(M.problems, ('Option "%s" must be a %s; the default is used.'):format(full, type(default)))
    elseif type(default) == 'table' and name ~= 'settings' and name ~= 'env' then
      out[name] = merge(default, value, full .. '.')
    else
      out[name] = value
    end
  end
  return out
end

---Check and take the user's options.
---@param given table|nil
---@return dovetail.Options
function M.set(given)
  M.problems = {}
  if given ~= nil and type(given) ~= 'table' then
    table.insert(M.problems, 'setup() takes a table of options; the defaults are used.')
    given = nil
  end
  M.current = merge(M.defaults, given or {}, '')
  for _, problem in ipairs(M.problems) do
    vim.notify('Dovetail: ' .. problem, vim.log.levels.WARN)
  end
  return M.current
end

return M
