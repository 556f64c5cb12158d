-- What the editor shows as problems of a file, from any language server or linter, in LSP's words: the server asks
-- for it when it looks whether an edit brought errors, or is to fix them.
local M = {}

---@param params { uri: string }
---@return table[]
function M.of(params)
  local buf = vim.fn.bufnr(vim.uri_to_fname(params.uri))
  local found = {}
  if buf == -1 then
    return found
  end
  for _, one in ipairs(vim.diagnostic.get(buf)) do
    found[#found + 1] = {
      range = {
        start = { line = one.lnum, character = one.col },
        ['end'] = { line = one.end_lnum or one.lnum, character = one.end_col or one.col },
      },
      message = one.message,
      severity = one.severity,
      source = one.source,
    }
  end
  return found
end

return M
