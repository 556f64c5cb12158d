"""The contract of a filter: `(draft, context) -> draft`, the same one if there is nothing to do, or `Dropped`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping

from attrs import define, evolve, field

from dovetail.text import Point

from ...types import SuggestionRequest


@define(frozen=True, slots=True)
class Draft:
    """A text to stand in place of what is between the cursor and `end`. Lines end at `\\n`."""

    text: str
    end: Point

    def with_text(self, text: str) -> Draft:
        # The same object where nothing changed: by that the chain knows that a filter did not fire.
        return self if text == self.text else evolve(self, text=text)


@define(frozen=True, slots=True)
class Dropped:
    """Nothing is left to show; the reason is for `dovetail why`."""

    reason: str


@define(slots=True)
class SyntaxCache:
    """What the syntax filter found, by the text as it would be with the suggestion taken: while the user types
    along, that text stays the same and need not be parsed again."""

    size: int = 500
    _kept: OrderedDict[int, str] = field(factory=OrderedDict)

    def get(self, key: int) -> str | None:
        """The reason to drop, '' to keep, None if unknown."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def put(self, key: int, reason: str) -> None:
        self._kept[key] = reason
        while len(self._kept) > self.size:
            self._kept.popitem(last=False)


@define(frozen=True, slots=True)
class RefusedSuggestion:
    """A suggestion that was on the screen when the user typed something else."""

    confidence: float | None
    head: str
    """The cursor's line up to the cursor when it was shown."""


def _never(head: str, text: str, growing: bool) -> bool:
    return False


@define(frozen=True, slots=True)
class FilterContext:
    """What a filter may know."""

    request: SuggestionRequest
    multiline: bool
    stops: tuple[str, ...] = ()
    """Strings at which a text ends: the user's and the model family's."""
    indent_unit: str = "    "
    dismissed: Callable[[str, str, bool], bool] = _never
    """Whether the user dismissed this text, after this head of the cursor's line, a moment ago (or, where it is
    still growing, one that it may become)."""
    syntax: SyntaxCache = field(factory=SyntaxCache)
    against: Mapping[str, RefusedSuggestion] = field(factory=dict)
    """What the user typed something else than on this line, by its text without the spaces around it."""
    confidence: float | None = None
    """The chance that the generator gives the draft."""
    growing: bool = False
    """Whether the draft is a line that is still coming: what it may become counts too."""
    shown: str = ""
    """What of the draft is on the screen already."""

    @property
    def head(self) -> str:
        """The cursor's line up to the cursor."""
        return self.request.snapshot.lines[self.request.position.line][: self.request.position.column]

    @property
    def tail(self) -> str:
        """The cursor's line behind the cursor."""
        return self.request.snapshot.line(self.request.position.line)[self.request.position.column :]

    def next_line(self) -> tuple[int, str] | None:
        """The next line below the cursor that is not blank, and its number; at most 20 lines on."""
        line = self.request.position.line + 1
        for offset, text in enumerate(self.request.snapshot.lines.slice(line, line + 20)):
            if text.strip():
                return line + offset, text.rstrip("\r\n")
        return None

    def line_behind(self, line: int) -> str:
        """The line below line `line`; '' at the end."""
        return next(iter(self.request.snapshot.lines.slice(line + 1, line + 2)), "").rstrip("\r\n")


Filter = Callable[[Draft, FilterContext], Draft | Dropped]
