-- `:Dovetail <subcommand>`: what each does, and its completion.
local M = {}
local api = vim.api

local function say(text, level)
  vim.notify('Dovetail: ' .. text, level or vim.log.levels.INFO)
end

local function server()
  local client = require('dovetail.client').any()
  if not client then
    local buf = api.nvim_get_current_buf()
    require('dovetail.client').start(buf) -- where Neovim has not come to it yet
    say(require('dovetail.tell').here(buf), vim.log.levels.WARN)
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
  local rows, columns = 0, api.nvim_win_get_width(0)
  for _, line in ipairs(api.nvim_buf_get_lines(buf, 0, -1, false)) do
    rows = rows + math.max(1, math.ceil(vim.fn.strdisplaywidth(line) / columns)) -- long lines are wrapped
  end
  api.nvim_win_set_height(0, math.max(3, math.min(rows, math.floor(vim.o.lines / 2))))
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, nowait = true })
  return buf
end

local subcommands = {}

-- What is told of this buffer is told without a server too.
local function tell(name, command, argument, lines_of)
  local buf = api.nvim_get_current_buf()
  if not require('dovetail.client').any() then
    return M.scratch(name, { require('dovetail.tell').here(buf) })
  end
  M.call(command, argument, function(answer)
    M.scratch(name, lines_of(answer, buf))
  end)
end

subcommands.status = function()
  tell('status', 'dovetail.status', vim.empty_dict(), require('dovetail.tell').status)
end

subcommands.stats = function()
  tell('stats', 'dovetail.stats', vim.empty_dict(), require('dovetail.tell').stats)
end

---What is shown, or was shown last in this buffer, is of no use: said to the statistics.
subcommands.notuseful = function()
  if require('dovetail').not_useful() then
    return say('noted: not useful.')
  end
  M.call('dovetail.notUseful', { uri = vim.uri_from_bufnr(0) }, function(answer)
    say(answer.noted and 'noted: not useful.' or 'nothing was shown in this buffer yet.')
  end)
end

subcommands.why = function()
  tell('why', 'dovetail.why', { uri = vim.uri_from_bufnr(0) }, function(answer, buf)
    return require('dovetail.tell').why(answer.decisions or {}, buf)
  end)
end

---Nothing is suggested while typing for some minutes (5); 0 ends it.
subcommands.snooze = function(args)
  local minutes = tonumber(args[1] or '5')
  if not minutes or minutes < 0 or minutes > 24 * 60 then
    return say('`:Dovetail snooze` takes a number of minutes; 0 ends it.', vim.log.levels.ERROR)
  end
  require('dovetail.wanted').snooze(minutes * 60)
  require('dovetail.request').reset()
  say(minutes == 0 and 'suggestions while typing are on again.' or ('no suggestions while typing for %g minute%s.'):format(minutes, minutes == 1 and '' or 's'))
end

---Set up a model: `dovetail init`, which looks for model servers on this machine if the user says so.
subcommands.setup = function()
  local cmd = {}
  for _, word in ipairs(require('dovetail.config').current.cmd) do
    if word == 'serve' then
      cmd[#cmd + 1] = 'init'
      break
    end
    cmd[#cmd + 1] = word
  end
  if cmd[#cmd] ~= 'init' then
    return say('the option `cmd` does not run `dovetail serve`; run `dovetail init` in a terminal.', vim.log.levels.ERROR)
  end
  vim.ui.select({ 'Look, try what is found, and write dovetail.toml', 'Only say which models there are' }, {
    prompt = 'Look for model servers on this machine (usual ports of 127.0.0.1)?',
  }, function(_, choice)
    if not choice then
      return
    end
    if choice == 1 then
      cmd[#cmd + 1] = '--find'
      vim.cmd.redraw() -- the question goes, else the message below it waits for a key
      say('looking for model servers; a model may have to be loaded first.')
    end
    local program = require('dovetail.program')
    cmd[1] = program.find() or cmd[1]
    local ok, err = pcall(vim.system, cmd, { text = true, cwd = program.folder(), env = { NO_COLOR = '1', COLUMNS = '100' } }, vim.schedule_wrap(function(done)
      local told = vim.trim((done.stdout or '') .. '\n' .. (done.stderr or ''))
      M.scratch('setup', { told ~= '' and told or ('It ended with %d and said nothing.'):format(done.code) })
      if told:find('Written to ', 1, true) then
        require('dovetail.client').stop(true)
      end
    end))
    if not ok then
      say(('`%s` cannot be run: %s'):format(cmd[1], err), vim.log.levels.ERROR)
    end
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

---The edit that follows from those just made; with "all", every place of its rule as one plan.
subcommands.next = function(args)
  require('dovetail.nextedit').command(args)
end

local second = {
  next = { 'all' },
  fix = { 'all', 'until' },
  toggle = function(lead)
    return vim.fn.getcompletion(lead, 'filetype')
  end,
  apply = function(lead)
    return vim.list_extend({ '%', '@+', '@"' }, vim.fn.getcompletion(lead, 'file'))
  end,
}

local function complete(lead, line)
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
local function run_command(command)
  local args = vim.deepcopy(command.fargs)
  local name = table.remove(args, 1) or 'status'
  local run = subcommands[name]
  if not run then
    return say(('there is no `:Dovetail %s`.'):format(name), vim.log.levels.ERROR)
  end
  run(args, command)
end

function M.create()
  api.nvim_create_user_command('Dovetail', run_command, {
    nargs = '*',
    bang = true,
    range = true,
    complete = complete,
    desc = 'Dovetail: suggestions and edits that fit',
  })
end

return M
