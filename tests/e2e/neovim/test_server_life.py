"""The life of the server in Neovim: its status, a death, a restart, one for two workspaces."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from harness import Editor, Script, eventually
from machine import processes
from test_ghost import suggest

Start = Callable[..., Editor]


def test_status_for_the_statusline(start: Start, script: Script) -> None:
    editor = start()
    assert editor.value("require('dovetail').statusline()") == ""
    editor.nvim.command("let g:seen = 0 | autocmd User DovetailStatus let g:seen += 1")
    for state, text in [
        ("learning", "Dovetail learning"),
        ("idle", "Dovetail"),
        ("offline", "Dovetail offline"),
        ("error", "Dovetail error"),
    ]:
        script.notify(
            "dovetail/status",
            {"state": state, "source": "embedded", "message": "One sentence.", "mode": "automatic"},
        )
        editor.wait(f"require('dovetail').statusline() == '{text}'")
    assert editor.nvim.vars["seen"] == 4


def test_a_killed_server_is_started_again_with_one_sentence(start: Start, script: Script) -> None:
    editor = start("keep me\n", restart={"initial_ms": 20})
    script.expect("textDocument/didOpen")
    editor.type("otext")
    script.asked()
    words = f"scripted_server.py {script.port}"
    pid = next(number for number, line in processes().items() if words in line)
    os.kill(pid, signal.SIGKILL)
    script.expect("textDocument/didOpen", 2)
    editor.wait("require('dovetail.client').get(0) ~= nil")
    assert editor.messages.count("its server ended (signal 9); starting it again in 0.0 s") == 1
    assert len(editor.messages.strip().splitlines()) == 1
    assert editor.lines == ["keep me", "text"]
    script.answer(script.asked(2), None)
    suggest(editor, script, "!", "bc")
    editor.see("bc")


def test_a_server_that_keeps_dying_is_given_up(editor: Editor, project: Path) -> None:
    """At most `limit` starts, each after a longer wait; the last sentence says what to do."""
    editor.lua(
        "require('dovetail').setup(...)",
        {"cmd": ["sh", "-c", "exit 3"], "restart": {"initial_ms": 1, "max_ms": 4, "limit": 3}},
    )
    (project / "a.py").touch()
    editor.edit(project / "a.py")
    eventually(lambda: "not started again" in editor.messages)
    assert editor.messages.count("its server ended (exit code 3)") == 4
    assert "`:Dovetail restart` tries again" in editor.messages


def test_a_missing_server_is_said_once(editor: Editor, project: Path) -> None:
    editor.lua("require('dovetail').setup(...)", {"cmd": ["dovetail-that-is-not-there"]})
    for name in ("a.py", "b.py"):
        editor.edit(project / name)
    eventually(lambda: "was not found. Install it" in editor.messages)
    assert editor.messages.count("was not found") == 1


def test_restart_on_request_is_silent_and_keeps_the_buffers(start: Start, script: Script) -> None:
    editor = start()
    editor.nvim.command("Dovetail restart")
    script.expect("textDocument/didOpen", 2)
    assert "ended" not in editor.messages


def test_one_server_for_two_workspaces(start: Start, script: Script, tmp_path: Path) -> None:
    editor = start()
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    editor.edit(other / "b.py")
    added = script.expect("workspace/didChangeWorkspaceFolders")["params"]["event"]["added"]
    assert [folder["uri"] for folder in added] == [other.as_uri()]
    script.expect("textDocument/didOpen", 2)
    assert script.connections == 1
