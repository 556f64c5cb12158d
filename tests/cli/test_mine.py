"""`dovetail bench mine`: a repository's own history against the built-in model and endpoints that are really asked."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest
from machine import needs_llama

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "endpoints"))

from make_model import make_model
from mining import EXCLUDED, SECRET, completions, git, mine

from dovetail.cli.mine.errors import Error, judge
from dovetail.cli.mine.history import NoHistory, read_history
from dovetail.cli.page import page
from dovetail.endpoints.local import LocalModel, LocalServer
from dovetail.fim.builtin.history import TypedLine


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
