"""An editor that applies workspace edits, and a chat server on a real socket that says what a test wants."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from attrs import define, field

from dovetail.text import Encoding, Snapshot, TextEdit, apply_edits

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": {},
        },
    },
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}
    },
    "window": {"workDoneProgress": True},
}


@define
class Editor:
    """Keeps documents in step with the server, and carries out what it asks for."""

    server: Any
    open_documents: dict[str, Snapshot] = field(factory=dict)
    edits: list[dict[str, Any]] = field(factory=list)
    lies: bool = False
    """Says that it has applied an edit and does nothing, as some editors do."""
    late: bool = False
    """Applies an edit, answers, and tells of the change only when `catch_up` is called, as Emacs's eglot does."""
    owed: list[dict[str, Any]] = field(factory=list)
    said: list[str] = field(factory=list)
    pages: list[str] = field(factory=list)
    """What it was asked to show."""
    diagnostics: dict[str, list[dict[str, Any]]] = field(factory=dict)
    """What Dovetail says of documents, by uri."""
    choose: str | None = None
    """The title it picks when it is asked."""
    on_progress: Any = None
    diagnose: Callable[[str], list[dict[str, Any]]] = lambda text: []
    """What another language server says of a text."""

    def open(self, path: Path, text: str | None = None, language: str = "python") -> str:
        uri = path.as_uri()
        text = path.read_bytes().decode() if text is None else text
        self.open_documents[uri] = Snapshot.open(uri, text, version=1, language_id=language)
        self.server.open(uri, text, language)
        return uri

    def text(self, uri: str) -> str:
        return self.open_documents[uri].text

    def type(self, uri: str, line: int, column: int, text: str) -> None:
        self._change(uri, [TextEdit((line, column), (line, column), text)])  # type: ignore[arg-type]

    def command(self, name: str, argument: dict[str, Any]) -> Any:
        """Run a command; answer whatever the server asks meanwhile."""
        return self.wait_for(
            self.server.ask("workspace/executeCommand", {"command": name, "arguments": [argument]})
        )

    def wait_for(self, identifier: int) -> Any:
        while True:
            message = self.server.wait(lambda m: True)
            if "method" not in message and message.get("id") == identifier:
                assert "error" not in message, message
                return message["result"]
            self.attend(message)

    def catch_up(self, *typed: str) -> None:
        """Tell what was applied, and lines that were typed at the top since."""
        for edit in self.owed:
            self._apply(edit)
        self.owed = []
        for text in typed:
            for uri in self.open_documents:
                self.type(uri, 0, 0, text)

    def attend(self, message: dict[str, Any]) -> None:
        method, params = message.get("method"), message.get("params")
        if method == "workspace/applyEdit":
            assert params is not None
            self.edits.append(params["edit"])
            if self.late:
                self.owed.append(params["edit"])
            elif not self.lies:
                self._apply(params["edit"])
            self._answer(message, {"applied": True})
        elif method == "window/workDoneProgress/create":
            self._answer(message, None)
        elif method == "window/showMessageRequest":
            assert params is not None
            self.said.append(params["message"])
            picked = [a for a in params["actions"] if a["title"] == self.choose]
            self._answer(message, picked[0] if picked else None)
        elif method == "dovetail/diagnostics":
            assert params is not None
            self._answer(message, self.diagnose(self.text(params["uri"])))
        elif method == "window/showMessage":
            assert params is not None
            self.said.append(params["message"])
        elif method == "window/showDocument":
            assert params is not None
            self.pages.append(path_of(params["uri"]).read_text())
            self._answer(message, {"success": True})
        elif method == "textDocument/publishDiagnostics":
            assert params is not None
            self.diagnostics[params["uri"]] = params["diagnostics"]
        elif method == "$/progress" and self.on_progress is not None:
            self.on_progress(params)
        elif method in ("workspace/configuration", "client/registerCapability"):
            self._answer(message, [None] if method == "workspace/configuration" else None)

    def _answer(self, message: dict[str, Any], result: Any) -> None:
        self.server.send({"jsonrpc": "2.0", "id": message["id"], "result": result})

    def _apply(self, edit: dict[str, Any]) -> None:
        for change in edit.get("documentChanges", []):
            kind = change.get("kind")
            if kind == "create":
                path = path_of(change["uri"])
                path.parent.mkdir(parents=True, exist_ok=True)
                assert change["options"]["ignoreIfExists"] is True
                if not path.exists():
                    path.write_bytes(b"")
                self.open(path)
            elif kind == "delete":
                path_of(change["uri"]).unlink()
                if change["uri"] in self.open_documents:
                    del self.open_documents[change["uri"]]
                    self.server.notify("textDocument/didClose", {"textDocument": {"uri": change["uri"]}})
            elif kind == "rename":
                path_of(change["oldUri"]).rename(path_of(change["newUri"]))
                snapshot = self.open_documents.pop(change["oldUri"], None)
                if snapshot is not None:
                    self.server.notify("textDocument/didClose", {"textDocument": {"uri": change["oldUri"]}})
                    self.open(path_of(change["newUri"]), snapshot.text)
            else:
                document = change["textDocument"]
                self._edit_document(document["uri"], document["version"], change["edits"])

    def _edit_document(self, uri: str, version: int | None, edits: list[dict[str, Any]]) -> None:
        if uri not in self.open_documents:
            self.open(path_of(uri))
        snapshot = self.open_documents[uri]
        assert version in (None, snapshot.version), "an edit of another version"

        def place(position: dict[str, int]) -> Any:
            return snapshot.point(position["line"], position["character"], Encoding.UTF16)

        self._change(
            uri, [TextEdit(place(e["range"]["start"]), place(e["range"]["end"]), e["newText"]) for e in edits]
        )

    def _change(self, uri: str, edits: list[TextEdit]) -> None:
        snapshot = self.open_documents[uri]
        text = apply_edits(snapshot.lines, edits).text
        self.open_documents[uri] = snapshot.replace_all(text, snapshot.version + 1)
        self.server.change(uri, snapshot.version + 1, text)


def path_of(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))


@define
class Chat:
    """What the chat server says, request by request, and what it was asked."""

    url: str
    answers: list[str]
    asked: list[dict[str, Any]] = field(factory=list)
    left: threading.Event = field(factory=threading.Event)
    """Set when a client hung up in the middle of an answer."""


@contextmanager
def chat_server(*answers: str, pause_s: float = 0.0, finish: str = "stop") -> Iterator[Chat]:
    """An OpenAI-compatible server that streams `answers` one after another, a few characters at a time."""
    chat = Chat("", list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            chat.asked.append(body)
            number = len(chat.asked) - 1
            text = chat.answers[number] if number < len(chat.answers) else "I have nothing to add."
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                for start in range(0, len(text), 16):
                    self._say({"choices": [{"index": 0, "delta": {"content": text[start : start + 16]}}]})
                    time.sleep(pause_s)
                self._say({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
                usage = {"prompt_tokens": 100, "completion_tokens": len(text) // 4}
                self._say({"choices": [], "usage": usage})
                self.wfile.write(b"data: [DONE]\n\n")
            except OSError:
                chat.left.set()

        def _say(self, event: dict[str, Any]) -> None:
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            self.wfile.flush()

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        chat.url = f"http://127.0.0.1:{httpd.server_address[1]}/v1"
        thread = threading.Thread(target=httpd.serve_forever, daemon=True)
        thread.start()
        try:
            yield chat
        finally:
            httpd.shutdown()


CODE = """def area(width, height):
    return width * height


def volume(width, height, depth):
    return width * height * depth


def double(number):
    return number + number
"""
FIT = """```diff
--- a/shapes.py
+++ b/shapes.py
@@ -1,2 +1,3 @@
 def area(width, height):
+    \"\"\"In square metres.\"\"\"
     return width * height
```
"""
WRONG = (
    "shapes.py\n```\n<<<<<<< SEARCH\n    return 2 + number\n=======\n"
    "    return 2 * number\n>>>>>>> REPLACE\n```\n"
)
MISFIT = FIT.replace("return width * height", "return height * width")


def started(
    launch: Callable[..., Any],
    tmp_path: Path,
    options: Any = None,
    capabilities: Any = None,
    files: Mapping[str, str] = MappingProxyType({}),
    **short: str,
) -> tuple[Any, Editor, Path, str]:
    """Server and editor on a workspace with shapes.py and more: in the names of `short` `__` is the dot."""
    workspace = tmp_path / "work"
    workspace.mkdir()
    named = {name.replace("__", "."): text for name, text in short.items()}
    for name, text in {"shapes.py": CODE, **files, **named}.items():
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace / name).write_text(text)
    server = launch()
    server.start(
        options={"client": {"events": True, "asks": True}, **(options or {})},
        folders=(workspace,),
        capabilities=capabilities or CAPABILITIES,
    )
    editor = Editor(server)
    return server, editor, workspace, editor.open(workspace / "shapes.py")


def with_chat(chat: Any, **more: Any) -> dict[str, Any]:
    return {"chat": {"url": chat.url, "model": "test"}, "edits": {"offerFix": False}, **more}
