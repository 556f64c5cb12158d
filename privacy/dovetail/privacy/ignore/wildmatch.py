"""Git's wildcards (wildmatch), without backtracking over more than one star.

A pattern is cut at its slashes. Within a segment a `*` takes as little as it can, and only the last one seen is ever
taken back, so the cost is at most the product of both lengths (see Krauss, "Matching Wildcards", 2008; the same holds
for `**` over whole segments). Regular expressions made of such patterns take exponential time instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from attrs import define

_CLASSES: dict[str, Callable[[str], bool]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "blank": lambda c: c in " \t",
    "cntrl": lambda c: ord(c) < 32 or c == "\x7f",
    "digit": str.isdigit,
    "graph": lambda c: c.isprintable() and c != " ",
    "lower": str.islower,
    "print": str.isprintable,
    "punct": lambda c: c.isprintable() and not c.isalnum() and c != " ",
    "space": str.isspace,
    "upper": str.isupper,
    "xdigit": lambda c: c in "0123456789abcdefABCDEF",
}
"""Of ASCII alone: to git, a byte of another letter is in none."""
_SPECIAL = re.compile(r"[*?\[\\]")


class BadPattern(ValueError):
    """It can match nothing."""


@define(frozen=True, slots=True)
class _OneOf:
    """A bracket expression."""

    singles: frozenset[str]
    ranges: tuple[tuple[str, str], ...]
    classes: tuple[str, ...]
    negated: bool

    def __contains__(self, character: str) -> bool:
        found = (
            character in self.singles
            or any(low <= character <= high for low, high in self.ranges)
            or (character.isascii() and any(_CLASSES[name](character) for name in self.classes))
        )
        return found is not self.negated


_STAR = object()
_ANY = object()
_DEEP = object()
"""`**` as a whole segment: any number of folders."""

Segment = tuple[object, ...]


def is_plain(pattern: str) -> bool:
    """Whether a pattern has no wildcards and escapes, so that it means itself."""
    return _SPECIAL.search(pattern) is None


def segments_of(pattern: str) -> tuple[object, ...]:
    """The pattern as segments: `_DEEP`, a plain name, or what `_matches` reads.

    Raises:
        BadPattern: it can match nothing (a bracket or an escape that does not end).
    """
    result: list[object] = []
    tokens: list[object] = []
    start = at = 0
    # One beyond the end: the last segment ends there like the others do at a slash.
    while at <= len(pattern):
        character = pattern[at : at + 1]
        if character in ("/", ""):
            text = pattern[start:at]
            if text == "**":
                if not result or result[-1] is not _DEEP:
                    result.append(_DEEP)
            else:
                result.append(text if is_plain(text) else tuple(tokens))
            tokens, start = [], at + 1
            at += 1
        elif character == "\\":
            if at + 1 >= len(pattern):
                raise BadPattern(pattern)
            tokens.append(pattern[at + 1])
            at += 2
        elif character == "[":
            one, at = _bracket(pattern, at)
            tokens.append(one)
        else:
            if character == "*":
                # git takes `**` inside a segment for `*`.
                if not tokens or tokens[-1] is not _STAR:
                    tokens.append(_STAR)
            else:
                tokens.append(_ANY if character == "?" else character)
            at += 1
    return tuple(result)


def _bracket(pattern: str, at: int) -> tuple[_OneOf, int]:
    singles: set[str] = set()
    ranges: list[tuple[str, str]] = []
    classes: list[str] = []
    # A `]` right behind the start (`[]a]`) is a character like any other, hence `at > begin`.
    begin = at = at + 1
    negated = pattern[at : at + 1] in ("!", "^")
    if negated:
        begin = at = at + 1
    previous = ""
    while True:
        if at >= len(pattern):
            raise BadPattern(pattern)
        character = pattern[at]
        if character == "]" and at > begin:
            break
        if character == "[" and pattern[at + 1 : at + 2] == ":":
            end = pattern.find(":]", at + 2)
            name = pattern[at + 2 : end] if end > 0 else ""
            if name not in _CLASSES:
                raise BadPattern(pattern)
            classes.append(name)
            previous, at = "", end + 2
            continue
        if character == "\\":
            at += 1
            if at >= len(pattern):
                raise BadPattern(pattern)
            character = pattern[at]
        # A hyphen first or last stands for itself (`[-a]`, `[a-]`), and so does one behind a range or a
        # class.
        elif character == "-" and previous and pattern[at + 1 : at + 2] not in ("]", ""):
            at += 1
            if pattern[at] == "\\":
                at += 1
                if at >= len(pattern):
                    raise BadPattern(pattern)
            ranges.append((previous, pattern[at]))
            previous = ""
            at += 1
            continue
        singles.add(character)
        previous = character
        at += 1
    # A bracket never matches `/`, not even `[^a]` or `[+-9]`.
    return _OneOf(frozenset(singles - {"/"}), tuple(ranges), tuple(classes), negated), at + 1


class TooMuch(Exception):
    """A path takes more steps to judge than it gets."""


@define(slots=True)
class Budget:
    """The steps that the patterns of one ignore file may take together over one path."""

    left: int = 50_000

    def spend(self, steps: int = 1) -> None:
        """Raises TooMuch where there are no more."""
        self.left -= steps
        if self.left < 0:
            raise TooMuch


def matches(segments: Sequence[object], names: Sequence[str], budget: Budget | None = None) -> bool:
    """Whether the whole path `names` (its segments) is what the pattern says.

    Raises:
        TooMuch: `budget` does not suffice to tell.
    """
    # Greedy, with one way back: to the last `**`. An earlier `**` need not be tried again, as whatever it
    # could take the last one can take as well, so the cost is the product of the lengths instead of
    # exponential.
    budget = budget or Budget()
    row = place = 0
    deep = mark = -1
    while place < len(names):
        budget.spend()
        if row < len(segments) and segments[row] is _DEEP:
            if row + 1 == len(segments):
                return True  # everything below, and there is something
            deep, mark = row, place
            row += 1
        elif row < len(segments) and _is(segments[row], names[place], budget):
            row += 1
            place += 1
        elif deep >= 0:
            mark += 1
            # The last `**` takes one more name, and the rest is tried from there.
            row, place = deep + 1, mark
        else:
            return False
    return row == len(segments)


def _is(segment: object, name: str, budget: Budget) -> bool:
    return segment == name if isinstance(segment, str) else _matches(segment, name, budget)  # type: ignore[arg-type]


def _matches(tokens: Segment, name: str, budget: Budget) -> bool:
    row = place = 0
    star = mark = -1
    budget.spend(len(name))  # what one walk without taking back costs
    while place < len(name):
        # As in `matches`, for characters and `*`.
        token = tokens[row] if row < len(tokens) else None
        if token is _STAR:
            star, mark = row, place
            row += 1
        elif token is _ANY or token == name[place] or (isinstance(token, _OneOf) and name[place] in token):
            row += 1
            place += 1
        elif star >= 0:
            # What was walked since the last star, and is now walked again.
            budget.spend(place - mark)
            mark += 1
            row, place = star + 1, mark
        else:
            return False
    while row < len(tokens) and tokens[row] is _STAR:
        row += 1
    return row == len(tokens)
