"""Signals that end the server."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

NAMES = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
"""Told by a service manager, a terminal's Ctrl-C, a terminal or connection that closes, a console of Windows."""


def end_in_order(loop: asyncio.AbstractEventLoop, client_left: Callable[[str], None]) -> None:
    """A polite signal ends the server as a client that leaves does: models stop, counts are written. A second one ends
    it at once."""
    why = "the server was told to end"
    wanted = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    # What is ignored stays so: `nohup` starts programs that are to outlive their terminal.
    taken = [number for number in wanted if signal.getsignal(number) is not signal.SIG_IGN]

    def told() -> None:
        for number in taken:
            with suppress(NotImplementedError):  # as below
                loop.remove_signal_handler(number)
            # The default again, so that a second signal ends a server that hangs while it ends in order.
            signal.signal(number, signal.SIG_DFL)
        client_left(why)

    for number in taken:
        try:
            loop.add_signal_handler(number, told)
        except NotImplementedError:  # Windows' event loop has no signals; the interpreter has
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(told))
        except (RuntimeError, ValueError):
            return  # not the main thread: whoever owns that one owns the signals too
