"""`dovetail init`, run as a person runs it, against a scripted server on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

MODELS = ["qwen2.5-coder:7b-base", "llama3.2", "qwen2.5-coder:1.5b-base"]


class Ollama(BaseHTTPRequestHandler):
    """Just enough of one that has several models, and fills each hole rightly."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def _answer(self, body: Any) -> None:
        known: dict[str, Any] = {
            "/api/version": {"version": "0.40"},
            "/api/tags": {"models": [{"name": name} for name in MODELS]},
            "/api/show": {"capabilities": ["insert"], "model_info": {"q.context_length": 32768}},
            "/v1/models": {"data": [{"id": name, "owned_by": "library"} for name in MODELS]},
        }
        answer = known.get(self.path)
        if self.path == "/api/generate":
            prompt = body["prompt"]
            text = "b" if "a + " in prompt else "numbers" if "number in" in prompt else "%"
            answer = {"response": text, "done": True}
        data = json.dumps(answer or {"error": "no such route"}).encode() + b"\n"
        self.send_response(200 if answer else 404)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Ollama)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def init(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        dovetail("init", *arguments),
        cwd=home,
        env={**os.environ, "DOVETAIL_HOME": str(home / "dovetail"), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


def file(home: Path) -> Path:
    return home / "dovetail" / "config" / "dovetail.toml"


def test_a_server_is_tried_and_written_down(url: str, tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir(parents=True)
    old = "# mine\nenabled = true\n\n[completion]\nmaxLines = 7  # few\n"
    file(tmp_path).write_text(old, encoding="utf-8")
    done = init(tmp_path, "--url", url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of 3 known holes were filled" in done.stdout
    text = file(tmp_path).read_text(encoding="utf-8")
    assert text.startswith(old.rstrip())
    written = tomllib.loads(text)
    assert written["endpoints"] == [{"url": url, "model": "qwen2.5-coder:1.5b-base"}]
    assert written["completion"] == {"maxLines": 7}
    again = init(tmp_path, "--url", url, "--model", "qwen2.5-coder:7b-base")
    assert again.returncode == 1 and "An endpoint is set already" in again.stdout
    assert "7b-base" in again.stdout
    assert "--model takes another: qwen2.5-coder:7b-base" in done.stdout
    assert file(tmp_path).read_text(encoding="utf-8") == text


def test_only_printed_where_that_is_wanted(url: str, tmp_path: Path) -> None:
    done = init(tmp_path, "--url", url, "--model", "qwen2.5-coder:1.5b-base", "--print")
    assert done.returncode == 0 and f'url = "{url}"' in done.stdout
    assert not file(tmp_path).exists()


@pytest.mark.parametrize("old", ["endpoints = [ ", "endpoints = []\n", 'x = "\n'])
def test_settings_that_cannot_take_it_are_left_as_they_are(old: str, url: str, tmp_path: Path) -> None:
    file(tmp_path).parent.mkdir(parents=True)
    file(tmp_path).write_text(old, encoding="utf-8")
    done = init(tmp_path, "--url", url)
    assert done.returncode == 1 and "nothing was written" in done.stdout and "[[endpoints]]" in done.stdout
    assert file(tmp_path).read_text(encoding="utf-8") == old
    assert [path.name for path in file(tmp_path).parent.iterdir()] == ["dovetail.toml"]


def test_without_a_server_it_says_what_to_expect_and_which_models_there_are(tmp_path: Path) -> None:
    done = init(tmp_path)
    assert done.returncode == 0
    assert "built-in model" in done.stdout and done.stdout.count("ollama pull") == 3
    assert done.stdout.count("llama-server") == 3 and "--find" in done.stdout


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:1", "nothing answers"),
        ("http://u:hunter2@127.0.0.1:1", "must not hold a user name"),
        ("not an address", "url must be"),
        ("127.0.0.1:1", "nothing answers at http://127.0.0.1:1/"),
        ("example.invalid/v1", "https://example.invalid/v1"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(url: str, says: str, tmp_path: Path) -> None:
    done = init(tmp_path, "--url", url)
    assert done.returncode == 1 and says in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert not file(tmp_path).exists()
