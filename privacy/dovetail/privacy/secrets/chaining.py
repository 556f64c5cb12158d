"""Strings whose pieces stand on lines of their own, read as the one that they come to."""

from __future__ import annotations

from collections.abc import Iterator

from .pieces import MOST, begin_of_piece, end_of_piece
from .scan import Facts, facts_of
from .shapes import Part, Span, in_rows


class Chain:
    """The string in pieces that is under way in a run of lines, if one is."""

    def __init__(self, text: str) -> None:
        self.text = text
        """What the lines come to, up to the end of the last piece; '' if no string is under way."""
        self._parts: list[Part] = []

    def clear(self) -> None:
        self.text, self._parts = "", []

    def read(self, row: int, line: str, facts: Facts) -> Iterator[tuple[int, tuple[Span, ...]]]:
        """The secrets that a line completes: the rows on which they stand, and where in those.

        Args:
            row: its number in the run.
            facts: what it says by itself.
        """
        begin = begin_of_piece(line) if self.text and len(self.text) + len(line) <= MOST else -1
        if begin < 0:
            self.clear()
            if facts.leads:
                self._take(row, line, 0)
            return
        size = len(self.text)
        whole = self.text + line[begin:]
        # What lies in the pieces above alone was found when they were read.
        spans = [span for span in facts_of(whole).spans if span[1] > size]
        yield from in_rows(spans, [*self._parts, (row, size, len(whole), begin)])
        self._take(row, line, begin)

    def _take(self, row: int, line: str, begin: int) -> None:
        end = end_of_piece(line)
        if end < begin:
            self.clear()
            return
        size = len(self.text)
        self.text += line[begin:end]
        self._parts.append((row, size, len(self.text), begin))
