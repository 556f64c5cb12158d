"""Files that a chat request would be sent with: told before it is sent, found by what the request writes, and nothing
that is excluded or holds secrets by its name. What is really sent is read from a recording chat server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import editing
from editing import CODE, with_chat

from dovetail.fim import INSTALLED, Passage
from dovetail.server.editing.filesfor import about, written_names, written_paths

FILES = {
    "prices.py": "class PriceList:\n    def price_of(self, name):\n        return 1\n",
    "more/stock.py": "def in_stock(name):\n    return PriceList().price_of(name)\n",
    "notes.md": "# Volume\n\nHow volume is made faster.\n",
    "secret/hidden.py": "class PriceList: pass\n",
    ".env": "PriceList=1\n",
    "credentials.json": '{"PriceList": 1}\n',
    ".git/HEAD": "ref: refs/heads/main\n",
    ".gitignore": "secret/\n",
    "tests/test_shapes.py": "from shapes import area\n",
}
AT = {"start": {"line": 4, "character": 0}, "end": {"line": 5, "character": 4}}


@pytest.fixture
def edit_in(launch: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    def start(chat: Any) -> tuple[Any, Path, str]:
        server, editor, work, uri = editing.started(launch, tmp_path, with_chat(chat), files=FILES)
        server.wait(lambda m: m.get("method") == "dovetail/status" and m["params"]["state"] == "idle")
        return editor, work, uri

    return start


def test_what_is_told_is_what_is_sent_and_nothing_is_sent_before(edit_in: Any) -> None:
    with editing.chat_server("I have nothing to add.") as chat:
        editor, work, uri = edit_in(chat)
        found: dict[str, list[str]] = {}
        for words in (
            "use `PriceList` here",
            "as in more/stock.py",
            "see .env, credentials.json and secret/hidden.py",
            "make this faster",
            "look at ../../etc/passwd",
        ):
            argument = {"uri": uri, "range": AT, "instruction": words, "kind": "edit"}
            answer = editor.command("dovetail.filesFor", argument)
            found[words] = [row["path"] for row in answer["files"]]
            at_hand = answer["files"][0]
            assert (at_hand["lines"], at_hand["why"]) == (CODE.count("\n"), "the file at hand")
        assert found == {
            "use `PriceList` here": ["shapes.py", "prices.py", "more/stock.py"],
            "as in more/stock.py": ["shapes.py", "more/stock.py"],
            "see .env, credentials.json and secret/hidden.py": ["shapes.py"],
            "make this faster": ["shapes.py"],
            "look at ../../etc/passwd": ["shapes.py"],
        }
        assert not chat.asked

        argument = {"uri": uri, "range": AT, "instruction": "use `PriceList` here", "kind": "edit"}
        rows = editor.command("dovetail.filesFor", argument)["files"]
        prices = next(row for row in rows if row["path"] == "prices.py")
        assert prices["lines"] == 3 and 15 <= prices["tokens"] <= 40
        assert prices["why"] == "holds PriceList" and prices["uri"] == (work / "prices.py").as_uri()
        # Left out is `more/stock.py`: of what was found only the rest is sent.
        editor.command("dovetail.edit", {**argument, "files": [prices["uri"]]})
        sent = json.dumps(chat.asked)
        assert "def price_of" in sent and "def in_stock" not in sent
        # Nothing that was found is sent where no client has shown it.
        editor.command("dovetail.edit", argument)
        assert "def price_of" not in json.dumps(chat.asked[-1])


def test_tests_are_told_and_can_be_left_out(edit_in: Any) -> None:
    with editing.chat_server("No.", "No.") as chat:
        editor, _, uri = edit_in(chat)
        argument = {"uri": uri, "range": AT, "kind": "tests"}
        rows = editor.command("dovetail.filesFor", argument)["files"]
        assert [(row["path"], row["why"]) for row in rows] == [
            ("shapes.py", "the file at hand"),
            ("tests/test_shapes.py", "tests"),
        ]
        editor.command("dovetail.edit", {**argument, "files": []})
        assert "from shapes import area" not in json.dumps(chat.asked)
        asked = len(chat.asked)
        editor.command("dovetail.edit", argument)
        assert "from shapes import area" in json.dumps(chat.asked[asked])


def test_a_request_that_would_be_refused_is_told_no_files(edit_in: Any) -> None:
    with editing.chat_server() as chat:
        editor, work, uri = edit_in(chat)
        assert editor.command("dovetail.filesFor", {"uri": uri, "instruction": " "}) == {"files": []}
        hidden = editor.open(work / "secret" / "hidden.py")
        assert editor.command("dovetail.filesFor", {"uri": hidden, "instruction": "x"}) == {"files": []}
        assert not chat.asked


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("add a timeout to AsyncClient.get", ["AsyncClient", "get"]),
        ("call parse_url() first", ["parse_url"]),
        ("use `retry` and sha256", ["retry", "sha256"]),
        ("Make this faster. Then rename it, e.g. to x.", []),
        ("HTTP errors are to be raised", ["HTTP"]),
        ("retries(3) and __init__", ["retries"]),
    ],
)
def test_names_are_what_no_sentence_writes(words: str, names: list[str]) -> None:
    assert written_names(words) == names


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        ("as in src/a.py, and b.ts.", ["src/a.py", "b.ts"]),
        ("faster. Then", []),
        ("`app/[id]/page.tsx`", ["app", "page.tsx"][1:]),
    ],
)
def test_paths(words: str, paths: list[str]) -> None:
    found = written_paths(words)
    assert [path for path in paths if not any(one.endswith(path) for one in found)] == []
    assert bool(found) == bool(paths)


def test_files_of_packages_and_far_weaker_ones_are_left_out() -> None:
    passages = [
        Passage("a.py", 0, "Client\n", 4.0),
        Passage(INSTALLED + "python/x.py", 0, "Client\n", 9.0),
        Passage("b.py", 0, "Client\n", 1.0),
        Passage("c.py", 0, "Clients\n", 8.0),
        Passage("a.py", 40, "get\n", 1.0),
    ]
    assert about(passages, ["Client", "get"]) == [("a.py", ["Client", "get"])]


def test_without_the_list_a_request_is_sent_as_it_is(launch: Callable[..., Any], tmp_path: Path) -> None:
    with editing.chat_server("No.") as chat:
        settings = with_chat(chat, edits={"offerFix": False, "listFiles": False})
        _, editor, _, uri = editing.started(launch, tmp_path, settings, files=FILES)
        argument = {"uri": uri, "range": AT, "instruction": "as in more/stock.py", "kind": "edit"}
        assert editor.command("dovetail.filesFor", argument) == {"files": []}
        editor.command("dovetail.edit", argument)
        assert chat.asked and "def in_stock" not in json.dumps(chat.asked)
