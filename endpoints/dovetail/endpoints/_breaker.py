"""When to leave an endpoint alone after failures, and when to try it again."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from ._errors import EndpointError

FAILURES = 3
"""So many in a row open the breaker."""
FIRST_REST = 2.0
LONGEST_REST = 60.0
LOADING_REST = 1.0
_AT_ONCE = {"key": LONGEST_REST, "not found": LONGEST_REST, "no fim": LONGEST_REST, "settings": LONGEST_REST}


class State(StrEnum):
    CLOSED = "up"
    OPEN = "resting"
    HALF_OPEN = "trying again"


class Breaker:
    """Closed: requests pass. Open: none until the rest is over. Half open: one passes, and its fate decides.

    Rests double from 2 s to 60 s; `Retry-After` and a model that is still loading set their own. What
    asking again will not mend (a wrong key, no such model) rests for the longest time at once. Only a
    monotonic clock is read.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures = 0
        self._rest = FIRST_REST
        self._until = 0.0
        self._trial = False
        self.error: EndpointError | None = None
        """Why the endpoint rests."""

    @property
    def state(self) -> State:
        if self.error is None:
            return State.CLOSED
        return State.OPEN if self._clock() < self._until else State.HALF_OPEN

    @property
    def seconds_left(self) -> float:
        """Until the next try."""
        return max(0.0, self._until - self._clock()) if self.error is not None else 0.0

    def admits(self) -> bool:
        """Whether a request may be sent now. In the half-open state the first to ask is the trial."""
        state = self.state
        if state is State.HALF_OPEN and not self._trial:
            self._trial = True
            return True
        return state is State.CLOSED

    def succeeded(self) -> None:
        self.__init__(self._clock)  # type: ignore[misc]

    def failed(self, error: EndpointError) -> None:
        """Count a failure; errors that are not the endpoint's fault only end a trial."""
        trial, self._trial = self._trial, False
        if not error.faulty:
            return
        self._failures += 1
        rest: float | None = _AT_ONCE.get(error.kind)
        if error.retry_after is not None:
            rest = max(error.retry_after, 0.1)
        elif error.kind == "loading":
            rest = LOADING_REST
        elif error.kind == "rate limit" or trial or self._failures >= FAILURES:
            rest = self._rest
            self._rest = min(self._rest * 2, LONGEST_REST)
        if rest is not None:
            self.error = error
            self._until = self._clock() + rest

    def abandoned(self) -> None:
        """A request ended without telling anything about the endpoint (cancelled, superseded)."""
        self._trial = False
