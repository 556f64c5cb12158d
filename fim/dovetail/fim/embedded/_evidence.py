"""Places in the workspace that look like the cursor's, and what stood after them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from attrs import define

from ._lexer import Ids, Vocabulary
from ._segment import DEPTH, Segment

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
    """How many canonical tokens before it equal those before the cursor; 0 if found by shape."""
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


@define(frozen=True, slots=True)
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

    @property
    def size(self) -> int:
        return self.high - self.low - (self.inner_high - self.inner_low)

    def places(self) -> Ids:
        """All places, or an even sample where there are very many."""
        if self.size <= _MANY:
            return np.concatenate(
                (self.order[self.low : self.inner_low], self.order[self.inner_high : self.high])
            )
        index = self.low + (np.arange(_MANY) * (self.size / _MANY)).astype(np.int64)
        index[index >= self.inner_low] += self.inner_high - self.inner_low
        return self.order[index]


class Finder:
    """Looks up one context in all sources."""

    def __init__(self, vocabulary: Vocabulary, sources: Sequence[Source]) -> None:
        self.canon = vocabulary.canon
        self.shape = vocabulary.shape
        self._live = [source for source in sources if source.where is not None]
        self._learnt = [source for source in sources if source.where is None]

    def exact(self, context: Sequence[int]) -> list[Place]:
        """Places that follow the same tokens, the longest matches first, sampled where there are many."""
        places: list[Place] = []
        for sources, budget in ((self._live, _LIVE), (self._learnt, _LEARNT)):
            parts = [
                part
                for source in sources
                for part in _parts(source, source.segment.order, self.canon, context)
            ]
            for level in range(DEPTH, 0, -1):
                here = [part for part in parts if part.level == level]
                total = sum(part.size for part in here)
                cap = min(_A_LEVEL, budget)
                for part in here:
                    share = max(1, round(cap * part.size / total)) if total > cap else part.size
                    found = self._take(part, share, level)
                    budget -= len(found)
                    places += found
                if budget <= 0:
                    break
        return places

    def alike(self, context: Sequence[int], least: int) -> list[tuple[int, Place]]:
        """Places whose context is alike in shape in at least `least` tokens, with how many; longest first."""
        places: list[tuple[int, Place]] = []
        for sources in (self._live, self._learnt):
            parts = [
                part
                for source in sources
                for part in _parts(source, source.segment.shapes, self.shape, context)
                if part.level >= least
            ]
            parts.sort(key=lambda part: -part.level)
            budget = _ALIKE
            for part in parts:
                found = self._take(part, budget, 0)
                places += [(part.level, place) for place in found]
                budget -= len(found)
                if budget <= 0:
                    break
        return places

    def _take(self, part: _Part, cap: int, level: int) -> list[Place]:
        source, places = part.source, part.places()
        if len(places) > cap:
            places = self._sample(source, places, cap)
        segment, where = source.segment, source.where
        weight = part.size / len(places)
        files: list[int] | None = None
        if where is None:
            files = (np.searchsorted(segment.starts, places, side="right") - 1).tolist()
        found = []
        size = len(segment.tokens)
        spots = places.tolist()
        for index, rest in enumerate(segment.rests(places, self.canon)):
            if rest is None:
                continue
            at, distance = spots[index], ELSEWHERE
            if files is not None:
                if files[index] in source.hidden:
                    continue
                lies = NEAR if files[index] in source.near else FAR
            elif where == ABOVE:
                lies, distance = ABOVE, size - at + source.offset
            else:
                lies, distance = BELOW, at + source.offset
            found.append(Place(rest, level, weight, lies, distance, segment, at))
        return found

    @staticmethod
    def _sample(source: Source, places: Ids, cap: int) -> Ids:
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


def _parts(source: Source, order: Ids, symbol_of: Ids, context: Sequence[int]) -> Iterator[_Part]:
    ranges = source.segment.match(order, symbol_of, context)
    inner_low = inner_high = ranges[-1][0] if ranges else 0
    for level in range(len(ranges), 0, -1):
        low, high = ranges[level - 1]
        part = _Part(level, source, order, low, high, inner_low, inner_high)
        inner_low, inner_high = low, high
        if part.size:
            yield part


def _spread(places: Ids, cap: int) -> Ids:
    if len(places) <= cap:
        return places
    return places[(np.arange(cap) * (len(places) / cap)).astype(np.int64)]
