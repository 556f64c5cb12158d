"""What waits in either direction is bounded: reading pauses, and an editor that reads nothing is left."""

from __future__ import annotations

import asyncio
import io
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

import pytest

from dovetail.server.lsp import transport
from dovetail.server.lsp.framing import Framing
from dovetail.server.lsp.transport import Inbox, PipeWriter, SocketWriter, read_pipe, read_socket

BOUND = 10_000
WAIT_S = 30.0


@pytest.fixture(autouse=True)
def bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_WAITING", BOUND)


class Handler:
    """Notes the numbers of the messages, and whether there was room when each was handled."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.room: list[bool] = []
        self.ahead: list[int] = []
        self.inbox: Inbox | None = None
        self.came = 0

    def arrived(self, message: Any) -> None:
        self.came += 1

    def handle(self, message: Any) -> None:
        self.numbers.append(message["id"])
        self.ahead.append(self.came - len(self.numbers))
        if self.inbox is not None:
            self.room.append(self.inbox.room.is_set())


def body(number: int) -> bytes:
    """A message of about 1,000 bytes."""
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "x", "params": "y" * 940}).encode()


def framed(number: int) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body(number)) + body(number)


async def test_room_goes_at_the_bound_and_comes_back_at_half_of_it() -> None:
    handler = Handler()
    inbox = handler.inbox = Inbox(handler, asyncio.get_running_loop())
    inbox.put([body(n) for n in range(5)])
    assert inbox.room.is_set()
    inbox.put([body(n) for n in range(5, 20)])
    assert not inbox.room.is_set()
    done = asyncio.Event()
    inbox.finish(done.set)
    await asyncio.wait_for(done.wait(), WAIT_S)
    assert handler.numbers == list(range(20))
    paused = handler.room.index(False)
    again = handler.room.index(True, paused)
    left = 20 - again - 1
    assert 0 < left * len(body(0)) <= BOUND // 2 and all(handler.room[again:])


async def test_a_pipe_is_not_read_while_there_is_no_room() -> None:
    """Until there is; then all of it comes, in order."""
    asked = threading.Event()
    reads: list[bool] = []

    class Room(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            asked.set()
            return super().wait(timeout)

    room = Room()

    class Pipe(io.BytesIO):
        def read1(self, size: int | None = -1) -> bytes:
            reads.append(room.is_set())
            return super().read1(1000)

    handler, ended = Handler(), asyncio.Event()
    inbox = Inbox(handler, asyncio.get_running_loop(), room)
    room.clear()
    read_pipe(Pipe(b"".join(framed(n) for n in range(3))), inbox, ended.set)
    assert await asyncio.to_thread(asked.wait, WAIT_S)
    assert not reads
    room.set()
    await asyncio.wait_for(ended.wait(), WAIT_S)
    assert handler.numbers == [0, 1, 2]


async def test_a_socket_is_not_read_far_ahead_of_what_is_handled(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much lies ready."""
    monkeypatch.setattr(transport, "PIECE", 2_000)
    handler = Handler()
    reader = asyncio.StreamReader()
    reader.feed_data(b"".join(framed(n) for n in range(100)))
    reader.feed_eof()
    inbox = Inbox(handler, asyncio.get_running_loop())
    await asyncio.wait_for(read_socket(reader, inbox, Framing()), WAIT_S)
    done = asyncio.Event()
    inbox.finish(done.set)
    await asyncio.wait_for(done.wait(), WAIT_S)
    assert handler.numbers == list(range(100))
    assert 2 < max(handler.ahead) * len(body(0)) <= BOUND + 2 * transport.PIECE


def test_an_editor_that_reads_nothing_from_its_pipe_is_left() -> None:
    """And is told nothing more."""
    open_again, written, left = threading.Event(), [], []

    class Stuck(io.BytesIO):
        def write(self, data: Any) -> int:
            open_again.wait(WAIT_S)
            written.append(len(data))
            return len(data)

    writer = PipeWriter(Stuck(), left.append)
    try:
        for _ in range(BOUND // 1000):
            writer.write(b"x" * 1000)
        assert left == []
        for _ in range(5):
            writer.write(b"x" * 1000)
        assert left == ["the editor has stopped reading"]
    finally:
        open_again.set()
        writer.flush(WAIT_S)
    assert sum(written) == BOUND


async def test_an_editor_that_reads_nothing_from_its_socket_is_left() -> None:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        _, stream = await asyncio.open_connection(sock=ours)
        left: list[str] = []
        writer = SocketWriter(stream, left.append)
        for _ in range(1000):
            writer.write(b"x" * 100_000)
            if left:
                break
        assert left == ["the editor has stopped reading"]
        assert stream.transport.is_closing()


@pytest.fixture(params=["pipe", "socket"])
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """What is read from and what is written to, as an editor makes them for a server: pipes or a pair of sockets."""
    if sys.platform == "win32":
        pytest.skip("the loop cannot wait for pipes here")
    else:
        if request.param == "pipe":
            descriptors = os.pipe()
        else:
            one, other = socket.socketpair()
            descriptors = one.detach(), other.detach()
        with os.fdopen(descriptors[0], "rb") as out, os.fdopen(descriptors[1], "wb") as into:
            yield out, into


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


async def test_the_loop_reads_what_it_can_wait_for(ends: tuple[BinaryIO, BinaryIO]) -> None:
    """No thread does; reading pauses at the bound, goes on, and ends once."""
    out, into = ends
    handler = Handler()
    over: list[bool] = []
    inbox = handler.inbox = Inbox(handler, asyncio.get_running_loop())
    ended = asyncio.Event()

    def end() -> None:
        over.append(True)
        ended.set()

    read_pipe(out, inbox, end)
    assert "dovetail-read" not in threads()

    def send() -> None:
        for number in range(200):
            into.write(framed(number))
            into.flush()
        into.close()

    await asyncio.gather(asyncio.to_thread(send), asyncio.wait_for(ended.wait(), WAIT_S))
    await asyncio.sleep(0)
    assert handler.numbers == list(range(200))
    assert over == [True]
    assert max(handler.ahead) * len(body(0)) <= BOUND + transport.PIECE


def test_what_there_is_room_for_is_written_at_once_and_the_rest_in_its_order(
    ends: tuple[BinaryIO, BinaryIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_WAITING", 4_000_000)
    out, into = ends
    left: list[str] = []
    writer = PipeWriter(into, left.append)
    first = b"0" * 100
    writer.write(first)
    if sys.platform == "linux":
        # Nobody has waited for the thread: it is there already.
        assert os.read(out.fileno(), 1000) == first
    else:
        assert out.read(len(first)) == first
    pieces = [bytes([65 + n % 26]) * size for n, size in enumerate([10, 500_000, 3, 70_000, 4_096, 1] * 3)]
    for piece in pieces:
        writer.write(piece)
    came = out.read(sum(map(len, pieces)))
    assert came == b"".join(pieces)
    writer.flush(WAIT_S)
    into.close()
    assert out.read() == b""
    assert left == []


def test_an_editor_that_closed_its_end_is_left_at_once(ends: tuple[BinaryIO, BinaryIO]) -> None:
    out, into = ends
    left: list[str] = []
    writer = PipeWriter(into, left.append)
    out.close()
    writer.write(b"x" * 100)
    writer.write(b"x" * 100)
    writer.flush(WAIT_S)
    assert left == ["the editor has closed the connection"]
    with suppress(OSError):
        into.close()
