"""Diffs from anywhere, and code actions, over LSP: a real server process and an editor that applies edits."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import editing
from editing import CODE, FIT, MISFIT, with_chat

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


def test_a_refusal_that_is_near_nothing_has_no_place(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    nowhere = "--- a/calc.py\n+++ b/calc.py\n@@ -90 +90 @@\n-nothing = like_it(here)\n+nothing = 2\n"
    answer = editor.command("dovetail.applyDiff", {"text": nowhere, "uri": uri})
    (hunk,) = answer["refused"]
    assert hunk["kind"] == "not found" and "range" not in hunk
    assert "place" not in editor.command("dovetail.explainRefusal", {"id": answer["id"], "hunk": hunk["id"]})


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
    assert answer["message"] == "Applied to shapes.py, as the editor says; its new text has not come yet."
    editor.type(uri, 0, 0, "# typed\n")
    said = editor.server.wait(lambda m: m.get("method") == "window/showMessage")["params"]["message"]
    assert "something else than was meant" in said


@pytest.mark.parametrize("typed", [(), ("# typed at once\n",)])
def test_an_editor_that_tells_of_a_change_after_its_answer_is_not_blamed(edit_in: Any, typed: Any) -> None:
    """The command is answered, the edit can be undone, and what comes later is looked at."""
    editor, _, uri = edit_in()
    editor.late = True
    answer = editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri})
    assert answer["applied"] is True
    editor.catch_up(*typed)
    assert "square metres" in editor.text(uri)
    editor.late = False
    assert editor.command("dovetail.undoEdit", {})["applied"] is True
    assert editor.text(uri) == "".join(typed) + CODE
    editor.command("dovetail.status", {})
    assert not [text for text in editor.said if "something else" in text]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": {"code": -32601, "message": "Method not found"}}, "(Method not found)"),
        ({"result": None}, "(the client's answer is not what the protocol says)"),
        ({"result": {"applied": False, "failureReason": "read only"}}, "(read only)"),
        ({"result": {"applied": False}}, "did not apply the edit."),
    ],
)
def test_an_editor_that_does_not_apply_is_a_sentence(edit_in: Any, answer: Any, said: str) -> None:
    editor, _, uri = edit_in()
    server = editor.server
    arguments = {"command": "dovetail.applyDiff", "arguments": [{"text": FIT, "uri": uri}]}
    asked = server.ask("workspace/executeCommand", arguments)
    request = server.wait(lambda m: m.get("method") == "workspace/applyEdit")
    server.send({"jsonrpc": "2.0", "id": request["id"], **answer})
    result = server.answer(asked)["result"]
    assert result["applied"] is False
    assert result["message"].startswith("The editor did not apply the edit") and said in result["message"]
    assert "no edit of Dovetail's" in editor.command("dovetail.undoEdit", {})["message"]


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
    shown = editor.command("dovetail.applyDiff", {"text": patch, "uri": uri})
    assert shown["applied"] is False, "gone.py would be deleted, and the reply does not say what it holds"
    assert "gone.py is deleted" in shown["message"]
    answer = editor.command("dovetail.applyPlan", {"id": shown["id"]})
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


MARKED = {
    "runs code": ("conftest.py", "--- a/conftest.py\n+++ b/conftest.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"),
    "runs code, new": ("Makefile", "*** Begin Patch\n*** Add File: Makefile\n+all:\n*** End Patch\n"),
    "deletes unseen": ("gone.py", "*** Begin Patch\n*** Delete File: gone.py\n*** End Patch\n"),
}


@pytest.mark.parametrize("kind", MARKED)
@pytest.mark.parametrize("ours", [True, False], ids=["a client of ours", "any other"])
def test_a_plan_with_marks_is_shown_first_and_confirmed_where_nothing_shows_it(
    kind: str, ours: bool, launch: Callable[..., Any], tmp_path: Path
) -> None:
    """A client without the `client` key shows at most a sentence, so its editor is told to ask about these files."""
    files = {"conftest__py": "a = 1\n", "gone__py": "b = 2\n"}
    _, editor, _, uri = editing.started(launch, tmp_path, None if ours else {"client": None}, **files)
    shown = editor.command("dovetail.applyDiff", {"text": MARKED[kind][1], "uri": uri})
    assert (shown["applied"], editor.edits) == (False, [])
    assert f"Look at this first: {MARKED[kind][0]} " in shown["message"]
    assert editor.command("dovetail.applyPlan", {"id": shown["id"]})["applied"] is True
    (edit,) = editor.edits
    parts = [part for change in edit["documentChanges"] for part in (change.get("edits") or [change])]
    confirmed = [
        edit["changeAnnotations"].get(part.get("annotationId"), {}).get("needsConfirmation") is True
        for part in parts
    ]
    assert confirmed == [not ours] * len(parts)


def test_a_deletion_that_is_sent_twice_is_still_shown_first(edit_in: Any) -> None:
    """A plan made it known to us, not to the model: neither the same patch again nor an edit before it is a proof."""
    editor, _, uri = edit_in(gone__py="b = 2\n")
    again = MARKED["deletes unseen"][1]
    edit = "--- a/gone.py\n+++ b/gone.py\n@@ -1 +1 @@\n-b = 2\n+b = 3\n"
    for text in (again, again):
        shown = editor.command("dovetail.applyDiff", {"text": text, "uri": uri})
        assert (shown["applied"], editor.edits) == (False, [])
        assert "Look at this first: gone.py " in shown["message"]
    editor.command("dovetail.applyDiff", {"text": edit, "uri": uri, "preview": True})
    shown = editor.command("dovetail.applyDiff", {"text": again, "uri": uri})
    assert (shown["applied"], editor.edits) == (False, [])


def test_undo_leaves_what_was_typed_since(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri})
    editor.type(uri, 10, 0, "# the end\n")
    typed = editor.text(uri)
    assert "# the end" in typed and "square metres" in typed
    assert editor.command("dovetail.undoEdit", {})["applied"] is True
    assert editor.text(uri) == typed.replace('    """In square metres."""\n', "")


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


def test_a_client_that_knows_no_versions_gets_edits_only_for_what_it_has_opened(edit_in: Any) -> None:
    """Such an edit cannot say that it was planned for the file on disk, and the editor may hold another text."""
    capabilities = {"workspace": {"applyEdit": True}}
    editor, work, uri = edit_in(capabilities=capabilities, other__py=CODE)
    answer = editor.command("dovetail.applyDiff", {"text": FIT.replace("shapes.py", "other.py"), "uri": uri})
    assert (answer["applied"], editor.edits) == (False, [])
    assert "other.py is not open" in answer["message"]
    assert (work / "other.py").read_text(encoding="utf-8") == CODE
    editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri})
    (edit,) = editor.edits
    assert list(edit["changes"]) == [uri]
