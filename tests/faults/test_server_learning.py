"""Learning: it dies with its server, a flood of changes costs nothing, and what may not be known is forgotten."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dovetail.server.client import Nobody
from dovetail.server.models.changes import RELEARN, Batch, Changes, sort_out
from dovetail.server.models.models import WorkspaceModels, too_wide
from dovetail.server.places import Places
from dovetail.server.session.session import Session
from dovetail.server.session.uris import uri_of

CHILD = """
import re, sys
from dovetail.fim.builtin.learner import worker
worker.STUCK_S = float(sys.argv[1])
worker.end_with_parent(int(sys.argv[2]))
print("stuck", flush=True)
re.match("(a|aa)+$", "a" * 200 + "b")
"""
PARENT = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2], str(os.getpid())],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def wait_for(check: Callable[[], bool], seconds: float = 30.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends it on Linux alone")
def test_a_learner_that_holds_the_lock_dies_with_a_killed_server() -> None:
    command = [sys.executable, "-c", PARENT, CHILD, "600"]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert not gone(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_for(lambda: gone(child))


def test_a_learner_that_never_comes_back_is_ended_by_its_watchdog() -> None:
    command = [sys.executable, "-c", CHILD, "1", str(os.getpid())]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline().strip() == b"stuck"
    assert child.wait(60) != 0
    child.communicate()


# Changes


def test_what_is_not_learnt_is_dropped_before_the_disk_is_looked_at(tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.write_text("x = 1")
    other = "".join(f"file:///w/node_modules/m{i}/index.js " for i in range(50)).split()
    looked: list[Path] = []

    def foreign(path: Path) -> bool:
        looked.append(path)
        return "node_modules" in path.parts

    uris = [uri_of(source), uri_of(tmp_path / "b.py"), uri_of(tmp_path / "c.png"), "untitled:x.py", *other]
    assert sort_out(uris, foreign) == Batch((source,), (tmp_path / "b.py",))
    assert sort_out([uri_of(tmp_path / ".gitignore")], foreign).rules
    assert tmp_path / "c.png" not in looked


def test_sorting_out_thousands_of_files_leaves_time_for_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that goes to and fro between the disk and the interpreter starves the others, unless it pauses."""
    pauses: list[float] = []
    monkeypatch.setattr("dovetail.server.models.changes.time.sleep", pauses.append)
    sort_out([uri_of(tmp_path / f"m{i}.py") for i in range(2_000)], lambda path: False)
    assert len(pauses) >= 2_000 // 32
    assert min(pauses) > 0


async def test_changes_are_gathered_and_never_taken_twice_at_once(tmp_path: Path) -> None:
    timers: list[Callable[[], None]] = []
    tasks: list[asyncio.Future[None]] = []
    taken: list[int] = []
    running = 0

    async def take(batch: Batch) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await asyncio.sleep(0)
        taken.append(len(batch.gone))
        running -= 1

    def spawn(work) -> None:  # type: ignore[no-untyped-def]
        tasks.append(asyncio.ensure_future(work))

    changes = Changes(take, spawn, lambda s, do: timers.append(do), lambda path: False)
    for i in range(3_000):
        changes.tell([uri_of(tmp_path / f"{i}.py")])
    assert len(timers) == 1 and not tasks
    timers.pop()()
    changes.tell([uri_of(tmp_path / "late.py")])
    await asyncio.gather(*tasks)
    assert sum(taken) == 3_001 and len(taken) <= 2 and not timers
    changes.tell([uri_of(tmp_path / "later.py")])
    assert len(timers) == 1
    changes.close()


class _Learner:
    def __init__(self) -> None:
        self.told: list[str] = []

    async def changed(self, path: Path) -> bool:
        self.told.append(path.name)
        return True

    async def removed(self, path: Path) -> None:
        self.told.append(f"-{path.name}")


@pytest.mark.parametrize("count", [2, RELEARN + 1])
async def test_a_flood_is_learnt_anew_and_a_few_files_one_by_one(count: int, tmp_path: Path) -> None:
    session = Session(Nobody(), Places(tmp_path, tmp_path, tmp_path), WorkspaceModels)
    models = session.models
    assert isinstance(models, WorkspaceModels)
    learner = _Learner()
    models.learner = learner  # type: ignore[assignment]
    started: list[bool] = []

    async def start() -> None:
        started.append(True)

    models.start = start  # type: ignore[method-assign]
    paths = tuple(Path(f"{i}.py") for i in range(count - 1))
    await models._take(Batch(paths, (Path("gone.py"),)))
    if count > RELEARN:
        assert started and not learner.told
    else:
        assert learner.told == ["0.py", "-gone.py"] and not started
    await session.close()


# What may be known

SECRET = "def open_ledger(account, window, secret_pool):\n    return account + window\n"


async def learnt(tmp_path: Path) -> tuple[Session, WorkspaceModels, Path]:
    root = tmp_path / "work"
    (root / "private").mkdir(parents=True)
    (root / "private" / "ledger.py").write_text(SECRET)
    (root / "main.py").write_text("import os\n")
    session = Session(Nobody(), Places(tmp_path / "c", tmp_path / "h", tmp_path / "s"), WorkspaceModels)
    session.folders.add(root)
    session.configure({"statistics": {"enabled": False}}, at_start=True)
    models = session.models
    assert isinstance(models, WorkspaceModels)
    await models.start()
    assert files(models) == 2
    return session, models, root


def files(models: WorkspaceModels) -> int:
    return int(models.describe()["model"]["files"])


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not check():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_what_is_excluded_now_is_forgotten_now(tmp_path: Path) -> None:
    session, models, _ = await learnt(tmp_path)
    session.configure({"statistics": {"enabled": False}, "completion": {"exclude": ["private/"]}})
    await asyncio.sleep(0)
    assert files(models) == 0
    await until(lambda: files(models) == 1)
    session.configure({"statistics": {"enabled": False}})
    await until(lambda: files(models) == 2)
    await session.close()


async def test_a_rule_file_that_changed_is_followed(tmp_path: Path) -> None:
    session, models, root = await learnt(tmp_path)
    (root / ".gitignore").write_text("private/\n")
    await models._take(Batch(rules=True))
    assert files(models) == 1
    await session.close()


async def test_a_folder_that_went_and_learning_turned_off_and_on(tmp_path: Path) -> None:
    session, models, root = await learnt(tmp_path)
    session.configure({"embedded": {"enabled": False}})
    await until(lambda: files(models) == 0)
    session.configure({"embedded": {"enabled": True, "confidence": 0.95}})
    await until(lambda: files(models) == 2)
    loaded = models.embedded.loaded
    assert loaded is not None and loaded.automatic == 0.95
    session.configure({"embedded": {"enabled": True}})
    assert loaded.automatic < 0.95
    session.folders.remove(root)
    session.configure()
    await until(lambda: files(models) == 0 and models.learner is None)
    await session.close()


def test_the_root_of_a_disk_and_the_home_folder_are_not_learnt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home" / "me"))
    assert (
        too_wide(Path(tmp_path.anchor)) and too_wide(tmp_path / "home") and too_wide(tmp_path / "home" / "me")
    )
    assert not too_wide(tmp_path / "home" / "me" / "project") and not too_wide(tmp_path / "other")


async def test_a_home_folder_says_why_it_is_not_learnt(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    session = Session(Nobody(), Places(tmp_path, tmp_path, tmp_path), WorkspaceModels)
    session.folders.add(tmp_path)
    session.configure({}, at_start=True)
    await session.models.start()
    assert any("is not learnt" in note for note in session.status.notes)
    assert not session.models.describe()["model"]["learning"]
    await session.close()


async def test_a_model_that_cannot_be_imported_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import importlib

    real = importlib.import_module

    def broken(name: str, package: str | None = None) -> object:
        if name == "dovetail.fim.builtin":
            raise ImportError("numpy is broken")
        return real(name, package)

    monkeypatch.setattr("dovetail.server.models.built_in.importlib.import_module", broken)
    session = Session(Nobody(), Places(tmp_path, tmp_path, tmp_path), WorkspaceModels)
    root = tmp_path / "work"
    root.mkdir()
    session.folders.add(root)
    session.configure({}, at_start=True)
    await session.models.start()
    status = session.status.current()
    # Nothing else is set that could answer.
    assert status["state"] == "off"
    assert "The built-in model cannot be loaded (ImportError: numpy is broken)." in status["detail"]
    assert json.dumps(session.models.describe())
    assert session.models.generators(None) == ()  # type: ignore[arg-type]
    await session.close()


async def test_a_folder_that_comes_while_another_is_learnt_is_learnt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    session = Session(Nobody(), Places(tmp_path / "c", tmp_path / "h", tmp_path / "s"), WorkspaceModels)
    session.folders.add(tmp_path / "one")
    session.configure({"statistics": {"enabled": False}}, at_start=True)
    models = session.models
    assert isinstance(models, WorkspaceModels)
    begun, ended, go = [], [], asyncio.Event()

    async def learn(wanted: object) -> None:
        count = len(session.folders.roots)
        begun.append(count)
        await go.wait()
        ended.append(count)

    monkeypatch.setattr(models, "_learn", learn)
    first = asyncio.create_task(models.start())
    await until(lambda: begun == [1])
    session.folders.add(tmp_path / "two")
    second = asyncio.create_task(models.start())
    await until(lambda: begun == [1, 2])
    await first
    go.set()
    await second
    assert ended == [2]
    await session.close()
