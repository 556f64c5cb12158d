-- The language server: started for a buffer, started again if it ends unasked, spoken to the same way on Neovim 0.10
-- (dot calls) and later (methods).
local M = {}
local api = vim.api
local lsp = setmetatable({}, { -- loaded when a server is started: it costs more than all of this plugin
  __index = function(_, name)
    return vim.lsp[name]
  end,
})
local buffers = require('dovetail.buffers')
local config = require('dovetail.config')
local program = require('dovetail.program')

local has11 = vim.fn.has('nvim-0.11') == 1
local by_buf = {} ---@type table<integer, integer> client id
local lent = {} ---@type table<integer, true> buffers that are not served, shown to the server for an edit's sake
local starts = {} ---@type number[] times of restarts, ms
local ends = {} ---@type table<integer, integer[]> stopped on purpose: the buffers to start it again for
local leaving = false
local began ---@type number|nil when a server was started that is not ready yet, ms
local wait = 0 -- before the next restart, ms
local held ---@type 'waiting'|'given up'|nil why no server is started just now

local function call(client, name, ...)
  if has11 then
    return client[name](client, ...)
  end
  return client[name](...)
end

function M.notify(client, method, params)
  return call(client, 'notify', method, params)
end

---@return boolean ok, integer|nil id
function M.request(client, method, params, handler, buf)
  return call(client, 'request', method, params, handler, buf)
end

---Not the client's own cancel: that logs an error when the answer is already in.
function M.cancel(client_id, request_id)
  local client = request_id and lsp.get_client_by_id(client_id)
  if client then
    M.notify(client, '$/cancelRequest', { id = request_id })
  end
end

---Run a command on the server. `done(result, error message)` is called on the main loop.
---@return integer|nil id of the request
function M.execute(client, command, done)
  local params = { command = command.command, arguments = command.arguments }
  -- Without a buffer: so the changes of all buffers that Neovim still holds back go out before it, not those of none.
  local ok, id = M.request(client, 'workspace/executeCommand', params, function(err, result)
    if done then
      done(result ~= vim.NIL and result or nil, err and (err.message or tostring(err)) or nil)
    end
  end)
  return ok and id or nil
end

local function say(text, level)
  vim.notify('Dovetail: ' .. text, level or vim.log.levels.WARN)
end

-- Neovim 0.10 does not call a server stopped that was told to end and has not ended yet; what it is asked is lost.
local function usable(client)
  return client.initialized and not ends[client.id] and not client.is_stopped(client)
end

---@return vim.lsp.Client|nil the running server of `buf`, initialized; it has the buffer's text
function M.get(buf)
  buf = buf == 0 and api.nvim_get_current_buf() or buf
  local id = not lent[buf] and by_buf[buf]
  local client = id and lsp.get_client_by_id(id)
  if client and usable(client) and lsp.buf_is_attached(buf, id) then
    return client
  end
end

---@return number|nil seconds for which a server has been starting
function M.starting()
  return began and (vim.uv.now() - began) / 1000
end

---@return vim.lsp.Client|nil the server of this buffer, or any
function M.any()
  return M.get(0) or vim.iter(lsp.get_clients({ name = 'dovetail' })):find(usable)
end

local function debounce()
  return config.current.debounce == 'auto' and 30 or config.current.debounce
end

local function capabilities()
  local all = lsp.protocol.make_client_capabilities()
  all.textDocument.inlineCompletion = { dynamicRegistration = false }
  -- Neovim itself looks at one version only and does not ask for them; `live` looks at all.
  all.workspace.workspaceEdit.documentChanges = true
  return all
end

-- The server's process, with its end kept from Neovim's own message, which would come beside ours. It runs in the
-- user's home: in a repository's folder `python -m` would import what lies there.
local function spawn(done)
  return function(dispatchers)
    local quiet = setmetatable({
      on_exit = function(code, signal)
        done.code, done.signal = code, signal
        dispatchers.on_exit(0, 0)
      end,
    }, { __index = dispatchers })
    local command = vim.list_extend({ done.program }, config.current.cmd, 2)
    return lsp.rpc.start(command, quiet, { env = config.current.env, cwd = program.folder() })
  end
end

local function start_all(buffers)
  for _, buf in ipairs(buffers) do
    if api.nvim_buf_is_valid(buf) and not M.get(buf) then
      M.start(buf)
    end
  end
end

-- What a person looks at, or has had served: what is to be served when a server starts anew.
local function wanted(served)
  return vim.tbl_filter(function(buf)
    return vim.list_contains(served, buf) or #vim.fn.win_findbuf(buf) > 0
  end, api.nvim_list_bufs())
end

local function ended(done, client_id)
  local buffers = {}
  for buf, id in pairs(by_buf) do
    if id == client_id then
      by_buf[buf] = nil
      buffers[#buffers + 1] = buf
    end
  end
  began = nil
  require('dovetail.status').set(nil)
  local again = ends[client_id]
  ends[client_id] = nil
  if again then
    return start_all(again)
  elseif leaving or (done.code == 0 and done.signal == 0) or done.signal == 15 then
    return
  end
  require('dovetail.request').reset()
  local how = (done.signal or 0) ~= 0 and ('signal %d'):format(done.signal) or ('exit code %d'):format(done.code or -1)
  local options, now = config.current.restart, vim.uv.now()
  starts = vim.tbl_filter(function(at)
    return now - at < options.window_ms
  end, starts)
  if #starts >= options.limit then
    held = 'given up'
    say(('its server ended (%s) %d times; not started again. `:Dovetail log` says why, `:Dovetail restart` tries again.'):format(how, #starts + 1))
    return
  end
  wait = #starts == 0 and options.initial_ms or math.min(wait * 2, options.max_ms)
  starts[#starts + 1] = now
  say(('its server ended (%s); starting it again in %.1f s.'):format(how, wait / 1000))
  held = 'waiting'
  vim.defer_fn(function()
    held = nil
    start_all(buffers)
  end, wait)
end

-- One server for all workspaces: it learns once, and shares its memory.
local function reuse(client, new)
  if client.name ~= 'dovetail' or ends[client.id] or client.is_stopped(client) then
    return false
  end
  if client.config.init_options.client.trusted ~= new.init_options.client.trusted then
    return false -- what is trusted and what is not have a server each
  end
  if client.config.root_dir == new.root_dir then
    return true
  end
  local folders = vim.tbl_get(client.server_capabilities or {}, 'workspace', 'workspaceFolders')
  if not folders or not folders.supported or not folders.changeNotifications then
    return false
  end
  local folder = { uri = vim.uri_from_fname(new.root_dir), name = new.root_dir }
  client.workspace_folders = client.workspace_folders or {}
  for _, known in ipairs(client.workspace_folders) do
    if known.uri == folder.uri then
      return true
    end
  end
  table.insert(client.workspace_folders, folder)
  M.notify(client, 'workspace/didChangeWorkspaceFolders', { event = { added = { folder }, removed = {} } })
  return true
end

local missing = false

---Start the server for `buf`, or attach it to the one that runs.
---@return integer|nil client id
function M.start(buf)
  if held or not buffers.serves(buf) then
    return nil
  end
  local options = config.current
  local found = program.find()
  if not found then
    if not missing then
      missing = true
      say(('the command "%s" was not found. Install it from a clone of Dovetail with `pipx install /path/to/dovetail`, or set the option "cmd".'):format(options.cmd[1]))
    end
    return nil
  end
  missing = false
  M.written(buf) -- if it was only lent until now
  local name = api.nvim_buf_get_name(buf)
  local root = vim.fs.root(buf, options.root_markers) or vim.fs.dirname(name)
  root = vim.fs.normalize(vim.fn.fnamemodify(root, ':p')):gsub('(.)/$', '%1')
  local done = { program = found }
  local own = {
    events = true,
    partialResults = true,
    replaceRange = true,
    asks = true,
    diagnostics = true,
    visibleMs = true,
    debounceMs = debounce(),
    trusted = program.trusts(root),
  }
  if not M.any() then
    began = vim.uv.now()
  end
  local id = lsp.start({
    name = 'dovetail',
    cmd = spawn(done),
    root_dir = root,
    capabilities = capabilities(),
    settings = { dovetail = options.settings },
    init_options = vim.tbl_deep_extend('force', options.settings, { client = own }),
    handlers = {
      ['dovetail/status'] = function(_, status)
        require('dovetail.status').set(status)
      end,
      ['dovetail/diagnostics'] = function(_, params, ctx)
        return require('dovetail.diagnostics').of(params, lsp.get_client_by_id(ctx.client_id).offset_encoding)
      end,
      ['workspace/applyEdit'] = function(_, params, ctx)
        return require('dovetail.live').apply(lsp.get_client_by_id(ctx.client_id), params.edit)
      end,
      ['$/progress'] = function(err, params, ctx)
        if params and not require('dovetail.request').partial(params.token, params.value) then
          lsp.handlers['$/progress'](err, params, ctx)
        end
      end,
    },
    commands = setmetatable({}, {
      __index = function(_, name)
        return require('dovetail.edits').client_commands[name] -- loaded when one is used
      end,
    }),
    on_init = function()
      missing, began = false, nil
    end,
    on_exit = function(_, _, client_id)
      vim.schedule(function()
        ended(done, client_id)
      end)
    end,
    on_attach = function(client, attached)
      by_buf[attached] = client.id
      if lent[attached] then
        return
      end
      if lsp.inline_completion then
        lsp.inline_completion.enable(false, { client_id = client.id }) -- not two ghosts
      end
      require('dovetail.keys').attach(attached)
      if attached == api.nvim_get_current_buf() and api.nvim_get_mode().mode:sub(1, 1) == 'i' then
        require('dovetail.request').changed()
      end
    end,
  }, { bufnr = buf, reuse_client = reuse })
  by_buf[buf] = id
  return id
end

---`buf` is unloaded, or was taken from the server otherwise.
function M.detached(buf, client_id)
  local client = lsp.get_client_by_id(client_id)
  if by_buf[buf] == client_id and client and not client.is_stopped(client) then
    by_buf[buf], lent[buf] = nil, nil
    if buf == api.nvim_get_current_buf() then
      require('dovetail.request').reset()
    end
  end
end

---Let the server see the text of `buf`, which it is about to change; a buffer that is not served only until it is saved.
function M.show(buf, client)
  if not lsp.buf_is_attached(buf, client.id) then
    lent[buf] = not buffers.serves(buf) or nil
    lsp.buf_attach_client(buf, client.id)
    by_buf[buf] = client.id
  end
end

---`buf` was written: what was shown for an edit's sake alone is as good read from disk.
function M.written(buf)
  if lent[buf] and by_buf[buf] then
    lsp.buf_detach_client(buf, by_buf[buf])
    by_buf[buf], lent[buf] = nil, nil
  end
end

---Stop every server of ours; `restart` starts them again, when they have ended, for the buffers they had.
function M.stop(restart)
  local running = lsp.get_clients({ name = 'dovetail' })
  for _, client in ipairs(running) do
    ends[client.id] = restart and wanted(vim.tbl_keys(client.attached_buffers)) or {}
    call(client, 'stop', true)
  end
  by_buf, lent = {}, {}
  require('dovetail.request').reset()
  if restart then
    starts, missing, held = {}, false, nil
    if #running == 0 then
      start_all(wanted({}))
    end
  end
end

function M.leave()
  leaving = true
end

return M
