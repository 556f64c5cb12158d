"""An edit that is tried: one record for all its rounds, and every byte as it was where it is not kept."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.edits import CommitError, FileWrite, Store, applied_edits, recover, trial_of_folder, undo

NAMES = ("a", "b", "c")
TEXTS = st.one_of(st.none(), st.sampled_from([b"1\n", b"2\n", b"\xff\r\n"]))
STATE = st.fixed_dictionaries(dict.fromkeys(NAMES, TEXTS))


def write(root: Path, state: dict[str, bytes | None]) -> None:
    for name, data in state.items():
        if data is not None:
            (root / name).write_bytes(data)


def held(root: Path) -> dict[str, bytes | None]:
    return {name: (root / name).read_bytes() if (root / name).is_file() else None for name in NAMES}


def between(old: dict[str, bytes | None], new: dict[str, bytes | None]) -> list[FileWrite]:
    return [FileWrite(name, old[name], new[name]) for name in NAMES if old[name] != new[name]]


@settings(max_examples=40, deadline=None)
@given(states=st.lists(STATE, min_size=2, max_size=4), keeps=st.booleans())
def test_rounds_are_one_edit(
    states: list[dict[str, bytes | None]], keeps: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("trial")
    root = folder / "root"
    root.mkdir()
    write(root, states[0])
    store = Store(root, folder / "state")
    with trial_of_folder(store) as trial:
        for old, new in itertools.pairwise(states):
            trial.put(between(old, new))
            assert held(root) == new
            assert len(applied_edits(store)) == (new != states[0]), "one record at most, whatever was tried"
        kept = trial.keep() if keeps else ""
    assert held(root) == (states[-1] if keeps else states[0])
    if kept:
        assert undo(store).done
    assert held(root) == states[0] and not undo(store).done


def test_only_one_tries_at_a_time_and_others_leave_it_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\n")
    store = Store(tmp_path, tmp_path / "state")
    with trial_of_folder(store) as trial:
        trial.put([FileWrite("a", b"1\n", b"2\n")])
        with pytest.raises(CommitError, match="Another command is trying"), trial_of_folder(store):
            pass
        assert recover(store) == "" and (tmp_path / "a").read_bytes() == b"2\n"
    assert (tmp_path / "a").read_bytes() == b"1\n"


def test_what_changed_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\n2\n3\n4\n5\n")
    store = Store(tmp_path, tmp_path / "state")
    with trial_of_folder(store) as trial:
        trial.put([FileWrite("a", b"1\n2\n3\n4\n5\n", b"one\n2\n3\n4\n5\n")])
        (tmp_path / "a").write_bytes(b"one\n2\n3\n4\nfive\n")
        assert trial.changed() == ["a"]
        with pytest.raises(CommitError, match="changed meanwhile"):
            trial.put([FileWrite("a", b"one\n2\n3\n4\nfive\n", b"x\n")])
    assert (tmp_path / "a").read_bytes() == b"1\n2\n3\n4\nfive\n", "the rest of what was typed stays"
