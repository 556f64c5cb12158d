"""From candidates to suggestions: the filters, their trace, and ids that stay the same while text arrives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import define, evolve, field

from ..anchor import CursorAnchor
from ..rules.filters import BY_USER, Draft, FilterContext, RefusedSuggestion, SyntaxCache, run_filters
from ..types import Candidate, Suggestion, SuggestionRequest, Trigger
from .dismissed import Dismissed
from .settings import EngineSettings
from .stream import GROWING
from .why import Trace


@define(slots=True)
class Finisher:
    """Makes the suggestions of one request."""

    request: SuggestionRequest
    trace: Trace
    settings: EngineSettings
    dismissed: Dismissed
    syntax: SyntaxCache
    numbers: Iterator[int]
    unit: str
    """The document's unit of indentation."""
    against: Mapping[str, RefusedSuggestion] = field(factory=dict)
    """What the user typed something else than on this line."""
    here: CursorAnchor | None = None
    by_user: bool = False
    """Whether the last call lost a candidate to what the user said or did, not to its text."""
    dropped: str = ""
    """Why the last call dropped its last candidate."""
    held: tuple[str, ...] = ()
    """Known texts that were dropped: where one of them comes again it is not shown on its way."""
    sent: list[Suggestion] = field(factory=list)
    """What is on the screen of a client that takes parts."""
    _ids: list[str] = field(factory=list)

    def __call__(
        self,
        candidates: Sequence[Candidate],
        *,
        multiline: bool = False,
        cached: bool = False,
        partial: bool = False,
    ) -> list[Suggestion]:
        """Suggestions, best first, after every filter. `partial`: more text is coming, so the trace is left alone.

        What was sent before stays as it is or grows: see `run_filters`.
        """
        request = self.request
        context = FilterContext(
            request,
            multiline,
            self.settings.stops,
            self.unit,
            lambda head, text, growing: self.dismissed.holds(
                request.snapshot.uri, head, text, growing=growing
            ),
            self.syntax,
            self.against,
        )
        self.by_user, self.dropped = False, ""
        found: list[Suggestion] = []
        # Several only by hand: while typing nobody chooses.
        wanted = max(1, request.count) if request.trigger is Trigger.MANUAL else 1
        for candidate in candidates:
            # It was known and dropped: shown while it grows, it would vanish at its end.
            if candidate.cut == GROWING and any(text.startswith(candidate.text) for text in self.held):
                continue
            about = evolve(
                context,
                confidence=candidate.confidence,
                growing=candidate.cut == GROWING,
                # What was shown of it before may only grow.
                shown=self.sent[len(found)].text if len(found) < len(self.sent) else "",
            )
            filtered = run_filters(Draft(candidate.text, request.position), about)
            for name, what in filtered.fired:
                if not partial:
                    self.trace.step("filter", f"{name}: {what}")
            draft = filtered.draft
            if draft is None:
                # By what the user did, so that the text itself is not remembered as worthless.
                self.by_user = self.by_user or filtered.fired[-1][0] in BY_USER
                self.dropped = filtered.fired[-1][1].removeprefix("dropped: ")
                self.held += (candidate.text,) * cached
                continue
            # Two candidates may come to the same text once they are filtered.
            if any(s.text == draft.text for s in found):
                continue
            source = "cache" if cached else candidate.source
            found.append(
                Suggestion(
                    self._id(len(found)),
                    draft.text,
                    request.position,
                    draft.end,
                    source,
                    candidate.source,
                    candidate.confidence,
                )
            )
            if len(found) == wanted:
                break
        # What is on the screen keeps its place and its id.
        return self._grown(found)[:wanted]

    @property
    def in_line(self) -> bool:
        """Whether something stands behind the cursor: then nothing of an unfinished line is shown, because what
        closes it may turn out to stand there already."""
        request = self.request
        return bool(request.snapshot.line(request.position.line)[request.position.column :].strip())

    def _grown(self, found: list[Suggestion]) -> list[Suggestion]:
        """`found`, with what is on the screen kept in its place, or grown."""
        rest, grown = list(found), []
        # What was sent stays or grows; where nothing that came begins with it, it stays as it was.
        for old in self.sent:
            new = next((s for s in rest if s.text.startswith(old.text)), old)
            if new in rest:
                rest.remove(new)
            grown.append(new)
        return [evolve(s, id=self._id(rank)) for rank, s in enumerate([*grown, *rest])]

    def _id(self, rank: int) -> str:
        while len(self._ids) <= rank:
            self._ids.append(f"s{next(self.numbers)}")
        return self._ids[rank]
