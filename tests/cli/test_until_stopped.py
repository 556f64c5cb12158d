"""`dovetail edit --until` stopped or killed at any stage: nothing is half, and what was being tried is taken back."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer
from machine import processes
from until_folder import FILE, OTHER, POSIX, WHERE, A, B, Folder, block, eventually

STAGES = ("before the model answers", "while the command runs", "in the second round")


def stage_reached(folder: Folder, chat: ChatServer, stage: str, end: Callable[[], None]) -> list[str]:
    """Have `end` called at a stage; the options of the command. The command says by a file that it runs."""
    waits = (
        f'"{sys.executable}" -c "import pathlib, time; t = pathlib.Path(\'a.py\').read_text(); '
        "n = pathlib.Path(r'{seen}'); n.write_text(n.read_text() + 'x' if n.exists() else 'x'); "
        'time.sleep(60 if {when} in t else 0); raise SystemExit(1)"'
    )
    seen = folder.home.parent / "seen"
    if stage == STAGES[0]:
        chat.on_ask = lambda number: end()
        return [waits.format(seen=seen, when="'never'")]
    if stage == STAGES[1]:
        return [waits.format(seen=seen, when="'return 10'")]
    chat.on_ask = lambda number: end() if number == 2 else None
    return [waits.format(seen=seen, when="'never'")]


@POSIX
@WHERE
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=["Ctrl-C", "end", "kill"]
)
def test_nothing_is_half_wherever_it_ends(
    folder: Folder, chat: ChatServer, where: list[str], stage: str, how: signal.Signals
) -> None:
    before = folder.files
    chat.answers = [A, B]
    running: list[subprocess.Popen[bytes]] = []
    (until,) = stage_reached(folder, chat, stage, lambda: running[0].send_signal(how))
    seen = folder.home.parent / "seen"
    running.append(folder.started(*where, until=until))
    process = running[0]
    if stage == STAGES[1]:
        eventually(lambda: seen.exists() and len(seen.read_text()) >= 2)
        if not where:
            assert (folder.root / "a.py").read_text() != FILE, "it is being tried"
        process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    assert b"Traceback" not in errors, errors.decode()
    if how is signal.SIGKILL:
        # What was being tried is taken back by the next command that looks; a work tree goes with the next of them.
        chat.on_ask, chat.answers = lambda number: None, ["No."]
        after = folder("--rounds", "1", *where, until="exit 1")
        assert after.returncode == 1
        if not where and stage != STAGES[0]:
            assert "was taken back" in after.stderr, after.stderr
    else:
        assert process.returncode == 1 and b"Everything is as it was" in errors, errors.decode()
    assert folder.files == before
    left = "\n".join(processes().values())
    assert str(seen) not in left.replace("dovetail.cli", ""), "nothing is left running"


@POSIX
def test_apply_and_undo_find_what_was_being_tried(folder: Folder, chat: ChatServer, tmp_path: Path) -> None:
    before = folder.files
    chat.answers = [A]
    (until,) = stage_reached(folder, chat, STAGES[1], lambda: None)
    process = folder.started(until=until)
    eventually(lambda: (folder.root / "a.py").read_text() != FILE)
    second = folder("--rounds", "1")
    assert second.returncode == 1 and "Another command is trying" in second.stderr
    process.kill()
    process.communicate(timeout=60)
    (tmp_path / "reply").write_text(block("    return 3", "    return 33", "other.py"), encoding="utf-8")
    done = folder.dovetail("apply", str(tmp_path / "reply"))
    assert done.returncode == 0 and "was taken back" in done.stderr, done.stderr
    assert folder.files == before | {"other.py": OTHER.replace("return 3", "return 33").encode()}
    assert folder.dovetail("undo").returncode == 0 and folder.files == before


@POSIX
def test_undo_alone_says_what_was_being_tried(folder: Folder, chat: ChatServer) -> None:
    """Nobody who was killed has said that there was an edit: undo does, and takes back no other one with it."""
    before = folder.files
    chat.answers = [A]
    (until,) = stage_reached(folder, chat, STAGES[1], lambda: None)
    process = folder.started(until=until)
    eventually(lambda: (folder.root / "a.py").read_text() != FILE)
    process.kill()
    process.communicate(timeout=60)
    done = folder.dovetail("undo")
    assert done.returncode == 0 and folder.files == before
    assert "An edit that was still being tried was taken back in 1 file (a.py)." in done.stdout + done.stderr
