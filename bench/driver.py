"""A client that measures: raw JSON-RPC to a real server process, which answers what the server asks of it."""

from __future__ import annotations

import compileall
import json
import os
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dovetail.server.lsp.framing import Framing

CAPABILITIES = {
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename", "delete"]},
    },
    "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}},
}

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""For servers: where modules are compiled anew at each start, that is what would be measured."""


def compile_all() -> None:
    """Compile all modules ahead, as pip does when it installs: a server that does it at first use holds the
    interpreter's lock for as long."""
    import dovetail

    for folder in (*dovetail.__path__, sysconfig.get_paths()["purelib"]):
        compileall.compile_dir(folder, quiet=2)


@dataclass(frozen=True)
class Timed:
    """What an answer took, in ms: by the clock on the wall, and of the server's CPU time in all its threads."""

    result: Any
    wall_ms: float
    cpu_ms: float


def cpu_clock(pid: int) -> Callable[[], float]:
    """The clock of a process's CPU time, in seconds; the wall's where there is none. Linux: see
    clock_getcpuclockid(3), whose encoding is part of the kernel's interface."""
    if sys.platform != "linux":
        return time.perf_counter
    clock = (~pid << 3) | 2
    try:
        time.clock_gettime(clock)
    except OSError:
        return time.perf_counter
    return partial(time.clock_gettime, clock)


class Driver:
    """One server and its only client. Thread-safe."""

    def __init__(
        self,
        home: Path,
        settings: dict[str, Any] | None = None,
        folders: tuple[Path, ...] = (),
        program: tuple[str, ...] = ("-m", "dovetail.cli"),
    ) -> None:
        """`program` is what Python runs that serves, with its arguments before `serve --stdio`."""
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, "-P", *program, "serve", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**ENVIRONMENT, "DOVETAIL_HOME": str(home)},
        )
        self._cpu = cpu_clock(self.process.pid)
        self.on_edit: Callable[[dict[str, Any]], None] = lambda edit: None
        """Told of each edit that the server wants; it is answered as applied afterwards."""
        self._answers: dict[int, tuple[threading.Event, list[Any]]] = {}
        self._lock = threading.Lock()
        self._ids = 0
        threading.Thread(target=self._read, daemon=True).start()
        self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": None,
                "capabilities": CAPABILITIES,
                "initializationOptions": {"client": {"events": True}, **(settings or {})},
                "workspaceFolders": [{"uri": f.as_uri(), "name": f.name} for f in folders],
            },
        )
        self.notify("initialized", {})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        with self._lock:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
            self.process.stdin.flush()

    def _read(self) -> None:
        assert self.process.stdout is not None
        framing = Framing()
        while data := self.process.stdout.read1(1 << 18):  # type: ignore[attr-defined]
            now = time.perf_counter(), self._cpu()
            for body in framing.feed(data):
                assert isinstance(body, bytes)
                message = json.loads(body)
                if "method" not in message:
                    event, box = self._answers.pop(message["id"], (threading.Event(), []))
                    box += [message, now]
                    event.set()
                elif "id" in message:
                    result: Any = None
                    if message["method"] == "workspace/applyEdit":
                        self.on_edit(message["params"]["edit"])
                        result = {"applied": True}
                    self._send({"id": message["id"], "result": result})

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def start(self, method: str, params: Any) -> Callable[[float], tuple[Any, float]]:
        """Send a request; call what comes back to wait (s) for (answer, ms until it came)."""
        timed = self.timed(method, params)

        def wait(seconds: float) -> tuple[Any, float]:
            found = timed(seconds)
            return found.result, found.wall_ms

        return wait

    def timed(self, method: str, params: Any) -> Callable[[float], Timed]:
        """As `start`, with what it took by both clocks."""
        event, box = threading.Event(), []
        with self._lock:
            self._ids += 1
            number = self._ids
        self._answers[number] = (event, box)
        sent, spent = time.perf_counter(), self._cpu()
        self._send({"id": number, "method": method, "params": params})

        def wait(seconds: float) -> Timed:
            if not event.wait(seconds):
                raise TimeoutError(method)
            message, (came, then) = box
            return Timed(message.get("result"), (came - sent) * 1000, (then - spent) * 1000)

        return wait

    def request(self, method: str, params: Any, seconds: float = 120.0) -> Any:
        return self.start(method, params)(seconds)[0]

    def command(self, name: str, argument: dict[str, Any] | None = None, seconds: float = 120.0) -> Any:
        return self.request(
            "workspace/executeCommand", {"command": name, "arguments": [argument or {}]}, seconds
        )

    def open(self, uri: str, text: str, language: str = "python") -> None:
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, text: str, start: tuple[int, int], end: tuple[int, int]) -> None:
        where = {
            "start": {"line": start[0], "character": start[1]},
            "end": {"line": end[0], "character": end[1]},
        }
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"range": where, "text": text}],
            },
        )

    def inline(self, uri: str, line: int, character: int) -> Callable[[float], tuple[Any, float]]:
        return self.start(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": line, "character": character},
                "context": {"triggerKind": 2},
            },
        )

    def close(self) -> None:
        try:
            self.request("shutdown", None, 20)
            self.notify("exit", None)
            self.process.wait(20)
        except (TimeoutError, OSError, subprocess.TimeoutExpired):
            pass
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
