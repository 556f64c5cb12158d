"""How many requests run at one endpoint: N, and one that waits. The newest of those who wait is served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from ._errors import Superseded

T = TypeVar("T")


class Place:
    """A request that runs. It waits in `next` only, so that it can be ended there to make room."""

    __slots__ = ("_name", "_task", "preempted", "speculative")

    def __init__(self, speculative: bool, name: str) -> None:
        self.speculative = speculative
        self.preempted = False
        self._name = name
        self._task: asyncio.Task[object] | None = None

    def preempt(self) -> None:
        """End the request at its present or next wait."""
        self.preempted = True
        if self._task is not None:
            self._task.cancel()

    async def next(self, chunks: AsyncIterator[T]) -> T | None:
        """The next of `chunks`, None after the last.

        Raises:
            Superseded: the place had to be given up. A cancellation from elsewhere is passed on, as
                `asyncio.timeout` does it, but without the cost of one for each token.
        """
        task = asyncio.current_task()
        assert task is not None
        if self._gave_way():
            raise self._superseded()
        cancelling = task.cancelling()
        self._task = task
        try:
            return await anext(chunks, None)
        except asyncio.CancelledError:
            if self._gave_way() and task.uncancel() <= cancelling:
                raise self._superseded() from None
            raise
        finally:
            self._task = None

    def _gave_way(self) -> bool:
        return self.preempted

    def _superseded(self) -> Superseded:
        return Superseded(f"{self._name}: gave way to a newer request.", endpoint=self._name)


class Gate:
    """Admits up to `limit` requests at once to one endpoint.

    One more may wait. A newer one that has to wait takes the waiting one's place, which ends as
    Superseded; a speculative one never displaces the user's own and is turned away instead. When the
    user's own has to wait while a speculative one runs, the speculative one gives way.
    """

    def __init__(self, limit: int, name: str = "") -> None:
        self._limit = limit
        self._name = name
        self._running: list[Place] = []
        self._waiting: tuple[asyncio.Future[None], bool] | None = None

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def waiting(self) -> int:
        return int(self._waiting is not None)

    @asynccontextmanager
    async def place(self, *, speculative: bool = False) -> AsyncIterator[Place]:
        """Raises:
        Superseded: a newer request took this one's place while it waited.
        """
        if len(self._running) >= self._limit:
            await self._wait(speculative)
        place = Place(speculative, self._name)
        self._running.append(place)
        try:
            yield place
        finally:
            self._running.remove(place)
            self._next()

    async def _wait(self, speculative: bool) -> None:
        superseded = Superseded(f"{self._name}: gave way to a newer request.", endpoint=self._name)
        if self._waiting is not None:
            turn, theirs_speculative = self._waiting
            if speculative and not theirs_speculative:
                raise superseded
            self._waiting = None
            turn.cancel()
        if not speculative:
            for place in self._running:
                if place.speculative and not place.preempted:
                    place.preempt()
                    break
        turn = asyncio.get_running_loop().create_future()
        mine = (turn, speculative)
        self._waiting = mine
        try:
            await turn
        except asyncio.CancelledError:
            # Either this task was cancelled, or only the turn was, by a newer request.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                if turn.done() and not turn.cancelled():
                    self._next()  # the turn had come already; it goes to the next
                raise
            raise superseded from None
        finally:
            if self._waiting is mine:
                self._waiting = None

    def _next(self) -> None:
        if self._waiting is not None and len(self._running) < self._limit:
            turn, _ = self._waiting
            self._waiting = None
            if not turn.done():
                turn.set_result(None)
