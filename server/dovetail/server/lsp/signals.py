"""Signals that end a process that serves: from its first line on, and in order once it runs.

Nothing is imported here that the interpreter's start has not nearly loaded anyway: it stands before everything else.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
"""Told by a service manager, a terminal's Ctrl-C, a terminal or connection that closes, a console of Windows."""
EARLY = b"dovetail: told to end before anything had begun\n"


def exit_code(number: int) -> int:
    """How shells tell that a signal ended a process."""
    return 128 + number


def _taken() -> list[int]:
    """The signals that this process ends for. What is ignored stays so: `nohup` starts programs that are to outlive
    their terminal."""
    wanted = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    return [number for number in wanted if signal.getsignal(number) is not signal.SIG_IGN]


def end_early(code: Callable[[int], int] = exit_code) -> None:
    """Until the event loop takes over, a polite signal ends the process with an exit code that is documented, instead
    of killing it or drawing a traceback out of whatever is being imported. There is nothing to put in order yet.

    Args:
        code: the exit code, from the signal's number.
    """

    def told(number: int, _frame: object) -> None:
        with suppress(OSError):
            os.write(2, EARLY)
        os._exit(code(number))

    for number in _taken():
        try:
            signal.signal(number, told)
        except ValueError:
            return  # not the main thread: whoever owns that one owns the signals too


def on_signals(loop: asyncio.AbstractEventLoop, end: Callable[[int], object]) -> None:
    """The first polite signal has `end` called on the loop, with its number. A second one ends the process at once, so
    that one which hangs while it ends in order can still be ended."""
    taken = _taken()

    def told(number: int) -> None:
        for one in taken:
            with suppress(NotImplementedError):  # as below
                loop.remove_signal_handler(one)
            signal.signal(one, signal.SIG_DFL)
        end(number)

    for number in taken:
        try:
            loop.add_signal_handler(number, told, number)
        except NotImplementedError:  # Windows' event loop has no signals; the interpreter has
            signal.signal(number, lambda number, _: loop.call_soon_threadsafe(told, number))
        except (RuntimeError, ValueError):
            return  # not the main thread: whoever owns that one owns the signals too


def end_in_order(loop: asyncio.AbstractEventLoop, client_left: Callable[[str], None]) -> None:
    """A polite signal ends the server as a client that leaves does: models stop, counts are written."""
    on_signals(loop, lambda _: client_left("the server was told to end"))
