"""Certificates, proxies, HTTP/2."""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
import trustme
from scripted import REQUEST, Request, Wire, collect, said, text_of

from dovetail.endpoints import Broken, ConfigError, Endpoint, Timeout, Timeouts, Unreachable
from dovetail.endpoints.chat import ChatConfig, stream_chat

MakeEndpoint = Callable[..., Endpoint]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "own-ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_tls(authority: trustme.CA, *protocols: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context


async def good(_: Request, wire: Wire) -> bool:
    return await wire.answer(200, said("good", "stop") + "data: [DONE]\n\n", "text/event-stream")


async def test_an_own_ca_is_trusted_where_it_is_named(
    endpoint: MakeEndpoint, serve: Any, authority: trustme.CA, ca_file: str
) -> None:
    server = await serve(good, tls=server_tls(authority))
    with pytest.raises(Unreachable, match=r"certificate of https://localhost:\d+.* is not trusted.*caFile"):
        await collect(endpoint(server.url).stream(REQUEST))
    assert not server.requests
    chunks = await collect(endpoint(server.url, ca_file=ca_file).stream(REQUEST))
    assert text_of(chunks) == "good"


async def test_another_hosts_certificate_is_not_trusted(
    endpoint: MakeEndpoint, serve: Any, authority: trustme.CA, ca_file: str
) -> None:
    server = await serve(good, tls=server_tls(authority))
    with pytest.raises(Unreachable, match="is not trusted"):
        await collect(endpoint(f"https://127.0.0.1:{server.port}", ca_file=ca_file).stream(REQUEST))


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_file_that_is_none(endpoint: MakeEndpoint, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"caFile .* cannot be used"):
        await collect(endpoint("https://localhost:1", ca_file=str(path)).stream(REQUEST))


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are no files there")
@pytest.mark.parametrize("name", ["ca_file", "client_cert", "client_key"])
async def test_a_pipe_is_no_certificate(
    endpoint: MakeEndpoint, tmp_path: Path, ca_file: str, name: str
) -> None:
    """It would be read for as long as nobody writes to it."""
    os.mkfifo(tmp_path / "pipe")
    paths = {"client_cert": ca_file} if name == "client_key" else {}
    with pytest.raises(ConfigError, match=r"cannot be used \(not a regular file\)"):
        await collect(
            endpoint("https://localhost:1", **paths, **{name: str(tmp_path / "pipe")}).stream(REQUEST)
        )


async def test_https_to_a_server_that_speaks_http(endpoint: MakeEndpoint) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable, match="http or https"):
            await collect(endpoint(f"https://localhost:{port}").stream(REQUEST))


async def test_http_to_a_server_that_speaks_https(
    endpoint: MakeEndpoint, serve: Any, authority: trustme.CA
) -> None:
    server = await serve(good, tls=server_tls(authority))
    with pytest.raises(Exception, match=r"scripted: the connection to .* broke"):
        await collect(endpoint(f"http://localhost:{server.port}").stream(REQUEST))


class Proxy:
    """Forwards requests in absolute form and tunnels CONNECT; every host name leads to `port` of this
    machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked: list[str] = []
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line, rest = head.split(b"\r\n", 1)
        method, target, version = line.split(b" ")
        self.asked.append(f"{method.decode()} {target.decode()}")
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            path = b"/" + target.split(b"/", 3)[3]
            back.write(b" ".join([method, path, version]) + b"\r\n" + rest)
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(_pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    sink.close()


@pytest.fixture
async def proxy_to(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[int], Any]]:
    started: list[asyncio.Server] = []

    async def start(port: int) -> Proxy:
        proxy = Proxy(port)
        server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        started.append(server)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("https_proxy", url)
        return proxy

    yield start
    for server in started:
        server.close()


async def test_another_machine_is_reached_through_the_environments_proxy(
    endpoint: MakeEndpoint, serve: Any, proxy_to: Any
) -> None:
    server = await serve(good)
    proxy = await proxy_to(server.port)
    assert text_of(await collect(endpoint("http://fim.example:1234").stream(REQUEST))) == "good"
    assert proxy.asked == ["POST http://fim.example:1234/v1/completions"]


async def test_https_is_tunnelled(
    endpoint: MakeEndpoint, serve: Any, proxy_to: Any, authority: trustme.CA, ca_file: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("fim.example").configure_cert(context)
    server = await serve(good, tls=context)
    proxy = await proxy_to(server.port)
    one = endpoint("https://fim.example:1234", ca_file=ca_file)
    assert text_of(await collect(one.stream(REQUEST))) == "good"
    assert proxy.asked == ["CONNECT fim.example:1234"]


async def test_chat_takes_the_same_proxy_and_ca(
    serve: Any, proxy_to: Any, authority: trustme.CA, ca_file: str
) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.replay("v1_chat_completions_stream")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("chat.example").configure_cert(context)
    server = await serve(script, tls=context)
    proxy = await proxy_to(server.port)
    config = ChatConfig(name="c", url="https://chat.example", model="m", ca_file=ca_file)
    chunks = [chunk async for chunk in stream_chat(config, [{"role": "user", "content": "hi"}])]
    assert "".join(chunk.text for chunk in chunks) == "::::"
    assert proxy.asked == ["CONNECT chat.example:443"]


async def test_this_machine_is_never_reached_through_a_proxy(
    endpoint: MakeEndpoint, serve: Any, proxy_to: Any
) -> None:
    server = await serve(good)
    proxy = await proxy_to(server.port)
    await collect(endpoint(server.url).stream(REQUEST))
    await collect(endpoint(f"http://localhost:{server.port}").stream(REQUEST))
    assert not proxy.asked


async def test_a_proxy_that_is_down(endpoint: MakeEndpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(Unreachable):
        await collect(endpoint("http://fim.example").stream(REQUEST))


class Http2:
    """A server that speaks HTTP/2 only: two messages on each stream, then silence until the client resets
    it."""

    def __init__(self, finish: bool) -> None:
        self._finish = finish
        self.deaf = 0
        """The number of the connection that takes requests and says nothing any more."""
        self.refuses = False
        """Whether each request is refused, while the connection stays."""
        self.connections = 0
        self.streams: list[int] = []
        self.resets: asyncio.Queue[int] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        link = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        link.initiate_connection()
        writer.write(link.data_to_send())
        while data := await reader.read(65_536):
            for event in link.receive_data(data):
                if number == self.deaf:
                    continue
                if isinstance(event, h2.events.StreamEnded):
                    self.streams.append(event.stream_id)
                    if self.refuses:
                        link.reset_stream(event.stream_id, error_code=7)  # REFUSED_STREAM
                        continue
                    link.send_headers(
                        event.stream_id, [(":status", "200"), ("content-type", "text/event-stream")]
                    )
                    link.send_data(event.stream_id, said("one ").encode())
                    if self._finish:
                        link.send_data(event.stream_id, said("two", "stop").encode(), end_stream=True)
                elif isinstance(event, h2.events.StreamReset):
                    self.resets.put_nowait(event.stream_id)
            writer.write(link.data_to_send())
        writer.close()


@asynccontextmanager
async def asked_over_http2(
    speaker: Http2, endpoint: MakeEndpoint, authority: trustme.CA, ca_file: str, **settings: Any
) -> AsyncIterator[Endpoint]:
    """An endpoint before `speaker`."""
    server = await asyncio.start_server(speaker.serve, "127.0.0.1", 0, ssl=server_tls(authority, "h2"))
    async with server:
        url = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        one = endpoint(url, ca_file=ca_file, **settings)
        yield one
        await one.channel.http.aclose()


@pytest.mark.parametrize("finish", [True, False])
async def test_http2_is_spoken_where_offered_and_leaving_resets_the_stream(
    finish: bool, endpoint: MakeEndpoint, authority: trustme.CA, ca_file: str
) -> None:
    """One connection carries all; the server is told of each stream that is not wanted any more."""
    speaker = Http2(finish)
    async with asked_over_http2(speaker, endpoint, authority, ca_file) as one:
        for _ in range(150):  # more than a server lets stand open at once
            if finish:
                assert text_of(await collect(one.stream(REQUEST))) == "one two"
                continue
            async with aclosing(one.stream(REQUEST)) as stream:
                assert (await anext(stream)).text == "one "
            assert await speaker.resets.get() == speaker.streams[-1]
        assert speaker.connections == 1
        assert speaker.resets.empty()


async def test_cancelling_while_waiting_resets_the_http2_stream(
    endpoint: MakeEndpoint, authority: trustme.CA, ca_file: str
) -> None:
    speaker = Http2(False)
    async with asked_over_http2(speaker, endpoint, authority, ca_file) as one:
        got = asyncio.Event()

        async def read() -> None:
            async for _ in one.stream(REQUEST):
                got.set()

        task = asyncio.create_task(read())
        await got.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await speaker.resets.get() == 1


async def test_a_server_that_refuses_each_http2_stream_is_asked_twice(
    endpoint: MakeEndpoint, authority: trustme.CA, ca_file: str
) -> None:
    """The connection lives on, so that no number of tries would lead to another one."""
    speaker = Http2(True)
    async with asked_over_http2(speaker, endpoint, authority, ca_file) as one:
        assert text_of(await collect(one.stream(REQUEST))) == "one two"
        speaker.refuses = True
        with pytest.raises(Broken):
            await collect(one.stream(REQUEST))
        assert len(speaker.streams) == 3
        assert speaker.connections == 1


async def test_a_dead_http2_connection_is_given_up_after_one_request(
    endpoint: MakeEndpoint, authority: trustme.CA, ca_file: str
) -> None:
    """After a change of network nothing comes back on it, and no one says that it is closed."""
    speaker = Http2(True)
    timeouts = Timeouts(2_000, 1_000, 4_000)
    async with asked_over_http2(speaker, endpoint, authority, ca_file, timeouts=timeouts) as one:
        assert text_of(await collect(one.stream(REQUEST))) == "one two"
        speaker.deaf = 1
        with pytest.raises(Timeout, match="said nothing in time"):
            await collect(one.stream(REQUEST))
        assert text_of(await collect(one.stream(REQUEST))) == "one two"
        assert speaker.connections == 2
