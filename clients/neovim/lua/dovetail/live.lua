-- Nothing is written into a buffer but what was planned against that buffer's own text.
--
-- The server plans against the text that it was sent, and where it was sent none, against the file. So a buffer that it
-- does not see (switched off, too large, read-only when it was opened …) may hold something else. Each buffer is looked
-- at before anything is written; one that differs, and the edit is refused as a whole, with a sentence.
local M = {}
local api, lsp = vim.api, vim.lsp
local buffers = require('dovetail.buffers')

---@return integer|nil the loaded buffer of a file, by whatever path it was opened
function M.loaded(uri)
  local path = vim.fs.normalize(vim.uri_to_fname(uri))
  local real = vim.uv.fs_realpath(path)
  for _, buf in ipairs(api.nvim_list_bufs()) do
    local name = api.nvim_buf_is_loaded(buf) and vim.bo[buf].buftype == '' and api.nvim_buf_get_name(buf) or ''
    if name ~= '' and (vim.fs.normalize(name) == path or (real and vim.uv.fs_realpath(name) == real)) then
      return buf
    end
  end
end

local function short(uri)
  return vim.fn.fnamemodify(vim.uri_to_fname(uri), ':~:.')
end

local function unseen(uri, buf)
  local _, why = buffers.serves(buf)
  return ('%s holds text that Dovetail does not see%s. Save it, then ask again.'):format(
    short(uri), why and (', because ' .. why) or '')
end

-- Why a document must not be edited as a server planned it for `version` (nil: for the file on disk).
local function objection(client, uri, version)
  local buf = M.loaded(uri)
  if not buf then
    return nil -- read from disk when it is edited
  elseif not vim.bo[buf].modifiable or vim.bo[buf].readonly then
    return ('%s is read-only in this Neovim.'):format(short(uri))
  elseif version and lsp.buf_is_attached(buf, client.id) then
    local now = lsp.util.buf_versions[buf]
    return now ~= version and ('%s has changed since the edit was planned; ask again.'):format(short(uri)) or nil
  elseif not buffers.as_on_disk(buf) then
    return unseen(uri, buf)
  end
end

-- A file that goes, or moves, takes no unsaved text with it.
local function objection_to_removal(uri)
  local buf = M.loaded(uri)
  if buf and not buffers.as_on_disk(buf) then
    return ('%s holds unsaved text. Save it, then ask again.'):format(short(uri))
  end
end

-- The documents whose text an edit changes: uri, version (nil: planned for the file on disk).
local function edited(edit)
  local found = {}
  for _, change in ipairs(edit.documentChanges or {}) do
    if not change.kind then
      local version = change.textDocument.version
      found[#found + 1] = { change.textDocument.uri, version ~= vim.NIL and version or nil }
    end
  end
  for uri in pairs(edit.documentChanges and {} or edit.changes or {}) do
    found[#found + 1] = { uri }
  end
  return found
end

---@return string|nil a sentence: why this workspace edit must not be applied
local function objection_to_edit(client, edit)
  for _, change in ipairs(edit.documentChanges or {}) do
    local found = (change.kind == 'delete' or change.kind == 'rename')
      and objection_to_removal(change.uri or change.oldUri)
    if found then
      return found
    end
  end
  for _, one in ipairs(edited(edit)) do
    local found = objection(client, one[1], one[2])
    if found then
      return found
    end
  end
end

-- The server sees each text that it edits, so that it can tell whether the edit arrived, and take it back.
local function let_it_see(client, edit)
  for _, one in ipairs(edited(edit)) do
    local buf = vim.uri_to_bufnr(one[1])
    if vim.fn.filereadable(api.nvim_buf_get_name(buf)) == 1 or api.nvim_buf_is_loaded(buf) then
      vim.fn.bufload(buf)
      require('dovetail.client').show(buf, client)
    end
  end
end

-- A hunk that was merged, and that nobody has seen, is asked about here: not every Neovim asks, and the others print
-- what each change is called.
local function confirmed(edit)
  local asked, unsure = false, {}
  for name, annotation in pairs(edit.changeAnnotations or {}) do
    unsure[name] = annotation.needsConfirmation == true
  end
  edit.changeAnnotations = nil
  for _, change in ipairs(edit.documentChanges or {}) do
    for _, one in ipairs(change.edits or {}) do
      asked = asked or unsure[one.annotationId or '']
      one.annotationId = nil
    end
  end
  local question = 'Dovetail: some of it was merged with what has been typed since. Apply it?'
  return not asked or vim.fn.confirm(question, '&Yes\n&No', 1) == 1
end

---Answer `workspace/applyEdit`.
---@return {applied: boolean, failureReason: string|nil}
function M.apply(client, edit)
  local reason = objection_to_edit(client, edit)
  if reason then
    return { applied = false, failureReason = reason }
  end
  if not confirmed(edit) then
    return { applied = false, failureReason = 'it was declined' }
  end
  let_it_see(client, edit)
  local ok, err = pcall(lsp.util.apply_workspace_edit, edit, client.offset_encoding)
  let_it_see(client, edit) -- the files that it created
  return { applied = ok, failureReason = not ok and tostring(err) or nil }
end

---@param plan table the protocol's Plan
---@return string|nil a sentence: the buffer for which it was made holds something else, and the server cannot see it
function M.stale(client, plan)
  for _, file in ipairs(plan.files or {}) do
    local buf = M.loaded(file.uri)
    if buf and not lsp.buf_is_attached(buf, client.id) then
      local before = type(file.before) == 'string' and file.before or ''
      local lines = vim.split(before:gsub('\r\n?', '\n'), '\n', { plain = true })
      if #lines > 1 and lines[#lines] == '' then
        table.remove(lines)
      end
      if not vim.deep_equal(lines, api.nvim_buf_get_lines(buf, 0, -1, false)) then
        return unseen(file.uri, buf)
      end
    end
  end
end

---@return string|nil a sentence: the server cannot see what `buf` holds
function M.hidden_text(client, buf)
  if vim.bo[buf].buftype == '' and not lsp.buf_is_attached(buf, client.id) and not buffers.as_on_disk(buf) then
    return unseen(vim.uri_from_bufnr(buf), buf)
  end
end

return M
