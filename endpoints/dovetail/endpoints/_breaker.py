"""A circuit breaker: when to leave an endpoint alone after failures, and when to try it again."""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import StrEnum

from ._errors import EndpointError

FAILURES = 3
"""This many failures in a row open the breaker."""
FIRST_COOL_DOWN = 2.0
LONGEST_COOL_DOWN = 60.0
LOADING_COOL_DOWN = 1.0
_AT_ONCE = {
    "key": LONGEST_COOL_DOWN,
    "not found": LONGEST_COOL_DOWN,
    "no fim": LONGEST_COOL_DOWN,
    "settings": LONGEST_COOL_DOWN,
}


class State(StrEnum):
    """What the breaker does with a request."""

    CLOSED = "up"
    OPEN = "resting"
    HALF_OPEN = "trying again"
    BUSY = "busy"
    """Closed as well, but the server said lately that it has too much to do (see `Pacer`)."""


class Ticket:
    """One admission. Tell the breaker through it how the request went; only the first word counts."""

    __slots__ = ("_breaker", "_settled")

    def __init__(self, breaker: CircuitBreaker) -> None:
        self._breaker = breaker
        self._settled = False

    def succeeded(self) -> None:
        """The endpoint answered."""
        if not self._settled:
            self._settled = True
            self._breaker._close()

    def failed(self, error: EndpointError) -> None:
        """It did not. Errors that are not the endpoint's fault only end a trial."""
        if not self._settled:
            self._settled = True
            self._breaker._count(self, error)

    def abandoned(self) -> None:
        """The request ended without telling anything about the endpoint (cancelled, superseded)."""
        if not self._settled:
            self._settled = True
            self._breaker._drop(self)


class CircuitBreaker:
    """Closed: requests pass. Open: none until the cool-down is over. Half open: one passes, the trial, and its fate
    decides.

    Cool-downs double from 2 s to 60 s; `Retry-After` and a model that is still loading set their own. Permanent
    errors (a wrong key, no such model) open the breaker for the maximum time immediately. Only a monotonic clock is
    read.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._trial: Ticket | None = None
        self._failures = 0
        self._cool_down = FIRST_COOL_DOWN
        self._until = 0.0
        self.error: EndpointError | None = None
        """Why the breaker is open."""
        self.last: EndpointError | None = None
        """How the last request failed; None once one was answered."""

    @property
    def state(self) -> State:
        """What becomes of a request that comes now."""
        if self.error is None:
            return State.CLOSED
        return State.OPEN if self._clock() < self._until else State.HALF_OPEN

    @property
    def seconds_left(self) -> float:
        """Until the next trial."""
        return max(0.0, self._until - self._clock()) if self.error is not None else 0.0

    def admit(self) -> Ticket | None:
        """A ticket if a request may be sent now, else None. In the half-open state the first to ask is the trial, and
        nobody else passes until that ticket has told how it went."""
        state = self.state
        # Half open with a trial under way: its fate is waited for.
        if state is State.OPEN or (state is State.HALF_OPEN and self._trial is not None):
            return None
        ticket = Ticket(self)
        if state is State.HALF_OPEN:
            self._trial = ticket
        return ticket

    def _close(self) -> None:
        self._trial = None
        self._failures = 0
        self._cool_down = FIRST_COOL_DOWN
        self._until = 0.0
        self.error = self.last = None

    def _drop(self, ticket: Ticket) -> bool:
        """Whether `ticket` was the trial, which it is no more."""
        was_trial = ticket is self._trial
        if was_trial:
            self._trial = None
        return was_trial

    def _count(self, ticket: Ticket, error: EndpointError) -> None:
        trial = self._drop(ticket)
        if trial and error.kind == "busy":
            self._close()  # it is up again, and sheds load
            return
        if not error.faulty or (self.error is not None and not trial):
            return  # a request from before the breaker opened says nothing new
        self.last = error
        if error.of_replica and not trial:
            # It counts, but the last failure must be one that no other replica could have helped.
            self._failures = min(self._failures + 1, FAILURES - 1)
            return
        self._failures += 1
        pause: float | None = _AT_ONCE.get(error.kind)
        # The server's own word goes before every rule of ours.
        if error.retry_after is not None:
            pause = max(error.retry_after, 0.1)
        elif error.kind == "loading":
            pause = LOADING_COOL_DOWN
        elif error.kind == "rate limit" or trial or self._failures >= FAILURES:
            # Doubled for the next failure, not for this one.
            pause = self._cool_down
            self._cool_down = min(self._cool_down * 2, LONGEST_COOL_DOWN)
        if pause is not None:
            self.error = error
            self._until = self._clock() + pause
