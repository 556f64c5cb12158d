"""Code actions: what is offered where, and what it carries."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import editing
from editing import FIT, with_chat


def actions(editor: Any, uri: str, **context: Any) -> list[dict[str, Any]]:
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    identifier = editor.server.ask(
        "textDocument/codeAction",
        {
            "textDocument": {"uri": uri},
            "range": context.pop("range", place),
            "context": {"diagnostics": [], **context},
        },
    )
    result: list[dict[str, Any]] = editor.wait_for(identifier)
    return result


def test_code_actions_are_offered_by_kind_and_carry_their_command(edit_in: Any) -> None:
    with editing.chat_server() as chat:
        editor, _, uri = edit_in(with_chat(chat))
        problem = {
            "range": {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 10}},
            "message": "undefined name",
            "severity": 1,
        }
        found = actions(editor, uri, diagnostics=[problem])
        assert [action["title"] for action in found] == [
            "Fix with Dovetail: undefined name",
            "Fix all in file with Dovetail",
            "Edit with Dovetail…",
            "Document with Dovetail",
            "Write tests with Dovetail",
        ]
        assert all(action["command"]["arguments"] and "edit" not in action for action in found)
        assert {action["kind"] for action in found} == {"quickfix.dovetail", "refactor.rewrite.dovetail"}
        assert [a["kind"] for a in actions(editor, uri, diagnostics=[problem], only=["quickfix"])] == [
            "quickfix.dovetail",
            "quickfix.dovetail",
        ]
        resolved = found[0]
        assert resolved["command"]["command"] == "dovetail.fix"
        assert resolved["command"]["arguments"][0]["diagnostics"][0]["severity"] == 1
        assert resolved["command"]["arguments"][0]["diagnostics"][0]["message"] == "undefined name"


def test_a_warning_is_fixed_where_it_stands_a_hint_is_not(edit_in: Any) -> None:
    """The worst of what is there names the action; only errors are fixed all over the file."""
    where = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 10}}
    warning = {"range": where, "message": "imported but unused", "severity": 2}
    with editing.chat_server() as chat:
        editor, _, uri = edit_in(with_chat(chat))

        def fixes(*problems: dict[str, Any]) -> list[str]:
            found = actions(editor, uri, diagnostics=list(problems), only=["quickfix"])
            return [action["title"] for action in found]

        assert fixes(warning) == ["Fix with Dovetail: imported but unused"]
        assert fixes(warning | {"severity": 4}) == fixes(warning | {"severity": 3}) == []
        error = warning | {"message": "no such name", "severity": 1}
        assert fixes(warning, error) == ["Fix with Dovetail: no such name", "Fix all in file with Dovetail"]


def test_in_a_workspace_that_is_not_trusted_no_action_is_offered(edit_in: Any) -> None:
    """Not even for a diff, which needs no model: the command behind it would apply nothing."""
    options = {"client": {"events": True, "trusted": False}}
    editor, work, _ = edit_in(options, chat__md="Here you are:\n\n" + FIT)
    assert actions(editor, editor.open(work / "chat.md", language="markdown")) == []


@pytest.mark.parametrize("name", ["shapes.py", "chat.md"])
@pytest.mark.parametrize("exclude", [[], ["shapes.py", "chat.md"]])
def test_in_an_excluded_file_no_action_is_offered(edit_in: Any, name: str, exclude: list[str]) -> None:
    """Neither one that asks a model nor one that takes a diff from the file."""
    where = {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 10}}
    problem = {"range": where, "message": "undefined name", "severity": 1}
    with editing.chat_server() as chat:
        options = with_chat(chat, completion={"exclude": exclude})
        editor, work, uri = edit_in(options, chat__md="Here you are:\n\n" + FIT)
        if name != "shapes.py":
            uri = editor.open(work / name, language="markdown")
        assert bool(actions(editor, uri, diagnostics=[problem])) is not bool(exclude)


def test_a_markdown_buffer_that_holds_a_diff_offers_to_apply_it(edit_in: Any) -> None:
    editor, work, uri = edit_in(chat__md="Here you are:\n\n" + FIT)
    notes = editor.open(work / "chat.md", language="markdown")
    (action,) = actions(editor, notes)
    assert action["title"] == "Apply suggested diff"
    command = action["command"]
    answer = editor.command(command["command"], command["arguments"][0])
    assert answer["applied"] is True
    assert "square metres" in editor.text(uri)


def test_a_client_without_annotations_gets_an_action_a_hunk(edit_in: Any) -> None:
    capabilities = {
        "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
    }
    two = FIT.replace("```\n", "", 1).replace("```\n", "")
    two = two.replace("diff\n", "", 1) if two.startswith("diff") else two
    two += "@@ -9,2 +10,2 @@\n def double(number):\n-    return number + number\n+    return number * 2\n"
    editor, work, uri = edit_in(capabilities=capabilities, chat__md="```diff\n" + two + "```\n")
    notes = editor.open(work / "chat.md", language="markdown")
    found = actions(editor, notes)
    assert [a["title"] for a in found] == [
        "Apply suggested diff",
        "Apply hunk 1 of 2 (shapes.py, exact)",
        "Apply hunk 2 of 2 (shapes.py, exact)",
    ]
    plain = found[2]  # no literals either: a command, not an action that has one
    assert editor.command(plain["command"], plain["arguments"][0])["applied"] is True
    assert "number * 2" in editor.text(uri) and "square metres" not in editor.text(uri)
