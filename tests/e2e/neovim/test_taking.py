"""Taking a suggestion: whole, by the word or the line, another of several; one undo step, and `.` repeats it."""

from __future__ import annotations

from collections.abc import Callable

from harness import Editor, Script, item, span, suggest

Start = Callable[..., Editor]


def test_a_word_at_a_time_passes_over_real_closers(start: Start, script: Script) -> None:
    editor = start("f()\n")
    editor.type("gg0f)i")
    script.answer(script.asked(), {"items": [item("ab) + 1", range=span(0, 2, 3))]})
    editor.see("ab + 1")
    for line in ["f(ab)", "f(ab)", "f(ab) +", "f(ab) + 1"]:
        editor.type("<M-Right>")
        assert editor.lines == [line]
    assert editor.cursor == (1, 9)


def test_several_can_be_cycled(start: Start, script: Script) -> None:
    """The manual trigger asks for several; keys go round them; typing switches to the one that fits."""
    editor = start()
    editor.type("ia")
    script.asked()
    editor.type("<M-Bslash>")
    request = script.asked(2)
    assert request["params"]["context"] == {"triggerKind": 1}
    script.answer(request, {"items": [item("one", "s1"), item("two", "s2"), item("three", "s3")]})
    editor.see("one")
    editor.type("<M-]>")
    assert editor.ghost == "two"
    editor.type("<M-]><M-]>")
    assert editor.ghost == "one"
    editor.type("<M-[>")
    assert editor.ghost == "three"
    editor.type("tw")
    assert editor.ghost == "o"
    editor.type("<Tab>")
    assert editor.lines == ["atwo"]
    assert script.expect("dovetail/didAccept")["params"]["id"] == "s2"


def test_cycling_one_asks_for_more(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "ia", "one")
    editor.see("one")
    editor.type("<M-]>")
    request = script.asked(2)
    assert request["params"]["context"] == {"triggerKind": 1}
    assert editor.ghost == "one"
    script.answer(request, {"items": [item("one", "s1"), item("two", "s2")]})
    editor.see("two")


def test_word_and_line_keep_the_rest(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "i", "return foo.bar(1)\n    x = 2")
    editor.see("return foo.bar(1)\n    x = 2")
    for taken, rest in [
        ("return", " foo.bar(1)\n    x = 2"),
        ("return foo", ".bar(1)\n    x = 2"),
        ("return foo.", "bar(1)\n    x = 2"),
    ]:
        editor.type("<M-l>")
        assert editor.lines == [taken]
        assert editor.ghost == rest
    editor.type("<M-Down>")
    assert editor.lines == ["return foo.bar(1)"]
    assert editor.ghost == "\n    x = 2"
    editor.type("<M-Down>")
    assert editor.lines == ["return foo.bar(1)", "    x = 2"]
    script.expect("dovetail/didAccept", 5)
    lengths = [message["params"].get("length") for message in script.all("dovetail/didAccept")]
    assert lengths == [6, 10, 11, 17, None]


def test_accepting_is_one_undo_step_of_its_own(start: Start, script: Script) -> None:
    editor = start()
    suggest(editor, script, "iab", "cd\nef")
    editor.see("cd\nef")
    editor.type("<Tab>")
    assert editor.lines == ["abcd", "ef"]
    editor.type("<Esc>u")
    assert editor.lines == ["ab"]
    editor.type("u")
    assert editor.lines == [""]


def test_dot_repeats_what_was_typed_and_taken(start: Start, script: Script) -> None:
    editor = start("x\n")
    suggest(editor, script, "Oab", "cd")
    editor.see("cd")
    editor.type("<Tab>e<Esc>")
    assert editor.lines == ["abcde", "x"]
    editor.type("G.")
    assert editor.lines == ["abcde", "abcde", "x"]


def test_an_item_before_the_cursor_is_taken_from_the_cursor_on(start: Start, script: Script) -> None:
    """Other servers' items begin at the word."""
    editor = start()
    suggest(editor, script, "ifoo ba", "bar()", range=span(0, 4, 6))
    editor.see("r()")
    editor.type("<Tab>")
    assert editor.lines == ["foo bar()"]


def test_a_command_of_another_server_runs_on_accept(start: Start, script: Script) -> None:
    editor = start()
    editor.type("ia")
    command = {"title": "", "command": "other.accepted", "arguments": [1]}
    script.answer(script.asked(), [{"insertText": "bc", "command": command}])
    editor.see("bc")
    editor.type("<Tab>")
    request = script.expect("workspace/executeCommand")
    assert request["params"]["command"] == "other.accepted"
