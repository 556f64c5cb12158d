"""Which files are never read into a prompt, an index or the built-in model: ignored ones, and files of secrets."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pathspec
from attrs import define, field

from .reading import ReadRefused, read_careful
from .secret_files import is_secret_file, is_secret_folder

_HISTORY_FOLDERS = frozenset({".git", ".hg", ".svn", ".jj", ".bzr"})
MAX_RULES = 4 << 20
"""Bytes of one ignore file."""
_FOLD_CASE = os.name == "nt"


@define(frozen=True, slots=True)
class Verdict:
    """Whether a file may be looked at; if not, why, in words for the log."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(True)


@define(slots=True)
class _Rules:
    stamp: tuple[int, int] | None
    spec: pathspec.GitIgnoreSpec | None


def _real(path: str | os.PathLike[str]) -> Path:
    return Path(os.path.realpath(path))


def _patterns(globs: Iterable[str]) -> tuple[str, ...]:
    return tuple(globs)


@define(slots=True)
class Exclusions:
    """The exclusion rules of one workspace folder.

    Ignore files follow git: `.gitignore` in every folder from the repository's top down to the file, the
    deeper one having the last word, then `.git/info/exclude`; what lies in an ignored folder stays ignored.
    Rule files are read again when they change on disk.
    """

    root: Path = field(converter=_real)
    extra_globs: tuple[str, ...] = field(default=(), converter=_patterns)
    """More patterns in the syntax of `.gitignore`, from the settings. They cannot be negated by a file."""
    _top: Path = field(init=False)
    _extra: pathspec.GitIgnoreSpec = field(init=False)
    _rules: dict[Path, _Rules] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self._extra = pathspec.GitIgnoreSpec.from_lines(self.extra_globs)
        self._top = self.root
        for folder in (self.root, *self.root.parents):
            if (folder / ".git").exists():
                self._top = folder
                break

    def allows(self, path: str | os.PathLike[str], *, folder: bool = False) -> Verdict:
        """Whether the file (or folder) at `path`, absolute or relative to the root, may be looked at.

        Links are followed first: what lies outside the root in truth is refused. The file need not exist.
        """
        named = self.root / path
        real = Path(os.path.realpath(named))
        try:
            relative = real.relative_to(self.root)
            shown = Path(os.path.abspath(named)).relative_to(self.root)
        except ValueError:
            # The root itself may be reached by a link: then only the real path tells.
            if not real.is_relative_to(self.root):
                return Verdict(False, "outside the workspace folder")
            shown = relative = real.relative_to(self.root)
        for each in {relative, shown}:
            verdict = self._judge(PurePosixPath(each.as_posix()), folder)
            if not verdict:
                return verdict
        return ALLOWED

    def _judge(self, relative: PurePosixPath, folder: bool) -> Verdict:
        if not relative.parts:
            return ALLOWED
        if not _HISTORY_FOLDERS.isdisjoint(relative.parts):
            return Verdict(False, "inside a version control folder")
        text = str(relative) + ("/" if folder else "")
        if is_secret_folder(str(relative)) if folder else is_secret_file(str(relative)):
            return Verdict(False, "named like a file of secrets")
        if self._extra.match_file(text.lower() if _FOLD_CASE else text):
            return Verdict(False, "excluded by the settings")
        below_top = PurePosixPath(self.root.relative_to(self._top).as_posix()) / relative
        parts = below_top.parts
        for depth in range(1, len(parts) + 1):
            last = depth == len(parts)
            rule = self._ignored(parts[:depth], folder or not last)
            if rule:
                return Verdict(False, rule)
        return ALLOWED

    def _ignored(self, parts: tuple[str, ...], folder: bool) -> str:
        """The rule file that ignores the path `parts` below the top, or ''."""
        for depth in range(len(parts) - 1, -1, -1):
            base = self._top.joinpath(*parts[:depth])
            spec = self._spec(base / ".gitignore")
            if spec is not None:
                answer = spec.check_file("/".join(parts[depth:]) + ("/" if folder else "")).include
                if answer is not None:
                    return f"ignored by {'/'.join((*parts[:depth], '.gitignore'))}" if answer else ""
        spec = self._spec(self._top / ".git" / "info" / "exclude")
        if spec is not None and spec.check_file("/".join(parts) + ("/" if folder else "")).include:
            return "ignored by .git/info/exclude"
        return ""

    def _spec(self, path: Path) -> pathspec.GitIgnoreSpec | None:
        try:
            stat = path.stat()
            stamp: tuple[int, int] | None = (stat.st_mtime_ns, stat.st_size)
        except (OSError, ValueError):
            stamp = None
        known = self._rules.get(path)
        if known is None or known.stamp != stamp:
            known = self._rules[path] = _Rules(stamp, _read_spec(path) if stamp else None)
        return known.spec


def _read_spec(path: Path) -> pathspec.GitIgnoreSpec | None:
    try:
        lines = read_careful(path, MAX_RULES).decode("utf-8-sig", "replace").split("\n")
    except ReadRefused:
        return None
    good = []
    for line in lines:
        try:
            pathspec.GitIgnoreSpec.from_lines([line])
        except ValueError:  # one broken pattern must not undo the others
            continue
        good.append(line)
    return pathspec.GitIgnoreSpec.from_lines(good) if good else None
