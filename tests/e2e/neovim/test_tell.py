"""`:Dovetail status`, `why`, `stats`, `snooze`: sentences for people, first about this buffer and this place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness import Editor, Script, suggest

Start = Callable[..., Editor]


def answer_to(editor: Editor, script: Script, words: str, count: int, answer: dict[str, Any]) -> list[str]:
    """What `:Dovetail {words}` shows for this answer of the server's."""
    editor.nvim.command(f"Dovetail {words}")
    script.answer(script.expect("workspace/executeCommand", count), answer)
    editor.wait("vim.bo.buftype == 'nofile'")
    shown = editor.lines
    editor.type("q")
    return shown


def test_why_is_one_entry_a_place_with_the_cursor_in_it(start: Start, script: Script) -> None:
    editor = start("x = 1\n    return é + b\n", auto=False)
    steps = [{"name": "generated", "detail": "0 candidate(s) by embedded", "ms": 0.1}]
    key = {"trigger": "automatic", "outcome": "nothing to suggest", "elapsedMs": 1.6, "steps": steps}
    key |= {"id": "1", "uri": "file:///main.py", "source": ""}
    key |= {"sentence": "The built-in model had nothing to offer here."}
    taken = key | {
        "line": 1,
        "column": 3,
        "sentence": "Suggested by my server.",
        "text": "= 1\n\n",
        "steps": [],
    }
    here = [key | {"line": 2, "column": column} for column in (13, 12, 11)]
    assert answer_to(editor, script, "why", 1, {"decisions": [*here, taken]}) == [
        "This buffer is served. Suggestions while typing are off (`:Dovetail toggle`); the trigger key asks.",
        "",
        "Line 2   return é│ + b",
        "  The built-in model had nothing to offer here.",
        "    generated  0 candidate(s) by the built-in model",
        "    took       2 ms, automatic",
        "    and 2 keys before, on this line",
        "",
        "Line 1   x │= 1",
        '  Suggested by my server.  "= 1" and 2 more lines',
        "    took       2 ms, automatic",
    ]
    assert answer_to(editor, script, "why", 2, {"decisions": []})[1:] == [
        "Nothing has been asked for in this file yet."
    ]


STATUS = {
    "state": "idle", "source": "local", "message": "local: up", "version": "1.2", "mode": "automatic",
    "log": "dovetail.log",
    "problems": ["The cache is read-only."],
    "model": {"files": 110, "tokens": 199_000, "learning": False}, "detail": "The cache is read-only.",
    "endpoints": [{"name": "local", "state": "up", "message": "", "running": 0, "waiting": 0}],
    "statistics": {
        "days": 30, "counts": {"shown": 34, "accepted": 18, "partial": 3}, "acceptedCharacters": 1934,
        "acceptedOfShown": 0.618, "keptOfAccepted": {"30 s": 0.9},
        "bySource": {"local": {"shown": 30, "accepted": 18}, "embedded": {"shown": 4, "partial": 3}},
    },
}  # fmt: skip


def test_status_and_stats_are_sentences_and_no_tables(start: Start, script: Script) -> None:
    editor = start()
    assert answer_to(editor, script, "status", 1, STATUS) == [
        "This buffer is served.",
        "",
        "Suggestions   from local",
        "Endpoint      local, up",
        "Learnt        110 files, 199,000 tokens",
        "Last 30 days  34 shown, 21 taken (62 %), 1,934 characters",
        "Server        1.2",
        "Problem       The cache is read-only.",
    ]
    said = ["Last 30 days", "", "Shown  34"]
    stats = {"version": 1, "lines": said, "report": {"version": 1}}
    assert answer_to(editor, script, "stats", 2, stats) == said
    fresh = STATUS["statistics"] | {"counts": {"shown": 0}, "acceptedOfShown": None, "acceptedCharacters": 0}
    failed = STATUS["endpoints"][0] | {"message": "local: nothing answers."}
    changed = {"statistics": fresh, "endpoints": [failed], "mode": "subtle"}
    shown = answer_to(editor, script, "status", 3, STATUS | changed)
    assert "Last 30 days  0 shown, 0 taken, 0 characters" in shown
    assert "Endpoint      local, did not answer: nothing answers." in shown
    assert shown[1] == "Suggestions are shown only when the trigger key asks (setting completion.mode)."


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        ("enew", "This buffer is not served: it has no name yet; `:write` or `:file` gives it one."),
        ("let b:dovetail = v:false", "This buffer is not served: b:dovetail is false."),
        ("normal! qq", "Nothing is suggested while a macro is recorded (@q)."),
        ("Dovetail snooze 10", "Suggestions are snoozed for 10 minutes more."),
    ],
)
def test_the_first_sentence_is_about_this_buffer(
    start: Start, script: Script, prepare: str, told: str
) -> None:
    editor = start()
    editor.nvim.command(prepare)
    assert answer_to(editor, script, "status", 1, STATUS)[0] == told


def test_a_buffer_that_is_not_served_is_explained_without_a_server(editor: Editor, script: Script) -> None:
    editor.lua("require('dovetail').setup(...)", {"cmd": script.command})
    editor.nvim.command("Dovetail why")
    assert editor.lines[0].startswith("This buffer is not served: it has no name yet")


def test_snoozed_and_awake_again(start: Start, script: Script) -> None:
    editor = start()
    script.notify("dovetail/status", {"state": "idle", "source": "x", "message": "", "mode": "automatic"})
    editor.wait("require('dovetail').statusline() == 'Dovetail'")
    editor.nvim.command("Dovetail snooze 10")
    assert editor.value("require('dovetail').statusline()") == "Dovetail snoozed"
    editor.type("ia")
    assert script.requests == 0
    editor.type("<M-Bslash>")
    assert script.asked()["params"]["context"] == {"triggerKind": 1}
    editor.type("<Esc>")
    editor.nvim.command("Dovetail snooze 0")
    suggest(editor, script, "ab", "cd")
    editor.see("cd")
    editor.lua("vim.notify = function(text) said = text end")
    editor.nvim.command("Dovetail snooze soon")
    assert "takes a number of minutes" in editor.value("said")


def test_checkhealth_knows_that_a_server_is_starting(editor: Editor, project: Path) -> None:
    silent = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    editor.lua("require('dovetail').setup(...)", {"cmd": silent})
    editor.edit(project / "a.py")
    editor.wait("require('dovetail.client').starting() ~= nil")
    editor.nvim.command("checkhealth dovetail")
    text = "\n".join(editor.lines)
    assert "It has been starting for " in text
    assert "No server runs" not in text
