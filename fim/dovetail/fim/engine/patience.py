"""How long an endpoint may be silent before the built-in model answers meanwhile: learnt for each endpoint.

Whoever usually answers within 400 ms has probably stalled after 900; whoever needs three seconds is not worth a second
of waiting at each key. How long the first token may take at all is the endpoint's own setting.
"""

from __future__ import annotations

from attrs import define, field

from .in_flight import InFlightRequest

AT_FIRST_MS = 1_000.0
"""Where nothing is known, and the most that anyone is waited for."""
LEAST_MS = 250.0
TIMES = 2.0
"""How many times its usual time an endpoint may take."""
RATE = 0.2
"""How fast it learns: the weight of the last answer."""


@define(slots=True)
class Patience:
    """Learns the time to the first text, in ms, by the endpoint's name. Call `finished` when an in-flight request is
    over."""

    at_first_ms: float = AT_FIRST_MS
    _usual: dict[str, float] = field(factory=dict)

    def ms(self, name: str) -> float:
        """How long `name` may be silent, in ms."""
        usual = self._usual.get(name)
        if usual is None:
            return self.at_first_ms
        if usual >= self.at_first_ms:
            return min(LEAST_MS, self.at_first_ms)  # it will not come in time anyhow
        return min(max(usual * TIMES, LEAST_MS), self.at_first_ms)

    def finished(self, running: InFlightRequest, now: float) -> None:
        """Learn from an in-flight request that is over. `now`: seconds on the clock of in-flight requests."""
        name = running.asked
        if running.first_at is not None:
            took = (running.first_at - running.started) * 1000
        else:
            took = (now - running.started) * 1000  # it takes at least as long as it was silent
            # It failed at once, or gave up for want of anything sure: neither says how long it takes to
            # answer.
            if running.errors or running.note or took <= self._usual.get(name, self.at_first_ms):
                return
        usual = self._usual.get(name)
        self._usual[name] = took if usual is None else usual + RATE * (took - usual)
