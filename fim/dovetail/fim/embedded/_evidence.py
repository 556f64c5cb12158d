"""Places in the workspace that look like the cursor's, and what stood after them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import define

from ._lexer import ID, NEWLINE, NUMBER, Ids, Vocabulary
from ._segment import DEPTH, Segment

# Where a place lies, nearest first.
ABOVE, BELOW, OWN, NEAR, FAR = range(5)
"""In the open document above or below the cursor, in its version on disk, in its folder, elsewhere."""


@define(slots=True)
class Place:
    """One place that is like the cursor's."""

    rest: tuple[int, ...]
    """Raw tokens up to the end of its line."""
    level: int
    """How many canonical tokens before it equal those before the cursor."""
    weight: float
    """How many such places it stands for (large ranges are sampled)."""
    where: int
    distance: int
    """Tokens between it and the cursor, in the open document; a large number elsewhere."""
    shape: int = 0
    """How many tokens before it are alike in shape, where it was found by shape."""
    head: tuple[int, ...] = ()
    """Raw tokens of its line before the place, where it was found by shape."""


@define(slots=True)
class Source:
    """A segment as one question sees it."""

    segment: Segment
    where: int | None
    """ABOVE or BELOW for a part of the open document; None: told by the path of each file."""
    offset: int = 0
    """Tokens between the segment's end (ABOVE) or start (BELOW) and the cursor."""
    own: int = -1
    """The number of the open document's file in the segment, or -1."""
    hidden: frozenset[int] = frozenset()
    """Numbers of files that a newer version replaces."""
    near: frozenset[int] = frozenset()
    """Numbers of files in the open document's folder."""


ELSEWHERE = 1 << 20


def _spread(places: Ids, cap: int) -> Ids:
    if len(places) <= cap:
        return places
    step = len(places) / cap
    return places[(np.arange(cap) * step).astype(np.int64)]


class Finder:
    """Collects places for one question."""

    def __init__(self, vocabulary: Vocabulary, context: Sequence[int]) -> None:
        self._canon = vocabulary.canon
        self._shape = vocabulary.shape
        self._newlines = self._canon == NEWLINE
        self.context = [int(self._canon[token]) for token in context]
        self.shape_context = [int(self._shape[token]) for token in context]
        self.places: list[Place] = []
        self.totals = [0.0] * (DEPTH + 1)
        """Places in all sources that follow at least the last k tokens of the context."""

    def exact(self, source: Source, cap: int, least: int = 1) -> int:
        """Add the places that follow the same tokens, at most `cap` new ones a level. Gives the longest."""
        segment = source.segment
        ranges = segment.match(segment.order, self._canon, self.context)
        seen_low = seen_high = -1
        for level in range(len(ranges), 0, -1):
            low, high = ranges[level - 1]
            self.totals[level] += high - low
            if level < least and seen_low >= 0:
                continue
            if seen_low < 0:
                fresh = segment.order[low:high]
            else:
                fresh = np.concatenate((segment.order[low:seen_low], segment.order[seen_high:high]))
            seen_low, seen_high = low, high
            self._take(source, fresh, cap, level, 0)
        return len(ranges)

    def alike(self, source: Source, cap: int, least: int) -> None:
        """Add places whose context has the same shape, from the longest down to `least` tokens."""
        segment = source.segment
        ranges = segment.match(segment.shapes, self._shape, self.shape_context)
        seen_low = seen_high = -1
        left = cap
        for level in range(len(ranges), least - 1, -1):
            low, high = ranges[level - 1]
            if seen_low < 0:
                fresh = segment.shapes[low:high]
            else:
                fresh = np.concatenate((segment.shapes[low:seen_low], segment.shapes[seen_high:high]))
            seen_low, seen_high = low, high
            left -= self._take(source, fresh, left, 0, level)
            if left <= 0:
                break

    def _take(self, source: Source, places: Ids, cap: int, level: int, shape: int) -> int:
        segment = source.segment
        total = len(places)
        if not total:
            return 0
        if total > cap:
            if source.where is None:
                local = np.zeros(total, bool) if total > 20000 else self._local(source, places)
                chosen = np.concatenate(
                    (_spread(places[local], cap // 2 + 1), _spread(places[~local], cap // 2 + 1))
                )
            else:  # the nearest to the cursor
                ordered = np.sort(places)
                chosen = ordered[-cap:] if source.where == ABOVE else ordered[:cap]
        else:
            chosen = places
        weight = total / len(chosen)
        size = len(segment.tokens)
        for place in chosen.tolist():
            where, distance = source.where, ELSEWHERE
            if where is None:
                file = segment.file_of(place) if len(segment.paths) > 1 else 0
                if file in source.hidden:
                    continue
                where = OWN if file == source.own else NEAR if file in source.near else FAR
            elif where == ABOVE:
                distance = size - place + source.offset
            else:
                distance = place + source.offset
            rest = segment.rest(place)
            newlines = self._newlines
            for end, token in enumerate(rest):
                if newlines[token]:
                    break
            else:
                continue
            head: tuple[int, ...] = ()
            if shape:
                before = segment.tokens[max(0, place - DEPTH - 8) : place].tolist()
                cut = len(before)
                while cut and not newlines[before[cut - 1]]:
                    cut -= 1
                head = tuple(before[cut:])
            self.places.append(Place(tuple(rest[:end]), level, weight, where, distance, shape, head))
        return len(chosen)

    def _local(self, source: Source, places: Ids) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        files = np.searchsorted(source.segment.starts, places, side="right") - 1
        wanted = source.near | {source.own}
        return np.isin(files, list(wanted))


__all__ = ["ABOVE", "BELOW", "FAR", "ID", "NEAR", "NUMBER", "OWN", "Finder", "Place", "Source"]
