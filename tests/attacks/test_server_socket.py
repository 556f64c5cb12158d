"""A server on a socket serves its user's client, and nobody else who can reach the machine."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

WAIT_S = 60.0


class Wire:
    """One connection."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.link.settimeout(WAIT_S)
        self.data = b""

    def send(self, message: dict[str, Any], before: bytes = b"") -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.link.sendall(before + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def read(self) -> dict[str, Any] | None:
        """The next message; None where the connection was closed."""
        while True:
            head, found, rest = self.data.partition(b"\r\n\r\n")
            if found:
                size = int(re.search(rb"Content-Length: (\d+)", head)[1])  # type: ignore[index]
                if len(rest) >= size:
                    self.data = rest[size:]
                    message: dict[str, Any] = json.loads(rest[:size])
                    return message
            try:
                piece = self.link.recv(65536)
            except ConnectionResetError:
                return None
            if not piece:
                return None
            self.data += piece

    def initialize(self, options: Any = None, before: bytes = b"") -> dict[str, Any] | None:
        params = {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": options}
        self.send({"id": 1, "method": "initialize", "params": params}, before)
        return self.read()


@contextmanager
def serving(tmp_path: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A server; the lines that it prints before it serves."""
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "dovetail.cli", "serve", *arguments],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "DOVETAIL_HOME": str(home)},
        text=True,
    )
    assert process.stderr is not None
    lines = []
    try:
        while arguments[0] != "--pipe":
            lines.append(process.stderr.readline())
            if lines[-1].startswith("token ") or arguments[0] == "--socket" or not lines[-1]:
                break
        yield process, lines
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def connect(port: int) -> Wire:
    return Wire(socket.create_connection(("127.0.0.1", port), WAIT_S))


def test_a_port_is_for_who_brings_the_token(tmp_path: Path) -> None:
    """Silent connections, a browser and clients without it take no place; the real one is served."""
    with serving(tmp_path, "--tcp", "127.0.0.1:0") as (process, lines):
        port = int(re.fullmatch(r"listening on 127\.0\.0\.1:(\d+)\n", lines[0])[1])  # type: ignore[index]
        token = lines[1].removeprefix("token ").strip()
        assert len(token) >= 30
        silent = connect(port)
        browser = connect(port)
        browser.link.sendall(b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\n{}")
        assert browser.read() is None
        planted = tmp_path / "PWNED"
        evil = {"endpoints": [{"url": "http://127.0.0.1:1", "keyCommand": ["/usr/bin/touch", str(planted)]}]}
        for options in (
            evil,
            {**evil, "token": ""},
            {**evil, "token": token[:-1]},
            {**evil, "token": [token]},
            {**evil, "token": "\ud800"},
        ):
            other = connect(port)
            answer = other.initialize(options)
            assert answer is not None and "token" in answer["error"]["message"]
            assert other.read() is None
        early = connect(port)
        early.send({"id": 7, "method": "workspace/executeCommand", "params": {"command": "dovetail.status"}})
        assert early.read()["error"]["code"] == -32002  # type: ignore[index]
        client = connect(port)
        answer = client.initialize({"token": token})
        assert answer is not None and "capabilities" in answer["result"]
        assert silent.read() is None and early.read() is None  # the place is taken
        assert connect(port).read() is None
        assert not planted.exists()
        client.send({"id": 2, "method": "shutdown"})
        assert client.read() == {"jsonrpc": "2.0", "id": 2, "result": None}
        client.send({"method": "exit"})
        assert process.wait(WAIT_S) == 0


def test_the_token_may_be_the_first_line(tmp_path: Path) -> None:
    with serving(tmp_path, "--tcp", "127.0.0.1:0") as (_, lines):
        port = int(lines[0].rpartition(":")[2])
        token = lines[1].removeprefix("token ").strip().encode()
        assert connect(port).initialize(before=token[:-1] + b"\n") is None
        answer = connect(port).initialize(before=token + b"\n")
        assert answer is not None and "result" in answer


@pytest.mark.skipif(sys.platform == "win32", reason="socket files")
def test_a_socket_file_is_its_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with serving(tmp_path, "--socket", str(path)) as (process, lines):
        assert lines == [f"listening on {path}\n"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        link = socket.socket(socket.AF_UNIX)
        link.connect(str(path))
        wire = Wire(link)
        answer = wire.initialize()
        assert answer is not None and "result" in answer
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == 1
        assert not path.exists()
    path.write_text("mine")
    with serving(tmp_path, "--socket", str(path)) as (process, lines):
        assert "no socket stands there" in lines[0] or "exists" in lines[0].lower(), lines
        assert process.wait(WAIT_S) == 1
    assert path.read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="socket files")
def test_a_pipe_that_the_client_listens_on(tmp_path: Path) -> None:
    """As vscode-languageclient's transport of that name."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "p"))
    listener.listen(1)
    listener.settimeout(WAIT_S)
    with serving(tmp_path, "--pipe", str(tmp_path / "p")) as (process, _):
        wire = Wire(listener.accept()[0])
        answer = wire.initialize()
        assert answer is not None and "result" in answer
        wire.link.close()
        assert process.wait(WAIT_S) == 1
    listener.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_sigterm_ends_in_order(launch: Any) -> None:
    """Models and statistics are closed: the counts of the session are on disk."""
    server = launch({"total = ": [["compute(rows)"]]})
    server.start()
    server.open("untitled:a", "total = \n")
    assert server.inline("untitled:a", 0, 8)
    server.process.send_signal(signal.SIGTERM)
    assert server.ended() == 1
    assert (server.home / "state" / "statistics.sqlite3").exists()
    assert "told to end" in server.log()
