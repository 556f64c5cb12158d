"""Two commands that edit one folder at once, or a lock that is not let go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from edits_folder import FILES, RUN, content, folder, reply_file, run

from dovetail.edits.workspace import journal as journal_module

LOCKED = """
from dovetail.edits.workspace import journal
journal.LOCK_S = 0.2
try:"""


@pytest.mark.parametrize("at", [0, 3])
def test_a_second_command_waits_for_the_first(tmp_path: Path, at: int) -> None:
    """One process stands still before a rename: the other neither takes its journal nor writes between."""
    root, store = folder(tmp_path)
    first = run(root, store, reply_file(tmp_path, "a", "one", "first"), at, "pause")
    assert first.stdout is not None
    assert [first.stdout.readline() for _ in range(2)] == ["planned\n", "paused\n"]
    second = run(root, store, reply_file(tmp_path, "b", "two", "second"), -1, "pause")
    assert second.stdout is not None and second.stdout.readline() == "planned\n"
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0.7)
    told, _ = first.communicate("go\n", timeout=60)
    assert told.strip().endswith("applied")
    told, _ = second.communicate(timeout=60)
    # It planned on the files as they were, so it is told to look again; what it must not say is that it wrote.
    assert told.startswith("refused:"), told
    assert set(content(root).values()) == {b"first\ntwo\n"}


def test_rounds_of_two_commands_at_once(tmp_path: Path) -> None:
    """Whoever says that it applied is right, and files are never a mixture."""
    root, store = folder(tmp_path)
    for _ in range(4):
        for name in FILES:
            (root / name).write_text("one\ntwo\n")
        both = {
            new: run(root, store, reply_file(tmp_path, new, "one", new), -1, "pause") for new in ("x", "y")
        }
        told = {new: process.communicate(timeout=60)[0] for new, process in both.items()}
        applied = [new for new, words in told.items() if words.endswith("applied\n")]
        assert len(applied) == 1, told
        assert set(content(root).values()) == {f"{applied[0]}\ntwo\n".encode()}


def test_a_lock_that_is_not_let_go_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, store = folder(tmp_path)
    monkeypatch.setattr(journal_module, "LOCK_S", 0.2)
    with journal_module.locked(store):
        waiting = [sys.executable, "-c", RUN.replace("try:", LOCKED, 1), str(root), str(store.state)]
        told = subprocess.run(
            [*waiting, reply_file(tmp_path, "a", "one", "x"), "-1", "pause"], capture_output=True, text=True
        )
    assert "refused: Another Dovetail command" in told.stdout, told
    assert set(content(root).values()) == {b"one\ntwo\n"}
