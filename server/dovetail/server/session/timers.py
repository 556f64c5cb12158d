"""Work beside the handlers: tasks whose failures are logged, and what waits for its time. On the event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol

from attrs import define, field

log = logging.getLogger(__name__)


class Cancellable(Protocol):
    """What waits for its time."""

    def cancel(self) -> None: ...


def _call_later(seconds: float, do: Callable[[], None]) -> Cancellable:
    # In a context of its own: that of the request which asked for it would keep the request, and with it the texts of
    # that time, in memory until then. Ten minutes of somebody typing fast are thousands of them.
    return asyncio.get_running_loop().call_later(seconds, do, context=Context())


@define(slots=True, eq=False)
class Timers:
    """Tasks and timers that end with the session."""

    call_later: Callable[[float, Callable[[], None]], Cancellable] = field(default=_call_later)
    """Call something after so many seconds; untracked. Tests put their own clock here."""
    tasks: set[asyncio.Task[Any]] = field(factory=set)
    _waiting: set[Cancellable] = field(factory=set)

    def spawn(self, work: Any) -> None:
        """Run a coroutine beside the handlers; its failure is logged, never lost."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)

        def ended(task: asyncio.Task[Any]) -> None:
            self.tasks.discard(task)
            # Read here; asyncio would report it only when the task is collected, if at all.
            if not task.cancelled() and (error := task.exception()) is not None:
                log.error("background work failed", exc_info=error)

        task.add_done_callback(ended)

    def later(self, seconds: float, do: Callable[[], None]) -> None:
        """Call something after so many seconds, unless the session ends before."""

        def run() -> None:
            self._waiting.discard(handle)
            do()

        handle = self.call_later(seconds, run)
        self._waiting.add(handle)

    def close(self) -> None:
        """End all of it."""
        for handle in self._waiting:
            handle.cancel()
        for task in list(self.tasks):
            task.cancel()
