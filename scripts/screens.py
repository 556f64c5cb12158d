"""Terminal screens as SVG: a still, or a strip of screens that an animation runs through.

Nothing is fetched when such a picture is looked at, and it is right in renderers without the font that we would like:
each word stands at its own column, so no width of a glyph adds up over a line.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

CELL, LINE, SIZE = 8.4, 18, 14
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace"
PAD, BAR = 12, 30
# rich takes the numbers of an underline's colour for attributes of their own, of which 0 ends all others
_UNDERLINE_COLOUR = re.compile(r"\x1b\[58[;:][\d;:]*m")
_DARK = "07080d ffc0b9 b3f6c0 fce094 a6dbff ffcaff 8cf8f7 eef1f8"
_LIGHT = "14161b 590008 005523 6b5300 004c73 470045 007373 9b9ea4"


def _theme(paper: str, ink: str, colours: str) -> TerminalTheme:
    """Neovim's own colours; the eight bright ones are the same but for black, which is the grey of comments."""
    eight = [bytes.fromhex(colour) for colour in colours.split()]
    triples = [(red, green, blue) for red, green, blue in eight]
    return TerminalTheme(
        (*bytes.fromhex(paper),), (*bytes.fromhex(ink),), triples, [(79, 82, 88), *triples[1:]]
    )


DARK, LIGHT = _theme("14161b", "e0e2ea", _DARK), _theme("e0e2ea", "14161b", _LIGHT)


@dataclass(frozen=True)
class Screen:
    """What a terminal shows: its lines with their escapes, where its cursor is (or None), and for how many ms."""

    lines: tuple[str, ...]
    cursor: tuple[int, int] | None = None
    milliseconds: int = 0


def _rgb(triple: Sequence[int]) -> str:
    return "#" + "".join(f"{part:02x}" for part in triple)


def _cells(line: str, theme: TerminalTheme) -> list[tuple[str, str, str, str]]:
    """Runs of a line: text, colour, background (empty for the screen's own), further attributes."""
    console = Console(width=400, color_system="truecolor", force_terminal=True)
    runs = []
    for segment in Text.from_ansi(_UNDERLINE_COLOUR.sub("", line)).render(console):
        text, style = Segment(*segment[:2]).text, segment.style or Style()
        colour = style.color.get_truecolor(theme) if style.color else theme.foreground_color
        behind = style.bgcolor.get_truecolor(theme, foreground=False) if style.bgcolor else None
        if style.reverse:
            colour, behind = behind or theme.background_color, colour
        if style.dim:
            back = behind or theme.background_color
            colour = tuple((2 * front + other) // 3 for front, other in zip(colour, back, strict=True))
        extra = ' font-weight="bold"' if style.bold else ""
        extra += ' font-style="italic"' if style.italic else ""
        extra += ' text-decoration="underline"' if style.underline else ""
        runs.append((text.rstrip("\n"), _rgb(colour), _rgb(behind) if behind else "", extra))
    return runs


def line_svg(line: str, theme: TerminalTheme) -> str:
    """One line as SVG with its baseline at y = 13."""
    behind, words, column = [], [], 0
    for text, colour, back, extra in _cells(line, theme):
        if back and back != _rgb(theme.background_color) and text:
            behind.append(
                f'<rect x="{column * CELL:.1f}" width="{len(text) * CELL:.1f}" height="{LINE}" fill="{back}"/>'
            )
        at = 0
        for word in text.split(" "):
            if word:
                words.append(
                    f'<text x="{(column + at) * CELL:.1f}" y="13" fill="{colour}"{extra}>{html.escape(word)}</text>'
                )
            at += len(word) + 1
        column += len(text)
    return "".join(behind + words)


def svg(
    screens: Sequence[Screen], theme: TerminalTheme, title: str, still: int = 0, milliseconds: int = 0
) -> str:
    """A picture of one screen, or of several that follow each other for ever.

    Args:
        screens: all of the same size; with one there is no animation.
        still: which of them stands where nothing moves (a renderer without animation, a reader who wants none).
        milliseconds: how long all of them take together; 0 for the sum of theirs.
    """
    columns = max(len(Text.from_ansi(line).plain) for screen in screens for line in screen.lines)
    rows = max(len(screen.lines) for screen in screens)
    width, height = round(columns * CELL + 2 * PAD), rows * LINE + BAR + PAD
    known: dict[str, int] = {}
    drawn = []
    for number, screen in enumerate(screens):
        uses = []
        for row, line in enumerate(screen.lines):
            if line.strip():
                name = known.setdefault(line, len(known))
                uses.append(f'<use href="#l{name}" y="{row * LINE}"/>')
        if screen.cursor:
            x, y = screen.cursor
            uses.append(
                f'<rect x="{x * CELL:.1f}" y="{y * LINE}" width="{CELL}" height="{LINE}"'
                f' fill="{_rgb(theme.foreground_color)}" opacity=".55"/>'
            )
        drawn.append(f'<g transform="translate({number * width} 0)">{"".join(uses)}</g>')
    defs = "".join(f'<g id="l{name}">{line_svg(line, theme)}</g>' for line, name in known.items())
    total, past, steps = sum(screen.milliseconds for screen in screens), 0, []
    for number, screen in enumerate(screens):
        steps.append(f"{100 * past / (total or 1):.2f}%{{transform:translateX({-number * width}px)}}")
        past += screen.milliseconds
    moving = (
        f"@keyframes run{{{''.join(steps)}100%{{transform:translateX({-(len(screens) - 1) * width}px)}}}}"
        f".strip{{transform:translateX({-still * width}px);animation:run {milliseconds or total}ms step-end infinite}}"
        "@media(prefers-reduced-motion:reduce){.strip{animation:none}}"
    )
    ink, paper, name = _rgb(theme.foreground_color), _rgb(theme.background_color), html.escape(title)
    dots = (f'<circle cx="{18 + 18 * i}" cy="15" r="5.5" fill="{ink}" opacity=".25"/>' for i in range(3))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
            f' height="{height}" role="img" aria-label="{name}">',
            f"<style>text{{white-space:pre}}{moving if len(screens) > 1 else ''}</style>",
            f'<rect width="{width}" height="{height}" rx="8" fill="{paper}" stroke="#888" stroke-opacity=".35"/>',
            *dots,
            f'<text x="{width / 2:.0f}" y="20" text-anchor="middle" font-family="sans-serif" font-size="13"'
            f' fill="{ink}" opacity=".7">{name}</text>',
            f"<defs>{defs}</defs>",
            f'<svg x="{PAD}" y="{BAR}" width="{width - 2 * PAD}" height="{rows * LINE}"'
            f' font-family="{FONT}" font-size="{SIZE}"><g class="strip">',
            *drawn,
            "</g></svg>",
            "</svg>",
            "",
        ]
    )
