"""Signals that end the server."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


def end_in_order(loop: asyncio.AbstractEventLoop, client_left: Callable[[str], None]) -> None:
    """A polite signal ends the server as a client that leaves does: models stop, counts are written."""
    why = "the server was told to end"
    try:
        loop.add_signal_handler(signal.SIGTERM, client_left, why)
    except NotImplementedError:  # Windows' event loop has no signals; the interpreter has
        signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(client_left, why))
    except (RuntimeError, ValueError):
        return  # not the main thread: whoever owns that one owns the signals too
