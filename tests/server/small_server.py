"""A small HTTP server of a test: it answers each path as it is told, and keeps what was really sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import define, field


@define(frozen=True)
class Sent:
    """A request as it came."""

    method: str
    path: str
    """With its query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """From JSON; None without a body."""


@define(frozen=True)
class Answer:
    """`events` are streamed, each as `data: …` with a blank line behind it (or as it is, where it is text); else
    `body` is sent whole: JSON, or text as it is."""

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    events: tuple[Any, ...] | None = None
    hangs: bool = False
    """Nothing is sent as long as the server is there."""


Answers = Mapping[str, Any]
"""By path without query: an `Answer`, a value that is sent as JSON, or a function of `Sent` that gives either."""


@define
class Small:
    url: str
    sent: list[Sent] = field(factory=list)

    def posted(self, path: str) -> list[Any]:
        """The bodies that were sent to a route."""
        return [one.body for one in self.sent if one.method == "POST" and one.path.partition("?")[0] == path]


@contextmanager
def small_server(answers: Answers, missing: Any = None) -> Iterator[Small]:
    """Serve on a free port of this machine. What `answers` lacks is answered 404, or by `missing`."""

    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve(None)

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._serve(json.loads(data) if data else None)

        def _serve(self, body: Any) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            sent = Sent(self.command, self.path, headers, body)
            small.sent.append(sent)
            found = answers.get(self.path.partition("?")[0], missing)
            found = found(sent) if callable(found) else found
            if found is None:
                found = Answer({"detail": "Not Found"}, 404)
            self._answer(found if isinstance(found, Answer) else Answer(found))

        def _answer(self, answer: Answer) -> None:
            if answer.hangs:
                over.wait(60)
                return
            streamed = answer.events is not None
            text = isinstance(answer.body, str)
            data = answer.body.encode() if text else json.dumps(answer.body).encode()
            with suppress(OSError):  # the client has hung up
                self.send_response(answer.status)
                usual = "text/event-stream" if streamed else "text/html" if text else "application/json"
                for name, value in {"Content-Type": usual, **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header(
                    *(("Connection", "close") if streamed else ("Content-Length", str(len(data))))
                )
                self.end_headers()
                if not streamed:
                    self.wfile.write(data)
                    return
                for event in answer.events or ():
                    line = event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n"
                    self.wfile.write(line.encode())
                    self.wfile.flush()
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        httpd.daemon_threads = True
        small = Small(f"http://127.0.0.1:{httpd.server_address[1]}")
        threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield small
        finally:
            over.set()
            httpd.shutdown()


def completion(*pieces: str, finish: str = "stop") -> Answer:
    """An OpenAI-style stream of text."""
    told = [{"choices": [{"index": 0, "text": piece, "finish_reason": None}]} for piece in pieces]
    end = {"choices": [{"index": 0, "text": "", "finish_reason": finish}]}
    return Answer(events=(*told, end, "data: [DONE]\n\n"))


def completions(answer: Any, *, model: str = "qwen2.5-coder") -> dict[str, Any]:
    """The routes of a server that lists one model, refuses `suffix`, as vLLM does, and answers every hole by
    `answer`: text that is streamed, or an `Answer`."""

    def to(sent: Sent) -> Answer:
        if "suffix" in sent.body:
            return Answer({"error": {"message": "suffix is not currently supported"}}, 400)
        return answer if isinstance(answer, Answer) else completion(answer)

    return {
        "/v1/models": {"object": "list", "data": [{"id": model, "object": "model"}]},
        "/v1/completions": to,
    }
