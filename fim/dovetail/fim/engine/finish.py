"""From candidates to suggestions: the filters, their trace, and ids that stay the same while text arrives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from attrs import define, field

from ..rules.filters import BY_USER, Draft, FilterContext, Verdicts, run_filters
from ..types import Ask, Candidate, Suggestion, Trigger
from .dismissed import Dismissed
from .settings import EngineSettings
from .why import Trace


@define(slots=True)
class Finisher:
    """Makes the suggestions of one request."""

    ask: Ask
    trace: Trace
    settings: EngineSettings
    dismissed: Dismissed
    verdicts: Verdicts
    numbers: Iterator[int]
    unit: str
    """The document's unit of indentation."""
    by_user: bool = False
    """Whether the last call lost a candidate to what the user said or did, not to its text."""
    _ids: list[str] = field(factory=list)

    def __call__(
        self,
        candidates: Sequence[Candidate],
        *,
        multiline: bool = False,
        cached: bool = False,
        partial: bool = False,
    ) -> list[Suggestion]:
        """Suggestions, best first. `partial`: more text is coming, so the trace is left alone and unfinished
        syntax is not judged."""
        ask = self.ask
        context = FilterContext(
            ask,
            multiline,
            self.settings.stops,
            self.unit,
            lambda head, text: self.dismissed.holds(ask.snapshot.uri, head, text),
            None if partial else self.verdicts,
        )
        self.by_user = False
        found: list[Suggestion] = []
        wanted = max(1, ask.count) if ask.trigger is Trigger.MANUAL else 1
        for candidate in candidates:
            filtered = run_filters(Draft(candidate.text, ask.position), context)
            for name, what in filtered.fired:
                if not partial:
                    self.trace.step("filter", f"{name}: {what}")
            draft = filtered.draft
            if draft is None:
                self.by_user = self.by_user or filtered.fired[-1][0] in BY_USER
                continue
            if any(s.text == draft.text for s in found):
                continue
            source = "cache" if cached else candidate.source
            found.append(
                Suggestion(
                    self._id(len(found)),
                    draft.text,
                    ask.position,
                    draft.end,
                    source,
                    candidate.source,
                    candidate.confidence,
                )
            )
            if len(found) == wanted:
                break
        return found

    def _id(self, rank: int) -> str:
        while len(self._ids) <= rank:
            self._ids.append(f"s{next(self.numbers)}")
        return self._ids[rank]
