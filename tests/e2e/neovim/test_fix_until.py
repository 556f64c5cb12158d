"""`:Dovetail fix until` in a real Neovim: the real server, a command that runs, and a chat server that is scripted."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

sys.path.append(str(Path(__file__).resolve().parents[2] / "server"))

from editing import CODE, chat_server
from harness import Editor, eventually

CHECK = "import shapes\nprint('double of 4 is', shapes.double(4))\nraise SystemExit(shapes.double(4) != 12)\n"
TYPED = "# not saved"


def block(old: str, new: str) -> str:
    return (
        f"shapes.py\n```\n<<<<<<< SEARCH\n    return {old}\n=======\n    return {new}\n>>>>>>> REPLACE\n```\n"
    )


WRONG = block("number + number", "4 * number")


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """A repository whose command fails with its code."""
    folder = tmp_path / "work"
    folder.mkdir()
    for name, text in {"shapes.py": CODE, "check.py": CHECK, ".gitignore": "__pycache__\n"}.items():
        (folder / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


@pytest.fixture
def begun(editor: Editor, shapes: Path) -> Callable[[Any], Editor]:
    """Neovim on shapes.py, with a line that is not saved."""

    def begin(chat: Any) -> Editor:
        settings = {
            "chat": {"url": chat.url, "model": "test"},
            "edits": {"untilCommand": f'"{sys.executable}" check.py', "untilRounds": 2},
        }
        cmd = dovetail("serve", "--stdio")
        editor.lua("require('dovetail').setup(...)", {"cmd": cmd, "settings": settings})
        editor.edit(shapes / "shapes.py")
        editor.wait("require('dovetail.client').get(0) ~= nil")
        editor.type(f"ggO{TYPED}<Esc>")
        return editor

    return begin


def work_trees(folder: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "worktree", "list"], cwd=folder, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def at_a_question(editor: Editor) -> bool:
    """Whether Neovim waits for a choice: its mode is "rm" in 0.10, and "c" in 0.12."""
    return editor.nvim.api.get_mode()["mode"] in ("rm", "c")


def fix_until(editor: Editor, answer: str = "") -> None:
    """Give the command; where it asks whether to run, press these keys."""
    editor.nvim.command("Dovetail fix until")
    if answer:
        eventually(lambda: at_a_question(editor), "Neovim asks whether to run the command")
        editor.nvim.input(f"{answer}<CR>")
        eventually(lambda: not at_a_question(editor), "the question is answered")


def test_confirmed_once_green_in_two_rounds_then_never(begun: Callable[[Any], Editor], shapes: Path) -> None:
    with chat_server(WRONG, block("4 * number", "3 * number"), *["no idea"] * 4) as chat:
        editor = begun(chat)
        fix_until(editor, "1")
        eventually(lambda: "passes." in editor.messages, "it says that the command passes")
        fixed = [TYPED, *CODE.replace("number + number", "3 * number").splitlines()]
        assert editor.lines == fixed
        assert (shapes / "shapes.py").read_text() == CODE, "the buffer is the user's to save"
        assert TYPED in chat.asked[0]["messages"][-1]["content"], (
            "the text that is not saved is what is asked about"
        )
        assert "double of 4 is 16" in chat.asked[1]["messages"][-1]["content"]
        editor.nvim.command("Dovetail undo")
        eventually(
            lambda: editor.lines == [TYPED, *CODE.splitlines()], "it is taken back around the typed line"
        )
        fix_until(editor)  # confirmed for this session
        eventually(lambda: "does not pass" in editor.messages, "it says that the command does not pass")
    assert editor.lines == [TYPED, *CODE.splitlines()]
    assert len(chat.asked) > 2 and (shapes / "shapes.py").read_text() == CODE
    assert "double of 4 is 8" in editor.messages


def test_not_confirmed_and_cancelled_leave_all_as_it_was(
    begun: Callable[[Any], Editor], shapes: Path
) -> None:
    with chat_server("x" * 40_000, pause_s=0.05) as chat:
        editor = begun(chat)
        fix_until(editor, "2")
        eventually(lambda: "not confirmed" in editor.messages, "it says that nothing was done")
        assert not chat.asked
        fix_until(editor, "1")
        eventually(lambda: chat.asked, "the model is asked")
        editor.nvim.command("Dovetail cancel")
        assert chat.left.wait(20), "the model goes on writing for nobody"
    assert editor.lines == [TYPED, *CODE.splitlines()] and (shapes / "shapes.py").read_text() == CODE
    eventually(lambda: len(work_trees(shapes)) == 1, "the work tree in which it was tried is gone")
