"""Which servers run, and which folders they serve.

Each server keeps one small file in `STATE/run`, a folder of mode 0700, and holds a lock on it: the system lets the lock
go when the process ends, however it ends, so a file without its lock is nobody's. Where the system has no such locks
(Windows) there is no bridge.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import stat
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from attrs import define, field

AVAILABLE = sys.platform != "win32"
LONGEST = 100
"""Bytes of a socket's path: the systems allow 103 to 107."""
MAX_BYTES = 256 * 1024
SUFFIX = ".json"


def run_folder(state: Path) -> Path:
    """Where servers are registered."""
    return state / "run"


def is_private(path: Path) -> bool:
    """Whether a folder is this user's own, no link, and closed to all others."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return _is_ours(found) and stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077


def _is_ours(found: os.stat_result) -> bool:
    if sys.platform == "win32":
        return False
    else:
        return found.st_uid == os.getuid()


@define(frozen=True, slots=True)
class Entry:
    """A server that runs, as a command finds it."""

    file: Path
    socket: Path
    folders: tuple[Path, ...]
    pid: int

    def serves(self, root: Path) -> bool:
        """Whether one of its folders is the root, in it, or around it."""
        return any(
            root == folder or root.is_relative_to(folder) or folder.is_relative_to(root)
            for folder in self.folders
        )

    def still_there(self) -> bool:
        """Whether its process holds the lock."""
        # A lock, not the process id: ids are given again, and a lock goes with its process however that
        # ended.
        return _held(self.file)


def entries(state: Path) -> list[Entry]:
    """The servers that run now. What a killed one left is removed."""
    folder = run_folder(state)
    if not is_private(folder):
        return []
    found = []
    for file in sorted(folder.glob("*" + SUFFIX)):
        # Read before the lock is looked at: the entry of a server that ends in between counts as gone.
        entry = _read(file)
        if _held(file):
            if entry is not None:
                found.append(entry)
            continue
        _forget(file, None if entry is None else entry.socket)
    return found


def _read(file: Path) -> Entry | None:
    try:
        # No link, no pipe, nothing large: the file may be anybody's work until it has been read.
        if not stat.S_ISREG(os.lstat(file).st_mode) or file.stat().st_size > MAX_BYTES:
            return None
        value = json.loads(file.read_bytes())
        folders = tuple(Path(str(one)) for one in value["folders"])
        return Entry(file, Path(str(value["socket"])), folders, int(value["pid"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _held(file: Path) -> bool:
    """Whether some process holds the lock of a file."""
    if sys.platform == "win32":
        return False
    else:
        import fcntl

        try:
            # No link is followed, and a pipe laid there does not block.
            handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            # A shared lock fails just as long as the owner holds the exclusive one.
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False


def _forget(file: Path, socket: Path | None) -> None:
    with contextlib.suppress(OSError):
        os.unlink(file)
    # Only a socket, in a folder of this user alone: the entry may have been written by anybody.
    if socket is None or not is_private(socket.parent):
        return
    with contextlib.suppress(OSError):
        if stat.S_ISSOCK(os.lstat(socket).st_mode):
            os.unlink(socket)
    # A folder of its own, where the path would have been too long (see `register`); one that holds anything stays.
    if socket.parent != file.parent:
        with contextlib.suppress(OSError):
            os.rmdir(socket.parent)


@define(slots=True, eq=False)
class Registration:
    """This process's own entry. Made by `register`."""

    folder: Path
    name: str
    socket: Path
    _handle: int = field(default=-1)

    @property
    def file(self) -> Path:
        return self.folder / (self.name + SUFFIX)

    def write(self, folders: Sequence[Path]) -> None:
        """Say which folders are served. The file is there in whole, and locked, from its first moment.

        Raises:
            OSError: it cannot be written.
        """
        if sys.platform == "win32":
            return
        else:
            import fcntl

            place = self.folder / f"{self.name}-{secrets.token_hex(4)}.new"
            value = {"pid": os.getpid(), "socket": str(self.socket), "folders": [str(one) for one in folders]}
            # Locked under a name of its own, then renamed: there is no moment in which the file is there
            # without its lock, and would be swept away as a dead one's.
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.write(handle, json.dumps(value).encode("ascii"))
                os.replace(place, self.file)
            except OSError:
                os.close(handle)
                with contextlib.suppress(OSError):
                    os.unlink(place)
                raise
            # The old lock is let go only after the new file has taken its place.
            old, self._handle = self._handle, handle
            if old >= 0:
                os.close(old)

    def close(self) -> None:
        """This server is not there any more."""
        _forget(self.file, self.socket)
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


def register(state: Path) -> Registration:
    """A place for this process's entry and socket; nothing is there yet.

    Raises:
        OSError: the folder cannot be made, or is not this user's alone.
    """
    folder = run_folder(state)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = os.lstat(folder)
    # The folder may be there with wider rights, from an older version or another tool.
    if _is_ours(found) and stat.S_ISDIR(found.st_mode):
        os.chmod(folder, 0o700)
    if not is_private(folder):
        raise PermissionError(1, "not a folder of this user alone", str(folder))
    name = f"{os.getpid()}-{secrets.token_hex(4)}"
    socket = folder / f"{name}.sock"
    if len(os.fsencode(socket)) > LONGEST:  # a folder of its own, where paths are short
        socket = Path(tempfile.mkdtemp(prefix="dovetail-")) / "sock"
    return Registration(folder, name, socket)
