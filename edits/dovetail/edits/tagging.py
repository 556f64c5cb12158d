"""Which lines of a replacement are kept, removed and added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from .model import ADD, KEEP, REMOVE, Change, Tagged

MAX_WORK = 2_000_000
"""Pairs of equal lines that a comparison may look at; past that, what differs is replaced as one piece."""


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """`SequenceMatcher.get_opcodes`, with the common ends taken off first and a bound on the work."""
    # The common head and tail are cheap to find and most of a typical file: the quadratic part sees the rest
    # only.
    low, limit = 0, min(len(old), len(new))
    while low < limit and old[low] == new[low]:
        low += 1
    high = 0
    while high < limit - low and old[len(old) - 1 - high] == new[len(new) - 1 - high]:
        high += 1
    a, b = list(old[low : len(old) - high]), list(new[low : len(new) - high])
    result: list[tuple[str, int, int, int, int]] = []
    if low:
        result.append(("equal", 0, low, 0, low))
    if a or b:
        if not a or not b or _work(a, b) > MAX_WORK:
            tag = "replace" if a and b else "delete" if a else "insert"
            result.append((tag, low, low + len(a), low, low + len(b)))
        else:
            result += [
                (tag, i + low, j + low, k + low, m + low)
                for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
            ]
    if high:
        result.append(("equal", len(old) - high, len(old), len(new) - high, len(new)))
    return result


def _work(a: Sequence[str], b: Sequence[str]) -> int:
    counts = Counter(b)
    # `SequenceMatcher` looks at every pair of equal lines, so a file of ten thousand `}` is a hundred
    # million.
    pairs = sum(counts[line] for line in a)
    # The matcher may look at all pairs again for every block that it finds.
    return pairs * max(1, min(len(a), len(b)) // 64)


def tag_lines(old: Sequence[str], new: Sequence[str]) -> Tagged:
    """The lines of a replacement, tagged."""
    result: list[tuple[str, str]] = []
    for tag, i, j, k, m in opcodes(old, new):
        if tag == "equal":
            result += [(KEEP, line) for line in old[i:j]]
        else:
            result += [(REMOVE, line) for line in old[i:j]]
            result += [(ADD, line) for line in new[k:m]]
    return tuple(result)


def changes_between(old: Sequence[str], new: Sequence[str]) -> tuple[Change, ...]:
    """The changes that turn lines `old` into lines `new`, as small as they get."""
    return tuple(Change(i, j, tuple(new[k:m])) for tag, i, j, k, m in opcodes(old, new) if tag != "equal")


def changes_at(lines: Tagged, place: int) -> tuple[Change, ...]:
    """The changes of tagged lines whose old side stands at line `place` of a text."""
    result: list[Change] = []
    at = start = place
    added: list[str] = []
    # One run of removed and added lines is one change, whatever order the two are written in.
    open_ = False
    for tag, text in lines:
        if tag == KEEP:
            if open_:
                result.append(Change(start, at, tuple(added)))
                added, open_ = [], False
            at += 1
            continue
        if not open_:
            start, open_ = at, True
        if tag == REMOVE:
            at += 1
        else:
            added.append(text)
    if open_:
        result.append(Change(start, at, tuple(added)))
    return tuple(result)
