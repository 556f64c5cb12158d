-- For `vim.lsp.enable('dovetail')` (Neovim 0.11 and newer) without the plugin's own ghost text. See |dovetail-builtin|.
return {
  cmd = { 'dovetail', 'serve', '--stdio' },
  root_markers = { '.git', 'pyproject.toml', 'package.json', 'go.mod', 'Cargo.toml', 'dovetail.toml' },
}
