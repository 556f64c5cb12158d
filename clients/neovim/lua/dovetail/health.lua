-- `:checkhealth dovetail`
local M = {}

local function check_command(cmd)
  local program = require('dovetail.program')
  local found = program.find()
  if not found then
    return vim.health.error(('"%s" was not found on the PATH.'):format(cmd[1]), {
      'Install it from a clone of Dovetail: pipx install /path/to/dovetail',
      "Or name it: require('dovetail').setup({ cmd = { '/path/to/dovetail', 'serve', '--stdio' } })",
    })
  end
  local ok, result = pcall(function()
    return vim.system({ found, '--version' }, { text = true, cwd = program.folder() }):wait(10000)
  end)
  if ok and result.code == 0 then
    vim.health.ok(('%s: %s'):format(found, vim.trim(result.stdout)))
  else
    vim.health.warn(('%s does not answer `--version`.'):format(found))
  end
end

local function check_keys(buf)
  local options = require('dovetail.config').current
  for name, keys in vim.spairs(options.keys) do
    for _, lhs in ipairs(keys and (type(keys) == 'table' and keys or { keys }) or {}) do
      local map = vim.api.nvim_buf_call(buf, function()
        return vim.fn.maparg(lhs, 'i', false, true)
      end)
      if not vim.startswith(map.desc or '', 'Dovetail: ') then
        vim.health.warn(('%s (%s) is mapped by something else in this buffer: %s'):format(
          lhs, name, map.desc or map.rhs or 'a Lua function'))
      end
    end
  end
end

function M.check()
  local config, client = require('dovetail.config'), require('dovetail.client')
  vim.health.start('dovetail: Neovim')
  vim.health.ok('Neovim ' .. tostring(vim.version()))
  for _, problem in ipairs(config.problems) do
    vim.health.error(problem)
  end
  for _, name in ipairs(require('dovetail.menus').found()) do
    vim.health.ok(('completion menu found: %s; while it is open, there is no ghost text'):format(name))
  end

  vim.health.start('dovetail: server')
  check_command(config.current.cmd)
  local clients = vim.lsp.get_clients({ name = 'dovetail' })
  if client.starting() then
    vim.health.info(('It has been starting for %.1f s; look again in a moment.'):format(client.starting()))
  elseif #clients == 0 then
    vim.health.warn('No server runs.', { 'Call require("dovetail").setup() and open a file, or `:Dovetail restart`.' })
  end
  for _, one in ipairs(clients) do
    local info = one.server_info or {}
    local buffers = vim.tbl_count(one.attached_buffers)
    vim.health.ok(('runs%s, positions in %s, %d buffer%s'):format(
      info.version and ' (' .. info.version .. ')' or '', one.offset_encoding, buffers, buffers == 1 and '' or 's'))
    if not one.server_capabilities.inlineCompletionProvider then
      vim.health.error('The server offers no inline completion.')
    end
  end
  local status = require('dovetail.status').get()
  if status then
    vim.health.info(('%s: %s'):format(status.state, status.message or ''))
  end

  vim.health.start('dovetail: buffer')
  local buf = vim.fn.bufnr('#') > 0 and vim.fn.bufnr('#') or vim.api.nvim_get_current_buf()
  for _, candidate in ipairs(vim.api.nvim_list_bufs()) do
    buf = client.get(candidate) and candidate or buf
  end
  local serves, why = require('dovetail.buffers').serves(buf)
  if serves and client.get(buf) then
    vim.health.ok(('served: %s'):format(vim.fn.fnamemodify(vim.api.nvim_buf_get_name(buf), ':~:.')))
    check_keys(buf)
  else
    vim.health.info(('%s is not served: %s'):format(vim.fn.bufname(buf), why or 'its server is not ready'))
  end
end

return M
