"""`dovetail doctor`, and the other commands that read settings, run as a person runs them."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from machine import needs_llama
from warm import dovetail

from dovetail.endpoints.local import LocalModel, LocalServer

MAKE_MODEL = Path(__file__).parents[1] / "endpoints" / "make_model.py"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model file of 81 KB. In CI its absence is a failure."""
    needs_llama()
    path = tmp_path / "tiny-qwen.gguf"
    make = f"import make_model, pathlib; make_model.make_model(pathlib.Path({str(path)!r}))"
    subprocess.run([sys.executable, "-c", make], check=True, cwd=MAKE_MODEL.parent, timeout=60)
    return path


def settings(home: Path, text: str) -> None:
    """The user's own dovetail.toml."""
    (home / "config").mkdir(parents=True)
    (home / "config/dovetail.toml").write_text(text, encoding="utf-8")


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    everything = {**os.environ, "DOVETAIL_HOME": str(home), **environment}
    return subprocess.run(
        dovetail(*arguments),
        cwd=home.parent,
        env=everything,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def findings(done: subprocess.CompletedProcess[str], topic: str) -> list[dict[str, Any]]:
    assert "Traceback" not in done.stderr
    return [found for found in json.loads(done.stdout)["findings"] if found["topic"] == topic]


def test_with_nothing_set_nothing_is_broken(home: Path) -> None:
    done = run(home, "doctor", "--json")
    assert done.returncode == 0
    (endpoint,) = findings(done, "endpoint")
    assert endpoint["state"] == "note"
    assert "nothing leaves this machine" in endpoint["text"]


def test_an_endpoint_that_is_not_there_is_said_with_what_to_do(home: Path) -> None:
    settings(home, '[[endpoints]]\nname = "gone"\nurl = "http://127.0.0.1:9"\n')
    done = run(home, "doctor", "--json")
    assert done.returncode == 1
    (endpoint,) = findings(done, "endpoint")
    assert endpoint["state"] == "broken"
    assert "gone" in endpoint["text"] and "127.0.0.1:9" in endpoint["text"]
    assert endpoint["todo"]


@pytest.fixture
def answering() -> Iterator[Any]:
    """Makes a server that answers each path with a text or a JSON document, and 404 else; gives its address."""
    servers = []

    def make(answers: dict[str, Any]) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                found = answers.get(self.path.partition("?")[0])
                body = (found if isinstance(found, str) else json.dumps(found or {})).encode()
                self.send_response(404 if found is None else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


PROPS = {
    "default_generation_settings": {"n_ctx": 4096},
    "total_slots": 1,
    "model_path": "/m/sweep-next-edit.gguf",
}


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (
            {
                "/v1/models": {"data": [{"id": "sweep-next-edit-1.5b", "owned_by": "vllm"}]},
                "/v1/completions": {"choices": [{"index": 0, "text": "a", "finish_reason": "length"}]},
            },
            "broken",
        ),
        # Its file has the FIM tokens of the model that it was made from.
        ({"/props": PROPS, "/infill": 'data: {"content": "", "stop": true}\n\n'}, "note"),
    ],
    ids=["vllm", "llama.cpp"],
)
def test_a_model_for_next_edits_is_told_from_one_that_fills_in(
    answers: dict[str, Any], state: str, home: Path, answering: Any
) -> None:
    url = answering(answers)
    settings(home, f'[[endpoints]]\nname = "mine"\nurl = "{url}"\n')
    (endpoint,) = findings(run(home, "doctor", "--json"), "endpoint")
    assert endpoint["state"] == state
    assert "predicts the next edit" in endpoint["text"]
    assert "`next`" in endpoint["todo"]
    assert endpoint["text"].count("mine") == 1


@pytest.mark.slow
def test_llama_cpp_with_how_much_it_reads_and_without_its_key(home: Path, model: Path) -> None:
    async def look() -> subprocess.CompletedProcess[str]:
        async with await LocalServer.start(
            LocalModel(path=str(model), threads=1, batch_tokens=512)
        ) as server:
            assert server.config.key is not None
            key = server.config.key.reveal()
            settings(home, f'[[endpoints]]\nname = "mine"\nurl = "{server.config.url}"\nkeyEnv = "MY_KEY"\n')
            done = await asyncio.to_thread(run, home, "doctor", "--json", MY_KEY=key)
            assert key not in done.stdout + done.stderr
            return done

    (endpoint,) = findings(asyncio.run(look()), "endpoint")
    assert endpoint["text"].startswith("mine: llama.cpp, format llama.cpp")
    assert "It reads 384 tokens of a prefix and 128 of a suffix (batch 512)." in endpoint["text"]
    assert endpoint["state"] == "note"
    assert (
        endpoint["todo"]
        == "If suggestions look wrong, use a FIM model. Start it with a larger batch: -b 2048."
    )


@pytest.mark.slow
def test_a_model_file_of_ones_own_is_served_and_looked_at(home: Path, model: Path) -> None:
    settings(home, f"[local]\npath = {json.dumps(str(model))}\nthreads = 1\n")
    done = run(home, "doctor", "--json")
    (endpoint,) = findings(done, "endpoint")
    assert endpoint["text"].startswith("local: llama.cpp, format llama.cpp")
    assert "batch 1024" in endpoint["text"]


def test_a_model_file_that_is_not_there(home: Path) -> None:
    settings(home, '[local]\npath = "/no/such/model.gguf"\n')
    done = run(home, "doctor", "--json")
    assert done.returncode == 1
    (endpoint,) = findings(done, "endpoint")
    assert "/no/such/model.gguf" in endpoint["text"] or "dovetail[local]" in endpoint["text"]


def test_edit_opens_no_endpoint_for_suggestions(home: Path) -> None:
    """With endpoints and a model file set it still says only what it itself lacks."""
    settings(home, '[[endpoints]]\nurl = "http://127.0.0.1:9"\n[local]\npath = "/no/such/model.gguf"\n')
    (home.parent / "a.py").write_text("x = 1\n", encoding="utf-8")
    done = run(home, "edit", "--check", "rename x", "a.py")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert "chat" in done.stderr


@pytest.mark.parametrize(
    ("listed", "state", "said"),
    [
        (["coder", "other"], "ok", "coder at http"),
        (["coder:latest"], "ok", "coder at http"),
        (["other"], "note", "the server lists other"),
        (None, "ok", "coder at http"),  # it keeps no list, and answers
    ],
)
def test_a_chat_server_is_asked_which_models_it_has(
    home: Path, answering: Any, listed: list[str] | None, state: str, said: str
) -> None:
    answers = {} if listed is None else {"/v1/models": {"data": [{"id": name} for name in listed]}}
    settings(home, f'[chat]\nurl = "{answering(answers)}/v1"\nmodel = "coder"\n')
    done = run(home, "doctor", "--json")
    (chat,) = findings(done, "chat")
    assert (chat["state"], said in chat["text"]) == (state, True)
    assert done.returncode == 0


def test_a_chat_server_that_is_not_there_is_broken(home: Path) -> None:
    settings(home, '[chat]\nurl = "http://127.0.0.1:9/v1"\nmodel = "coder"\n')
    done = run(home, "doctor", "--json")
    assert done.returncode == 1
    (chat,) = findings(done, "chat")
    assert chat["state"] == "broken"
    assert "nothing answers at http://127.0.0.1:9/v1/models" in chat["text"]
    assert chat["todo"]
