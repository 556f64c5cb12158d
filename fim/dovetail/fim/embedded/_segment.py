"""An immutable index over the tokens of some files: all places by what stands before them.

`order` sorts the places of `tokens` by the canonical tokens before them, nearest first (a suffix array of
the reversed text, cut at `DEPTH` tokens); `shapes` does the same by shapes, in which all names are alike.
Built by prefix doubling (Manber & Myers 1990) in numpy: four sorts for a depth of 16.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import define

from ._lexer import NEWLINE, Ids, Vocabulary

DEPTH = 16
_SMALL = 512
_STEPS = np.arange(64)  # the longest rest of a line that is proposed, in tokens


def context_order(symbols: npt.NDArray[np.int32], depth: int = DEPTH) -> Ids:
    """Places 0 … n (exclusive) sorted by `symbols[p-1], symbols[p-2], …`, `depth` symbols deep."""
    n = len(symbols)
    if n == 0:
        return np.empty(0, np.int32)
    # rank[p] speaks of the symbols before p; nothing stands before place 0.
    rank = np.zeros(n, np.int64)
    rank[1:] = symbols[:-1].astype(np.int64) - int(symbols.min()) + 1
    reach = 1
    while True:
        order = np.argsort(rank)
        ranked = rank[order]
        groups = np.empty(n, np.int64)
        groups[0] = 0
        np.cumsum(ranked[1:] != ranked[:-1], out=groups[1:])
        if reach >= depth:
            # Equal contexts in the order of the text, so that no machine's sort decides what is sampled.
            groups *= n
            groups += order
            groups.sort()
            return (groups % n).astype(np.int32)
        rank[order] = groups
        far = np.zeros(n, np.int64)
        if reach < n:
            far[reach:] = rank[: n - reach] + 1
        rank *= n + 1
        rank += far
        reach *= 2


@define(slots=True, eq=False)
class Segment:
    """The index of a run of files (or of a part of one)."""

    tokens: Ids
    order: Ids
    shapes: Ids
    starts: npt.NDArray[np.int64]
    """Where each file begins in `tokens`, ascending."""
    paths: tuple[str, ...]

    @classmethod
    def build(cls, vocabulary: Vocabulary, files: Sequence[tuple[str, Sequence[int] | Ids]]) -> Segment:
        """Index files given as (path, raw tokens)."""
        sizes = [len(tokens) for _, tokens in files]
        tokens = np.empty(sum(sizes), np.int32)
        at = 0
        for _, file in files:
            tokens[at : at + len(file)] = file
            at += len(file)
        starts = np.cumsum([0, *sizes[:-1]], dtype=np.int64)
        return cls(
            tokens,
            context_order(vocabulary.canon[tokens]),
            context_order(vocabulary.shape[tokens]),
            starts,
            tuple(path for path, _ in files),
        )

    def file_of(self, place: int) -> int:
        """The number of the file that holds `place`."""
        return int(np.searchsorted(self.starts, place, side="right")) - 1

    def match(
        self, order: Ids, symbol_of: npt.NDArray[np.int32], context: Sequence[int]
    ) -> list[tuple[int, int]]:
        """Ranges of `order` whose places follow the last 1, 2, … symbols of `context`; ends at the first
        empty one. `symbol_of` turns raw tokens into the symbols by which `order` is sorted."""
        ranges = []
        low, high = 0, len(order)
        tokens = self.tokens
        for back in range(1, min(DEPTH, len(context)) + 1):
            wanted = context[-back]
            if high - low <= _SMALL:
                column = symbol_of[tokens[order[low:high] - back]]
                # Places with less than `back` tokens before them sort first and wrap around: mask them.
                low, high = _narrow(column, order[low:high] >= back, wanted, low)
            else:

                def key(index: int, back: int = back) -> int:
                    place = int(order[index]) - back
                    return int(symbol_of[tokens[place]]) if place >= 0 else -(1 << 30)

                span = range(low, high)
                first = bisect_left(span, wanted, key=key)
                high = low + bisect_right(span, wanted, lo=first, key=key)
                low += first
            if low >= high:
                break
            ranges.append((low, high))
        return ranges

    def rests(self, places: Ids, canon: Ids) -> list[tuple[int, ...] | None]:
        """The raw tokens from each of `places` to the end of its line; None where that is too far.
        `canon` is the vocabulary's."""
        last = len(self.tokens) - 1
        rows = self.tokens[np.minimum(places[:, None] + _STEPS, last)]
        ends = canon[rows] == NEWLINE
        lengths = ends.argmax(axis=1)
        found = ends.any(axis=1).tolist()
        return [
            tuple(row[:length]) if ok else None
            for row, length, ok in zip(rows.tolist(), lengths.tolist(), found, strict=True)
        ]

    def head(self, place: int, canon: Ids) -> list[int]:
        """The raw tokens of the line before `place`, with its line start if that is near enough."""
        before: list[int] = self.tokens[max(0, place - 2 * DEPTH) : place].tolist()
        for index in range(len(before) - 1, -1, -1):
            if canon[before[index]] == NEWLINE:
                return before[index:]
        return before


def _narrow(
    column: npt.NDArray[np.int32], valid: npt.NDArray[np.bool_], wanted: int, low: int
) -> tuple[int, int]:
    hits = np.flatnonzero((column == wanted) & valid)
    if not len(hits):
        return low, low
    return low + int(hits[0]), low + int(hits[-1]) + 1
