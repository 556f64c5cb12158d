"""Suggestions that were already made, found again by what stands on both sides of the cursor.

An entry is found where the text before the cursor ends with the entry's own text before it plus any part of the
suggestion (the user is typing it), and the text behind the cursor is unchanged. Line numbers play no part, so an
entry survives scrolling and edits further up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from attrs import define, field
from dovetail.text import Point, Snapshot

from ._types import Candidate

BEFORE = 400
"""Characters before the cursor that must agree."""
AFTER_LINES = 3
"""Lines behind the cursor (the rest of its own counted) that must agree."""


@define(frozen=True, slots=True)
class Place:
    """What the cache knows of a cursor."""

    uri: str
    before: str
    after: str

    @classmethod
    def at(cls, snapshot: Snapshot, position: Point, reach: int = 0) -> Place:
        """The place at `position`, its `before` longer by `reach` characters."""
        lines, size = [snapshot.lines[position.line][: position.column]], position.column
        line = position.line - 1
        while line >= 0 and size < BEFORE + reach:
            lines.append(snapshot.lines[line])
            size += len(lines[-1])
            line -= 1
        before = "".join(reversed(lines))[-(BEFORE + reach) :]
        end = min(position.line + AFTER_LINES, len(snapshot.lines)) - 1
        after = snapshot.lines.between(position, Point(end, len(snapshot.lines[end])))
        return cls(snapshot.uri, before, after.rstrip())


@define(slots=True)
class _Entry:
    place: Place
    candidates: list[Candidate]
    born: float


@define(slots=True)
class Cache:
    """Least recently used entries go first; entries older than `ttl` seconds are not used."""

    size: int = 250
    ttl: float = 600.0
    clock: Callable[[], float] = monotonic
    _entries: OrderedDict[int, _Entry] = field(factory=OrderedDict)
    _by_after: dict[tuple[str, str], list[int]] = field(factory=dict)
    _next: int = 0
    _reach: int = 0

    def put(self, place: Place, candidates: list[Candidate]) -> None:
        """Remember what was proposed at a place; an empty list remembers that there was nothing."""
        key = (place.uri, place.after)
        for number in self._by_after.get(key, ()):
            if self._entries[number].place.before == place.before:
                self._remove(number)
                break
        self._entries[self._next] = _Entry(place, candidates, self.clock())
        self._by_after.setdefault(key, []).append(self._next)
        self._next += 1
        self._reach = max(self._reach, max((len(c.text) for c in candidates), default=0))
        while len(self._entries) > self.size:
            self._remove(next(iter(self._entries)))

    def _remove(self, number: int) -> None:
        place = self._entries.pop(number).place
        key = (place.uri, place.after)
        self._by_after[key].remove(number)
        if not self._by_after[key]:
            del self._by_after[key]

    def get(self, snapshot: Snapshot, position: Point) -> tuple[list[Candidate], int] | None:
        """The candidates that still fit at `position`, cut to what is left of them, and how many characters
        of them were typed; ([], 0) where it is known that there is nothing; None if nothing is known."""
        here = Place.at(snapshot, position, self._reach)
        found: tuple[list[Candidate], int] | None = None
        for number in tuple(reversed(self._by_after.get((here.uri, here.after), []))):
            entry = self._entries[number]
            if self.clock() - entry.born > self.ttl:
                self._remove(number)
                continue
            left = _left(entry, here.before)
            if left is None:
                continue
            self._entries.move_to_end(number)
            if left[0]:
                return left
            found = found or left
        return found

    def forget(self, uri: str | None = None) -> None:
        """Forget a document's entries, or all."""
        for number in [n for n, e in self._entries.items() if uri in (None, e.place.uri)]:
            self._remove(number)

    def __len__(self) -> int:
        return len(self._entries)


def _left(entry: _Entry, before: str) -> tuple[list[Candidate], int] | None:
    anchor = entry.place.before
    longest = max((len(c.text) for c in entry.candidates), default=0)
    for typed in range(min(longest, max(len(before) - len(anchor), 0)) + 1):
        end = len(before) - typed
        if not before.endswith(anchor, 0, end):
            continue
        tail = before[end:]
        left = [
            Candidate(c.text[typed:], c.source, c.confidence, c.cut)
            for c in entry.candidates
            if len(c.text) > typed and c.text.startswith(tail)
        ]
        if left or (not entry.candidates and not typed):
            return left, typed
    return None
