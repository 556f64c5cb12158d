"""An event loop whose clock jumps to the next timer instead of waiting: minutes of typing in a second, and the
same each time. Work in threads is real and waited for while the clock stands still."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or (timeout > 0 and self.loop.at_work):
            return super().select(None)
        ready = super().select(0)
        if not ready and timeout > 0:
            self.loop.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` is virtual; it starts at 1000 s."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.at_work = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.now

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        future = super().run_in_executor(executor, func, *args)
        self.at_work += 1

        def ended(_: object) -> None:
            self.at_work -= 1

        future.add_done_callback(ended)
        return future


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on a loop of its own in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
