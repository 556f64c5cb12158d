"""A server whose every byte and pause a test decides, on a real socket.

`Server(script)` calls `script(request, wire)` for each request on each connection; the script writes what
it likes and returns True to keep the connection. `wire.left` is set when the client has hung up.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.endpoints import Chunk, FimRequest

REQUEST = FimRequest(
    "def add(a, b):\n    return ", "\n\n\nprint(add(1, 2))\n", path="sample.py", max_tokens=16
)
CAPTURES = Path(__file__).parent / "captures"


def capture(name: str) -> dict[str, Any]:
    """A recorded exchange with a real server."""
    found: dict[str, Any] = json.loads((CAPTURES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def recorded_body(name: str) -> bytes:
    """The body of a recorded answer, byte for byte as its lines came."""
    response = capture(name)["response"]
    if "sse_lines" in response:
        return "\n".join(response["sse_lines"]).encode()
    return json.dumps(response["json"]).encode()


def content_type(name: str) -> str:
    headers = {key.lower(): value for key, value in capture(name)["response"]["headers"]}
    return str(headers["content-type"])


@define(slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection, seen from the server's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.left = asyncio.Event()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """A status line and headers; the body follows in chunks."""
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", "Transfer-Encoding: chunked"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n")

    async def part(self, data: bytes | str) -> None:
        data = data.encode() if isinstance(data, str) else data
        if data:  # an empty chunk would be the end
            await self.send(b"%x\r\n%s\r\n" % (len(data), data))
        await asyncio.sleep(0)  # the client runs on the same loop

    async def end(self) -> bool:
        await self.send(b"0\r\n\r\n")
        return True

    async def answer(
        self, status: int = 200, body: Any = None, kind: str = "application/json", **headers: str
    ) -> bool:
        """A whole answer; `body` is JSON, text or bytes."""
        if not isinstance(body, bytes | str):
            body = json.dumps(body)
        await self.head(status, kind, **headers)
        await self.part(body)
        return await self.end()

    async def replay(self, name: str) -> bool:
        """A recorded answer, its body byte by byte, each in a chunk of its own."""
        recorded = capture(name)["response"]
        await self.head(recorded["status"], content_type(name))
        for byte in recorded_body(name):
            await self.part(bytes([byte]))
        return await self.end()

    def reset(self) -> None:
        """Break the connection off with RST instead of FIN."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        )
        self.writer.transport.abort()


Script = Callable[[Request, Wire], Awaitable[bool | None]]


@define(slots=True)
class Server:
    script: Script
    tls: ssl.SSLContext | None = None
    requests: list[Request] = field(factory=list)
    connections: int = 0
    port: int = 0
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(factory=set)

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def kill(self) -> None:
        """Stop listening and break all connections off."""
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        if self.tls is not None:
            return f"https://localhost:{self.port}"
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = Request(method, path, headers, body)
        self.requests.append(request)
        wire = Wire(reader, writer)
        watcher = asyncio.create_task(_watch(reader, wire))
        try:
            return bool(await self.script(request, wire)) and not wire.left.is_set()
        finally:
            watcher.cancel()
            await asyncio.wait([watcher])


async def _watch(reader: asyncio.StreamReader, wire: Wire) -> None:
    """Notice that the client hung up. It sends nothing while an answer is under way."""
    while not reader.at_eof() and reader.exception() is None:
        # Waits for data or the end without taking anything.
        await reader._wait_for_data("watch")  # type: ignore[attr-defined]
        if reader._buffer:  # type: ignore[attr-defined]
            return
    wire.left.set()


def event(**message: Any) -> str:
    return f"data: {json.dumps(message)}\n\n"


def said(text: str, finish: str | None = None) -> str:
    """A message of `/v1/completions`."""
    return event(choices=[{"index": 0, "text": text, "finish_reason": finish}])


async def collect(chunks: AsyncIterator[Chunk]) -> list[Chunk]:
    return [chunk async for chunk in chunks]


def text_of(chunks: list[Chunk], candidate: int = 0) -> str:
    return "".join(chunk.text for chunk in chunks if chunk.candidate == candidate)


async def until(condition: Callable[[], bool]) -> None:
    """Let all other tasks run until `condition` holds; the test's time limit ends the wait."""
    while not condition():  # noqa: ASYNC110 (what is waited for has no event to set)
        await asyncio.sleep(0)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def good(_: Request, wire: Wire) -> bool:
    return await wire.answer(200, said("good", "stop"), "text/event-stream")


def failing(status: int, **headers: str) -> Callable[[Request, Wire], Any]:
    async def script(_: Request, wire: Wire) -> bool:
        return await wire.answer(status, {"error": {"message": "no"}}, **headers)

    return script
