"""Which repository a file belongs to, where its rules lie, and what it tracks. No git is run: a repository's own
configuration can name programs."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from attrs import define, field

from ..reading import ReadRefused, read_careful
from .config import Configuration, TooLarge
from .environment import named_by_environment
from .loading import Load, at_once
from .patterns import FOLD_CASE, NO_RULES, UNREAD, Rules, read_rules
from .remotes import remotes

_MAX_INDEX = 64 << 20
_SMALL_CONFIG, _MAX_CONFIG = 16 * 1024, 4 << 20
"""Bytes of git's configuration that are read at once, and at all."""
_MOST_FILES = 64
"""Files of a configuration that are watched for changes."""
# Places in an index that are tried for one path.
_MOST_LOOKS = 20_000
_ENTRY = 62
"""Bytes of an index entry before its path, with SHA-1; 12 more with SHA-256."""


@define(slots=True, eq=False)
class Stamped:
    """What was made of a file, made anew when the file changes."""

    stamp: tuple[object, ...] | None = None
    rules: Rules = NO_RULES


def stamp_of(path: str | os.PathLike[str]) -> tuple[int, int, int] | None:
    """What tells two states of a file apart; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(found.st_mode):  # its time changes with each file that comes or goes
        return 0, 0, found.st_ino
    return found.st_mtime_ns, found.st_size, found.st_ino


@define(frozen=True, slots=True, eq=False)
class _Said:
    """What git's configuration says of a repository."""

    users_path: Path | None = None
    """The user's own ignore file."""
    remotes: tuple[str, ...] | None = ()
    """Addresses; None where they cannot be compared."""
    files: tuple[Path, ...] = ()
    """The files of the configuration."""
    fold: bool = FOLD_CASE
    """Whether case counts for nothing in patterns."""
    known: bool = True
    """False where it is too large to be read: then whatever git does not track counts as ignored."""


_UNREAD_SAID = _Said()
# Not `UNREAD`, which is told by identity and means that an answer is still to come.
_ALL = Rules.of(["*"])


@define(frozen=True, slots=True)
class _ReadConfigs:
    """Reads what git's configuration says. Two for one repository are equal, so that a `Load` knows it again."""

    top: Path
    git_dir: Path
    common_dir: Path

    def __call__(self, _: Path, most: int = _MAX_CONFIG) -> _Said:
        try:
            found = Configuration(self.git_dir, self.common_dir, most)
        except TooLarge:
            if most < _MAX_CONFIG:
                raise
            return _Said(files=(self.common_dir / "config",), known=False)
        files = tuple(dict.fromkeys(found.files))[:_MOST_FILES]
        fold = FOLD_CASE or found.ignores_case()
        return _Said(found.excludes_file(self.top), remotes(found.entries), files, fold)


@define(slots=True, eq=False)
class Repository:
    """A working tree: its top folder, its own git folder, and the one that its worktrees share."""

    top: Path
    git_dir: Path
    common_dir: Path
    _load: Load = at_once
    _exclude: Stamped = field(factory=Stamped)
    _users: Stamped = field(factory=Stamped)
    _configs: tuple[tuple[int, int, int] | None, ...] | None = None
    _said: _Said | None = None
    _index: _Index = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._index = _Index(self.git_dir, self._load)

    def is_at(self, other: Repository) -> bool:
        """Whether both lie in the same folders."""
        return (self.git_dir, self.common_dir) == (other.git_dir, other.common_dir)

    def exclude(self) -> Rules:
        """The rules of `info/exclude`."""
        return _fresh(self._exclude, self.common_dir / "info" / "exclude", self._load, self.folds())

    def folds(self) -> bool:
        """Whether case counts for nothing in its patterns; as the system has it while that is not known."""
        return self._configured().fold

    def users(self) -> tuple[Rules, str]:
        """The rules of the user's own ignore file, and its path."""
        said = self._configured()
        if said is _UNREAD_SAID:
            return UNREAD, "git's configuration"
        if not said.known:
            return _ALL, "git's configuration, which is too large to be read"
        if said.users_path is None:
            return NO_RULES, ""
        return _fresh(self._users, said.users_path, self._load, said.fold), str(said.users_path)

    def remotes(self) -> tuple[str, ...] | None:
        """The addresses of its remotes, each as `host/path`; None where they are not known (yet)."""
        said = self._configured()
        return said.remotes if said is not _UNREAD_SAID and said.known else None

    def _configured(self) -> _Said:
        """What git's configuration says; `_UNREAD_SAID` while a large one is being read."""
        if self._said is not None and self._said is not _UNREAD_SAID:
            if tuple(map(stamp_of, self._said.files)) == self._configs:
                return self._said
            self._configs, self._said = None, None
        config = self.common_dir / "config"
        read = _ReadConfigs(self.top, self.git_dir, self.common_dir)
        said = _UNREAD_SAID
        if self._said is None:
            try:
                said = read(config, _SMALL_CONFIG)
            # Larger than what may be read between two keys: handed to `_load` below.
            except TooLarge:
                pass
        # `large`, since the file itself may be small: it is its includes that are not.
        if said is _UNREAD_SAID:
            said = self._load(config, read, _UNREAD_SAID, large=True)
        if said is not _UNREAD_SAID:
            self._configs = tuple(map(stamp_of, said.files))
        self._said = said
        return said

    def stamp(self) -> tuple[object, ...]:
        """What changes when the rules for the whole repository do."""
        users, label = self.users()
        exclude = stamp_of(self.common_dir / "info" / "exclude")
        return exclude, label, id(users), self.remotes(), self.folds()

    def tracks(self, relative: str) -> bool:
        """Whether the file is in the index: then no rule ignores it."""
        return self._index.holds(relative)


def _fresh(kept: Stamped, path: Path, load: Load, fold: bool) -> Rules:
    stamp = stamp_of(path), fold
    if stamp != kept.stamp or kept.rules is UNREAD:
        kept.stamp, kept.rules = stamp, read_rules(path, load, fold=fold)
    return kept.rules


def repository_at(folder: Path, load: Load = at_once) -> Repository | None:
    """The repository whose top is `folder`; None where it is none."""
    marker = folder / ".git"
    try:
        git_dir = marker if marker.exists() else (named_by_environment(folder) or marker)
        # A worktree or a submodule has a file there that names its git folder.
        if marker.is_file():
            text = read_careful(marker, 1 << 16).decode("utf-8", "surrogateescape")
            if not text.startswith("gitdir:"):
                return None
            git_dir = Path(os.path.normpath(folder / text[7:].strip()))
        # `HEAD` may be a link to a branch that has no commit yet, and then leads nowhere.
        if not (git_dir / "HEAD").exists() and not (git_dir / "HEAD").is_symlink():
            return None
        common = git_dir
        try:
            text = read_careful(git_dir / "commondir", 1 << 16).decode("utf-8", "surrogateescape").strip()
            common = Path(os.path.normpath(git_dir / text))
        except ReadRefused:
            pass
        return Repository(folder, git_dir, common, load)
    except (OSError, ValueError, ReadRefused):
        return None


@define(frozen=True, slots=True)
class _Entries:
    """What an index file says."""

    data: tuple[bytes, ...] = ()
    """Index files of version 2 or 3, to be searched."""
    paths: frozenset[bytes] = frozenset()
    """The paths of one of version 4."""

    def holds(self, name: bytes) -> bool:
        return name in self.paths or any(_has_entry(data, name) for data in self.data)


_NO_ENTRIES, _UNREAD_ENTRIES = _Entries(), _Entries()


@define(slots=True, eq=False)
class _Index:
    """The paths that git tracks, asked of its index file one at a time."""

    _git_dir: Path
    _load: Load
    _stamp: tuple[int, int, int] | None = None
    _entries: _Entries = _NO_ENTRIES

    def holds(self, relative: str) -> bool:
        """Whether the index has this path; False while it is being read."""
        path = self._git_dir / "index"
        stamp = stamp_of(path)
        if stamp is None:
            return False
        if stamp != self._stamp or self._entries is _UNREAD_ENTRIES:
            self._stamp, self._entries = stamp, self._load(path, _read_entries, _UNREAD_ENTRIES)
        return self._entries.holds(os.fsencode(relative))


def _read_entries(path: Path) -> _Entries:
    try:
        data = read_careful(path, _MAX_INDEX)
    except ReadRefused:
        return _NO_ENTRIES
    # Not an index, or of a kind that is not known: then nothing is tracked, and what is ignored stays so.
    if data[:4] != b"DIRC":
        return _NO_ENTRIES
    version = int.from_bytes(data[4:8], "big")
    parts = [data] if version in (2, 3) else []
    # A split index keeps most entries in a file of its own.
    if (link := re.search(rb"link\x00\x00[\s\S]{2}([\s\S]{20})", data[-(1 << 20) :])) is not None:
        try:
            parts.append(read_careful(path.with_name(f"sharedindex.{link[1].hex()}"), _MAX_INDEX))
        except ReadRefused:
            pass
    return _Entries(tuple(parts), _paths_of_4(data) if version == 4 else frozenset())


def _has_entry(data: bytes, name: bytes) -> bool:
    """Whether an index of version 2 or 3 has an entry of this path: it stands behind 16 bits of flags that hold its
    length (and 16 more where they say so), and ends in a zero byte."""
    length = min(len(name), 0xFFF)
    wanted = name + b"\0"
    at = data.find(wanted)
    for _ in range(_MOST_LOOKS):  # an index can be made to hold the end of a path a million times
        if at < 0:
            break
        for back in (2, 4):
            flags = int.from_bytes(data[at - back : at - back + 2], "big")
            if flags & 0xFFF == length and bool(flags & 0x4000) == (back == 4) and at >= _ENTRY:
                return True
        at = data.find(wanted, at + 1)
    return False


def _paths_of_4(data: bytes) -> frozenset[bytes]:
    """The paths of an index of version 4, where each is told from the one before."""
    # SHA-1 or SHA-256: the index does not say which, so the one under which all entries read is taken.
    for hash_size in (20, 32):
        paths: set[bytes] = set()
        at, last = 12, b""
        try:
            for _ in range(int.from_bytes(data[8:12], "big")):
                # 40 bytes of times and modes, the hash, then flags: two bytes, or four if the extended bit is
                # set.
                flags_at = at + 40 + hash_size
                extended = data[flags_at] & 0x40
                at = flags_at + (4 if extended else 2)
                cut, at = _offset(data, at)
                end = data.index(b"\0", at)
                if cut > len(last):
                    raise ValueError("no index of this size of hash")
                # A path is told by how many bytes of the one before to cut, and what to add.
                last = last[: len(last) - cut] + data[at:end]
                paths.add(last)
                at = end + 1
        except (IndexError, ValueError):
            continue
        return frozenset(paths)
    return frozenset()


def _offset(data: bytes, at: int) -> tuple[int, int]:
    """A number in git's variable width, as packs have it for deltas, and where it ends."""
    byte = data[at]
    value = byte & 0x7F
    while byte & 0x80:
        at += 1
        byte = data[at]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, at + 1
