"""What a regular expression is made of: which characters its parts take, what its repeats can repeat over, and texts
that it matches.

Read from the tree that Python's own parser makes. Each part that takes one character is compiled by itself and asked
about it, so flags and classes mean here what they mean in a search.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from random import Random
from typing import Any

from attrs import define

_parser: Any = re._parser  # type: ignore[attr-defined]
_compiler: Any = re._compiler  # type: ignore[attr-defined]

ONE = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
"""Parts that take one character."""
REPEAT = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
EVERYDAY = tuple(map(chr, range(32, 127))) + tuple("\0\t\n\réß漢İ\xa0\x85")
"""What texts are written of, beside what an expression names."""


@define(frozen=True)
class Part:
    """Takes one character, or looks at one."""

    item: Any
    flags: int

    @functools.cached_property
    def pattern(self) -> re.Pattern[Any]:
        key = repr(self.item), self.flags
        if key not in _COMPILED:
            state = _parser.State()
            state.flags = self.flags
            _COMPILED[key] = _compiler.compile(_parser.SubPattern(state, [self.item]), self.flags)
        return _COMPILED[key]


_COMPILED: dict[tuple[str, int], re.Pattern[Any]] = {}
"""By what they look like: most expressions share their parts with others."""


@functools.cache
def _takes(pattern: re.Pattern[Any], character: str, binary: bool) -> bool:
    return pattern.match(character.encode("latin-1") if binary else character) is not None


@define
class Parts:
    """Of one expression."""

    tree: Any
    flags: int
    binary: bool
    every: list[Part]
    """All that takes a character or looks at one."""
    repeats: list[list[Part]]
    """What stands in each repeat; those that come twice at the most repeat nothing over a long text."""
    compares: bool
    """Whether what was found is looked for again, so that equal characters are another thing than those of a kind."""

    def alike(self, character: str) -> tuple[bool, ...]:
        """Characters with the same answer are the same to this expression, unless it `compares`."""
        return tuple(self.takes(one, character) for one in self.every)

    def can_repeat(self, piece: str) -> bool:
        """Whether a repeat can take more than one or two of a text of such pieces. Where none can, a search has no
        choice between ways that grows with the text."""
        return any(
            not ones or all(any(self.takes(one, character) for one in ones) for character in piece)
            for ones in self.repeats
        )

    def takes(self, part: Part, character: str) -> bool:
        return _takes(part.pattern, character, self.binary)


def parts(pattern: re.Pattern[Any]) -> Parts:
    tree = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    found = Parts(tree, tree.state.flags, isinstance(pattern.pattern, bytes), [], [], False)
    _collect(tree, found.flags, found, [])
    return found


def _inside(flags: int, add: int, remove: int) -> int:
    """The flags in a group that has its own."""
    if add & _parser.TYPE_FLAGS:
        flags &= ~_parser.TYPE_FLAGS
    return (flags | add) & ~remove


def _collect(tree: Any, flags: int, found: Parts, around: list[list[Part]]) -> None:
    """`around` are the repeats that the tree stands in."""
    for item in tree:
        name, held = str(item[0]), item[1]
        if name in ONE:
            _note(Part(item, flags), found, around)
        elif name == "AT":  # looks at line ends, or whether a character belongs to a word
            _note(Part((_parser.LITERAL, 10), flags), found, [])
            word = (_parser.IN, [(_parser.CATEGORY, _parser.CATEGORY_WORD)])
            _note(Part(word, flags), found, [])
        elif name in REPEAT:
            own: list[Part] = []
            _collect(held[2], flags, found, [*around, own])
            if held[1] > 2:
                if any(str(one[0]) == "GROUPREF" for one in _walk(held[2])):
                    own = []  # whatever the group has taken
                found.repeats.append(own)
        elif name == "GROUPREF":
            found.compares = True
        else:
            _collect_groups(name, held, flags, found, around)


def _collect_groups(name: str, held: Any, flags: int, found: Parts, around: list[list[Part]]) -> None:
    if name == "BRANCH":
        for way in held[1]:
            _collect(way, flags, found, around)
    elif name == "SUBPATTERN":
        _collect(held[3], _inside(flags, held[1], held[2]), found, around)
    elif name == "ATOMIC_GROUP":
        _collect(held, flags, found, around)
    elif name in ("ASSERT", "ASSERT_NOT"):
        _collect(held[1], flags, found, around)
    elif name == "GROUPREF_EXISTS":
        for way in held[1:]:
            _collect(way or [], flags, found, around)
    elif name != "FAILURE":
        raise AssertionError(f"{name} is new in regular expressions: say here what it takes")


def _note(part: Part, found: Parts, around: list[list[Part]]) -> None:
    for ones in (found.every, *around):
        if part not in ones:
            ones.append(part)


def _walk(tree: Any) -> Iterator[Any]:
    """All parts in a tree, however deep."""
    if isinstance(tree, tuple) and tree and isinstance(tree[0], type(_parser.LITERAL)):
        yield tree
    if isinstance(tree, tuple | list | _parser.SubPattern):
        for one in tree:
            yield from _walk(one)


class Writer:
    """Writes texts that an expression matches, or nearly: what it looks at behind itself may be missing."""

    def __init__(self, found: Parts, random: Random) -> None:
        self.found = found
        self.random = random
        self.named = [chr(one[1]) for one in _walk(found.tree) if str(one[0]) == "LITERAL"]
        self.groups: dict[int, str] = {}

    def text(self) -> str:
        self.groups = {}
        return self._write(self.found.tree, self.found.flags)

    def _write(self, tree: Any, flags: int) -> str:
        return "".join([self._one(str(item[0]), item, flags) for item in tree])

    def _one(self, name: str, item: Any, flags: int) -> str:
        held = item[1]
        if name == "LITERAL":
            return chr(held)
        if name in ONE:
            return self._character(Part(item, flags))
        if name in REPEAT:
            most = min(int(held[1]), held[0] + self.random.choice((0, 1, 1, 2, 3, 6)))
            return "".join(self._write(held[2], flags) for _ in range(most))
        if name == "GROUPREF":
            return self.groups.get(held, "")
        if name == "BRANCH":
            return self._write(self.random.choice(held[1]), flags)
        if name == "SUBPATTERN":
            text = self._write(held[3], _inside(flags, held[1], held[2]))
            if held[0] is not None:
                self.groups[held[0]] = text
            return text
        if name == "ATOMIC_GROUP":
            return self._write(held, flags)
        if name == "ASSERT":
            return self._write(held[1], flags) if held[0] < 0 or self.random.random() < 0.5 else ""
        if name == "GROUPREF_EXISTS":
            return self._write((held[1] if held[0] in self.groups else held[2]) or [], flags)
        return ""  # looks at a place, or says what must not be there

    def _character(self, part: Part) -> str:
        """One that it takes; of those that the expression names more often than of others."""
        for _ in range(8):
            character = self.random.choice(
                self.named if self.named and self.random.random() < 0.3 else EVERYDAY
            )
            if (not self.found.binary or character < "\u0100") and self.found.takes(part, character):
                return character
        able = [
            character
            for character in (*EVERYDAY, *self.named, *_ends_of_ranges(part.item))
            if (not self.found.binary or character < "\u0100") and self.found.takes(part, character)
        ]
        return self.random.choice(able) if able else ""


def _ends_of_ranges(item: Any) -> list[str]:
    ranges = [one[1] for one in _walk(item) if str(one[0]) == "RANGE"]
    return [chr(end) for pair in ranges for end in pair]
