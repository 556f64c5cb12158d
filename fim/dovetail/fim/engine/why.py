"""The trace of the last decisions: what `dovetail why` and the editor show."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import count
from time import perf_counter

from attrs import define, field

from ..types import Ask, Decision, Step

KEPT = 64


@define(slots=True)
class Trace:
    """One decision being made. Times are in ms since the question arrived."""

    decision: Decision
    _started: float = field(factory=perf_counter)

    def step(self, name: str, detail: str = "") -> None:
        self.decision.steps.append(Step(name, detail, self.elapsed_ms()))

    def elapsed_ms(self) -> float:
        return round((perf_counter() - self._started) * 1000, 3)

    def end(self, outcome: str, *, source: str = "", text: str = "") -> None:
        """Close the trace. Only the first call counts."""
        if not self.decision.outcome:
            self.decision.outcome, self.decision.source, self.decision.text = outcome, source, text
            self.decision.elapsed_ms = self.elapsed_ms()


@define(slots=True)
class Why:
    """The last decisions, newest first. Kept in memory only."""

    _kept: deque[Decision] = field(factory=lambda: deque(maxlen=KEPT))
    _ids: Iterator[int] = field(factory=lambda: count(1))

    def begin(self, ask: Ask) -> Trace:
        decision = Decision(f"d{next(self._ids)}", ask.snapshot.uri, ask.position, ask.trigger)
        self._kept.appendleft(decision)
        return Trace(decision)

    def last(self, uri: str | None = None) -> list[Decision]:
        """The decisions for one document, or all."""
        return [d for d in self._kept if uri in (None, d.uri)]
