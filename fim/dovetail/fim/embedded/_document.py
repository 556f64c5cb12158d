"""The open document as an index that follows each keystroke.

The lines above and below the cursor are cut into chunks where the text itself says so (content-defined
chunking, as rsync and backup programs do), so that a line put in or a jump of the cursor leaves all other
chunks as they are. A chunk's index is kept for as long as its lines stay the same; the line that is being
typed belongs to no chunk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from threading import Lock
from zlib import crc32

from ._evidence import ABOVE, BELOW, Source
from ._lexer import Vocabulary
from ._segment import Segment

_LEAST, _MOST, _ONE_IN = 48, 512, 97
_REACH = 8_000
_KEPT = 512


class Chunks:
    """Indexes of pieces of open documents, by their lines. Threads may share it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: OrderedDict[tuple[str, ...], Segment] = OrderedDict()
        self._lock = Lock()

    def of(self, lines: tuple[str, ...]) -> Segment:
        """The index of these lines."""
        with self._lock:
            segment = self._known.get(lines)
            if segment is not None:
                self._known.move_to_end(lines)
                return segment
        segment = Segment.build(self._vocabulary, [("", self._vocabulary.file(lines))])
        with self._lock:
            self._known[lines] = segment
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return segment

    def around(self, lines: Sequence[str], number: int) -> list[Source]:
        """The document above and below line `number`, the nearest pieces first."""
        above = self._sources(lines[max(0, number - _REACH) : number], ABOVE)
        return above + self._sources(lines[number + 1 : number + 1 + _REACH], BELOW)

    def _sources(self, lines: Sequence[str], where: int) -> list[Source]:
        segments = [self.of(piece) for piece in pieces(lines)]
        if where == ABOVE:
            segments.reverse()
        sources, offset = [], 0
        for segment in segments:
            sources.append(Source(segment, where, offset))
            offset += len(segment.tokens)
        return sources


def pieces(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The lines in pieces whose borders depend on the lines near them alone."""
    start = 0
    cuts = [index for index, line in enumerate(lines, 1) if _is_border(line)]
    for cut in [*cuts, len(lines)]:
        while cut - start > _MOST:
            yield tuple(lines[start : start + _MOST])
            start += _MOST
        if cut - start >= _LEAST or (cut == len(lines) and cut > start):
            yield tuple(lines[start:cut])
            start = cut


@lru_cache(maxsize=1 << 16)
def _is_border(line: str) -> bool:
    return not crc32(line.encode("utf-8", "surrogatepass")) % _ONE_IN
