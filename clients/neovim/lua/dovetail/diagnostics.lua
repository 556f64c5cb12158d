-- What the editor shows as problems of a file, from any language server or linter, in LSP's words: the server asks
-- for it when it looks whether an edit brought errors, or is to fix them.
local M = {}
local api = vim.api
local position = require('dovetail.position')

---@param one vim.Diagnostic its columns are bytes
---@param encoding string of the positions that are wanted
---@return table LSP's Diagnostic
function M.to_lsp(one, encoding)
  local function at(row, col)
    local line = api.nvim_buf_is_loaded(one.bufnr) and api.nvim_buf_get_lines(one.bufnr, row, row + 1, false)[1]
    return { line = row, character = line and position.units(line, col, encoding) or col }
  end
  return {
    range = { start = at(one.lnum, one.col), ['end'] = at(one.end_lnum or one.lnum, one.end_col or one.col) },
    severity = one.severity,
    message = one.message,
    source = one.source,
  }
end

---@param params { uri: string }
---@param encoding string of the positions that are wanted
---@return table[]
function M.of(params, encoding)
  local buf = require('dovetail.live').loaded(params.uri)
  return vim.tbl_map(function(one)
    return M.to_lsp(one, encoding)
  end, buf and vim.diagnostic.get(buf) or {})
end

return M
