"""Places in the workspace that look like the cursor's, and what stood after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import define

from ._lexer import Ids, Vocabulary
from ._segment import DEPTH, Segment, Sorted

# Where a place lies, nearest first.
ABOVE, BELOW, NEAR, FAR = range(4)
"""In the open document above or below the cursor, in a file of its folder, elsewhere."""

ELSEWHERE = 1 << 20
"""The distance of what is not in the open document."""

_A_LEVEL = 24
_LIVE = 160
_LEARNT = 120
_ALIKE = 32
_MANY = 4_096


@define(slots=True)
class Place:
    """One place that is like the cursor's."""

    rest: tuple[int, ...]
    """Raw tokens up to the end of its line."""
    level: int
    """How many tokens before it equal those before the cursor (or are alike in shape, where it was found by
    shape)."""
    weight: float
    """How many such places it stands for (large ranges are sampled)."""
    where: int
    distance: int
    """Tokens between it and the cursor, in the open document."""
    segment: Segment
    at: int
    """Its index in the segment's tokens."""


@define(slots=True)
class Source:
    """A segment as one question sees it."""

    segment: Segment
    where: int | None = None
    """ABOVE or BELOW for a part of the open document; None: told by the path of each file."""
    offset: int = 0
    """Tokens between the segment's end (ABOVE) or start (BELOW) and the cursor."""
    hidden: frozenset[int] = frozenset()
    """Numbers of files that must not be used: a newer version replaces them."""
    near: frozenset[int] = frozenset()
    """Numbers of files in the open document's folder."""


@define(slots=True, eq=False)
class _Part:
    """The places of a source whose longest match has one length: a range of its order, less the range of
    the longer matches inside."""

    level: int
    source: Source
    order: Ids
    low: int
    high: int
    inner_low: int
    inner_high: int
    size: int

    def places(self) -> Ids:
        """All places, or an even sample where there are very many."""
        if self.size <= _MANY:
            if self.inner_low == self.inner_high:
                return self.order[self.low : self.high]
            return np.concatenate(
                (self.order[self.low : self.inner_low], self.order[self.inner_high : self.high])
            )
        index = self.low + (np.arange(_MANY) * (self.size / _MANY)).astype(np.int64)
        index[index >= self.inner_low] += self.inner_high - self.inner_low
        return self.order[index]


_Chosen = tuple[_Part, Ids]


class Finder:
    """Looks up one context in all sources."""

    def __init__(self, vocabulary: Vocabulary, sources: Sequence[Source]) -> None:
        self.canon = vocabulary.canon
        self.shape = vocabulary.shape
        self._live = [source for source in sources if source.where is not None]
        self._learnt = [source for source in sources if source.where is None]

    def exact(self, context: Sequence[int]) -> list[Place]:
        """Places that follow the same tokens, sampled where there are many."""
        chosen: list[_Chosen] = []
        for sources, budget in ((self._live, _LIVE), (self._learnt, _LEARNT)):
            levels: list[list[_Part]] = [[] for _ in range(DEPTH + 1)]
            for source in sources:
                for part in _parts(source, source.segment.exact, self.canon, context):
                    levels[part.level].append(part)
            for here in reversed(levels):
                total = sum([part.size for part in here])
                cap = min(_A_LEVEL, budget)
                for part in here:
                    share = max(1, round(cap * part.size / total)) if total > cap else part.size
                    places = self._sample(part, share)
                    chosen.append((part, places))
                    budget -= len(places)
                if budget <= 0:
                    break
        return self._read(chosen, exact=True)

    def alike(self, context: Sequence[int], least: int) -> list[Place]:
        """Places whose context is alike in shape in at least `least` tokens (their `level`)."""
        chosen: list[_Chosen] = []
        for sources in (self._live, self._learnt):
            parts = [
                part
                for source in sources
                for part in _parts(source, source.segment.alike, self.shape, context)
                if part.level >= least
            ]
            parts.sort(key=lambda part: -part.level)
            budget = _ALIKE
            for part in parts:
                places = self._sample(part, budget)
                chosen.append((part, places))
                budget -= len(places)
                if budget <= 0:
                    break
        return self._read(chosen, exact=False)

    def _read(self, chosen: Sequence[_Chosen], exact: bool) -> list[Place]:
        by_source: dict[int, list[_Chosen]] = {}
        for choice in chosen:
            by_source.setdefault(id(choice[0].source), []).append(choice)
        found: list[Place] = []
        for choices in by_source.values():
            source = choices[0][0].source
            places = np.concatenate([places for _, places in choices])
            marks = [
                (part.level, part.size / len(places) if exact else 1.0)
                for part, places in choices
                for _ in range(len(places))
            ]
            self._read_one(source, places, marks, found)
        return found

    def _read_one(
        self, source: Source, places: Ids, marks: Sequence[tuple[int, float]], found: list[Place]
    ) -> None:
        segment, where = source.segment, source.where
        files: list[int] = []
        if where is None:
            files = (np.searchsorted(segment.starts, places, side="right") - 1).tolist()
        size = len(segment.tokens)
        spots = places.tolist()
        for index, rest in enumerate(segment.rests(places, self.canon)):
            if rest is None:
                continue
            at, distance = spots[index], ELSEWHERE
            if where is None:
                if files[index] in source.hidden:
                    continue
                lies = NEAR if files[index] in source.near else FAR
            elif where == ABOVE:
                lies, distance = ABOVE, size - at + source.offset
            else:
                lies, distance = BELOW, at + source.offset
            level, weight = marks[index]
            found.append(Place(rest, level, weight, lies, distance, segment, at))

    @staticmethod
    def _sample(part: _Part, cap: int) -> Ids:
        source, places = part.source, part.places()
        if len(places) <= cap:
            return places
        if source.where == ABOVE:  # the nearest to the cursor
            return np.sort(places)[-cap:]
        if source.where == BELOW:
            return np.sort(places)[:cap]
        if not source.near:
            return _spread(places, cap)
        files = np.searchsorted(source.segment.starts, places, side="right") - 1
        near = np.isin(files, list(source.near))
        half = (cap + 1) // 2
        return np.concatenate((_spread(places[near], half), _spread(places[~near], half)))


def _parts(source: Source, table: Sorted, symbol_of: Ids, context: Sequence[int]) -> Iterator[_Part]:
    ranges = source.segment.match(table, symbol_of, context)
    inner_low = inner_high = ranges[-1][0] if ranges else 0
    for level in range(len(ranges), 0, -1):
        low, high = ranges[level - 1]
        size = high - low - (inner_high - inner_low)
        if size:
            yield _Part(level, source, table.order, low, high, inner_low, inner_high, size)
        inner_low, inner_high = low, high


def _spread(places: Ids, cap: int) -> Ids:
    if len(places) <= cap:
        return places
    return places[(np.arange(cap) * (len(places) / cap)).astype(np.int64)]
