"""Suggestions that were already made, found again by what stands on both sides of the cursor.

An entry is found where the text before the cursor ends with the entry's own text before it plus any part of the
suggestion (the user is typing it), and the text behind the cursor is unchanged but for brackets that the editor
closed by itself.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import islice
from time import monotonic

from attrs import define, evolve, field

from dovetail.text import Point, Snapshot

from ..anchor import MOST_CLOSED, CursorAnchor
from ..types import Candidate

MOST_TRIED = 32
"""Entries with the same text behind the cursor that are looked at, newest first."""


_NAME = re.compile(r"[^\W\d]\w+")


@define(slots=True)
class _Entry:
    anchor: CursorAnchor
    candidates: tuple[Candidate, ...]
    born: float
    names: frozenset[str] = frozenset()
    """Names in the candidates that the document had further away than the anchor reaches."""
    reason: str = ""
    """Why there was nothing, as a sentence."""


@define(slots=True)
class Cache:
    """Least recently used entries go first; entries older than their time to live are not used."""

    size: int = 250
    ttl: float = 600.0
    """Seconds for which a suggestion is used."""
    ttl_nothing: float = 60.0
    """Seconds for which it is believed that there is nothing to suggest."""
    clock: Callable[[], float] = monotonic
    reason: str = ""
    """Why there was nothing, as a sentence, of the entry that was found last."""
    _entries: OrderedDict[int, _Entry] = field(factory=OrderedDict)
    _by_after: dict[tuple[str, str], dict[CursorAnchor, int]] = field(factory=dict)
    _next: int = 0
    _reach: int = 0

    @property
    def reach(self) -> int:
        """Characters of the longest suggestion kept."""
        return self._reach

    def put(
        self, anchor: CursorAnchor, candidates: Sequence[Candidate], around: str = "", *, reason: str = ""
    ) -> None:
        """Remember what was proposed at an anchor; none remembers that there was nothing, and the `reason`. `around`:
        the document as far as the generator saw it."""
        said = {name for candidate in candidates for name in _NAME.findall(candidate.text)}
        # Names near the anchor are part of it and cannot be gone; names that only the generator saw have to
        # be looked for.
        far = [name for name in said if name not in anchor.before and name not in anchor.after]
        names = frozenset(name for name in far if has_name(around, name))
        if (old := self._by_after.get((anchor.uri, anchor.after), {}).get(anchor)) is not None:
            # A new entry for an old anchor goes to the end, with the new time.
            self._remove(old)
        self._entries[self._next] = _Entry(anchor, tuple(candidates), self.clock(), names, reason)
        self._by_after.setdefault((anchor.uri, anchor.after), {})[anchor] = self._next
        self._next += 1
        # Only ever larger, even when the entry goes: a reach too long costs a few characters, one too short
        # hides entries.
        self._reach = max(self._reach, max((len(c.text) for c in candidates), default=0))
        while len(self._entries) > self.size:
            self._remove(next(iter(self._entries)))

    def _remove(self, number: int) -> None:
        anchor = self._entries.pop(number).anchor
        key = (anchor.uri, anchor.after)
        del self._by_after[key][anchor]
        if not self._by_after[key]:
            del self._by_after[key]

    def get(self, snapshot: Snapshot, position: Point) -> tuple[list[Candidate], int] | None:
        """The candidates that still fit at `position`, cut to what is left of them, and how many characters
        of them were typed; ([], 0) where it is known that there is nothing; None if nothing is known."""
        return self.find(CursorAnchor.at(snapshot, position, self._reach))

    def find(
        self, here: CursorAnchor, stand: Callable[[frozenset[str]], bool] = lambda names: True
    ) -> tuple[list[Candidate], int] | None:
        """As `get`. The newest entry that fits counts. `stand` tells whether names that the document had when the
        entry was made are still there: what speaks of a name that is gone is not used."""
        # Brackets that the editor closed by itself stand behind the cursor now, and did not when the entry
        # was made.
        for closed in range(MOST_CLOSED + 1):
            if closed > len(here.after):
                break
            # With the pair closed, line ends that a text at the end of a document had lost are back.
            after = here.after[closed:]
            # The newest first: it knows most of the document as it is.
            numbers = reversed(self._by_after.get((here.uri, after), {}).values())
            for number in tuple(islice(numbers, MOST_TRIED)):
                entry = self._entries[number]
                if self.clock() - entry.born > (self.ttl if entry.candidates else self.ttl_nothing):
                    self._remove(number)
                elif (left := _left(entry, here)) is not None:
                    if entry.names and not stand(entry.names):
                        self._remove(number)
                        continue
                    self._entries.move_to_end(number)
                    self.reason = entry.reason
                    return left
        return None

    def forget(self, uri: str | None = None) -> None:
        """Forget a document's entries, or all."""
        for number in [n for n, e in self._entries.items() if uri in (None, e.anchor.uri)]:
            self._remove(number)

    def __len__(self) -> int:
        return len(self._entries)


def has_name(text: str, name: str) -> bool:
    """Whether `name` stands in `text` as a word of its own."""
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        if not _in_name(text[at - 1 : at]) and not _in_name(text[end : end + 1]):
            return True
        at = text.find(name, at + 1)
    return False


def _in_name(character: str) -> bool:
    return character.isalnum() or character == "_"


def _left(entry: _Entry, here: CursorAnchor) -> tuple[list[Candidate], int] | None:
    for tail in entry.anchor.typed_since(here):
        if not entry.candidates:
            # "Nothing here" holds for this very place only.
            return ([], 0) if not tail else None
        left = rest_of(entry.candidates, tail)
        if left:
            return left, len(tail)
    return None


def rest_of(candidates: Sequence[Candidate], typed: str) -> list[Candidate]:
    """What is left of those candidates that begin with `typed`."""
    if not typed:
        return list(candidates)
    return [
        evolve(c, text=c.text[len(typed) :])
        for c in candidates
        if len(c.text) > len(typed) and c.text.startswith(typed)
    ]
