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
MIN_ALIKE = 0.5
"""The share of words that a line has in common with one that is said to be most like it."""
MIN_SHARED = 4
"""Words that it has in common with it at least."""
NEAR = 6
"""Lines that may be left out of a quote, or be one too many, before it is said to differ."""
_WORD = re.compile(r"\w+")
_DEFINES = re.compile(
    r"\s*(?:(?:export|public|private|protected|static|async|abstract|final|pub)\s+){0,4}"
    r"(?:def|class|func|fn|function|interface|struct|enum|trait|impl|module|type)\s+(\w+)"
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
    place = _first_line_at(old, live, place)
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
            why = (
                # First what a person would say: a line too many or too few, then a blank line in the way,
                # then the difference.
                _too_much(old, live, number, at)
                or _aligned(old, live, place, line, there)
                or (f"line {at + 1} differs: quoted {_show(line)}, there {_show(there)}")
            )
        return f"{why}{only}", (min(place, len(live)), end)
    return "the lines stand there, but not as one piece" + only, (place, end)


def _first_line_at(old: Sequence[str], live: LiveText, place: int) -> int:
    """The place, or the one near it where the first quoted line stands: lines may lack between it and the others."""
    first = old[0].strip()
    near = [at for at in live.positions(first) if abs(at - place) <= NEAR] if first else []
    return min(near, key=lambda at: abs(at - place), default=place)


def _too_much(old: Sequence[str], live: LiveText, number: int, at: int) -> str:
    """What one of the two has and the other has not, where both go on alike behind it; '' where they do not."""
    line, there = old[number].strip(), live.lines[at].strip()
    below = [one.strip() for one in live.lines[at + 1 : at + 1 + NEAR]]
    if line and line in below:
        last = at + 1 + below.index(line)
        which = f"line {at + 1}, {_show(there)}, is" if last == at + 1 else f"lines {at + 1} to {last} are"
        return f"{which} not in the quote, where {_show(line)} follows at once"
    behind = [one.strip() for one in old[number + 1 : number + 1 + NEAR]]
    if there and there in behind:
        return f"line {number + 1} of the quote, {_show(line)}, does not stand there: line {at + 1} is {_show(there)}"
    return ""


def _aligned(old: Sequence[str], live: LiveText, place: int, line: str, there: str) -> str:
    """The first difference where a blank line is in the way of comparing line by line; '' where none is."""
    if line.strip() and there.strip():
        return ""
    low = max(0, place - max(4, len(old) // 4))
    window = live.lines[low : place + len(old) + max(4, len(old) // 4)]
    alike = False
    for tag, start, end, first, last in opcodes(
        [one.strip() for one in old], [one.strip() for one in window]
    ):
        # Only a difference between what is alike on both sides tells where the quote went wrong.
        if tag == "equal":
            alike = True
        elif tag == "insert" and alike and end < len(old):
            which = f"lines {low + first + 1} to {low + last} are"
            if last == first + 1:
                which = f"line {low + last}, {_show(window[first])}, is"
            return f"{which} not in the quote, where {_show(old[start])} follows at once"
        elif tag in ("delete", "replace") and not alike and last < len(window):
            return (
                f"line {start + 1} of the quote, {_show(old[start])}, does not stand above line {low + last + 1}, "
                f"{_show(window[last])}"
            )
        elif alike:
            return ""
    return ""


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
    if not quoted:
        return "it quotes nothing but blank lines, which say nothing of a place"
    absent = [line for line in quoted if not live.positions(line.strip())]
    if len(absent) == len(quoted):
        if len(quoted) == 1:
            words = f"the line that it quotes stands nowhere in this file: {_show(quoted[0])}"
            return words + _alike(quoted[0], live)
        words = f"none of the {len(quoted)} lines that it quotes stands in this file"
        told = max(quoted, key=_telling)
        alike = _alike(told, live)
        other = "; is it of another file, or of another version of this one?"
        return f"{words}: {_show(told)} does not{alike}" if alike else words + other
    stand = len(quoted) - len(absent)
    words = f"{stand} of {len(quoted)} quoted lines stand{'s' if stand == 1 else ''} in this file"
    if not absent:
        return f"all {len(quoted)} quoted lines stand in this file, but not together"
    told = max(absent, key=_telling)
    return f"{words}; {_show(told)} stands nowhere in it{_alike(told, live)}"


def _alike(line: str, live: LiveText) -> str:
    """The one line of a file that is most like a line that it does not have, in words; '' for none.

    A definition is like the one of the same name, whatever else differs.
    """
    words, defines = frozenset(_WORD.findall(line)), _DEFINES.match(line)
    if len(words) < 2 or len(live) > MAX_LINES:
        return ""
    best, most, several = -1, 0.0, False
    for at, there in enumerate(live.lines):
        others = frozenset(_WORD.findall(there))
        share = len(words & others) / len(words | others)
        named = _DEFINES.match(there) if defines else None
        if named and defines and named[1] == defines[1]:
            # Above any share: the name decides between all others.
            share += 1
        if share > most:
            best, most, several = at, share, False
        elif share == most:
            several = True
    there = live.lines[best] if best >= 0 else ""
    same_name = most > 1 and bool(defines)
    if (
        most < MIN_ALIKE
        or several
        or not (same_name or len(words & frozenset(_WORD.findall(there))) >= MIN_SHARED)
    ):
        return ""
    return f"; most like it is line {best + 1}: {_show(live.lines[best])}"


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
