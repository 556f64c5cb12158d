-- `:Dovetail edit|document|tests|explain|apply|fix|undo`: ask the server for a plan, show it, apply it.
local M = {}
local api = vim.api
local config = require('dovetail.config')
local commands = require('dovetail.commands')
local live = require('dovetail.live')
local position = require('dovetail.position')

local function say(text, level)
  vim.notify('Dovetail: ' .. text, level or vim.log.levels.INFO)
end

-- The lines given to the command, else the cursor (the server then takes the syntax node around it).
local function range(command)
  local client = require('dovetail.client').any()
  local encoding = client and client.offset_encoding or 'utf-16'
  if command.range == 0 then
    local row, col = unpack(api.nvim_win_get_cursor(0))
    local at = { line = row - 1, character = position.units(api.nvim_get_current_line(), col, encoding) }
    return { start = at, ['end'] = at }
  end
  local last = api.nvim_buf_get_lines(0, command.line2 - 1, command.line2, false)[1] or ''
  return {
    start = { line = command.line1 - 1, character = 0 },
    ['end'] = { line = command.line2 - 1, character = position.length(last, encoding) },
  }
end

local function preview(command)
  if command.bang then
    return not config.current.edits.preview
  end
  return config.current.edits.preview
end

---@param plan table as the protocol's Plan
function M.take(plan, client)
  if type(plan.explanation) == 'string' then
    return commands.scratch('explanation', { plan.explanation })
  elseif plan.applied or not plan.id then
    return say(plan.message or 'there was nothing to do.')
  elseif #(plan.files or {}) == 0 and #(plan.refused or {}) == 0 then
    return say(plan.message or 'there is nothing to change.')
  end
  local stale = live.stale(client, plan)
  if stale then
    commands.call('dovetail.discardPlan', { id = plan.id }, function() end)
    return say('nothing was changed. ' .. stale, vim.log.levels.WARN)
  end
  require('dovetail.preview').open(plan)
end

-- Whether the server may be asked about places in this buffer: it must see the text that they are in.
local function seen()
  local client = require('dovetail.client').any()
  local hidden = client and live.hidden_text(client, api.nvim_get_current_buf())
  if hidden then
    say(hidden, vim.log.levels.WARN)
  end
  return not hidden
end

local function ask(kind, instruction, command)
  if not seen() then
    return
  end
  local argument = {
    instruction = instruction,
    uri = vim.uri_from_bufnr(0),
    range = range(command),
    kind = kind,
    preview = preview(command),
  }
  require('dovetail.files').ask(argument, kind == 'explain' and 'asking …' or 'asking for an edit …', M.take)
end

function M.edit(args, command)
  local instruction = table.concat(args, ' ')
  if instruction ~= '' then
    return ask('edit', instruction, command)
  end
  vim.ui.input({ prompt = 'Edit: ' }, function(text)
    if text and text ~= '' then
      ask('edit', text, command)
    end
  end)
end

for _, kind in ipairs({ 'document', 'tests', 'explain' }) do
  M[kind] = function(args, command)
    ask(kind, table.concat(args, ' '), command)
  end
end

-- A model's answer: the lines given, a register (`@x`), this buffer (`%`), a file; without a name the clipboard, or
-- the unnamed register where there is none.
local function answer_text(name, command)
  if command.range > 0 then
    return table.concat(api.nvim_buf_get_lines(0, command.line1 - 1, command.line2, false), '\n') .. '\n'
  elseif name == '%' then
    return table.concat(api.nvim_buf_get_lines(0, 0, -1, false), '\n') .. '\n'
  elseif name == '' or name:match('^@.$') then
    local register = name ~= '' and name:sub(2) or '+'
    local text = vim.fn.has('clipboard') == 0 and register == '+' and '' or vim.fn.getreg(register)
    if text == '' and name == '' then
      text = vim.fn.getreg('"')
    end
    return text ~= '' and text or nil, ('register %s is empty'):format(register)
  end
  local path = vim.fn.expand(name)
  local file, err = io.open(path, 'rb')
  if not file then
    return nil, err
  end
  local text = file:read('*a')
  file:close()
  return text
end

function M.apply(args, command)
  local name = table.concat(args, ' ')
  local text, err = answer_text(name, command)
  if not text then
    return say(('nothing to apply: %s.'):format(err), vim.log.levels.WARN)
  end
  local argument = { text = text, preview = preview(command) }
  if name ~= '%' and command.range == 0 and vim.bo.buftype == '' and api.nvim_buf_get_name(0) ~= '' then
    argument.uri = vim.uri_from_bufnr(0) -- the file that a diff without a name is about
  end
  commands.call('dovetail.applyDiff', argument, M.take)
end

function M.fix(args, command)
  if not seen() then
    return
  end
  if args[1] == 'until' then
    commands.call('dovetail.fix', { uri = vim.uri_from_bufnr(0), ['until'] = true }, M.take)
    return
  end
  local all, client = args[1] == 'all', require('dovetail.client').any()
  local diagnostics = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    local lnum = one.lnum + 1
    local first = command.range > 0 and command.line1 or api.nvim_win_get_cursor(0)[1]
    local last = command.range > 0 and command.line2 or first
    if all or (lnum <= last and (one.end_lnum or one.lnum) + 1 >= first) then
      local lsp = vim.tbl_get(one, 'user_data', 'lsp')
      diagnostics[#diagnostics + 1] = type(lsp) == 'table' and lsp.range and lsp
        or require('dovetail.diagnostics').to_lsp(one, client and client.offset_encoding or 'utf-16')
    end
  end
  commands.call('dovetail.fix', {
    uri = vim.uri_from_bufnr(0),
    range = not all and range(command) or nil,
    all = all or nil,
    diagnostics = #diagnostics > 0 and diagnostics or nil,
    preview = preview(command),
  }, M.take)
end

-- Code actions carry a command of the server's. They go the way of `:Dovetail`, so that they ask and show as it does.
---@type table<string, fun(command: table)>
M.client_commands = {
  ['dovetail.askEdit'] = function(command)
    vim.ui.input({ prompt = 'Edit: ' }, function(text)
      if text and text ~= '' then
        local argument = vim.tbl_extend('force', command.arguments[1], { instruction = text, kind = 'edit' })
        argument.preview = config.current.edits.preview
        require('dovetail.files').ask(argument, 'asking for an edit …', M.take)
      end
    end)
  end,
}
for _, name in ipairs({ 'dovetail.edit', 'dovetail.fix', 'dovetail.applyDiff' }) do
  M.client_commands[name] = function(command)
    local argument = vim.tbl_extend('force', command.arguments[1] or {}, { preview = config.current.edits.preview })
    if name == 'dovetail.edit' then
      return require('dovetail.files').ask(argument, 'asking for an edit …', M.take)
    end
    commands.call(name, argument, M.take)
  end
end

function M.undo()
  commands.call('dovetail.undoEdit', vim.empty_dict(), function(answer)
    say(answer.message or '', answer.applied and vim.log.levels.INFO or vim.log.levels.WARN)
  end)
end

return M
