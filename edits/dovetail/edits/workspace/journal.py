"""Writing several files as one: all of them or none, also where the process is killed half-way.

The order is what makes it safe. A lock keeps every other Dovetail process of this user out. First a journal with
the old and the new bytes of every file is on the disk; then every new text, in a temporary file beside its
target; then each is renamed over its target, if that is still as it was found; last the journal becomes the
record that `undo` takes back. A process that dies before the first rename leaves all files as they were; one
that dies later leaves a journal, and the next command finishes what it says, or takes it back.

Nothing is ever written over bytes that are not known: a roll-back restores only what is still as we left it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import define, evolve, field

from . import disk
from .holding import undisturbed
from .record import CommitError, Doing, FileWrite, Record, dump, parse
from .store import Store

MAX_RECORDS = 50
"""Edits of one folder that can be taken back."""
LOCK_S = 30.0
"""How long another process is waited for. A commit takes milliseconds; a big one over a network, seconds."""


class _Foreign(OSError):
    """A file is no longer as it was found."""


def parts_names(root: Path, write: FileWrite) -> str:
    """Why a file is not written whose other names (hard links) would go on holding the old text; '' where it is."""
    changes = write.renamed_to or write.after not in (None, write.before)
    names = disk.names_of(root / write.path) if changes else 0
    if names < 2:
        return ""
    return (
        f"{write.path} is one of {names} names of one file (hard links); nothing was written. To replace it would "
        "part them, and to write into it could change a file outside this folder. Give it a file of its own "
        f"(cp -p {write.path} NEW, then mv NEW {write.path}), or edit it in an editor."
    )


@define(slots=True)
class Journal:
    """What only the process that holds the lock may do. `locked` makes one."""

    store: Store
    recovered: str = ""
    """What became of an edit that was interrupted, in words; '' where there was none."""
    taken_back: Record | None = field(default=None)
    """The undo that was interrupted and is finished now, where there was one."""

    def commit(
        self,
        writes: Sequence[FileWrite],
        patch: str = "",
        *,
        doing: Doing = Doing.APPLY,
        undoes: str = "",
        leaves: Sequence[str] = (),
        trial: bool = False,
    ) -> Record:
        """Write all of `writes`.

        Args:
            patch: the inverse as a diff, kept beside the record for people.
            doing: an undo leaves no record of its own.
            undoes: the name of the record that an undo takes back.
            leaves: folders that an undo takes away if they are empty.
            trial: it is only tried (`workspace.trial`).

        Raises:
            CommitError: a file is not as `before` says, or could not be written; then none is changed.
        """
        root = self.store.root
        record: Record | None = None
        try:
            # Under the lock, and before anything is written: the plan was made earlier.
            for write in writes:
                if not disk.is_as(root, write, after=False):
                    raise CommitError(
                        f"{write.path} changed on disk meanwhile; nothing was written. Run it again."
                    )
                if parts := parts_names(root, write):
                    raise CommitError(parts)
            number = self.store.next_number
            # Looked up before they are made, so that an undo takes away these and no others.
            folders = tuple(disk.folders_to_make(root, writes))
            record = Record(
                number, tuple(writes), folders, doing, undoes, tuple(leaves), secrets.token_hex(4), trial
            )
            # From here on a crash can be seen by the next process: the journal holds both sides of every
            # file.
            with undisturbed():
                disk.replace_synced(self.store.journal, dump(record))
                self._carry_out(record)
                self._finish(record, patch)
        except OSError as error:
            if record is None:
                # Without a record nothing has been written, not even the journal.
                raise CommitError(f"Nothing was written: {_why(error)}.") from error
            raise CommitError(self._given_up(record, error)) from error
        return record

    def recover(self) -> None:
        """Finish, or take back, what a killed process began; `recovered` says what became of it.

        It always comes to an end: what can neither be finished nor taken back is set aside and named. Files that
        someone changed since are left alone.
        """
        try:
            raw = self.store.journal.read_bytes()
        except FileNotFoundError:
            return
        try:
            record = parse(raw)
        except ValueError:
            self.recovered = f"A broken journal of an earlier edit was set aside as {self._set_aside()}."
            return
        root = self.store.root
        disk.drop_temporaries(root, record)
        # Nothing was replaced yet, so the wish can be dropped without a trace; had one file been, the edit is
        # finished instead: half of it is worse than either.
        if all(disk.is_as(root, write, after=False) for write in record.writes):
            disk.remove_folders(root, record.folders)
            disk.remove(self.store.journal)
            self.recovered = "An edit that was interrupted before it wrote anything was dropped."
            return
        foreign = [
            write.path
            for write in record.writes
            if not disk.is_as(root, write, after=False) and not disk.is_as(root, write, after=True)
        ]
        # Those that are as after were done before the crash; those that are neither are somebody else's by
        # now.
        todo = [write for write in record.writes if disk.is_as(root, write, after=False)]
        try:
            self._carry_out(evolve(record, writes=tuple(todo)))
            self._finish(record, "")
        except OSError as error:
            self.recovered = (
                f"An edit that was interrupted could not be finished. {self._given_up(record, error)}"
            )
            return
        if record.doing is Doing.UNDO:
            self.taken_back = record
        left = f" {', '.join(foreign)} had been changed since and was left alone." if foreign else ""
        self.recovered = f"An edit that was interrupted was finished ({len(record.writes)} files).{left}"

    def _carry_out(self, record: Record) -> None:
        root = self.store.root
        waiting: list[tuple[Path, FileWrite]] = []
        # First all the new texts, beside their files and synced; only then the renames, each of which cannot
        # fail half-way. A full disk thus shows before any file has been touched.
        for write in record.writes:
            if write.after is None:
                continue
            target = root / write.path
            if not disk.reached_directly(root, write.path):
                raise _Foreign(f"the folder of {write.path} is a link by now")
            target.parent.mkdir(parents=True, exist_ok=True)
            if write.before == write.after:
                continue  # only its mode changes
            place = disk.temporary(root, record, write)
            # A renamed file keeps the mode and owner that it had under its old name.
            disk.write_new(
                place, write, disk.stat_of(root / write.renamed_from if write.renamed_from else target)
            )
            waiting.append((place, write))
        for place, write in waiting:
            self._still(write)
            os.replace(place, root / write.path)
        # Deletions last: until then every text exists somewhere.
        for write in record.writes:
            if write.after is None and write.before is not None:
                self._still(write)
                disk.remove(root / write.path)
            elif write.before == write.after and write.after is not None:
                disk.set_run(root / write.path, write.executable)
        # A rename is safe only once the folder that holds the name is on the disk.
        for folder in {(root / write.path).parent for write in record.writes}:
            disk.sync_folder(folder)

    def _still(self, write: FileWrite) -> None:
        """Look once more right before a file is replaced: editors and builds know nothing of our lock."""
        if not disk.is_as(self.store.root, write, after=False):
            raise _Foreign(f"{write.path} changed on disk meanwhile")

    def _finish(self, record: Record, patch: str) -> None:
        folder = self.store.folder
        if record.doing is Doing.UNDO:
            disk.remove_folders(self.store.root, record.leaves)
            if record.undoes:
                self.store.forget(folder / f"{record.undoes}.json")
            # The record goes before the journal: a crash in between repeats an undo that has nothing left to
            # do.
            disk.remove(self.store.journal)
            return
        if patch:
            data = patch.encode("utf-8", "surrogatepass")
            disk.replace_synced(folder / f"{record.name}.patch", data)
        # The journal becomes the undo record in one step: there is no moment with both, or with neither.
        os.replace(self.store.journal, folder / f"{record.name}.json")
        for old in self.store.records()[:-MAX_RECORDS]:
            self.store.forget(old)

    def _given_up(self, record: Record, error: OSError) -> str:
        """Put back what is still as we left it; what became of all, in words."""
        root = self.store.root
        stuck: list[str] = []
        foreign: list[str] = []
        # As the names of its temporary files come from the record, those of a killed process are found, too.
        disk.drop_temporaries(root, record)
        for write in record.writes:
            try:
                if disk.is_as(root, write, after=False):
                    continue
                # Changed by somebody else since: whatever stands there is left alone.
                if not disk.is_as(root, write, after=True):
                    foreign.append(write.path)
                elif write.before is None:
                    disk.remove(root / write.path)
                else:
                    back = FileWrite(write.path, write.after, write.before, executable=write.was_executable)
                    place = disk.temporary(root, record, write)
                    disk.write_new(place, back, disk.stat_of(root / write.path))
                    os.replace(place, root / write.path)
            except OSError:
                stuck.append(write.path)
        with contextlib.suppress(OSError):
            disk.drop_temporaries(root, record)
            disk.remove_folders(root, record.folders)
        why = _why(error)
        what = _named([write.path for write in record.writes])
        if stuck:
            where = self._set_aside()
            return (
                f"Writing {what} failed ({why}), and {', '.join(stuck)} could not be put back; "
                f"the bytes from before are in {where}."
            )
        with contextlib.suppress(OSError):
            disk.remove(self.store.journal)
        others = [path for path in foreign if path not in why]
        also = (
            f" {', '.join(others)} had been changed by another program and was left alone." if others else ""
        )
        return f"Writing {what} failed: {why}. Nothing was changed.{also}"

    def _set_aside(self) -> Path:
        """Take a journal out of the way, and keep it: it holds the bytes from before."""
        place = self.store.folder / f"journal-{secrets.token_hex(4)}.broken"
        try:
            os.replace(self.store.journal, place)
        except OSError as error:
            raise CommitError(
                f"{self.store.journal} is in the way and cannot be moved: {_why(error)}."
            ) from error
        return place


@contextlib.contextmanager
def locked(store: Store) -> Iterator[Journal]:
    """Keep other processes out, and first of all finish what one that was killed has left.

    One lock serves all folders of a user, since folders may lie in one another.

    Raises:
        CommitError: another process holds the lock for long, or the state folder cannot be used.
    """
    from filelock import FileLock, Timeout

    try:
        store.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(store.state / "edits" / "lock", timeout=LOCK_S, mode=0o600, preserve_lock_file=True)
        lock.acquire()
    except Timeout as error:
        raise CommitError(
            f"Another Dovetail command has been writing for {LOCK_S:.0f} s; nothing was written. Try again."
        ) from error
    except OSError as error:
        raise CommitError(f"Nothing was written: {store.folder} cannot be used ({_why(error)}).") from error
    try:
        journal = Journal(store)
        try:
            journal.recover()
        except OSError as error:
            raise CommitError(
                f"Nothing was written: {store.journal} cannot be used ({_why(error)})."
            ) from error
        yield journal
    finally:
        lock.release()


def recover(store: Store) -> str:
    """Finish, or take back, what a killed process began; in words, '' where there was nothing.

    Raises:
        CommitError: the state folder cannot be used.
    """
    if not store.journal.exists():
        return ""
    with locked(store) as journal:
        return journal.recovered


def _named(paths: Sequence[str]) -> str:
    """The first of some files by name, the others counted."""
    shown = ", ".join(paths[:3])
    return f"{shown} and {len(paths) - 3} more" if len(paths) > 3 else shown


def _why(error: OSError) -> str:
    return error.strerror or str(error)
