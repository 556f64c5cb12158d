"""Fix until it passes, at an editor: tried beside the files, applied once and only when the command passes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import editing
from editing import CODE

from dovetail.server.until.command import run_command

CHECK = "import shapes\nprint('double of 4 is', shapes.double(4))\nraise SystemExit(shapes.double(4) != 12)\n"


def block(old: str, new: str) -> str:
    return (
        f"shapes.py\n```\n<<<<<<< SEARCH\n    return {old}\n=======\n    return {new}\n>>>>>>> REPLACE\n```\n"
    )


WRONG, RIGHT = block("number + number", "4 * number"), block("number + number", "3 * number")
FIXED = CODE.replace("number + number", "3 * number")


@pytest.fixture
def until(launch: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Start server and editor on a repository whose command fails: (editor, workspace, uri, the command's question)."""

    def start(chat: Any, *, command: str | None = None, choose: str | None = "Run", **files: str) -> Any:
        own = f'"{sys.executable}" check.py' if command is None else command
        options = {"chat": {"url": chat.url, "model": "test"}, "edits": {"untilCommand": own}}
        options["client"] = {"diagnostics": True, "events": True}
        _, editor, workspace, uri = editing.started(
            launch, tmp_path, options, None, **{"check.py": CHECK, ".gitignore": "__pycache__\n", **files}
        )
        subprocess.run(["git", "init", "-q"], cwd=workspace, check=True)
        editor.choose = choose
        return editor, workspace, uri

    return start


def on_disk(workspace: Path) -> dict[str, str]:
    return {one.name: one.read_text() for one in workspace.iterdir() if one.is_file()}


def test_the_buffer_changes_once_when_the_command_passes(until: Any) -> None:
    with editing.chat_server(WRONG, block("4 * number", "3 * number")) as chat:
        editor, workspace, uri = until(chat)
        before = on_disk(workspace)
        editor.type(uri, 0, 0, "# not saved\n")
        answer = editor.command("dovetail.fix", {"uri": uri, "until": True})
        assert answer["applied"] is True, answer["message"]
        assert editor.text(uri) == "# not saved\n" + FIXED and len(editor.edits) == 1
        assert on_disk(workspace) == before, "the server writes no source file"
        first, second = ("\n".join(m["content"] for m in one["messages"]) for one in chat.asked)
        assert "double of 4 is 8" in first and "# not saved" in first
        assert "double of 4 is 16" in second and "+    return 4 * number" in second
        assert editor.command("dovetail.undoEdit", {})["applied"] is True
        assert editor.text(uri) == "# not saved\n" + CODE
        assert len(editor.said) == 1 and "check.py" in editor.said[0], "shown and confirmed, once"


def test_never_leaves_the_buffer_as_it_was_and_says_what_failed(until: Any) -> None:
    with editing.chat_server(WRONG, "no", "no", "no", "no") as chat:
        editor, _, uri = until(chat)
        answer = editor.command("dovetail.fix", {"uri": uri, "until": True})
    assert (answer["applied"], editor.text(uri), editor.edits) == (False, CODE, [])
    assert "does not pass" in answer["message"] and "double of 4 is 16" in answer["message"]


def test_errors_of_language_servers_are_a_check_too(until: Any) -> None:
    """With the first edit the command passes and the editor's servers complain: it is taken back and asked again."""
    bad = block("number + number", "3 * int(number)  # undefined_name")
    with editing.chat_server(bad, block("3 * int(number)  # undefined_name", "3 * number")) as chat:
        editor, _, uri = until(chat)

        def complain(text: str) -> list[dict[str, Any]]:
            place = {"line": 0, "character": 0}
            said = {
                "range": {"start": place, "end": place},
                "message": "undefined_name is wrong",
                "severity": 1,
            }
            return [said] if "undefined_name" in text else []

        editor.diagnose = complain
        answer = editor.command("dovetail.fix", {"uri": uri, "until": True})
    assert answer["applied"] is True, answer["message"]
    assert editor.text(uri) == FIXED
    assert "undefined_name is wrong" in chat.asked[1]["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("command", "choose", "says"),
    [("", "Run", "edits.untilCommand"), (None, None, "not confirmed"), ("exit 0", "Run", "passes already")],
)
def test_what_is_not_begun(until: Any, command: str | None, choose: str | None, says: str) -> None:
    with editing.chat_server(RIGHT) as chat:
        settings = '[edits]\nuntilCommand = "touch hacked"\n'
        editor, workspace, uri = until(chat, command=command, choose=choose, **{"dovetail.toml": settings})
        answer = editor.command("dovetail.fix", {"uri": uri, "until": True})
    assert (answer["applied"], editor.text(uri), chat.asked) == (False, CODE, [])
    assert says in answer["message"] and not (workspace / "hacked").exists()


def test_stopping_it_leaves_all_as_it_was(until: Any) -> None:
    with editing.chat_server("x" * 4000, pause_s=0.05) as chat:
        editor, _, uri = until(chat)
        call = {"command": "dovetail.fix", "arguments": [{"uri": uri, "until": True}]}
        asked = editor.server.ask("workspace/executeCommand", call)
        while not chat.asked:
            editor.attend(editor.server.wait(lambda m: True))
        editor.server.notify("$/cancelRequest", {"id": asked})
        assert editor.server.answer(asked)["error"]["code"] == -32800
        assert chat.left.wait(10)
    assert editor.text(uri) == CODE and not editor.edits


async def test_an_attempt_within_the_same_second_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    tried = tmp_path / "tried.py"
    said = []
    for text in ("X = 1\n", "X = 2\n"):
        tried.write_text(text)
        os.utime(tried, (1_700_000_000, 1_700_000_000))
        ran = await run_command(f'"{sys.executable}" -c "import tried; print(tried.X)"', tmp_path, seconds=60)
        said.append(ran.output.strip())
    assert said == ["1", "2"]
