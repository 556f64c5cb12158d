"""What git's configuration says of ignored files, read without running git (a repository may name programs to run)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import define, field

from ..reading import ReadRefused, read_careful
from .patterns import FOLD_CASE
from .wildmatch import BadPattern, matches, segments_of

_MAX = 1 << 20
_A_FILE = 64
"""Bytes that a file counts beside its own, so that thousands of empty ones are not free."""
_MOST_DEEP = 10
"""How many files may include one another, as in git."""
_SECTION = re.compile(r"\[([\w.\-]+)(?:[ \t]+\"((?:[^\"\\\n]|\\.)*)\")?\]")
_NAME = re.compile(r"[A-Za-z][\w\-]*")


@define(frozen=True, slots=True)
class Entry:
    """One value. `key` is `section.name` in lower case; a subsection stands apart."""

    key: str
    subsection: str
    value: str


def entries(text: str) -> Iterator[Entry]:
    """The entries of a configuration file, in order; what cannot be read is passed over."""
    section = subsection = ""
    lines = iter(text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"))
    for line in lines:
        line = line.strip()
        # A backslash at the end goes on with the next line; two of them are a backslash, and a comment ends here.
        while _goes_on(line):
            line = line[:-1] + next(lines, "").rstrip()
        # Several headers, or a header and an entry, may share a line.
        while (match := _SECTION.match(line)) is not None:
            section, subsection = match[1].lower(), re.sub(r"\\(.)", r"\1", match[2] or "")
            # `[section.sub]`: the old way to write a subsection.
            if not match[2] and "." in section:
                section, _, subsection = section.partition(".")
            line = line[match.end() :].strip()
        # A name without `=` is a switch that is on; none of those read here is one, so '' will do.
        name, _, value = line.partition("=")
        if _NAME.fullmatch(name := name.strip()):
            yield Entry(f"{section}.{name.lower()}", subsection, _value(value.strip()))


def _goes_on(line: str) -> bool:
    """Whether a line ends in a backslash that stands for itself, outside of a comment."""
    if (len(line) - len(line.rstrip("\\"))) % 2 == 0:
        return False
    quoted = escaped = False
    for character in line:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character in "#;" and not quoted:
            return False
    return True


def _value(raw: str) -> str:
    """The value without its quotes and comment."""
    parts: list[str] = []
    quoted = False
    at = end = 0
    # `end` is where the value ends once trailing spaces are left out: those in quotes count, others do not.
    while at < len(raw):
        character = raw[at]
        if character == "\\" and at + 1 < len(raw):
            at += 1
            parts.append({"n": "\n", "t": "\t", "b": "\b"}.get(raw[at], raw[at]))
            end = len(parts)
        elif character == '"':
            quoted = not quoted
            end = len(parts)
        elif character in "#;" and not quoted:
            break
        else:
            parts.append(character)
            if quoted or character not in " \t":
                end = len(parts)
        at += 1
    return "".join(parts[:end])


class TooLarge(Exception):
    """The configuration of a repository is larger than may be read just now."""


@define(slots=True, eq=False)
class Configuration:
    """All files of git's configuration that hold for a repository, read once.

    Raises (when it is made):
        TooLarge: they have more than `most` bytes together; includes count as often as they are named.
    """

    git_dir: Path
    common_dir: Path
    most: int
    entries: tuple[Entry, ...] = field(init=False)
    """Of all files, the more special later."""
    files: list[Path] = field(init=False)
    """What was read or looked for: when one of these changes, it is to be read anew."""

    def __attrs_post_init__(self) -> None:
        self.files = []
        self.entries = tuple(
            entry for path in _files(self.git_dir, self.common_dir) for entry in self._read(path, 0)
        )

    def excludes_file(self, top: Path) -> Path | None:
        """The user's own ignore file: `core.excludesFile` of the most special configuration that sets it, else
        `git/ignore` in the user's configuration folder; None where it is set to nothing."""
        named = [one.value for one in self.entries if one.key == "core.excludesfile" and not one.subsection]
        if not named:
            return user_folder() / "ignore"
        return _path(named[-1], top) if named[-1] else None

    def _read(self, path: Path, depth: int) -> Iterator[Entry]:
        self.files.append(path)
        # Charged before reading: a file that includes itself in several places is exponential in number, not
        # in bytes.
        self.most -= _A_FILE
        try:
            data = read_careful(path, _MAX)
        # A missing include is no error to git, and one that cannot be read says nothing either.
        except ReadRefused:
            data = b""
        # A file that cannot be read is empty, as for git when an include is missing.
        self.most -= len(data)
        if self.most < 0:
            raise TooLarge
        for entry in entries(data.decode("utf-8", "surrogateescape")):
            yield entry
            included = entry.key == "include.path" or (
                entry.key == "includeif.path" and _holds(entry.subsection, self.git_dir, path.parent)
            )
            if included and depth < _MOST_DEEP and entry.value:
                yield from self._read(_path(entry.value, path.parent), depth + 1)


def user_folder() -> Path:
    """The folder of git's own files of this user."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else _home() / ".config") / "git"


def _home() -> Path:
    return Path(os.environ.get("HOME") or os.path.expanduser("~"))


def _files(git_dir: Path, common_dir: Path) -> Iterator[Path]:
    """From the most general to the most special."""
    # From here to the end in git's own order: system, user (two places), repository, work tree.
    if os.environ.get("GIT_CONFIG_NOSYSTEM", "").lower() not in ("1", "true", "yes", "on"):
        yield Path(os.environ.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))
    if named := os.environ.get("GIT_CONFIG_GLOBAL"):
        yield Path(named)
    else:
        yield user_folder() / "config"
        yield _home() / ".gitconfig"
    yield common_dir / "config"
    yield git_dir / "config.worktree"


def _holds(condition: str, git_dir: Path, base: Path) -> bool:
    kind, _, pattern = condition.partition(":")
    # `onbranch` and `hasconfig` are not followed.
    if kind not in ("gitdir", "gitdir/i") or not pattern:
        return False
    if pattern.startswith("./"):
        pattern = f"{base.as_posix()}/{pattern[2:]}"
    elif pattern.startswith("~/"):
        pattern = f"{_home().as_posix()}/{pattern[2:]}"
    # git's rule for a relative condition: at any depth; a trailing slash takes everything below.
    elif not pattern.startswith("/") and not re.match(r"[A-Za-z]:", pattern):
        pattern = f"**/{pattern}"
    if pattern.endswith("/"):
        pattern += "**"
    place = git_dir.as_posix()
    if kind == "gitdir/i" or FOLD_CASE:
        pattern, place = pattern.lower(), place.lower()
    try:
        segments = segments_of(pattern.strip("/"))
    except BadPattern:
        return False
    return matches(segments, place.strip("/").split("/"))


def _path(value: str, base: Path) -> Path:
    # By $HOME, as git does; `expanduser` would ask for USERPROFILE on Windows.
    if value.startswith("~/"):
        return _home() / value[2:]
    if value.startswith("~"):
        return Path(os.path.expanduser(value))
    return base / value
