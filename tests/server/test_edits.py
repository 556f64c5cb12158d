"""Edits over LSP: a real server process, an editor that applies what it is told, a chat server on a socket."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location("dovetail_test_editing", Path(__file__).parent / "editing.py")
assert _spec is not None and _spec.loader is not None
editing = importlib.util.module_from_spec(_spec)
sys.modules["dovetail_test_editing"] = editing
_spec.loader.exec_module(editing)

CODE = """def area(width, height):
    return width * height


def volume(width, height, depth):
    return width * height * depth


def double(number):
    return number + number
"""
FIT = """```diff
--- a/shapes.py
+++ b/shapes.py
@@ -1,2 +1,3 @@
 def area(width, height):
+    \"\"\"In square metres.\"\"\"
     return width * height
```
"""
WRONG = (
    "shapes.py\n```\n<<<<<<< SEARCH\n    return 2 + number\n=======\n"
    "    return 2 * number\n>>>>>>> REPLACE\n```\n"
)
MISFIT = FIT.replace("return width * height", "return height * width")


@pytest.fixture
def edit_in(launch: Callable[..., Any], tmp_path: Path) -> Callable[..., tuple[Any, Any, str]]:
    """Start server and editor on a workspace with shapes.py: (editor, workspace, its uri)."""

    def start(options: Any = None, capabilities: Any = None, **files: str) -> tuple[Any, Any, str]:
        workspace = tmp_path / "work"
        workspace.mkdir()
        (workspace / "shapes.py").write_text(CODE)
        for name, text in files.items():
            (workspace / name.replace("__", ".")).write_text(text)
        server = launch()
        server.start(
            options={"client": {"events": True, "asks": True}, **(options or {})},
            folders=(workspace,),
            capabilities=capabilities or editing.CAPABILITIES,
        )
        editor = editing.Editor(server)
        return editor, workspace, editor.open(workspace / "shapes.py")

    return start


def with_chat(chat: Any, **more: Any) -> dict[str, Any]:
    return {"chat": {"url": chat.url, "model": "test"}, "edits": {"offerFix": False}, **more}


# Diffs from anywhere


def test_a_diff_that_fits_is_applied_and_the_text_that_came_back_is_what_was_meant(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    answer = editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri})
    assert answer["applied"] is True
    assert '"""In square metres."""\n    return width * height\n' in editor.text(uri)
    assert editor.text(uri).replace('    """In square metres."""\n', "") == CODE


def test_the_edit_is_minimal_versioned_and_carries_its_proof(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri})
    (edit,) = editor.edits
    (change,) = edit["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    (text_edit,) = change["edits"]
    assert text_edit["annotationId"] == "exact"
    assert text_edit["range"]["start"] == text_edit["range"]["end"] == {"line": 1, "character": 0}
    assert edit["changeAnnotations"]["merged"]["needsConfirmation"] is True


def test_a_diff_that_does_not_fit_changes_nothing_and_says_where_it_differs(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    answer = editor.command("dovetail.applyDiff", {"text": MISFIT, "uri": uri})
    assert (answer["applied"], editor.edits, editor.text(uri)) == (False, [], CODE)
    (hunk,) = answer["refused"]
    assert hunk["kind"] == "not found"
    assert hunk["uri"] == uri
    told = editor.command("dovetail.explainRefusal", {"id": answer["id"], "hunk": hunk["id"]})
    assert "not found" in told["message"] and told["place"]["uri"] == uri
    assert told["modelText"] == MISFIT


def test_nothing_is_applied_where_one_of_two_hunks_is_refused_unless_the_user_picks(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    two = FIT + MISFIT.replace("area(width, height)", "volume(a, b, c)")
    answer = editor.command("dovetail.applyDiff", {"text": two, "uri": uri, "preview": True})
    assert [hunk["proof"] for file in answer["files"] for hunk in file["hunks"]] == ["exact"]
    assert editor.command("dovetail.applyPlan", {"id": answer["id"]})["applied"] is False
    assert editor.text(uri) == CODE
    good = answer["files"][0]["hunks"][0]["id"]
    assert editor.command("dovetail.applyPlan", {"id": answer["id"], "hunks": [good]})["applied"] is True
    assert "square metres" in editor.text(uri)


def test_typing_between_preview_and_apply_is_kept(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    plan = editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri, "preview": True})
    editor.type(uri, 0, 0, "# shapes\n")
    assert editor.command("dovetail.applyPlan", {"id": plan["id"]})["applied"] is True
    assert editor.text(uri).startswith('# shapes\ndef area(width, height):\n    """In square metres."""\n')


def test_an_editor_that_says_applied_and_did_nothing_is_not_believed(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    editor.lies = True
    answer = editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri})
    assert answer["applied"] is False
    assert "something else than was meant" in answer["message"]


def test_files_are_created_renamed_deleted_and_all_of_it_is_undone(edit_in: Any) -> None:
    editor, work, uri = edit_in(old__py="a = 1\n", gone__py="b = 2\n")
    patch = """*** Begin Patch
*** Add File: made/new.py
+c = 3
*** Update File: old.py
*** Move to: moved.py
-a = 1
+a = 2
*** Delete File: gone.py
*** Update File: shapes.py
 def double(number):
-    return number + number
+    return number * 2
*** End Patch
"""
    answer = editor.command("dovetail.applyDiff", {"text": patch, "uri": uri})
    assert answer["applied"] is True, answer["message"]
    assert editor.text((work / "made/new.py").as_uri()) == "c = 3\n"
    assert editor.text((work / "moved.py").as_uri()) == "a = 2\n"
    assert not (work / "gone.py").exists()
    assert "number * 2" in editor.text(uri)
    undone = editor.command("dovetail.undoEdit", {})
    assert undone["applied"] is True, undone["message"]
    assert editor.text(uri) == CODE
    assert not (work / "made/new.py").exists()
    assert editor.text((work / "gone.py").as_uri()) == "b = 2\n"
    assert editor.text((work / "old.py").as_uri()) == "a = 1\n"
    assert editor.command("dovetail.undoEdit", {})["applied"] is False


def test_undo_leaves_what_was_typed_since(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri})
    editor.type(uri, 10, 0, "# the end\n")
    assert editor.command("dovetail.undoEdit", {})["applied"] is True
    assert editor.text(uri) == CODE.replace(
        "    return number + number\n", "    return number + number\n"
    ) + "" or ("# the end" in editor.text(uri) and "square metres" not in editor.text(uri))


def test_a_path_outside_the_workspace_is_refused(edit_in: Any, tmp_path: Path) -> None:
    editor, _, uri = edit_in()
    (tmp_path / "outside.py").write_text("x = 1\n")
    text = "../outside.py\n```\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n```\n"
    answer = editor.command("dovetail.applyDiff", {"text": text, "uri": uri})
    assert [hunk["kind"] for hunk in answer["refused"]] == ["outside"]
    assert (tmp_path / "outside.py").read_text() == "x = 1\n"


def test_a_client_without_versions_gets_plain_changes_and_none_that_it_cannot_do(edit_in: Any) -> None:
    editor, _, uri = edit_in(capabilities={"workspace": {"applyEdit": True}})
    create = "*** Begin Patch\n*** Add File: new.py\n+a = 1\n*** End Patch\n"
    answer = editor.command("dovetail.applyDiff", {"text": create, "uri": uri})
    assert (answer["applied"], "neither create" in answer["message"]) == (False, True)


@pytest.mark.parametrize("text", ["", "Just prose, and no edit.", "\x00\x00", "@@ -1 +1 @@", "```diff\n```"])
def test_text_without_an_edit_is_answered_with_a_sentence(edit_in: Any, text: str) -> None:
    editor, _, uri = edit_in()
    answer = editor.command("dovetail.applyDiff", {"text": text, "uri": uri})
    assert answer["applied"] is False and answer["message"]


def test_in_a_workspace_that_is_not_trusted_nothing_is_edited_or_sent(edit_in: Any) -> None:
    with editing.chat_server("x") as chat:
        options = with_chat(chat, client={"events": True, "trusted": False})
        editor, _, uri = edit_in(options)
        for command, argument in (("applyDiff", {"text": FIT}), ("edit", {"instruction": "x"}), ("fix", {})):
            answer = editor.command(f"dovetail.{command}", {"uri": uri, **argument})
            assert answer["applied"] is False and "not trusted" in answer["message"]
        assert not chat.asked and editor.text(uri) == CODE


# Chat


def test_a_selection_is_rewritten_and_nothing_else(edit_in: Any) -> None:
    reply = "```python\ndef double(number):\n    return 2 * number\n```\n"
    with editing.chat_server(reply) as chat:
        editor, _, uri = edit_in(with_chat(chat))
        where = {"start": {"line": 8, "character": 0}, "end": {"line": 9, "character": 4}}
        answer = editor.command("dovetail.edit", {"uri": uri, "range": where, "instruction": "multiply"})
    assert answer["applied"] is True, answer["message"]
    assert editor.text(uri) == CODE.replace("number + number", "2 * number")
    assert answer["usage"]["tokens"] > 0
    (asked,) = chat.asked
    assert asked["stream"] is True and "multiply" in asked["messages"][-1]["content"]
    assert asked["prediction"]["content"] == "def double(number):\n    return number + number\n"


def test_at_a_cursor_the_syntax_node_around_it_is_rewritten(edit_in: Any) -> None:
    reply = "```python\ndef double(number):\n    return 2 * number\n```\n"
    with editing.chat_server(reply) as chat:
        editor, _, uri = edit_in(with_chat(chat))
        cursor = {"line": 8, "character": 6}
        answer = editor.command(
            "dovetail.edit",
            {"uri": uri, "range": {"start": cursor, "end": cursor}, "instruction": "multiply"},
        )
    assert answer["applied"] is True, answer["message"]
    assert editor.text(uri) == CODE.replace("number + number", "2 * number")


def test_the_user_may_type_on_while_the_model_writes(edit_in: Any) -> None:
    reply = "```python\ndef double(number):\n    return 2 * number\n```\n"
    with editing.chat_server(reply, pause_s=0.05) as chat:
        editor, _, uri = edit_in(with_chat(chat))
        where = {"start": {"line": 8, "character": 0}, "end": {"line": 9, "character": 4}}
        asked = editor.server.ask(
            "workspace/executeCommand",
            {
                "command": "dovetail.edit",
                "arguments": [{"uri": uri, "range": where, "instruction": "multiply"}],
            },
        )
        while not chat.asked:
            editor.attend(editor.server.wait(lambda m: True))
        editor.type(uri, 0, 0, "# typed meanwhile\n")
        answer = editor.wait_for(asked)
    assert answer["applied"] is True, answer["message"]
    assert editor.text(uri) == "# typed meanwhile\n" + CODE.replace("number + number", "2 * number")


def test_a_change_that_does_not_fit_is_asked_for_once_more_with_the_live_text(edit_in: Any) -> None:
    wrong = WRONG
    right = wrong.replace("2 + number", "number + number")
    with editing.chat_server(wrong, right) as chat:
        editor, _, uri = edit_in(with_chat(chat))
        answer = editor.command("dovetail.edit", {"uri": uri, "instruction": "multiply"})
    assert answer["applied"] is True, answer["message"]
    assert len(chat.asked) == 2
    again = chat.asked[1]["messages"][-1]["content"]
    assert "not found" in again and "return number + number" in again
    assert editor.text(uri) == CODE.replace("number + number", "2 * number")


def test_after_two_misfits_the_region_is_asked_for_and_is_shown_before_it_is_applied(edit_in: Any) -> None:
    wrong = WRONG
    region = "```python\ndef double(number):\n    return 2 * number\n```\n"
    with editing.chat_server(wrong, wrong, region) as chat:
        editor, _, uri = edit_in(with_chat(chat))
        answer = editor.command("dovetail.edit", {"uri": uri, "instruction": "multiply"})
        assert (answer["applied"], answer["refused"], editor.text(uri)) == (False, [], CODE)
        assert editor.command("dovetail.applyPlan", {"id": answer["id"]})["applied"] is True
    assert len(chat.asked) == 3
    assert editor.text(uri) == CODE.replace("number + number", "2 * number")


def test_what_never_fits_is_refused_and_all_that_the_model_wrote_is_kept(edit_in: Any) -> None:
    wrong = "shapes.py\n```\n<<<<<<< SEARCH\nno such line here\n=======\nx\n>>>>>>> REPLACE\n```\n"
    with editing.chat_server(wrong, wrong, "I cannot.") as chat:
        editor, _, uri = edit_in(with_chat(chat))
        answer = editor.command("dovetail.edit", {"uri": uri, "instruction": "break it"})
    assert (answer["applied"], editor.text(uri)) == (False, CODE)
    assert len(chat.asked) <= 3
    told = editor.command("dovetail.explainRefusal", {"id": answer["id"], "hunk": answer["refused"][0]["id"]})
    assert told["modelText"].count("no such line here") >= 1


def test_an_answer_that_was_cut_is_never_written(edit_in: Any) -> None:
    reply = "```python\ndef double(number):\n    return 2 * number\n```\n"
    with editing.chat_server(reply, reply, finish="length") as chat:
        editor, _, uri = edit_in(with_chat(chat))
        where = {"start": {"line": 8, "character": 0}, "end": {"line": 9, "character": 4}}
        answer = editor.command("dovetail.edit", {"uri": uri, "range": where, "instruction": "multiply"})
    assert (answer["applied"], editor.text(uri)) == (False, CODE)
    assert "not whole" in answer["refused"][0]["reason"]


def test_cancelling_leaves_the_text_as_it_was_and_hangs_up(edit_in: Any) -> None:
    with editing.chat_server("x" * 4000, pause_s=0.05) as chat:
        editor, _, uri = edit_in(with_chat(chat))
        asked = editor.server.ask(
            "workspace/executeCommand",
            {"command": "dovetail.edit", "arguments": [{"uri": uri, "instruction": "multiply"}]},
        )
        while not chat.asked:
            editor.attend(editor.server.wait(lambda m: True))
        editor.server.notify("$/cancelRequest", {"id": asked})
        answer = editor.server.answer(asked)
        assert answer["error"]["code"] == -32800
        assert chat.left.wait(10)
    assert editor.text(uri) == CODE and not editor.edits


def test_cancelling_by_the_progress_works_too(edit_in: Any) -> None:
    with editing.chat_server("x" * 4000, pause_s=0.05) as chat:
        editor, _, uri = edit_in(with_chat(chat))

        def cancel(params: Any) -> None:
            if params["value"]["kind"] == "report":
                editor.server.notify("window/workDoneProgress/cancel", {"token": params["token"]})

        editor.on_progress = cancel
        asked = editor.server.ask(
            "workspace/executeCommand",
            {"command": "dovetail.edit", "arguments": [{"uri": uri, "instruction": "multiply"}]},
        )
        while True:
            message = editor.server.wait(lambda m: True)
            if message.get("id") == asked and "method" not in message:
                break
            editor.attend(message)
        assert message["error"]["code"] == -32800
        assert chat.left.wait(10)


def test_without_a_chat_server_the_answer_says_how_to_name_one(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    answer = editor.command("dovetail.edit", {"uri": uri, "instruction": "multiply"})
    assert answer["applied"] is False
    for word in ("Ollama", "llama.cpp", "vLLM", "keyEnv"):
        assert word in answer["message"]


def test_a_chat_server_that_is_down_is_one_sentence(edit_in: Any) -> None:
    editor, _, uri = edit_in({"chat": {"url": "http://127.0.0.1:9/v1", "model": "m"}})
    answer = editor.command("dovetail.edit", {"uri": uri, "instruction": "multiply"})
    assert answer["applied"] is False and "127.0.0.1:9" in answer["message"]
    assert "Traceback" not in answer["message"]


def test_lines_that_hold_a_key_are_not_sent(edit_in: Any) -> None:
    key = "AKIA" + "ABCDEFGHIJKLMNOP"
    with editing.chat_server("no") as chat:
        editor, work, _ = edit_in(with_chat(chat), keys__py=f"KEY = '{key}'\n\ndef f():\n    return 1\n")
        uri = editor.open(work / "keys.py")
        where = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}
        answer = editor.command("dovetail.edit", {"uri": uri, "range": where, "instruction": "x"})
        assert "AWS key" in answer["message"] and not chat.asked
        editor.command("dovetail.edit", {"uri": uri, "instruction": "x", "preview": True})
        assert chat.asked and key not in str(chat.asked)


def test_a_file_that_is_excluded_is_not_sent(edit_in: Any) -> None:
    with editing.chat_server("no") as chat:
        editor, work, _ = edit_in(
            with_chat(chat, completion={"exclude": ["private*"]}), private__py="a = 1\n"
        )
        answer = editor.command(
            "dovetail.edit", {"uri": editor.open(work / "private.py"), "instruction": "x"}
        )
        assert "excluded" in answer["message"] and not chat.asked


def test_explain_answers_in_words_and_edits_nothing(edit_in: Any) -> None:
    with editing.chat_server("It doubles.") as chat:
        editor, _, uri = edit_in(with_chat(chat))
        cursor = {"line": 9, "character": 4}
        where = {"start": cursor, "end": cursor}
        answer = editor.command(
            "dovetail.edit", {"uri": uri, "range": where, "kind": "explain", "instruction": ""}
        )
    assert answer == {"explanation": "It doubles."}
    assert not editor.edits


def test_tests_are_written_into_a_new_file(edit_in: Any) -> None:
    reply = (
        "test_shapes.py\n```python\n<<<<<<< SEARCH\n=======\nfrom shapes import double\n\n\n"
        "def test_double():\n    assert double(2) == 4\n>>>>>>> REPLACE\n```\n"
    )
    with editing.chat_server(reply) as chat:
        editor, work, uri = edit_in(with_chat(chat))
        cursor = {"line": 9, "character": 4}
        answer = editor.command(
            "dovetail.edit", {"uri": uri, "range": {"start": cursor, "end": cursor}, "kind": "tests"}
        )
    assert answer["applied"] is True, answer["message"]
    assert "assert double(2) == 4" in editor.text((work / "test_shapes.py").as_uri())


def test_errors_are_fixed_in_bounded_rounds_and_what_remains_is_said(edit_in: Any) -> None:
    broken = "def f(:\n    return 1\n\n\ndef g(:\n    return 2\n"
    fix = "bad.py\n```\n<<<<<<< SEARCH\ndef f(:\n=======\ndef f():\n>>>>>>> REPLACE\n```\n"
    with editing.chat_server(fix, "Nothing more.") as chat:
        editor, work, _ = edit_in(with_chat(chat), bad__py=broken)
        uri = editor.open(work / "bad.py")
        answer = editor.command("dovetail.fix", {"uri": uri, "all": True})
    assert editor.text(uri).startswith("def f():")
    assert "Reported:" in chat.asked[0]["messages"][-1]["content"]
    assert len(chat.asked) <= 4, answer


def complain(text: str) -> list[dict[str, Any]]:
    """A linter that knows two things: `width` is old news, `undefined_name` is an error of its own."""
    found = []
    for number, line in enumerate(text.split("\n")):
        for word in ("depth", "undefined_name"):
            if word in line:
                place = {"line": number, "character": line.index(word)}
                where = {"start": place, "end": place}
                found.append({"range": where, "message": f"{word} is wrong", "severity": 1, "source": "lint"})
    return found


@pytest.mark.parametrize(("choice", "fixed"), [("Fix", True), (None, False)])
def test_a_fix_is_offered_once_for_an_error_that_the_edit_brought(
    edit_in: Any, choice: str | None, fixed: bool
) -> None:
    diff = FIT.replace('+    """In square metres."""', "+    undefined_name()")
    fix = "shapes.py\n```\n<<<<<<< SEARCH\n    undefined_name()\n=======\n    pass\n>>>>>>> REPLACE\n```\n"
    with editing.chat_server(fix) as chat:
        client = {"diagnostics": True, "events": True}
        editor, _, uri = edit_in({"chat": {"url": chat.url, "model": "test"}, "client": client})
        editor.diagnose, editor.choose = complain, choice
        assert editor.command("dovetail.applyDiff", {"text": diff, "uri": uri})["applied"] is True
        while not editor.said:
            editor.attend(editor.server.wait(lambda m: True))
        assert "undefined_name is wrong" in editor.said[0]
        if fixed:
            while "undefined_name" in editor.text(uri):
                editor.attend(editor.server.wait(lambda m: True))
            assert "undefined_name is wrong" in chat.asked[0]["messages"][-1]["content"]
            assert "depth is wrong" not in chat.asked[0]["messages"][-1]["content"]
        assert len([text for text in editor.said if "lines just changed" in text]) == 1


def test_an_edit_that_breaks_the_syntax_is_not_even_made(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    broken = FIT.replace('"""In square metres."""', "x = (1")
    answer = editor.command("dovetail.applyDiff", {"text": broken, "uri": uri})
    assert answer["applied"] is False
    assert [hunk["kind"] for hunk in answer["refused"]] == ["syntax"]


# Code actions


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


def test_code_actions_are_offered_by_kind_and_resolved_lazily(edit_in: Any) -> None:
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
        assert all("command" not in action and "edit" not in action for action in found)
        assert {action["kind"] for action in found} == {"quickfix.dovetail", "refactor.rewrite.dovetail"}
        assert [a["kind"] for a in actions(editor, uri, diagnostics=[problem], only=["quickfix"])] == [
            "quickfix.dovetail",
            "quickfix.dovetail",
        ]
        resolved = editor.wait_for(editor.server.ask("codeAction/resolve", found[0]))
        assert resolved["command"]["command"] == "dovetail.fix"
        assert resolved["command"]["arguments"][0]["diagnostics"][0]["message"] == "undefined name"


def test_a_markdown_buffer_that_holds_a_diff_offers_to_apply_it(edit_in: Any) -> None:
    editor, work, uri = edit_in(chat__md="Here you are:\n\n" + FIT)
    notes = editor.open(work / "chat.md", language="markdown")
    (action,) = actions(editor, notes)
    assert action["title"] == "Apply suggested diff"
    command = editor.wait_for(editor.server.ask("codeAction/resolve", action))["command"]
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
    command = editor.wait_for(editor.server.ask("codeAction/resolve", found[2]))["command"]
    assert editor.command(command["command"], command["arguments"][0])["applied"] is True
    assert "number * 2" in editor.text(uri) and "square metres" not in editor.text(uri)
