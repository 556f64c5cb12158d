"""Which lines around the cursor a generator sees, with `\\n` for every line end.

Both ends of the window snap to a grid of lines, so that the text stays byte-identical while the user types and
an endpoint's prompt cache holds: measured, the share of a prompt's bytes unchanged from key to key is .51 with a
window that slides by characters and .95 with this one.
"""

from __future__ import annotations

from attrs import define

from dovetail.privacy import shown_at
from dovetail.text import Point, Snapshot

from ..types import Window

CHARS_PER_TOKEN = 3.2
"""Code averages 3 to 4 characters a token; the low end, so that a budget is rather kept than filled."""


GRID = 32
"""Steps, in lines, by which a window's ends move."""


def estimate_tokens(text: str) -> int:
    """Roughly how many tokens a model will make of `text` (no tokenizer is at hand for an unknown endpoint)."""
    # Each character beyond ASCII is taken for a token of its own.
    wide = len(text) - len(text.encode("ascii", "ignore"))
    return int((len(text) - wide) / CHARS_PER_TOKEN) + wide + 1


@define(frozen=True, slots=True)
class WindowLimits:
    """How much is shown. Lines bound the window first; tokens (estimated) cut what is still too long."""

    prefix_lines: int = 256
    suffix_lines: int = 64
    grid: int = GRID
    """Steps, in lines, by which the window's ends move."""
    prefix_tokens: int = 3000
    suffix_tokens: int = 1000


def window_at(snapshot: Snapshot, position: Point, limits: WindowLimits = WindowLimits()) -> Window:  # noqa: B008
    """The window around `position`."""
    lines, grid = snapshot.lines, limits.grid
    # Secrets are found in the document, the text on both sides of the cursor being read as one; then it is cut.
    shown = shown_at(lines, position)
    # Rounded up to the grid, so that the window is never larger than its limit.
    start = max(0, (position.line - limits.prefix_lines + grid) // grid * grid)
    # Counted from the end of the document: lines typed here push down those below, their number from the end stays.
    below = len(lines) - 1 - position.line
    end = len(lines) - max(0, (below - limits.suffix_lines + grid) // grid * grid)
    budget = int(limits.prefix_tokens * CHARS_PER_TOKEN)
    prefix = shown.between(Point(start, 0), position).plain_ends()
    while len(prefix) > budget and start + grid <= position.line:
        start += grid
        prefix = shown.between(Point(start, 0), position).plain_ends()
    if len(prefix) > budget:
        # One grid step of very long lines: cut at steps of characters instead, for the same reason.
        step = max(budget // 4, 1)
        prefix = prefix[-(-(len(prefix) - budget) // step) * step :]
    budget = int(limits.suffix_tokens * CHARS_PER_TOKEN)
    suffix = shown.between(position, Point(end - 1, len(lines[end - 1]))).plain_ends()
    while len(suffix) > budget and end - grid > position.line:
        end -= grid
        suffix = shown.between(position, Point(end - 1, len(lines[end - 1]))).plain_ends()
    if len(suffix) > budget:
        cut = suffix.rfind("\n", 0, budget)
        suffix = suffix[: cut + 1 if cut > budget // 2 else budget]
    return Window(prefix, suffix, start, end)
