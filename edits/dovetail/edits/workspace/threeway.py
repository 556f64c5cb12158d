"""A three-way merge of whole texts, and the edits between two texts."""

from __future__ import annotations

from merge3 import Merge3

from dovetail.text import TextEdit, split_lines

from ..planning.render import line_edits


def merge_texts(base: str, ours: str, theirs: str) -> str | None:
    """`ours` with what `theirs` changed of `base`; None where both changed the same lines (diff3)."""
    merge = Merge3(split_lines(base), split_lines(ours), split_lines(theirs))
    merged: list[str] = []
    for region in merge.merge_groups():
        if region[0] == "conflict":
            return None
        merged += region[1]
    return "".join(merged)


def text_edits(before: str, after: str) -> tuple[TextEdit, ...]:
    """The lines that differ between two texts, as edits of the first; positions in code points."""
    return line_edits(before, after)
