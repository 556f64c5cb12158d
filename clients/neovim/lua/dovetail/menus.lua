-- Completion menus: Neovim's own (which mini.completion and 'autocomplete' use too), and those that plugins draw
-- themselves. They are found where they are loaded; nothing is to be configured.
local M = {}
local config = require('dovetail.config')

---@type table<string, {loaded: (fun(): any), open: (fun(plugin: any): boolean), watch: (fun(plugin: any, changed: fun()))}>
local plugins = {
  ['nvim-cmp'] = {
    loaded = function()
      return package.loaded.cmp
    end,
    open = function(cmp)
      return cmp.visible()
    end,
    watch = function(cmp, changed)
      cmp.event:on('menu_opened', changed)
      cmp.event:on('menu_closed', changed)
    end,
  },
  ['blink.cmp'] = {
    loaded = function()
      return package.loaded['blink.cmp']
    end,
    open = function(blink)
      return (blink.is_menu_visible or blink.is_visible)()
    end,
    watch = function(_, changed)
      vim.api.nvim_create_autocmd('User', { pattern = { 'BlinkCmpMenuOpen', 'BlinkCmpMenuClose' }, callback = changed })
    end,
  },
  ['coc.nvim'] = {
    loaded = function()
      return vim.g.coc_service_initialized == 1
    end,
    open = function()
      return vim.fn['coc#pum#visible']() == 1
    end,
    watch = function() end,
  },
}

local watched = {} ---@type table<string, true>

---Tell `changed` when a menu opens or closes, of plugins loaded by now; for those of Neovim there are events.
---@param changed fun()
function M.watch(changed)
  for name, plugin in pairs(plugins) do
    local found = not watched[name] and plugin.loaded()
    if found then
      watched[name] = true
      pcall(plugin.watch, found, function()
        vim.schedule(changed)
      end)
    end
  end
end

---@return boolean whether a menu is on the screen
function M.open()
  if vim.fn.pumvisible() == 1 then
    return true
  end
  local hook = config.current.popup_visible
  if hook then
    local ok, open = pcall(hook)
    if ok and open == true then
      return true
    end
  end
  for _, plugin in pairs(plugins) do
    local found = plugin.loaded()
    if found then
      local ok, open = pcall(plugin.open, found)
      if ok and open == true then
        return true
      end
    end
  end
  return false
end

---@return string[] the plugins with a menu of their own that are loaded
function M.found()
  local names = vim.tbl_filter(function(name)
    return plugins[name].loaded()
  end, vim.tbl_keys(plugins))
  table.sort(names)
  return names
end

return M
