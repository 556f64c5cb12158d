"""Standard input and output, or one socket, without ever blocking the event loop.

A thread reads and a thread writes: pipes cannot be waited for on every platform. Messages are handled one to a
turn of the loop, so that a handler has taken its snapshot before the next message changes the document.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, BinaryIO, Protocol

from attrs import define, field

from .framing import Broken, Framing, decode

log = logging.getLogger(__name__)

MAX_WAITING = 64 * 1024 * 1024
"""Bytes that may wait in either direction. Reading pauses at that; a client that reads nothing is left."""
PIECE = 256 * 1024

Message = dict[str, Any]


class Handler(Protocol):
    """Who gets the messages."""

    def arrived(self, message: Message) -> None:
        """A message came in; it will be handled in its turn. To look ahead only."""

    def handle(self, message: Message | Broken) -> None: ...


@define(slots=True, eq=False)
class Inbox:
    """Messages in the order they came, one handled in each turn of the event loop."""

    handler: Handler
    loop: asyncio.AbstractEventLoop
    room: threading.Event = field(factory=threading.Event)
    """Cleared while so much waits that reading should pause."""
    _waiting: deque[tuple[Message | Broken | Callable[[], object], int]] = field(factory=deque)
    _bytes: int = 0
    _turning: bool = False

    def __attrs_post_init__(self) -> None:
        self.room.set()

    def put(self, pieces: list[bytes | Broken]) -> None:
        for piece in pieces:
            message = decode(piece) if isinstance(piece, bytes) else piece
            size = len(piece) if isinstance(piece, bytes) else 0
            if not isinstance(message, Broken):
                self.handler.arrived(message)
            self._waiting.append((message, size))
            self._bytes += size
        if self._bytes > MAX_WAITING:
            self.room.clear()
        self._begin()

    def finish(self, ended: Callable[[], object]) -> None:
        """Nothing more will come: call `ended` when all that came is handled."""
        self._waiting.append((ended, 0))
        self._begin()

    def _begin(self) -> None:
        if self._waiting and not self._turning:
            self._turn()

    def _turn(self) -> None:
        message, size = self._waiting.popleft()
        self._bytes -= size
        if self._bytes <= MAX_WAITING // 2:
            self.room.set()
        # Asked for before the handler runs, which may end the loop; run after what the handler has started.
        self._turning = bool(self._waiting)
        try:
            if callable(message):
                message()
            else:
                self.handler.handle(message)
        finally:
            if self._turning:
                self.loop.call_soon(self._turn)


class PipeWriter:
    """Writes in a thread. Has the two methods that the protocol library asks of a writer."""

    def __init__(self, pipe: BinaryIO, gone: Callable[[str], None]) -> None:
        self._pipe = pipe
        self._gone = gone
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="dovetail-write", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        if self._closed:
            return
        with self._lock:
            self._waiting += len(data)
            full = self._waiting > MAX_WAITING
        if full:
            self._closed = True
            self._gone("the editor has stopped reading")
            return
        self._queue.put(data)

    def close(self) -> None:
        self._closed = True
        self._queue.put(None)

    def flush(self, seconds: float) -> None:
        """Wait until all is written, at most so long."""
        self.close()
        self._thread.join(seconds)

    def _run(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                self._pipe.write(data)
                self._pipe.flush()
            except (OSError, ValueError):  # the pipe is broken, or closed on our side
                self._closed = True
                self._gone("the editor has closed the connection")
                return
            with self._lock:
                self._waiting -= len(data)


def read_pipe(pipe: BinaryIO, inbox: Inbox, ended: Callable[[], None]) -> None:
    """Start a thread that reads `pipe` into the inbox until it ends. `ended` is called on the loop."""
    loop = inbox.loop

    def post(do: Callable[..., object], *arguments: Any) -> None:
        try:
            loop.call_soon_threadsafe(do, *arguments)
        except RuntimeError:  # the loop is closed: nobody waits any more
            pass

    def run() -> None:
        framing = Framing()
        read = getattr(pipe, "read1", pipe.read)
        while True:
            inbox.room.wait()
            try:
                data = read(PIECE)
            except (OSError, ValueError):
                data = b""
            if not data:
                break
            if pieces := list(framing.feed(data)):
                post(inbox.put, pieces)
        post(inbox.finish, ended)

    threading.Thread(target=run, name="dovetail-read", daemon=True).start()


async def read_socket(reader: asyncio.StreamReader, inbox: Inbox, framing: Framing) -> None:
    """Read a socket into the inbox until it ends, or until it speaks anything but the base protocol: a web page
    can make a browser send an HTTP request, whose header has a Content-Length too, to any port of this machine.
    `framing` may hold the beginning of a message; it is a strict one."""
    while True:
        try:
            data = await reader.read(PIECE)
        except OSError:
            return
        if not data:
            return
        if pieces := list(framing.feed(data)):
            if any(isinstance(piece, Broken) for piece in pieces):
                log.warning("a connection that does not speak the language server protocol was closed")
                return
            inbox.put(pieces)
        while not inbox.room.is_set():  # noqa: ASYNC110 (the loop is busy with what waits)
            await asyncio.sleep(0)


class SocketWriter:
    """The writing half of a socket, in the shape the protocol library asks for."""

    def __init__(self, stream: asyncio.StreamWriter, gone: Callable[[str], None]) -> None:
        self._stream = stream
        self._gone = gone

    def write(self, data: bytes) -> None:
        if self._stream.transport.get_write_buffer_size() > MAX_WAITING:
            self._stream.transport.abort()
            self._gone("the editor has stopped reading")
        elif not self._stream.is_closing():
            self._stream.write(data)

    def close(self) -> None:
        self._stream.close()
