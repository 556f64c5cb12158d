"""The patterns of one ignore file, put in order so that many of them cost little.

Of 60,000 patterns nearly all are names, paths or `*.ending`: these are found by a look-up. The others are tried only
where a piece of three letters of theirs stands in the path.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import define, field

from ..reading import ReadRefused, read_careful
from .loading import Load, at_once
from .wildmatch import BadPattern, Budget, TooMuch, is_plain, matches, segments_of

MAX_RULES = 4 << 20
"""Bytes of one ignore file that are read; a larger one ignores everything below it."""
FOLD_CASE = os.name == "nt" or sys.platform == "darwin"
"""Whether names that differ in case are one file, as git assumes on these systems; elsewhere a repository may say so
(`core.ignoreCase`)."""
_LITERAL = re.compile(r"[^*?\[\]\\/]{3,}")


@define(slots=True)
class _Pattern:
    number: int
    negated: bool
    folders_only: bool
    text: str
    name_only: bool
    """Whether it is about the last name, wherever that stands."""
    _segments: tuple[object, ...] | None = None

    @property
    def segments(self) -> tuple[object, ...]:
        """Cut when it is first tried: of tens of thousands few ever are."""
        if self._segments is None:
            self._segments = segments_of(self.text)
        return self._segments


@define(slots=True)
class Rules:
    """Patterns, of which the last that matches decides. Paths are relative to the folder that they are about."""

    fold: bool = FOLD_CASE
    """Whether case counts for nothing."""
    _verdicts: list[tuple[bool, bool]] = field(factory=list)
    """Of each pattern: whether it takes back, whether it is about folders only."""
    _names: dict[str, list[int]] = field(factory=dict)
    _paths: dict[str, list[int]] = field(factory=dict)
    _endings: dict[str, list[int]] = field(factory=dict)
    _keyed: dict[str, list[_Pattern]] = field(factory=dict)
    _others: list[_Pattern] = field(factory=list)

    @classmethod
    def of(cls, lines: Iterable[str], *, fold: bool = FOLD_CASE) -> Rules:
        """The rules of the lines of an ignore file. What can match nothing is left out."""
        rules = cls(fold)
        for line in lines:
            rules._add(line)
        return rules

    def __bool__(self) -> bool:
        return bool(self._verdicts)

    def _add(self, line: str) -> None:
        pattern = _trimmed(line.removesuffix("\r"))
        if not pattern or pattern.startswith("#"):
            return
        if negated := pattern.startswith("!"):
            pattern = pattern[1:]
        if folders_only := pattern.endswith("/"):
            pattern = pattern.removesuffix("/")
        # After the slash at the end was taken off, as git has it: `build/` is a name, `a/build` and `/build`
        # are paths.
        anchored = "/" in pattern
        pattern = pattern.removeprefix("/")
        if not pattern:
            return
        pattern = _as_bytes(pattern.lower() if self.fold else pattern)
        number = len(self._verdicts)
        try:
            self._file(pattern, number, anchored, negated, folders_only)
        except BadPattern:
            return
        # Only now: a bad pattern gets no number.
        self._verdicts.append((negated, folders_only))

    def _file(self, pattern: str, number: int, anchored: bool, negated: bool, folders_only: bool) -> None:
        if pattern.startswith("**/") and "/" not in pattern[3:]:
            pattern, anchored = pattern[3:], False  # the same, said at length
        if is_plain(pattern):
            (self._paths if anchored else self._names).setdefault(pattern, []).append(number)
            return
        if not anchored and pattern.startswith("*") and len(pattern) > 1 and is_plain(pattern[1:]):
            self._endings.setdefault(pattern[1:], []).append(number)
            return
        if "[" in pattern or "\\" in pattern:
            segments_of(pattern)  # only such a one can be bad
        found = _Pattern(number, negated, folders_only, pattern, not anchored)
        # A piece that every path it matches must hold; of the longest the first three letters are the key.
        literal = (
            None
            if "\\" in pattern
            else max(_LITERAL.findall(_outside_brackets(pattern)), key=len, default=None)
        )
        if literal is None:
            self._others.append(found)
        else:
            self._keyed.setdefault(literal[:3], []).append(found)

    def ignores(self, names: Sequence[str], folder: bool) -> bool | None:
        """Whether the file or folder is ignored: True, False (taken back), or None where no pattern speaks of it. What
        takes more steps to tell than a path gets is ignored: nobody has such rules but who means to stop us.

        Args:
            names: the segments of its path, relative to where the rules stand.
        """
        if not self._verdicts:
            return None
        try:
            return self._ignores(names, folder, Budget())
        except TooMuch:
            return True

    def _ignores(self, names: Sequence[str], folder: bool, budget: Budget) -> bool | None:
        names = [_as_bytes(name.lower() if self.fold else name) for name in names]
        name, path = names[-1], "/".join(names)
        best = -1
        for numbers in (self._names.get(name), self._paths.get(path)):
            if numbers is not None:
                best = max(best, self._last(numbers, folder))
        if self._endings:
            # `*x` also takes the name x itself.
            for start in range(len(name)):
                numbers = self._endings.get(name[start:])
                if numbers is not None:
                    best = max(best, self._last(numbers, folder))
        if self._keyed:
            pieces = {path[i : i + 3] for i in range(len(path) - 2)}
            # The smaller side is walked: paths are short, but an ignore file may have few keys.
            if len(pieces) < len(self._keyed):
                groups = (self._keyed[piece] for piece in pieces if piece in self._keyed)
            else:
                groups = (group for piece, group in self._keyed.items() if piece in pieces)
            for group in groups:
                best = self._tried(group, names, folder, best, budget)
        best = self._tried(self._others, names, folder, best, budget)
        return None if best < 0 else not self._verdicts[best][0]

    def _last(self, numbers: list[int], folder: bool) -> int:
        # A folder may be matched by any of them; a file only by those that are not about folders.
        if folder:
            return numbers[-1]
        return next((number for number in reversed(numbers) if not self._verdicts[number][1]), -1)

    def _tried(
        self, group: Sequence[_Pattern], names: Sequence[str], folder: bool, best: int, budget: Budget
    ) -> int:
        for pattern in reversed(group):
            # The last one decides, and all that follow in this group stand further up in the file than what
            # was found.
            if pattern.number < best:
                break
            if pattern.folders_only and not folder:
                continue
            budget.spend(len(pattern.text))  # it may have to be cut first
            if matches(pattern.segments, names[-1:] if pattern.name_only else names, budget):
                return pattern.number
        return best


def _as_bytes(text: str) -> str:
    """A character for each byte in UTF-8, as git compares them: its `?` and `[!a]` stand for a byte, so that `é` is
    `??` and not `?`."""
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:  # half of a pair, which no file's name holds
        return text.encode("utf-8", "surrogatepass").decode("latin-1")


def read_rules(path: Path, load: Load = at_once, *, fold: bool = FOLD_CASE) -> Rules:
    """The rules of an ignore file; none where there is no file (or a pipe, or a device). One that is too large, or
    that may not be read, ignores all that it could speak of: nobody can say what was meant to stay unread. So does
    one that `load` has yet to read: then it is `UNREAD`.

    Args:
        fold: case counts for nothing.
    """
    return load(path, _read_folded if fold else _read_rules, UNREAD)


def _read_rules(path: Path, fold: bool = FOLD_CASE) -> Rules:
    try:
        return rules_of(read_careful(path, MAX_RULES), fold=fold)
    except ReadRefused:
        return EVERYTHING if os.path.isfile(path) else NO_RULES


def _read_folded(path: Path) -> Rules:
    return _read_rules(path, True)


def rules_of(data: bytes, *, fold: bool = FOLD_CASE) -> Rules:
    """As git reads an ignore file: lines end at line feeds alone, a byte order mark is no part of the first."""
    lines = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape").split("\n")
    return Rules.of(lines, fold=fold)


def is_path_pattern(glob: str) -> bool:
    """Whether a line of an ignore file can match anything (or is a comment)."""
    pattern = _trimmed(glob)
    try:
        segments_of(pattern.removeprefix("!"))
    except BadPattern:
        return False
    return pattern.strip("!/") != "" or pattern == ""


def _trimmed(line: str) -> str:
    """Without spaces at the end, unless they are escaped."""
    bare = line.rstrip(" ")
    if len(bare) < len(line) and (len(bare) - len(bare.rstrip("\\"))) % 2:
        return bare + " "
    return bare


def _outside_brackets(pattern: str) -> str:
    """The pattern with its bracket expressions blotted out."""
    parts, at = [], 0
    while (start := pattern.find("[", at)) >= 0:
        end = pattern.find("]", start + 2)
        if end < 0:
            break
        parts.append(pattern[at:start])
        at = end + 1
    return "*".join([*parts, pattern[at:]])


NO_RULES = Rules()
EVERYTHING = Rules.of(["*"])
UNREAD = Rules.of(["*"])
"""What stands in for rules that are being read."""
