-- What `:Dovetail status`, `why` and `stats` say: plain sentences, first about this buffer and this place.
local M = {}
local api = vim.api
local config = require('dovetail.config')

local function plural(n, one)
  local digits = tostring(n):reverse():gsub('(%d%d%d)', '%1,'):reverse():gsub('^,', '')
  return ('%s %s%s'):format(digits, one, n == 1 and '' or 's')
end

local function percent(share)
  return type(share) == 'number' and ('%.0f %%'):format(share * 100) or nil
end

local function source(name)
  return (name == nil or name == '' or name == 'embedded') and 'the built-in model' or name
end

---@return string why nothing is asked for in `buf` just now, or that it is
function M.here(buf)
  local serves, why = require('dovetail.buffers').serves(buf)
  if not serves then
    return ('This buffer is not served: %s.'):format(why)
  elseif not require('dovetail.client').get(buf) then
    local since = require('dovetail.client').starting()
    return since and ('The server is starting, for %.1f s.'):format(since)
      or 'No server runs for this buffer; `:Dovetail restart` starts it, `:Dovetail log` says what happened.'
  end
  local left = require('dovetail.wanted').snoozed()
  if left then
    return ('Suggestions are snoozed for %s more.'):format(plural(math.ceil(left / 60), 'minute'))
  elseif vim.fn.reg_recording() ~= '' then
    return ('Nothing is suggested while a macro is recorded (@%s).'):format(vim.fn.reg_recording())
  elseif not config.current.auto then
    return 'This buffer is served. Suggestions while typing are off (`:Dovetail toggle`); the trigger key asks.'
  elseif #api.nvim_get_current_line() > config.current.max_line_bytes and buf == api.nvim_get_current_buf() then
    return 'Nothing is asked for on this line: it is longer than the option "max_line_bytes" allows.'
  end
  return 'This buffer is served.'
end

local function endpoints(lines, list)
  for _, one in ipairs(type(list) == 'table' and list or {}) do
    local name = one.name or one.url or '?'
    local said = type(one.message) == 'string' and one.message or ''
    said = vim.startswith(said, name .. ': ') and said:sub(#name + 3) or said
    local state = one.state == 'up' and said ~= '' and 'did not answer' or one.state or 'state unknown'
    lines[#lines + 1] = ('Endpoint      %s, %s%s'):format(name, state, said ~= '' and ': ' .. said or '')
  end
end

---@param days integer
local function counted(statistics)
  local counts = statistics.counts or {}
  local taken = (counts.accepted or 0) + (counts.partial or 0)
  local share = percent(statistics.acceptedOfShown)
  return ('Last %d days  %d shown, %d taken%s, %s'):format(statistics.days or 30, counts.shown or 0, taken,
    share and (' (%s)'):format(share) or '', plural(statistics.acceptedCharacters or 0, 'character'))
end

---@param status table the answer to `dovetail.status`
---@return string[]
function M.status(status, buf)
  local lines = { M.here(buf) }
  local message = type(status.message) == 'string' and status.message or ''
  if vim.tbl_contains({ 'offline', 'error', 'off', 'learning' }, status.state) then
    lines[#lines + 1] = message
  elseif status.mode == 'subtle' then
    lines[#lines + 1] = 'Suggestions are shown only when the trigger key asks (setting completion.mode).'
  end
  lines[#lines + 1] = ''
  lines[#lines + 1] = ('Suggestions   from %s'):format(source(status.source))
  endpoints(lines, status.endpoints)
  local model = type(status.model) == 'table' and status.model or {}
  if model.files then
    lines[#lines + 1] = ('Learnt        %s, %s%s'):format(plural(model.files, 'file'), plural(model.tokens or 0, 'token'),
      model.learning and '; still learning' or '')
  end
  if type(status.statistics) == 'table' and status.statistics.counts then
    lines[#lines + 1] = counted(status.statistics)
  end
  lines[#lines + 1] = ('Server        %s'):format(status.version or 'version unknown')
  for _, problem in ipairs(status.problems or {}) do
    lines[#lines + 1] = 'Problem       ' .. problem
  end
  for line in vim.gsplit(type(status.detail) == 'string' and status.detail or '', '\n', { trimempty = true }) do
    if not vim.list_contains(status.problems or {}, line) then
      lines[#lines + 1] = 'Note          ' .. line
    end
  end
  return lines
end

---@param answer table the answer to `dovetail.stats`
---@return string[]
function M.stats(answer)
  return type(answer.lines) == 'table' and answer.lines or { 'The server has no statistics.' }
end

-- The line of a decision with the cursor as it was in it, if the line is still there.
local function place(buf, decision)
  local text = api.nvim_buf_get_lines(buf, (decision.line or 1) - 1, decision.line or 1, false)[1]
  if not text then
    return '(the line is no longer there)'
  end
  local at = require('dovetail.position').byte(text, (decision.column or 1) - 1, 'utf-32')
  return (text:sub(1, at):gsub('^%s+', '')) .. '│' .. text:sub(at + 1)
end

---@param decisions table[] newest first; lines and columns count from 1, columns in code points
---@return string[]
function M.why(decisions, buf)
  local lines, last, edit = { M.here(buf) }, nil, require('dovetail.nextedit').shown()
  if edit then
    lines[#lines + 1] = ('Next edit, line %d: %s (%s).'):format(edit.line + 1, edit.rule, edit.why)
  end
  for i, one in ipairs(decisions) do
    if last and last.line == one.line then
      last.more = last.more + 1 -- a key of the same line, earlier
    else
      last = { line = one.line, at = #lines, more = 0 }
      lines[#lines + 1] = ''
      lines[#lines + 1] = ('Line %d   %s'):format(one.line or 0, place(buf, one))
      lines[#lines + 1] = '  ' .. (one.sentence or one.outcome or '')
      if type(one.text) == 'string' and one.text ~= '' then
        local text = vim.split(one.text, '\n', { plain = true })
        lines[#lines] = ('%s  "%s"%s'):format(lines[#lines], text[1], #text > 1 and (' and %s'):format(plural(#text - 1, 'more line')) or '')
      end
      for _, step in ipairs(one.steps or {}) do
        lines[#lines + 1] = ('    %-10s %s'):format(step.name or '', (tostring(step.detail or ''):gsub('embedded', 'the built-in model')))
      end
      lines[#lines + 1] = ('    %-10s %.0f ms, %s'):format('took', one.elapsedMs or 0, one.trigger or '')
      last.at = #lines
    end
    local following = decisions[i + 1]
    if last.more > 0 and not (following and following.line == last.line) then
      table.insert(lines, last.at + 1, ('    and %s before, on this line'):format(plural(last.more, 'key')))
    end
  end
  if #decisions == 0 then
    lines[#lines + 1] = 'Nothing has been asked for in this file yet.'
  end
  return lines
end

return M
