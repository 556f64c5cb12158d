"""Writing several files as one: all of them or none, also where the process is killed half-way.

The order is what makes it safe. First a journal with the old and the new bytes of every file is on the disk;
then every new text, in a temporary file beside its target; then each is renamed over its target; last the
journal becomes the record that `undo` takes back. A process that dies before the first rename leaves all
files as they were; one that dies later leaves a journal, and the next command finishes what it says.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import define

MAX_RECORDS = 50
"""Edits of one folder that can be taken back."""


class CommitError(Exception):
    """The files were not written, or not all of them could be put back. One sentence for the user."""


@define(frozen=True, slots=True)
class FileWrite:
    """The bytes of one file before and after; None stands for no file."""

    path: str
    """Relative to the root, with forward slashes."""
    before: bytes | None
    after: bytes | None
    renamed_to: str = ""
    """Where the file went, for one that is renamed; then `after` is None and the new file a write of its own."""


@define(frozen=True, slots=True)
class Record:
    """What was written once."""

    name: str
    writes: tuple[FileWrite, ...]
    folders: tuple[str, ...] = ()
    """Folders that were made for it."""


@define(frozen=True, slots=True)
class Store:
    """Where journals and undo records of one root are kept.

    Args:
        root: the folder whose files are written.
        state: the user's state folder; everything lies in a folder of its own in there.
    """

    root: Path
    state: Path

    @property
    def folder(self) -> Path:
        key = hashlib.sha256(os.fsencode(os.path.realpath(self.root))).hexdigest()[:16]
        return self.state / "edits" / key

    @property
    def journal(self) -> Path:
        return self.folder / "journal.json"

    def records(self) -> list[Path]:
        """Undo records, oldest first."""
        return sorted(self.folder.glob("undo-*.json")) if self.folder.is_dir() else []


def commit(store: Store, writes: Sequence[FileWrite], patch: str = "", *, keep: bool = True) -> Record:
    """Write all of `writes`.

    Args:
        patch: the inverse as a diff, kept beside the record for people.
        keep: whether the writes can be taken back later.

    Raises:
        CommitError: a file is not as `before` says, or could not be written; then none is changed.
    """
    recover(store)
    for write in writes:
        if _bytes_of(store.root, write.path) != write.before:
            raise CommitError(f"{write.path} changed on disk meanwhile; nothing was written. Run it again.")
    record = Record(f"undo-{time.time_ns():020d}", tuple(writes), tuple(_folders_to_make(store.root, writes)))
    try:
        store.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_synced(store.journal, json.dumps(_to_json(record)).encode("utf-8"), 0o600)
        _carry_out(store, record)
        _finish(store, record, patch, keep)
    except OSError as error:
        raise CommitError(_put_back(store, record, error)) from error
    return record


def recover(store: Store) -> str:
    """Finish, or take back, what a killed process began; in words, '' where there was nothing.

    Files that someone changed since are left alone.
    """
    try:
        raw = store.journal.read_bytes()
    except OSError:
        return ""
    try:
        record = _of_json(json.loads(raw))
    except (ValueError, KeyError, TypeError):
        _remove(store.journal)
        return "A broken journal was dropped."
    _drop_temporaries(store.root, record)
    now = {write.path: _bytes_of(store.root, write.path) for write in record.writes}
    if all(now[write.path] == write.before for write in record.writes):
        _remove_folders(store.root, record)
        _remove(store.journal)
        return "An edit that was interrupted before it wrote anything was dropped."
    foreign = [write.path for write in record.writes if now[write.path] not in (write.before, write.after)]
    todo = [
        write for write in record.writes if now[write.path] == write.before and write.before != write.after
    ]
    _carry_out(store, Record(record.name, tuple(todo), record.folders))
    _finish(store, record, "", keep=True)
    left = f" {', '.join(foreign)} had been changed since and was left alone." if foreign else ""
    return f"An edit that was interrupted was finished ({len(record.writes)} files).{left}"


def _carry_out(store: Store, record: Record) -> None:
    root = store.root
    pending: list[tuple[Path, Path]] = []
    for write in record.writes:
        if write.after is None:
            continue
        target = root / write.path
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _temporary(root, record, write)
        _write_synced(temporary, write.after, _mode_of(target), rename=False)
        pending.append((temporary, target))
    for temporary, target in pending:
        os.replace(temporary, target)
    for write in record.writes:
        if write.after is None:
            _remove(root / write.path)
    for folder in {(root / write.path).parent for write in record.writes}:
        _sync_folder(folder)


def _finish(store: Store, record: Record, patch: str, keep: bool) -> None:
    if not keep:
        _remove(store.journal)
        return
    if patch:
        _write_synced(store.folder / f"{record.name}.patch", patch.encode("utf-8", "surrogatepass"), 0o600)
    os.replace(store.journal, store.folder / f"{record.name}.json")
    for old in store.records()[:-MAX_RECORDS]:
        forget(old)


def forget(record: Path) -> None:
    """Drop an undo record."""
    _remove(record)
    _remove(record.with_suffix(".patch"))


def load(path: Path) -> Record:
    """An undo record.

    Raises:
        CommitError: it cannot be read.
    """
    try:
        return _of_json(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CommitError(f"The undo record {path} cannot be read: {error}.") from error


def remove_made_folders(store: Store, record: Record) -> None:
    """Take away folders that a record made and that are empty by now."""
    _remove_folders(store.root, record)


def _put_back(store: Store, record: Record, error: OSError) -> str:
    why = error.strerror or str(error)
    stuck: list[str] = []
    with contextlib.suppress(OSError):
        _drop_temporaries(store.root, record)
    for write in record.writes:
        try:
            if _bytes_of(store.root, write.path) == write.before:
                continue
            if write.before is None:
                _remove(store.root / write.path)
            else:
                _write_synced(store.root / write.path, write.before, _mode_of(store.root / write.path))
        except OSError:
            stuck.append(write.path)
    if stuck:
        return f"Writing failed ({why}), and {', '.join(stuck)} could not be put back; run the command again."
    with contextlib.suppress(OSError):
        _remove_folders(store.root, record)
        _remove(store.journal)
    return f"Writing failed: {why}. Nothing was changed."


def _temporary(root: Path, record: Record, write: FileWrite) -> Path:
    target = root / write.path
    return target.with_name(
        f".dovetail-{record.name[-12:]}-{hashlib.sha256(write.path.encode()).hexdigest()[:8]}.tmp"
    )


def _drop_temporaries(root: Path, record: Record) -> None:
    for write in record.writes:
        _remove(_temporary(root, record, write))


def _write_synced(path: Path, data: bytes, mode: int | None, *, rename: bool = True) -> None:
    """Write a file so that it is on the disk, in whole, when this returns."""
    place = path.with_name(path.name + ".new") if rename else path
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(place, flags, 0o666 if mode is None else stat.S_IMODE(mode))
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        with contextlib.suppress(OSError):  # file systems without modes
            os.chmod(place, stat.S_IMODE(mode))
    if rename:
        os.replace(place, path)


def _mode_of(path: Path) -> int | None:
    try:
        return os.stat(path).st_mode
    except OSError:
        return None


def _bytes_of(root: Path, path: str) -> bytes | None:
    try:
        return (root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _remove(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(path)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _folders_to_make(root: Path, writes: Sequence[FileWrite]) -> Iterator[str]:
    known: set[str] = set()
    for write in writes:
        if write.after is None:
            continue
        parts = write.path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            folder = "/".join(parts[:depth])
            if folder not in known and not (root / folder).exists():
                known.add(folder)
                yield folder


def _remove_folders(root: Path, record: Record) -> None:
    for folder in sorted(record.folders, key=len, reverse=True):
        with contextlib.suppress(OSError):  # not empty, or gone
            os.rmdir(root / folder)


def _to_json(record: Record) -> dict[str, object]:
    def text(data: bytes | None) -> str | None:
        return None if data is None else base64.b64encode(data).decode("ascii")

    return {
        "name": record.name,
        "folders": list(record.folders),
        "files": [
            {
                "path": one.path,
                "before": text(one.before),
                "after": text(one.after),
                "renamedTo": one.renamed_to,
            }
            for one in record.writes
        ],
    }


def _of_json(value: dict[str, object]) -> Record:
    def data(text: object) -> bytes | None:
        return None if text is None else base64.b64decode(str(text))

    files = value["files"]
    if not isinstance(files, list) or not isinstance(value["name"], str):
        raise ValueError("not a record")
    folders = value.get("folders", [])
    writes = tuple(
        FileWrite(str(one["path"]), data(one["before"]), data(one["after"]), str(one.get("renamedTo", "")))
        for one in files
    )
    return Record(
        value["name"], writes, tuple(str(one) for one in folders) if isinstance(folders, list) else ()
    )
