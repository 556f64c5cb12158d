"""Endpoints behind the language server: real HTTP, a real server process, a real llama.cpp."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from machine import needs_llama
from warm import dovetail

MAKE_MODEL = Path(__file__).parents[1] / "endpoints" / "make_model.py"
CODE = "def area(width, height):\n    return width * height\n\n\ndef volume(a, b, c):\n    return "


@contextmanager
def completions(text: str, port: int = 0) -> Iterator[Any]:
    """An OpenAI-style server that answers every hole with `text`, streamed."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        asked: ClassVar[list[dict[str, Any]]] = []

        def do_GET(self) -> None:
            models = {"object": "list", "data": [{"id": "qwen2.5-coder", "object": "model"}]}
            self._whole(200, models) if self.path == "/v1/models" else self._whole(
                404, {"error": "not found"}
            )

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path != "/v1/completions" or "suffix" in body:
                self._whole(404 if self.path != "/v1/completions" else 400, {"error": {"message": "suffix"}})
                return
            Handler.asked.append(body)
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for piece in (text[:2], text[2:]):
                self._event({"choices": [{"index": 0, "text": piece, "finish_reason": None}]})
            self._event({"choices": [{"index": 0, "text": "", "finish_reason": "stop"}]})
            self.wfile.write(b"data: [DONE]\n\n")

        def _event(self, event: dict[str, Any]) -> None:
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")

        def _whole(self, status: int, value: Any) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        allow_reuse_address = True

    with Server(("127.0.0.1", port), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        try:
            yield Handler, httpd.server_address[1]
        finally:
            httpd.shutdown()


@contextmanager
def ollama() -> Iterator[Any]:
    """A server that has the model in memory only once `loaded` is set; each request to load it releases `loads`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        loaded = threading.Event()
        loads = threading.Semaphore(0)
        name = "qwen2.5-coder:1.5b-base"

        def do_GET(self) -> None:
            answers: dict[str, Any] = {
                "/api/version": {"version": "0.12.0"},
                "/api/tags": {"models": [{"name": self.name}]},
                "/api/ps": {"models": [{"name": self.name}] if self.loaded.is_set() else []},
            }
            found = answers.get(self.path)
            self._whole(200 if found else 404, found or {"error": "not found"})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/api/show":
                self._whole(200, {"template": "{{ .Prompt }}{{ .Suffix }}", "model_info": {}})
            elif "prompt" not in body:
                Handler.loads.release()
                self.loaded.wait(60)
                self._whole(200, {"done": True, "done_reason": "load"})
            else:
                self.loaded.wait(60)
                self._whole(200, {"response": "a * b * c", "done": True, "done_reason": "stop"})

        def _whole(self, status: int, value: Any) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        try:
            yield Handler, httpd.server_address[1]
        finally:
            Handler.loaded.set()
            httpd.shutdown()


def endpoint(port: int, **more: Any) -> dict[str, Any]:
    return {
        "client": {"events": True},
        "endpoints": [{"name": "mine", "url": f"http://127.0.0.1:{port}", **more}],
    }


def test_an_endpoint_named_by_its_url_alone_gives_the_suggestions(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    with completions("a * b * c") as (handler, port):
        server = launch()
        server.start(options=endpoint(port), folders=(tmp_path,))
        uri = (tmp_path / "a.py").as_uri()
        server.open(uri, CODE)
        (item,) = server.inline(uri, 5, 11)
        assert item["insertText"] == "a * b * c"
        # Others are asked beside it: a token that warms the server, and what comes after the suggestion.
        asked = next(body for body in handler.asked if body.get("stream"))
        assert "<|fim_prefix|>" in asked["prompt"] and "def area" in asked["prompt"]
        (decision, *_) = server.command("dovetail.why", {"uri": uri})["decisions"]
        assert decision["source"] == "mine"
        status = server.command("dovetail.status", {})
        assert status["endpoints"][0]["name"] == "mine"


def test_while_the_endpoint_is_down_the_embedded_model_stands_in_and_the_status_says_so(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    with completions("x") as (_, port):
        pass  # nothing listens there any more
    server = launch()
    server.start(options=endpoint(port), folders=(tmp_path,))
    uri = (tmp_path / "a.py").as_uri()
    server.open(uri, CODE)
    server.inline(uri, 5, 11)
    status = server.notification("dovetail/status", lambda p: p["state"] == "offline")
    assert f"127.0.0.1:{port}" in status["message"]
    assert "built-in model stands in" in status["message"]


def test_a_model_that_loads_slowly_is_loaded_while_others_stand_in(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    """As Ollama does it: the first request loads, and a client that hangs up makes it give up."""
    with ollama() as (handler, port):
        server = launch()
        server.start(options=endpoint(port, model="qwen2.5-coder:1.5b-base"), folders=(tmp_path,))
        uri = (tmp_path / "a.py").as_uri()
        server.open(uri, CODE)
        assert handler.loads.acquire(timeout=20)
        server.inline(uri, 5, 11)
        status = server.notification("dovetail/status", lambda p: p["state"] == "offline")
        assert "mine: the model qwen2.5-coder:1.5b-base is being loaded." in status["message"]
        handler.loaded.set()
        end = time.monotonic() + 20
        while not any("a * b" in item["insertText"] for item in server.inline(uri, 5, 11, manual=True)):
            assert time.monotonic() < end, "the loaded model was never asked"
        assert not handler.loads.acquire(blocking=False), "loaded twice"


def test_no_endpoint_is_taken_from_the_workspace(launch: Callable[..., Any], tmp_path: Path) -> None:
    with completions("stolen") as (handler, port):
        (tmp_path / "dovetail.toml").write_text(f'[[endpoints]]\nurl = "http://127.0.0.1:{port}"\n')
        server = launch()
        server.start(options={"client": {"events": True}}, folders=(tmp_path,))
        uri = (tmp_path / "a.py").as_uri()
        server.open(uri, CODE)
        server.inline(uri, 5, 11)
        problems = server.command("dovetail.status", {})["problems"]
        assert any("endpoints" in text and "dovetail.toml" in text for text in problems), problems
        assert handler.asked == []


def test_a_wrong_endpoint_is_named_and_the_rest_works(launch: Callable[..., Any], tmp_path: Path) -> None:
    server = launch()
    options = {"endpoints": [{"url": "ftp://example.com"}, {"name": "empty"}], "client": {"events": True}}
    server.start(options=options, folders=(tmp_path,))
    problems = server.command("dovetail.status", {})["problems"]
    assert any(text.startswith("endpoints[0] is not used") for text in problems)
    assert any(text.startswith("endpoints[1] has no url") for text in problems)


@pytest.mark.slow
def test_complete_asks_a_real_llama_cpp_server(tmp_path: Path) -> None:
    """The tiny model's words are noise; that they come, and from where, is what is tested."""
    needs_llama()
    model = tmp_path / "tiny.gguf"
    make = f"import make_model, pathlib; make_model.make_model(pathlib.Path({str(model)!r}))"
    subprocess.run([sys.executable, "-c", make], check=True, cwd=MAKE_MODEL.parent)
    serve = [sys.executable, "-m", "dovetail.endpoints.local_server", str(model)]
    with subprocess.Popen(
        serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as local:
        assert local.stdout is not None and local.stdin is not None
        told = json.loads(local.stdout.readline())
        config = tmp_path / "home" / "config"
        config.mkdir(parents=True)
        lines = ["[[endpoints]]", 'name = "tiny"', f'url = "{told["url"]}"', 'keyEnv = "TINY_KEY"', ""]
        (config / "dovetail.toml").write_text("\n".join(lines))
        (tmp_path / "a.py").write_text(CODE)
        command = dovetail("complete", str(tmp_path / "a.py"))
        environment = {**os.environ, "DOVETAIL_HOME": str(tmp_path / "home"), "TINY_KEY": told["key"]}
        done = subprocess.run(
            [*command, "--line", "6", "--column", "12", "--json"],
            capture_output=True,
            text=True,
            env=environment,
        )
        local.stdin.close()
        local.wait(30)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert told["key"] not in done.stdout + done.stderr
    generated = [step["detail"] for step in answer["why"] if step["name"] == "generated"]
    assert generated and "tiny" in generated[0]


@pytest.mark.slow
def test_a_model_file_of_ones_own_is_served_and_ends_with_the_server(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    needs_llama()
    model = tmp_path / "tiny.gguf"
    make = f"import make_model, pathlib; make_model.make_model(pathlib.Path({str(model)!r}))"
    subprocess.run([sys.executable, "-c", make], check=True, cwd=MAKE_MODEL.parent)
    server = launch()
    server.start(options={"client": {"events": True}, "local": {"path": str(model)}}, folders=(tmp_path,))
    server.notification("dovetail/status", lambda p: p["source"] == "local")
    uri = (tmp_path / "a.py").as_uri()
    server.open(uri, CODE)
    server.inline(uri, 5, 11)
    (decision, *_) = server.command("dovetail.why", {"uri": uri})["decisions"]
    assert any("local" in step["detail"] for step in decision["steps"] if step["name"] == "generated")
    assert server.stop() == 0


def test_a_model_file_that_is_not_there_is_one_sentence(launch: Callable[..., Any], tmp_path: Path) -> None:
    server = launch()
    server.start(options={"client": {"events": True}, "local": {"path": str(tmp_path / "no.gguf")}})
    said = server.notification("window/showMessage")["message"]
    assert "no.gguf" in said and "Traceback" not in said
