"""A suggestion that was given, and the question that its acceptance would bring."""

from __future__ import annotations

from attrs import define, evolve

from dovetail.text import Point, Snapshot, TextEdit

from ..anchor import CursorAnchor
from ..types import Suggestion, SuggestionRequest, Trigger


@define(slots=True, eq=False)
class ShownSuggestion:
    """A suggestion that a document was given."""

    request: SuggestionRequest
    anchor: CursorAnchor
    suggestion: Suggestion
    followed: bool = False
    """Whether what comes after it was asked for."""

    def taken(self, here: CursorAnchor) -> bool:
        """Whether it was accepted, or typed to its end, and nothing since."""
        return any(tail == self.suggestion.text for tail in self.anchor.typed_since(here))

    def after(self) -> SuggestionRequest:
        """The question that its acceptance would bring."""
        snapshot = after_acceptance(self.request.snapshot, self.suggestion)
        lines = self.suggestion.text.split("\n")
        start = self.suggestion.start
        column = len(lines[-1]) + (start.column if len(lines) == 1 else 0)
        return evolve(
            self.request,
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
