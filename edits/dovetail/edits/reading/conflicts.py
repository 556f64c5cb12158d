"""Conflicts as git writes them into a file: `<<<<<<< ours`, `=======`, `>>>>>>> theirs`, and `|||||||` with diff3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_MARK = re.compile(r"^<{7}(?: \S|$)|^>{7}(?: \S|$)")
OUTSIDE, OURS, THEIRS, BROKEN = 0, 1, 2, -1


def states(lines: Sequence[str]) -> Iterator[int]:
    """Before each line and at the end: outside every conflict, in one of its two sides, or behind one that is broken.

    What diff3 shows of the base counts as of the first side.
    """
    state = OUTSIDE
    for line in lines:
        yield state
        mark = line[:7]
        if mark == "<<<<<<<" and _MARK.match(line):
            state = OURS if state == OUTSIDE else BROKEN
        elif mark == "=======" and line.rstrip() == "=======" and state == OURS:
            state = THEIRS
        elif mark == ">>>>>>>" and _MARK.match(line) and state:
            state = OUTSIDE if state == THEIRS else BROKEN
    yield state


# `states` yields once more behind the last line, so `state` ends as what the lines leave open.
def in_pairs(lines: Sequence[str]) -> bool:
    """Whether every conflict that starts in these lines has its divider and its end in them."""
    state = OUTSIDE
    for state in states(lines):
        if state == BROKEN:
            return False
    return state == OUTSIDE


def holds_conflicts(lines: Sequence[str]) -> bool:
    """Whether the lines hold conflicts, all of them whole."""
    return any(line[:7] == "<<<<<<<" and _MARK.match(line) for line in lines) and in_pairs(lines)


def sides(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """The lines with every conflict resolved to its first side, and to its second."""
    # `states` has one item more than there are lines: the pairs end with the lines.
    ours: list[str] = []
    theirs: list[str] = []
    base = False
    for line, state in zip(lines, states(lines), strict=False):
        mark = line[:7]
        if mark in ("<<<<<<<", ">>>>>>>") and _MARK.match(line):
            base = False
        elif mark == "|||||||" and state == OURS:
            base = True
        # diff3 style: from here to the divider stands the base, which no side has.
        elif line.rstrip() == "=======" and state == OURS:
            base = False
        elif state == OUTSIDE:
            ours.append(line)
            theirs.append(line)
        elif not base:
            (ours if state == OURS else theirs).append(line)
    return ours, theirs


def breaks_a_conflict(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a text whose conflicts were all whole would hold a part of one."""
    if not holds_conflicts(before):
        return False
    # Both counted, for a conflict resolved in part may lose its start and keep its end.
    starts = sum(line[:7] == "<<<<<<<" and bool(_MARK.match(line)) for line in after)
    ends = sum(line[:7] == ">>>>>>>" and bool(_MARK.match(line)) for line in after)
    return starts != ends or not in_pairs(after)
