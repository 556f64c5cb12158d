"""What a family is: how a question becomes a prompt, and an answer the lines that the model means."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from attrs import define

from .._prompts import neutralised, one_line, restored
from ._types import NextEditRequest, PastEdit

MOST_ADDED = 20
"""Lines by which an answer may be longer than what it replaces; longer ones are no small edit any more."""


class UnfitText(Exception):
    """The text cannot be asked about; a sentence without a name before it."""


class UnfitAnswer(Exception):
    """The answer cannot be read as lines in place of those that were quoted; a sentence."""


@define(frozen=True, slots=True)
class Rewritten:
    """Lines of the document as they were shown, and what the model would have in their place; without ends."""

    first: int
    """The number of the first line, from 0."""
    old: tuple[str, ...]
    new: tuple[str, ...]


@define(frozen=True, slots=True)
class Asked:
    """A question as it goes out, and what is needed to read its answer."""

    prompt: str
    first: int
    """The number of the first quoted line that may change."""
    old: tuple[str, ...]
    """The quoted lines that may change."""
    prefill: tuple[str, ...] = ()
    """Lines that stand at the end of the prompt already: the answer goes on behind them."""
    system: str = ""
    borders: tuple[int, ...] = ()
    """Where markers stand among `old`: before the line of that index."""

    def rewritten(self, new: Sequence[str]) -> Rewritten | None:
        """The answer's lines, restored; None where they change nothing.

        Raises:
            UnfitAnswer: they are far more than what they replace.
        """
        # A line that was only shown with broken tokens compares equal again.
        lines = tuple(restored(line) for line in new)
        if lines == self.old:
            return None
        if len(lines) > len(self.old) + MOST_ADDED:
            raise UnfitAnswer(f"the answer adds more than {MOST_ADDED} lines")
        return Rewritten(self.first, self.old, lines)


@define(frozen=True, slots=True)
class NextFamily:
    """How a family of models is asked for the next edit."""

    name: str
    models: re.Pattern[str]
    """Finds the family by a model's name."""
    wire: Literal["completions", "chat", "edit"]
    stop: tuple[str, ...]
    """Where the answer ends, the most needed first."""
    shapes: re.Pattern[str]
    """Finds the family's control tokens and markers in user text."""
    build: Callable[[NextEditRequest, NextFamily], Asked]
    read: Callable[[str, Asked], Rewritten | None]
    """From the answer's text, without stop strings, to the lines; None: nothing is to be changed."""
    max_tokens: int = 512
    """Of the answer."""

    def plain(self, text: str) -> str:
        """`text` with the family's control tokens and markers broken, so that they stay text."""
        return neutralised(text, self.shapes)

    def joined(self, lines: Sequence[str]) -> str:
        """Lines as text, each with a line feed behind it."""
        return "".join(self.plain(line) + "\n" for line in lines)


def around(lines: Sequence[str], at: int, most: int) -> tuple[int, int]:
    """The first and the last (exclusive) index of the lines around `at` that fit into `most` bytes of UTF-8, grown by
    one line above and one below in turn; `at` itself is always among them."""
    return widened(lines, at, at + 1, most - _size(lines[at])) if lines else (0, 0)


def widened(lines: Sequence[str], first: int, last: int, most: int) -> tuple[int, int]:
    """`first` to `last` (exclusive) grown above and below in turn by lines that fit into `most` bytes together."""
    # A side that meets a line too long for what is left is over: what
    # stands behind that line would be shown with a gap.
    up = down = True
    while up or down:
        up = up and first > 0 and (size := _size(lines[first - 1])) <= most
        if up:
            first, most = first - 1, most - size
        down = down and last < len(lines) and (size := _size(lines[last])) <= most
        if down:
            last, most = last + 1, most - size
    return first, last


def _size(line: str) -> int:
    return len(line.encode("utf-8", "replace")) + 1


def with_cursor(family: NextFamily, request: NextEditRequest, first: int, last: int, mark: str) -> list[str]:
    """The lines `first` to `last` (indexes into `request.lines`) with the cursor's mark, made plain."""
    at = request.line - request.start
    marked = []
    for index in range(first, last):
        line = request.lines[index]
        if index == at:
            # Redaction may have made the line shorter than it is in the document.
            column = min(request.column, len(line))
            marked.append(family.plain(line[:column]) + mark + family.plain(line[column:]))
        else:
            marked.append(family.plain(line))
    return marked


def diff_of(family: NextFamily, edit: PastEdit, before: str = "a/", after: str = "b/") -> str:
    """One edit as a unified diff without context."""
    path = family.plain(one_line(edit.path))
    old, new = len(edit.old), len(edit.new)
    return (
        # In a unified diff an empty side names the line before it, counted from 1: hence no 1 is added there.
        f"--- {before}{path}\n+++ {after}{path}\n@@ -{edit.line + bool(old)},{old} +{edit.line + bool(new)},{new} @@\n"
        + "".join(f"-{family.plain(line)}\n" for line in edit.old)
        + "".join(f"+{family.plain(line)}\n" for line in edit.new)
    )


def newest(texts: Sequence[str], most: int) -> list[str]:
    """As many of the last texts as fit into `most` characters, in their order."""
    taken: list[str] = []
    for text in reversed(texts):
        # It ends at the first that does not fit: a history with a gap would mislead.
        if len(text) > most:
            break
        most -= len(text)
        taken.append(text)
    return taken[::-1]


def lines_of(text: str) -> list[str]:
    """An answer's lines without ends, none behind the last line feed."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []
