"""`dovetail bench mine --chat`: the edits of a history, asked of a chat server that answers from a list."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat_server import ChatServer
from mining import EXCLUDED, SECRET, git, mine

from dovetail.cli.mine.edits import EditCase, EditError, cases_of, judge_edit
from dovetail.cli.mine.history import read_history
from dovetail.edits import MemoryWorkspace, make_plan, read_reply

BEFORE = "def price(item):\n    return item.price\n\n\ndef total(items):\n    return 0\n"
AFTER = BEFORE.replace("return 0", "whole = sum(map(price, items))\n    return whole")


def block(old: str, new: str, path: str = "shop.py") -> str:
    return f"{path}\n```python\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


RIGHT = block("    return 0", "    whole = sum(map(price, items))\n    return whole")


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (RIGHT, None),
        ("", EditError.SILENT),
        ("I would add the prices up.", EditError.FORMAT),
        (block("    return nothing at all", "    return 1"), EditError.NOT_FOUND),
        (block("    return 0", "    return 0"), EditError.NOTHING),
        (block("    return 0", "  whole = sum(map(price, items))\n  return whole"), EditError.INDENTATION),
        (block("    return 0", "    whole = sum(map(price, items))\n    return 0"), EditError.SHORT),
        (block("    return 0", "    whole = sum(map(price, items))\n    print(1)\n    return whole"), EditError.LONG),
        (block("    return 0", "    return len(items)"), EditError.OTHER),
        (block("    return 0", "    return sum((items"), EditError.REFUSED_SYNTAX),
    ],
)  # fmt: skip
def test_what_is_wrong_is_decided_mechanically(reply: str, error: EditError | None) -> None:
    case = EditCase("c", "add up", "shop.py", BEFORE, AFTER, {})
    plan = make_plan(read_reply(reply), MemoryWorkspace({"shop.py": BEFORE}))
    assert judge_edit(case, reply, plan) is error


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three commits that change one line each, of a file with a key in it, beside one that is excluded."""
    root = tmp_path_factory.mktemp("repository") / "shop"
    root.mkdir()
    git(root, "init", "-q")
    (root / ".gitignore").write_text("private/\n", encoding="utf-8")
    (root / "private").mkdir()
    for number in range(4):
        code = "".join(f"def f{i}(rows):\n    return {int(i < number)}\n\n\n" for i in range(3))
        (root / "shop.py").write_text(f'KEY = "{SECRET}"\n\n\n{code}', encoding="utf-8")
        (root / "private" / "plan.py").write_text(f"{EXCLUDED} = {number}\nx = 1\n", encoding="utf-8")
        git(root, "add", "-A", "-f")
        git(root, "commit", "-q", "-m", f"f{number - 1} returns one\n\nA longer text that is not asked.")
    return root


def replies() -> list[str]:
    def one(number: int) -> str:
        old, new = (f"def f{number}(rows):\n    return {value}" for value in (0, 1))
        return block(old, new)

    # The first is right; the second fits after the server was told why it did not; the third never has an edit.
    return [one(0), block("def f1(row):\n    return nil", "x"), one(1), "Let me think about it.", "I cannot."]


@contextmanager
def chat(answers: list[str]) -> Iterator[ChatServer]:
    server = ChatServer(answers)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


PRICES = (3.0, 500.0)
"""Of a million tokens that are read and written: so far apart that it shows which price was taken for which."""


def settings(server: ChatServer) -> str:
    prices = f"priceRead = {PRICES[0]}\npriceWritten = {PRICES[1]}\n"
    return f'[chat]\nurl = "{server.url}"\nmodel = "scripted"\n{prices}keyEnv = ""\n'


EDITS = ("--chat", "--no-builtin", "--json", "--lines", "1", "--edits", "2")


def of_shop(made: dict[str, Any]) -> dict[str, Any]:
    (one,) = made["edits"]
    assert isinstance(one, dict)
    return one


def test_the_edits_of_a_history_are_asked_judged_and_not_asked_again(
    repository: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    with chat(replies()) as server:
        refused = mine(tmp_path, repository, *EDITS, settings=settings(server))
        assert (refused.returncode, server.asked) == (2, [])
        assert "6 edits" in refused.stderr and "cost about" in refused.stderr
        ran = mine(
            tmp_path,
            repository,
            *EDITS,
            "-y",
            "--examples",
            "1",
            "--page",
            str(page),
            settings=settings(server),
        )
        assert ran.returncode == 0, ran.stderr
        asked = "\n".join(server.asked)
        number = len(server.asked)
        again = mine(tmp_path, repository, *EDITS, "-y", "--examples", "1", settings=settings(server))
        assert len(server.asked) == number, "what was found is not asked again"
    one = of_shop(json.loads(ran.stdout))
    assert (one["edits"], one["leftOut"], one["exact"]) == (3, 3, pytest.approx(1 / 3, abs=1e-3))
    errors = {error["error"]: error for error in one["errors"]}
    assert errors["refused: not found"]["recovered"] == 1
    assert errors["format broken"]["recovered"] == 0
    assert 0 < one["tokens"]["written"] < one["tokens"]["read"]
    cost = (one["tokens"]["read"] * PRICES[0] + one["tokens"]["written"] * PRICES[1]) / 1_000_000
    assert one["cost"] == pytest.approx(cost, abs=1e-4)
    assert one["examples"]["format broken"][0]["shown"] == "Let me think about it."
    assert of_shop(json.loads(again.stdout))["errors"] == one["errors"]
    assert "f0 returns one" in asked and "A longer text" not in asked
    assert SECRET not in asked and EXCLUDED not in asked
    text = page.read_text(encoding="utf-8")
    assert "refused: not found" in text and "Let me think" not in text
    assert (repository / "shop.py").read_text(encoding="utf-8").count("return 1") == 3


def test_the_cap_holds_for_edits(repository: Path, tmp_path: Path) -> None:
    with chat([RIGHT]) as server:
        ran = mine(tmp_path, repository, *EDITS, "-y", "--most", "1", settings=settings(server))
    one = of_shop(json.loads(ran.stdout))
    assert "--most" in one["stopped"]
    assert one["edits"] < 3


def test_without_a_server_it_is_a_sentence(repository: Path, tmp_path: Path) -> None:
    none = mine(tmp_path, repository, *EDITS, "-y")
    assert (none.returncode, "chat.url" in none.stderr) == (2, True)
    dead = mine(
        tmp_path, repository, *EDITS, "-y", settings='[chat]\nurl = "http://127.0.0.1:9/v1"\nmodel = "m"\n'
    )
    one = of_shop(json.loads(dead.stdout))
    assert (one["edits"], dead.returncode) == (0, 0)
    assert one["stopped"].startswith("stopped: ")


def test_excluded_files_are_left_out(repository: Path) -> None:
    """By the rules of the commit's own time; they go along with each case."""
    history = read_history(repository, 3)
    cases = cases_of(repository, history, 0, 5)
    assert {case.path for case in cases} == {"shop.py", "private/plan.py"}
    assert all(case.rules[".gitignore"] == "private/\n" for case in cases)
    assert [case.words for case in cases if case.path == "shop.py"] == [f"f{i} returns one" for i in range(3)]


def test_next_edits_of_the_built_in_model_are_replayed(repository: Path, tmp_path: Path) -> None:
    ran = mine(tmp_path, repository, "--json", "--lines", "1")
    assert ran.returncode == 0, ran.stderr
    (one,) = json.loads(ran.stdout)["nextEdits"]
    assert (one["name"], one["commits"]) == ("built-in model", 3)
    none = mine(tmp_path, repository, "--json", "--lines", "1", "--edits", "0")
    assert json.loads(none.stdout)["nextEdits"] == []
