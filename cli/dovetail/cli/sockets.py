"""`dovetail serve` on a socket: one client, and only one that may.

Whoever reaches the socket can have commands of the settings run as its user. A socket file has the user's permissions;
a port of loopback has none, so there a client must bring the token that the server prints: as
`initializationOptions.token`, or as the first line, before the protocol. Connections that bring nothing hold no
place: the place is taken by the first that says a good `initialize`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
import secrets
import sys
from typing import TYPE_CHECKING, Any

from attrs import define, field

from dovetail.server.lsp.defects import watch_loop
from dovetail.server.lsp.framing import Broken, Framing, decode, encode
from dovetail.server.lsp.signals import end_in_order
from dovetail.server.lsp.transport import PIECE, Inbox, SocketWriter, read_socket

from .address import Address
from .terminal import say

if TYPE_CHECKING:
    from dovetail.server.app import App

log = logging.getLogger(__name__)

MOST_WAITING = 16
"""Connections that have not said a good `initialize`; the oldest gives way."""
PATIENCE_S = 60.0
"""How long such a one is waited for, in seconds."""
NO_SOCKET_FILES = "socket files are not used on Windows"
MOST_BYTES = 4 * 1024 * 1024
"""How much it may send."""
REFUSED = -32600
NOT_INITIALIZED = -32002


@define(slots=True, eq=False)
class Door:
    """Lets one client in."""

    app: App
    token: str = ""
    """What the client must bring; '' where the socket itself keeps others out."""
    _taken: bool = False
    _waiting: list[asyncio.StreamWriter] = field(factory=list)

    async def knocked(self, reader: asyncio.StreamReader, stream: asyncio.StreamWriter) -> None:
        """A connection was made."""
        # The first with the token has the server; others are turned away before anything is read.
        if self._taken:
            log.warning("a second client was turned away: a server serves one")
            stream.close()
            return
        # Too many that say nothing: the oldest goes, so that a real client still gets in.
        self._waiting.append(stream)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.pop(0).close()
        try:
            async with asyncio.timeout(PATIENCE_S):
                let_in = await self._listen(reader, stream)
        except (TimeoutError, OSError):
            let_in = None
        finally:
            if stream in self._waiting:
                self._waiting.remove(stream)
        # Two may have passed at once; the first to get here is it.
        if let_in is None or self._taken:
            stream.close()
            return
        # From here on nobody else gets in, and who still waits is sent away.
        self._taken = True
        for other in self._waiting:
            other.close()
        await self._serve(reader, stream, let_in)

    async def _listen(self, reader: asyncio.StreamReader, stream: asyncio.StreamWriter) -> list[Any] | None:
        """What came up to and with a good `initialize`; None where the connection is to be closed."""
        good = not self.token
        data = b""
        if not good:  # a first line that is the token?
            wanted = self.token.encode()
            # Read on only while it may still be the token, so that a client without one does not wait for its
            # line end.
            while (
                len(data) <= len(wanted) + 2 and b"\n" not in data and wanted.startswith(data[: len(wanted)])
            ):
                more = await reader.read(PIECE)
                if not more:
                    return None
                data += more
            line, newline, rest = data.partition(b"\n")
            # In constant time: how long a comparison takes must not tell how much of the token was right.
            if newline and hmac.compare_digest(line.strip(), wanted):
                good, data = True, rest
        framing, size = Framing(strict=True), 0
        while True:
            pieces = list(framing.feed(data)) if data else []
            for number, piece in enumerate(pieces):
                if isinstance(piece, Broken):
                    log.warning("a connection that does not speak the language server protocol was closed")
                    return None
                message = decode(piece)
                if isinstance(message, Broken):
                    return None
                # Requests before `initialize` are answered as the specification says; notifications are
                # dropped.
                if message.get("method") != "initialize":
                    if "id" in message:
                        self._refuse(
                            stream, message["id"], NOT_INITIALIZED, "the server is not initialized yet"
                        )
                    continue
                if good or self._brings_token(message):
                    # What came with it goes along: nothing that was read is read again.
                    return [framing, pieces[number:]]
                text = (
                    "the token that dovetail serve printed is missing or wrong (initializationOptions.token)"
                )
                self._refuse(stream, message.get("id"), REFUSED, text)
                log.warning("a client without the token was turned away")
                await stream.drain()
                return None
            # Bounded before anybody has said who they are.
            size += len(data)
            if size > MOST_BYTES:
                return None
            data = await reader.read(PIECE)
            if not data:
                return None

    def _brings_token(self, message: dict[str, Any]) -> bool:
        params = message.get("params")
        options = params.get("initializationOptions") if isinstance(params, dict) else None
        brought = options.get("token") if isinstance(options, dict) else None
        return isinstance(brought, str) and hmac.compare_digest(
            brought.encode("utf-8", "surrogatepass"), self.token.encode()
        )

    @staticmethod
    def _refuse(stream: asyncio.StreamWriter, identifier: Any, code: int, text: str) -> None:
        error = {"code": code, "message": text}
        stream.write(encode({"jsonrpc": "2.0", "id": identifier, "error": error}, repr))

    async def _serve(
        self, reader: asyncio.StreamReader, stream: asyncio.StreamWriter, come: list[Any]
    ) -> None:
        server = self.app.server
        server.protocol.set_writer(SocketWriter(stream, server.client_left))
        inbox = Inbox(server.protocol, asyncio.get_running_loop())
        framing, pieces = come
        inbox.put(pieces)
        await read_socket(reader, inbox, framing)
        inbox.finish(lambda: server.client_left("the editor has closed the connection"))


def run_socket(app: App, address: Address) -> None:
    """Serve one client that connects, until it leaves. Says on standard error where it listens.

    Raises:
        OSError: the address cannot be listened on.
    """

    async def run() -> None:
        loop = asyncio.get_running_loop()
        app.alone = True
        watch_loop(loop)
        end_in_order(loop, app.server.client_left)
        # A port can be reached by every user and every web page of this machine; a socket file by its user
        # alone.
        door = Door(app, secrets.token_urlsafe(24) if address.kind == "--tcp" else "")
        listener: asyncio.AbstractServer | None = None
        if address.kind == "--pipe":
            reader, stream = await _connect(address.path)
            # The client listens here, so there is one connection, and its end is the end of the server.
            app_task = loop.create_task(door.knocked(reader, stream))
            app_task.add_done_callback(
                lambda _: app.server.client_left("the editor has closed the connection")
            )
        elif address.kind == "--socket":
            listener = await _listen_on_file(door, address.path)
            say(f"listening on {address.path}", err=True, flush=True)
        else:
            made = await asyncio.start_server(door.knocked, address.host, address.port)
            listener = made
            for socket in made.sockets:
                name = socket.getsockname()
                say(f"listening on {name[0]}:{name[1]}", err=True, flush=True)
            say(f"token {door.token}", err=True, flush=True)
        await app.server.left.wait()
        await app.close()
        if app.server.protocol.writer is not None:
            app.server.protocol.writer.close()
        await asyncio.sleep(0)
        if listener is not None:
            listener.close()
        if address.kind == "--socket":
            with contextlib.suppress(OSError):
                os.unlink(address.path)

    asyncio.new_event_loop().run_until_complete(run())


async def _connect(path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if sys.platform == "win32":
        raise OSError(NO_SOCKET_FILES)
    else:
        return await asyncio.open_unix_connection(path)


async def _listen_on_file(door: Door, path: str) -> asyncio.AbstractServer:
    """Listen on a socket file that only its user may open. One that a dead server left is replaced.

    Raises:
        OSError: something else stands there, or a server listens there.
    """
    if os.path.lexists(path):
        import stat

        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise FileExistsError(17, "a file that is no socket stands there", path)
        try:
            # Whether anybody listens: a file that a killed server left refuses at once.
            _, stream = await _connect(path)
        except OSError:
            os.unlink(path)
        else:
            stream.close()
            raise FileExistsError(98, "another server listens there", path)
    if sys.platform == "win32":
        raise OSError(NO_SOCKET_FILES)
    else:
        # The file must be closed to others from its first moment; a `chmod` afterwards would be too late.
        before = os.umask(0o177)
        try:
            return await asyncio.start_unix_server(door.knocked, path)
        finally:
            os.umask(before)
