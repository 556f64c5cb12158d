"""How long to wait for further keys before a generator is asked: as long as that saves requests, and no longer.

An in-flight request that agrees with the keys typed after it began is kept, so asking at once costs nothing as long
as answers are right. Only what is thrown away is worth waiting for: the wait grows with the share of in-flight
requests that were closed because the user typed something else, and with the time that a generator takes.
"""

from __future__ import annotations

from attrs import define, field

from ..types import Generator, SuggestionRequest, Trigger
from .in_flight import InFlightRequest

MOST_MS = 150.0
"""No one waits longer than this."""
TOLERATED = 0.35
"""The share of in-flight requests that may be thrown away before there is any wait."""
RATE = 0.15
"""How fast it learns: the weight of the last in-flight request."""


@define(slots=True)
class _Learnt:
    latency_ms: float = 0.0
    waste: float = 0.0
    ended: int = 0


@define(slots=True)
class Debounce:
    """Learns from finished requests. Give `delay_ms` to the engine, and call `finished` from its `on_finished`."""

    most_ms: float = MOST_MS
    _learnt: dict[str, _Learnt] = field(factory=dict)

    def delay_ms(self, request: SuggestionRequest, generator: Generator) -> float:
        """The wait in ms, before what the client has waited is taken off; 0 for manual requests and for generators
        that answer from this process."""
        known = self._learnt.get(generator.name)
        if (
            request.trigger is Trigger.MANUAL
            or known is None
            or not getattr(generator, "wants_context", True)
        ):
            return 0.0
        # 0 at the tolerated share, 1 where everything is thrown away.
        excess = max(known.waste - TOLERATED, 0.0) / (1 - TOLERATED)
        return min(self.most_ms, excess * known.latency_ms)

    def finished(self, running: InFlightRequest) -> None:
        """Learn from an in-flight request that is over. Those that were asked ahead, or behind a line that was known
        already, say nothing of the user's typing."""
        if running.speculative or running.seed or not running.generators:
            return
        known = self._learnt.setdefault(running.generators[0].name, _Learnt())
        known.ended += 1
        # Also where it was closed before its answer was there: the endpoint worked for nothing.
        wasted = running.disagreed or (running.closing and not running.answered)
        known.waste += RATE * (float(wasted) - known.waste)
        if running.first_at is not None:
            latency = (running.first_at - running.started) * 1000
            # The first measurement counts in full: there is nothing yet to mix it with.
            known.latency_ms += (RATE if known.latency_ms else 1.0) * (latency - known.latency_ms)
