"""The contract of a filter: `(draft, context) -> draft`, the same one if there is nothing to do, or `Dropped`."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, evolve
from dovetail.text import Point

from .._types import Ask


@define(frozen=True, slots=True)
class Draft:
    """A text to stand in place of what is between the cursor and `end`. Lines end at `\\n`."""

    text: str
    end: Point

    def with_text(self, text: str) -> Draft:
        return self if text == self.text else evolve(self, text=text)


@define(frozen=True, slots=True)
class Dropped:
    """Nothing is left to show; the reason is for `dovetail why`."""

    reason: str


@define(frozen=True, slots=True)
class FilterContext:
    """What a filter may know."""

    ask: Ask
    multiline: bool
    stops: tuple[str, ...] = ()
    """Strings at which a text ends: the user's and the model family's."""
    indent_unit: str = "    "
    rejected: Callable[[str], bool] = lambda text: False
    """Whether the user rejected this text, here, a moment ago."""

    @property
    def head(self) -> str:
        """The cursor's line up to the cursor."""
        return self.ask.snapshot.lines[self.ask.position.line][: self.ask.position.column]

    @property
    def tail(self) -> str:
        """The cursor's line behind the cursor."""
        return self.ask.snapshot.line(self.ask.position.line)[self.ask.position.column :]

    def next_line(self) -> tuple[int, str] | None:
        """The next line below the cursor that is not blank, and its number; at most 20 lines on."""
        line = self.ask.position.line + 1
        for offset, text in enumerate(self.ask.snapshot.lines.slice(line, line + 20)):
            if text.strip():
                return line + offset, text.rstrip("\r\n")
        return None


Filter = Callable[[Draft, FilterContext], Draft | Dropped]
