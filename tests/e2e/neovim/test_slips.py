"""Keys that no suggestion foresaw, and keys that are taken back."""

from __future__ import annotations

from collections.abc import Callable

from harness import Editor, Script, item, suggest

Start = Callable[..., Editor]


def mistyped(start: Start, script: Script) -> Editor:
    """A wrong key on a suggestion, with its own answer on the screen."""
    editor = start()
    suggest(editor, script, "ia", "bcd")
    editor.see("bcd")
    editor.type("x")
    script.answer(script.asked(2), {"items": [item("yz", "s2")]})
    editor.see("yz")
    return editor


def test_an_answer_that_disagrees_is_never_shown(start: Start, script: Script) -> None:
    """It is asked again, for what stands there now."""
    editor = start()
    editor.type("if")
    request = script.asked()
    editor.type("x")
    script.answer(request, {"items": [item("oo(bar)")]})
    again = script.asked(2)
    assert editor.marks == []
    assert again["params"]["position"]["character"] == 2
    script.answer(again, {"items": [item("yz")]})
    editor.see("yz")


def test_what_was_not_foreseen_is_asked_for_at_once(start: Start, script: Script) -> None:
    """The key that disagrees with what is on screen does not wait for the next one."""
    editor = start()
    editor.lua("require('dovetail.config').current.debounce = 600000")  # longer than the setting may be
    editor.type("i")
    editor.lua("require('dovetail').trigger()")
    script.answer(script.asked(), {"items": [item("hello")]})
    editor.see("hello")
    editor.type("x")
    assert script.asked(2)["params"]["position"]["character"] == 1


def test_a_slip_taken_back_brings_back_what_was_there(start: Start, script: Script) -> None:
    """Nothing is asked for it, and what was asked at the slip is cancelled."""
    editor = start()
    suggest(editor, script, "ia", "bcd")
    editor.see("bcd")
    editor.type("bx")
    slip = script.asked(2)
    assert editor.ghost == ""
    editor.type("<BS>")
    assert editor.ghost == "cd"
    assert script.expect("$/cancelRequest")["params"]["id"] == slip["id"]
    script.answer(slip, {"items": [item("yz")]})
    editor.type("c")
    assert editor.ghost == "d"
    assert script.requests == 2


def test_a_slip_taken_back_after_its_own_answer(start: Start, script: Script) -> None:
    editor = mistyped(start, script)
    editor.type("<BS>")
    assert editor.ghost == "bcd"
    assert script.requests == 2


def test_what_was_dismissed_does_not_come_back_by_a_slip(start: Start, script: Script) -> None:
    editor = mistyped(start, script)
    editor.lua("require('dovetail').dismiss()")
    editor.type("<BS>")
    script.asked(3)
    assert editor.ghost == ""


def test_going_back_cancels(start: Start, script: Script) -> None:
    """A deleted sign cannot be the beginning of any answer."""
    editor = start()
    editor.type("iab")
    request = script.asked()
    editor.type("<BS><BS>")
    assert script.expect("$/cancelRequest")["params"]["id"] == request["id"]
    script.answer(request, {"items": [item("stale")]})
    script.answer(script.asked(2), {"items": [item("fresh")]})
    editor.see("fresh")
