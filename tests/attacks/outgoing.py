"""A workspace with what may not leave planted in it, and servers that keep every byte which they are sent."""

from __future__ import annotations

import base64
import json
import random
import re
import string
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

import editing
from raw_client import InProcess, learn_here

from dovetail.fim.builtin.learner.learner import Learner

_LETTERS = string.ascii_letters + string.digits


def secret(name: str, size: int = 28) -> str:
    """A random key, the same at each run; `Planted` knows it from then on."""
    dice = random.Random(f"key of {name}")
    made = "".join(dice.choices(_LETTERS, k=size - 3)) + "k7Q"
    PLANTED[name] = made
    return made


def hidden(name: str) -> str:
    """A name as it stands in a file that may not be read."""
    dice = random.Random(f"name of {name}")
    made = f"tariff_{''.join(dice.choices(string.ascii_lowercase, k=12))}"
    PLANTED[name] = made
    NAMES.add(name)
    return made


def forms(name: str) -> str:
    """Lines of Python in which no line has a name and a whole key behind it: pieces, a cookie, calls that
    set headers, before the comment that names it, below its name, behind whitespace that is no space."""
    return (
        f'PART = (\n    "sk-"\n    "{secret(f"{name}, in pieces", 40)}"\n)\n'
        f'JOINED = "ghp_" + "{secret(f"{name}, joined", 36)}"\n'
        f'HEADERS = {{"Cookie": "theme=dark; sessionid={secret(f"{name}, cookie", 12)}"}}\n'
        f'request.bearer_auth("{secret(f"{name}, bearer", 12)}").basic_auth("app", "{secret(f"{name}, basic", 12)}")\n'
        f'login("bob", "{secret(f"{name}, before its comment", 12)}")  # the admin password\n'
        f'API_TOKEN: str = """\n{secret(f"{name}, below", 24)}\n"""\n'
        f'pass_word = dict(password=\f\v"{secret(f"{name}, form feed", 12)}"\f)\n'
    )


PLANTED: dict[str, str] = {}
NAMES: set[str] = set()
"""Those of them that are no secrets, but stand where nothing is read."""
PIECE = 9
"""So many characters of a planted text in a row are a leak."""


def leaks(data: str) -> list[str]:
    """The names of what was planted and stands in `data`, in whole or in part, plain or quoted for a URL or JSON."""
    pieces = {}
    for name, planted in PLANTED.items():
        for i in range(len(planted) - PIECE + 1):
            pieces[planted[i : i + PIECE]] = name
        pieces[base64.b64encode(planted.encode()).decode()[:PIECE]] = name
    found: set[str] = set()
    for text in {
        data,
        unquote_plus(data),
        re.sub(r"\\u([0-9a-f]{4})", lambda one: chr(int(one[1], 16)), data),
    }:
        found |= {pieces[text[i : i + PIECE]] for i in range(len(text)) if text[i : i + PIECE] in pieces}
    return sorted(found)


class Recorder:
    """A server that keeps every byte that it is sent, and answers as its kind of model does."""

    def __init__(self, model: str, text: str = "total(items)") -> None:
        self.model, self.text = model, text
        self.asked: list[str] = []
        self.answers: list[str] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def _keep(self, body: bytes = b"") -> None:
                head = f"{self.command} {self.path}\n{self.headers}"
                recorder.asked.append(head + "\n" + body.decode("utf-8", "replace"))

            def _json(self, status: int, value: Any) -> None:
                data = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self._keep()
                models = {"object": "list", "data": [{"id": recorder.model, "owned_by": "vllm"}]}
                self._json(200, models) if self.path == "/v1/models" else self._json(404, {})

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._keep(raw)
                body = json.loads(raw)
                if not self.path.endswith("completions") or "suffix" in body:
                    self._json(404, {"error": {"message": "no such route"}})
                    return
                chat = "messages" in body
                text = recorder.answers.pop(0) if chat and recorder.answers else recorder.text
                if not body.get("stream"):
                    self._json(200, {"choices": [{"index": 0, "text": text, "finish_reason": "stop"}]})
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                piece: dict[str, Any] = {"delta": {"content": text}} if chat else {"text": text}
                for choice in (
                    {"index": 0, **piece},
                    {"index": 0, "finish_reason": "stop", **({"delta": {}} if chat else {"text": ""})},
                ):
                    self.wfile.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
                self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, *args: Any) -> None:
                pass

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._httpd.server_address[1]}"
        threading.Thread(target=self._httpd.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


PEM = "\n".join(
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        *(secret(f"key line {n}", 64) for n in range(40)),
        "-----END RSA " + "PRIVATE KEY-----",
    ]
)
TOTAL = "def total(items):\n    return "


def like(name: str) -> str:
    """A text that is like `TOTAL`, so that it is chosen for its prompt, and no repetition of it, with a name in it."""
    return f"def total_of(items, rate):\n    return {name}(items, rate) * rate\n"


class Scene:
    """A workspace that holds what may not leave beside what may, an editor on it, and three models."""

    def __init__(self, base: Path) -> None:
        self.root = base / "work"
        self.root.mkdir()
        self.fim, self.chat, self.next = (
            Recorder("qwen2.5-coder"),
            Recorder("big"),
            Recorder("sweep-next-edit-1.5b"),
        )
        self.models = {"fim": self.fim, "chat": self.chat, "next": self.next}
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        self.write(".gitignore", "private/\n*.log\n")
        self.write("private/rules.py", f"def {hidden('ignored file')}(items):\n    return sum(items) * 3\n")
        self.write(".env", f"DB_PASSWORD={secret('.env')}\n")
        self.write("secrets.yaml", f"{hidden('secrets.yaml')}: 1\n")
        self.write("excl/own.py", f"def {hidden('excluded file')}():\n    return 1\n")
        self.server = InProcess(base / "home")
        self.options: dict[str, Any] = {
            "client": {"events": True, "asks": True, "diagnostics": True},
            "endpoints": [{"name": "fim", "url": self.fim.url, "maxInFlight": 4}],
            "chat": {"url": self.chat.url + "/v1", "model": "big"},
            "next": {"url": self.next.url},
            "completion": {"exclude": ["excl/"], "speculate": False},
            "edits": {"offerFix": False, "untilCommand": f'"{sys.executable}" check.py'},
            "log": {"level": "debug"},
        }
        self.server.start(options=self.options, folders=(self.root,), capabilities=editing.CAPABILITIES)
        self.editor = editing.Editor(self.server)
        self.count = 0
        self.since = dict.fromkeys(self.models, 0)

    def configure(self, **completion: Any) -> None:
        """Settings that the user changes meanwhile."""
        self.options["completion"] = {**self.options["completion"], **completion}
        self.server.notify("workspace/didChangeConfiguration", {"settings": {"dovetail": self.options}})

    def from_here(self) -> None:
        """Judge what is sent from now on."""
        self.since = {kind: len(recorder.asked) for kind, recorder in self.models.items()}

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def open(self, name: str, text: str | None = None, language: str = "python") -> str:
        path = self.root / name if text is None else self.write(name, text)
        return self.editor.open(path, text, language)

    def open_uri(self, uri: str, text: str) -> str:
        from dovetail.text import Snapshot

        self.editor.open_documents[uri] = Snapshot.open(uri, text, version=1, language_id="python")
        self.server.open(uri, text)
        return uri

    def close_all(self) -> None:
        for uri in self.editor.open_documents:
            self.server.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        self.editor.open_documents.clear()

    def name(self) -> str:
        self.count += 1
        return f"m{self.count}.py"

    def inline(self, text: str, name: str = "", uri: str = "") -> Any:
        """Ask for a suggestion by hand at the `|` of a new document."""
        before, _, after = text.partition("|")
        if uri:
            self.open_uri(uri, before + after)
        else:
            uri = self.open(name or self.name(), before + after)
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        return self.editor.wait_for(self.server.ask_inline(uri, line, column, manual=True))

    def inline_beside(self, text: str = TOTAL + "|\n") -> None:
        """As `inline`, until the prompt holds what else is open: a source of context that is late serves the next
        question. A file that may be read stands beside those that may not."""
        self.count += 1
        beside = f"seen_{self.count}_beside"
        self.open(f"beside{self.count}.py", like(beside))
        start = len(self.fim.asked)
        before, _, after = text.partition("|")
        uri = self.open(self.name(), before + after)
        line, column = before.count("\n"), len(before) - before.rfind("\n") - 1
        for number in range(50):
            self.editor.type(uri, 0, 0, f"# {number}\n")
            self.editor.wait_for(self.server.ask_inline(uri, line + number + 1, column, manual=True))
            if any(beside in sent for sent in self.fim.asked[start:]):
                return
        raise AssertionError("the prompts never held what is open")

    def edit(
        self, uri: str, instruction: str, *answers: str, lines: tuple[int, int] | None = None, **more: Any
    ) -> Any:
        self.chat.answers = list(answers) or ["I cannot."]
        if lines is not None:
            more["range"] = {
                "start": {"line": lines[0], "character": 0},
                "end": {"line": lines[1], "character": 0},
            }
        return self.editor.command(
            "dovetail.edit", {"uri": uri, "instruction": instruction, "preview": True, **more}
        )


@contextmanager
def scene_in(base: Path) -> Iterator[Scene]:
    """A scene in a folder; the server is in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Learner, "_process", learn_here)
        made = Scene(base)
        try:
            yield made
        finally:
            made.server.close()
            for model in made.models.values():
                model.close()


Act = Callable[[Scene], Any]


class Route(NamedTuple):
    """A way by which text leaves."""

    model: str
    """Which model it asks; "" for none."""
    seen: str
    """A text that this model must receive: otherwise nothing was tried."""
    act: Act


class Routes(dict[str, Route]):
    """By name. Add one with `@ROUTES.to(model, seen)` over the function that goes it."""

    def to(self, model: str, seen: str) -> Callable[[Act], Act]:
        def take(function: Act) -> Act:
            self[function.__name__] = Route(model, seen, function)
            return function

        return take


def go(scene: Scene, route: Route) -> None:
    """Go a route, and judge what the models received. A prompt goes without a source of context that is late, so the
    route is gone until what must be seen was sent."""
    for _ in range(20):
        sent = received(scene, route.act)
        if not route.model:
            # The first route on a server meets its probe, which asks for one token.
            asked = [text for texts in sent.values() for text in texts if '"max_tokens":1,' not in text]
            assert not any(text.startswith("POST") for text in asked), sent
            return
        if any(route.seen in text for text in sent[route.model]):
            return
    raise AssertionError((route.seen, sent))


def received(scene: Scene, act: Act) -> dict[str, list[str]]:
    """What each model received while a route was gone: nothing that may not leave."""
    scene.from_here()
    act(scene)
    scene.close_all()
    scene.editor.command("dovetail.status", {})
    sent = {kind: scene.models[kind].asked[count:] for kind, count in scene.since.items()}
    for kind, texts in sent.items():
        for text in texts:
            assert leaks(text) == [], (kind, text)
            assert str(scene.root) not in text
    return sent


def hold_the_rest(scene: Scene) -> None:
    """After all that: the status, the reasons, the statistics, the log at `debug`, whatever is on the disk."""
    for command in ("dovetail.status", "dovetail.stats", "dovetail.why"):
        text = json.dumps(scene.editor.command(command, {}))
        # What the client was given as a suggestion it is told again, and the addresses of its own documents.
        assert set(leaks(text)) <= {"suggested", "an address"}, (command, text)
    for path in sorted((scene.server.home).rglob("*")):
        if path.is_file():
            data = path.read_bytes().decode("utf-8", "replace")
            # A file that only an answer named is not sent; it is learnt like any other. A log for debugging holds what
            # the client is told, so also why an answer does not fit an excluded file of the user's own.
            may = NAMES if path.name.startswith("dovetail.log") else {"named by an answer"}
            found = [name for name in leaks(data) if name not in may]
            assert found == [], (path.name, found, [line for line in data.splitlines() if leaks(line)][:3])
