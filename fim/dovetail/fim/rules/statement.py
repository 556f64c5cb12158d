"""Where a statement that an answer of one line begins ends: with the bracket or string that its first line leaves
open, or with the body of the header that its first line is. Half a statement is no suggestion."""

from __future__ import annotations

from attrs import define, field

from dovetail.text import Language, LineNesting, Point, Snapshot, TextEdit, block_header, nesting

from .block import Block
from .twice import width

WAIT = -1
"""In place of a place in the text: what would tell has not come."""
MOST_KNOWN = 16
"""Answers that are kept for one cursor."""


@define(frozen=True, slots=True)
class Statement:
    """The statement that a text written at one cursor begins. Places are offsets in code points of that text."""

    snapshot: Snapshot
    position: Point
    language: Language | None
    max_lines: int
    max_chars: int
    _known: dict[tuple[str, str, int, bool], int] = field(factory=dict, eq=False, repr=False)
    """Answers by all that they depend on. An answer that grows within a line asks the same again at each piece."""

    def end(self, text: str, end: int, whole: bool, typed: str = "") -> int:
        """Where the statement ends whose line ends at `end` of `text`; `end` where it is that line, or where its end
        is not within the bounds; WAIT where that has not come. `typed`: what of the statement stands before `text`."""
        if whole:
            return self._read(text, end, whole, typed)
        # Only whole lines are read, but for the bound.
        key = typed, text[: text.rfind("\n") + 1], end, len(text) > self.max_chars
        if key not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._read(text, end, whole, typed)
        return self._known[key]

    def _read(self, text: str, end: int, whole: bool, typed: str) -> int:
        last = self._closed(text, end, whole)
        return last if last == WAIT else self._with_body(text, last, whole, typed)

    def _closed(self, text: str, end: int, whole: bool) -> int:
        """Where the brackets and the string that the line up to `end` leaves open are closed."""
        # A string that does not end reaches to the text's end: the line behind it shows that.
        if _all_closed(nesting(self.language, text[:end] + "\n\n"), -3):
            return end
        lines = nesting(self.language, text + "\n\n")
        first = text.count("\n", 0, end)
        complete = len(lines) - 2 if whole else len(lines) - 3
        for index in range(first + 1, min(complete, first + self.max_lines)):
            if _all_closed(lines, index):
                last = "\n".join(text.split("\n")[: index + 1])
                # It closes more than it opened: what lies beyond is the block around, and the first line
                # stands for itself.
                return len(last) if lines[index].low >= 0 else end
        bounded = complete > first + self.max_lines or len(text) > self.max_chars
        return end if whole or bounded else WAIT

    def _with_body(self, text: str, end: int, whole: bool, typed: str) -> int:
        """Where the body of the header ends whose last line ends at `end`."""
        block = self._block(typed + text[:end])
        if block is None or text[end : end + 1] != "\n":
            return end
        lines = text[end:].split("\n")
        complete = len(lines) if whole else len(lines) - 1
        ended = block.end(lines, complete)
        # The block ends in what has come; else it is bounded, or the answer is over; else its end is yet to
        # come.
        if ended is not None:
            _, index, kept = ended
            body = "\n".join([*lines[:index], lines[index][:kept]] if kept else lines[:index])
        elif complete > self.max_lines or len(text) > self.max_chars:
            body = "\n".join(lines[: min(self.max_lines, complete)])
        elif whole:
            body = "\n".join(lines)
        else:
            return WAIT
        return end + len(body.rstrip())

    def _block(self, header: str) -> Block | None:
        """The block that begins behind `header`, written at the cursor; None where it opens none, or where its body
        stands below already."""
        snapshot = self.snapshot.edit(TextEdit(self.position, self.position, header))
        lines = header.split("\n")
        column = len(lines[-1]) + (self.position.column if len(lines) == 1 else 0)
        behind = Point(self.position.line + len(lines) - 1, column)
        if block_header(snapshot, behind) is None:
            return None
        block = Block.at(snapshot, behind)
        if block.header is None or block.tag:
            return None
        below = block.below
        has_body = bool(below) and (width(below) > block.header or below.lstrip().startswith(("{", "- ")))
        return None if has_body else block


def _all_closed(lines: list[LineNesting], index: int) -> bool:
    """Whether neither a bracket nor a string is open at the end of line `index`, with a line behind it."""
    return lines[index].depth <= 0 and lines[index + 1].inside != "string"
