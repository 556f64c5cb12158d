"""A suggestion that was given, and the question that its acceptance would bring."""

from __future__ import annotations

from attrs import define, evolve

from dovetail.text import Point, Snapshot, TextEdit

from ..place import Place
from ..types import Ask, Suggestion, Trigger


@define(slots=True, eq=False)
class Shown:
    """A suggestion that a document was given."""

    ask: Ask
    place: Place
    suggestion: Suggestion
    followed: bool = False
    """Whether what comes after it was asked for."""

    def taken(self, here: Place) -> bool:
        """Whether it was accepted, or typed to its end, and nothing since."""
        return any(tail == self.suggestion.text for tail in self.place.typed_since(here))

    def after(self) -> Ask:
        """The question that its acceptance would bring."""
        snapshot = after_acceptance(self.ask.snapshot, self.suggestion)
        lines = self.suggestion.text.split("\n")
        start = self.suggestion.start
        column = len(lines[-1]) + (start.column if len(lines) == 1 else 0)
        return evolve(
            self.ask,
            snapshot=snapshot,
            position=Point(start.line + len(lines) - 1, column),
            trigger=Trigger.AUTOMATIC,
            popup=None,
            count=1,
        )


def with_text(snapshot: Snapshot, position: Point, text: str) -> tuple[Snapshot, Point]:
    """The document with `text` typed at `position`, and the cursor behind it."""
    lines = text.split("\n")
    column = len(lines[-1]) + (position.column if len(lines) == 1 else 0)
    end = Point(position.line + len(lines) - 1, column)
    return snapshot.edit(TextEdit(position, position, text)), end


def after_acceptance(snapshot: Snapshot, suggestion: Suggestion) -> Snapshot:
    """The document as it would be with the suggestion taken."""
    return snapshot.edit(TextEdit(suggestion.start, suggestion.end, suggestion.text))
