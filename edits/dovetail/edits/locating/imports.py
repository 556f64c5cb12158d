"""Imports that a block of definitions brings along: which of them the file lacks, and the line that each takes in it.

Only whole statements that stand above the block's first definition are brought. One that binds a name that the file
has from elsewhere, or defines itself, is a question and not an import more.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from itertools import pairwise

from attrs import define

from dovetail.text import Import, Snapshot, imports

from ..live import LiveText, indent_of
from ..model import Change

_STATEMENT = re.compile(
    r"^(?:(?:import|from|#include|using|use|require|require_relative)\b"
    r"|(?:const|let|var) .{1,80} = @?(?:require|import)\(|local .{1,80} = require\b)"
)
_SEPARATED = {"python": 2}
"""Blank lines between imports and the definitions below them, where it is not one."""
_SORTED = frozenset({"python", "go", "rust", "java", "kotlin", "csharp"})
"""Languages whose imports are sorted as a rule, by tools even; in others three in order have to show it."""
_AT_THE_TOP = frozenset(
    {"python", "javascript", "typescript", "tsx", "jsx", "go", "java", "kotlin", "rust", "ruby"}
)
"""Languages in which the first import of a file has one place: below what has to stand at the top."""
_HEAD = re.compile(r"^(?:package\s+[\w.]+;?|[\"']use \w{1,20}[\"'];?|#!.*|#!?\[.*\]|//!.*)$")
_COMMENT = ("#", "//", "/*", "*")
_DOCSTRING = re.compile(r"^[rRuU]?(\"\"\"|'''|\"|')")
_DEFINES = re.compile(r"^(?:@|def\b|class\b|async\s+def\b)")
_TYPE = re.compile(r"\btype\b")
MIN_IN_ORDER = 3


@define(frozen=True, slots=True)
class Brought:
    """What a block brings."""

    lines: frozenset[int] = frozenset()
    """The lines of the block that are imports: those the file has, and those that it gets."""
    changes: tuple[Change, ...] = ()
    said: tuple[str, ...] = ()
    """The imports that are added, each in one line."""


@define(frozen=True, slots=True)
class _Statement:
    start: int
    end: int
    """The first line behind it."""
    bound: frozenset[tuple[str, str]]
    """Source and name for each name that it binds; the name is empty where none is known."""
    text: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(name for _, name in self.bound if name)

    @property
    def sources(self) -> frozenset[str]:
        return frozenset(source for source, _ in self.bound)


def brought(
    block: Snapshot | None,
    lines: Sequence[str],
    file: Snapshot | None,
    live: LiveText,
    first: int,
    defined: frozenset[str],
) -> Brought | str:
    """The imports above a block's first definition, or why one of them cannot be brought to the file.

    Args:
        block: the syntax tree of the block; None where its language is not known.
        lines: the block.
        file: the syntax tree of the file.
        first: the line of the first definition in the block, from 0.
        defined: the names of the functions and classes of the file.
    """
    if block is None or file is None or file.language is None:
        return Brought()
    language = file.language.name
    shown = [one for one in _statements(block, lines) if one.end <= first]
    # What is imported inside of something is so only there; in Go it may be a line of a group.
    top = language == "go"
    there = [one for one in _statements(file, live.lines) if top or not indent_of(live.lines[one.start])]
    has = frozenset(pair for one in there for pair in one.bound)
    from_where = {name: source for source, name in has if name}
    taken = {number for one in shown for number in range(one.start, one.end)}
    if language == "go":
        # The brackets around a group are no statement of their own.
        marks = ("import (", ")")
        taken |= {number for number in range(first) if lines[number].strip() in marks} if shown else set()
    changes: list[Change] = []
    said: list[str] = []
    for one in shown:
        if one.bound <= has or all(live.positions(line.strip()) for line in one.text):
            continue
        text = " ".join(line.strip() for line in one.text)
        if not _STATEMENT.match(one.text[0]) and language != "go":
            return ""
        if "__future__" in one.sources:
            return f"{text[:80]!r} has to stand above all other imports"
        for source, name in sorted(one.bound):
            if name and from_where.get(name, source) != source:
                return (
                    f"it brings {name} from {source[:60]}, and the file has it from {from_where[name][:60]}"
                )
            if name in defined:
                return f"it brings {name} from {source[:60]}, and the file defines {name} itself"
        again = [other for other in there if other.sources & one.sources and other.names & one.names]
        if again:
            # The statement that the file has, with more names.
            other = again[0]
            alike = bool(_TYPE.search(other.text[0])) == bool(_TYPE.search(text))
            if len(again) > 1 or not other.bound < one.bound or not alike:
                return f"{text[:80]!r} and {' '.join(other.text).strip()[:80]!r} bring some of the same names"
            changes.append(Change(other.start, other.end, one.text))
        else:
            change = _placed(language, live, there, one)
            if change is None:
                return ""
            changes.append(change)
        said.append(text)
    return Brought(frozenset(taken), _together(changes), tuple(said))


def _together(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes with those at one place as one."""
    result: list[Change] = []
    for one in sorted(changes, key=lambda one: (one.start, one.end)):
        if result and result[-1].start == result[-1].end == one.start == one.end:
            lines = (*result[-1].lines, *one.lines)
            # At the top of a file each came with its own blank lines; between imports there are none.
            bare = tuple(line for line in lines if line)
            blank = tuple("" for line in one.lines if not line)
            lead = ("",) if result[-1].lines[:1] == ("",) else ()
            result[-1] = Change(one.start, one.end, (*lead, *bare, *blank[len(lead) :]))
        else:
            result.append(one)
    return tuple(result)


def _statements(snapshot: Snapshot, lines: Sequence[str]) -> list[_Statement]:
    """The import statements of a text, each on lines of its own."""
    found: dict[tuple[int, int, int, int], list[Import]] = {}
    for one in imports(snapshot):
        begins, ends = one.range
        found.setdefault((begins.line, begins.column, ends.line, ends.column), []).append(one)
    result: list[_Statement] = []
    for (start, _, last, column), parts in found.items():
        # An end at column 0 is the start of the next line.
        end = last + (column > 0)
        bound = frozenset((one.source, name) for one in parts for name in (one.names or ("",)))
        text = tuple(lines[start:end])
        if text and not (result and start < result[-1].end):
            result.append(_Statement(start, end, bound, text))
    return result


def _placed(language: str, live: LiveText, there: Sequence[_Statement], new: _Statement) -> Change | None:
    """The change that puts a statement among the imports of a file; None where no place is plain."""
    section = _section(live, there)
    if not section:
        return _at_the_top(language, live, new) if language in _AT_THE_TOP else None
    text = new.text
    future = [one for one in section if "__future__" in one.sources]
    section = [one for one in section if one not in future]
    if not section:
        # Nothing may stand above those; other imports are a group of their own.
        return Change(future[-1].end, future[-1].end, ("", *text))
    if language == "go":
        spec = text[0].strip().removeprefix("import").strip()
        grouped = [
            one for one in section if indent_of(live.lines[one.start]) or live.lines[one.start][:1] == "\t"
        ]
        text = (("\t" + spec) if grouped else f"import {spec}",)
        section = grouped or section
    runs: list[list[_Statement]] = [[section[0]]]
    for before, one in pairwise(section):
        if one.start == before.end:
            runs[-1].append(one)
        else:
            runs.append([one])
    kind, word = _kind(language, new), new.text[0].split()[0]

    def alike(one: _Statement, same_word: bool) -> bool:
        known = language == "go" or one.text[0].split()[:1] == [word]
        return _kind(language, one) == kind and (known or not same_word)

    # The statements that are most like it, in the last run that holds such.
    for same_word in (True, False):
        for run in reversed(runs):
            found = [one for one in run if alike(one, same_word)]
            if not found:
                continue
            at = found[-1].end
            if not same_word and language == "python" and word == "import":
                at = found[0].start  # above those that begin with "from", as they are sorted
            elif same_word and _in_order(language, found):
                at = next((one.start for one in found if _key(one) > _key(new)), at)
            return Change(at, at, text)
    at = runs[-1][-1].end
    return Change(at, at, text)


def _in_order(language: str, run: Sequence[_Statement]) -> bool:
    enough = language in _SORTED or len(run) >= MIN_IN_ORDER
    return enough and all(_key(one) <= _key(two) for one, two in pairwise(run))


def _key(one: _Statement) -> str:
    return min(one.sources, default="").lower()


def _kind(language: str, one: _Statement) -> str:
    """What sets groups of imports apart: relative ones, those of the standard library, others."""
    source = min(one.sources, default="")
    if source.startswith(".") or (language in ("c", "cpp") and '"' in one.text[0]):
        return "relative"
    if language == "python":
        return "standard" if source.partition(".")[0] in sys.stdlib_module_names else "other"
    if language == "go":
        return "other" if "." in source.partition("/")[0] else "standard"
    if language == "rust":
        return (
            source.partition("::")[0] if source.partition("::")[0] in ("crate", "super", "std") else "other"
        )
    return "other"


def _section(live: LiveText, there: Sequence[_Statement]) -> list[_Statement]:
    """The imports at the top of a file: those with nothing but blank lines and comments between them."""
    section: list[_Statement] = []
    for one in there:
        if section and any(
            line.strip() and not line.lstrip().startswith(_COMMENT)
            for line in live.lines[section[-1].end : one.start]
        ):
            break
        section.append(one)
    return section


def _at_the_top(language: str, live: LiveText, new: _Statement) -> Change:
    """The first import of a file, below its head."""
    lines = live.lines
    at = _head(language, lines)
    below = next((number for number in range(at, len(lines)) if lines[number].strip()), len(lines))
    lead = [""] if at and lines[at - 1].strip() else []
    there = below - at
    wanted = _SEPARATED.get(language, 1) if below < len(lines) and _DEFINES.match(lines[below]) else 1
    if language != "python":
        wanted = 1
    if below >= len(lines):
        wanted = 0
    return Change(at, at, (*lead, *new.text, *[""] * max(0, wanted - there)))


def _head(language: str, lines: Sequence[str]) -> int:
    """The line below what stands at the top of a file: a licence, what it is run with, its docstring, its package."""
    at = head = 0
    while at < len(lines):
        line = lines[at].strip()
        if not line:
            at += 1
            continue
        if _HEAD.match(line):
            head = at = at + 1
        elif language == "python" and (found := _DOCSTRING.match(line)) and not indent_of(lines[at]):
            rest = line[found.end() :]
            while found[1] not in rest and at + 1 < len(lines):
                at += 1
                rest = lines[at]
            head = at = at + 1
            break
        elif line.startswith(_COMMENT):
            # A comment belongs to what stands right below it, unless that is a blank line.
            while at < len(lines) and lines[at].strip().startswith(_COMMENT):
                at += 1
            if at < len(lines) and lines[at].strip() and not _HEAD.match(lines[at].strip()):
                if language != "python" or not _DOCSTRING.match(lines[at].strip()):
                    break
            else:
                head = at
        else:
            break
    return head
