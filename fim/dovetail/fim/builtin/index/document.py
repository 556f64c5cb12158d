"""The open document as an index that follows each keystroke.

The lines above and below the cursor are cut into pieces where the text itself says so (content-defined
chunking, as rsync and backup programs do), so that a line put in or a jump of the cursor leaves all other
pieces as they are. Near the cursor the pieces are small, elsewhere large. A piece's index is kept for as
long as its lines stay the same; the line that is being typed belongs to no piece.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import compress
from threading import Lock
from typing import Any
from zlib import crc32

import numpy as np
from attrs import define, field

from dovetail.privacy import shown_lines
from dovetail.text import Snapshot

from .evidence import ABOVE, BELOW, Source
from .gone import Gone
from .lexer import Ids, Vocabulary
from .names import ABOVE_LINES, BELOW_LINES, Names
from .segment import Matches, Segment

REACH = 8_000
"""Lines above and below the cursor that are looked at."""
_LEAST, _MOST_SMALL, _MOST = 48, 512, 2_048
_SMALL, _LARGE = 97, 97 * 10
"""One line in so many is a border of small and of large pieces; those of large ones are those of small ones too."""
_STEP = 512
_RUN = 512
_RUNS_KEPT = 512
"""Runs of lines of which it is known where their borders are, and how many lines one has."""
_KEPT, _TOKENS_KEPT = 1_024, 2_000_000
"""Pieces that are kept, and their tokens: what is open at once needs fewer, and a line may be long."""
PREPARED = 64_000
"""Lines of a document that are indexed ahead."""
_LINES_KEPT, _WHOLE_KEPT = 1 << 11, 32
"""Single lines of which it is kept what was read of them, at least (see `Pieces.make_room`)."""
_KINDS_KEPT = PREPARED


@define(frozen=True, slots=True)
class Surroundings:
    """What a document says around one line."""

    sources: list[Source]
    """The text above and below, the nearest pieces first."""
    names: Names
    matches: Matches
    """What was looked up from here."""
    answers: OrderedDict[Any, Any] = field(factory=OrderedDict)
    """What was found here lately, by all that it depends on."""
    followers: OrderedDict[Any, Any] = field(factory=OrderedDict)
    """The same of next tokens."""
    hints: dict[Any, Any] = field(factory=dict)
    """What was read of definitions, by what they were read from."""
    gone: dict[Any, Gone] = field(factory=dict)
    """What the saved file held besides, by its version."""


def shown(snapshot: Snapshot, start: int, stop: int) -> list[str]:
    """Lines of an open document with their ends, secrets overwritten: what is open is learnt from like what is
    saved, and a key must not become a word."""
    start = max(0, start)
    lines = snapshot.lines.slice(start, stop)
    for number, line in shown_lines(snapshot.lines).starred(start, start + len(lines)).items():
        lines[number - start] = line
    return lines


class Pieces:
    """Indexes of pieces of open documents, by their lines. Threads may share it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: OrderedDict[tuple[str, ...], Segment] = OrderedDict()
        self._whole: OrderedDict[str, tuple[Snapshot, list[Segment]]] = OrderedDict()
        self._tokens = 0
        self._lock = Lock()
        self._kinds: dict[str, int] = {}
        self._runs: Runs = {}
        self._borders = Borders(self._kinds, self._runs)
        self._last: tuple[tuple[Sequence[str], Sequence[str]], Surroundings] | None = None
        # A line is read for a large piece and for small ones, and a piece again when one of its lines changes.
        self._room = _LINES_KEPT
        self._line = lru_cache(maxsize=self._room)(self._read_line)

    def make_room(self, lines: int) -> None:
        """What is read of single lines is kept for the longest document yet, of `lines` lines (`PREPARED` at most): a
        jump then reads its small pieces out of what the large ones were read from."""
        lines = min(lines, PREPARED)
        # The cache is made anew, and with it what was read goes: documents grow past the longest one seldom.
        if lines > self._room:
            self._room = lines
            self._line = lru_cache(maxsize=lines)(self._read_line)

    def _read_line(self, line: str) -> tuple[int, ...]:
        return tuple(self._vocabulary.line(line))

    def of(self, lines: tuple[str, ...]) -> Segment:
        """The index of these lines."""
        with self._lock:
            segment = self._known.get(lines)
            if segment is not None:
                self._known.move_to_end(lines)
                return segment
        # Outside the lock, as building takes a while; two threads may both build the same piece, and one is
        # kept.
        segment = Segment.build(self._vocabulary, [("", self._vocabulary.file(lines, self._line))])
        with self._lock:
            if lines not in self._known:
                self._tokens += len(segment.tokens)
            self._known[lines] = segment
            while len(self._known) > _KEPT or (self._tokens > _TOKENS_KEPT and len(self._known) > 1):
                self._tokens -= len(self._known.popitem(last=False)[1].tokens)
        return segment

    def prepare(self, lines: Sequence[str], first: int = 0) -> None:
        """Index a document from its line `first` on ahead, so that wherever the cursor goes all but the pieces next to
        it are known."""
        start = 0
        # Borders of its own: those of the document that is being typed in must not be forgotten for it.
        small, large = Borders(self._kinds, self._runs).of(lines, first)
        for border in [*large, len(lines)]:
            for piece in (*_small_pieces(lines, start, border, small), *_limited(lines[start:border])):
                self.of(piece)
            start = border

    def whole(self, snapshot: Snapshot) -> Sequence[Segment]:
        """A document without a cursor, up to `REACH` lines."""
        # By the snapshot itself: a document that nobody types in keeps it.
        known = self._whole.get(snapshot.uri)
        if known is None or known[0] is not snapshot:
            known = snapshot, [self.of(piece) for piece in large_pieces(shown(snapshot, 0, REACH))]
            self._whole[snapshot.uri] = known
        self._whole.move_to_end(snapshot.uri)
        while len(self._whole) > _WHOLE_KEPT:
            self._whole.popitem(last=False)
        return known[1]

    def around(self, lines: Sequence[str], number: int, first: int = 0) -> Surroundings:
        """The document above and below line `number` of `lines`, which begin at its line `first`."""
        around = lines[max(0, number - REACH - 1) : number], lines[number + 1 : number + 2 + REACH]
        last = self._last
        # Compared line by line, but equal lists of the same strings compare by identity.
        if last is not None and last[0] == around:  # the same line goes on being typed
            return last[1]
        lines = tuple(lines)  # whatever is cut out of it is a tuple then, and copied once
        above, below = cut_around(lines, number, self._borders, first)
        above.reverse()
        sources = self._sources(above, ABOVE) + self._sources(below, BELOW)
        names = self._names(lines, number, above, below)
        surroundings = Surroundings(sources, names, Matches(self._vocabulary))
        self._last = around, surroundings
        return surroundings

    def _sources(self, parts: Sequence[tuple[str, ...]], where: int) -> list[Source]:
        sources, offset = [], 0
        for part in parts:
            segment = self.of(part)
            sources.append(Source(segment, where, offset))
            offset += len(segment.tokens)
        return sources

    def _names(
        self,
        lines: Sequence[str],
        number: int,
        above: Sequence[tuple[str, ...]],
        below: Sequence[tuple[str, ...]],
    ) -> Names:
        if sum(map(len, above)) < min(number, ABOVE_LINES):  # the pieces leave out what no border closes
            above = [tuple(lines[max(0, number - ABOVE_LINES) : number])]
        # No border above in reach: read the lines themselves, or near names would be unknown.
        if sum(map(len, below)) < min(len(lines) - number - 1, BELOW_LINES):
            below = [tuple(lines[number + 1 : number + 1 + BELOW_LINES])]
        return Names(self._vocabulary, [*self._near(below, BELOW), *self._near(above, ABOVE)])

    def _near(self, parts: Sequence[tuple[str, ...]], where: int) -> list[tuple[Ids, Ids]]:
        """The canonical tokens of the parts next to the cursor, each with how many lines off it is; what is farthest
        comes first."""
        most = ABOVE_LINES if where == ABOVE else BELOW_LINES
        found: list[tuple[Ids, Ids]] = []
        off = 0
        for part in parts:
            if off >= most:
                break
            # What is too far away is not read: pieces may be many times as long.
            near = part[off - most :] if where == ABOVE else part[: most - off]
            sizes = [*map(len, map(self._line, near))]  # a blank line has no token
            size = sum(sizes)
            tokens = self.of(part).tokens[:-1]
            tokens = tokens[len(tokens) - size :] if where == ABOVE else tokens[:size][::-1]
            if where == BELOW:
                sizes.reverse()
            lines = np.arange(off + len(near), off, -1, dtype=np.int32)
            found.append((self._vocabulary.canon.take(tokens), np.repeat(lines, sizes)))
            off += len(part)
        found.reverse()
        return found


Runs = dict[tuple[str, ...], tuple[list[int], list[int]]]
"""Of some runs of lines the borders of small and of large pieces."""


class Borders:
    """Where a document has borders. Of the lines that stood at the same end of the last one, nothing is asked
    again."""

    def __init__(self, kinds: dict[str, int] | None = None, runs: Runs | None = None) -> None:
        """`kinds` and `runs` are what is known of lines and of runs of lines; they may be shared."""
        self._runs = {} if runs is None else runs
        self._last: tuple[Sequence[str], list[int], list[int]] = [], [], []
        self._kinds = {} if kinds is None else kinds

    def of(self, lines: Sequence[str], first: int = 0) -> tuple[list[int], list[int]]:
        """The borders of small and of large pieces, each as the number of lines before it, ascending. `first` is the
        number of the first line in its document."""
        old, old_small, old_large = self._last
        # Lines that are the same at the start and at the end were looked at before: only what lies between is
        # new.
        head = _equal(old, lines, min(len(old), len(lines)))
        rest = min(len(old), len(lines)) - head
        # After a jump nothing is the same: then two copies of all lines are spared.
        tail = _equal(old[::-1], lines[::-1], rest) if rest and old[-1] == lines[-1] else 0
        fresh_small, fresh_large = self._between(lines, head, len(lines) - tail, first)

        def put_in(known: Sequence[int], new: Sequence[int]) -> list[int]:
            # Borders behind the change move with the lines.
            moved = len(lines) - len(old)
            after = [border + moved for border in known[bisect_right(known, len(old) - tail) :]]
            return [*known[: bisect_right(known, head)], *new, *after]

        small, large = put_in(old_small, fresh_small), put_in(old_large, fresh_large)
        self._last = lines, small, large
        return small, large

    def _between(
        self, lines: Sequence[str], start: int, stop: int, first: int
    ) -> tuple[list[int], list[int]]:
        """The borders behind the lines from `start` to `stop` (exclusive)."""
        small: list[int] = []
        large: list[int] = []
        # After a jump these are thousands of lines, which were met before in the same runs: where a run begins
        # depends on the number of its line in the document, not on where the cursor is.
        while start < stop:
            end = min(stop, start + _RUN - (start + first) % _RUN)
            here, far = self._of_run(tuple(lines[start:end]))
            small += [start + border for border in here]
            large += [start + border for border in far]
            start = end
        return small, large

    def _of_run(self, lines: tuple[str, ...]) -> tuple[list[int], list[int]]:
        known = self._runs.get(lines)
        if known is None:
            kinds = self._kinds_of(lines)
            small = [*compress(range(1, len(lines) + 1), kinds)]
            known = small, [border for border in small if kinds[border - 1] == _LARGE]
            if len(lines) == _RUN:  # what is cut short by the cursor does not come again
                if len(self._runs) >= _RUNS_KEPT:
                    self._runs.clear()
                self._runs[lines] = known
        return known

    def _kinds_of(self, lines: Sequence[str]) -> list[int]:
        known = self._kinds
        found = [*map(known.get, lines)]
        if None not in found:
            return [kind for kind in found if kind is not None]
        kinds = [_kind(line) if kind is None else kind for line, kind in zip(lines, found, strict=True)]
        if len(known) > _KINDS_KEPT:
            known.clear()
        known.update(zip(lines, kinds, strict=True))
        return kinds


def _equal(one: Sequence[str], other: Sequence[str], most: int) -> int:
    """How many lines at the start are equal, at most `most`."""
    start = 0
    # Whole slices first: comparing lists in C is far faster than line by line in Python.
    while start < most and one[start : start + _STEP] == other[start : start + _STEP]:
        start += _STEP
    while start < most and one[start] == other[start]:
        start += 1
    return min(start, most)


def cut_around(
    lines: Sequence[str], number: int, borders: Borders | None = None, first: int = 0
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """The pieces above and below line `number`, each in the order of the text; `first` as in `Borders.of`."""
    small, large = (borders or Borders()).of(lines, first)
    edge = max(0, number - REACH)
    above = large[bisect_right(large, edge) : bisect_right(large, number)]
    # Whether a line is a border depends on that line alone, so a piece stays the same while others change.
    start = above[0] if edge and above else edge  # a window's own edge is no border
    parts: list[tuple[str, ...]] = []
    for border in above:
        if border > start:
            parts += _limited(lines[start:border])
            start = border
    parts += _small_pieces(lines, start, number, small)
    last = min(len(lines), number + 1 + REACH)
    below = large[bisect_right(large, number + 1) : bisect_right(large, last)]
    start = below[0] if below else last
    rest = [*_small_pieces(lines, number + 1, start, small)]
    for border in below[1:]:
        rest += _limited(lines[start:border])
        start = border
    if last == len(lines):
        rest += _limited(lines[start:last])
    return parts, rest


def large_pieces(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A document without a cursor, in large pieces."""
    return _large_pieces(lines, Borders().of(lines)[1])


def _large_pieces(lines: Sequence[str], borders: Sequence[int]) -> Iterator[tuple[str, ...]]:
    start = 0
    for border in [*borders, len(lines)]:
        yield from _limited(lines[start:border])
        start = border


def small_pieces(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The lines in small pieces whose borders depend on the lines near them alone."""
    return _small_pieces(lines, 0, len(lines), Borders().of(lines)[0])


def _small_pieces(
    lines: Sequence[str], start: int, stop: int, borders: Sequence[int]
) -> Iterator[tuple[str, ...]]:
    for border in [*borders[bisect_right(borders, start) : bisect_right(borders, stop)], stop]:
        # Without a border for long, cut by number; such a piece changes with every line above it.
        while border - start > _MOST_SMALL:
            yield tuple(lines[start : start + _MOST_SMALL])
            start += _MOST_SMALL
        if border - start >= _LEAST or (border == stop and border > start):
            yield tuple(lines[start:border])
            start = border


def _limited(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    if 0 < len(lines) <= _MOST:
        yield tuple(lines)
        return
    for low in range(0, len(lines), _MOST):
        yield tuple(lines[low : low + _MOST])


def _kind(line: str) -> int:
    """Whether a line is a border of large pieces (`_LARGE`), of small ones (`_SMALL`) or none (0)."""
    # A hash of the text, not a counter: inserting a line must move no border but its own.
    code = crc32(line.encode("utf-8", "surrogatepass"))
    return 0 if code % _SMALL else _SMALL if code % _LARGE else _LARGE
