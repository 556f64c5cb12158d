"""Undoing edits: later changes are kept, or nothing is undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from attrs import define

from dovetail.text import Decoded, Refused, decode, encode

from ..files import Unresolved
from ..model import Op
from ..planning.threeway import merge_texts
from .disk import bytes_of, may_run
from .files import DiskWorkspace
from .journal import Journal, locked
from .record import CommitError, Doing, FileWrite, Record
from .store import Store, load


@define(frozen=True, slots=True)
class Undone:
    """What taking an edit back came to."""

    done: bool
    message: str
    files: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    """Files that had changed since, where the changes could be kept."""


@define(frozen=True, slots=True)
class AppliedEdit:
    """One edit that was written, and can be taken back when it is the last."""

    edit: str
    """Its name."""
    at: float
    """When it was written, in seconds since 1970."""
    files: tuple[tuple[str, str], ...]
    """Each file with what became of it: "edit", "create", "delete" or "rename"."""


def applied_edits(store: Store, most: int = 20) -> list[AppliedEdit]:
    """The edits of a folder that are still recorded, the newest first.

    Raises:
        CommitError: the state folder cannot be used.
    """
    with locked(store) as journal:
        found = []
        for path in reversed(journal.store.records()[-most:]):
            record = load(path)
            found.append(AppliedEdit(record.edit, path.stat().st_mtime, tuple(_done(record))))
        return found


def _done(record: Record) -> Iterator[tuple[str, str]]:
    for file in _files_of(record):
        if not file.origin:
            yield file.target, Op.CREATE.value
        elif not file.target:
            yield file.origin, Op.DELETE.value
        else:
            yield file.target, (Op.EDIT if file.origin == file.target else Op.RENAME).value


class Stuck(Exception):
    """Why an edit cannot be taken back."""


def take_back(journal: Journal, path: Path, record: Record) -> Undone:
    """Undo one edit, whichever it is, keep later changes, and drop its record.

    Raises:
        Stuck: what it changed has changed since in the same lines.
        CommitError, OSError: it could not be written.
    """
    writes, merged = _inverse(record, journal.store.root)
    if writes:
        journal.commit(writes, doing=Doing.UNDO, undoes=path.stem, leaves=record.folders)
    else:
        journal.store.forget(path)
    return _told(writes, merged, tried=record.trial)


def undo(store: Store, expected: str | None = None) -> Undone:
    """Undo the last edit. Later changes are kept where they do not touch the same lines.

    Args:
        expected: the name of the edit that is to be the last; nothing is taken back where another is. Any if None.
    """
    try:
        with locked(store) as journal:
            if journal.taken_back is not None:
                # The same wish, cut short the last time: it is fulfilled now, once.
                return _told(journal.taken_back.writes, ())
            records = journal.store.records()
            if not records:
                return Undone(False, _after(journal.recovered, "There is no edit to take back here."))
            record = load(records[-1])
            if expected is not None and record.edit != expected:
                return Undone(
                    False, f"Edit {expected[:80]} is not the last of this folder; the last is {record.edit}."
                )
            return take_back(journal, records[-1], record)
    except Stuck as error:
        return Undone(False, f"Nothing was taken back: {error}.")
    except (CommitError, OSError) as error:
        return Undone(False, str(error))


def _after(first: str, second: str) -> str:
    return f"{first} {second}" if first else second


def _told(
    writes: tuple[FileWrite, ...] | list[FileWrite],
    merged: tuple[str, ...] | list[str],
    *,
    tried: bool = False,
) -> Undone:
    count = len(writes)
    if not count and not tried:
        return Undone(False, "Nothing was taken back: the files are as they were before the edit already.")
    kept = f"; later changes of {', '.join(merged)} were kept" if merged else ""
    where = f"in {count} file{'s' if count != 1 else ''}"
    # Whoever asks for it after a command was killed may not know that there was anything left to take back.
    said = f"An edit that was still being tried was taken back {where}" if tried else f"Taken back {where}"
    named = f" ({', '.join(write.path for write in writes[:8])})" if tried and writes else ""
    paths = tuple(write.path for write in writes)
    return Undone(True, f"{said}{named}{kept}.", paths, tuple(merged))


@define(frozen=True, slots=True)
class _Moved:
    """One file through an edit: where it was and what it held, where it went and what it holds there."""

    origin: str
    """'' for a file that was made."""
    target: str
    """'' for one that was deleted."""
    before: bytes | None
    after: bytes | None


def _files_of(record: Record) -> list[_Moved]:
    """The writes of a record, which are by path, as files: a name may have gone from one file to another."""
    by_path = {write.path: write for write in record.writes}
    files = []
    for write in record.writes:
        # Its name held this very file before, unless it was renamed away.
        stays = write.before is not None and not write.renamed_to
        if write.after is not None:
            origin = write.renamed_from or (write.path if stays else "")
            before = by_path[origin].before if origin in by_path else None
            files.append(_Moved(origin, write.path, before, write.after))
        # A name that was left by one file (renamed or deleted) and taken by another: the first one is a file
        # as well.
        if stays and (write.after is None or write.renamed_from):
            files.append(_Moved(write.path, "", write.before, None))
    return files


def _inverse(record: Record, root: Path) -> tuple[list[FileWrite], list[str]]:
    """The writes that take a record back, and the files whose later changes they keep."""
    workspace = DiskWorkspace(root)
    now: dict[str, bytes | None] = {}
    for write in record.writes:
        path = workspace.resolve(write.path)
        if isinstance(path, Unresolved):
            raise Stuck(path.reason)
        # Links may have been made since: every path is resolved anew, and must still lie inside the folder.
        now[write.path] = bytes_of(root, write.path) if (root / write.path).is_file() else None
    files = _files_of(record)
    targets = {file.target for file in files}
    back: dict[str, bytes | None] = dict.fromkeys(now)
    merged: list[str] = []
    for file in files:
        # The old name of a renamed or deleted file is in use again.
        if file.origin and file.origin not in targets and now[file.origin] is not None:
            if now[file.origin] != file.before or (file.target and now[file.target] is not None):
                raise Stuck(f"{file.origin} exists again")
            back[file.origin] = file.before  # it never went
            continue
        if not file.target:
            back[file.origin] = file.before
            continue
        live = now[file.target]
        # As the edit left it: the old bytes go back, whatever their encoding.
        if live == file.after:
            text = file.before
        # Undone by hand already: no conflict, nothing to do.
        elif live == file.before and file.origin in ("", file.target):
            text = live  # as it was already
        else:
            # Changed since: the way back is a three-way merge, in which the edit's result is the base.
            text = _merged(file.after, file.before, live)
            if text is None:
                what = "is gone" if live is None else "has changed since in the same lines"
                raise Stuck(f"{file.target} {what}")
            merged.append(file.origin)
        if file.origin:
            back[file.origin] = text
    found = [_write(record, root, path, now[path], text) for path, text in back.items()]
    return [write for write in found if write is not None], merged


def _write(record: Record, root: Path, path: str, now: bytes | None, text: bytes | None) -> FileWrite | None:
    """The write that gives a path its text and mode back; None where it has them."""
    (write,) = (one for one in record.writes if one.path == path)
    runs = may_run(root / path)
    turns = write.was_executable is not None and text is not None and runs not in (None, write.was_executable)
    if text == now and not turns:
        return None
    return FileWrite(
        path,
        now,
        text,
        executable=write.was_executable if turns else None,
        was_executable=runs if turns else None,
    )


def _merged(base: bytes | None, theirs: bytes | None, ours: bytes | None) -> bytes | None:
    """`ours` with the change from `base` to `theirs`; None where that does not go cleanly."""
    # A file that was made or is gone has nothing to merge with.
    if base is None or theirs is None or ours is None:
        return None
    texts = [decode(data) for data in (base, theirs, ours)]
    if any(isinstance(one, Refused) for one in texts):
        return None
    shown, wanted, live = (one for one in texts if isinstance(one, Decoded))
    after = merge_texts(shown.text, live.text, wanted.text)
    if after is None:
        return None
    try:
        return encode(after, live)
    except (ValueError, UnicodeError):
        return None
