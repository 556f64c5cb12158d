-- The colour of ghost text: between the text's colour and the background's, as faint as can still be read. A group of
-- the colour scheme would not do: NonText has a contrast of 1.3 : 1 in some schemes, and no colour at all without
-- 'termguicolors' in the default one, where ghost text would look like what stands in the buffer.
local M = {}
local api = vim.api

local GROUP = 'DovetailGhost'
local CONTRAST = 4.5 -- as the Web Content Accessibility Guidelines 2.1 ask for text
local mine ---@type table|nil the group as it was set here, read back

local function channels(rgb)
  return { bit.rshift(rgb, 16), bit.band(bit.rshift(rgb, 8), 255), bit.band(rgb, 255) }
end

-- Relative luminance as in WCAG 2.1, 0 to 1.
local function luminance(rgb)
  local sum = 0
  for i, weight in ipairs({ 0.2126, 0.7152, 0.0722 }) do
    local c = channels(rgb)[i] / 255
    sum = sum + weight * (c <= 0.04045 and c / 12.92 or ((c + 0.055) / 1.055) ^ 2.4)
  end
  return sum
end

---@return number 1 (the same) to 21 (black on white)
local function contrast(one, other)
  local a, b = luminance(one), luminance(other)
  return (math.max(a, b) + 0.05) / (math.min(a, b) + 0.05)
end

-- `share` (0 to 1) of `fg` over `bg`.
local function mix(fg, bg, share)
  local out, a, b = 0, channels(fg), channels(bg)
  for i = 1, 3 do
    out = out * 256 + math.floor(a[i] * share + b[i] * (1 - share) + 0.5)
  end
  return out
end

---The faintest mix of both that can be read on `bg`; towards black or white where `fg` itself cannot be.
local function faint(fg, bg)
  for _, strong in ipairs({ fg, luminance(bg) < 0.18 and 0xffffff or 0 }) do
    for step = 8, 20 do
      local colour = mix(strong, bg, step / 20)
      if contrast(colour, bg) >= CONTRAST then
        return colour
      end
    end
  end
  return luminance(bg) < 0.18 and 0xffffff or 0
end

-- Colours 16 to 255 of a terminal; the 16 before them are whatever the user has made of them.
local function palette(index)
  if index >= 232 then
    return (index - 232) * 0x0a0a0a + 0x080808
  end
  local out, n = 0, index - 16
  for _, unit in ipairs({ 36, 6, 1 }) do
    local level = math.floor(n / unit) % 6
    out = out * 256 + (level == 0 and 0 or 55 + 40 * level)
  end
  return out
end

-- What the first 16 usually are (xterm).
local usual = { [0] = 0, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000,
  0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff }

local function terminal(index, default)
  return index and (usual[index] or palette(index)) or default
end

-- The terminal's colour that is nearest to `wanted` and can be read on `bg`.
local function nearest(wanted, bg)
  local best, least
  for index = 16, 255 do
    local colour = palette(index)
    if contrast(colour, bg) >= CONTRAST then
      local a, b, distance = channels(colour), channels(wanted), 0
      for i = 1, 3 do
        distance = distance + (a[i] - b[i]) ^ 2
      end
      if not least or distance < least then
        best, least = index, distance
      end
    end
  end
  return best
end

---Set the group, unless somebody else has: a colour scheme, or the user.
function M.apply()
  local now = api.nvim_get_hl(0, { name = GROUP })
  if not vim.tbl_isempty(now) and not vim.deep_equal(now, mine) then
    return
  end
  local normal = api.nvim_get_hl(0, { name = 'Normal', link = false })
  local dark = vim.o.background == 'dark'
  local text, ground = dark and 0xe0e0e0 or 0x101010, dark and 0 or 0xffffff
  local bg, ctermbg = normal.bg or ground, terminal(normal.ctermbg, ground)
  local cterm = faint(terminal(normal.ctermfg, text), ctermbg)
  api.nvim_set_hl(0, GROUP, {
    fg = faint(normal.fg or text, bg),
    ctermfg = nearest(cterm, ctermbg),
    italic = true,
    cterm = { italic = true },
  })
  mine = api.nvim_get_hl(0, { name = GROUP })
end

return M
