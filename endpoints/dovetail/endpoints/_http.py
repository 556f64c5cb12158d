"""HTTP clients, made when first needed and shared by all endpoints of a process.

httpx is imported here, inside functions, so that importing this package costs nothing while no endpoint is
used.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
import stat
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define

from ._config import Connection
from ._errors import BadAnswer, ConfigError
from ._proxies import Proxy, proxy_for

if TYPE_CHECKING:
    import httpx

KEEP_SECONDS = 120.0
"""How long an idle connection is kept. One that the server closed meanwhile is noticed before it is used."""
KEPT = 16
"""Idle connections that are kept."""
MAX_ERROR_BYTES = 64 * 1024
READ_BYTES = 16 * 1024
"""Bytes that are taken from a connection at once. What is in them is looked at in one go, and a server may send a
status line in 25 bytes and a part of an answer in six."""
TURN_SECONDS = 0.01
"""How long the parts of one answer may hold the event loop."""
JUMP_SECONDS = 30.0
"""If the wall clock ran this far from the monotonic clock, the machine slept or its clock was set:
connections from before are taken for dead."""


_Way = tuple[Proxy | None, str | None, str | None, str | None]
"""What makes two connections different: the proxy, the user's CA file, the client's certificate and key."""


@define(slots=True)
class _Shared:
    client: Any
    users: int = 0
    retired: bool = False


class HttpPool:
    """One `httpx.AsyncClient` per way of connecting: through one of the environment's proxies or (loopback) without,
    and per own CA file and client certificate. System certificates by truststore, HTTP/2 where offered, keep-alive, no
    redirects, no cookies, nothing compressed."""

    def __init__(self) -> None:
        self._clients: dict[_Way, _Shared] = {}
        self._making = asyncio.Lock()
        self._offset = _offset()

    @asynccontextmanager
    async def lease(self, config: Connection) -> AsyncIterator[httpx.AsyncClient]:
        """A client for `config`. The last user of a retired one closes it.

        Raises:
            ConfigError: a certificate cannot be read, or the proxy that the environment names cannot be used.
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
        # The wall clock goes on in sleep and the monotonic one may not: a jump between them means that the
        # machine slept.
        if abs(offset - self._offset) > JUMP_SECONDS:
            self.forget()
        self._offset = offset
        key = _way(config)
        if (shared := self._clients.get(key)) is None:
            # Checked again inside: another request may have made the client while this one waited.
            async with self._making:
                if (shared := self._clients.get(key)) is None:
                    # The import and the system's certificates take 0.1 s and more: not on the event loop.
                    client = await asyncio.to_thread(_client, config, key[0])
                    shared = self._clients[key] = _Shared(client)
        return shared

    def forget(self, config: Connection | None = None) -> None:
        """Use none of the present connections for new requests: those that `config` uses, or all.

        For after sleep, a change of network, or an answer that never came: a connection that carries several
        requests (HTTP/2) may be dead without anyone having said so, and would let each of them hang.
        """
        for key in [_way(config)] if config else list(self._clients):
            shared = self._clients.pop(key, None)
            if shared is None:
                continue
            # Requests under way keep their client; the last of them closes it.
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


def proxy_of(config: Connection) -> Proxy | None:
    """The proxy between here and the server. A request to this machine never goes through one.

    Raises:
        ConfigError: the environment names one that cannot be used.
    """
    return None if config.local else proxy_for(config.url, config.name)


def _way(config: Connection) -> _Way:
    return proxy_of(config), config.ca_file, config.client_cert, config.client_key


def _client(config: Connection, proxy: Proxy | None) -> httpx.AsyncClient:
    import httpcore
    import httpx

    httpcore.AsyncHTTP11Connection.READ_NUM_BYTES = READ_BYTES
    return httpx.AsyncClient(
        verify=_certificates(config),
        http2=True,
        trust_env=False,  # the environment was read by `proxy_of`
        proxy=proxy.url if proxy else None,
        # A cookie would let an endpoint follow a user through the life of the process.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        event_hooks={"request": [_strip], "response": [_guard]},
        follow_redirects=False,  # would send the key and the user's code to an address they did not name
        timeout=httpx.Timeout(None),  # ours, see `_channel`
        limits=httpx.Limits(
            max_connections=64, max_keepalive_connections=KEPT, keepalive_expiry=KEEP_SECONDS
        ),
        headers={"User-Agent": "dovetail"},
    )


async def _strip(request: httpx.Request) -> None:
    """What the `openai` package says of itself and of this machine goes to nobody."""
    for name in [name for name in request.headers if name.startswith("x-stainless-")]:
        del request.headers[name]


async def _guard(response: httpx.Response) -> None:
    """Called for each answer before its body is read. A few kilobytes of gzip become gigabytes before anyone can count
    them, and every request of ours asks for none. Of an error no more is read than can be of use."""
    # Every request says `Accept-Encoding: identity`, so a server that compresses all the same is at fault.
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity"):
        raise BadAnswer("sent a compressed answer although none was asked for")
    if response.status_code >= 400:
        response.stream = _bounded(response.stream)
    response.stream = _in_turns(response.stream)
    # HTTP/2 has frames: nothing can stand behind an answer there that would pass for another one.
    if response.http_version != "HTTP/2":
        response.stream = _alone(response.stream)


def _alone(stream: Any) -> Any:
    """`stream`, its connection being used no more where something stands behind the answer: httpcore would take that
    for the answer to the next request (which is how answers are smuggled in through a gateway)."""
    import httpx

    class Alone(httpx.AsyncByteStream):
        _stream = stream  # where `_connection_below` looks for it

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for part in stream:
                yield part

        async def aclose(self) -> None:
            # A private name of httpcore; what it holds is h11's, whose names are public.
            state = getattr(_connection_below(stream), "_h11_state", None)
            if state is not None and state.trailing_data[0]:
                state.send_failed()  # an errored connection is closed with its answer
            await stream.aclose()

    return Alone()


def _in_turns(stream: Any) -> Any:
    """`stream`, whose parts let others have their turn, however many of them are there already: thousands can be, of a
    byte each, and neither a deadline nor anybody else would come to pass before the last."""
    import httpx

    class InTurns(httpx.AsyncByteStream):
        _stream = stream  # where `_connection_below` looks for it

        async def __aiter__(self) -> AsyncIterator[bytes]:
            turn = time.monotonic()
            async for part in stream:
                if time.monotonic() - turn > TURN_SECONDS:
                    await asyncio.sleep(0)
                    turn = time.monotonic()
                yield part

        async def aclose(self) -> None:
            await stream.aclose()

    return InTurns()


def _bounded(stream: Any) -> Any:
    """`stream` until `MAX_ERROR_BYTES`; what comes after is not read, and its connection not used again."""
    import httpx

    class Bounded(httpx.AsyncByteStream):
        _stream = stream  # where `_connection_below` looks for it

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = MAX_ERROR_BYTES
            async for part in stream:
                yield part[:left]
                left -= len(part)
                if left <= 0:
                    return

        async def aclose(self) -> None:
            await stream.aclose()

    return Bounded()


def _certificates(config: Connection) -> ssl.SSLContext:
    import truststore

    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if config.ca_file:
        try:
            context.load_verify_locations(_regular(config.ca_file))
        except (OSError, ssl.SSLError) as error:
            what = error.strerror if isinstance(error, OSError) and error.strerror else "no certificate in it"
            raise ConfigError(
                f"{config.name}: caFile {config.ca_file!r} cannot be used ({what}); it must be a PEM file.",
                endpoint=config.name,
            ) from None
    if config.client_cert:
        _load_client_certificate(context, config)
    return context


def _regular(path: str) -> Path:
    """The file of a setting. A pipe or a device would be read for as long as nobody writes to it.

    Raises:
        OSError: it is not there, or no regular file.
    """
    file = Path(path).expanduser()
    if not stat.S_ISREG(file.stat().st_mode):
        raise OSError(errno.EINVAL, "not a regular file", path)
    return file


def _load_client_certificate(context: ssl.SSLContext, config: Connection) -> None:
    def no_passphrase() -> str:
        raise ssl.SSLError("the key has a passphrase")  # nobody is there who could type it

    try:
        assert config.client_cert
        key = _regular(config.client_key) if config.client_key else None
        context.load_cert_chain(_regular(config.client_cert), key, no_passphrase)
    except (OSError, ssl.SSLError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(
            f"{config.name}: clientCert {config.client_cert!r} cannot be used ({what}); it must be a PEM file with the "
            "certificate, and with its key (without a passphrase) unless clientKey names that.",
            endpoint=config.name,
        ) from None


async def send(client: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """Send `request`; the answer's body is not read.

    A kept connection may have died unnoticed (the server closed it at this very moment, the machine slept, the
    network changed). If one breaks before anything was answered, the request is sent once more; several may have
    died together, so that the next one breaks too, until a connection is made for this request.
    """
    import httpx

    fresh = lives_on = False
    broken = 0

    # httpcore tells whether it opened a connection for this request or took a kept one.
    async def trace(event: str, _: object) -> None:
        nonlocal fresh, lives_on
        fresh = fresh or event.startswith("connection.connect_tcp")
        lives_on = lives_on or event.startswith("http2.")

    request.extensions["trace"] = trace
    while True:
        try:
            return await client.send(request, stream=True)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            # A connection that was made for this very request cannot have died before: then it is the server's
            # doing. One of HTTP/1.1 that broke is kept no longer; with HTTP/2 the next try may meet it again.
            broken += 1
            if fresh or broken > (1 if lives_on else KEPT):
                raise


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
    connection = _connection_below(response.stream)
    try:
        # Private names of httpcore, by which alone a single stream can be reset; whatever fails, the socket
        # is closed.
        connection._h2_state.reset_stream(stream_id, error_code=8)  # CANCEL
        await connection._write_outgoing_data(response.request)
    except Exception:  # whatever went wrong, the socket is ours to close
        with suppress(Exception):
            await response.extensions["network_stream"].aclose()
    await response.aclose()


def _connection_below(stream: Any) -> Any:
    """httpcore's connection below the stream of an answer: the chain of streams is followed down to it."""
    for _ in range(8):
        if (connection := getattr(stream, "_connection", None)) is not None:
            return connection
        stream = getattr(stream, "_stream", None) or getattr(stream, "_httpcore_stream", None)
    return None
