"""What has been learnt: segments of files, and which file's newest text lies where."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from threading import RLock

from attrs import define, field

from .evidence import Near, Source
from .lexer import Ids, Vocabulary
from .segment import Segment

_MOST_SMALL = 6
_BIG = 500_000
"""Tokens from which a segment is left alone when small ones are put together."""


def folder_of(path: str) -> str:
    """The folder of a path with forward slashes; '' at the top."""
    return path.rpartition("/")[0]


@define(slots=True, eq=False)
class _Shelf:
    segment: Segment
    hidden: frozenset[int] = frozenset()
    folders: dict[str, Near] = field(factory=dict)
    numbers: dict[str, int] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        folders: dict[str, set[int]] = {}
        for number, path in enumerate(self.segment.paths):
            folders.setdefault(folder_of(path), set()).add(number)
            self.numbers[path] = number
        self.folders = {folder: Near.of(self.segment, numbers) for folder, numbers in folders.items()}


class Library:
    """Segments under one vocabulary. Readers never wait: every change replaces the list of segments."""

    def __init__(self, vocabulary: Vocabulary, segments: Sequence[Segment] = ()) -> None:
        self.vocabulary = vocabulary
        self._lock = RLock()
        self._shelves: tuple[_Shelf, ...] = ()
        self._where: dict[str, tuple[_Shelf, int]] = {}
        self.changes = 0
        """Grows with each change."""
        for segment in segments:
            self._add(segment)

    @property
    def files(self) -> int:
        return len(self._where)

    @property
    def tokens(self) -> int:
        return sum(len(shelf.segment.tokens) for shelf in self._shelves)

    @property
    def segments(self) -> int:
        return len(self._shelves)

    def put(self, path: str, tokens: Sequence[int] | Ids) -> None:
        """Learn a file's new text, given as raw tokens."""
        segment = Segment.build(self.vocabulary, [(path, tokens)])
        with self._lock:
            self._add(segment)
            self.changes += 1
            small = [shelf for shelf in self._shelves if len(shelf.segment.tokens) < _BIG]
            if len(small) > _MOST_SMALL:
                self._merge(small)
                self.changes += 1

    def remove(self, path: str) -> None:
        """Forget a file."""
        with self._lock:
            old = self._where.pop(path, None)
            if old is not None:
                self._hide(*old)
                self.changes += 1

    def tokens_of(self, path: str) -> Ids | None:
        """The raw tokens of a file as last learnt."""
        at = self._where.get(path)
        return None if at is None else _file(at[0].segment, at[1])

    def sources(self, path: str, hidden: Collection[str] = ()) -> list[Source]:
        """Everything learnt, as a question in document `path` sees it; `hidden` paths are left out."""
        folder = folder_of(path)
        sources = []
        for shelf in self._shelves:
            out = shelf.hidden
            more = [shelf.numbers[name] for name in (path, *hidden) if name in shelf.numbers]
            if more:
                out = out.union(more)
            if len(out) < len(shelf.segment.paths):
                sources.append(Source(shelf.segment, None, 0, out, shelf.folders.get(folder)))
        return sources

    def _add(self, segment: Segment) -> None:
        shelf = _Shelf(segment)
        for number, path in enumerate(segment.paths):
            if not path:  # a text that was already replaced when the segment was stored
                self._hide(shelf, number)
                continue
            old = self._where.get(path)
            self._where[path] = (shelf, number)
            if old is not None:
                self._hide(*old)
        if len(shelf.hidden) < len(segment.paths):
            self._shelves = (*self._shelves, shelf)

    def _hide(self, shelf: _Shelf, number: int) -> None:
        shelf.hidden = shelf.hidden | {number}
        if len(shelf.hidden) == len(shelf.segment.paths):
            self._shelves = tuple(other for other in self._shelves if other is not shelf)

    def _merge(self, shelves: Sequence[_Shelf]) -> None:
        files = [
            (path, _file(shelf.segment, number))
            for shelf in shelves
            for number, path in enumerate(shelf.segment.paths)
            if number not in shelf.hidden
        ]
        merged = Segment.build(self.vocabulary, files)
        self._shelves = tuple(other for other in self._shelves if other not in shelves)
        for path, _ in files:
            self._where.pop(path)
        self._add(merged)


def _file(segment: Segment, number: int) -> Ids:
    last = number + 1 == len(segment.starts)
    return segment.tokens[int(segment.starts[number]) : None if last else int(segment.starts[number + 1])]
