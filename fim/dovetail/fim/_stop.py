"""When to stop listening to a generator: judged on the text so far, the same for every generator.

A line ends a one-line suggestion. A suggestion of many lines ends where it leaves the block that the cursor is
in, where it reaches what already stands below the cursor, and at a bound of lines and characters.
"""

from __future__ import annotations

from attrs import define
from dovetail.text import Point, Snapshot

CLOSERS = (")", "]", "}", "end", "</")


@define(frozen=True, slots=True)
class StopRules:
    """The rules for one cursor; `check` is a pure function of the text so far."""

    multiline: bool
    floor: int
    """Smallest indentation, in columns, that still belongs to the block."""
    header: int | None
    """Indentation of the line that opens the block, where the cursor stands on it: its closer may follow."""
    below: str
    """The next line below the cursor that is not blank, stripped."""
    max_lines: int = 24
    max_chars: int = 2_000

    @classmethod
    def at(cls, snapshot: Snapshot, position: Point, *, multiline: bool, max_lines: int = 24) -> StopRules:
        line = snapshot.line(position.line)
        head = line[: position.column]
        below = next(
            (
                text.strip()
                for text in snapshot.lines.slice(position.line + 1, position.line + 20)
                if text.strip()
            ),
            "",
        )
        blank = not head.strip()
        width = _width(line)
        return cls(
            multiline, _width(head) if blank else width + 1, None if blank else width, below, max_lines
        )

    def check(self, text: str, *, whole: bool = False) -> tuple[str, str] | None:
        """The text to keep and the rule that ended it, or None to go on. `whole`: no more will come."""
        if not self.multiline:
            end = text.find("\n")
            if end >= 0:
                return text[:end], "line"
            return (text[: self.max_chars], "length") if len(text) > self.max_chars else None
        lines = text.split("\n")
        complete = len(lines) if whole else len(lines) - 1
        for index in range(1, complete):
            line = lines[index]
            if not line.strip():
                continue
            width = _width(line)
            if len(line.strip()) > 3 and line.strip() == self.below:
                return "\n".join(lines[:index]), "reached the text below"
            if width < self.floor:
                if width == self.header and line.strip().startswith(CLOSERS) and line.strip() != self.below:
                    return "\n".join(lines[: index + 1]), "block closed"
                return "\n".join(lines[:index]), "block left"
        if complete > self.max_lines:
            return "\n".join(lines[: self.max_lines]), "lines"
        if len(text) > self.max_chars:
            return "\n".join(lines[: max(complete, 1)])[: self.max_chars], "length"
        return None

    def clean(self, text: str) -> str:
        """The part of an unfinished text that can be shown: whole lines, or '' if there is none yet."""
        if not self.multiline:
            return ""
        head, newline, _ = text.rpartition("\n")
        return head if newline else ""


def _width(line: str) -> int:
    blanks = line[: len(line) - len(line.lstrip(" \t"))]
    return len(blanks.expandtabs(4))
