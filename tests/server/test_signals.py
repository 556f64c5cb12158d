"""A polite signal ends the server in order, also where the event loop has no signals of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

from dovetail.server.lsp.signals import end_in_order


async def test_where_the_loop_has_no_signals_the_interpreter_tells(monkeypatch: Any) -> None:
    loop = asyncio.get_running_loop()
    left: asyncio.Future[str] = loop.create_future()

    def none(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(loop, "add_signal_handler", none)
    before = signal.getsignal(signal.SIGTERM)
    try:
        end_in_order(loop, left.set_result)
        os.kill(os.getpid(), signal.SIGTERM)
        assert await asyncio.wait_for(left, 30) == "the server was told to end"
    finally:
        signal.signal(signal.SIGTERM, before)
