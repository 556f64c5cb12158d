"""The trace of the last decisions: what `dovetail why` and the editor show."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count
from time import perf_counter

from attrs import define, field

from dovetail.text import Point

from ..types import Candidate, Decision, Step, SuggestionRequest, quoted
from .in_flight import InFlightRequest
from .stream import CandidateStream

KEPT = 64
_RULES = {
    "block left": "it begins outside of the block that the cursor is in",
    "reached the text below": "it is what stands below the cursor already",
    "code fence": "it begins with a code fence",
}


@define(slots=True)
class Trace:
    """One decision being made. Times are in ms since the question arrived."""

    decision: Decision
    _started: float = field(factory=perf_counter)

    def step(self, name: str, detail: str = "") -> None:
        self.decision.steps.append(Step(name, detail, self.elapsed_ms()))

    def failed(self, name: str, sentence: str) -> None:
        """A generator could not answer; its sentence may begin with its name."""
        self.step("generator", f"{name}: {sentence.removeprefix(f'{name}: ')}")

    def elapsed_ms(self) -> float:
        return round((perf_counter() - self._started) * 1000, 3)

    def say(self, sentence: str) -> None:
        """The reason, as a person would say it. The first one counts."""
        self.decision.sentence = self.decision.sentence or sentence

    def end(self, outcome: str, *, source: str = "", text: str = "") -> None:
        """Close the trace. Only the first call counts."""
        if not self.decision.outcome:
            self.decision.outcome, self.decision.source, self.decision.text = outcome, source, text
            self.decision.elapsed_ms = self.elapsed_ms()


def why_nothing(running: InFlightRequest, candidates: Sequence[Candidate], dropped: str) -> str:
    """One sentence: why nothing of an answer is shown."""
    who = _named(running.source)
    # From what came closest to being shown to what did not come at all.
    nearest = ""
    if candidates and dropped:
        nearest = f"{who} answered, but the text was not shown: {dropped}."
    elif running.note:
        nearest = running.note
    if running.errors:
        # Who stood in had nothing to show; that it had to stand in is what can be mended.
        return f"{trouble(*running.errors[0])} {nearest}".rstrip()
    if nearest:
        return nearest
    # A generator that said something is told by what it said, one that said nothing by how it ended.
    for stream in running.streams.values():
        if stream.wrapped:
            return f"{who} sent no text to insert: {stream.wrapped}."
        if stream.text.strip() and stream.cut:
            return f"{who} answered, but nothing of it belongs here: {_rule(stream)}."
    # Its end may have come a moment before the request is said to be over.
    if running.completed or any(stream.done for stream in running.streams.values()):
        return f"{who} answered with an empty text."
    if running.first_at is None:
        return f"{who} had said nothing when the request ended."
    return f"{who} had not finished a line when the request ended."


def trouble(name: str, sentence: str) -> str:
    """What an endpoint says of its failure, as one sentence that begins with its name."""
    # Sentences of endpoints may begin with the name that is put in front of them here.
    said, name = sentence.removeprefix(f"{name}: "), _named(name)
    return f"{name}: {said}" if said.endswith((".", "?", "!")) else f"{name} {said}."


def _rule(stream: CandidateStream) -> str:
    """The rule that ended an answer before anything of it could be shown."""
    if stream.cut == "stop string" and (stop := stream.rules.stop_in(stream.text)):
        return f"it begins with {quoted(stop)}, where answers end (setting completion.stop, or a token of its model)"
    return _RULES.get(stream.cut or "", stream.cut or "")


def _named(generator: str) -> str:
    return "The built-in model" if generator in ("embedded", "builtin") else generator


@define(slots=True)
class Why:
    """The last decisions, newest first. Kept in memory only."""

    _kept: deque[Decision] = field(factory=lambda: deque(maxlen=KEPT))
    _ids: Iterator[int] = field(factory=lambda: count(1))

    def begin(self, request: SuggestionRequest) -> Trace:
        decision = Decision(f"d{next(self._ids)}", request.snapshot.uri, request.position, request.trigger)
        self._kept.appendleft(decision)
        return Trace(decision)

    def at(self, uri: str, position: Point) -> Decision | None:
        """The newest decision for a place that is made."""
        return next((d for d in self._kept if d.uri == uri and d.position == position and d.outcome), None)

    def last(self, uri: str | None = None) -> list[Decision]:
        """The decisions for one document, or all."""
        return [d for d in self._kept if uri in (None, d.uri)]
