"""HTTP clients, made when first needed and shared by all endpoints of a process.

httpx is imported here, inside functions, so that importing this package costs nothing while no endpoint is
used.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define

from ._config import Connection
from ._errors import ConfigError

if TYPE_CHECKING:
    import httpx

KEEP_SECONDS = 120.0
"""How long an idle connection is kept. One that the server closed meanwhile is noticed before it is used."""
JUMP_SECONDS = 30.0
"""If the wall clock ran this far from the monotonic clock, the machine slept or its clock was set:
connections from before are taken for dead."""


@define(slots=True)
class _Shared:
    client: Any
    users: int = 0
    retired: bool = False


class HttpPool:
    """One `httpx.AsyncClient` per way of connecting: through the environment's proxies or (loopback)
    without, and per own CA file. System certificates by truststore, HTTP/2 where offered, keep-alive, no
    redirects."""

    def __init__(self) -> None:
        self._clients: dict[tuple[bool, str | None], _Shared] = {}
        self._making = asyncio.Lock()
        self._offset = _offset()

    @asynccontextmanager
    async def lease(self, config: Connection) -> AsyncIterator[httpx.AsyncClient]:
        """A client for `config`. The last user of a retired one closes it.

        Raises:
            ConfigError: the CA file cannot be read.
        """
        shared = await self._get(config)
        shared.users += 1
        try:
            yield shared.client
        finally:
            shared.users -= 1
            if shared.retired and not shared.users:
                await shared.client.aclose()

    async def _get(self, config: Connection) -> _Shared:
        offset = _offset()
        if abs(offset - self._offset) > JUMP_SECONDS:
            self.forget()
        self._offset = offset
        key = (config.local, config.ca_file)
        if (shared := self._clients.get(key)) is None:
            async with self._making:
                if (shared := self._clients.get(key)) is None:
                    # The import and the system's certificates take 0.1 s and more: not on the event loop.
                    client = await asyncio.to_thread(_client, config)
                    shared = self._clients[key] = _Shared(client)
        return shared

    def forget(self, config: Connection | None = None) -> None:
        """Use none of the present connections for new requests: those that `config` uses, or all.

        For after sleep, a change of network, or an answer that never came: a connection that carries several
        requests (HTTP/2) may be dead without anyone having said so, and would let each of them hang.
        """
        for key in [(config.local, config.ca_file)] if config else list(self._clients):
            shared = self._clients.pop(key, None)
            if shared is None:
                continue
            shared.retired = True
            if not shared.users:
                with suppress(RuntimeError):  # no loop running: the process is ending
                    _background(asyncio.get_running_loop().create_task(shared.client.aclose()))

    async def aclose(self) -> None:
        """Close all connections. The pool can be used again afterwards."""
        clients = [shared.client for shared in self._clients.values()]
        self._clients.clear()
        for client in clients:
            await client.aclose()


_tasks: set[asyncio.Task[None]] = set()


def _background(task: asyncio.Task[None]) -> None:
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def _offset() -> float:
    return time.time() - time.monotonic()


def _client(config: Connection) -> httpx.AsyncClient:
    import httpx

    return httpx.AsyncClient(
        verify=_certificates(config),
        http2=True,
        # A request to this machine never goes through a proxy, whatever NO_PROXY says.
        trust_env=not config.local,
        follow_redirects=False,  # would send the key and the user's code to an address they did not name
        timeout=httpx.Timeout(None),  # ours, see `_endpoint`
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=KEEP_SECONDS),
        headers={"User-Agent": "dovetail"},
    )


def _certificates(config: Connection) -> ssl.SSLContext:
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if config.ca_file:
        try:
            context.load_verify_locations(Path(config.ca_file).expanduser())
        except (OSError, ssl.SSLError) as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else "no certificate in it"
            raise ConfigError(
                f"{config.name}: caFile {config.ca_file!r} cannot be used ({what}); it must be a PEM file.",
                endpoint=config.name,
            ) from None
    return context


async def send(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send `request`; the answer's body is not read.

    A kept connection may have died unnoticed (the server closed it at this very moment, the machine slept, the
    network changed). If one breaks before anything was answered, the request is sent once more.
    """
    import httpx

    fresh = False

    async def trace(event: str, _: object) -> None:
        nonlocal fresh
        fresh = fresh or event.startswith("connection.connect_tcp")

    request.extensions["trace"] = trace
    try:
        return await client.send(request, stream=True)
    except (httpx.NetworkError, httpx.RemoteProtocolError):
        if fresh:
            raise
        return await client.send(request, stream=True)


async def hang_up(response: httpx.Response) -> None:
    """Tell the server that the rest of an answer is not wanted.

    Closing a response closes the socket with HTTP/1.1. With HTTP/2 the connection carries other answers
    too, and httpcore closes a stream without telling the server, which then goes on generating. So the
    stream is reset, and if that is not possible, the connection closed.
    """
    if response.http_version != "HTTP/2":
        await response.aclose()
        return
    stream_id = response.extensions.get("stream_id")
    connection = _http2_connection(response)
    try:
        connection._h2_state.reset_stream(stream_id, error_code=8)  # CANCEL
        await connection._write_outgoing_data(response.request)
    except Exception:  # whatever went wrong, the socket is ours to close
        with suppress(Exception):
            await response.extensions["network_stream"].aclose()
    await response.aclose()


def _http2_connection(response: httpx.Response) -> Any:
    """httpcore's connection below `response`: the chain of streams is followed down to it."""
    stream: Any = response.stream
    for _ in range(8):
        if (connection := getattr(stream, "_connection", None)) is not None:
            return connection
        stream = getattr(stream, "_stream", None) or getattr(stream, "_httpcore_stream", None)
    return None
