"""Two commands at once, commands that were killed, clocks that were set back: nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from edits_folder import FILES, apply, block, content, folder, run

from dovetail.edits import (
    CommitError,
    DiskWorkspace,
    apply_plan,
    make_plan,
    read_reply,
    recover,
    undo,
)
from dovetail.edits.workspace.disk import write_synced
from dovetail.edits.workspace.record import FileWrite


def test_a_roll_back_leaves_alone_what_others_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor saves a file of the edit, then the disk is full: the editor's text stays."""
    root, store = folder(tmp_path)
    real, seen = os.replace, []

    def failing(source: object, target: object) -> None:
        if str(target).startswith(str(root)):
            seen.append(target)
            if len(seen) == 3:
                (root / FILES[0]).write_text("saved by an editor\n")
                raise OSError(28, "No space left on device")
        real(source, target)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(CommitError, match=FILES[0]):
        apply(root, store, "".join(block(name, "one", "new") for name in FILES))
    monkeypatch.undo()
    now = content(root)
    assert now.pop(FILES[0]) == b"saved by an editor\n"
    assert set(now.values()) == {b"one\ntwo\n"}
    assert recover(store) == ""


def test_a_file_that_is_saved_while_others_are_written_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, store = folder(tmp_path)
    real = os.replace

    def saving(source: object, target: object) -> None:
        if str(target) == str(root / FILES[1]):
            (root / FILES[4]).write_text("saved meanwhile\n")
        real(source, target)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "replace", saving)
    with pytest.raises(CommitError, match=FILES[4]):
        apply(root, store, "".join(block(name, "one", "new") for name in FILES))
    now = content(root)
    assert now.pop(FILES[4]) == b"saved meanwhile\n"
    assert set(now.values()) == {b"one\ntwo\n"}


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not there on Windows")
@pytest.mark.parametrize("at", range(len(FILES)))
def test_an_undo_that_was_killed_and_is_repeated_takes_back_once(tmp_path: Path, at: int) -> None:
    root, store = folder(tmp_path)
    apply(root, store, "".join(block(name, "one", "first") for name in FILES))
    first = content(root)
    apply(root, store, "".join(block(name, "two", "second") for name in FILES))
    killed = run(root, store, "undo", at, "kill")
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    result = undo(store)
    assert result.done and "6 files" in result.message, result.message
    assert content(root) == first
    assert undo(store).done
    assert set(content(root).values()) == {b"one\ntwo\n"}
    assert not undo(store).done


def test_the_last_edit_is_the_last_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, store = folder(tmp_path)
    apply(root, store, block(FILES[0], "one", "first"))
    monkeypatch.setattr(time, "time_ns", lambda: 1)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    apply(root, store, block(FILES[1], "one", "second"))
    assert undo(store).files == (FILES[1],)


def test_records_of_older_versions_come_before(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    apply(root, store, block(FILES[0], "one", "first"))
    (record,) = store.folder.glob("undo-*.json")
    record.rename(record.with_name(f"undo-{time.time_ns():020d}.json"))
    for name in FILES[1:3]:
        apply(root, store, block(name, "one", "later"))
    assert [undo(store).files for _ in range(3)] == [(FILES[2],), (FILES[1],), (FILES[0],)]


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'{"name": 3}', b'{"files": [{}], "name": "undo-1"}', b"[" * 9000]
)
def test_a_broken_journal_is_set_aside_and_said(tmp_path: Path, raw: bytes) -> None:
    root, store = folder(tmp_path)
    store.folder.mkdir(parents=True)
    store.journal.write_bytes(raw)
    assert "set aside" in recover(store)
    apply(root, store, block(FILES[0], "one", "new"))
    (kept,) = store.folder.glob("*.broken")
    assert kept.read_bytes() == raw


def test_a_journal_that_cannot_be_finished_locks_nobody_out(tmp_path: Path) -> None:
    """A folder stands where the journal has a file: the rest is put back, and the next edit goes on."""
    root, store = folder(tmp_path)
    from dovetail.edits.workspace.record import Record, dump

    (root / "p").mkdir()
    writes = (
        FileWrite(FILES[0], b"one\ntwo\n", b"new\n"),
        FileWrite("p", None, b"x\n"),
        FileWrite("p/q.txt", None, b"y\n"),
    )
    (root / FILES[0]).write_bytes(b"new\n")
    store.folder.mkdir(parents=True)
    store.journal.write_bytes(dump(Record(1, writes, ("p",))))
    assert recover(store)
    assert recover(store) == ""
    apply(root, store, block(FILES[1], "one", "new"))
    assert undo(store).done
    assert content(root)[FILES[1]] == b"one\ntwo\n"


def test_a_folder_where_a_file_was_is_a_sentence(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    plan = make_plan(read_reply(block(FILES[0], "one", "new")), DiskWorkspace(root))
    (root / FILES[0]).unlink()
    (root / FILES[0]).mkdir()
    with pytest.raises(CommitError, match=FILES[0]):
        apply_plan(plan, store)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_folder_that_became_a_link_is_not_followed(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    (root / "sub").mkdir()
    (root / "sub/a.txt").write_text("one\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.txt").write_text("one\n")
    plan = make_plan(read_reply(block("sub/a.txt", "one", "new")), DiskWorkspace(root))
    (root / "sub").rename(root / "was")
    (root / "sub").symlink_to(outside)
    with pytest.raises(CommitError, match="link"):
        apply_plan(plan, store)
    assert (outside / "a.txt").read_text() == "one\n"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_nothing_is_written_through_a_link_that_waits_at_a_temporary(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("kept\n")
    (tmp_path / "place").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="place"):
        write_synced(tmp_path / "place", b"owned\n", 0o600)
    assert (tmp_path / "victim").read_text() == "kept\n"


def test_new_text_is_on_the_disk_before_it_takes_the_place_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that survives a loss of power: each file is synced between its opening and its rename."""
    root, store = folder(tmp_path)
    steps: list[tuple[str, str]] = []
    handles: dict[int, str] = {}
    opened, synced, replaced = os.open, os.fsync, os.replace

    def open_(path: object, *args: object, **rest: object) -> int:
        handle = opened(path, *args, **rest)  # type: ignore[call-overload]
        handles[handle] = str(path)
        return int(handle)

    def fsync(handle: int) -> None:
        steps.append(("synced", handles.get(handle, "")))
        synced(handle)

    def replace(source: object, target: object) -> None:
        steps.append(("replaced", str(source)))
        replaced(source, target)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "open", open_)
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    apply(root, store, "".join(block(name, "one", "new") for name in FILES[:2]))
    sources = [path for step, path in steps if step == "replaced" and path.endswith((".tmp", ".new"))]
    assert len(sources) == 4, "the journal, two files, the way back"
    for path in sources:
        assert steps.index(("synced", path)) < steps.index(("replaced", path)), path
    first = min(steps.index(("replaced", path)) for path in sources if path.endswith(".tmp"))
    assert steps.index(("replaced", f"{store.journal}.new")) < first, "the journal comes first"


@pytest.mark.skipif(os.name == "nt", reason="not every file system there has hard links")
@pytest.mark.parametrize("what", ["edit", "rename", "undo"])
def test_names_of_one_file_are_not_parted(tmp_path: Path, what: str) -> None:
    """Neither silently by a rename over one of them, nor by a write that reaches out of the folder."""
    root, store = folder(tmp_path)
    other, edit = tmp_path / "other.txt", block("f0.txt", "one", "ONE")
    if what == "undo":
        apply(root, store, edit)
    os.link(root / "f0.txt", other)
    before = content(root)
    move = "diff --git a/f0.txt b/g0.txt\nsimilarity index 100%\nrename from f0.txt\nrename to g0.txt\n"
    if what == "undo":
        result = undo(store)
        assert not result.done and "f0.txt is one of 2 names" in result.message
    else:
        with pytest.raises(CommitError, match=r"f0\.txt is one of 2 names"):
            apply(root, store, move if what == "rename" else edit + block("f1.txt", "one", "ONE"))
    assert content(root) == before and os.stat(other).st_nlink == 2
    # What takes a name away parts nothing, and what has one name again is edited.
    other.unlink()
    if what == "undo":
        assert undo(store).done
    else:
        apply(root, store, edit)
    assert content(root) != before


_ENDED_IN_THE_MIDDLE = """
import os, sys
from pathlib import Path
from dovetail.edits import DiskWorkspace, Store, apply_plan, make_plan, read_reply

root, state, sent = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
plan = make_plan(read_reply(Path(sys.argv[4]).read_text()), DiskWorkspace(root))
replace, done = os.replace, []

def replaced(source, target, **more):
    replace(source, target, **more)
    done.append(target)
    if str(target).endswith("f1.txt"):
        os.kill(os.getpid(), sent)

os.replace = replaced
apply_plan(plan, Store(root, state))
"""


def _as_from_a_terminal() -> None:
    """Whoever runs the tests may ignore some signals (`nohup`, `&` of a script), and children inherit it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_between_two_files_waits_for_the_last(tmp_path: Path, name: str) -> None:
    root, store = folder(tmp_path)
    files = sorted(path.name for path in root.iterdir() if path.name.startswith("f"))
    edit = tmp_path / "edit.txt"
    edit.write_text("".join(block(one, "one", "ONE") + "\n" for one in files), encoding="utf-8")
    sent = getattr(signal, name)
    ended = subprocess.run(
        [sys.executable, "-c", _ENDED_IN_THE_MIDDLE, root, store.state, str(int(sent)), edit],
        stderr=subprocess.PIPE,
        restore_signals=True,
        preexec_fn=_as_from_a_terminal,
        check=False,
    )
    assert ended.returncode in (-sent, 1), ended.stderr
    assert all("ONE" in (root / one).read_text(encoding="utf-8") for one in files)
    assert not store.journal.exists()
