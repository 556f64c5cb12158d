"""The one way to read a file of a workspace.

A repository may hold anything under any name: a link to a device, a pipe that never ends, a sparse file of many
gigabytes. So: a regular file, of bounded size, opened without waiting, and not by a link that leaves the folder.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from dovetail.text import Decoded, Refused, decode

MAX_FILE = 16 * 1024 * 1024
"""Bytes that are read of one file unless the caller says less."""
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)  # a pipe without a writer would hold the caller for ever
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


class ReadRefused(Exception):
    """A file is not read. The text is one sentence for the user."""


class NoFile(ReadRefused):
    """There is no file of that name."""


def read_careful(
    path: str | os.PathLike[str], limit: int = MAX_FILE, *, within: str | os.PathLike[str] | None = None
) -> bytes:
    """The bytes of a regular file of at most `limit` bytes. Never waits, and never reads more than the limit.

    Args:
        within: a folder that the file must lie in after links are followed.

    Raises:
        NoFile: there is none.
        ReadRefused: it is a folder, a pipe or a device, too large, may not be read, or leads out of `within`.
    """
    place = os.fspath(path)
    try:
        if within is not None:
            real = os.path.realpath(place)
            if not Path(real).is_relative_to(os.path.realpath(within)):
                raise ReadRefused(f"{place} leads outside {os.fspath(within)}.")
        # Looked at before it is opened: opening alone can have an effect on a device.
        _regular(place, os.stat(place), limit)
        handle = os.open(place, _FLAGS)
        with open(handle, "rb") as file:
            # Once more on what was opened: the name may stand for another file by now.
            _regular(place, os.fstat(handle), limit)
            # One byte more than allowed, because a file may grow behind its size.
            data = file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NoFile(f"{place} does not exist.") from None
    except PermissionError:
        raise ReadRefused(f"{place} may not be read: permission denied.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ReadRefused(f"{place} could not be read: {reason}.") from None
    if len(data) > limit:
        raise ReadRefused(_too_large(place, limit))
    return data


def read_careful_text(
    path: str | os.PathLike[str], limit: int = MAX_FILE, *, within: str | os.PathLike[str] | None = None
) -> Decoded:
    """As `read_careful`, decoded as `dovetail.text.decode` does.

    Raises:
        NoFile: there is none.
        ReadRefused: as `read_careful`; or it is not text.
    """
    found = decode(read_careful(path, limit, within=within))
    if isinstance(found, Refused):
        raise ReadRefused(f"{os.fspath(path)} was not read as text: {found.message}.")
    return found


def _regular(place: str, found: os.stat_result, limit: int) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise ReadRefused(f"{place} is a folder, not a file.")
    if not stat.S_ISREG(found.st_mode):
        raise ReadRefused(f"{place} is not a regular file.")
    if found.st_size > limit:
        raise ReadRefused(_too_large(place, limit))


def _too_large(place: str, limit: int) -> str:
    return f"{place} is larger than {limit:,} bytes, the most that is read."
