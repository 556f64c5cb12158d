"""The import statements of a text: what each binds, whether it shares its lines, and for what part of the file it is
one."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cached_property

from attrs import define

from dovetail.text import Import, Snapshot, imports

from ..live import LiveText, indent_of

_BEFORE = re.compile(r"[\w\s.]*")
_BEHIND = re.compile(r"\s*;?\s*(?:(?:#|//|/\*|--).*)?")
_COMMENTS = ("#", "//", "/*")
_CONDITION = re.compile(r"^(?:(?:try|if|elif|else|except|finally|with|begin|rescue|ensure|unless)\b|[#}])")
"""Lines below which an indented import is still one of the whole file."""
_FOR_TYPES = re.compile(r"^if\s+[\w.]{0,40}TYPE_CHECKING\b")
_SETS = re.compile(
    r"^(?:(?:export|pub|public|private)[ \t]+)?(?:(?:const|let|var|val|static)[ \t]+(?:mut[ \t]+)?)?"
    r"([A-Za-z_$][\w$]*)[ \t]*(?::[^=\n]{1,80})?=(?![=>])"
)


@define(frozen=True, slots=True)
class Statement:
    start: int
    end: int
    """The first line behind it."""
    bound: frozenset[tuple[str, str]]
    """Source and name for each name that it binds; the name is empty where none is known."""
    text: tuple[str, ...]
    alone: bool
    """Whether nothing but comments stands on its lines beside it."""

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(source for source, _ in self.bound)

    @property
    def comments(self) -> tuple[str, ...]:
        """What may be comments on its lines, with the signs they begin with."""
        found = (
            (line, min((at for mark in _COMMENTS if (at := line.find(mark)) >= 0), default=-1))
            for line in self.text
        )
        return tuple(line[at:].strip() for line, at in found if at >= 0)


def statements(snapshot: Snapshot, lines: Sequence[str]) -> list[Statement]:
    """The import statements of a text, each on lines of its own."""
    found: dict[tuple[int, int, int, int], list[Import]] = {}
    for one in imports(snapshot):
        begins, ends = one.range
        found.setdefault((begins.line, begins.column, ends.line, ends.column), []).append(one)
    result: list[Statement] = []
    for (start, _, last, column), parts in found.items():
        # An end at column 0 is the start of the next line.
        end = last + (column > 0)
        bound = frozenset((one.source, name) for one in parts for name in (one.names or ("",)))
        text = tuple(lines[start:end])
        if text and not (result and start < result[-1].end):
            result.append(Statement(start, end, bound, text, _alone(parts[0], lines)))
    return result


def _alone(one: Import, lines: Sequence[str]) -> bool:
    begins, ends = one.range
    behind = lines[ends.line][ends.column :] if ends.column else ""
    return bool(_BEFORE.fullmatch(lines[begins.line][: begins.column]) and _BEHIND.fullmatch(behind))


@define(slots=False, eq=False)
class FileImports:
    """The imports that a file has."""

    language: str
    live: LiveText
    all: Sequence[Statement]

    @cached_property
    def top(self) -> list[Statement]:
        """Those that are no more indented than the file itself. In Go it may be a line of a group."""
        every = self.language == "go"
        return [one for one in self.all if every or not indent_of(self.live.lines[one.start])]

    @cached_property
    def _headers(self) -> dict[int, tuple[str, ...]]:
        """For each import that is indented, the lines that it stands below, by its first line."""
        wanted = {one.start for one in self.all} - {one.start for one in self.top}
        result: dict[int, tuple[str, ...]] = {}
        above: list[tuple[int, str]] = []
        for number, line in enumerate(self.live.lines[: max(wanted, default=-1) + 1]):
            text = line.strip()
            # In C and its kin `#if` is a condition.
            if not text or (text.startswith("#") and self.language not in ("c", "cpp", "csharp")):
                continue
            width = len(indent_of(line))
            while above and above[-1][0] >= width:
                above.pop()
            if number in wanted:
                result[number] = tuple(header for _, header in above)
            above.append((width, text))
        return result

    @cached_property
    def whole(self) -> list[Statement]:
        """Those that hold for the whole file: those at its top level, there also below conditions. What is imported
        inside of a function is so only there."""
        deep = (
            one
            for one in self.all
            if all(_CONDITION.match(header) for header in self._headers.get(one.start, ("",)))
        )
        return [*self.top, *(one for one in deep if one not in self.for_types)]

    @cached_property
    def for_types(self) -> list[Statement]:
        """Those that only a type checker sees."""
        return [one for one in self.all if any(map(_FOR_TYPES.match, self._headers.get(one.start, ())))]

    @cached_property
    def by_bound(self) -> dict[tuple[str, str], list[Statement]]:
        """Those at the top level, by each source and name."""
        result: dict[tuple[str, str], list[Statement]] = {}
        for one in self.top:
            for pair in one.bound:
                result.setdefault(pair, []).append(one)
        return result

    def sets(self, names: Collection[str]) -> frozenset[str]:
        """Those of `names` that the file gives a value to at its top level, not by an import."""
        own = {number for one in self.all for number in range(one.start, one.end)}
        found = (
            set_.group(1)
            for number, line in enumerate(self.live.lines)
            if number not in own and (set_ := _SETS.match(line))
        )
        return frozenset(found) & frozenset(names)
