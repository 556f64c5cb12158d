"""What was shown and then typed against stays away while the same line is being typed."""

from __future__ import annotations

from collections import OrderedDict

from attrs import define, field

from ..rules.filters import RefusedSuggestion
from ..types import Suggestion, SuggestionRequest

LINES_KEPT = 8


@define(slots=True)
class _Line:
    head: str
    """The line up to the cursor, as it was last looked at."""
    text: str = ""
    """What of the last suggestion is left, behind `head`."""
    confidence: float | None = None
    refused: dict[str, RefusedSuggestion] = field(factory=dict)


@define(slots=True)
class TypedAgainst:
    """What was shown on the lines that are being typed, by document and line number. The one memory for all
    generators: who made a suggestion does not matter to who typed something else."""

    _lines: OrderedDict[tuple[str, int], _Line] = field(factory=OrderedDict)

    def shown(self, request: SuggestionRequest, suggestion: Suggestion) -> None:
        """`suggestion` is shown at the cursor of `request`."""
        line = self._line(request)
        line.text, line.confidence = suggestion.text, suggestion.confidence

    def refused(self, request: SuggestionRequest) -> dict[str, RefusedSuggestion]:
        """Texts that were typed against on the line of `request`, without the spaces around them."""
        return dict(self._line(request).refused)

    def _line(self, request: SuggestionRequest) -> _Line:
        key = request.snapshot.uri, request.position.line
        head = request.snapshot.line(request.position.line)[: request.position.column]
        known = self._lines.get(key)
        # Another line stands there now, or the user went back: what was refused is refused no more.
        if known is None or not head.startswith(known.head):
            known = self._lines[key] = _Line(head)
            while len(self._lines) > LINES_KEPT:
                self._lines.popitem(last=False)
        elif head != known.head:
            typed = head[len(known.head) :]
            # Neither a beginning of the other: something else was typed. A part of it, or more than all of
            # it, is agreement.
            if known.text and not known.text.startswith(typed) and not typed.startswith(known.text):
                refused = RefusedSuggestion(known.confidence, known.head)
                known.refused[known.text.strip()] = refused
            along = known.text.startswith(typed)
            known.head, known.text = head, known.text[len(typed) :] if along else ""
        return known

    def forget(self, uri: str | None = None) -> None:
        """Forget a document's lines, or all."""
        for key in [key for key in self._lines if uri in (None, key[0])]:
            del self._lines[key]
