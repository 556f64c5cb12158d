"""Changes to a text: what an LSP client sends, and what Dovetail sends back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from attrs import define

from ._lines import Lines
from ._positions import Point


@define(frozen=True, slots=True)
class TextEdit:
    """Replace what stands between two places. Columns are code points."""

    start: Point
    end: Point
    text: str


def apply_edits(lines: Lines, edits: Sequence[TextEdit]) -> Lines:
    """Apply edits that all speak of the same text, as `TextDocumentEdit` does: in any order, none
    overlapping.

    Raises:
        ValueError: two edits overlap.
    """
    # Insertions at one place keep the order in which they are given, as LSP asks: hence the index in the key.
    ordered = sorted(enumerate(edits), key=lambda item: (item[1].start, item[1].end, item[0]))
    for (_, before), (_, after) in pairwise(ordered):
        if after.start < before.end:
            raise ValueError(f"edits overlap at line {after.start.line + 1}")
    # From the last to the first: what was replaced below does not move the places above it.
    for _, edit in reversed(ordered):
        lines = lines.replace(edit.start, edit.end, edit.text)
    return lines


def single_edit(before: Lines, after: str) -> TextEdit:
    """The one edit that turns `before` into `after`, without what both share at the start and the end."""
    old = before.text
    low = _common_prefix(old, after)
    limit = min(len(old), len(after)) - low
    # What is shared at the start must not be counted again from the end (`aa` to `aaa`).
    high = min(_common_prefix(old[::-1], after[::-1]), limit) if limit else 0
    # Never between "\r" and "\n": there is no such place in a document.
    if (low and old[low - 1 : low + 1] == "\r\n") or (low and after[low - 1 : low + 1] == "\r\n"):
        low -= 1
    if high and "\r\n" in (
        old[len(old) - high - 1 : len(old) - high + 1],
        after[len(after) - high - 1 :][:2],
    ):
        high -= 1
    high = max(0, min(high, len(old) - low, len(after) - low))
    return TextEdit(before.point(low), before.point(len(old) - high), after[low : len(after) - high])


def _common_prefix(a: str, b: str) -> int:
    # Slices are compared, not characters: each step is one comparison in C, where a loop in
    # Python over a large file would be felt.
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
