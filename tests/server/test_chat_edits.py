"""Edits that a chat server writes, over LSP: a real server process, a real HTTP server that says what a test wants."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import editing
from editing import CODE, FIT, WRONG, with_chat

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
    assert answer["settings"] == "chat"  # where a client can take the user


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


def test_more_tests_are_written_with_those_in_sight_that_are_there(edit_in: Any) -> None:
    """A model that has not seen them would write the file anew, which is refused."""
    old = "from shapes import double\n\n\ndef test_zero():\n    assert double(0) == 0\n"
    more = "\n\ndef test_double():\n    assert double(2) == 4\n"
    last = "    assert double(0) == 0\n"
    reply = f"tests/test_shapes.py\n```\n<<<<<<< SEARCH\n{last}=======\n{last}{more}>>>>>>> REPLACE\n```\n"
    with editing.chat_server(reply) as chat:
        editor, work, uri = edit_in(with_chat(chat))
        (work / "tests").mkdir()
        (work / "tests" / "test_shapes.py").write_text(old, encoding="utf-8")
        cursor = {"line": 9, "character": 4}
        where = {"start": cursor, "end": cursor}
        answer = editor.command("dovetail.edit", {"uri": uri, "range": where, "kind": "tests"})
    assert answer["applied"] is True, answer["message"]
    assert f"tests/test_shapes.py\n```\n{old}```" in chat.asked[0]["messages"][-1]["content"]
    assert editor.text((work / "tests" / "test_shapes.py").as_uri()) == old + more


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


def test_a_warning_is_fixed_where_the_user_points_at_it(edit_in: Any) -> None:
    """With the word for it; for the whole file only errors count."""
    fix = "a.py\n```\n<<<<<<< SEARCH\nimport os\n=======\nimport sys\n>>>>>>> REPLACE\n```\n"
    mark = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 9}}
    said = [{"range": mark, "message": "os is not used", "severity": 2, "source": "lint"}]
    with editing.chat_server(fix) as chat:
        editor, work, _ = edit_in(with_chat(chat), a__py="import os\nprint(sys.path)\n")
        uri = editor.open(work / "a.py")
        argument = {"uri": uri, "diagnostics": said, "preview": True}
        assert editor.command("dovetail.fix", argument | {"all": True})["message"].startswith(
            "There is no error"
        )
        assert not chat.asked
        assert (
            editor.command("dovetail.fix", argument | {"range": mark})["message"] == "1 hunk fits, in 1 file."
        )
        assert "a.py:1:1: warning: os is not used (lint)" in chat.asked[0]["messages"][-1]["content"]


def test_an_error_is_found_from_every_line_that_it_marks(edit_in: Any) -> None:
    """A linter marks a whole call; the cursor may be in its last line, but not in the line behind it."""
    code = "x = call(\n    1,\n    2)\ny = 3\n"
    fix = "call.py\n```\n<<<<<<< SEARCH\n    2)\n=======\n    4)\n>>>>>>> REPLACE\n```\n"
    mark = {"start": {"line": 0, "character": 4}, "end": {"line": 3, "character": 0}}
    said = [{"range": mark, "message": "too many arguments", "severity": 1}]
    with editing.chat_server(fix) as chat:
        editor, work, _ = edit_in(with_chat(chat), call__py=code)
        uri = editor.open(work / "call.py")

        def fixed(line: int) -> dict[str, Any]:
            cursor = {"line": line, "character": 0}
            where = {"start": cursor, "end": cursor}
            argument = {"uri": uri, "range": where, "diagnostics": said, "preview": True}
            answer: dict[str, Any] = editor.command("dovetail.fix", argument)
            return answer

        assert fixed(3)["message"] == "There is no error to fix here." and not chat.asked
        assert fixed(2)["message"] == "1 hunk fits, in 1 file."
        assert "call.py:1:5: error: too many arguments" in chat.asked[0]["messages"][-1]["content"]


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


def test_an_error_that_was_there_before_is_not_blamed_on_the_edit(edit_in: Any) -> None:
    """Not even where the edit touches its line."""
    old, new = "    return width * height * depth\n", "    return undefined_name(width) * depth\n"
    text = f"shapes.py\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n"
    with editing.chat_server() as chat:
        client = {"diagnostics": True, "events": True}
        editor, _, uri = edit_in({"chat": {"url": chat.url, "model": "test"}, "client": client})
        editor.diagnose = complain
        assert editor.command("dovetail.applyDiff", {"text": text, "uri": uri})["applied"] is True
        while not editor.said:
            editor.attend(editor.server.wait(lambda m: True))
        (said,) = editor.said
        assert said == "Dovetail: an error in the lines just changed: undefined_name is wrong (line 6)"


def test_an_edit_that_breaks_the_syntax_is_not_even_made(edit_in: Any) -> None:
    editor, _, uri = edit_in()
    broken = FIT.replace('"""In square metres."""', "x = (1")
    answer = editor.command("dovetail.applyDiff", {"text": broken, "uri": uri})
    assert answer["applied"] is False
    assert [hunk["kind"] for hunk in answer["refused"]] == ["syntax"]
