"""From two texts to the edits between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from .model import NEIGHBOURS, Edit
from .tokens import likeness

ALIKE = 0.5
"""Lines that share so much are the same line before and after, so that a block of them is as many edits."""
LONGEST = 400
"""Changed regions of more lines are not looked into: nobody repeats them, and the comparison is quadratic."""


def edits_between(
    uri: str, before: Sequence[str], after: Sequence[str], *, longest: int = LONGEST
) -> list[Edit]:
    """The edits that turn `before` into `after`, from the top; lines without ends.

    A replacement of n lines by n lines that are pairwise alike is n edits. None where more than `longest` lines lie
    between the first and the last that changed.
    """
    # The common head and tail are taken off first: an edit touches a few lines of a file of thousands.
    head = 0
    limit = min(len(before), len(after))
    while head < limit and before[head] == after[head]:
        head += 1
    tail = 0
    while tail < limit - head and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if not old and not new:
        return []
    if max(len(old), len(new)) > longest:
        return []
    found = []
    for a1, a2, b1, b2 in _opcodes(old, new):
        for o, n, at in _split(old[a1:a2], new[b1:b2], head + b1):
            # `was` is the line before the change: the offsets inside the region are the same on both sides as
            # long as `_split` goes line by line.
            was = head + a1 + (at - head - b1)
            found.append(
                Edit(
                    uri,
                    at,
                    tuple(o),
                    tuple(n),
                    tuple(after[max(at - NEIGHBOURS, 0) : at]),
                    tuple(after[at + len(n) : at + len(n) + NEIGHBOURS]),
                    was=was,
                )
            )
    return found


def _opcodes(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int, int]]:
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield a1, a2, b1, b2


def _split(
    old: Sequence[str], new: Sequence[str], at: int
) -> Iterator[tuple[Sequence[str], Sequence[str], int]]:
    # Line by line only if each pair is alike; else it is one edit of a block.
    if len(old) == len(new) > 1 and all(likeness(o, n) >= ALIKE for o, n in zip(old, new, strict=True)):
        for index, (o, n) in enumerate(zip(old, new, strict=True)):
            yield (o,), (n,), at + index
    else:
        yield old, new, at
