"""Imports that a block of definitions brings along: which of them the file lacks, and the line that each takes in it.

Only whole statements that stand above the block's first definition are brought. One that binds a name that the file
has from elsewhere, or defines itself, is a question and not an import more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define

from dovetail.text import Snapshot

from ..live import LiveText
from ..model import Change
from .import_places import Places
from .import_statements import FileImports, Statement, statements

_STATEMENT = re.compile(
    r"^(?:(?:import|from|#include|using|use|require|require_relative)\b"
    r"|(?:const|let|var) .{1,80} = @?(?:require|import)\(|local .{1,80} = require\b)"
)
_TYPE = re.compile(r"\btype\b")
MAX_BROUGHT = 100
"""Imports that one block brings: nobody writes more, and each is looked up among those of the file."""


@define(frozen=True, slots=True)
class Brought:
    """What a block brings."""

    lines: frozenset[int] = frozenset()
    """The lines of the block that are imports: those the file has, and those that it gets."""
    changes: tuple[Change, ...] = ()
    said: tuple[str, ...] = ()
    """The imports that are added, each in one line."""


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
    shown = [one for one in statements(block, lines) if one.end <= first and one.alone]
    there = FileImports(language, live, statements(file, live.lines))
    has = frozenset(pair for one in there.whole for pair in one.bound)
    from_where = {name: source for source, name in has if name}
    taken = {number for one in shown for number in range(one.start, one.end)}
    if language == "go":
        # The brackets around a group are no statement of their own.
        marks = ("import (", ")")
        taken |= {number for number in range(first) if lines[number].strip() in marks} if shown else set()
    lacks = [one for one in shown if not one.bound <= has]
    if len(lacks) > MAX_BROUGHT:
        return f"it brings {len(lacks):,} imports that the file does not have, more than {MAX_BROUGHT}"
    names = {name for one in lacks for pair in one.bound if pair not in has for name in pair[1:]}
    defined |= there.sets(names) if lacks else frozenset()
    places = Places(language, live, there.top) if lacks else None
    changes: list[Change] = []
    said: list[str] = []
    for one in lacks:
        text = " ".join(line.strip() for line in one.text)
        if (not _STATEMENT.match(one.text[0]) and language != "go") or places is None:
            return ""
        if "__future__" in one.sources:
            return f"{text[:80]!r} has to stand above all other imports"
        if any(one.bound & other.bound for other in there.for_types):
            return f"{text[:80]!r} stands in the file for type checkers only"
        for source, name in sorted(one.bound - has):
            if name and from_where.get(name, source) != source:
                return (
                    f"it brings {name} from {source[:60]}, and the file has it from {from_where[name][:60]}"
                )
            if name in defined:
                return f"it brings {name} from {source[:60]}, and the file defines {name} itself"
        again = {
            other.start: other for pair in one.bound if pair[1] for other in there.by_bound.get(pair, ())
        }
        if again:
            # The statement that the file has, with more names.
            other = next(iter(again.values()))
            if len(again) > 1 or not _is_wider(one, other):
                return f"{text[:80]!r} and {' '.join(other.text).strip()[:80]!r} bring some of the same names"
            changes.append(Change(other.start, other.end, one.text))
        else:
            change = places.of(one)
            if change is None:
                return ""
            changes.append(change)
        said.append(text)
    return Brought(frozenset(taken), _together(changes), tuple(said))


def _is_wider(new: Statement, old: Statement) -> bool:
    """Whether a statement may stand in place of another: it brings all that this brings, and nothing else that stands
    on its lines is lost."""
    said = "\n".join(new.text)
    alike = bool(_TYPE.search(old.text[0])) == bool(_TYPE.search(" ".join(new.text)))
    return alike and old.alone and old.bound < new.bound and all(one in said for one in old.comments)


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
