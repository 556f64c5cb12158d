"""Single-flight: work that several requests wait for and none may cancel, such as probing a server or asking a
command for a key.

While someone types, each key cancels the request before it. Work that belonged to a request would begin anew with
each key and never end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Runs a coroutine as a task of its own; whoever asks meanwhile waits for the same one."""

    def __init__(self) -> None:
        self._task: asyncio.Task[T] | None = None

    async def get(self, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `start()` gives, begun now if it is not under way. Cancelling this does not cancel that."""
        task = self._task
        if task is None or task.done():
            task = self._task = asyncio.create_task(start())
            task.add_done_callback(_retrieved)
        return await asyncio.shield(task)

    async def cancel(self) -> None:
        """End the work, if it is under way."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task])


def _retrieved(task: asyncio.Task[T]) -> None:
    """An error that no one waits for any more is not worth a warning in the log: the next request asks again."""
    if not task.cancelled():
        task.exception()
