"""A real language server, and behind it servers that are scripted byte by byte and lie: it answers pings all the while,
keeps its deadlines, says who is at fault in one sentence, and the second endpoint is used."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

KEY = "sk-" + "Zq81mDk20vXw73TbLr5YcN"
TEXT = "def add(first, second):\n    total = \n    return total\n"
SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
TIMEOUTS = {"connectMs": 300, "firstTokenMs": 400, "totalMs": 900}
Behaviour = Callable[[socket.socket], object]


def event(body: bytes) -> bytes:
    return b"data: " + body + b"\n\n"


GOOD = (
    SSE
    + event(b'{"choices":[{"index":0,"text":"first + second","finish_reason":"stop"}]}')
    + b"data: [DONE]\n\n"
)


def once(data: bytes) -> Behaviour:
    return lambda to: to.sendall(data)


def forever(first: bytes, piece: bytes, pause: float = 0.0) -> Behaviour:
    def send(to: socket.socket) -> None:
        to.sendall(first)
        while True:
            to.sendall(piece)
            time.sleep(pause)

    return send


def redirect(to: bytes) -> Behaviour:
    return once(b"HTTP/1.1 307 X\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n")


LIES: dict[str, Behaviour] = {
    "a byte now and then": forever(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.1),
    "headers without end": forever(b"HTTP/1.1 200 OK\r\n", b"X-a: " + b"b" * 1_000 + b"\r\n"),
    "a flood of 100 Continue": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "chunks of one byte": forever(CHUNKED, b"1\r\n:\r\n" * 1_000),
    "a line without end": forever(SSE, b"data: " + b"a" * 65_536),
    "comments without end": forever(SSE, b": x\n\n" * 1_000),
    "events without text": forever(SSE, event(b'{"choices":[{"index":0,"text":"","delta":{}}]}'), 0.05),
    "a million empty lines of data": once(SSE + b"data:\n" * 1_000_000 + b"\n"),
    "numbers that are none": once(SSE + event(b'{"choices":[{"index":1e400,"text":"x","delta":{"content":[NaN]}}]}')),
    "nested too deeply": once(SSE + event(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
    "an end inside a letter": once(SSE + 'data: {"choices":[{"index":0,"text":"é'.encode()[:-1]),
    "another's file": redirect(b"file:///etc/passwd"),
    "itself again": redirect(b"/v1/completions"),
    "silence": lambda to: time.sleep(20),
}  # fmt: skip


class Liar:
    """A server that behaves as told to whatever it is asked."""

    def __init__(self, behave: Behaviour) -> None:
        self._behave = behave
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.asked: list[bytes] = []
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self._open.append(connection)
                threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            data = b""
            while b"\r\n\r\n" not in data:
                if not (part := connection.recv(65_536)):
                    return
                data += part
            self.asked.append(data)
            self._behave(connection)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):  # what was sent too much, so that the end is no reset
                pass

    def close(self) -> None:
        for one in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def liar() -> Iterator[Callable[[Behaviour], Liar]]:
    running: list[Liar] = []

    def start(behave: Behaviour) -> Liar:
        running.append(Liar(behave))
        return running[-1]

    yield start
    for one in running:
        one.close()


def answered(server: Any, asked: int) -> tuple[Any, int]:
    """The answer to a request, and how many pings were answered meanwhile."""
    pings = 0
    while True:
        ping = server.ask(
            "workspace/executeCommand", {"command": "dovetail.accept", "arguments": [{"id": "x"}]}
        )
        message = server.wait(lambda m, ping=ping: m.get("id") in (asked, ping) and "method" not in m)
        if message["id"] == asked:
            server.answer(ping)
            return message, pings
        pings += 1
        time.sleep(0.01)


@pytest.mark.parametrize("lie", LIES)
def test_a_server_that_lies(
    lie: str, launch: Any, liar: Any, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIARS_KEY", KEY)
    bad, good = liar(LIES[lie]), liar(once(GOOD))
    known = {"format": "completions", "family": "qwen", "model": "m"}
    connection = {"model": "m", "keyEnv": "LIARS_KEY"}
    options = {
        "client": {},
        "embedded": {"enabled": False},
        "edits": {"listFiles": False},
        "endpoints": [
            {"name": "bad", "url": bad.url, "keyEnv": "LIARS_KEY", **known, **TIMEOUTS},
            {"name": "good", "url": good.url, **known},
        ],
        "chat": {"url": f"{bad.url}/v1", **connection, "totalMs": 1_000},
        "next": {"url": bad.url, **connection, "family": "zeta2", "format": "completions", "totalMs": 500},
    }
    server = launch()
    server.start(options=options, folders=(workspace,), capabilities={"workspace": {"applyEdit": True}})
    uri = (workspace / "a.py").as_uri()
    server.open(uri, TEXT)
    begun = time.monotonic()
    # Suggestions: the second endpoint answers.
    found, pings = answered(server, server.ask_inline(uri, 1, 12, manual=True))
    assert [one["insertText"] for one in found["result"]["items"]] == ["first + second"]
    # Next edits: nothing comes, and nothing breaks.
    server.change(uri, 2, (0, 8, 0, 13, "firsts"))
    place = {"textDocument": {"uri": uri, "version": 2}, "position": {"line": 1, "character": 4}}
    next_edit, more = answered(
        server, server.ask("dovetail/nextEdit", {**place, "context": {"triggerKind": 1}, "manual": True})
    )
    assert "result" in next_edit, next_edit
    # Chat: one sentence, which names the server.
    edit = {"command": "dovetail.edit", "arguments": [{"uri": uri, "instruction": "tidy up"}]}
    chat, most = answered(server, server.ask("workspace/executeCommand", edit))
    message = chat["result"]["message"]
    assert not chat["result"]["applied"] and f"127.0.0.1:{bad.port}" in message and message.isprintable()
    # A hang lasts for ever; generous, for the deadlines come to three seconds.
    assert time.monotonic() - begun < 40 and pings + more + most >= 3
    said = server.log() + message
    assert "Traceback" not in said and KEY not in said
    assert bad.asked and all(KEY.encode() not in one for one in good.asked)
    status = Path(f"/proc/{os.getpid()}/status")
    if status.exists():
        peak = Path(f"/proc/{server.process.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
        assert int(peak) < 400_000, "kilobytes"
