"""What is stored of a workspace: that it is whole, what an accident leaves behind, and what happens without it."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dovetail.fim.builtin import BuiltinModel, Learner
from dovetail.fim.builtin.learner import store as store_module
from dovetail.fim.builtin.learner.learn import learn, load
from dovetail.fim.builtin.learner.store import Store, StoreError, folder_for
from tests.fim.builtin.learnt import words, write

_KILLED = """
import os, signal, sys
from pathlib import Path
from dovetail.fim.builtin.learner import store as _store
from dovetail.fim.builtin.learner.learn import learn
from dovetail.fim.builtin.learner.store import Store
calls = 0
def counted(name):
    real = getattr(os, name)
    def call(*arguments):
        global calls
        calls += 1
        if calls == int(sys.argv[3]):
            if hasattr(signal, "SIGKILL"):
                os.kill(os.getpid(), signal.SIGKILL)
            os._exit(9)
        return real(*arguments)
    setattr(os, name, call)
for name in ("fsync", "replace", "fdopen"):
    counted(name)
learn(Store(Path(sys.argv[2])), [Path(sys.argv[1])])
"""


def test_killed_at_any_step_of_writing_the_store_is_whole(work: Path, tmp_path: Path) -> None:
    """kill -9 before each system call that writes: what is stored is the state before or after, and the
    next run learns the rest."""
    store = Store(tmp_path / "store")
    learn(store, [work])
    killed = 0
    for step in range(1, 40):
        before = words(store)
        write(work, {"app/main.py": f"def brand_new_{step}(name):\n    return {step}\n" * step})
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, str(work), str(store.folder), str(step)], check=False
        )
        found = words(store)
        assert found == before or f"brand_new_{step}" in found
        if done.returncode == 0:
            break
        killed += 1
    assert killed == 12, "four files, three calls each"
    assert f"brand_new_{killed + 1}" in words(store)


@pytest.mark.parametrize("damage", ["manifest", "manifest text", "vocabulary", "segment", "missing"])
async def test_a_damaged_store_is_learnt_anew_and_said_so(
    work: Path, tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache = tmp_path / "cache"
    await Learner(BuiltinModel(), (work,), cache).learn()
    store = Store(folder_for(cache, (work,)))
    manifest = store.manifest()
    assert manifest is not None
    parts = {"vocabulary": manifest.vocabulary, "segment": manifest.segments[0].name}
    path = store.folder / parts.get(damage, "manifest.json")
    if damage == "missing":
        (store.folder / manifest.segments[0].name).unlink()
    elif damage == "manifest text":
        data = json.loads(path.read_bytes())
        data["body"]["words"] += 1
        path.write_text(json.dumps(data), encoding="ascii")
    else:
        path.write_bytes(path.read_bytes()[:-7] + b"damaged")
    model = BuiltinModel()
    learnt = await Learner(model, (work,), cache).learn()
    assert learnt.files == 3
    assert model.stats.files == 3
    assert "learnt anew" in caplog.text
    assert load(store) is not None


def test_a_store_of_another_format_is_passed_over(work: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    learn(store, [work])
    path = store.folder / "manifest.json"
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps({**data, "format": "older"}), encoding="ascii")
    assert store.manifest() is None
    assert learn(store, [work]).changed


async def test_without_a_place_to_write_it_works_in_memory_and_says_so_once(
    work: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The cache folder cannot be made: a file stands in its place (so also for root)."""
    write(tmp_path, {"cache": ""})
    model = BuiltinModel()
    learner = Learner(model, (work,), tmp_path / "cache")
    assert (await learner.learn()).files == 3
    assert (await learner.learn()).files == 3
    assert model.stats.files == 3
    assert caplog.text.count("cannot be kept") == 1


async def test_with_no_folder_at_all_it_learns_in_the_process(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    model = BuiltinModel()
    assert (await Learner(model, (work,)).learn()).files == 3
    assert model.stats.files == 3


def test_a_full_disk_leaves_the_store_as_it_was(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "store")
    learn(store, [work])
    before = words(store)
    write(work, {"app/main.py": "def brand_new():\n    pass\n"})

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store_module.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        learn(store, [work])
    assert words(store) == before
    assert not list(store.folder.glob(".part-*")), "nothing half-written is left to fill the disk further"


async def test_two_servers_on_one_workspace(work: Path, tmp_path: Path) -> None:
    """Both learn at once into one store; both end with everything, and the store is whole."""
    cache = tmp_path / "cache"
    models = [BuiltinModel(), BuiltinModel(), BuiltinModel()]
    await asyncio.gather(*(Learner(model, (work,), cache).learn() for model in models))
    assert [model.stats.files for model in models] == [3, 3, 3]
    assert "listen" in words(Store(folder_for(cache, (work,))))


async def test_learnt_again_from_the_store_without_reading(work: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert (await Learner(BuiltinModel(), (work,), cache).learn()).changed
    model = BuiltinModel()
    assert not (await Learner(model, (work,), cache).learn()).changed
    assert model.stats.files == 3


def test_old_leftovers_are_cleared_and_young_ones_kept(work: Path, tmp_path: Path) -> None:
    """Another process may be about to name a young file in its manifest."""
    store = Store(tmp_path / "store")
    learn(store, [work])
    write(store.folder, {".part-old": "x", ".part-young": "x"})
    os.utime(store.folder / ".part-old", (1, 1))
    write(work, {"app/main.py": "changed = 1\n"})
    learn(store, [work])
    assert not (store.folder / ".part-old").exists()
    assert (store.folder / ".part-young").exists()


def test_names_of_stores_differ_by_workspace(tmp_path: Path) -> None:
    one, two = tmp_path / "a", tmp_path / "b"
    assert folder_for(tmp_path, [one]) != folder_for(tmp_path, [two])
    assert folder_for(tmp_path, [one, two]) == folder_for(tmp_path, [two, one])


def test_reading_a_damaged_part_is_an_error_not_garbage(work: Path, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    learn(store, [work])
    manifest = store.manifest()
    assert manifest is not None
    path = store.folder / manifest.segments[0].name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match="damaged"):
        store.segment(manifest.segments[0])
