"""An immutable index over the tokens of some files: all places by what stands before them.

`exact` sorts the places of `tokens` by the canonical tokens before them, nearest first (a suffix array of
the reversed text, cut at `DEPTH` tokens); `alike` does the same by shapes, in which all names are alike.
Built by prefix doubling (Manber & Myers 1990) in numpy: four sorts for a depth of 16.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import define

from .lexer import NEWLINE, Ids, Vocabulary

DEPTH = 16
_FEW = 2_090_000
"""Places; three times the bits of their number fit into 63."""
_NOTHING = -(1 << 30)
_STEPS = np.arange(64)  # the longest rest of a line that is proposed, in tokens
_BACK = -1 - np.arange(2 * DEPTH)


def context_order(symbols: npt.NDArray[np.int32], depth: int = DEPTH) -> Ids:
    """Places 0 … n (exclusive) sorted by `symbols[p-1], symbols[p-2], …`, `depth` symbols deep."""
    n = len(symbols)
    if n == 0:
        return np.empty(0, np.int32)
    if n <= _FEW:
        return _order_of_few(symbols, depth)
    # rank[p] speaks of the symbols before p; nothing stands before place 0.
    rank = np.zeros(n, np.int64)
    rank[1:] = symbols[:-1].astype(np.int64) - int(symbols.min()) + 1
    reach = 1
    # Prefix doubling: places sorted by `reach` symbols are sorted by `2 * reach` once each is paired with the
    # rank of the place `reach` symbols before it.
    while True:
        order = np.argsort(rank)
        ranked = rank[order]
        groups = np.empty(n, np.int64)
        groups[0] = 0
        np.cumsum(ranked[1:] != ranked[:-1], out=groups[1:])
        if reach >= depth:
            # Equal contexts in the order of the text, so that no machine's sort decides what is sampled.
            # `n * group + place` in one number: sorting that sorts by group and then by place, and gives the
            # place back.
            groups *= n
            groups += order
            groups.sort()
            return (groups % n).astype(np.int32)
        rank[order] = groups
        far = np.zeros(n, np.int64)
        if reach < n:
            far[reach:] = rank[: n - reach] + 1
        # n + 1: 0 stands for "before the start of the text", which sorts before everything.
        rank *= n + 1
        rank += far
        reach *= 2


def _order_of_few(symbols: npt.NDArray[np.int32], depth: int) -> Ids:
    """As `context_order`. So few numbers leave room in 64 bits for two ranks, or several symbols at the start, and for
    the place itself at the end: sorting that is a fifth of the work of finding the order, and the places come with it.
    """
    n = len(symbols)
    room = n.bit_length()
    lowest = int(symbols.min()) - 1
    # Bits that one symbol needs; as many symbols as fit are packed into the first rank.
    bits = (int(symbols.max()) - lowest).bit_length()
    before = np.zeros(n + depth, np.int64)  # before[depth + p] is the symbol before p
    before[depth + 1 :] = symbols[:-1]
    before[depth + 1 :] -= lowest
    reach = min((63 - room) // bits, depth)
    key = before[depth:].copy()
    for back in range(1, reach):
        key <<= bits
        key |= before[depth - back : depth - back + n]
    places, mask = np.arange(n), (1 << room) - 1
    rank = np.zeros(n, np.int64)
    while True:
        key <<= room
        key |= places
        key.sort()
        order = key & mask
        if reach == depth:
            return order.astype(np.int32)
        key >>= room
        rank[order] = np.concatenate(([0], (key[1:] != key[:-1]).cumsum()))
        # Not always a doubling: the last step may be shorter, so that it ends at `depth` exactly.
        step = min(reach, depth - reach)  # what is compared twice by a short step is equal
        reach += step
        np.left_shift(rank, room, out=key)
        # 0 stands for "before the start of the text", which sorts before everything.
        key[step:] += rank[: max(0, n - step)]
        key[step:] += 1


@define(slots=True, eq=False)
class Sorted:
    """Places sorted by what stands before them, and where each nearest symbol begins among them."""

    order: Ids
    # Single numbers are read from a view three times as fast as from an array.
    places: memoryview
    """The same as `order`."""
    symbols: memoryview
    begins: memoryview

    @classmethod
    def of(cls, order: Ids, tokens: Ids, symbol_of: Ids) -> Sorted:
        """Make the table of first symbols for `order`."""
        # Place 0 has nothing before it and sorts first; it is no match for anything.
        known = order[1:] if len(order) and order[0] == 0 else order
        column = symbol_of[tokens[known - 1]]
        fresh = np.ones(len(column), np.bool_)
        fresh[1:] = column[1:] != column[:-1]
        begins = np.flatnonzero(fresh)
        symbols = column[begins]
        offset = len(order) - len(known)
        return cls(
            order, order.data, symbols.data, (np.append(begins, len(known)) + offset).astype(np.int32).data
        )

    @classmethod
    def restore(cls, order: Ids, symbols: Ids, begins: Ids) -> Sorted:
        """The table with these arrays, as `of` made them."""
        return cls(order, order.data, symbols.data, begins.data)

    def first(self, symbol: int) -> tuple[int, int]:
        """The range of the places right behind `symbol`."""
        at = bisect_left(self.symbols, symbol)
        if at == len(self.symbols) or self.symbols[at] != symbol:
            return 0, 0
        return int(self.begins[at]), int(self.begins[at + 1])


@define(slots=True, eq=False)
class Segment:
    """The index of a run of files (or of a part of one)."""

    tokens: Ids
    exact: Sorted
    alike: Sorted
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
        exact = context_order(vocabulary.canon[tokens])
        alike = context_order(vocabulary.shape[tokens])
        return cls.restore(vocabulary, tokens, exact, alike, starts, tuple(path for path, _ in files))

    @classmethod
    def restore(
        cls,
        vocabulary: Vocabulary,
        tokens: Ids,
        exact: Ids,
        alike: Ids,
        starts: npt.NDArray[np.int64],
        paths: tuple[str, ...],
    ) -> Segment:
        """The segment with these arrays, as `build` made them under the same vocabulary."""
        return cls(
            tokens,
            Sorted.of(exact, tokens, vocabulary.canon),
            Sorted.of(alike, tokens, vocabulary.shape),
            starts,
            paths,
        )

    def match(self, table: Sorted, symbol_of: Ids, context: Sequence[int]) -> list[tuple[int, int]]:
        """Ranges of `table` whose places follow the last 1, 2, … symbols of `context`; ends before the first
        empty one. `symbol_of` turns raw tokens into the symbols by which `table` is sorted."""
        low, high = table.first(context[-1]) if context else (0, 0)
        if low == high:
            return []
        ranges = [(low, high)]
        # Plain searches: a range is halved some ten times, and a call of numpy costs as much as twenty steps.
        order, tokens, symbols = table.places, self.tokens.data, symbol_of.data
        for back in range(2, min(DEPTH, len(context)) + 1):
            # The symbol `back` places before: within a range all nearer symbols agree, so the range is sorted
            # by this one. The loops are bisections written out: a call for each step takes longer than the step.
            wanted = context[-back]
            place = order[low] - back
            lowest = symbols[tokens[place]] if place >= 0 else _NOTHING
            if lowest > wanted:
                break
            if high - low > 1:
                place = order[high - 1] - back
                highest = symbols[tokens[place]] if place >= 0 else _NOTHING
                if highest < wanted:
                    break
                # Where a block was copied, whole ranges agree in many symbols on end.
                end = high
                if lowest != wanted:
                    while low < end:
                        middle = (low + end) >> 1
                        place = order[middle] - back
                        if place < 0 or symbols[tokens[place]] < wanted:
                            low = middle + 1
                        else:
                            end = middle
                if highest != wanted:
                    end = low
                    while end < high:
                        middle = (end + high) >> 1
                        place = order[middle] - back
                        if place < 0 or symbols[tokens[place]] <= wanted:
                            end = middle + 1
                        else:
                            high = middle
                if low >= high:
                    break
            elif lowest != wanted:
                break
            ranges.append((low, high))
        return ranges

    def head(self, place: int, canon: Ids) -> list[int]:
        """The raw tokens of the line before `place`, with its line start if that is near enough."""
        before: list[int] = self.tokens[max(0, place - 2 * DEPTH) : place].tolist()
        for index in range(len(before) - 1, -1, -1):
            if canon[before[index]] == NEWLINE:
                return before[index:]
        return before


Ranges = list[tuple[int, int]]


class Matches:
    """What `Segment.match` found by tokens: whole lines and next words ask for the same contexts, and so does the next
    key."""

    MOST = 1 << 12

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._found: dict[tuple[int, tuple[int, ...]], tuple[Segment, Ranges]] = {}

    def of(self, segment: Segment, context: Sequence[int], depth: int = DEPTH) -> Ranges:
        """The ranges for the last `depth` tokens of `context`; not to be changed."""
        # Ranges of a shorter context are the first ones of a longer: what was found deep answers all less
        # deep questions.
        deepest = self._found.get((id(segment), tuple(context[-DEPTH:])))
        if deepest is not None:
            return deepest[1][:depth]
        context = tuple(context[-depth:])
        known = self._found.get((id(segment), context))
        if known is not None:
            return known[1]
        ranges = segment.match(segment.exact, self._vocabulary.canon, context)
        if len(self._found) >= self.MOST:
            self._found.clear()
        # The segment is held, so that no other gets its identity while this stands.
        self._found[id(segment), context] = segment, ranges
        return ranges


Spots = Sequence[tuple[Segment, Sequence[int]]]
"""Places of several segments, read together: a call of numpy costs more than the reading."""


def rests(spots: Spots, canon: Ids) -> list[tuple[int, ...] | None]:
    """The raw tokens from each place to the end of its line; None where that is too far. `canon` is the
    vocabulary's."""
    rows = _rows(spots, _STEPS)
    ends = canon.take(rows) == NEWLINE
    lengths = ends.argmax(axis=1)
    found = ends.any(axis=1)
    lengths[~found] = 0
    tokens = rows[lengths[:, None] > _STEPS].tolist()
    answer: list[tuple[int, ...] | None] = []
    at = 0
    for length, ok in zip(lengths.tolist(), found.tolist(), strict=True):
        answer.append(tuple(tokens[at : at + length]) if ok else None)
        at += length
    return answer


def heads(spots: Spots, canon: Ids) -> list[list[int]]:
    """The canonical tokens before each place, the nearest first, as many as `head` looks at; what would stand
    before the segment is -1."""
    before = canon.take(_rows(spots, _BACK))
    places = np.array([place for _, places in spots for place in places], np.int64)
    # Beyond the segment's start "clip" repeated its first token, which nothing may be taken to agree with.
    before[places[:, None] + _BACK < 0] = -1
    answer: list[list[int]] = before.tolist()
    return answer


def _rows(spots: Spots, steps: npt.NDArray[np.int64]) -> Ids:
    index = np.array([place for _, places in spots for place in places], np.int64)[:, None] + steps
    rows = np.empty(index.shape, np.int32)
    at = 0
    for segment, places in spots:
        end = at + len(places)
        # "clip": a place near the end has fewer tokens behind it than are read; the line's end comes before,
        # or it is None.
        segment.tokens.take(index[at:end], out=rows[at:end], mode="clip")
        at = end
    return rows
