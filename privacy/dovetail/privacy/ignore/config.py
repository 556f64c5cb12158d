"""What git's configuration says of ignored files, read without running git (a repository may name programs to run)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from attrs import define

from ..reading import ReadRefused, read_careful
from .patterns import FOLD_CASE
from .wildmatch import BadPattern, matches, segments_of

_MAX = 1 << 20
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
        while line.endswith("\\") and not line.endswith("\\\\"):
            line = line[:-1] + next(lines, "").rstrip()
        while (match := _SECTION.match(line)) is not None:
            section, subsection = match[1].lower(), re.sub(r"\\(.)", r"\1", match[2] or "")
            if not match[2] and "." in section:
                section, _, subsection = section.partition(".")
            line = line[match.end() :].strip()
        name, _, value = line.partition("=")
        if _NAME.fullmatch(name := name.strip()):
            yield Entry(f"{section}.{name.lower()}", subsection, _value(value.strip()))


def _value(raw: str) -> str:
    """The value without its quotes and comment."""
    parts: list[str] = []
    quoted = False
    at = end = 0
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


def excludes_file(git_dir: Path, common_dir: Path, top: Path) -> Path | None:
    """The user's own ignore file: `core.excludesFile` of the most special configuration that sets it, else
    `git/ignore` in the user's configuration folder; None where it is set to nothing."""
    chosen: str | None = None
    for found in configured(git_dir, common_dir):
        if found.key == "core.excludesfile" and not found.subsection:
            chosen = found.value
    if chosen is None:
        return user_folder() / "ignore"
    return _path(chosen, top) if chosen else None


def configured(git_dir: Path, common_dir: Path) -> Iterator[Entry]:
    """All entries that hold for a repository, the more special later."""
    for path in _files(git_dir, common_dir):
        yield from _read(path, git_dir, 0)


def user_folder() -> Path:
    """The folder of git's own files of this user."""
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else _home() / ".config") / "git"


def _home() -> Path:
    return Path(os.environ.get("HOME") or os.path.expanduser("~"))


def _files(git_dir: Path, common_dir: Path) -> Iterator[Path]:
    """From the most general to the most special."""
    if os.environ.get("GIT_CONFIG_NOSYSTEM", "").lower() not in ("1", "true", "yes", "on"):
        yield Path(os.environ.get("GIT_CONFIG_SYSTEM", "/etc/gitconfig"))
    if named := os.environ.get("GIT_CONFIG_GLOBAL"):
        yield Path(named)
    else:
        yield user_folder() / "config"
        yield _home() / ".gitconfig"
    yield common_dir / "config"
    yield git_dir / "config.worktree"


def _read(path: Path, git_dir: Path, depth: int) -> Iterator[Entry]:
    try:
        text = read_careful(path, _MAX).decode("utf-8", "surrogateescape")
    except ReadRefused:
        return
    for entry in entries(text):
        yield entry
        included = entry.key == "include.path" or (
            entry.key == "includeif.path" and _holds(entry.subsection, git_dir, path.parent)
        )
        if included and depth < _MOST_DEEP and entry.value:
            yield from _read(_path(entry.value, path.parent), git_dir, depth + 1)


def _holds(condition: str, git_dir: Path, base: Path) -> bool:
    kind, _, pattern = condition.partition(":")
    if kind not in ("gitdir", "gitdir/i") or not pattern:
        return False
    if pattern.startswith("./"):
        pattern = f"{base.as_posix()}/{pattern[2:]}"
    elif pattern.startswith("~/"):
        pattern = f"{_home().as_posix()}/{pattern[2:]}"
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
    if value.startswith("~/"):
        return _home() / value[2:]
    if value.startswith("~"):
        return Path(os.path.expanduser(value))
    return base / value
