"""When the files that hold rules are read: at once, or, where they are large, beside the caller.

A server judges files on its event loop, between two keys. An ignore file of megabytes, or the index of a repository of
a hundred thousand files, takes longer than that to read. Until it is read, nothing that it speaks of may be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

from attrs import define, field

T = TypeVar("T")

SMALL = 32 * 1024
"""Bytes of a file that are read at once."""
# Files that are being read or wait for somebody to ask again.
_MOST = 256


class Load(Protocol):
    """How a file is read."""

    def __call__(self, path: Path, read: Callable[[Path], T], meanwhile: T, *, large: bool = False) -> T:
        """What `read` makes of the file, or `meanwhile` where that is not known yet.

        Args:
            large: take it for large, whatever its size: it leads to more.
        """


def at_once(path: Path, read: Callable[[Path], T], meanwhile: T, *, large: bool = False) -> T:
    """Read it now, however long it takes. A `Load`."""
    return read(path)


@define(slots=True, eq=False)
class Beside:
    """Reads large files in a thread of its own, one after another. A `Load`; to be called from one thread."""

    _reading: dict[tuple[object, ...], Future[object]] = field(factory=dict)
    _thread: ThreadPoolExecutor | None = None
    _ended: int = 0
    _told: int = 0

    def __call__(self, path: Path, read: Callable[[Path], T], meanwhile: T, *, large: bool = False) -> T:
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            return read(path)
        if found.st_size <= SMALL and not large:
            return read(path)
        # With time and size, so that a file that changes while it is read is read once more.
        key = (path, read, found.st_mtime_ns, found.st_size, found.st_ino)
        future = self._reading.get(key)
        if future is not None and future.done():
            # Given out once: the caller keeps what it got, and a later state of the file has another key.
            return self._reading.pop(key).result()  # type: ignore[return-value]
        if future is None:
            while len(self._reading) >= _MOST:  # what nobody came back for
                self._reading.pop(next(iter(self._reading))).cancel()
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, "dovetail-rules")
            future = self._reading[key] = self._thread.submit(read, path)
            future.add_done_callback(self._done)
        return meanwhile

    def _done(self, future: Future[object]) -> None:
        self._ended += 1

    def news(self) -> bool:
        """Whether something has been read since this was asked last, so that files are to be judged anew."""
        ended, before = self._ended, self._told
        self._told = ended
        return ended != before
