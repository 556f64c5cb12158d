"""A server for next edits with one scripted model, on a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[str], str]


class NextServer:
    """An OpenAI-style server with one Sweep model. `reply` turns the window into what the model would have."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[dict[str, Any]] = []
        self.hold = threading.Event()
        self.hold.set()
        self.left = threading.Event()
        self.came = threading.Event()
        self.url = ""

    def answer(self, prompt: str) -> str:
        window = (
            prompt.rpartition("<|file_sep|>current/")[2]
            .partition("\n")[2]
            .partition("<|file_sep|>updated/")[0]
        )
        prefill = prompt.rpartition("<|file_sep|>updated/")[2].partition("\n")[2]
        new = self.reply(window.replace("<|cursor|>", ""))
        return new.removeprefix(prefill)


@contextmanager
def served(reply: Reply) -> Iterator[NextServer]:
    model = NextServer(reply)

    class Handler(BaseHTTPRequestHandler):
        def _json(self, status: int, value: Any) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            models = {"data": [{"id": "sweep-next-edit-1.5b", "owned_by": "vllm"}]}
            self._json(200, models) if self.path == "/v1/models" else self._json(404, {})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.asked.append({"path": self.path, **body})
            model.came.set()
            if not model.hold.is_set():
                # A client that has gone is seen by the end of its half of the connection.
                self.connection.settimeout(20)
                if self.connection.recv(1) == b"":
                    model.left.set()
                    return
            try:
                text = model.answer(body["prompt"])
            except Exception as error:
                self._json(500, {"error": {"message": str(error)}})
                return
            self._json(200, {"choices": [{"index": 0, "text": text, "finish_reason": "stop"}]})

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        model.url = f"http://127.0.0.1:{httpd.server_address[1]}"
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        try:
            yield model
        finally:
            httpd.shutdown()
