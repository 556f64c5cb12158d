"""Where edits stand while they are tried: the user's own files, or a second work tree of theirs."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from attrs import define, evolve, field

from dovetail.edits import (
    CommitError,
    DiskWorkspace,
    FileState,
    Plan,
    Store,
    Trial,
    Unresolved,
    Workspace,
    Worktree,
    apply_plan,
    plan_writes,
    trial_of_folder,
    unified_diff,
    worktree_of,
)
from dovetail.text import Decoded, decode, encode

from ..bridge.served import ServedFolder

Shown = Mapping[str, Sequence[str]]


@define(frozen=True, slots=True)
class Tried:
    """What all rounds together make of one file. None stands for no file."""

    path: str
    before: str | None
    after: str | None
    modes: tuple[bool | None, bool | None] = (None, None)
    """Whether it might be run before, and may afterwards."""


class Place(Protocol):
    """For threads."""

    @property
    def folder(self) -> Path:
        """The folder whose files are edited."""

    @property
    def runs_in(self) -> Path:
        """The folder in which the command runs."""

    def workspace(self, shown: Shown) -> Workspace:
        """The files as the rounds so far have left them; `shown` is what the model was shown of them."""

    def put(self, plan: Plan) -> None:
        """Write a further plan, found on `workspace`.

        Raises:
            CommitError: it cannot be written; what stands is what stood.
        """

    def meddled(self) -> list[str]:
        """Edited files that the command itself has changed, where that cannot be."""

    def tried(self) -> list[Tried]:
        """What all rounds together come to."""

    def back(self) -> str:
        """Put everything back. What could not be put back, or which later changes were kept, in words; else ''."""


class _Known:
    """What the files that were tried held at first."""

    def __init__(self) -> None:
        self.first: dict[str, FileState | None] = {}

    def note(self, plan: Plan, at_first: Callable[[str], FileState | Unresolved | None]) -> None:
        for file in plan.files:
            for path in filter(None, (file.path, file.new_path)):
                # At first sight only: what later rounds find is their own doing.
                if path not in self.first:
                    state = at_first(path)
                    self.first[path] = None if isinstance(state, Unresolved) else state

    def tried(self, now: Workspace) -> list[Tried]:
        found = []
        for path, was in self.first.items():
            state = now.read(path)
            is_now = state if isinstance(state, FileState) else None
            modes = (was.executable if was else None, is_now.executable if is_now else None)
            one = Tried(path, was.text if was else None, is_now.text if is_now else None, modes)
            # Touched and put back as it was: no change.
            if one.before != one.after or modes[0] != modes[1]:
                found.append(one)
        return found


@define(slots=True, eq=False)
class InPlace:
    """The user's own files. `in_place` makes one."""

    trial: Trial
    state: Path
    runs_in: Path
    known: _Known = field(factory=_Known)

    @property
    def folder(self) -> Path:
        return self.trial.store.root

    def workspace(self, shown: Shown) -> Workspace:
        return ServedFolder.look(self.folder, self.state).workspace(shown=shown)

    def put(self, plan: Plan) -> None:
        served = ServedFolder.look(self.folder, self.state)
        # An editor would go on with the old text, and write it back on top.
        touched = {path for file in plan.files for path in (file.path, file.new_path) if path}
        if held := sorted(touched & set(served.open_files())):
            raise CommitError(
                f"{held[0]} is open in an editor, whose text a command does not see. Close it there, or use --worktree."
            )
        # Before it is written: what stands there now is what the user had.
        self.known.note(plan, DiskWorkspace(self.folder).read)
        self.trial.put(plan_writes(plan))

    def meddled(self) -> list[str]:
        return self.trial.changed()

    def tried(self) -> list[Tried]:
        """What all rounds together come to."""
        return self.known.tried(DiskWorkspace(self.folder))

    def keep(self) -> str:
        """Let it stand; the name of the edit.

        Raises:
            CommitError: another command has taken it back.
        """
        # How to take it back, for the record of the edit.
        back = "".join(unified_diff(one.path, one.after, one.before) for one in self.tried())
        return self.trial.keep(back)

    def back(self) -> str:
        try:
            merged = self.trial.back()
        except CommitError as error:
            return f"{error} `dovetail undo` tries again."
        return f"Later changes of {', '.join(merged)} were kept." if merged else ""


@contextlib.contextmanager
def in_place(root: Path, state: Path, runs_in: Path) -> Iterator[InPlace]:
    """Try edits in the user's own files. What was not kept at the end is taken back; if this process is killed, by the
    next command that looks.

    Raises:
        CommitError: another command tries one here, or the state folder cannot be used.
    """
    with trial_of_folder(Store(Path(os.path.realpath(root)), state)) as trial:
        yield InPlace(trial, state, runs_in)


@define(slots=True, eq=False)
class Apart:
    """A second work tree, which is thrown away at the end. `apart` makes one."""

    tree: Worktree
    store: Store
    runs_in: Path
    unsaved: Mapping[str, str]
    """Texts of editors that it was made with."""
    known: _Known = field(factory=_Known)

    @property
    def folder(self) -> Path:
        return self.tree.root

    def workspace(self, shown: Shown) -> Workspace:
        return _ShownDisk(self.folder, shown)

    def put(self, plan: Plan) -> None:
        self.known.note(plan, self._at_first)
        apply_plan(plan, self.store)

    def _at_first(self, path: str) -> FileState | Unresolved | None:
        """A file before anything was done here, by the command neither."""
        now = DiskWorkspace(self.folder).read(path)
        # From the commit, or the editor's text that was put there: what the command did before the first edit
        # is not the user's.
        data = self.tree.first.read(path)
        then = decode(data) if data is not None else None
        text = self.unsaved.get(path, then.text if isinstance(then, Decoded) else None)
        if text is None:
            return None
        return evolve(now, text=text) if isinstance(now, FileState) else FileState(text)

    def meddled(self) -> list[str]:
        return []  # it is the command's own to work in

    def back(self) -> str:
        return ""

    def tried(self) -> list[Tried]:
        """What all rounds together come to, what the command has made of it included."""
        return self.known.tried(DiskWorkspace(self.folder))

    def patch(self) -> tuple[str, dict[str, tuple[str, ...]]]:
        """That as a git diff, and the texts that it was made from, by path."""
        tried = self.tried()
        diff = "".join(unified_diff(one.path, one.before, one.after, modes=one.modes) for one in tried)
        return diff, {one.path: (one.before,) for one in tried if one.before is not None}


@contextlib.contextmanager
def apart(root: Path, work: Path, runs_in: Path, unsaved: Mapping[str, str]) -> Iterator[Apart]:
    """Try edits in a work tree of their own.

    Args:
        work: the folder in which work trees are made.
        runs_in: a folder of the user's; its counterpart is where the command runs.
        unsaved: texts that editors hold, by path relative to `root`: they stand there instead of the disk's.

    Raises:
        RevisionError: there is no git or no repository, or git fails.
        OSError: a text cannot be written there.
    """
    # Its own store too: trials here must not show up in the user's list of edits.
    with worktree_of(root, work) as tree, tempfile.TemporaryDirectory(prefix="dovetail-") as state:
        # The folder itself may not be in git yet.
        if not tree.root.is_dir():
            tree.root.mkdir(parents=True)
        disk = DiskWorkspace(tree.root)
        # Unsaved texts replace the disk's, in the encoding of the file.
        for path, text in unsaved.items():
            found = disk.resolve(path)
            if isinstance(found, Unresolved):
                continue
            now = disk.read(found)
            like = now.decoded if isinstance(now, FileState) else None
            # A buffer that was never saved may lie in a folder that is not there yet.
            (tree.root / found).parent.mkdir(parents=True, exist_ok=True)
            (tree.root / found).write_bytes(encode(text, like) if like is not None else text.encode("utf-8"))
        there = tree.place(runs_in)
        runs = there if there.is_dir() else tree.root
        yield Apart(tree, Store(tree.root, Path(state)), runs, unsaved)


class _ShownDisk(DiskWorkspace):
    """A folder, and what the model was shown of it."""

    def __init__(self, root: Path, shown: Shown) -> None:
        super().__init__(root)
        self._shown = shown

    def bases(self, path: str) -> Sequence[str]:
        return self._shown.get(path, ())
