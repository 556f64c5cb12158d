"""Standard input and output, or one socket, without ever blocking the event loop.

Pipes cannot be waited for on every platform: where they cannot, a thread reads, and where a message does not fit into
the pipe at once, a thread writes. Else the loop does both itself: while other threads are at work, each that a message
passes through has to wait for its turn at the interpreter. Messages are handled one to a turn of the loop, so that a
handler has taken its snapshot before the next message changes the document.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import select
import socket
import stat
import sys
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
_LEFT = "the editor has closed the connection"

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
    room_again: Callable[[], object] = lambda: None
    """Called when there is room after there was none."""
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
                # Told at once, before what came earlier has had its turn: so a
                # cancellation overtakes the request that it is about.
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
        # At half, so that reading does not stop and go at each message.
        if self._bytes <= MAX_WAITING // 2 and not self.room.is_set():
            self.room.set()
            self.room_again()
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


def _kind(pipe: BinaryIO) -> str:
    """What the loop can do itself: "pipe", "socket" (what libuv, and so most editors, give a server instead of pipes),
    or "" where a thread has to."""
    try:
        mode = os.fstat(pipe.fileno()).st_mode
    except (OSError, ValueError):  # not of the operating system, as in tests
        return ""
    if not hasattr(select, "poll"):  # Windows waits for sockets alone, and calls them nothing of the kind
        return ""
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else ""


class _AtOnce:
    """Writes as much as there is room for, without ever waiting. What the pipe is to others who hold it, waiting or
    not, does not change."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._descriptor = -1
        kind = _kind(pipe)
        if sys.platform != "win32" and kind == "socket":
            # Reading and writing of a socket end with its last copy, so it is one of its own.
            self._descriptor = os.dup(pipe.fileno())
        elif sys.platform != "win32" and kind == "pipe":
            try:
                # Opened anew: whether writing waits belongs to what was opened. Linux alone has a way to do that.
                self._descriptor = os.open(f"/proc/self/fd/{pipe.fileno()}", os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                pass
        self._socket = socket.socket(fileno=self._descriptor) if kind == "socket" else None

    def write(self, data: bytes) -> int:
        """How many bytes were written.

        Raises:
            OSError: whoever read is gone.
        """
        try:
            if sys.platform != "win32" and self._socket is not None:
                return self._socket.send(data, socket.MSG_DONTWAIT)
            return os.write(self._descriptor, data) if self._descriptor >= 0 else 0
        except BlockingIOError:
            return 0

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        elif self._descriptor >= 0:
            os.close(self._descriptor)
        self._socket, self._descriptor = None, -1


class PipeWriter:
    """Writes at once what there is room for, and the rest in a thread. Has the two methods that the protocol library
    asks of a writer."""

    def __init__(self, pipe: BinaryIO, gone: Callable[[str], None]) -> None:
        self._pipe = pipe
        self._at_once = _AtOnce(pipe)
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
        why = ""
        with self._lock:
            # Where nothing waits, the thread does nothing, and what is written now is in its order.
            if not self._waiting:
                try:
                    data = data[self._at_once.write(data) :]
                except OSError:
                    why, data = _LEFT, b""
            # Counted before it is queued, under the same lock: the next message
            # must not overtake what the thread still has to write.
            self._waiting += len(data)
            if self._waiting > MAX_WAITING:
                why = "the editor has stopped reading"
        if why:
            self._closed = True
            self._gone(why)
        elif data:
            self._queue.put(data)

    def close(self) -> None:
        self._closed = True
        self._queue.put(None)

    def flush(self, seconds: float) -> None:
        """Wait until all is written, at most so long."""
        self.close()
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while (data := self._queue.get()) is not None:
                self._pipe.write(data)
                self._pipe.flush()
                with self._lock:
                    self._waiting -= len(data)
        except (OSError, ValueError):  # the pipe is broken, or closed on our side
            self._closed = True
            self._gone(_LEFT)
        finally:
            with self._lock:
                self._at_once.close()


def read_pipe(pipe: BinaryIO, inbox: Inbox, ended: Callable[[], None]) -> None:
    """Begin to read `pipe` into the inbox until it ends. `ended` is called on the loop."""
    if _kind(pipe):
        _read_on_the_loop(pipe, inbox, ended)
    else:
        _read_in_a_thread(pipe, inbox, ended)


def _read_on_the_loop(pipe: BinaryIO, inbox: Inbox, ended: Callable[[], None]) -> None:
    loop, framing, descriptor = inbox.loop, Framing(), pipe.fileno()

    def ready() -> None:
        try:
            # What is there, without waiting: the loop says that there is something.
            data = os.read(descriptor, PIECE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(descriptor)
            # Or room in the inbox would begin to read a pipe that has ended.
            inbox.room_again = lambda: None
            inbox.finish(ended)
        elif pieces := list(framing.feed(data)):
            inbox.put(pieces)
            if not inbox.room.is_set():
                # Until `room_again`: what waits in the pipe then holds up the editor, not our memory.
                loop.remove_reader(descriptor)

    def begin() -> None:
        loop.add_reader(descriptor, ready)

    inbox.room_again = begin
    begin()


def _read_in_a_thread(pipe: BinaryIO, inbox: Inbox, ended: Callable[[], None]) -> None:
    loop = inbox.loop

    def post(do: Callable[..., object], *arguments: Any) -> None:
        try:
            loop.call_soon_threadsafe(do, *arguments)
        except RuntimeError:  # the loop is closed: nobody waits any more
            pass

    def run() -> None:
        framing = Framing()
        # `read` would wait until a whole piece is there; `read1` gives what has come.
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
