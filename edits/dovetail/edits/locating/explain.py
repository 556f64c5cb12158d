"""Words for a hunk that fits nowhere: the nearest place and the first line that differs.

Similarity is used here and only here. It never decides where text is written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ..live import LiveText, indent_of
from ..model import ADD, Reading
from ..tagging import opcodes

MAX_LINES = 20_000
"""Lines of a file that is looked through for one that is merely alike."""
MIN_SHARE = 0.3
_WORD = re.compile(r"\w+")
_DEFINES = re.compile(
    r"\s*(?:(?:export|public|private|protected|static|async|abstract|final|pub)\s+){0,4}"
    r"(?:def|class|func|fn|function|interface|struct|enum|trait|impl|module|type)\s+\w"
)
MAX_VOTES = 40
"""A line that stands in more places than this says nothing about the place."""


def nearest(old: Sequence[str], live: LiveText, stated: int | None) -> int | None:
    """The line where most of the quoted lines would stand where they stand now; None where none does."""
    votes: Counter[int] = Counter()
    # Each quoted line votes for the start of a quote that would put it where it stands in the file. Lines
    # that stand once weigh most; those that stand everywhere (`}`, `return`) have no vote.
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
    # The longest line has most words to compare; shares are of the union (Jaccard), so long lines gain
    # nothing.
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
    """Why the quoted lines were not found, and the nearest place (lines from 0, end exclusive).

    A place is named only where at least half of the quoted lines stand there; (0, 0) stands for none.
    """
    old = reading.old
    if not live.lines:
        return "the file is empty", (0, 0)
    only = _only_in_replacement(reading, live)
    place = nearest(old, live, stated)
    if place is None or not _stands(old, live, place):
        return _how_many(old, live) + only, (0, 0)
    end = min(place + len(old), len(live))
    for number, line in enumerate(old):
        at = place + number
        there = live.lines[at] if at < len(live) else None
        if there == line:
            continue
        if there is None:
            why = f"the file ends at line {len(live)}, where line {number + 1} of the quote should stand: {_show(line)}"
        elif there.strip() == line.strip() and line.strip():
            why = _whitespace_differs(at, line, there)
        else:
            why = f"line {at + 1} differs: quoted {_show(line)}, there {_show(there)}"
        return f"{why}{only}", (min(place, len(live)), end)
    return "the lines stand there, but not as one piece" + only, (place, end)


def _whitespace_differs(at: int, quoted: str, there: str) -> str:
    """How a line differs from a quoted one whose words are the same."""
    inside, outside = indent_of(there), indent_of(quoted)
    if inside != outside:
        return f"line {at + 1} is indented by {_width(inside)}, not by {_width(outside)} as quoted: {_show(there)}"
    return f"line {at + 1} has other whitespace at its end than the quoted one: {_show(there)}"


def _width(indent: str) -> str:
    tabs, spaces = indent.count("\t"), indent.count(" ")
    parts = [f"{n} {word}{'s' * (n != 1)}" for n, word in ((tabs, "tab"), (spaces, "space")) if n]
    return " and ".join(parts) or "nothing"


def _stands(old: Sequence[str], live: LiveText, place: int) -> bool:
    """Whether at least half of the quoted lines stand near `place`, in their order; of one line,
    two thirds of its words."""
    quoted = [line.strip() for line in old if line.strip()]
    # Lines may have been added or removed between those quoted, so the window is a quarter wider either way.
    room = max(4, len(old) // 4)
    there = [line.strip() for line in live.lines[max(0, place - room) : place + len(old) + room]]
    if len(quoted) == 1:
        words = frozenset(_WORD.findall(quoted[0]))
        return any(
            # Two thirds without floats; a quote without any word fits nothing.
            3 * len(words & frozenset(_WORD.findall(line))) >= max(1, 2 * len(words))
            for line in there
        )
    matched = sum(j - i for tag, i, j, _, _ in opcodes(quoted, there) if tag == "equal")
    return 2 * matched >= len(quoted)


def _how_many(old: Sequence[str], live: LiveText) -> str:
    """How much of a quote stands in a file that has no place for it, and the first line that does not."""
    quoted = [line for line in old if line.strip()]
    absent = [line for line in quoted if not live.positions(line.strip())]
    if len(absent) == len(quoted):
        if len(quoted) == 1:
            return f"the line that it quotes stands nowhere in this file: {_show(quoted[0])}"
        return f"none of the {len(quoted)} lines that it quotes stands in this file"
    stand = len(quoted) - len(absent)
    words = f"{stand} of {len(quoted)} quoted lines stand{'s' if stand == 1 else ''} in this file"
    if not absent:
        return f"all {len(quoted)} quoted lines stand in this file, but not together"
    return f"{words}; {_show(max(absent, key=_telling))} stands nowhere in it"


def _telling(line: str) -> tuple[bool, int]:
    """How well a line says which code it is of: a definition best."""
    return bool(_DEFINES.match(line)), len(line.strip())


def _only_in_replacement(reading: Reading, live: LiveText) -> str:
    """Quoted lines that are in the reply's own replacement and nowhere in the file."""
    added = {text for tag, text in reading.lines if tag == ADD}
    # The usual mistake of a model: it quotes the text as it will be instead of the text as it is.
    for number, line in enumerate(reading.old):
        if line.strip() and line in added and not live.positions(line.strip()):
            return f"; line {number + 1} of the quote stands only in the replacement"
    return ""


def _show(line: str) -> str:
    text = line.strip()
    return repr(text if len(text) <= 70 else text[:67] + "…") if text else "a blank line"
