"""Places in the workspace that look like the cursor's, and what stood after them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np
from attrs import define

from .lexer import Ids, Vocabulary
from .segment import DEPTH, Matches, Ranges, Segment, Sorted, heads, rests

# Where a place lies, nearest first.
ABOVE, BELOW, NEAR, FAR = range(4)
"""In the open document above or below the cursor, in a file of its folder, elsewhere."""

ELSEWHERE = 1 << 20
"""The distance of what is not in the open document."""

# How many places are read: of one length of match, in open documents, in learnt files, of like shape; and
# from which size on a range is sampled.
_A_LEVEL = 16
_LIVE = 96
_LEARNT = 72
_ALIKE = 32
_MANY = 4_096


@define(slots=True, eq=False)
class Near:
    """Files of a segment that lie in one folder."""

    files: frozenset[int]
    borders: Ids
    """Places where the first, the third, … of these numbers are passed belong to them, from the second, the
    fourth, … on they do not."""

    @classmethod
    def of(cls, segment: Segment, files: Iterable[int]) -> Near:
        """The files with these numbers."""
        files = frozenset(files)
        starts = [*segment.starts.tolist(), len(segment.tokens)]
        borders: list[int] = []
        # Files that follow one another share a border, which falls away.
        for file in sorted(files):
            if borders and borders[-1] == starts[file]:
                borders.pop()
            else:
                borders.append(starts[file])
            borders.append(starts[file + 1])
        return cls(files, np.array(borders, np.int32))


@define(slots=True)
class Occurrence:
    """A place that is like the cursor's."""

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
    near: Near | None = None
    """Files in the open document's folder."""
    covered: Near | None = None
    """The files of `hidden`, where there are any."""
    installed: bool = False
    """Whether it holds names of packages: these say what may be used, not how lines are written here."""

    @property
    def borders(self) -> Ids:
        """Where the hidden files begin and end (see `Near`)."""
        # Worked out again only where other files are hidden.
        if self.covered is None or self.covered.files != self.hidden:
            self.covered = Near.of(self.segment, self.hidden)
        return self.covered.borders


@define(slots=True, eq=False)
class _Part:
    """The places of a source whose longest match has one length: a range of its order, less the range of
    the longer matches inside."""

    level: int
    source: Source
    table: Sorted
    low: int
    high: int
    inner_low: int
    inner_high: int
    size: int

    def pick(self, indexes: Iterable[int]) -> list[int]:
        """The places with these numbers."""
        places, low, inner_low = self.table.places, self.low, self.inner_low
        gap = self.inner_high - inner_low
        inner_low -= low
        return [places[low + index if index < inner_low else low + gap + index] for index in indexes]

    def places(self) -> Ids:
        """All places, or an even sample where there are very many."""
        if self.size <= _MANY:
            if self.inner_low == self.inner_high:
                return self.table.order[self.low : self.high]
            return np.concatenate(
                (self.table.order[self.low : self.inner_low], self.table.order[self.inner_high : self.high])
            )
        # An even sample of what is outside the inner range, which longer matches have taken already.
        index = self.low + (np.arange(_MANY) * (self.size / _MANY)).astype(np.int64)
        index[index >= self.inner_low] += self.inner_high - self.inner_low
        return self.table.order[index]

    def sample(self, cap: int) -> list[int]:
        """At most `cap` places: of an open document the nearest to the cursor, else an even sample, half of
        it near if there is so much."""
        source, size = self.source, self.size
        if size <= cap:
            order = self.table.places
            few: list[int] = order[self.low : self.inner_low].tolist()
            few += order[self.inner_high : self.high].tolist()
            return few
        # A segment without anything near needs no array of its places: numbers are picked straight away.
        if source.where is None and source.near is None:
            if size <= _MANY:
                return self.pick(_even(size, cap))
            return self.pick([int(index * (size / _MANY)) for index in _even(_MANY, cap)])
        places = self.places()
        if source.where == ABOVE:
            nearest: list[int] = np.sort(places)[-cap:].tolist()
            return nearest
        if source.near is None:
            nearest = np.sort(places)[:cap].tolist()
            return nearest
        # Borders come in pairs (start, end), so an odd number of them before a place means that it lies
        # inside.
        near = (source.near.borders.searchsorted(places, side="right") & 1).astype(np.bool_)
        half = (cap + 1) // 2
        return _spread(places[near], half) + _spread(places[~near], half)


_Chosen = tuple[_Part, list[int]]


class Finder:
    """Looks up one context in all sources."""

    def __init__(self, vocabulary: Vocabulary, sources: Sequence[Source], matches: Matches) -> None:
        self._matches = matches
        self.canon = vocabulary.canon
        self.shape = vocabulary.shape
        self._live = [source for source in sources if source.where is not None]
        self._learnt = [source for source in sources if source.where is None and not source.installed]

    def exact(self, context: Sequence[int]) -> list[Occurrence]:
        """Places that follow the same tokens, sampled where there are many."""
        context = tuple(context[-DEPTH:])  # once for all sources: it is what is looked up
        chosen: list[_Chosen] = []
        # The open document and what is learnt have budgets of their own: neither may crowd out the other.
        for sources, budget in ((self._live, _LIVE), (self._learnt, _LEARNT)):
            levels: list[list[_Part]] = [[] for _ in range(DEPTH + 1)]
            for source in sources:
                for part in _parts(source, source.segment.exact, self._matches.of(source.segment, context)):
                    levels[part.level].append(part)
            # The longest matches first, until the budget is gone; at least one place of each part is read.
            for here in reversed(levels):
                total = sum([part.size for part in here])
                # A limit for each length, so that one frequent context leaves room for shorter ones.
                cap = min(_A_LEVEL, budget)
                for part in here:
                    # In proportion to how many there are, so that a large file does not hide a small one.
                    share = max(1, round(cap * part.size / total)) if total > cap else part.size
                    places = part.sample(share)
                    chosen.append((part, places))
                    budget -= len(places)
                if budget <= 0:
                    break
        return self._read(chosen, exact=True)

    def alike(self, context: Sequence[int], least: int) -> list[tuple[Occurrence, list[int]]]:
        """Places whose context is alike in shape in at least `least` tokens (their `level`), each with the
        canonical tokens before it, read back from it."""
        chosen: list[_Chosen] = []
        for sources in (self._live, self._learnt):
            parts = [
                part
                for source in sources
                for part in _parts(
                    source,
                    source.segment.alike,
                    source.segment.match(source.segment.alike, self.shape, context),
                    least,
                )
            ]
            parts.sort(key=lambda part: -part.level)
            budget = _ALIKE
            for part in parts:
                places = part.sample(budget)
                chosen.append((part, places))
                budget -= len(places)
                if budget <= 0:
                    break
        found = self._read(chosen, exact=False)
        spots = [
            (segment, [occurrence.at for occurrence in places])
            for segment, places in groupby(found, key=lambda occurrence: occurrence.segment)
        ]
        before = heads(spots, self.canon)
        return list(zip(found, before, strict=True))

    def _read(self, chosen: Sequence[_Chosen], exact: bool) -> list[Occurrence]:
        by_source: dict[int, list[_Chosen]] = {}
        # Grouped by source, since the rests of all places of one segment are read in one go.
        for choice in chosen:
            by_source.setdefault(id(choice[0].source), []).append(choice)
        groups = [
            (choices[0][0].source, choices, [occurrence for _, places in choices for occurrence in places])
            for choices in by_source.values()
        ]
        texts = iter(rests([(source.segment, places) for source, _, places in groups], self.canon))
        found: list[Occurrence] = []
        for source, choices, _ in groups:
            segment = source.segment
            lies_at = _bearings(source)
            for part, places in choices:
                # Each place read stands for as many as were not.
                level, weight = part.level, part.size / len(places) if exact else 1.0
                for at in places:
                    rest = next(texts)
                    if rest is None:
                        continue
                    where, distance = lies_at(at)
                    if where >= 0:
                        found.append(Occurrence(rest, level, weight, where, distance, segment, at))
        return found


def _bearings(source: Source) -> Callable[[int], tuple[int, int]]:
    """Tells where a place of `source` lies and how far from the cursor; (-1, 0) for one that is hidden."""
    offset = source.offset
    if source.where == ABOVE:
        offset += len(source.segment.tokens)
        return lambda at: (ABOVE, offset - at)
    if source.where == BELOW:
        return lambda at: (BELOW, offset + at)
    near = source.near.files if source.near else frozenset[int]()
    hidden, starts = source.hidden, source.segment.starts.data
    if not near and not hidden:
        return lambda at: (FAR, ELSEWHERE)

    def of_file(at: int) -> tuple[int, int]:
        file = bisect_right(starts, at) - 1
        if file in hidden:
            return -1, 0
        return NEAR if file in near else FAR, ELSEWHERE

    return of_file


# From the longest match to the shortest, each without the range of the longer one, which lies inside it.
def _parts(source: Source, table: Sorted, ranges: Ranges, least: int = 1) -> Iterator[_Part]:
    """The places of a source by their matches, of `least` tokens or more."""
    inner_low = inner_high = ranges[-1][0] if ranges else 0
    for level in range(len(ranges), least - 1, -1):
        low, high = ranges[level - 1]
        size = high - low - (inner_high - inner_low)
        if size:
            yield _Part(level, source, table, low, high, inner_low, inner_high, size)
        inner_low, inner_high = low, high


def _even(size: int, cap: int) -> list[int]:
    """`cap` of `size` numbers, evenly spaced."""
    step = size / cap
    return [int(index * step) for index in range(cap)]


def _spread(places: Ids, cap: int) -> list[int]:
    if len(places) > cap:
        places = places[_even(len(places), cap)]
    spread: list[int] = places.tolist()
    return spread
