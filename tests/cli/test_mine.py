"""`dovetail bench mine`: a repository's own history against the built-in model and endpoints that are really asked."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from machine import needs_llama
from warm import dovetail

sys.path.insert(0, str(Path(__file__).parents[1] / "endpoints"))

from make_model import make_model

from dovetail.cli.mine.errors import Error, judge
from dovetail.cli.mine.estimate import WARM, Progress
from dovetail.cli.mine.history import NoHistory, read_history
from dovetail.cli.page import page
from dovetail.endpoints.local import LocalModel, LocalServer
from dovetail.fim.builtin.history import TypedLine

SECRET = "AKIA" + "Q3EGZYSLMVJ2T5WX"
EXCLUDED = "kept_from_every_model"


def git(root: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    ran = subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=root, env=environment,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ran.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Five commits of a shop, with a key in one file and one file that is excluded."""
    root = tmp_path / "shop"
    root.mkdir()
    git(root, "init", "-q")
    for number in range(1, 6):
        code = "".join(
            f"def price_{i}(item, amount):\n    total = item.price * amount\n    return round(total, {i})\n\n\n"
            for i in range(number)
        )
        (root / "shop.py").write_text(f'import math\n\nACCESS = "{SECRET}"\n\n\n{code}', encoding="utf-8")
        (root / ".env").write_text(f"SHOP_TOKEN={EXCLUDED}\n", encoding="utf-8")
        (root / "dovetail.toml").write_text('[completion]\nexclude = ["private/"]\n', encoding="utf-8")
        (root / "private").mkdir(exist_ok=True)
        (root / "private" / "plan.py").write_text(
            f"{EXCLUDED} = {number}\nsecond_line = {EXCLUDED}\n", encoding="utf-8"
        )
        git(root, "add", "-A", "-f")
        git(root, "commit", "-q", "-m", f"step {number}")
    return root


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
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Handler, server.server_address[1]
        finally:
            server.shutdown()


def test_history_is_read_as_it_is_stored_and_nothing_of_the_repository_runs(repository: Path) -> None:
    """No hook, no filter, no monitor, and the work tree with its unsaved changes stays as it is."""
    marker = repository.parent / "ran"
    touch = f"#!/bin/sh\ntouch '{marker}'\ncat\n"
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        hook = repository / ".git" / "hooks" / name
        hook.write_text(touch, encoding="utf-8")
        hook.chmod(0o755)
    (repository / ".gitattributes").write_text("*.py filter=evil diff=evil\n", encoding="utf-8")
    git(repository, "add", ".gitattributes")
    git(repository, "commit", "-q", "-m", "attributes")
    marker.unlink(missing_ok=True)
    hook = repository / ".git" / "hooks" / "post-checkout"
    for key in (
        "filter.evil.smudge",
        "filter.evil.clean",
        "diff.evil.textconv",
        "diff.external",
        "core.fsmonitor",
    ):
        git(repository, "config", key, str(hook))
    (repository / "shop.py").write_text("typed, not committed\n", encoding="utf-8")
    before = {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}
    history = read_history(repository, 3)
    assert {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()} == before
    assert not marker.exists()
    assert history.files["shop.py"].count("def ") == 3
    steps = list(history.typed(0, 2))
    assert [len(step.lines) for step in steps][:2] == [2, 2]
    assert steps[1].files["shop.py"].count("def ") == 5  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        ("nothing", "there is no folder"),
        ("folder", "not a git repository"),
        ("empty", "has no commits yet"),
        ("single", "has a single commit"),
    ],
)
def test_where_there_is_no_history_it_is_a_sentence(tmp_path: Path, make: str, said: str) -> None:
    root = tmp_path / "x"
    if make != "nothing":
        root.mkdir()
    if make in ("empty", "single"):
        git(root, "init", "-q")
    if make == "single":
        git(root, "commit", "-q", "--allow-empty", "-m", "one")
    with pytest.raises(NoHistory, match=rf"{said}.*\.$"):
        read_history(root, 5)
    ran = mine(tmp_path, root)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "Traceback" not in ran.stderr


BELOW = ("\n", "def g(rows):\n", "    return rows\n")
LINE = TypedLine("a.py", ("def f(rows):\n",), "    ", "return compute(rows)", BELOW)


@pytest.mark.parametrize(
    ("column", "suggestion", "error"),
    [
        (0, "", Error.SILENT),
        (0, "return compute(rows)", None),
        (0, "return compute(rows)  ", None),
        (0, "```python", Error.FORMAT),
        (7, "compute(rows)<|endoftext|>", Error.FORMAT),
        (0, "def g(rows):", Error.BELOW),
        (7, "return compute(rows)", Error.STALE),
        (0, "  return compute(rows)", Error.INDENTATION),
        (0, "return compute(rows) + 1", Error.LONG),
        (0, "return compute(", Error.SHORT),
        (0, "return compute((rows", Error.SYNTAX),
        (0, "return f(rows)", Error.NAME_ELSEWHERE),
        (0, "return invented(rows)", Error.NAME_NOWHERE),
        (0, "return 5", Error.OTHER),
    ],
)
def test_what_is_wrong_is_decided_mechanically(column: int, suggestion: str, error: Error | None) -> None:
    assert judge(LINE, column, suggestion, {"f", "rows", "compute"}) is error


def test_the_built_in_model_with_page_and_resumed(repository: Path, tmp_path: Path) -> None:
    """What was found already is not typed again; a line that was cut off is."""
    file = tmp_path / "page.html"
    ran = mine(tmp_path, repository, "--json", "--page", str(file))
    assert ran.returncode == 0, ran.stderr
    made = json.loads(ran.stdout)
    (one,) = made["results"]
    assert (one["name"], one["lines"]) == ("built-in model", 8)
    assert one["keysSaved"] > 0.3
    assert sum(error["number"] for error in one["errors"]) > 0
    assert EXCLUDED not in ran.stdout + file.read_text(encoding="utf-8")
    assert "Keys saved" in file.read_text(encoding="utf-8")
    (store,) = (tmp_path / "cache" / "bench-mine").glob("*.jsonl")
    lines = store.read_text(encoding="utf-8").splitlines(keepends=True)
    assert len(lines) == 4
    store.write_text("".join(lines[:2]) + lines[2][:40], encoding="utf-8")
    again = json.loads(mine(tmp_path, repository, "--json").stdout)["results"][0]
    assert (again["lines"], again["exact"]) == (one["lines"], one["exact"])
    then = store.read_text(encoding="utf-8").splitlines(keepends=True)
    assert then[:2] == lines[:2] and len(then) == 5, "what was found is not typed again; what was cut off is"
    mine(tmp_path, repository, "--json")
    assert store.read_text(encoding="utf-8").splitlines(keepends=True) == then


def test_endpoints_are_asked_only_after_a_yes_and_never_for_what_is_kept_from_them(
    repository: Path, tmp_path: Path
) -> None:
    with completions("return invented(rows)") as (handler, port):
        settings = f'[[endpoints]]\nurl = "http://127.0.0.1:{port}"\nname = "scripted"\n'
        settings += "priceRead = 2.0\npriceWritten = 4.0\n"
        arguments = ("--no-builtin", "--endpoint", "scripted", "--json")
        unknown = mine(tmp_path, repository, "--endpoint", "other", settings=settings)
        assert (unknown.returncode, "there are: scripted" in unknown.stderr) == (2, True)
        refused = mine(tmp_path, repository, *arguments, settings=settings)
        assert (refused.returncode, handler.asked) == (2, [])
        assert "cost about" in refused.stderr
        ran = mine(tmp_path, repository, *arguments, "--yes", "--examples", "1", settings=settings)
        assert ran.returncode == 0, ran.stderr
        asked = "\n".join(handler.asked)
    (one,) = json.loads(ran.stdout)["results"]
    assert handler.asked
    assert SECRET not in asked
    assert EXCLUDED not in asked
    assert {error["error"] for error in one["errors"]} & {Error.NAME_NOWHERE, Error.OTHER, Error.SYNTAX}
    assert one["examples"]
    assert one["tokens"]["read"] >= 100
    assert one["cost"] > 0


def told(home: Path, root: Path, *arguments: str, settings: str) -> subprocess.CompletedProcess[str]:
    """What a person at a terminal is told, who then says no."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    try:
        os.write(ours, b"n\n")
        return mine(home, root, *arguments, settings=settings, stdin=theirs)
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_time_told_before_is_measured(repository: Path, tmp_path: Path) -> None:
    """With code that comes with Dovetail before anything is known, then by the run that is gone on with."""
    arguments = ("--no-builtin", "--endpoint", "slow")
    with completions("pass", delay_s=0.1) as (handler, port):
        settings = f'[[endpoints]]\nurl = "http://127.0.0.1:{port}"\nname = "slow"\n'
        first = told(tmp_path, repository, *arguments, settings=settings)
        asked = "\n".join(handler.asked)
        assert asked and "OrderBook" in asked and "price_0" not in asked
        ran = mine(tmp_path, repository, *arguments, "-y", "--most", "1", "--json", settings=settings)
        number = len(handler.asked)
        then = told(tmp_path, repository, *arguments, settings=settings)
        assert len(handler.asked) == number, "what was measured is not asked again"
    assert (first.returncode, then.returncode) == (1, 1)
    found = re.search(r"slow: .*; ([\d.]+) s for each question, measured just now", first.stderr)
    assert found and float(found[1]) * len(WARM) > 0.1, first.stderr
    (one,) = json.loads(ran.stdout)["results"]
    found = re.search(r"slow: .*; ([\d.]+) s for each question, measured in the run that", then.stderr)
    assert found and one["questions"] and one["tokens"]["read"], then.stderr
    assert int(re.findall(r"about (\d+) questions", first.stderr)[0]) > int(
        re.findall(r"about (\d+) questions", then.stderr)[0]
    )


def test_how_long_it_takes_at_a_server_that_is_down_is_not_told(repository: Path, tmp_path: Path) -> None:
    settings = '[[endpoints]]\nurl = "http://127.0.0.1:9"\nname = "dead"\n'
    settings += '[chat]\nurl = "http://127.0.0.1:9/v1"\nmodel = "gone"\n'
    ran = told(tmp_path, repository, "--no-builtin", "--endpoint", "dead", "--chat", settings=settings)
    assert ran.returncode == 1
    for who in ("dead", "gone"):
        assert re.search(
            rf"^{who}: how long it will take cannot be told: .*127\.0\.0\.1", ran.stderr, re.M
        ), ran.stderr


def test_how_long_it_will_still_take_is_said_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    progress = Progress("alpha", "commits", clock=lambda: now[0])
    for done in (3, 4, 6, 10):
        progress(done, 10)
        now[0] += 60
    said = [line.rstrip() for line in capsys.readouterr().err.split("\r")[1:]]
    assert said == [
        "alpha: 3 of 10 commits",
        "alpha: 4 of 10 commits, about 6 minutes left",
        "alpha: 6 of 10 commits, about 3 minutes left",
        "alpha: 10 of 10 commits",
    ]


def test_it_stops_at_the_cap(repository: Path, tmp_path: Path) -> None:
    with completions("x") as (_, port):
        settings = f'[[endpoints]]\nurl = "http://127.0.0.1:{port}"\nname = "scripted"\n'
        ran = mine(
            tmp_path,
            repository,
            "--no-builtin",
            "--endpoint",
            "scripted",
            "--json",
            "-y",
            "--most",
            "5",
            settings=settings,
        )
    (one,) = json.loads(ran.stdout)["results"]
    assert "--most" in one["stopped"]
    assert one["lines"] < 8


def test_an_endpoint_that_does_not_answer_is_no_result(repository: Path, tmp_path: Path) -> None:
    """It is said in the server's words, and nothing is counted or kept as if it had been silent."""
    settings = '[[endpoints]]\nurl = "http://127.0.0.1:9"\nname = "dead"\n'
    page = tmp_path / "page.html"
    wanted = ("--endpoint", "dead", "--no-builtin", "--json", "-y", "--page", str(page))
    for _ in range(2):
        ran = mine(tmp_path, repository, *wanted, settings=settings)
        assert ran.returncode == 0, ran.stderr
        (one,) = json.loads(ran.stdout)["results"]
        assert (one["lines"], one["errors"]) == (0, [])
        assert "dead" in one["stopped"] and "nothing answers" in one["stopped"]
    assert page.exists()


async def test_on_the_real_llama_cpp_server(repository: Path, tmp_path: Path) -> None:
    """A tiny model whose words are noise: it answers, and is mostly wrong."""
    needs_llama()
    model = make_model(tmp_path / "noise.gguf")
    async with await LocalServer.start(LocalModel(path=str(model), slots=2, threads=1)) as server:
        settings = f'[[endpoints]]\nurl = "{server.config.url}"\nname = "noise"\nkeyEnv = "NOISE_KEY"\n'
        assert server.config.key is not None
        ran = await asyncio.to_thread(
            mine,
            tmp_path,
            repository,
            "--endpoint",
            "noise",
            "--json",
            "-y",
            "--lines",
            "1",
            settings=settings,
            NOISE_KEY=server.config.key.reveal(),
        )
    assert ran.returncode == 0, ran.stderr
    builtin, noise = json.loads(ran.stdout)["results"]
    assert builtin["keysSaved"] > noise["keysSaved"]
    assert noise["shown"] > 0 and noise["tokens"]["written"] > 0, "its own words were seen"


def test_the_page_escapes_names() -> None:
    assert "<b>x</b>" not in page("<b>x</b>", "", [], [])
