"""A real Neovim as a child, and the test's side of the scripted server."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import contract
import pynvim
import pytest

ROOT = Path(__file__).resolve().parents[3]
PLUGIN = ROOT / "clients" / "neovim"
SUITES = {"0.12": "sid", "0.10": "trixie"}
PATIENCE = 90.0
"""Seconds after which a condition that does not come true fails the test: only a machine that is starved comes near."""


@cache
def neovim(version: str) -> Path:
    """The program; skips the test, or fails it in CI, where it cannot be had."""
    named = os.environ.get(f"DOVETAIL_NVIM_{version.replace('.', '_')}")
    if named:
        return Path(named)
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/get-editor", "neovim", SUITES[version]],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        reason = f"Neovim {version}: {done.stderr.strip()}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Path(done.stdout.strip())


def eventually(read: Callable[[], Any], what: str = "", patience: float = PATIENCE) -> Any:
    """The first true value that `read` gives; fails the test if none comes."""
    end = time.monotonic() + patience
    pause, wait = threading.Event(), 0.004
    value = None
    while time.monotonic() < end:
        value = read()
        if value:
            return value
        pause.wait(wait)
        wait = min(wait * 1.2, 0.05)  # what takes long is not made longer by being asked for
    raise AssertionError(f"never came true: {what or read} (last: {value!r})")


class Editor:
    """One Neovim with nothing of the user's: own configuration, state and cache folders."""

    def __init__(
        self, program: Path, home: Path, *, rtp: Path | None = PLUGIN, size: tuple[int, int] = (80, 24)
    ) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "NVIM", "VIM"))}
        for name in ("CONFIG", "DATA", "STATE", "CACHE"):
            environment[f"XDG_{name}_HOME"] = str(home / name.lower())
        environment["HOME"] = str(home)
        self.home = home
        command = [str(program), "--embed", "--headless", "-n", "--clean", "-i", "NONE"]
        command += ["--cmd", f"set columns={size[0]} lines={size[1]} shortmess+=I noswapfile"]
        # Neovim's own settings for Python ask whether there is a provider, which imports packages in an interpreter of
        # its own: 1 s for every test, and nothing of ours takes one.
        command += ["--cmd", "let g:loaded_python3_provider = 0"]
        if rtp:
            command += ["--cmd", f"set rtp^={rtp}"]
        old = dict(os.environ)
        os.environ.clear()
        os.environ.update(environment)
        try:
            self.nvim = pynvim.attach("child", argv=command)
        finally:
            os.environ.clear()
            os.environ.update(old)

    def lua(self, code: str, *arguments: Any) -> Any:
        return self.nvim.exec_lua(code, *arguments)

    def value(self, expression: str, *arguments: Any) -> Any:
        return self.nvim.exec_lua(f"return {expression}", *arguments)

    def wait(self, expression: str) -> Any:
        """Until the Lua expression is true."""
        return eventually(lambda: self.value(expression), expression)

    def type(self, keys: str) -> None:
        """As from the keyboard; comes back when Neovim has worked on them."""
        self.nvim.input(keys)
        self.settle()

    def settle(self) -> None:
        """Until all keys given so far are worked on: Neovim answers between keys, not inside one."""
        eventually(lambda: self.value("vim.fn.getcharstr(1) == ''"))

    def edit(self, path: Path) -> None:
        self.nvim.command(f"edit {path}")

    @property
    def lines(self) -> list[str]:
        return self.nvim.current.buffer[:]

    @property
    def cursor(self) -> tuple[int, int]:
        return tuple(self.nvim.current.window.cursor)

    @property
    def marks(self) -> list[Any]:
        return self.lua(
            """local ns = vim.api.nvim_get_namespaces()['dovetail.ghost']
            return ns and vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, { details = true }) or {}"""
        )

    @property
    def ghost(self) -> str:
        """Ghost text as it is read: inline pieces joined, virtual lines below; '' without any."""
        inline, below = "", ""
        for _, _, _, details in self.marks:
            chunks = details.get("virt_text") or []
            if details.get("virt_text_pos") == "inline":
                inline += "".join(text for text, group in chunks if group == "DovetailGhost")
            for line in details.get("virt_lines") or []:
                below += "\n" + "".join(text for text, group in line if group == "DovetailGhost")
        return inline + below

    def see(self, ghost: str) -> None:
        """Until exactly this ghost text is there."""
        try:
            eventually(lambda: self.ghost == ghost)
        except AssertionError:
            raise AssertionError(f"ghost text is {self.ghost!r}, not {ghost!r}; {self.messages}") from None

    @property
    def messages(self) -> str:
        return self.nvim.command_output("messages")

    def screen(self, rows: int = 12) -> list[str]:
        """What stands on the screen, without the spaces at the ends of the lines."""
        return self.lua(
            """vim.cmd.redraw()
            local out = {}
            for row = 1, ... do
              local line = {}
              for col = 1, vim.o.columns do line[col] = vim.fn.screenstring(row, col) end
              out[row] = (table.concat(line):gsub('%s+$', ''))
            end
            return out""",
            rows,
        )

    def close(self) -> None:
        loop = self.nvim.loop
        try:
            self.nvim.command("qall!", async_=True)
            # Until it has ended, which stops the loop: one that was closed before would be told of it in vain, and
            # Neovim killed in the middle of what it does at its end.
            late = loop.call_later(PATIENCE, loop.stop)
            loop.run_forever()
            late.cancel()
        except (OSError, EOFError):
            pass
        with contextlib.suppress(OSError):
            self.nvim.close()


class Script:
    """The test's side of the scripted server. Listens; every start of the server is a new connection."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.received: list[dict[str, Any]] = []
        self.connections = 0
        self.capabilities: dict[str, Any] = {}
        self.on_request: Callable[[dict[str, Any]], Any] | None = None
        """Answers inline completions at once, where given; an answer of None leaves it to the test."""
        self._changed = threading.Condition()
        self._socket: socket.socket | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def command(self) -> list[str]:
        server = Path(__file__).with_name("scripted_server.py")
        return [sys.executable, "-S", str(server), str(self.port)]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self._socket = connection
                self.connections += 1
            threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection: socket.socket) -> None:
        try:
            for line in connection.makefile("rb"):
                message = json.loads(line)
                if message.get("method") == "initialize":
                    self.answer(
                        message, {"capabilities": self._capabilities(), "serverInfo": {"name": "scripted"}}
                    )
                elif message.get("method") == "shutdown":
                    self.answer(message, None)
                elif message.get("method") == "textDocument/inlineCompletion" and self.on_request:
                    result = self.on_request(message)
                    if result is not None:
                        self.answer(message, result)
                with self._changed:
                    self.received.append(message)
                    self._changed.notify_all()
        except OSError:
            pass

    def _capabilities(self) -> dict[str, Any]:
        return {
            "positionEncoding": "utf-16",
            "textDocumentSync": {"openClose": True, "change": 2},
            "inlineCompletionProvider": {},
            "executeCommandProvider": {"commands": []},
            "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}},
        } | self.capabilities

    def send(self, message: dict[str, Any]) -> None:
        assert self._socket is not None
        self._socket.sendall(json.dumps({"jsonrpc": "2.0"} | message).encode() + b"\n")

    def answer(self, request: dict[str, Any], result: Any) -> None:
        """Answer as the real server may (docs/protocol.json)."""
        contract.hold_answer(contract.asked(request), result)
        self.send({"id": request["id"], "result": result})

    def progress(self, request: dict[str, Any], items: list[dict[str, Any]]) -> None:
        self.notify(
            "$/progress", {"token": request["params"]["partialResultToken"], "value": {"items": items}}
        )

    def notify(self, method: str, params: Any) -> None:
        """Tell what the real server may (docs/protocol.json)."""
        contract.hold_notification(method, params)
        self.send({"method": method, "params": params})

    def all(self, method: str) -> list[dict[str, Any]]:
        with self._changed:
            return [message for message in self.received if message.get("method") == method]

    def expect(self, method: str, count: int = 1, **params: Any) -> dict[str, Any]:
        """The `count`th message of this method whose params hold `params`, waited for."""

        def find() -> dict[str, Any] | None:
            fitting = [
                message
                for message in self.received
                if message.get("method") == method
                and all(message["params"].get(key) == value for key, value in params.items())
            ]
            return fitting[count - 1] if len(fitting) >= count else None

        with self._changed:
            if not self._changed.wait_for(lambda: find() is not None, PATIENCE):
                seen = [message.get("method") for message in self.received]
                raise AssertionError(f"never came: {method} {params} ({count}); came: {seen}")
            found = find()
            assert found is not None
            return found

    def asked(self, count: int = 1) -> dict[str, Any]:
        """The `count`th inline completion request."""
        return self.expect("textDocument/inlineCompletion", count)

    @property
    def requests(self) -> int:
        return len(self.all("textDocument/inlineCompletion"))

    def close(self) -> None:
        self.listener.close()
        if self._socket:
            self._socket.close()


def item(text: str, identifier: str = "s1", **more: Any) -> dict[str, Any]:
    """An inline completion item as Dovetail's server sends it."""
    command = {"title": "Accepted", "command": "dovetail.accept", "arguments": [{"id": identifier}]}
    return {"insertText": text, "command": command} | more


def suggest(editor: Editor, script: Script, keys: str, *texts: str, **more: Any) -> dict[str, Any]:
    """Type, and answer the request that follows."""
    before = script.requests
    editor.type(keys)
    request = script.asked(before + 1)
    script.answer(request, {"items": [item(text, f"s{n}", **more) for n, text in enumerate(texts, 1)]})
    return request


def span(line: int, start: int, end: int) -> dict[str, Any]:
    return {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}


def each_version() -> Iterator[Any]:
    return (pytest.param(version, id=f"nvim-{version}") for version in SUITES)
