-- `:Dovetail <subcommand>`: what each does, and its completion.
local M = {}
local api = vim.api

local function say(text, level)
  vim.notify('Dovetail: ' .. text, level or vim.log.levels.INFO)
end

local function server()
  local client = require('dovetail.client').any()
  if not client then
    local serves, why = require('dovetail.buffers').serves(api.nvim_get_current_buf())
    say(serves and 'no server runs; `:Dovetail restart` starts it.' or ('this buffer is not served: %s.'):format(why), vim.log.levels.WARN)
  end
  return client
end

local running = {} ---@type table<table, true> {client_id, request id} of what the server works on for `:Dovetail`

---Run a command of the server with one object as its argument; failures are said, `done` gets the answer.
function M.call(name, argument, done)
  local client = server()
  if not client then
    return
  end
  local work = { client.id }
  running[work] = true
  work[2] = require('dovetail.client').execute(client, { command = name, arguments = { argument } }, function(result, err)
    if not running[work] and not (result and result.applied) then
      return -- cancelled, and nothing has come of it
    end
    running[work] = nil
    if err then
      return say(err, vim.log.levels.ERROR)
    end
    done(result or {}, client)
  end)
  if not work[2] then
    running[work] = nil -- it could not be sent
  end
end

---Show lines in a window of their own, closed by `q`.
function M.scratch(name, lines, filetype)
  local buf = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(buf, 0, -1, false, vim.split(table.concat(lines, '\n'), '\n'))
  vim.bo[buf].bufhidden, vim.bo[buf].filetype, vim.bo[buf].modifiable = 'wipe', filetype or '', false
  pcall(api.nvim_buf_set_name, buf, 'dovetail://' .. name)
  vim.cmd('botright split')
  api.nvim_win_set_buf(0, buf)
  api.nvim_win_set_height(0, math.max(3, math.min(api.nvim_buf_line_count(buf), math.floor(vim.o.lines / 2))))
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true })
  return buf
end

local function bytes(n)
  return n > 2 ^ 20 and ('%.1f MiB'):format(n / 2 ^ 20) or ('%.0f KiB'):format(n / 1024)
end

local subcommands = {}

subcommands.status = function()
  M.call('dovetail.status', vim.empty_dict(), function(status)
    local lines = { ('%s (%s): %s'):format(status.state or '?', status.source or '?', status.message or '') }
    if status.version then
      lines[#lines + 1] = 'version: ' .. status.version
    end
    local model = status.model
    if type(model) == 'table' and model.files then
      lines[#lines + 1] = ('learnt: %d files, %s%s'):format(model.files, bytes(model.bytes or 0), model.learning and ', still learning' or '')
    end
    for _, field in ipairs({ 'endpoints', 'problems', 'statistics' }) do
      local value = status[field]
      if type(value) == 'table' and next(value) then
        lines[#lines + 1] = field .. ':'
        for key, one in vim.spairs(value) do
          local text = type(one) == 'string' and one or vim.inspect(one, { newline = ' ', indent = '' })
          lines[#lines + 1] = '  ' .. (type(key) == 'string' and key .. ': ' or '') .. text
        end
      end
    end
    M.scratch('status', lines)
  end)
end

subcommands.why = function()
  M.call('dovetail.why', { uri = vim.uri_from_bufnr(0) }, function(answer)
    local lines = {}
    for _, one in ipairs(answer.decisions or {}) do
      lines[#lines + 1] = ('%d:%d  %s  %s  %.1f ms  from %s%s'):format(
        (one.line or 0) + 1, (one.column or 0) + 1, one.trigger or '', one.outcome or '', one.elapsedMs or 0, one.source or '?',
        type(one.text) == 'string' and '  ' .. vim.inspect(one.text) or '')
      for _, step in ipairs(one.steps or {}) do
        lines[#lines + 1] = ('    %-14s %s%s'):format(step.name or '', tostring(step.detail or ''),
          type(step.ms) == 'number' and ('  (%.2f ms)'):format(step.ms) or '')
      end
    end
    M.scratch('why', #lines > 0 and lines or { 'Nothing has been asked for in this file yet.' })
  end)
end

subcommands.toggle = function(args)
  local language = args[1]
  if language then
    M.call('dovetail.toggle', { language = language }, function(answer)
      say(('suggestions for %s are %s.'):format(language, answer.enabled and 'on' or 'off'))
    end)
  else
    say(('suggestions while typing are %s.'):format(require('dovetail').toggle() and 'on' or 'off'))
  end
end

subcommands.suggest = function()
  vim.cmd.startinsert()
  vim.schedule(function()
    require('dovetail').trigger()
  end)
end

subcommands.log = function()
  local client = require('dovetail.client').any()
  local path = vim.lsp.log and vim.lsp.log.get_filename and vim.lsp.log.get_filename() or vim.lsp.get_log_path()
  local function open(file)
    vim.cmd('botright split ' .. vim.fn.fnameescape(file))
    vim.cmd('setlocal readonly nomodifiable autoread | normal! G')
  end
  if not client then
    return open(path)
  end
  require('dovetail.client').execute(client, { command = 'dovetail.status', arguments = { vim.empty_dict() } }, function(answer)
    local own = answer and type(answer.log) == 'string' and vim.uv.fs_stat(answer.log) and answer.log
    open(own or path)
  end)
end

subcommands.restart = function()
  require('dovetail.client').stop(true)
end

subcommands.cancel = function()
  if next(running) == nil then
    return say('nothing is running.')
  end
  for work in pairs(running) do
    running[work] = nil -- Neovim keeps the answer to a cancelled request to itself
    require('dovetail.client').cancel(work[1], work[2])
  end
  say('cancelled.')
end

local function edits(name)
  return function(args, command)
    require('dovetail.edits')[name](args, command)
  end
end

for _, name in ipairs({ 'edit', 'apply', 'fix', 'undo', 'explain', 'document', 'tests' }) do
  subcommands[name] = edits(name)
end

local second = {
  fix = { 'all' },
  toggle = function(lead)
    return vim.fn.getcompletion(lead, 'filetype')
  end,
  apply = function(lead)
    return vim.list_extend({ '%', '@+', '@"' }, vim.fn.getcompletion(lead, 'file'))
  end,
}

function M.complete(lead, line)
  local words = vim.split(line:gsub('^.-Dovetail!?%s+', ''), '%s+')
  local options
  if #words <= 1 then
    options = vim.tbl_keys(subcommands)
    table.sort(options)
  else
    options = second[words[1]]
    options = type(options) == 'function' and options(lead) or options or {}
  end
  return vim.tbl_filter(function(option)
    return vim.startswith(option, lead)
  end, options)
end

---@param command table as nvim_create_user_command gives it
function M.run(command)
  local args = vim.deepcopy(command.fargs)
  local name = table.remove(args, 1) or 'status'
  local run = subcommands[name]
  if not run then
    return say(('there is no `:Dovetail %s`.'):format(name), vim.log.levels.ERROR)
  end
  run(args, command)
end

function M.create()
  api.nvim_create_user_command('Dovetail', M.run, {
    nargs = '*',
    bang = true,
    range = true,
    complete = M.complete,
    desc = 'Dovetail: suggestions and edits that fit',
  })
end

return M
