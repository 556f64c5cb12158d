"""Next edits from a model on a real HTTP server: what is sent, what is made of the answer, when nothing is asked."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import editing
from editing import Editor
from next_asks import ask, rename
from next_server import NextServer, Reply, served

CODE = """\
import shop

API_KEY = "sk-proj-Zq81mDk20vXw73TbLr5YcNa94HsPe6UfGj2"


def one(cart):
    return cart.sum(1)


def two(cart):
    return cart.count(2)
"""


@pytest.fixture
def edit_with(
    launch: Callable[..., Any], tmp_path: Path
) -> Iterator[Callable[..., tuple[Editor, str, NextServer]]]:
    """Server, editor and model on a workspace with shop.py (and more files); shop.py is open."""
    with served(lambda window: window) as model:

        def start(reply: Reply, options: Any = None, **files: str) -> tuple[Editor, str, NextServer]:
            model.reply = reply
            options = {"next": {"url": model.url}, **(options or {})}
            files = {"shop.py": CODE, **files}
            _, editor, workspace, _ = editing.started(launch, tmp_path, options, None, **files)
            return editor, editor.open(workspace / "shop.py", files["shop.py"]), model

        yield start


def renamed(editor: Editor, uri: str, line: int = 10) -> Any:
    """An edit that is over, and what is proposed then."""
    rename(editor, uri, "cart.sum(1)", "cart.total(1)")
    return ask(editor, uri, line)


def test_what_the_model_says_is_located_and_applied_by_the_server(edit_with: Any) -> None:
    editor, uri, model = edit_with(lambda window: window.replace("cart.count(2)", "cart.total(2)"))
    edit = renamed(editor, uri)["edit"]
    assert (edit["before"], edit["after"]) == ("    return cart.count(2)", "    return cart.total(2)")
    assert edit["rule"] == "model"
    assert edit["proof"] == "exact"
    assert "fits the text exactly" in edit["why"]
    assert editor.command("dovetail.nextEdit", {"id": edit["id"]})["applied"]
    assert editor.text(uri) == CODE.replace("cart.sum", "cart.total").replace("cart.count", "cart.total")
    assert len(model.asked) == 1
    stats = editor.command("dovetail.stats", {})["report"]
    assert [(one["kind"], one["shown"], one["accepted"]) for one in stats["kinds"]] == [("next edit", 1, 1)]
    assert editor.server.stop() == 0
    with sqlite3.connect(editor.server.home / "state" / "statistics.sqlite3") as db:
        (who,) = db.execute("select name from moments join names on names.id = source").fetchall()
    assert who == (model.url.split("/")[2],), "the server that made it, not the rules"


def test_what_is_sent_is_the_text_as_it_may_be_shown(edit_with: Any, tmp_path: Path) -> None:
    """Judged by what the model's server received: no secret, no excluded file, but the edits and the window."""
    hidden = "HIDDEN_TOKEN_TABLE = 1\n"
    editor, uri, model = edit_with(
        lambda window: window,
        {"completion": {"exclude": ["hidden.py"]}},
        **{"hidden.py": hidden, "open.py": "SEEN = 1\n"},
    )
    work = tmp_path / "work"
    editor.open(work / "hidden.py", hidden)
    editor.open(work / "open.py", "SEEN = 1\n")
    rename(editor, editor.open(work / "hidden.py", hidden), "HIDDEN", "HIDDEN2")
    rename(
        editor,
        uri,
        'sk-proj-Zq81mDk20vXw73TbLr5YcNa94HsPe6UfGj2"',
        'sk-proj-Ab81mDk20vXw73TbLr5YcNa94HsPe6UfGj2"',
    )
    ask(editor, uri, 10, manual=True)
    renamed(editor, uri)
    assert model.asked
    for body in model.asked:
        sent = json.dumps(body)
        assert "mDk20vXw73TbLr5YcNa94HsPe6UfGj2" not in sent
        assert "HIDDEN" not in sent
        assert "hidden.py" not in sent
        assert 'API_KEY = \\"****' in sent
        assert str(tmp_path) not in sent
    last = model.asked[-1]["prompt"]
    assert "<|file_sep|>open.py\nSEEN = 1\n" in last
    assert "original:\n    return cart.sum(1)\nupdated:\n    return cart.total(1)\n" in last
    assert model.asked[-1]["stop"] == ["<|file_sep|>", "<|endoftext|>", "</s>"]


def test_a_line_with_a_secret_in_it_is_never_rewritten(edit_with: Any) -> None:
    editor, uri, _ = edit_with(lambda window: window.replace("API_KEY", "KEY"))
    rename(editor, uri, "import shop", "import store")
    answer = ask(editor, uri, 6, manual=True)
    assert answer["edit"] is None
    assert "secret" in answer["reason"]


@pytest.mark.parametrize(
    ("line", "reply", "why"),
    [
        (10, lambda window: window, "has nothing to change"),
        (4, lambda window: window.replace("total(1)", "sum(1)"), "undo an edit"),
        (10, lambda window: window.replace("return cart.count(2)", "return cart.count(2"), "syntax error"),
        (10, lambda window: window.replace("count(2)", "count(3)"), "nothing but a number"),
        (
            10,
            lambda window: window.replace("    return cart.count", "\treturn cart.count"),
            "nothing but spaces",
        ),
        (4, lambda window: window.replace("def two", "def one"), "a second time"),
        (10, lambda window: window + "x = 1\n" * 50, "more than 20 lines"),
        (10, lambda window: "", "empty"),
        (10, lambda window: str(1 / 0), "division"),
    ],
)
def test_an_answer_passes_the_same_refusals(edit_with: Any, line: int, reply: Reply, why: str) -> None:
    editor, uri, _ = edit_with(reply)
    answer = renamed(editor, uri, line)
    assert answer["edit"] is None
    assert why in answer["reason"], answer
    assert editor.text(uri) == CODE.replace("cart.sum", "cart.total")


def test_a_rejected_one_rests_and_does_not_come_back(edit_with: Any) -> None:
    editor, uri, model = edit_with(lambda window: window.replace("cart.count(2)", "cart.total(2)"))
    edit = renamed(editor, uri)["edit"]
    editor.server.notify("dovetail/didRejectNextEdit", {"id": edit["id"]})
    assert "rejected" in ask(editor, uri, 10)["reason"]
    assert len(model.asked) == 1
    rename(editor, uri, "import shop", "import os\nimport shop")  # it moves along
    assert "rejected before" in ask(editor, uri, 11, manual=True)["reason"]


def test_what_is_left_of_an_answer_follows_without_another_request(edit_with: Any) -> None:
    def both(window: str) -> str:
        return window.replace("cart.count(2)", "cart.total(2)").replace(
            "def one(cart)", "def one(cart, *more)"
        )

    editor, uri, model = edit_with(both)
    first = renamed(editor, uri, 4)["edit"]
    assert first["before"] == "def one(cart):"
    assert editor.command("dovetail.nextEdit", {"id": first["id"]})["applied"]
    asked = len(model.asked)
    second = ask(editor, uri, 4, manual=True)["edit"]
    assert second["after"] == "    return cart.total(2)"
    assert len(model.asked) == asked


def test_nothing_is_asked_while_typing_nor_where_it_is_off(edit_with: Any) -> None:
    editor, uri, model = edit_with(lambda window: window, {"completion": {"languages": {"python": False}}})
    renamed(editor, uri)
    line = rename(editor, uri, "cart.count", "cart.c")
    ask(editor, uri, line)
    assert model.asked == []


def test_code_actions_do_not_ask_a_model_with_each_move_of_the_cursor(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    """A plain client asks for them all the time: at most once for one state of the text, and never before an edit."""
    with served(lambda window: window) as model:
        workspace = tmp_path / "work"
        workspace.mkdir()
        (workspace / "shop.py").write_text(CODE, encoding="utf-8", newline="\n")
        server = launch()
        server.start(
            options={"next": {"url": model.url}}, folders=(workspace,), capabilities=editing.CAPABILITIES
        )
        editor = Editor(server)
        uri = editor.open(workspace / "shop.py", CODE)

        def actions() -> Any:
            where = {"start": {"line": 10, "character": 0}, "end": {"line": 10, "character": 0}}
            params = {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": []}}
            return editor.wait_for(server.ask("textDocument/codeAction", params))

        actions()
        assert model.asked == []
        rename(editor, uri, "cart.sum(1)", "cart.total(1)")
        for _ in range(3):
            actions()
        assert len(model.asked) == 1


def test_the_users_own_suggestion_goes_before(edit_with: Any) -> None:
    """The request for a next edit, for which nobody waits, is ended when a suggestion is asked for."""
    editor, uri, model = edit_with(lambda window: window)
    model.hold.clear()
    rename(editor, uri, "cart.sum(1)", "cart.total(1)")
    params = {"textDocument": {"uri": uri}, "position": {"line": 10, "character": 0}}
    waiting = editor.server.ask("dovetail/nextEdit", params)
    assert model.came.wait(10)
    own = {**params, "context": {"triggerKind": 1}}
    editor.server.answer(editor.server.ask("textDocument/inlineCompletion", own))
    assert model.left.wait(10)
    answer = editor.wait_for(waiting)
    assert answer["edit"] is None
    assert "gave way" in answer["reason"]


def test_a_client_that_cancels_hangs_up(edit_with: Any) -> None:
    editor, uri, model = edit_with(lambda window: window)
    model.hold.clear()
    rename(editor, uri, "cart.sum(1)", "cart.total(1)")
    params = {"textDocument": {"uri": uri}, "position": {"line": 10, "character": 0}}
    number = editor.server.ask("dovetail/nextEdit", params)
    assert model.came.wait(10)
    editor.server.notify("$/cancelRequest", {"id": number})
    assert model.left.wait(10)


def test_settings_that_are_wrong_are_a_sentence(edit_with: Any) -> None:
    editor, _, _ = edit_with(
        lambda window: window, {"next": {"url": "http://127.0.0.1:1", "family": "nonsense"}}
    )
    status = editor.wait_for(editor.server.ask("workspace/executeCommand", {"command": "dovetail.status"}))
    assert any("next is not used" in problem and "zeta2.1" in problem for problem in status["problems"])
