"""What git's configuration says of ignored files, read without running git (a repository may name programs to run)."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import define, field

from ..reading import ReadRefused, read_careful
from .patterns import FOLD_CASE
from .wildmatch import BadPattern, TooMuch, matches, segments_of

_MAX = 1 << 20
_A_FILE = 64
"""Bytes that a file counts beside its own, so that thousands of empty ones are not free."""
_MOST_DEEP = 10
"""How many files may include one another, as in git."""
_MOST_SET = 256
"""Entries of the environment that are read."""
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

    _urls: tuple[str, ...] | None = field(init=False, default=None)
    """The remotes' addresses, for conditions on them; None while these are not decided."""
    _asked: bool = field(init=False, default=False)
    """Whether a condition on the remotes' addresses was met."""

    def __attrs_post_init__(self) -> None:
        self.files = []
        self.entries = tuple(self._all())
        # As git has it: what is included by such a condition brings no remotes.
        if self._asked:
            self._urls = tuple(
                one.value for one in self.entries if one.key == "remote.url" and one.subsection
            )
            self.files = []
            self.entries = tuple(self._all())

    def _all(self) -> Iterator[Entry]:
        for path in _files(self.git_dir, self.common_dir):
            yield from self._read(path, 0)
        # What `git -c` and the environment say counts most.
        yield from self._followed(_of_environment(), Path(os.sep), 0)

    def ignores_case(self) -> bool:
        """Whether names that differ in case are one file."""
        named = [one.value for one in self.entries if one.key == "core.ignorecase" and not one.subsection]
        # A name without a value is a switch that is on.
        return bool(named) and named[-1].lower() in ("", "true", "yes", "on", "1")

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
        yield from self._followed(entries(data.decode("utf-8", "surrogateescape")), path.parent, depth)

    def _followed(self, found: Iterable[Entry], base: Path, depth: int) -> Iterator[Entry]:
        """The entries of a file in the folder `base`, with those of the files that they include."""
        for entry in found:
            yield entry
            included = entry.key == "include.path" or (
                entry.key == "includeif.path" and self._holds(entry.subsection, base)
            )
            if included and depth < _MOST_DEEP and entry.value:
                yield from self._read(_path(entry.value, base), depth + 1)

    def _holds(self, condition: str, base: Path) -> bool:
        kind, _, pattern = condition.partition(":")
        if kind == "onbranch":
            head = self.git_dir / "HEAD"
            # Another branch may bring other rules.
            self.files.append(head)
            branch = _branch(head)
            pattern += "**" if pattern.endswith("/") else ""
            return branch != "" and _matches(pattern, branch)
        if kind == "hasconfig" and pattern.startswith("remote.*.url:"):
            self._asked = True
            pattern = pattern.removeprefix("remote.*.url:")
            return any(_matches(pattern, url) for url in self._urls or ())
        return _holds(kind, pattern, self.git_dir, base)


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


def _of_environment() -> Iterator[Entry]:
    """What `GIT_CONFIG_COUNT` and its like say, and `git -c` to what it starts, an editor for instance."""
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    for number in range(min(int(count), _MOST_SET) if re.fullmatch(r"[0-9]{1,9}", count) else 0):
        key = os.environ.get(f"GIT_CONFIG_KEY_{number}", "")
        yield from _set(key, os.environ.get(f"GIT_CONFIG_VALUE_{number}", ""))
    try:
        words = shlex.split(os.environ.get("GIT_CONFIG_PARAMETERS", ""))
    except ValueError:
        return
    # `'name'='value'`, and as older versions have it, `'name=value'`: the same once unquoted.
    for word in words[:_MOST_SET]:
        key, _, value = word.partition("=")
        yield from _set(key, value)


def _set(key: str, value: str) -> Iterator[Entry]:
    """The entry of a whole name, `section.subsection.name`."""
    section, _, rest = key.partition(".")
    subsection, _, name = rest.rpartition(".")
    if section and name:
        yield Entry(f"{section}.{name}".lower(), subsection, value)


def _branch(head: Path) -> str:
    """The branch that is checked out; '' where there is none."""
    try:
        text = read_careful(head, 4096).decode("utf-8", "surrogateescape").strip()
    except ReadRefused:
        return ""
    start = "ref: refs/heads/"
    return text.removeprefix(start) if text.startswith(start) else ""


def _matches(pattern: str, text: str) -> bool:
    try:
        return matches(segments_of(pattern), text.split("/"))
    except (BadPattern, TooMuch):
        return False


def _holds(kind: str, pattern: str, git_dir: Path, base: Path) -> bool:
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
    return _matches(pattern.strip("/"), place.strip("/"))


def _path(value: str, base: Path) -> Path:
    # By $HOME, as git does; `expanduser` would ask for USERPROFILE on Windows.
    if value.startswith("~/"):
        return _home() / value[2:]
    if value.startswith("~"):
        return Path(os.path.expanduser(value))
    return base / value
