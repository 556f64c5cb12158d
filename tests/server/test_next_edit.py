"""Next edits over LSP: asked for, applied, rejected; quiet where they should be."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import editing
from editing import Editor
from next_asks import ask, rename

CODE = """\
import shop


def one(cart):
    log.debug("one %s", cart)
    return shop.total_of(cart, 1)


def two(cart):
    log.debug("two %s", cart)
    return shop.total_of(cart, 2)


def three(cart):
    log.debug("three %s", cart)
    return shop.total_of(cart, 3)


def four(cart):
    log.debug("four %s", cart)
    return shop.total_of(cart, 4)
"""


@pytest.fixture
def edit_in(launch: Callable[..., Any], tmp_path: Path) -> Callable[..., tuple[Editor, str]]:
    """Start server and editor on a workspace that holds shop.py: (editor, the uri of shop.py)."""

    def start(options: Any = None) -> tuple[Editor, str]:
        _, editor, workspace, _ = editing.started(launch, tmp_path, options, None, **{"shop.py": CODE})
        return editor, editor.open(workspace / "shop.py", CODE)

    return start


def rewrite_twice(editor: Editor, uri: str, old: str, new: str) -> None:
    """Two edits that are alike, each over."""
    for _ in range(2):
        rename(editor, uri, old, new)
        ask(editor, uri, 0)


def test_what_follows_is_proposed_at_its_place_and_applied_by_the_server(edit_in: Any) -> None:
    editor, uri = edit_in()
    rewrite_twice(editor, uri, "shop.total_of(cart,", "cart.total(shop,")
    found = ask(editor, uri, 0, manual=True)["edit"]
    assert found is not None
    assert found["before"] == "    return shop.total_of(cart, 3)"
    assert found["after"] == "    return cart.total(shop, 3)"
    assert found["proof"] == "exact"
    answer = editor.command("dovetail.nextEdit", {"id": found["id"]})
    assert answer["applied"], answer
    assert "cart.total(shop, 3)" in editor.text(uri)
    assert "shop.total_of(cart, 4)" in editor.text(uri)
    assert editor.command("dovetail.undoEdit", {})["applied"]
    assert "shop.total_of(cart, 3)" in editor.text(uri)


def test_in_the_shape_of_the_other_server(edit_in: Any) -> None:
    editor, uri = edit_in()
    rewrite_twice(editor, uri, "    log.debug(", "    logger.debug(")
    answer = ask(editor, uri, 0, "textDocument/copilotInlineEdit", manual=True)
    (edit,) = answer["edits"]
    assert edit["text"] == '    logger.debug("three %s", cart)\n'
    assert edit["range"] == {"start": {"line": 14, "character": 0}, "end": {"line": 15, "character": 0}}
    assert edit["textDocument"]["uri"] == uri
    assert edit["command"]["command"] == "dovetail.acceptNextEdit"


def test_a_rejected_one_does_not_come_back(edit_in: Any) -> None:
    editor, uri = edit_in()
    rewrite_twice(editor, uri, "    log.debug(", "    logger.debug(")
    found = ask(editor, uri, 0, manual=True)["edit"]
    editor.server.notify("dovetail/didRejectNextEdit", {"id": found["id"]})
    again = ask(editor, uri, 0, manual=True)
    assert again["edit"] is None or again["edit"]["before"] != found["before"]


def test_nothing_while_the_edit_is_under_way_and_a_reason_is_given(edit_in: Any) -> None:
    editor, uri = edit_in()
    line = rename(editor, uri, "log.debug(", "logger.debug(")
    answer = ask(editor, uri, line)
    assert answer["edit"] is None
    assert answer["reason"]


def test_the_setting_turns_it_off(edit_in: Any) -> None:
    editor, uri = edit_in({"next": {"mode": "off"}})
    rename(editor, uri, "log.debug(", "logger.debug(")
    answer = ask(editor, uri, 0, manual=True)
    assert answer == {"edit": None, "reason": "next edits are off (setting next.mode)"}


def test_an_excluded_document_teaches_and_gets_nothing(edit_in: Any) -> None:
    editor, uri = edit_in({"completion": {"exclude": ["shop.py"]}})
    rename(editor, uri, "log.debug(", "logger.debug(")
    assert ask(editor, uri, 0, manual=True)["edit"] is None


def test_a_plan_of_all_places_is_shown_first_where_asked(edit_in: Any) -> None:
    editor, uri = edit_in()
    rewrite_twice(editor, uri, "shop.total_of(cart,", "shop.sum_of(cart,")
    found = ask(editor, uri, 0, manual=True)["edit"]
    plan = editor.command("dovetail.nextEdit", {"id": found["id"], "all": True, "preview": True})
    assert not plan["applied"]
    (file,) = plan["files"]
    assert (file["before"].count("total_of"), file["after"].count("total_of")) == (2, 0)
    assert [hunk["proof"] for hunk in file["hunks"]] == ["exact"] * 2  # each can be left out
    assert editor.text(uri).count("total_of") == 2


def test_a_plain_client_finds_it_among_its_code_actions(launch: Callable[..., Any], tmp_path: Path) -> None:
    workspace = tmp_path / "work"
    workspace.mkdir()
    (workspace / "shop.py").write_text(CODE, encoding="utf-8", newline="\n")
    server = launch()
    server.start(folders=(workspace,), capabilities=editing.CAPABILITIES)
    editor = Editor(server)
    uri = editor.open(workspace / "shop.py", CODE)
    rewrite_twice(editor, uri, "    log.debug(", "    logger.debug(")
    where = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    params = {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": []}}
    actions = editor.wait_for(server.ask("textDocument/codeAction", params))
    (one, every) = [action for action in actions if "ext edit" in action["title"]]
    assert one["title"] == "Next edit: line 15"
    assert every["title"] == "Next edit: all 2 places"
    editor.command(every["command"]["command"], every["command"]["arguments"][0])
    assert editor.text(uri).count("logger.debug(") == 4


def test_a_definition_that_was_renamed_is_for_the_editors_rename(edit_in: Any) -> None:
    editor, uri = edit_in(None)
    rename(editor, uri, "def one(", "def first(")
    editor.type(uri, 25, 0, "x = one(1)\n")
    answer = ask(editor, uri, 9, manual=True)
    assert answer["edit"] is None
    assert answer["rename"] == {
        "textDocument": {"uri": uri, "version": editor.open_documents[uri].version},
        "position": {"line": 3, "character": 4},
        "oldName": "one",
        "newName": "first",
        "uses": answer["rename"]["uses"],
    }
    editor.server.notify("dovetail/didSettleRename", {"oldName": "one", "newName": "first"})
    assert "rename" not in ask(editor, uri, 9, manual=True)


def test_the_old_name_that_comes_back_for_the_editors_rename_is_no_undo(edit_in: Any) -> None:
    editor, uri = edit_in(None)
    editor.type(uri, 25, 0, "x = one(1)\ny = two(2)\n")
    rename(editor, uri, "def one(", "def first(")
    assert ask(editor, uri, 9)["rename"]["newName"] == "first"
    editor.server.notify("dovetail/didSettleRename", {"oldName": "one", "newName": "first"})
    rename(editor, uri, "def first(", "def one(")
    ask(editor, uri, 9)
    rename(editor, uri, "def two(", "def second(")
    assert ask(editor, uri, 15)["rename"]["newName"] == "second"


def test_a_plain_client_gets_the_old_name_back_and_a_sentence(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    workspace = tmp_path / "work"
    workspace.mkdir()
    code = CODE + "\n\nx = one(1)\n"
    (workspace / "shop.py").write_text(code, encoding="utf-8", newline="\n")
    server = launch()
    server.start(folders=(workspace,), capabilities=editing.CAPABILITIES)
    editor = Editor(server)
    uri = editor.open(workspace / "shop.py", code)
    rename(editor, uri, "def one(", "def first(")
    where = {"start": {"line": 9, "character": 0}, "end": {"line": 9, "character": 0}}
    params = {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": []}}
    actions = editor.wait_for(server.ask("textDocument/codeAction", params))
    (one,) = [action for action in actions if "everywhere" in action["title"]]
    assert one["title"].startswith("Put one back, to rename it to first everywhere")
    answer = editor.command(one["command"]["command"], one["command"]["arguments"][0])
    assert "your editor's rename" in answer["message"]
    assert editor.text(uri) == code


def test_why_names_the_rule_its_examples_places_and_chance(edit_in: Any) -> None:
    editor, uri = edit_in()
    rewrite_twice(editor, uri, "shop.total_of(cart,", "cart.total(shop,")
    found = ask(editor, uri, 0, manual=True)["edit"]
    decision = editor.command("dovetail.why", {"uri": uri})["decisions"][0]
    steps = {step["name"]: step["detail"] for step in decision["steps"]}
    assert steps["rule"] == found["rule"]
    assert steps["place"] == "line 16 of shop.py"
    assert "line 6 of shop.py" in steps["examples"]
    assert steps["places"] == str(found["places"])
    assert steps["chance"] == f"{found['chance']:.0%}"
    assert decision["sentence"] == f"Next edit: {found['why']}."
    while found is not None:
        editor.server.notify("dovetail/didRejectNextEdit", {"id": found["id"]})
        found = ask(editor, uri, 0, manual=True)["edit"]
    refused = editor.command("dovetail.why", {"uri": uri})["decisions"][0]
    assert refused["sentence"].startswith("No next edit: ")
    assert any(step["detail"].endswith("it was rejected before") for step in refused["steps"])
