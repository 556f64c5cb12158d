"""Signals that end the server."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable


def end_in_order(loop: asyncio.AbstractEventLoop, client_left: Callable[[str], None]) -> None:
    """A polite signal ends the server as a client that leaves does: models stop, counts are written."""
    try:
        loop.add_signal_handler(signal.SIGTERM, client_left, "the server was told to end")
    except (NotImplementedError, RuntimeError, ValueError):  # Windows, or not the main thread
        return
