"""A polite signal ends the server in order, also where the event loop has no signals of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.lsp.signals import NAMES, end_in_order

HERE = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]


@pytest.fixture
def kept() -> Iterator[None]:
    """The handlers of this process as they were."""
    before = [(number, signal.getsignal(number)) for number in HERE]
    yield
    for number, handler in before:
        signal.signal(number, handler)


async def test_where_the_loop_has_no_signals_the_interpreter_tells(monkeypatch: Any, kept: None) -> None:
    loop = asyncio.get_running_loop()
    left: asyncio.Future[str] = loop.create_future()

    def none(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(loop, "add_signal_handler", none)
    monkeypatch.setattr(loop, "remove_signal_handler", none)
    end_in_order(loop, left.set_result)
    os.kill(os.getpid(), signal.SIGTERM)
    assert await asyncio.wait_for(left, 30) == "the server was told to end"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, "a second one ends it at once"


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent these there")
async def test_what_is_ignored_stays_so(kept: None) -> None:
    """`nohup` has a server outlive its terminal."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    loop = asyncio.get_running_loop()
    left: asyncio.Future[str] = loop.create_future()
    end_in_order(loop, left.set_result)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    os.kill(os.getpid(), signal.SIGINT)
    assert await asyncio.wait_for(left, 30)


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be sent these there")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_server_that_is_told_to_end_says_so_and_closes(tmp_path: Path, name: str) -> None:
    """Not in the middle of what it does: a terminal that closes ended it without a word."""
    hello = b'{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}}'
    with subprocess.Popen(
        [sys.executable, "-m", "dovetail.cli", "serve", "--stdio"],
        env={**os.environ, "DOVETAIL_HOME": str(tmp_path)}, cwd=tmp_path,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),  # also where the tests run under nohup
    ) as server:  # fmt: skip
        assert server.stdin is not None and server.stdout is not None and server.stderr is not None
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(hello), hello))
        server.stdin.flush()
        assert server.stdout.readline().startswith(b"Content-Length")
        server.send_signal(getattr(signal, name))
        assert b"told to end" in server.stderr.read()
        assert server.wait(60) == 1
