"""Whether a text that was accepted is still there. No state."""

from __future__ import annotations

from collections import Counter

from dovetail.text import Snapshot

from .codes import Signal

KEPT_AFTER_S = (30, 120, 300, 600)
"""After how many seconds an accepted text is looked for again (the same as in Copilot's client)."""
NEAR = 25
"""Lines around its place in which an accepted text is looked for."""
RUN = 3
LONGEST = 4_000
"""Characters of an accepted text, and of a line, that are looked at."""


def kept_characters(signals: int, taken: int, looked: int, there: int) -> int:
    """Characters that stayed, of those taken: none if they were undone, or gone when last looked for (see `Moment`)."""
    # The last look decides: `looked.bit_length() - 1` is its number.
    if signals & Signal.UNDONE or (looked and not there >> (looked.bit_length() - 1) & 1):
        return 0
    return taken


def still_there(accepted: str, snapshot: Snapshot, line: int) -> bool:
    """Whether an accepted text is still in the document near `line`, at most half of it changed: whether some place
    as long as it holds at least half of its runs of `RUN` characters. Linear in the text and the lines around it."""
    wanted = _squeezed(accepted)[:LONGEST]
    if not wanted:
        return True
    size = accepted.count("\n") + 1
    # Without white space, so that a formatter's work is no loss.
    near = [_squeezed(text)[:LONGEST] for text in snapshot.lines.slice(line - NEAR, line + NEAR + size)]
    if wanted in "".join(near):
        return True
    runs = _runs(wanted)
    # Shorter than one run: it is there as it was, or it is not.
    if not runs:
        return False
    lines = [_runs(text) & runs for text in near]
    held: Counter[str] = Counter()
    # A window of as many lines as were accepted, moved down one by one.
    for last, own in enumerate(lines):
        held += own
        if last >= size:
            held -= lines[last - size]
        if (held & runs).total() * 2 >= runs.total():
            return True
    return False


def _runs(text: str) -> Counter[str]:
    """The runs of `RUN` characters in a text, and how often each stands there."""
    return Counter(text[start : start + RUN] for start in range(len(text) - RUN + 1))


def _squeezed(text: str) -> str:
    return "".join(text.split())
