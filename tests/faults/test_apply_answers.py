"""What an editor may answer to `workspace/applyEdit`, and what it may do meanwhile: nothing is lost, and what is
said of it is what the text says."""

# ruff: noqa: F811 (a fixture is imported by its name)

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))
sys.path.insert(0, str(Path(__file__).parent))

from editing import Editor
from test_editor_ways import DIFF, DONE, FILE, Bench, bench  # noqa: F401

OTHER = "--- a/b.py\n+++ b/b.py\n@@ -1,3 +1,3 @@\n one = 1\n-two = 2\n+two = 22\n three = 3\n"
YES, NO = {"applied": True}, {"applied": False}
JUNK: list[Any] = [
    {"result": None}, {"result": []}, {"result": "yes"}, {"result": {}}, {"result": {"applied": "no"}},
    {"result": {"applied": None}}, {"result": {"applied": [1]}}, {"result": {"applied": False, "failureReason": 5}},
    {"result": {"applied": False, "failureReason": "x" * 200_000}}, {"result": {"applied": 1e400}},
    {"error": None}, {"error": "no"}, {"error": {"code": "x", "message": 5}},
    {"result": YES, "error": {"code": 1, "message": "no"}},
    {"result": {"applied": False, "failureReason": "a\x1b]0;x\x07\n\ud800", "failedChange": "x"}},
]  # fmt: skip


class Odd(Editor):
    """An editor that answers as it is told to; all else is done as it should be."""

    behave: Callable[[dict[str, Any]], None]

    def attend(self, message: dict[str, Any]) -> None:
        if message.get("method") == "workspace/applyEdit":
            self.behave(message)
        else:
            super().attend(message)


def answers(bench: Bench, message: dict[str, Any], answer: Any) -> None:
    bench.server.send({"jsonrpc": "2.0", "id": message["id"], **answer})


def command(bench: Bench, diff: str = DIFF.format("a.py")) -> Any:
    return bench.editor.command("dovetail.applyDiff", {"text": diff, "uri": bench.file.as_uri()})


def goes_on(bench: Bench) -> None:
    """The server is as it was, and nothing of its own went wrong."""
    assert "Traceback" not in bench.server.log() and "met an error" not in bench.server.log()
    assert "version" in bench.editor.command("dovetail.status", {})


@pytest.fixture
def odd(bench: Bench) -> Bench:
    bench.editor = Odd(bench.server)
    return bench


@pytest.mark.parametrize("does_it", [True, False])
@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: ascii(junk)[:50])
def test_junk_is_one_sentence_and_the_text_decides(junk: Any, does_it: bool, odd: Bench) -> None:
    def behave(message: dict[str, Any]) -> None:
        if does_it:
            odd.editor._apply(message["params"]["edit"])
        answers(odd, message, junk)

    odd.editor.behave = behave
    odd.editor.open(odd.file)
    answer = command(odd)
    assert odd.now() == (DONE if does_it else FILE)
    said = answer["message"]
    assert said.isprintable() and len(said) < 700
    assert answer["applied"] is does_it or "as the editor says" in said, answer
    goes_on(odd)


@pytest.mark.parametrize("second", [{"result": YES}, {"result": NO}, {"error": {"code": 1, "message": "no"}}])
def test_the_first_of_two_answers_counts(second: Any, odd: Bench) -> None:
    def behave(message: dict[str, Any]) -> None:
        odd.editor._apply(message["params"]["edit"])
        answers(odd, message, {"result": YES})
        answers(odd, message, second)

    odd.editor.behave = behave
    odd.editor.open(odd.file)
    assert command(odd)["applied"] and odd.now() == DONE
    goes_on(odd)
    assert odd.editor.command("dovetail.undoEdit", {})["applied"] and odd.now() == FILE


def test_a_yes_without_a_change_of_a_file_that_is_not_open(odd: Bench) -> None:
    odd.editor.behave = lambda message: answers(odd, message, {"result": YES})
    answer = command(odd)
    assert not answer["applied"] and "has not changed" in answer["message"]
    assert odd.now() == FILE


def test_a_yes_without_a_change_is_undone_by_nothing(odd: Bench) -> None:
    odd.editor.behave = lambda message: answers(odd, message, {"result": YES})
    odd.editor.open(odd.file)
    assert "as the editor says" in command(odd)["message"]
    odd.editor.command("dovetail.undoEdit", {})
    assert odd.now() == FILE


@pytest.mark.parametrize("said", [{"result": YES}, {"result": NO}, {"result": None}])
def test_a_part_that_was_applied_is_told_of(said: Any, odd: Bench) -> None:
    """The protocol lets an editor stop at the first change that fails and keep those before it."""
    (odd.root / "b.py").write_text(FILE)

    def behave(message: dict[str, Any]) -> None:
        edit = message["params"]["edit"]
        odd.editor._apply({"documentChanges": edit["documentChanges"][:1]})
        answers(odd, message, said)

    odd.editor.behave = behave
    for path in (odd.file, odd.root / "b.py"):
        odd.editor.open(path)
    answer = command(odd, DIFF.format("a.py") + OTHER)
    assert not answer["applied"]
    assert "did not apply the edit" not in answer["message"], answer
    assert "undo" in answer["message"]
    assert sorted((odd.now(), odd.now(odd.root / "b.py"))) == sorted((DONE, FILE))


@pytest.mark.parametrize("said", [{"result": YES}, {"result": NO}])
def test_something_else_that_was_applied_is_told_of(said: Any, odd: Bench) -> None:
    def behave(message: dict[str, Any]) -> None:
        odd.editor.type(odd.file.as_uri(), 1, 6, "99 + ")
        answers(odd, message, said)

    odd.editor.behave = behave
    odd.editor.open(odd.file)
    answer = command(odd)
    assert not answer["applied"] and odd.now() == FILE.replace("= 2", "= 99 + 2")
    if said["result"] is YES:
        assert "something else" in answer["message"]


def test_a_second_edit_while_the_first_waits(odd: Bench) -> None:
    held: list[dict[str, Any]] = []

    def behave(message: dict[str, Any]) -> None:
        held.append(message)
        if len(held) == 2:
            first, second = held
            odd.editor._apply(first["params"]["edit"])
            answers(odd, first, {"result": YES})
            # Made for a version that is no more: an editor refuses it.
            answers(odd, second, {"result": NO})

    odd.editor.behave = behave
    odd.editor.open(odd.file)
    run = {"text": DIFF.format("a.py"), "uri": odd.file.as_uri()}
    more = {"text": DIFF.format("a.py").replace("22", "33"), "uri": odd.file.as_uri()}
    asked = [
        odd.server.ask("workspace/executeCommand", {"command": "dovetail.applyDiff", "arguments": [one]})
        for one in (run, more)
    ]
    results: dict[int, Any] = {}
    while len(results) < 2:
        message = odd.server.wait(lambda m: True)
        if "method" not in message and message.get("id") in asked:
            results[message["id"]] = message["result"]
        else:
            odd.editor.attend(message)
    first, second = (results[one] for one in asked)
    # Whichever was sent first is applied; the other is refused, and its text is nowhere.
    assert [first["applied"], second["applied"]].count(True) == 1
    assert odd.now() == (DONE if first["applied"] else DONE.replace("22", "33"))
    goes_on(odd)


def test_a_client_that_closes_the_file_meanwhile(odd: Bench) -> None:
    def behave(message: dict[str, Any]) -> None:
        uri = odd.file.as_uri()
        del odd.editor.open_documents[uri]
        odd.server.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        answers(odd, message, {"result": YES})

    odd.editor.behave = behave
    odd.editor.open(odd.file)
    answer = command(odd)
    assert odd.file.read_text() == FILE and not answer["applied"], answer
    goes_on(odd)


def test_a_client_that_leaves_meanwhile(odd: Bench) -> None:
    odd.editor.open(odd.file)
    argument = {"text": DIFF.format("a.py"), "uri": odd.file.as_uri()}
    odd.server.ask("workspace/executeCommand", {"command": "dovetail.applyDiff", "arguments": [argument]})
    odd.server.notification("workspace/applyEdit")
    odd.server._out.close()
    odd.server.ended()
    assert odd.file.read_text() == FILE and "Traceback" not in odd.server.log()
