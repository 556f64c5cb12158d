"""A three-way merge of whole texts, for taking edits back: nothing is merged that both sides touched.

It is diff3 (Khanna, Kunal, Pierce: "A Formal Investigation of Diff3", 2007) with ours and theirs each compared to
the base. Changes of the two sides that overlap, or touch without a common line between them, are one region;
a region that both sides changed is a conflict, unless they made the same of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from dovetail.text import split_lines, without_end

from ..tagging import opcodes
from .render import line_edits

text_edits = line_edits
"""The lines that differ between two texts, as edits of the first; positions in code points."""


def merge_texts(base: str, ours: str, theirs: str) -> str | None:
    """`ours` with what `theirs` changed of `base`; None where both changed the same lines.

    Where only the line ends were changed as a whole since, by an editor or by git, that is kept and no conflict.
    """
    merged = merge_lines(split_lines(base), split_lines(ours), split_lines(theirs))
    if merged is None:
        # Each side has one line end throughout, and theirs still has the base's: only ours was converted.
        # Compare with the base in its new line ends.
        end, before = _only_end(ours), _only_end(base)
        if not end or not before or end == before or _only_end(theirs) != before:
            return None
        merged = merge_lines(
            [without_end(line) + end if line != without_end(line) else line for line in split_lines(base)],
            split_lines(ours),
            [without_end(line) + end if line != without_end(line) else line for line in split_lines(theirs)],
        )
    return None if merged is None else "".join(merged)


def _only_end(text: str) -> str:
    """The line end that a text uses throughout; '' where it uses several, or none."""
    ends = {line[len(without_end(line)) :] for line in split_lines(text)} - {""}
    return ends.pop() if len(ends) == 1 else ""


def merge_lines(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str] | None:
    """The lines of a three-way merge; None where it has a conflict."""
    sides = (ours, theirs)
    changes = sorted(
        (i, j, side, k, m)
        for side, lines in enumerate(sides)
        for tag, i, j, k, m in opcodes(base, lines)
        if tag != "equal"
    )
    result: list[str] = []
    done = 0
    # How far each side's line numbers are ahead of the base's, behind the changes seen so far.
    ahead = [0, 0]
    at = 0
    while at < len(changes):
        # Changes that meet are one group, from either side; a group may grow as long as the next one starts
        # inside it, or right at its end.
        low, high = changes[at][0], changes[at][1]
        group = []
        while at < len(changes) and changes[at][0] <= high:
            high = max(high, changes[at][1])
            group.append(changes[at])
            at += 1
        result += base[done:low]
        texts = []
        for side, lines in enumerate(sides):
            # The group's stretch in this side: shifted by what it changed before, and longer by what it
            # changes inside.
            start = low + ahead[side]
            ahead[side] += sum((m - k) - (j - i) for i, j, whose, k, m in group if whose == side)
            texts.append(lines[start : high + ahead[side]])
        touched = {whose for _, _, whose, _, _ in group}
        if len(touched) == 2 and list(texts[0]) != list(texts[1]):
            return None
        # Changed by one side only, or by both in the same way.
        result += texts[0] if touched == {0} else texts[1]
        done = high
    return [*result, *base[done:]]
