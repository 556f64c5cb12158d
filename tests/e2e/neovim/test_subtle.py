"""`completion.mode` subtle: asked for while typing, shown when a key asks. And `:Dovetail setup`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from harness import Editor, Script, eventually, item
from test_ghost import suggest

Start = Callable[..., Editor]
SUBTLE = {"state": "idle", "source": "x", "message": "", "mode": "subtle"}


def subtle(start: Start, script: Script) -> Editor:
    editor = start()
    script.notify("dovetail/status", SUBTLE)
    editor.wait("(require('dovetail.status').get() or {}).mode == 'subtle'")
    return editor


def test_it_is_shown_when_a_key_asks_and_gone_at_the_next(start: Start, script: Script) -> None:
    editor = subtle(start, script)
    suggest(editor, script, "ix = ", "alpha + beta")
    editor.settle()
    assert editor.ghost == ""
    asked = script.requests
    editor.type("<M-\\>")
    editor.see("alpha + beta")
    assert script.requests == asked, "it was there already"
    editor.type("a")
    editor.see("")
    editor.type("<M-\\>")
    editor.see("lpha + beta")
    editor.type("<M-Right>")
    assert editor.lines == ["x = alpha"]
    editor.see(" + beta")
    assert script.requests == asked


def test_nothing_unseen_is_accepted(start: Start, script: Script) -> None:
    editor = subtle(start, script)
    suggest(editor, script, "ix = ", "alpha")
    editor.settle()
    editor.type("<Tab>")
    assert editor.lines[0].split() == ["x", "="]


def test_what_is_on_its_way_is_shown_when_it_comes(start: Start, script: Script) -> None:
    editor = subtle(start, script)
    editor.type("ix = ")
    request = script.asked()
    editor.type("<M-\\>")
    script.answer(request, {"items": [item("alpha")]})
    editor.see("alpha")


def test_setup_runs_the_servers_own_init(start: Start, script: Script, tmp_path: Path) -> None:
    """Only what the user chose is looked for, and what it says is shown."""
    program = tmp_path / "program.py"
    program.write_text("import sys; print('called with', *sys.argv[1:])\n", encoding="utf-8")
    editor = start()
    editor.lua(
        "require('dovetail.config').current.cmd = ...", [sys.executable, str(program), "serve", "--stdio"]
    )
    for choice, said in ((1, "called with init --find"), (2, "called with init")):
        editor.lua("local n = ...; vim.ui.select = function(_, _, done) done(nil, n) end", choice)
        editor.nvim.command("Dovetail setup")
        eventually(lambda said=said: editor.lines == [said], said)
        editor.nvim.command("close")
    editor.lua("vim.ui.select = function(_, _, done) done(nil, nil) end")
    editor.nvim.command("Dovetail setup")
    editor.settle()
    assert "called" not in "".join(editor.lines)
