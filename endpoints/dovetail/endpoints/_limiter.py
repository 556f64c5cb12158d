"""Limits one endpoint to N running requests and one waiter; a newer waiter replaces the older."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from attrs import define

from ._errors import Superseded

T = TypeVar("T")


class Slot:
    """One of the N. Its request waits in `next` only, so that it can be ended there to make room."""

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
            Superseded: the slot had to be given up. A cancellation from elsewhere is passed on, as
                `asyncio.timeout` does it, but without the cost of one for each token.
        """
        task = asyncio.current_task()
        assert task is not None
        # Preempted between two chunks, while no wait was there to be cancelled.
        if self._gave_way():
            raise self._superseded()
        # A cancellation of ours and one from outside may come together: ours is taken back by `uncancel`, and
        # only if none is left over does the request end as superseded.
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


@define(frozen=True, slots=True, eq=False)
class _Waiter:
    slot: Slot
    turn: asyncio.Future[None]


class Limiter:
    """Admits up to `limit` requests at once to one endpoint.

    One more may wait. A newer one that has to wait takes the waiting one's place, which ends as
    Superseded; a speculative one never displaces the user's own and is turned away instead. When the
    user's own has to wait while a speculative one runs, the speculative one gives way.
    """

    def __init__(self, limit: int, name: str = "") -> None:
        self._limit = limit
        self._name = name
        self._running: list[Slot] = []
        self._waiter: _Waiter | None = None

    @property
    def running(self) -> int:
        """Requests that hold a slot."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """Requests that wait for one: 0 or 1, since a newer one takes the place of the older."""
        return int(self._waiter is not None)

    @asynccontextmanager
    async def slot(self, *, speculative: bool = False) -> AsyncIterator[Slot]:
        """Hold one of the slots for the length of the block.

        Raises:
            Superseded: a newer request took this one's place while it waited.
        """
        slot = Slot(speculative, self._name)
        # No await in between: whoever finds a free place has it.
        if len(self._running) < self._limit:
            self._running.append(slot)
        else:
            await self._wait(slot)
        try:
            yield slot
        finally:
            self._leave(slot)

    async def _wait(self, slot: Slot) -> None:
        """Returns when `slot` is among the running: whoever leaves has put it there."""
        superseded = Superseded(f"{self._name}: gave way to a newer request.", endpoint=self._name)
        if self._waiter is not None:
            if slot.speculative and not self._waiter.slot.speculative:
                raise superseded
            # The newer one is nearer to what the user sees now.
            self._waiter.turn.cancel()
        # One is enough: a single place is needed.
        if not slot.speculative:
            for running in self._running:
                if running.speculative and not running.preempted:
                    running.preempt()
                    break
        mine = self._waiter = _Waiter(slot, asyncio.get_running_loop().create_future())
        try:
            await mine.turn
        except asyncio.CancelledError:
            # Either this task was cancelled, or only the turn was, by a newer request.
            # `cancelling` counts requests to cancel this task; at 0 only the turn was cancelled.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                if mine.turn.done() and not mine.turn.cancelled():
                    self._leave(slot)  # it had been handed over already
                raise
            raise superseded from None
        finally:
            if self._waiter is mine:
                self._waiter = None

    def _leave(self, slot: Slot) -> None:
        """Hand the place of `slot` to the waiter at once. If the waiter took it only when it runs again, a request that
        comes in between would find a free place too."""
        self._running.remove(slot)
        if self._waiter is not None and not self._waiter.turn.done():
            waiter, self._waiter = self._waiter, None
            self._running.append(waiter.slot)
            waiter.turn.set_result(None)
