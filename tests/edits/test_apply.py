"""Plans onto a real disk: whole or not at all, and back again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dovetail.edits import CommitError, DiskWorkspace, Store, apply_plan, make_plan, read_reply, recover, undo

REPLY = """\
a.py
<<<<<<< SEARCH
x = 1
=======
x = 2
>>>>>>> REPLACE
sub/b.py
<<<<<<< SEARCH
y = 1
=======
y = 2
>>>>>>> REPLACE
new/c.py
<<<<<<< SEARCH
=======
z = 3
>>>>>>> REPLACE
"""
OLD = {"a.py": b"# a\r\nx = 1\r\n", "sub/b.py": b"\xef\xbb\xbfy = 1\n"}
NEW = {"a.py": b"# a\r\nx = 2\r\n", "sub/b.py": b"\xef\xbb\xbfy = 2\n", "new/c.py": b"z = 3\n"}


def folder(tmp_path: Path) -> tuple[Path, Store]:
    root = tmp_path / "root"
    for path, data in OLD.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root, Store(root, tmp_path / "state")


def content(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def planned(root: Path):  # type: ignore[no-untyped-def]
    return make_plan(read_reply(REPLY), DiskWorkspace(root))


def test_apply_then_undo_gives_every_byte_back(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    apply_plan(planned(root), store)
    assert content(root) == NEW
    result = undo(store)
    assert result.done, result.message
    assert content(root) == OLD
    assert not (root / "new").exists()
    assert not undo(store).done


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_modes_are_kept(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    (root / "a.py").chmod(0o755)
    apply_plan(planned(root), store)
    assert (root / "a.py").stat().st_mode & 0o777 == 0o755


def test_undo_keeps_what_was_changed_since(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    apply_plan(planned(root), store)
    (root / "a.py").write_bytes(b"# mine\r\n# too\r\n# a\r\nx = 2\r\n")
    result = undo(store)
    assert result.done, result.message
    assert result.merged == ("a.py",)
    assert (root / "a.py").read_bytes() == b"# mine\r\n# too\r\n# a\r\nx = 1\r\n"


def test_undo_of_what_was_put_back_by_hand_says_so(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    diff = "--- a/a.py\n+++ b/a.py\n@@ -2 +2 @@\n-x = 1\n+x = 2\n"
    apply_plan(make_plan(read_reply(diff), DiskWorkspace(root)), store)
    (root / "a.py").write_bytes(OLD["a.py"])
    result = undo(store)
    assert not result.done
    assert "as they were" in result.message
    assert "no edit" in undo(store).message


def test_undo_refuses_where_the_same_lines_changed(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    apply_plan(planned(root), store)
    (root / "a.py").write_bytes(b"# a\r\nx = 7\r\n")
    before = content(root)
    result = undo(store)
    assert not result.done
    assert "a.py" in result.message
    assert content(root) == before


def test_a_file_that_changes_between_plan_and_write_stops_all(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    plan = planned(root)
    (root / "sub/b.py").write_bytes(b"y = 5\n")
    with pytest.raises(CommitError, match=r"sub/b\.py"):
        apply_plan(plan, store)
    assert (root / "a.py").read_bytes() == OLD["a.py"]


@contextmanager
def not_root(tmp_path: Path) -> Iterator[None]:
    """To root nothing is read-only: be somebody else, who owns the files, for a while."""
    if os.geteuid() != 0:
        yield
        return
    closed = [(path, path.stat().st_mode) for path in (tmp_path, *tmp_path.parents)]
    closed = [(path, mode) for path, mode in closed if not mode & 0o001]
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 65534, 65534)
    for path, mode in closed:
        path.chmod(mode | 0o011)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for path, mode in closed:
            path.chmod(mode)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no folders that are read-only to their owner")
def test_a_write_that_fails_changes_nothing(tmp_path: Path) -> None:
    rehearsal, kept = folder(tmp_path / "rehearsal")
    apply_plan(planned(rehearsal), kept)  # all is imported by now, which somebody else may not be able to
    root, store = folder(tmp_path)
    (root / "sub").chmod(0o500)
    with not_root(tmp_path), pytest.raises(CommitError, match="Nothing was changed"):
        apply_plan(planned(root), store)
    (root / "sub").chmod(0o700)
    assert content(root) == OLD


def test_a_disk_error_half_way_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second rename fails: the first is taken back."""
    root, store = folder(tmp_path)
    plan = planned(root)
    real, calls = os.replace, []

    def failing(source: object, target: object) -> None:
        if str(target).startswith(str(root)):
            calls.append(target)
            if len(calls) == 2:
                raise OSError(28, "No space left on device")
        real(source, target)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "replace", failing)
    with pytest.raises(CommitError, match="No space left"):
        apply_plan(plan, store)
    monkeypatch.undo()
    assert content(root) == OLD
    assert recover(store) == ""


KILLED = """
import os, signal, sys
from pathlib import Path
from dovetail.edits import DiskWorkspace, Store, apply_plan, make_plan, read_reply
def applied(root, state, at):
    plan = make_plan(read_reply(sys.argv[1]), DiskWorkspace(root))
    left = [at]
    def counted(name):
        real = getattr(os, name)
        def call(*args, **kwargs):
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return real(*args, **kwargs)
        setattr(os, name, call)
    for name in ("open", "replace", "unlink", "fsync", "chmod"):
        counted(name)
    apply_plan(plan, Store(root, state))
for at, line in enumerate(sys.stdin):
    root, state = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            applied(Path(root), Path(state), at)
            code = 0
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Applies the reply once a line of standard input, each time in a fork that is killed one system call later."""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not there on Windows")
def test_killed_at_any_step_it_is_all_or_nothing(tmp_path: Path) -> None:
    """`kill -9` at every system call that writes: after the next command, all files are old or all are new."""
    seen = set()
    command = [sys.executable, "-c", KILLED, REPLY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for step in range(200):
            base = tmp_path / str(step)
            base.mkdir()
            root, store = folder(base)
            process.stdin.write(f"{root}\t{store.state}\n")
            process.stdin.flush()
            code = int(process.stdout.readline())
            if code == 0:
                break
            assert code == -9, "see standard error"
            recover(store)
            now = content(root)
            assert now in (OLD, NEW), (step, sorted(now))
            if now == NEW:
                assert undo(store).done
                assert content(root) == OLD
            seen.add(now == NEW)
        else:
            pytest.fail("it never came to an end")
        process.stdin.close()
    assert seen == {True, False}, "both ends were met"
    assert step > 20, "each system call was met"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_that_lead_outside_are_refused(tmp_path: Path) -> None:
    root, _ = folder(tmp_path)
    (tmp_path / "outside.py").write_bytes(b"x = 1\n")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    (root / "door").symlink_to(tmp_path)
    for path in ("link.py", "door/outside.py", "door/new.py"):
        reply = f"{path}\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"
        plan = make_plan(read_reply(reply), DiskWorkspace(root))
        assert [one.kind and one.kind.value for one in plan.outcomes] == ["outside"], path
    assert (tmp_path / "outside.py").read_bytes() == b"x = 1\n"


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_inside_stays_a_link(tmp_path: Path) -> None:
    root, store = folder(tmp_path)
    (root / "link.py").symlink_to(root / "a.py")
    reply = "link.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"
    apply_plan(make_plan(read_reply(reply), DiskWorkspace(root)), store)
    assert (root / "link.py").is_symlink()
    assert (root / "a.py").read_bytes() == NEW["a.py"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_pipes_and_folders_are_not_read(tmp_path: Path) -> None:
    root, _ = folder(tmp_path)
    os.mkfifo(root / "pipe")
    for path in ("pipe", "sub"):
        reply = f"--- {path}\n+++ {path}\n@@ -1 +1 @@\n-x\n+y\n"
        plan = make_plan(read_reply(reply), DiskWorkspace(root))
        assert plan.outcomes[0].kind is not None
        assert plan.outcomes[0].kind.value == "outside"


def test_a_character_that_the_encoding_lacks_is_refused(tmp_path: Path) -> None:
    root, _ = folder(tmp_path)
    (root / "l.py").write_bytes(b"# -*- coding: latin-1 -*-\nx = '\xe9'\ny = 1\n")
    reply = "l.py\n<<<<<<< SEARCH\ny = 1\n=======\ny = '漢'\n>>>>>>> REPLACE\n"
    plan = make_plan(read_reply(reply), DiskWorkspace(root))
    assert [one.kind and one.kind.value for one in plan.outcomes] == ["conflict"]
    fine = make_plan(read_reply(reply.replace("漢", "ü")), DiskWorkspace(root))
    assert fine.ok


def test_base_folder_gives_the_merge_its_base(tmp_path: Path) -> None:
    root, _ = folder(tmp_path)
    (tmp_path / "base").mkdir()
    (tmp_path / "base/m.py").write_bytes(b"a = 1\nb = 2\nc = 3\nd = 4\n")
    (root / "m.py").write_bytes(b"a = 100\nb = 2\nc = 3\nd = 4\n")
    reply = "m.py\n<<<<<<< SEARCH\na = 1\nb = 2\nc = 3\n=======\na = 1\nb = 2\nc = 33\n>>>>>>> REPLACE\n"
    without = make_plan(read_reply(reply), DiskWorkspace(root))
    assert not without.ok
    plan = make_plan(read_reply(reply), DiskWorkspace(root, tmp_path / "base"))
    assert plan.ok
    assert plan.files[0].after == "a = 100\nb = 2\nc = 33\nd = 4\n"
