"""Ghost text can be read, and told from what stands in the buffer, in every colour scheme and terminal."""

from __future__ import annotations

from typing import Any

from harness import Editor

READABLE = 4.0
"""Contrast against the background that ghost text has at least (the highest, black on white, is 21)."""

SCHEMES = """
local out = {}
for _, name in ipairs(vim.fn.getcompletion('', 'color')) do
  for _, background in ipairs({ 'dark', 'light' }) do
    vim.cmd('highlight clear | set background=' .. background)
    vim.cmd('silent! colorscheme ' .. name)
    local get = function(group) return vim.api.nvim_get_hl(0, { name = group, link = false }) end
    table.insert(out, { name, background, vim.o.background, get('Normal'), get('DovetailGhost') })
  end
end
return out
"""


def luminance(rgb: int) -> float:
    total = 0.0
    for shift, weight in ((16, 0.2126), (8, 0.7152), (0, 0.0722)):
        c = (rgb >> shift & 255) / 255
        total += weight * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
    return total


def contrast(one: int, other: int) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


BASIC = [0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5]
BASIC += [0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF]


def xterm(index: int) -> int:
    if index < 16:
        return BASIC[index]
    if index >= 232:
        return (8 + 10 * (index - 232)) * 0x010101
    red, green, blue = (index - 16) // 36, (index - 16) // 6 % 6, (index - 16) % 6
    return sum(
        (55 + 40 * level if level else 0) << shift for level, shift in ((red, 16), (green, 8), (blue, 0))
    )


def test_ghost_text_is_legible_in_every_scheme(editor: Editor) -> None:
    editor.lua("require('dovetail').setup()")
    schemes: list[Any] = editor.lua(SCHEMES)
    assert len(schemes) >= 40
    assert {"habamax", "retrobox", "shine", "elflord", "vim"} <= {name for name, *_ in schemes}
    wrong = []
    for name, asked, background, normal, ghost in schemes:
        ground = 0 if background == "dark" else 0xFFFFFF
        plain = contrast(ghost["fg"], normal.get("bg", ground))
        cells = xterm(normal["ctermbg"]) if "ctermbg" in normal else ground
        indexed = contrast(xterm(ghost["ctermfg"]), cells)
        same = ghost["fg"] == normal.get("fg") or ghost["ctermfg"] == normal.get("ctermfg")
        if plain < READABLE or indexed < READABLE or same or ghost["ctermfg"] < 16:
            wrong.append((name, asked, round(plain, 1), round(indexed, 1), same))
    assert not wrong


def test_the_users_own_colour_is_kept(editor: Editor) -> None:
    own = "vim.api.nvim_get_hl(0, { name = 'DovetailGhost' })"
    editor.nvim.command("highlight DovetailGhost guifg=#ff8800 ctermfg=208")
    editor.lua("require('dovetail').setup()")
    assert editor.value(own) == {"fg": 0xFF8800, "ctermfg": 208}
    editor.nvim.command("autocmd ColorScheme * highlight! link DovetailGhost Todo")
    editor.nvim.command("colorscheme habamax")
    editor.lua("require('dovetail').setup()")
    assert editor.value(own)["link"] == "Todo"


def test_it_follows_the_background(editor: Editor) -> None:
    editor.lua("require('dovetail').setup()")
    own = "vim.api.nvim_get_hl(0, { name = 'DovetailGhost' }).fg"
    editor.nvim.command("set background=dark")
    dark = editor.value(own)
    editor.nvim.command("set background=light")
    assert luminance(editor.value(own)) < luminance(dark)
    editor.nvim.command("set background=dark")
    assert editor.value(own) == dark
