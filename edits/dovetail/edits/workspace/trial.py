"""An edit that is tried: written, looked at by a command of the user's, and then kept or taken back.

It is one record from its first round to its last, so that a folder is never half of it: a further round takes the
record back and writes the sum of both. Who tries holds a lock that the system lets go of when the process ends, however
that ends; a record of a trial whose lock is free is taken back by the next command that looks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import define, evolve, field

from . import disk
from .journal import Journal, locked
from .journal import recover as finish_journal
from .record import CommitError, FileWrite, Record, dump
from .store import Store, load
from .undo import Stuck, take_back


def summed(first: Iterable[FileWrite], then: Iterable[FileWrite]) -> list[FileWrite]:
    """Two edits, one after the other, as one: each path from what it was at first to what it is at last."""
    total = {write.path: write for write in first}
    for write in then:
        before = total.get(write.path)
        if before is None:
            total[write.path] = write
            continue
        # An executable bit set twice: the last word counts, and the first file's mode is what to go back to.
        run, was = write.executable, before.was_executable
        if run is None:
            run = before.executable
        elif was is None:
            was = write.was_executable
        total[write.path] = FileWrite(
            write.path,
            before.before,
            write.after,
            write.renamed_to or (before.renamed_to if write.after is None else ""),
            write.renamed_from or (before.renamed_from if write.after is not None else ""),
            executable=run if write.after is not None and run != was else None,
            was_executable=was if write.after is not None and run != was else None,
        )
    whole = {path: one for path, one in total.items() if not _nothing(one)}
    return [_whole_renames(one, whole) for one in whole.values()]


def _nothing(write: FileWrite) -> bool:
    return write.before == write.after and write.executable == write.was_executable


def _whole_renames(write: FileWrite, total: dict[str, FileWrite]) -> FileWrite:
    """Without the half of a rename whose other half is gone."""
    to, origin = total.get(write.renamed_to), total.get(write.renamed_from)
    return evolve(
        write,
        renamed_to=write.renamed_to if to is not None and to.renamed_from == write.path else "",
        renamed_from=write.renamed_from if origin is not None and origin.renamed_to == write.path else "",
    )


@define(slots=True)
class Trial:
    """The one trial of a folder. `of_folder` makes one."""

    store: Store
    writes: list[FileWrite] = field(factory=list)
    """What it comes to, from the files as they were at first."""
    edit: str = ""
    """Its name while it is written."""
    recovered: str = ""
    """What became of the trial of a process that is no more, in words; '' where there was none."""

    def put(self, writes: Iterable[FileWrite]) -> None:
        """Write a further edit, found on the files as they are now.

        Raises:
            CommitError: nothing is changed by it; the text says why.
        """
        # Worked out before anything is touched.
        total = summed(self.writes, writes)
        with locked(self.store) as journal:
            if changed := self.changed():
                raise CommitError(f"{changed[0]} was changed meanwhile by something else.")
            self._back(journal)
            if not total:
                self.writes = []
                return
            try:
                self.edit = journal.commit(total, trial=True).edit
            except CommitError:
                # The former round is taken back already, so nothing of the trial is left.
                self.writes = []
                raise
            self.writes = total

    def changed(self) -> list[str]:
        """The files that are not as they were written any more: somebody else changed them."""
        root = self.store.root
        return [write.path for write in self.writes if not disk.is_as(root, write, after=True)]

    def keep(self, patch: str = "") -> str:
        """Let it stand, as an edit like any other; its name, '' where it changes nothing.

        Args:
            patch: its inverse as a diff, for people.

        Raises:
            CommitError: it is not there any more, or its record cannot be written.
        """
        if not self.edit:
            return ""
        with locked(self.store) as journal:
            found = _of(journal, self.edit)
            if found is None:
                raise CommitError("The edit was taken back by another command.")
            path, record = found
            try:
                # The patch first, so that no edit is kept without it.
                if patch:
                    data = patch.encode("utf-8", "surrogatepass")
                    disk.replace_synced(path.with_suffix(".patch"), data)
                disk.replace_synced(path, dump(evolve(record, trial=False)))
            except OSError as error:
                raise CommitError(f"{path} could not be written: {error.strerror or error}.") from error
        edit, self.edit, self.writes = self.edit, "", []
        return edit

    def back(self) -> tuple[str, ...]:
        """Have all files as they were. The files that changed meanwhile in other lines, whose changes are kept.

        Raises:
            CommitError: it could not be done; the text says why, and the record stays.
        """
        with locked(self.store) as journal:
            merged = self._back(journal)
        self.writes = []
        return merged

    def _back(self, journal: Journal) -> tuple[str, ...]:
        found = _of(journal, self.edit) if self.edit else None
        if found is None:
            self.edit = ""
            return ()
        try:
            done = take_back(journal, *found)
        except (Stuck, OSError) as error:
            raise CommitError(f"It could not be taken back: {error}.") from error
        self.edit = ""
        return done.merged


@contextlib.contextmanager
def of_folder(store: Store) -> Iterator[Trial]:
    """Try edits in a folder; what is not kept at the end is taken back.

    Raises:
        CommitError: another process tries one there, or what was tried could not be taken back.
    """
    with _owned(store) as owner:
        if not owner:
            raise CommitError(
                f"Another command is trying an edit in {store.root} just now; nothing was written."
            )
        trial = Trial(store, recovered=_take_all_back(store))
        try:
            yield trial
        finally:
            if trial.edit:
                trial.back()


def recover(store: Store) -> str:
    """Finish, or take back, what a killed process began, a trial too; in words, '' where there was nothing.

    Raises:
        CommitError: the state folder cannot be used.
    """
    said = finish_journal(store)
    # Without a trial the lock is not even made.
    if not any(_trials(store)):
        return said
    with _owned(store) as owner:
        return " ".join(part for part in (said, _take_all_back(store) if owner else "") if part)


def _take_all_back(store: Store) -> str:
    """Take back what was tried by processes that are no more. For the owner of the lock."""
    if not any(_trials(store)):
        return ""
    said = []
    with locked(store) as journal:
        # Newest first: each was made on top of the ones before it.
        for path, record in reversed(list(_trials(store))):
            try:
                files = take_back(journal, path, record).files
                said.append(f"An edit that was being tried was taken back ({', '.join(files)}).")
            except (Stuck, CommitError, OSError) as error:
                # It cannot be taken back, so it stands: as an ordinary edit it shows up in the list and can
                # be undone by hand.
                disk.replace_synced(path, dump(evolve(record, trial=False)))
                said.append(
                    f"An edit that was being tried could not be taken back: {error}. "
                    f"It is the edit {record.edit} now."
                )
    return " ".join(said)


def _trials(store: Store) -> Iterator[tuple[Path, Record]]:
    for path in store.records():
        try:
            record = load(path)
        # A record that cannot be read is of no trial that could be taken back.
        except CommitError:
            continue
        if record.trial:
            yield path, record


def _of(journal: Journal, edit: str) -> tuple[Path, Record] | None:
    for path in reversed(journal.store.records()):
        record = load(path)
        if record.edit == edit:
            return path, record
    return None


@contextlib.contextmanager
def _owned(store: Store) -> Iterator[bool]:
    """Hold the lock of trials; whether it could be had at once."""
    from filelock import FileLock, Timeout

    store.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # A lock of its own, held for all of the trial; the lock of commits is held only while files are written.
    # `thread_local=False`: it may be released by another thread than the one that took it.
    lock = FileLock(
        store.folder / "trial.lock", timeout=0, mode=0o600, preserve_lock_file=True, thread_local=False
    )
    try:
        lock.acquire()
    except Timeout:
        yield False
        return
    except OSError as error:
        raise CommitError(f"{store.folder} cannot be used ({error.strerror or error}).") from error
    try:
        yield True
    finally:
        lock.release()
