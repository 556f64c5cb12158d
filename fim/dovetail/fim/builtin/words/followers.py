"""What followed a context: each occurrence of a next token, with how long its context is and where it lies.

The nested scopes of a cache model (Hellendoorn & Devanbu 2017) are read off the same sorted places that whole lines
are found by: a context of k tokens is a range of them, longer contexts are ranges inside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from attrs import define

from ..index.evidence import ABOVE, Source
from ..index.lexer import Ids, Vocabulary
from ..index.segment import DEPTH, Matches, Ranges

LONGEST_CONTEXT = 8
"""Tokens of a context that are looked at."""
WORKSPACE, FOLDER, FILE, NEAR = range(4)
"""Scopes, each inside the one before: all that is learnt, the document's folder, the document, what stands shortly
above the cursor."""
SCOPES = 4
NEAR_TOKENS = 400
"""Tokens above the cursor that are NEAR."""
FAR = 1e6
"""The distance in tokens of what is not in the document."""
_ALL = 384
"""Places of one context in one segment that are all looked at; of more an even sample is."""
_SAMPLE = 192
_INSTALLED = 0.5
"""How much an occurrence in a package counts to one in the workspace."""
_WORDS_READ = 20_000
"""Tokens on each side of the cursor whose words may be completed."""
_MOST_COMMON = 24

Floats = npt.NDArray[np.float32]


@define(slots=True, eq=False)
class Followers:
    """Occurrences of next tokens, one in each row."""

    tokens: Ids
    """Raw tokens."""
    levels: Ids
    """How many tokens of the context agree."""
    scopes: Ids
    weights: Floats
    """How many occurrences each stands for."""
    distances: Floats
    """Tokens from the cursor; `FAR` where it is not in the document."""

    def only(self, which: npt.NDArray[np.bool_]) -> Followers:
        """Those for which `which` is true."""
        return Followers(
            self.tokens[which],
            self.levels[which],
            self.scopes[which],
            self.weights[which],
            self.distances[which],
        )

    @classmethod
    def join(cls, parts: Sequence[Followers]) -> Followers:
        """All of them, in order."""
        return cls(
            np.concatenate([part.tokens for part in parts]) if parts else np.empty(0, np.int32),
            np.concatenate([part.levels for part in parts]) if parts else np.empty(0, np.int32),
            np.concatenate([part.scopes for part in parts]) if parts else np.empty(0, np.int32),
            np.concatenate([part.weights for part in parts]) if parts else np.empty(0, np.float32),
            np.concatenate([part.distances for part in parts]) if parts else np.empty(0, np.float32),
        )


def after(sources: Sequence[Source], matches: Matches, context: Sequence[int]) -> Followers:
    """What follows the last tokens of `context` (canonical) in all sources."""
    # As whole lines ask, so that what was found for these serves here; once for all sources.
    context = tuple(context[-DEPTH:])
    many: list[tuple[Source, Ranges]] = []
    few: list[tuple[Source, Ranges]] = []
    for source in sources:
        ranges = matches.of(source.segment, context, LONGEST_CONTEXT)
        if ranges:
            # Pieces of the document with few places come last: sums are made in this order.
            all_read = source.where is not None and ranges[0][1] - ranges[0][0] <= _ALL
            (few if all_read else many).append((source, ranges))
    return _read([*many, *few]) if many or few else Followers.join([])


def _read(found: Sequence[tuple[Source, Ranges]]) -> Followers:
    """The occurrences in the ranges of some sources: together, since a call of numpy costs more than its work."""
    runs: list[_Run] = []
    sizes: list[int] = []
    for source, ranges in found:
        own = _runs(ranges, _INSTALLED if source.installed else 1.0)
        sizes.append(sum([run[0] for run in own]))
        runs += own
    counts, *columns = zip(*runs, strict=True)
    of_run = np.array(counts)
    size = int(of_run.sum())
    start, step, edge, gap, level, weight = np.repeat(np.array(columns, np.float64), of_run, axis=1)
    number = np.arange(size) - np.repeat(of_run.cumsum() - of_run, of_run)
    # Whole numbers all of them, far below where these would not be exact.
    index = start + np.floor(number * step)
    index += gap * (index >= edge)
    where = index.astype(np.int64)
    places, tokens = np.empty(size, np.int32), np.empty(size, np.int32)
    scopes = np.zeros(size, np.int32)
    inside = np.ones(size, np.bool_)
    bases, signs, ends = [], [], []
    at = 0
    for (source, _), count in zip(found, sizes, strict=True):
        segment, here = source.segment, slice(at, at + count)
        own_places = segment.exact.order.take(where[here], out=places[here], mode="clip")
        # The last place of a segment has nothing behind it: what is read there instead is left out below.
        segment.tokens.take(own_places, out=tokens[here], mode="clip")
        if source.where is None:
            # An odd number of borders before a place: it lies in one of these files.
            if source.hidden:
                inside[here] = (source.borders.searchsorted(own_places, side="right") & 1) == 0
            if source.near is not None and len(source.near.borders):
                scopes[here] = source.near.borders.searchsorted(own_places, side="right") & 1
        above = source.where == ABOVE
        # Above the cursor a segment ends nearest to it, below it begins there.
        bases.append(int(FAR) if source.where is None else source.offset + above * len(segment.tokens))
        signs.append(0 if source.where is None else -1 if above else 1)
        ends.append(len(segment.tokens))
        at += count
    base, sign, end = np.repeat(np.array([bases, signs, ends], np.int32), sizes, axis=1)
    distances = base + sign * places
    scopes[sign != 0] = FILE
    scopes[(sign < 0) & (distances <= NEAR_TOKENS)] = NEAR
    inside &= places < end
    every = Followers(
        tokens, level.astype(np.int32), scopes, weight.astype(np.float32), distances.astype(np.float32)
    )
    return every if inside.all() else every.only(inside)


_Run = tuple[int, int, float, float, int, int, float]
"""Some numbers in the order of places: how many, from where on, how far apart, from which number on a gap is left out
and how large it is; the level of these places, and for how many each stands."""
_NOWHERE = math.inf


def _runs(ranges: Ranges, weight: float) -> list[_Run]:
    """Which places of nested ranges are read; large outer ranges are sampled."""
    first = 0
    # From the outside in, past all ranges that are too large to be read whole.
    while first < len(ranges) - 1 and ranges[first][1] - ranges[first][0] > _ALL:
        first += 1
    low, high = ranges[first]
    runs: list[_Run]
    if high - low > _ALL:
        step = (high - low) / _SAMPLE
        runs = [(_SAMPLE, low, step, _NOWHERE, 0, first + 1, step * weight)]
    else:
        # Nested ranges as runs of one level, from the left to the right.
        lows, highs = [inner for inner, _ in ranges[first + 1 :]], [inner for _, inner in ranges[:first:-1]]
        deep = [*range(first + 1, len(ranges) + 1), *range(len(ranges) - 1, first, -1)]
        runs = [
            (end - begin, begin, 1.0, _NOWHERE, 0, level, weight)
            for (begin, end), level in zip(pairwise([low, *lows, *highs, high]), deep, strict=True)
        ]
    # Then outwards again: of each larger range an even sample of what lies outside the one before, each place
    # standing for several.
    for level in range(first - 1, -1, -1):
        outer_low, outer_high = ranges[level]
        size = (outer_high - outer_low) - (high - low)
        if size:
            count = min(size, _SAMPLE)
            runs.append((count, outer_low, size / count, low, high - low, level + 1, size / count * weight))
        low, high = outer_low, outer_high
    return runs


def _bearings(source: Source, places: Ids) -> tuple[Ids, Floats]:
    size = len(places)
    if source.where is None:
        scopes = np.zeros(size, np.int32)
        if source.near is not None and len(source.near.borders):
            scopes += (source.near.borders.searchsorted(places, side="right") & 1).astype(np.int32)
        return scopes, np.full(size, FAR, np.float32)
    # Above the cursor a segment ends nearest to it, below it begins there.
    if source.where == ABOVE:
        distances = (source.offset + len(source.segment.tokens) - places).astype(np.float32)
        return np.where(distances <= NEAR_TOKENS, NEAR, FILE).astype(np.int32), distances
    return np.full(size, FILE, np.int32), (source.offset + places).astype(np.float32)


def beginning(
    sources: Sequence[Source], vocabulary: Vocabulary, fits: npt.NDArray[np.bool_], ids: Ids, counts: Ids
) -> Followers:
    """Occurrences, whatever stands before them, of the canonical tokens `ids`, for which `fits` is true: those in the
    document by their places, of those in the workspace the most common by `counts` (for each canonical token)."""
    parts = []
    canon = vocabulary.canon
    for source in sources:
        # Of what is learnt the counts are known already; only the document is read through.
        if source.where is None or source.offset > _WORDS_READ:
            continue
        symbols = canon.take(source.segment.tokens)
        places = np.flatnonzero(fits.take(symbols))
        if len(places):
            scopes, distances = _bearings(source, places.astype(np.int32))
            size = len(places)
            parts.append(
                Followers(
                    symbols[places], np.zeros(size, np.int32), scopes, np.ones(size, np.float32), distances
                )
            )
    known = ids[ids < len(counts)]
    often = counts.take(known)
    # Only the most common: for two letters there may be thousands of words, and the table ranks a few.
    if len(known) > _MOST_COMMON:
        top = np.argpartition(often, -_MOST_COMMON)[-_MOST_COMMON:]
        known, often = known[top], often[top]
    some = often > 0
    known, often = known[some], often[some]
    size = len(known)
    parts.append(
        Followers(
            known.astype(np.int32),
            np.zeros(size, np.int32),
            np.zeros(size, np.int32),
            often.astype(np.float32),
            np.full(size, FAR, np.float32),
        )
    )
    return Followers.join(parts)
