-- Read by Neovim at start where this folder is on the runtime path. It costs one command; the rest is loaded when
-- `:Dovetail` is used or `require('dovetail').setup()` is called.
if vim.g.loaded_dovetail then
  return
end
vim.g.loaded_dovetail = true

if vim.fn.has('nvim-0.10') == 0 then
  vim.notify('Dovetail needs Neovim 0.10 or newer.', vim.log.levels.WARN)
  return
end
require('dovetail.commands').create()
