"""A text that leaves parts of another out ("# ... existing code ..."), with those parts put back.

What an elision stands for is what lies between the lines around it. That is known where the last lines before
it and the first lines behind it each stand once in the old text, in this order; otherwise the text is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ..live import LiveText, indent_of
from ..reading.elision import is_elision, says_the_rest_stays
from .named import Named

MAX_ANCHOR = 8
"""Lines either side of an elision that may be needed to name its place."""
MIN_LETTERS = 4
_DEFINES = re.compile(r"^\s*(?:async\s+)?(?:def|class)\s+(\w+)")


def gaps(old: LiveText, new: Sequence[str]) -> frozenset[int]:
    """The lines of a text that stand for lines of the old one, by their numbers."""
    return frozenset(
        number
        for number, line in enumerate(new)
        if (is_elision(line) or says_the_rest_stays(line))
        and not old.positions(line.strip())
        and not _is_body(old, new, number)
    )


def _is_body(old: LiveText, new: Sequence[str], at: int) -> bool:
    """Whether dots are the whole body of something that the old text does not define, as in a protocol: then there
    is nothing that they could stand for."""
    if new[at].strip() != "...":
        return False
    head = new[at - 1] if at else ""
    below = next((line for line in new[at + 1 :] if line.strip()), "")
    depth = len(indent_of(new[at]))
    # Upwards to the `def` or `class` above: a signature may take several lines.
    start = at - 1
    while start > 0 and at - start < MAX_ANCHOR and not _DEFINES.match(new[start]):
        start -= 1
    named = _DEFINES.match(new[start]) if start >= 0 else None
    if named is None or not head.rstrip().endswith(":") or not len(indent_of(new[start])) < depth:
        return False
    known = {found[1] for line in old.lines if (found := _DEFINES.match(line))}
    return (not below or len(indent_of(below)) < depth) and named[1] not in known


def has_gaps(old: LiveText, new: Sequence[str]) -> bool:
    """Whether a text leaves parts of the old one out, as far as its lines say."""
    return bool(gaps(old, new))


def expanded(old: LiveText, new: Sequence[str], path: str = "") -> list[str] | str:
    """The new text with what it leaves out put back, or why that cannot be known.

    Args:
        path: tells the language, for definitions beside what is left out.
    """
    # Cut at the elisions: every two pieces with one of them in between say where the lines left out begin and
    # end.
    pieces: list[list[str]] = [[]]
    left_out = gaps(old, new)
    marks: list[str] = []
    for number, line in enumerate(new):
        if number in left_out:
            pieces.append([])
            marks.append(line)
        else:
            pieces[-1].append(line)
    last = len(pieces) - 1
    starts = [0, *(number + 1 for number in sorted(left_out))]
    for number in range(1, len(pieces)):
        starts[number] += next((n for n, line in enumerate(pieces[number]) if line.strip()), 0)
    pieces = [trimmed(piece, start=number > 0, end=number < last) for number, piece in enumerate(pieces)]
    named = Named(path, old, new, left_out)
    result = list(pieces[0])
    # The last line put back so far, to keep the pieces in order. What stands between is copied from the old
    # text.
    at = -1
    for number, (mark, (before, after)) in enumerate(zip(marks, pairwise(pieces), strict=True)):
        if not before and at >= 0:
            return "two elisions stand next to one another"
        # The piece above ends next to the elision, so its lines are read upwards from there, the one below
        # downwards: one line first, and more only while it stands in several places.
        low = -1 if not before else anchor_of(old, before[::-1], backwards=True)
        high = len(old) if not after else anchor_of(old, after, backwards=False)
        # The line beside the elision may be the one that changed: then a name may tell where it belongs.
        if isinstance(low, str):
            found = named.last_before(starts[number], starts[number] + len(before), mark)
            if found is None:
                return low
            low = found
        if isinstance(high, str):
            found = named.first_behind(starts[number + 1], starts[number + 1] + len(after))
            end = starts[number + 1] + len(after)
            if found is None or (number + 1 == last and not named.ends(starts[number + 1], end)):
                return high
            high = found
        if low < at or high <= low:
            return "the pieces around what is left out stand in another order in the file"
        left = old.lines[low + 1 : high]
        # Where nothing was left out, a comment that could be one of the file's own is one.
        result += left if any(line.strip() for line in left) or is_elision(mark) else [*left, mark]
        result += after
        at = high
    return result


def without_gaps(old: LiveText, new: Sequence[str]) -> list[str] | None:
    """The text without the lines that stand for others, where all of those stand at its margin; else None."""
    margin = min((len(indent_of(line)) for line in new if line.strip()), default=0)
    kept: list[str] = []
    left_out = gaps(old, new)
    for number, line in enumerate(new):
        if number not in left_out:
            kept.append(line)
        elif len(indent_of(line)) > margin:
            return None
    return kept


def trimmed(piece: list[str], *, start: bool, end: bool) -> list[str]:
    """A piece without the blank lines beside elisions: they are part of what is left out."""
    low, high = 0, len(piece)
    while start and low < high and not piece[low].strip():
        low += 1
    while end and high > low and not piece[high - 1].strip():
        high -= 1
    return piece[low:high]


def anchor_of(old: LiveText, lines: Sequence[str], *, backwards: bool) -> int | str:
    """Where the lines next to an elision stand in the old text, taking as many as it needs for one place.

    Args:
        lines: from the elision on, outwards.
    """
    # More lines make a quote rarer, never commoner: once it stands nowhere, nothing longer can help.
    for count in range(1, min(MAX_ANCHOR, len(lines)) + 1):
        block = list(lines[:count])
        quote = block[::-1] if backwards else block
        places = old.find(quote, 2)
        if not places:
            break
        # A lone `}` or `end` that happens to be unique names no place.
        letters = sum(character.isalnum() for line in quote for character in line)
        if len(places) == 1 and (letters >= MIN_LETTERS or _is_end(old, lines, places[0], backwards)):
            return places[0] + (count - 1 if backwards else 0)
    shown = lines[0].strip()[:60] if lines else ""
    how = "stands nowhere" if not old.find(list(lines[:1]), 1) else "does not name one place"
    return f"{shown!r}, next to what is left out, {how} in the file"


def _is_end(old: LiveText, lines: Sequence[str], place: int, backwards: bool) -> bool:
    """Whether all that stands below an elision is how the old text ends: `</div>`, `  );`, `}`."""
    shown, there = list(lines), old.lines[place:]
    while shown and not shown[-1].strip():
        shown.pop()
    return (
        not backwards
        and len(shown) > 1
        and shown == there[: len(shown)]
        and not any(map(str.strip, there[len(shown) :]))
    )
