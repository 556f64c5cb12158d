"""Who is asking: a file with a name and a key in each line, read again when it changes.

    # name   key
    ada      3f9c…
    ci       77b0…

Ray Serve has no keys of its own. A key is kept as its SHA-256 only, and looked up by that, so that comparing tells
nothing about it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

SHORTEST = 16
"""Characters; shorter ones can be guessed."""
LOOK_AGAIN_S = 1.0


class KeysError(ValueError):
    """The file cannot be used; the text says which line and why, never a key."""


def read(path: Path) -> dict[bytes, str]:
    """Names by the hash of their keys.

    Raises:
        KeysError: it is not there, is empty, or a line is not a name and a key.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysError(f"the keys file {path} cannot be read ({type(error).__name__})") from None
    names: dict[bytes, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = line.split()
        if len(parts) != 2:
            raise KeysError(
                f"{path}, line {number}: a name and a key are expected, with a blank between them"
            )
        name, key = parts
        if len(key) < SHORTEST:
            raise KeysError(f"{path}, line {number}: the key of {name} is shorter than {SHORTEST} characters")
        if _hash(key) in names:
            raise KeysError(f"{path}, line {number}: {name} has a key that another line has too")
        names[_hash(key)] = name
    if not names:
        raise KeysError(f"the keys file {path} names nobody")
    return names


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


class Keys:
    """The callers that a file names. A file that became unusable changes nothing: who had a key keeps it."""

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Raises `KeysError` if the file cannot be used at the start. `say` is told what is wrong with it later."""
        self._path = path
        self._clock = clock
        self._say = say
        self._seen = self._state()
        self._looked = clock()
        self._names = read(path)

    def name_of(self, key: str) -> str | None:
        """Whose key it is; None if nobody's."""
        now = self._clock()
        if now - self._looked >= LOOK_AGAIN_S:
            self._looked = now
            state = self._state()
            if state != self._seen:
                self._seen = state
                try:
                    self._names = read(self._path)
                except KeysError as error:
                    self._say(f"{error}; the keys from before stay in use")
        return self._names.get(_hash(key))

    def _state(self) -> tuple[int, int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)
