"""Words for a hunk that fits nowhere: the nearest place and the first line that differs.

Similarity is used here and only here. It never decides where text is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ..live import LiveText
from ..model import ADD, Reading

NOWHERE = "none of the lines that it quotes stands in the file"
MAX_LINES = 20_000
"""Lines of a file that is looked through for one that is merely alike."""
MIN_SHARE = 0.3
_WORD = re.compile(r"\w+")
MAX_VOTES = 40
"""A line that stands in more places than this says nothing about the place."""


def nearest(old: Sequence[str], live: LiveText, stated: int | None) -> int | None:
    """The line where most of the quoted lines would stand where they stand now; None where none does."""
    votes: Counter[int] = Counter()
    for number, line in enumerate(old[:2000]):
        key = line.strip()
        places = live.positions(key) if key else ()
        if 0 < len(places) <= MAX_VOTES:
            weight = 6 if len(places) == 1 else 2 if len(places) < 4 else 1
            for place in places:
                votes[place - number] += weight
    if votes:
        # Among equals the one that the stated line is nearest to, else the one that the first lines name.
        best, _ = max(
            votes.items(), key=lambda item: (item[1], 0 if stated is None else -abs(item[0] - stated))
        )
        return max(best, 0)
    if stated is not None and 0 <= stated < len(live):
        return stated
    return _likest(old, live)


def _likest(old: Sequence[str], live: LiveText) -> int | None:
    """Where the line stands that shares most words with the longest line quoted; None where none shares many."""
    if not old or len(live) > MAX_LINES:
        return None
    number, line = max(enumerate(old), key=lambda item: len(item[1].strip()))
    words = frozenset(_WORD.findall(line))
    best, share = None, MIN_SHARE
    for at, there in enumerate(live.lines):
        if not words:
            break
        others = frozenset(_WORD.findall(there))
        alike = len(words & others) / len(words | others)
        if alike > share:
            best, share = at, alike
    return None if best is None else max(best - number, 0)


def not_found(reading: Reading, live: LiveText, stated: int | None) -> tuple[str, tuple[int, int]]:
    """Why the quoted lines were not found, and the nearest place (lines from 0, end exclusive)."""
    old = reading.old
    if not live.lines:
        return "the file is empty", (0, 0)
    place = nearest(old, live, stated)
    only = _only_in_replacement(reading, live)
    if place is None:
        return (NOWHERE + only, (0, min(len(old), len(live))))
    end = min(place + len(old), len(live))
    for number, line in enumerate(old):
        at = place + number
        there = live.lines[at] if at < len(live) else None
        if there == line:
            continue
        if there is None:
            why = f"the file ends at line {len(live)}, where line {number + 1} of the quote should stand: {_show(line)}"
        elif there.strip() == line.strip() and line.strip():
            why = f"line {at + 1} is indented or ends otherwise: quoted {line!r:.120}, there {there!r:.120}"
        else:
            why = f"line {at + 1} differs: quoted {_show(line)}, there {_show(there)}"
        return f"{why}{only}", (min(place, len(live)), end)
    return "the lines stand there, but not as one piece" + only, (place, end)


def _only_in_replacement(reading: Reading, live: LiveText) -> str:
    """Quoted lines that are in the reply's own replacement and nowhere in the file."""
    added = {text for tag, text in reading.lines if tag == ADD}
    for number, line in enumerate(reading.old):
        if line.strip() and line in added and not live.positions(line.strip()):
            return f"; line {number + 1} of the quote stands only in the replacement"
    return ""


def _show(line: str) -> str:
    text = line.strip()
    return repr(text if len(text) <= 70 else text[:67] + "…") if text else "a blank line"
