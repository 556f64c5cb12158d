"""A raw JSON-RPC client: what it sends may be as wrong as a test wants. On a real server process (`Process`), or on the
same server in a thread of this process, behind the same kind of pipes (`InProcess`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import queue
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import contract
from attrs import asdict

from dovetail.cli.serve import serve_pipes
from dovetail.fim.builtin.learner import learner
from dovetail.fim.builtin.learner.learn import learn
from dovetail.server.app import make_server, workspace_models
from dovetail.server.logs import start_logging, stop_logging
from dovetail.server.lsp.framing import Framing
from dovetail.server.places import Places
from dovetail.server.session.generators import Models
from dovetail.server.session.session import Session

WAIT_S = 60.0
Message = dict[str, Any]


class Client(ABC):
    """A client that speaks raw JSON-RPC with a server at the other end of two pipes."""

    def __init__(self, home: Path, out: BinaryIO, into: BinaryIO) -> None:
        self.home = home
        self.seen: list[Message] = []
        self._out = out
        self._into = into
        self._news: queue.Queue[Message | None] = queue.Queue()
        self._ids = 0
        self._kept: list[Message] = []
        self._asked: dict[Any, str] = {}
        """What requests under way are for, by id: their answers are held against docs/protocol.json."""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        framing = Framing()
        with contextlib.suppress(OSError, ValueError):  # closed by the test
            while data := self._into.read1(65536):  # type: ignore[attr-defined]
                for body in framing.feed(data):
                    assert isinstance(body, bytes), body
                    self._news.put(json.loads(body))
        self._news.put(None)

    @property
    def last_id(self) -> int:
        """The id of the last request."""
        return self._ids

    # Out

    def raw(self, data: bytes) -> None:
        self._out.write(data)
        self._out.flush()

    def send(self, message: Any) -> None:
        body = json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request; its id."""
        self._ids += 1
        message = {"jsonrpc": "2.0", "id": self._ids, "method": method, "params": params}
        self._asked[self._ids] = contract.asked(message)
        self.send(message)
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
            assert message is not None, f"the server ended: {self.trouble()}"
            self.seen.append(message)
            self._hold(message)
            if wanted(message):
                return message
            self._kept.append(message)

    def _hold(self, message: Message) -> None:
        """Whatever is answered or told is what clients read."""
        if "method" in message:
            contract.hold_notification(message["method"], message.get("params"))
        elif "result" in message and (name := self._asked.pop(message.get("id"), "")):
            contract.hold_answer(name, message["result"])

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

    @abstractmethod
    def ended(self) -> int:
        """Wait for the server's end; its exit code."""

    @abstractmethod
    def trouble(self) -> str:
        """What the server said beside the protocol."""

    def log(self) -> str:
        path = self.home / "state" / "dovetail.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @abstractmethod
    def close(self) -> None:
        """End the server, whatever it is at."""


class Process(Client):
    """A server process."""

    def __init__(self, command: list[str], home: Path) -> None:
        environment = {**os.environ, "DOVETAIL_HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""}
        self.errors = open(home / "stderr", "wb")  # noqa: SIM115
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=environment
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        super().__init__(home, self.process.stdin, self.process.stdout)

    def ended(self) -> int:
        return self.process.wait(WAIT_S)

    def stderr(self) -> str:
        self.errors.flush()
        return (self.home / "stderr").read_text(encoding="utf-8", errors="replace")

    def trouble(self) -> str:
        return self.stderr()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.errors):
            with contextlib.suppress(OSError, ValueError):
                assert pipe is not None
                pipe.close()
        self.process.wait(WAIT_S)


class InProcess(Client):
    """The product's own server on an event loop in a thread, for tests of what it answers. Saves the start of an
    interpreter, which is most of what such a test costs. What belongs to a whole process is put back by `close`."""

    _logs: ClassVar[InProcess | None] = None
    """Whose folder the log is in: there is one log to a process."""

    def __init__(self, home: Path, make_models: Callable[[Session], Models] = workspace_models) -> None:
        their_in, out = os.pipe()
        into, their_out = os.pipe()
        self._levels = {name: logging.getLogger(name).level for name in ("", "dovetail", "pygls")}
        self._raises = logging.raiseExceptions
        self._make_models = make_models
        self._code = 1
        self._error = ""
        self._pipes = os.fdopen(their_in, "rb"), os.fdopen(their_out, "wb")
        start_logging(home / "state")
        InProcess._logs = self
        self._server = threading.Thread(target=self._serve, args=(home,), name="server", daemon=True)
        super().__init__(home, os.fdopen(out, "wb"), os.fdopen(into, "rb"))
        self._server.start()

    def _serve(self, home: Path) -> None:
        loop = asyncio.new_event_loop()
        places = Places(home / "config", home / "cache", home / "state")
        app = make_server(places, self._make_models)
        try:
            loop.run_until_complete(serve_pipes(app, *self._pipes))
            self._code = 0 if app.server.shut_down_in_order else 1
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.wait(left, timeout=WAIT_S))
        except BaseException as error:
            self._error = repr(error)
            raise
        finally:
            if InProcess._logs is self:
                stop_logging()
            app.server.thread_pool.shutdown(wait=False)
            loop.close()
            with contextlib.suppress(OSError, ValueError):
                self._pipes[1].close()

    def ended(self) -> int:
        self._server.join(WAIT_S)
        assert not self._server.is_alive(), "the server did not end"
        return self._code

    def trouble(self) -> str:
        return self._error or self.log()

    def close(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._out.close()
        try:
            self.ended()
        finally:
            self._reader.join(WAIT_S)
            self._into.close()
            if InProcess._logs is self:
                stop_logging()
                InProcess._logs = None
            root = logging.getLogger()
            root.handlers[:] = [
                handler for handler in root.handlers if "dovetail" not in type(handler).__module__
            ]
            logging.raiseExceptions = self._raises
            for name, level in self._levels.items():
                logging.getLogger(name).setLevel(level)


async def learn_here(of: learner.Learner, store: learner.Store, near: Path | None) -> dict[str, Any]:
    """In place of the learning process: the same work in a thread."""
    loop = asyncio.get_running_loop()

    def progress(done: int, total: int) -> None:
        if of.on_progress is not None:
            loop.call_soon_threadsafe(of.on_progress, done, total)

    try:
        learnt = await asyncio.to_thread(
            learn,
            store,
            list(of.roots),
            near=near,
            extra_globs=of.extra_globs,
            limit=of.limit,
            installed_limit=of.installed_limit,
            progress=progress,
        )
    except OSError as error:
        return {"error": str(error)}
    return {"learnt": asdict(learnt)}
