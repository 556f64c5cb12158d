"""`dovetail bench mine` as tests call it, and an endpoint for it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from warm import dovetail

SECRET = "AKIA" + "Q3EGZYSLMVJ2T5WX"
EXCLUDED = "kept_from_every_model"


def git(root: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    ran = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=root, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ran.stdout


def mine(
    home: Path,
    root: Path,
    *arguments: str,
    settings: str = "",
    stdin: int = subprocess.DEVNULL,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "dovetail.toml").write_text(settings, encoding="utf-8")
    return subprocess.run(
        dovetail("bench", "mine", str(root), "--commits", "4", *arguments),
        env={**os.environ, "DOVETAIL_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "160", **environment},
        stdin=stdin, capture_output=True, text=True, encoding="utf-8", timeout=170,
    )  # fmt: skip


@contextmanager
def completions(text: str, delay_s: float = 0.0) -> Iterator[Any]:
    """An OpenAI-style server that answers every hole with `text`, after a while, and counts tokens."""

    class Handler(BaseHTTPRequestHandler):
        asked: ClassVar[list[str]] = []

        def do_GET(self) -> None:
            self._whole(200 if self.path == "/v1/models" else 404, {"data": [{"id": "qwen2.5-coder"}]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path != "/v1/completions" or "suffix" in json.loads(body):
                return self._whole(
                    404 if self.path != "/v1/completions" else 400, {"error": {"message": "suffix"}}
                )
            Handler.asked.append(body)
            time.sleep(delay_s)
            choice = {"index": 0, "text": text, "finish_reason": "stop"}
            usage = {"prompt_tokens": 100, "completion_tokens": 5}
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for event in ({"choices": [choice]}, {"choices": [], "usage": usage}):
                self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            self.wfile.write(b"data: [DONE]\n\n")
            return None

        def _whole(self, status: int, value: Any) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield Handler, server.server_address[1]
        finally:
            server.shutdown()
