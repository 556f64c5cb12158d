-- A plan as the user decides on it: which hunks are taken, and what each file's text is then. No windows here.
local M = {}
local position = require('dovetail.position')

---@class dovetail.PlanHunk
---@field id string
---@field proof string
---@field range table|nil
---@field before string
---@field after string
---@field taken boolean

local Plan = {}
Plan.__index = Plan

---@param raw table the protocol's Plan
---@param encoding string of its positions
function M.new(raw, encoding)
  local self = setmetatable({ id = raw.id, message = raw.message, refused = raw.refused or {}, files = {} }, Plan)
  self.repaired, self.encoding = raw.repaired or {}, encoding
  for _, file in ipairs(raw.files or {}) do
    local before = type(file.before) == 'string' and file.before or ''
    local after = type(file.after) == 'string' and file.after or ''
    local hunks = {}
    for _, hunk in ipairs(file.hunks or {}) do
      hunk.taken = true
      hunks[#hunks + 1] = hunk
    end
    table.insert(self.files, {
      uri = file.uri,
      new_uri = file.newUri,
      op = file.op,
      before = before,
      after = after,
      hunks = hunks,
    })
  end
  return self
end

-- Byte offset of an LSP position; nil outside the text. Lines end as in LSP.
local function offset(text, at, encoding)
  local from = 1
  for _ = 1, at.line do
    local a, b = text:find('\r?\n', from)
    local r = text:find('\r', from, true)
    if r and (not a or r < a) then
      a, b = r, r
    end
    if not a then
      return nil
    end
    from = b + 1
  end
  local line = text:sub(from):match('^[^\r\n]*')
  return from - 1 + position.byte(line, at.character, encoding)
end

---The text of `file` with the hunks that are taken.
---@return string text, boolean exact false: the file cannot be had in parts, so all of it is shown
function Plan:text(file)
  local taken = vim.tbl_filter(function(hunk)
    return hunk.taken
  end, file.hunks)
  if #taken == #file.hunks then
    return file.after, true
  elseif #taken == 0 then
    return file.before, true
  end
  local edits = {}
  for _, hunk in ipairs(taken) do
    if hunk.proof ~= 'already applied' then
      local from = hunk.range and offset(file.before, hunk.range.start, self.encoding)
      local to = hunk.range and offset(file.before, hunk.range['end'], self.encoding)
      if not from or not to then
        return file.after, false
      end
      edits[#edits + 1] = { from, to, hunk.after }
    end
  end
  table.sort(edits, function(a, b)
    return a[1] > b[1]
  end)
  local text = file.before
  for _, edit in ipairs(edits) do
    text = text:sub(1, edit[1]) .. edit[3] .. text:sub(edit[2] + 1)
  end
  return text, true
end

---Ids to apply; nil where all are taken, and none was refused.
---@return string[]|nil ids, integer count
function Plan:chosen()
  local ids, all = {}, #self.refused == 0
  for _, file in ipairs(self.files) do
    for _, hunk in ipairs(file.hunks) do
      if hunk.taken then
        ids[#ids + 1] = hunk.id
      else
        all = false
      end
    end
  end
  return not all and ids or nil, #ids
end

---@param hunk table
---@return string one line: how sure this hunk is
function M.describe(hunk)
  if hunk.proof == 'refused' then
    return ('refused, %s: %s'):format(hunk.kind or 'no kind', hunk.reason or 'no reason given')
  end
  return hunk.reason and ('%s: %s'):format(hunk.proof, hunk.reason) or hunk.proof
end

return M
