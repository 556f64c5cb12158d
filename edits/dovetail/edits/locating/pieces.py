"""Hunks that quote with gaps: elisions (`# ... existing code ...`), and blank lines or comments left out.

Such a hunk is proved piece by piece: the pieces stand in the file in order, each piece that changes something
stands there once, and the gaps lie between lines that are kept, so no change touches what was not quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..live import LiveText
from ..model import ADD, KEEP, Change, Reading, Tagged
from ..reading.elision import is_elision
from ..tagging import changes_at

_COMMENT = re.compile(
    r"^\s*(?:#(?!\[|!|include|define|if|endif|pragma|else)|//|--\s|;|%|/\*.*\*/\s*$|<!--.*-->\s*$)"
)
MAX_STARTS = 50


def has_elision(reading: Reading) -> bool:
    return any(tag != ADD and is_elision(text) for tag, text in reading.lines)


def elided_changes(reading: Reading, live: LiveText) -> tuple[tuple[Change, ...], tuple[int, int]] | str:
    """The changes of a hunk with elisions and the lines that it spans, or why it does not fit."""
    pieces: list[list[tuple[str, str]]] = [[]]
    for tag, text in reading.lines:
        if is_elision(text):
            # `- # ...` would delete the mark, `+ # ...` would write it: neither says which lines are left
            # out.
            if tag != KEEP:
                return f"{text.strip()[:60]!r} stands on one side only, so what it leaves out cannot be told"
            pieces.append([])
        else:
            pieces[-1].append((tag, text))
    changes: list[Change] = []
    low, at = -1, 0
    for number, piece in enumerate(pieces):
        old = [text for tag, text in piece if tag != ADD]
        # Blank lines next to an elision belong to what it leaves out.
        while old and not old[0].strip() and piece[0][0] == KEEP:
            old, piece = old[1:], piece[1:]
        while old and not old[-1].strip() and piece[-1][0] == KEEP:
            old, piece = old[:-1], piece[:-1]
        if not any(text.strip() for text in old):
            if any(tag != KEEP for tag, _ in piece):
                return "lines are added between elisions, with no line of the file beside them"
            continue
        places = live.find(old, 2)
        if len(places) != 1:
            how = "nowhere" if not places else "in several places"
            return f"the piece that starts with {old[0].strip()[:60]!r} stands {how} in the file"
        # Also keeps pieces from overlapping: each has to start behind the end of the one before.
        if places[0] < at:
            return f"the pieces around the elisions stand in another order in the file (piece {number + 1})"
        changes += changes_at(tuple(piece), places[0])
        low = places[0] if low < 0 else low
        at = places[0] + len(old)
    if low < 0:
        return "nothing but elisions is quoted"
    return tuple(changes), (low, at)


def gapped_changes(
    reading: Reading, live: LiveText
) -> tuple[tuple[Change, ...], tuple[int, int], str] | None:
    """The changes of a hunk that left out blank lines or comments between kept lines; None where it is not so."""
    lines = reading.lines
    first = next((number for number, (tag, text) in enumerate(lines) if tag != ADD and text.strip()), None)
    if first is None:
        return None
    # The first line with text fixes where the walk may start; the blank lines before it need not be there.
    quoted = next(text for tag, text in lines[first:] if tag != ADD)
    starts = [at for at in live.positions(quoted.strip()) if live.lines[at] == quoted]
    if len(starts) > MAX_STARTS:
        return None
    fits = [fit for start in starts if (fit := _walk(lines, first, start, live)) is not None]
    if len(fits) != 1:
        return None
    changes, span, gaps = fits[0]
    # The walk may have skipped lines anywhere between kept ones, so each change has to be unique together
    # with the lines right beside it, as it would be in a hunk of its own.
    for change_low, change_high in _runs(lines):
        old = [text for tag, text in lines[change_low:change_high] if tag != ADD]
        if len(live.find(old, 2)) != 1:
            return None
    return changes, span, gaps


def _runs(lines: Tagged) -> list[tuple[int, int]]:
    """Each run of changes with the kept lines right beside it."""
    runs: list[tuple[int, int]] = []
    for number, (tag, _) in enumerate(lines):
        if tag == KEEP:
            continue
        low, high = max(0, number - 1), min(len(lines), number + 2)
        if runs and low <= runs[-1][1]:
            runs[-1] = (runs[-1][0], high)
        else:
            runs.append((low, high))
    return runs


def _walk(
    lines: Tagged, first: int, start: int, live: LiveText
) -> tuple[tuple[Change, ...], tuple[int, int], str] | None:
    """Lay the hunk over the file from `start`, stepping over gaps between kept lines."""
    changes: list[Change] = []
    blanks = comments = 0
    at, run_start = start, -1
    added: list[str] = []
    for number in range(first, len(lines)):
        tag, text = lines[number]
        if tag == ADD:
            run_start = at if run_start < 0 else run_start
            added.append(text)
            continue
        # Only between two kept lines may anything be skipped: beside a change, what was left out might belong
        # to it.
        inner = tag == KEEP and number > first and lines[number - 1][0] == KEEP
        if at >= len(live) or live.lines[at] != text:
            # What is skipped has to be without meaning; a line of code that the quote does not have ends the
            # walk.
            while inner and at < len(live) and live.lines[at] != text:
                line = live.lines[at]
                if not line.strip():
                    blanks += 1
                elif _COMMENT.match(line):
                    comments += 1
                else:
                    return None
                at += 1
            if at >= len(live) or live.lines[at] != text:
                return None
        if tag == KEEP:
            if run_start >= 0:
                changes.append(Change(run_start, at, tuple(added)))
                added, run_start = [], -1
        elif run_start < 0:
            run_start = at
        at += 1
    if run_start >= 0:
        changes.append(Change(run_start, at, tuple(added)))
    # Lines added above the first quoted line with text have nothing that fixes their place.
    if any(tag == ADD for tag, _ in lines[:first]):
        return None
    what = " and ".join(name for name, count in (("blank lines", blanks), ("comments", comments)) if count)
    return (
        tuple(changes),
        (start, at),
        f"the hunk leaves out {what} between lines that it keeps" if what else "",
    )


def kept(lines: Sequence[tuple[str, str]]) -> int:
    """Kept lines that are not blank."""
    return sum(tag == KEEP and bool(text.strip()) for tag, text in lines)
