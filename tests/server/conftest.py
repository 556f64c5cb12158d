"""A raw JSON-RPC client on a real server process: what it sends may be as wrong as a test wants."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from dovetail.server.lsp.framing import Framing

hypothesis.settings.register_profile(
    "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared")

HERE = Path(__file__).parent
WAIT_S = 30.0
Message = dict[str, Any]


class Process:
    """A server process and a client that speaks raw JSON-RPC with it."""

    def __init__(self, command: list[str], home: Path) -> None:
        self.home = home
        environment = {**os.environ, "DOVETAIL_HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""}
        self.errors = open(home / "stderr", "wb")  # noqa: SIM115
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=environment
        )
        self.seen: list[Message] = []
        self._news: queue.Queue[Message | None] = queue.Queue()
        self._ids = 0
        self._kept: list[Message] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        framing = Framing()
        with contextlib.suppress(OSError, ValueError):  # closed by the test
            while data := self.process.stdout.read1(65536):  # type: ignore[attr-defined]
                for body in framing.feed(data):
                    assert isinstance(body, bytes), body
                    self._news.put(json.loads(body))
        self._news.put(None)

    # Out

    def raw(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: Any) -> None:
        body = json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request; its id."""
        self._ids += 1
        self.send({"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params})
        return self._ids

    def request(self, method: str, params: Any = None) -> Any:
        """Send a request and wait for its result."""
        answer = self.answer(self.ask(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    # In

    def wait(self, wanted: Callable[[Message], bool]) -> Message:
        """The next message that is wanted; others are kept for later waits. The client's duties are done."""
        for message in self._kept:
            if wanted(message):
                self._kept.remove(message)
                return message
        while True:
            message = self._news.get(timeout=WAIT_S)
            assert message is not None, f"the server ended: {self.stderr()}"
            self.seen.append(message)
            if wanted(message):
                return message
            self._kept.append(message)

    def answer(self, identifier: Any) -> Message:
        return self.wait(lambda m: m.get("id", ...) == identifier and "method" not in m)

    def notification(self, method: str, wanted: Callable[[Any], bool] = lambda params: True) -> Any:
        return self.wait(lambda m: m.get("method") == method and wanted(m["params"]))["params"]

    def generator(self, event: str, **more: Any) -> Any:
        return self.notification(
            "test/generator", lambda p: p["event"] == event and all(p.get(k) == v for k, v in more.items())
        )

    # Common steps

    def start(
        self,
        *,
        options: Any = None,
        folders: tuple[Path, ...] = (),
        capabilities: Any = None,
        **more: Any,
    ) -> Message:
        params = {
            "processId": os.getpid(),
            "rootUri": None,
            "capabilities": capabilities or {},
            "initializationOptions": options,
            "workspaceFolders": [{"uri": f.as_uri(), "name": f.name} for f in folders] or None,
            **more,
        }
        result: Message = self.request("initialize", params)
        self.notify("initialized", {})
        return result

    def open(self, uri: str, text: str, language: str = "python", version: int = 1) -> None:
        document = {"uri": uri, "languageId": language, "version": version, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, uri: str, version: int, *changes: tuple[int, int, int, int, str] | str) -> None:
        events: list[Message] = []
        for change in changes:
            if isinstance(change, str):
                events.append({"text": change})
                continue
            a, b, c, d, text = change
            place = {"start": {"line": a, "character": b}, "end": {"line": c, "character": d}}
            events.append({"range": place, "text": text})
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": events})

    def ask_inline(self, uri: str, line: int, character: int, *, manual: bool = False, **more: Any) -> int:
        return self.ask(
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": uri},
                "position": {"line": line, "character": character},
                "context": {"triggerKind": 1 if manual else 2},
                **more,
            },
        )

    def inline(self, uri: str, line: int, character: int, **more: Any) -> list[Message]:
        answer = self.answer(self.ask_inline(uri, line, character, **more))
        assert "error" not in answer, answer
        items: list[Message] = answer["result"]["items"]
        return items

    def command(self, name: str, argument: Any = None) -> Any:
        arguments = [] if argument is None else [argument]
        return self.request("workspace/executeCommand", {"command": name, "arguments": arguments})

    def statistics(self) -> Any:
        return self.command("dovetail.status", {})["statistics"]

    # The end

    def stop(self) -> int:
        """shutdown, exit; the exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.ended()

    def ended(self) -> int:
        return self.process.wait(WAIT_S)

    def stderr(self) -> str:
        self.errors.flush()
        return (self.home / "stderr").read_text(encoding="utf-8", errors="replace")

    def log(self) -> str:
        path = self.home / "state" / "dovetail.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            with contextlib.suppress(OSError, ValueError):
                assert pipe is not None
                pipe.close()
        self.process.wait(WAIT_S)


SERVE = [sys.executable, "-m", "dovetail.cli", "serve", "--stdio"]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start processes; each is ended with the test. Without a script it is the product itself."""
    running: list[Process] = []

    def start(
        script: dict[str, list[list[str]]] | None = None,
        command: list[str] | None = None,
        home: Path | None = None,
    ) -> Process:
        home = home or tmp_path / "home"
        home.mkdir(exist_ok=True)
        if script is not None:
            command = [sys.executable, str(HERE / "scripted.py"), str(home), json.dumps(script)]
        process = Process(command or SERVE, home)
        running.append(process)
        return process

    yield start
    for process in running:
        process.close()


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One started server for many tests of a module, by its `SCRIPT`; for tests that must not harm it."""
    home = tmp_path_factory.mktemp("shared")
    script = json.dumps(request.module.SCRIPT)
    process = Process([sys.executable, str(HERE / "scripted.py"), str(home), script], home)
    process.start(options={"client": {"events": True}})
    yield process
    process.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An empty workspace folder."""
    folder = tmp_path / "work space"
    folder.mkdir()
    return folder
