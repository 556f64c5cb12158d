-- The public face: `require('dovetail').setup(options)` and the functions to map keys to. See |dovetail|.
local M = {}
local api = vim.api

local function request()
  return require('dovetail.request')
end

local group = api.nvim_create_augroup('dovetail', {})

local function on(events, callback)
  api.nvim_create_autocmd(events, { group = group, callback = callback })
end

local function autocommands()
  api.nvim_clear_autocmds({ group = group })
  local client, keys = require('dovetail.client'), require('dovetail.keys')
  local req = request()
  on({ 'BufReadPost', 'BufNewFile', 'BufEnter', 'FileType', 'BufFilePost' }, function(event)
    if not client.get(event.buf) then
      vim.schedule(function()
        local buf = event.buf
        if api.nvim_buf_is_valid(buf) and #vim.fn.win_findbuf(buf) > 0 and not client.get(buf) then
          client.start(buf)
        end
      end)
    end
  end)
  on('LspDetach', function(event)
    client.detached(event.buf, event.data.client_id)
  end)
  on('BufWritePost', function(event)
    client.written(event.buf)
  end)
  on({ 'TextChangedI', 'TextChangedP', 'CursorMovedI' }, function()
    req.changed()
  end)
  on('InsertEnter', function(event)
    if client.get(event.buf) then
      -- after the plugins that map their keys on this event
      vim.schedule(function()
        require('dovetail.menus').watch(req.menu_changed)
        if api.nvim_buf_is_valid(event.buf) and client.get(event.buf) then
          keys.attach(event.buf)
        end
      end)
      req.changed()
    end
  end)
  on({ 'CompleteChanged', 'CompleteDone' }, function()
    vim.schedule(req.menu_changed)
  end)
  on({ 'InsertLeave', 'BufLeave', 'CmdwinEnter' }, req.reset)
  on({ 'TextChanged', 'TextChangedI', 'CursorMoved', 'CursorMovedI', 'InsertLeave' }, function(event)
    if client.get(event.buf) then
      require('dovetail.nextedit').moved()
    end
  end)
  on({ 'BufLeave', 'WinLeave' }, function()
    if package.loaded['dovetail.nextedit'] then
      require('dovetail.nextedit').clear()
    end
  end)
  on({ 'BufDelete', 'BufWipeout' }, function(event)
    keys.forget(event.buf)
  end)
  on('ColorScheme', require('dovetail.ghost').highlight)
  api.nvim_create_autocmd('OptionSet', {
    group = group,
    pattern = { 'background', 'termguicolors' },
    callback = require('dovetail.ghost').highlight,
  })
  on('VimLeavePre', client.leave)
end

---Start Dovetail. May be called again with other options; what is not named has its default.
---@param options table|nil see |dovetail-options|
function M.setup(options)
  require('dovetail.config').set(options)
  require('dovetail.ghost').highlight()
  require('dovetail.commands').create()
  local client, keys = require('dovetail.client'), require('dovetail.keys')
  autocommands()
  for _, buf in ipairs(api.nvim_list_bufs()) do
    if client.get(buf) then
      keys.detach(buf)
      keys.attach(buf)
    end
  end
  if vim.v.vim_did_enter == 1 then
    client.start(api.nvim_get_current_buf())
  end
end

---Text for a statusline: empty without a server.
---@return string
function M.statusline()
  return require('dovetail.status').component()
end

---Take the suggestion; each returns whether there was one.
function M.accept()
  return require('dovetail.accept').all()
end

function M.accept_word()
  return require('dovetail.accept').word()
end

function M.accept_line()
  return require('dovetail.accept').line()
end

function M.next()
  return request().cycle(1)
end

function M.prev()
  return request().cycle(-1)
end

function M.dismiss()
  return request().dismiss()
end

---Dismiss, and say that it was of no use.
function M.not_useful()
  return request().dismiss(true)
end

---Ask for suggestions now.
function M.trigger()
  return request().trigger()
end

---@return boolean whether ghost text is on the screen
function M.is_visible()
  return require('dovetail.ghost').visible()
end

---Switch suggestions while typing on or off in this Neovim.
---@param on boolean|nil nil turns it round
---@return boolean
function M.toggle(on)
  local options = require('dovetail.config').current
  if on == nil then
    on = not options.auto
  end
  options.auto = on
  if not on then
    request().reset()
  end
  vim.cmd.redrawstatus()
  return on
end

return M
