"""Who may use the engine now, who waits, and who is told to come back.

An engine has a number of slots. Without a queue of ours the requests beyond them wait inside the engine, first come,
first served: one user with many requests keeps everybody else waiting, and under overload everything that is answered
comes too late to be read. Here each caller has a share, the shortest-served caller goes first and of equals the newest
request, and what cannot be served soon is refused with a time to come back, so that the client can ask again with what
was typed since.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

RETRY_AFTER_S = 1
"""Short on purpose: a client takes the server for busy, not for broken."""


class Refused(Exception):
    """No turn now. `reason` is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


REASONS = {
    "limit": "You have as many requests under way as one caller may have.",
    "queue": "The server is busy, and as many requests wait as may.",
    "wait": "The server is busy; the request waited as long as it may.",
    "superseded": "A newer request of the same session takes its place.",
}


@dataclass(eq=False)
class _Waiting:
    caller: str
    session: str
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Admission:
    """The turns of one engine."""

    def __init__(self, slots: int, *, per_caller: int, queue: int, longest_wait_s: float) -> None:
        """
        Args:
            slots: requests that run at once.
            per_caller: of these, how many may be one caller's; as many of its requests may wait.
            queue: requests that may wait, of all callers.
            longest_wait_s: after so long a request is refused.
        """
        self._slots = slots
        self._per_caller = per_caller
        self._queue = queue
        self._longest_wait_s = longest_wait_s
        self._running: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []

    @property
    def running(self) -> int:
        """Requests that have their turn."""
        return self._running.total()

    @property
    def waiting(self) -> int:
        """Requests that wait for one."""
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self, caller: str, session: str = "") -> AsyncIterator[None]:
        """Wait for a turn and hold it. The caller's name "" is nobody's: it has no share of its own. Of one session the
        newest request alone waits ("" is none): an editor asks again because something else was typed, and not every
        proxy tells that it hung up on the one before.

        Raises:
            Refused: there is none to be had soon.
        """
        if not self._free(caller) or self._waiting:
            await self._wait(caller, session)
        else:
            self._running[caller] += 1
        try:
            yield
        finally:
            self._running[caller] -= 1
            self._hand_on()

    def _free(self, caller: str) -> bool:
        return self.running < self._slots and (not caller or self._running[caller] < self._per_caller)

    async def _wait(self, caller: str, session: str) -> None:
        older = [one for one in self._waiting if session and (one.caller, one.session) == (caller, session)]
        for one in older:
            self._refuse(one, "superseded")
        self._make_room(caller)
        mine = _Waiting(caller, session)
        self._waiting.append(mine)
        self._hand_on()
        try:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the turn.
            async with asyncio.timeout(self._longest_wait_s):
                await mine.turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if mine.turn.done() and not mine.turn.cancelled() and mine.turn.exception() is None:
                self._running[caller] -= 1  # the turn came at the moment in which the caller left
                self._hand_on()
            if isinstance(error, TimeoutError):
                raise Refused("wait") from None
            raise
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)

    def _make_room(self, caller: str) -> None:
        """Refuse one that waits, where the queue or the share of `caller` is full. Raises `Refused` if nobody waits."""
        waiting = Counter(one.caller for one in self._waiting)
        if caller and waiting[caller] >= self._per_caller:
            # Of one caller's requests the newest is the one that is still wanted: what was typed since is in it.
            self._refuse(next(one for one in self._waiting if one.caller == caller), "limit")
        elif len(self._waiting) >= self._queue:
            named = {name: count for name, count in waiting.items() if name}
            most = max(named, key=lambda name: named[name], default="")
            mine = waiting[caller] if caller else 0
            if most and named[most] > mine + 1:
                whose = most
            else:  # of those who have as many as the newcomer would have, the one who has waited longest
                whose = caller if mine else None
            oldest = next((one for one in self._waiting if whose is None or one.caller == whose), None)
            if oldest is None:
                raise Refused("queue")
            self._refuse(oldest, "queue")

    def _refuse(self, one: _Waiting, reason: str) -> None:
        self._waiting.remove(one)
        if not one.turn.done():
            one.turn.set_exception(Refused(reason))

    def _hand_on(self) -> None:
        """Give free turns away: to the caller who has the fewest, of equals to the one who came last. Where more is
        asked than can be answered somebody goes without, and the one who has waited longest is the likeliest to have
        typed on; where there is enough nobody waits for long in either order."""
        while True:
            ready = [one for one in self._waiting if self._free(one.caller) and not one.turn.done()]
            if not ready:
                return
            # Those without a name are strangers to each other, so each of them has none running.
            first = min(reversed(ready), key=lambda one: self._running[one.caller] if one.caller else 0)
            self._waiting.remove(first)
            self._running[first.caller] += 1
            first.turn.set_result(None)
