"""What followed a context: each occurrence of a next token, with how long its context is and where it lies.

The nested scopes of a cache model (Hellendoorn & Devanbu 2017) are read off the same sorted places that whole lines
are found by: a context of k tokens is a range of them, longer contexts are ranges inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from attrs import define

from ..index.evidence import ABOVE, Source
from ..index.lexer import Ids, Vocabulary
from ..index.segment import Matches, Ranges, Segment

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
    document: list[tuple[Source, Ranges]] = []
    parts: list[Followers] = []
    for source in sources:
        ranges = matches.of(source.segment, context, LONGEST_CONTEXT)
        if not ranges:
            continue
        if source.where is not None and ranges[0][1] - ranges[0][0] <= _ALL:
            document.append((source, ranges))
        else:
            parts.append(_after(source, ranges))
    # Pieces of the document are many, with a few places each: they are read together.
    return Followers.join([*parts, _in_document(document)] if document else parts)


def _in_document(found: Sequence[tuple[Source, Ranges]]) -> Followers:
    places, tokens, sizes, runs, deep, bases, signs = [], [], [], [], [], [], []
    for source, ranges in found:
        segment = source.segment
        low, high = ranges[0]
        here = segment.exact.order[low:high]
        places.append(here)
        # The last place of a segment has nothing behind it: what is read there instead is left out below.
        tokens.append(segment.tokens.take(here, mode="clip"))
        sizes.append(high - low)
        # Nested ranges as runs of one level, from the left to the right.
        ends = [low, *[inner for inner, _ in ranges[1:]], *[inner for _, inner in ranges[:0:-1]], high]
        runs += [end - begin for begin, end in pairwise(ends)]
        deep += [*range(1, len(ranges) + 1), *range(len(ranges) - 1, 0, -1)]
        above = source.where == ABOVE
        # Above the cursor a segment ends nearest to it, below it begins there.
        bases.append(source.offset + (len(segment.tokens) if above else 0))
        signs.append(-1 if above else 1)
    at = np.concatenate(places)
    sign = np.repeat(np.array(signs, np.int32), sizes)
    base = np.repeat(np.array(bases, np.int32), sizes)
    distances = base + sign * at
    levels = np.repeat(np.array(deep, np.int32), runs)
    scopes = np.where((sign < 0) & (distances <= NEAR_TOKENS), NEAR, FILE).astype(np.int32)
    every = Followers(
        np.concatenate(tokens), levels, scopes, np.ones(len(at), np.float32), distances.astype(np.float32)
    )
    last = np.repeat(np.array([len(source.segment.tokens) for source, _ in found], np.int32), sizes)
    inside = at < last
    return every if inside.all() else every.only(inside)


def _after(source: Source, ranges: Ranges) -> Followers:
    segment = source.segment
    places, levels, weights = _spread(segment, ranges)
    if source.where is None and source.hidden:
        # An odd number of borders before a place: it lies in a hidden file.
        seen = (source.borders.searchsorted(places, side="right") & 1) == 0
        places, levels, weights = places[seen], levels[seen], weights[seen]
    # The last place of a segment has nothing behind it.
    inside = places < len(segment.tokens)
    if not inside.all():
        places, levels, weights = places[inside], levels[inside], weights[inside]
    scopes, distances = _bearings(source, places)
    if source.installed:
        weights = weights * np.float32(_INSTALLED)
    return Followers(segment.tokens.take(places), levels, scopes, weights, distances)


def _spread(segment: Segment, ranges: Sequence[tuple[int, int]]) -> tuple[Ids, Ids, Floats]:
    """The places of nested ranges with their levels and weights; large outer ranges are sampled."""
    order = segment.exact.order
    first = 0
    # From the outside in, past all ranges that are too large to be read whole.
    while first < len(ranges) - 1 and ranges[first][1] - ranges[first][0] > _ALL:
        first += 1
    low, high = ranges[first]
    if high - low > _ALL:
        step = (high - low) / _SAMPLE
        places = order[low + (np.arange(_SAMPLE) * step).astype(np.int64)]
        levels = np.full(_SAMPLE, first + 1, np.int32)
        weights = np.full(_SAMPLE, step, np.float32)
    else:
        places = order[low:high]
        levels = np.full(high - low, first + 1, np.int32)
        weights = np.ones(high - low, np.float32)
        # Ranges are nested, so each place's level is the number of ranges that hold it.
        for inner_low, inner_high in ranges[first + 1 :]:
            levels[inner_low - low : inner_high - low] += 1
    # Then outwards again: of each larger range an even sample of what lies outside the one before, each place
    # standing for several.
    for level in range(first - 1, -1, -1):
        outer_low, outer_high = ranges[level]
        size = (outer_high - outer_low) - (high - low)
        if size:
            count = min(size, _SAMPLE)
            index = outer_low + (np.arange(count) * (size / count)).astype(np.int64)
            index[index >= low] += high - low
            places = np.concatenate((places, order[index]))
            levels = np.concatenate((levels, np.full(count, level + 1, np.int32)))
            weights = np.concatenate((weights, np.full(count, size / count, np.float32)))
        low, high = outer_low, outer_high
    return places, levels, weights


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
