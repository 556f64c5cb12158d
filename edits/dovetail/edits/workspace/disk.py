"""Single files on the disk: written so that they are there in whole, with the mode and owner that they had."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from .record import FileWrite, Record

_RUN = 0o111


def bytes_of(root: Path, path: str) -> bytes | None:
    """What a file holds; None where there is none.

    Raises:
        OSError: there is something that cannot be read as a file, a folder for one.
    """
    try:
        return (root / path).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def may_run(full: Path) -> bool | None:
    """Whether a file may be run; None where there is none, or where the system has no such mode."""
    if os.name == "nt":
        return None
    try:
        return bool(os.stat(full).st_mode & _RUN)
    except OSError:
        return None


def is_as(root: Path, write: FileWrite, *, after: bool) -> bool:
    """Whether a file is as a write found it, or left it. What cannot be read is neither."""
    try:
        now = bytes_of(root, write.path)
    except OSError:
        return False
    if now != (write.after if after else write.before):
        return False
    wanted = write.executable if after else write.was_executable
    runs = may_run(root / write.path)
    return wanted is None or runs is None or runs == wanted


def temporary(root: Path, record: Record, write: FileWrite) -> Path:
    """Where the new text of a file waits, beside the file."""
    target = root / write.path
    key = hashlib.sha256(write.path.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    # Hashed, for beside a long name the temporary's might be too long for the file system.
    return target.with_name(f".dovetail-{record.token}{record.number % 10**12:x}-{key}.tmp")


def drop_temporaries(root: Path, record: Record) -> None:
    """Remove what a write that came to nothing left beside the files."""
    for write in record.writes:
        with contextlib.suppress(OSError):
            remove(temporary(root, record, write))


def reached_directly(root: Path, path: str) -> bool:
    """Whether no link stands on the way from the root to the file's folder."""
    folder = (root / path).parent
    direct = os.path.normpath(os.path.join(os.path.realpath(root), os.path.dirname(path)))
    # `normcase`: Windows spells one folder in several cases.
    return os.path.normcase(os.path.realpath(folder)) == os.path.normcase(direct)


def write_new(place: Path, write: FileWrite, like: os.stat_result | None) -> None:
    """Write a file's new bytes to a place of their own, with the mode and owner of the file it will replace."""
    assert write.after is not None
    mode = 0o666 if like is None else stat.S_IMODE(like.st_mode)
    if like is None and write.executable:
        mode = 0o777  # less what the user's mask takes away
    write_synced(place, write.after, mode, exact=like is not None)
    if like is not None:
        _take_after(place, like)
    set_run(place, write.executable)


def _take_after(place: Path, like: os.stat_result) -> None:
    """Give a file another's owner, as far as the system lets this user."""
    if not hasattr(os, "chown"):
        return
    mine = os.stat(place)
    if (mine.st_uid, mine.st_gid) == (like.st_uid, like.st_gid):
        return
    # Only root may give a file away; the group alone may still be one that this user is in.
    for uid, gid in ((like.st_uid, like.st_gid), (-1, like.st_gid)):
        with contextlib.suppress(OSError):
            os.chown(place, uid, gid)
            os.chmod(place, stat.S_IMODE(like.st_mode))  # a change of owner drops some bits
            return


def set_run(full: Path, executable: bool | None) -> None:
    """Let a file be run, by those who may read it, or by nobody; None changes nothing."""
    if executable is None or os.name == "nt":
        return
    mode = stat.S_IMODE(os.stat(full).st_mode)
    # Whoever may read it may run it, as the user's own `chmod +x` would do: each read bit shifted to its
    # execute bit.
    wanted = mode | (mode & 0o444) >> 2 if executable else mode & ~_RUN
    if wanted != mode:
        os.chmod(full, wanted)


def write_synced(path: Path, data: bytes, mode: int, *, exact: bool = True) -> None:
    """Write a file so that it is on the disk, in whole, when this returns. Nothing is written through a link.

    Args:
        exact: whether the mode holds as it is, whatever the user's mask says.
    """
    # `O_NOFOLLOW`: a link that somebody laid at the place of a temporary is refused, not written through.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(path, flags, mode)
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if exact:
        with contextlib.suppress(OSError):  # file systems without modes
            os.chmod(path, mode)


def replace_synced(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file of ours in one step: readers see the old one or the new one."""
    place = path.with_name(path.name + ".new")
    write_synced(place, data, mode)
    os.replace(place, path)


def stat_of(full: Path) -> os.stat_result | None:
    """What the system says of a file; None where there is none."""
    try:
        return os.stat(full)
    except OSError:
        return None


def names_of(full: Path) -> int:
    """How many names (hard links) a file has; 0 where there is none, or the system does not count them."""
    found = stat_of(full)
    return found.st_nlink if found is not None else 0


def remove(path: Path) -> None:
    """Remove a file that may be gone already."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(path)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def folders_to_make(root: Path, writes: Sequence[FileWrite]) -> Iterator[str]:
    """Folders that do not exist yet and that the new files lie in, outermost first."""
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


def remove_folders(root: Path, folders: Sequence[str]) -> None:
    """Take away those of the folders that are empty by now, innermost first."""
    for folder in sorted(folders, key=len, reverse=True):
        with contextlib.suppress(OSError):  # not empty, or gone
            os.rmdir(root / folder)
