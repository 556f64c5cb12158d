"""Calls and commands that are spread over several lines, read as the one line that they could be: no line of
`login(⏎ "bob",⏎ "…",⏎)` or of `mysql \\⏎ -p…` says by itself that a password stands in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .calls import keys_given
from .commands import in_commands
from .places import placed_in
from .shapes import Part, Span, in_rows

MOST_LINES = 24
"""Lines that are read as one at most."""
_MOST_TEXT = 1 << 11
"""Code points that they come to at most."""
_STRING_OR_BRACKET = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|`(?:[^`\\]|\\.)*`?|[()\[\]{}]")
_MAY_HOLD = re.compile(r"[\"'`][^\"'`]{4}|[ \t]-|\A[^()\"'`]+\Z")
"""A literal, or a command: most calls over several lines have no literal."""
_OPENS_BLOCK = re.compile(r"(?:=>|\)|\b(?:else|try|do|then))[ \t]*\{\Z|\|\Z|\bdo\Z")
"""The head of a block: what stands in it are statements."""
_LASTS = frozenset("([{,\\")
_ENDS_OF_HEADS = frozenset("{|o")
_DEFINES = ("def ", "async def ", "class ", "import ", "from ", "func ", "function ", "interface ", "type ")
"""The heads of definitions: their parameters have names of their own."""
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_COMMENT = re.compile(r"(?:#|//|--[ \t])")


def may_spread(line: str, telling: bool) -> bool:
    """Whether a line may begin what is spread over several; quick.

    Args:
        telling: whether it speaks of what may have a secret.
    """
    text = line.rstrip()
    last = text[-1:]
    if last not in _LASTS or text.lstrip().startswith(_DEFINES):
        return False
    return last in ("(", "\\") or (telling and (last in ("[", ",") or text.endswith(("({", "[{"))))


def may_go_on(line: str) -> bool:
    """Whether the next line may go on with what a line is of; quick."""
    return line.rstrip()[-1:] in _LASTS or not line.strip()


class UnderWay(NamedTuple):
    """A call or a command that goes on below."""

    text: str
    """What its lines come to, each without the space around it."""
    lines: int
    """Of how many lines that is."""
    depth: int
    """How many brackets are open in it."""
    parts: tuple[Part, ...]


class Spread:
    """The call or command under way in a run of lines, if one is; rows above the run are negative."""

    def __init__(self, above: UnderWay | None = None, *, seeks: bool = True) -> None:
        self._seeks = seeks
        """Whether what ends is looked at; not, where only what is under way is asked for."""
        self._parts: list[Part] = []
        self.text, self._lines, self._depth = "", 0, 0
        if above is not None:
            self.text, self._lines, self._depth, parts = above
            self._parts += parts

    def under_way(self, rows: int) -> UnderWay | None:
        """What goes on below so many rows, which are above then."""
        if not self.text:
            return None
        parts = tuple((row - rows, low, high, column) for row, low, high, column in self._parts)
        return UnderWay(self.text, self._lines, self._depth, parts)

    def read(self, row: int, line: str, begins: bool) -> Iterator[tuple[int, tuple[Span, ...]]]:
        """The secrets of what ends with a line: the rows on which they stand, and where in those.

        Args:
            row: its number in the run.
            begins: whether it may begin a call or a command.
        """
        body = line.strip()
        if self.text:
            if self._lines >= MOST_LINES or len(self.text) + len(body) > _MOST_TEXT:
                yield from self.found()
                self._clear()
            elif not body or _COMMENT.match(body):
                return  # as if it were not there
            else:
                self._take(row, line, body)
                if self._goes_on(body):
                    return
                yield from self.found()
                self._clear()
        # What ends one may begin the next: `).execute(`.
        if begins:
            self._take(row, line, body)
            if not self._goes_on(body):
                self._clear()

    def found(self) -> Iterator[tuple[int, tuple[Span, ...]]]:
        """As `read`, of what is under way so far."""
        if not self._seeks or self._lines < 2 or _MAY_HOLD.search(self.text) is None:
            return
        lower = self.text.lower()
        placed = placed_in(lower)
        spans = [*in_commands(self.text, lower, placed)] if placed is not None else []
        spans += ((low, high, "key given to a function") for low, high in keys_given(self.text))
        yield from in_rows(spans, self._parts)

    def typed(self, line: str, column: int) -> Iterator[Span]:
        """The secrets of a line that goes on with what is under way, where somebody types in it at `column`."""
        body = line.strip()
        if not self.text or not body or len(self.text) + len(body) > _MOST_TEXT:
            return
        # What is to come behind the comma is not there yet, as at the end of a call.
        self._take(0, line, body.rstrip(","))
        _, low, _, indent = self._parts[-1]
        lower = self.text.lower()
        spans = in_commands(self.text, lower, placed_in(lower), low + column - indent)
        for _, found in in_rows([*spans], self._parts[-1:]):
            yield from found

    def _clear(self) -> None:
        self.text, self._lines, self._depth, self._parts = "", 0, 0, []

    def _take(self, row: int, line: str, body: str) -> None:
        kept = body[:-1].rstrip() if body.endswith("\\") else body
        # As people write it on one line: no space inside of a bracket, and no comma before its end.
        closes = kept[:1] in _CLOSING
        if closes and self.text.endswith(","):
            self.text = self.text[:-1]
        elif self.text and not closes and self.text[-1] not in _OPENING:
            self.text += " "
        start = len(self.text)
        self.text += kept
        self._lines += 1
        self._parts.append((row, start, len(self.text), len(line) - len(line.lstrip())))
        self._depth += _depth_of(kept)

    def _goes_on(self, body: str) -> bool:
        if body.endswith("\\"):
            return True
        if self._depth <= 0 or body[-1:] == ";":
            return False
        return body[-1:] not in _ENDS_OF_HEADS or _OPENS_BLOCK.search(body) is None


def _depth_of(text: str) -> int:
    """How many brackets are opened in it and not closed."""
    if '"' in text or "'" in text or "`" in text:
        brackets = [match[0] for match in _STRING_OR_BRACKET.finditer(text)]
        return sum((one in _OPENING) - (one in _CLOSING) for one in brackets)
    opened = text.count("(") + text.count("[") + text.count("{")
    return opened - text.count(")") - text.count("]") - text.count("}")
