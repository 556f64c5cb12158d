"""What has been learnt: segments of files, and which file's newest text lies where."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Collection, Mapping, Sequence
from threading import RLock

import numpy as np
from attrs import define, field

from ...types import INSTALLED, Passage
from .chunks import Chunks, words_in
from .evidence import Near, Source
from .lexer import Ids, Vocabulary
from .search import Shelved, parts, search
from .segment import Segment

_MOST_SMALL = 6
_BIG = 500_000
"""Tokens from which a segment is left alone when small ones are put together."""
_TURNS = 8
"""Calls of `Library.release` in which everything is let go once."""


def folder_of(path: str) -> str:
    """The folder of a path with forward slashes; '' at the top."""
    return path.rpartition("/")[0]


@define(slots=True, eq=False)
class _Shelf:
    segment: Segment
    chunks: Chunks | None = None
    hidden: frozenset[int] = frozenset()
    folders: dict[str, Near] = field(factory=dict)
    numbers: dict[str, int] = field(factory=dict)
    covered: Near | None = None
    """The files that the last question did not see."""

    def __attrs_post_init__(self) -> None:
        folders: dict[str, set[int]] = {}
        for number, path in enumerate(self.segment.paths):
            folders.setdefault(folder_of(path), set()).add(number)
            self.numbers[path] = number
        self.folders = {folder: Near.of(self.segment, numbers) for folder, numbers in folders.items()}

    @property
    def installed(self) -> bool:
        """Whether its files are those of packages; they share no segment with files of the workspace."""
        return bool(self.segment.paths) and self.segment.paths[0].startswith(INSTALLED)

    def pieces(self, vocabulary: Vocabulary) -> Chunks:
        """The segment in pieces, cut when first asked for."""
        if self.chunks is None:
            self.chunks = Chunks.build(vocabulary, self.segment)
        return self.chunks


class Library:
    """Segments under one vocabulary. Readers never wait: every change replaces the list of segments."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        segments: Sequence[Segment] = (),
        chunks: Sequence[Chunks | None] = (),
        counts: Ids | None = None,
        mapped: Sequence[mmap.mmap] = (),
    ) -> None:
        """`chunks` are the pieces of the segments, `counts` how often each canonical token stands in all of these; what
        is not given is made. `mapped` are the files that the segments lie in."""
        self.vocabulary = vocabulary
        self._mapped = mapped
        self._turn = 0
        # Writers wait for one another, and some call others: hence one that may be taken twice.
        self._lock = RLock()
        self._shelves: tuple[_Shelf, ...] = ()
        self._where: dict[str, tuple[_Shelf, int]] = {}
        self.changes = 0
        """Grows with each change."""
        self.counts: Ids = counts if counts is not None else np.zeros(len(vocabulary) + 1024, np.int32)
        """How often each canonical token stands in what is learnt; tokens beyond its end do not."""
        for number, segment in enumerate(segments):
            pieces = chunks[number] if number < len(chunks) else None
            self._add(segment, pieces, counted=counts is not None)
        self.learnt = len(vocabulary)
        """Tokens that the vocabulary had when the library was made."""

    @property
    def files(self) -> int:
        """Files of the workspace."""
        return len(self._where) - self.installed

    @property
    def installed(self) -> int:
        """Files of packages."""
        return sum(
            shelf.installed and len(shelf.segment.paths) - len(shelf.hidden) for shelf in self._shelves
        )

    @property
    def tokens(self) -> int:
        return sum(len(shelf.segment.tokens) for shelf in self._shelves)

    @property
    def segments(self) -> int:
        return len(self._shelves)

    def trimmed(self) -> Library:
        """The same files under a vocabulary of those tokens alone that it was made with or that stand in files put in
        since. What stood in open documents only is no longer in it."""
        with self._lock:
            vocabulary = self.vocabulary.upto(self.learnt)
            # Segments whose tokens are all old need no change: they are shared with the old library.
            kept, renewed = list[_Shelf](), dict[str, Sequence[str]]()
            texts = self.vocabulary.texts
            for shelf in self._shelves:
                tokens = shelf.segment.tokens
                if not len(tokens) or int(tokens.max()) < self.learnt:
                    kept.append(shelf)
                    continue
                for number, path in enumerate(shelf.segment.paths):
                    if number not in shelf.hidden:
                        renewed[path] = [texts[token] for token in _file(shelf.segment, number).tolist()]
            segments = [shelf.segment for shelf in kept]
            library = Library(vocabulary, segments, [shelf.chunks for shelf in kept], mapped=self._mapped)
            # A shared segment may still hold files that were removed since: those must not come back with it.
            for path in [path for path in library._where if path not in self._where]:
                library.remove(path)
            if renewed:
                files = [(path, vocabulary.extend(words)) for path, words in renewed.items()]
                library._add(Segment.build(vocabulary, files))
            return library

    def release(self) -> None:
        """Let the system have the memory of what was read of mapped files, of an eighth of them at each call: a place
        that is looked at again is read again, mostly from the system's own cache, and if all were let go at once, the
        next question would have to read everything. Does nothing on Windows."""
        if sys.platform == "win32":
            return
        else:
            pages = [-(-len(file) // mmap.PAGESIZE) for file in self._mapped]
            total = sum(pages)
            low, high = total * self._turn // _TURNS, total * (self._turn + 1) // _TURNS
            self._turn = (self._turn + 1) % _TURNS
            for file, size in zip(self._mapped, pages, strict=True):
                # As if the files lay one behind the other; this one's part of what is let go.
                first, last = max(0, low), min(size, high)
                if first < last:
                    file.madvise(mmap.MADV_DONTNEED, first * mmap.PAGESIZE, (last - first) * mmap.PAGESIZE)
                low, high = low - size, high - size

    def put(self, path: str, tokens: Sequence[int] | Ids) -> None:
        """Learn a file's new text, given as raw tokens."""
        segment = Segment.build(self.vocabulary, [(path, tokens)])
        with self._lock:
            self._add(segment)
            self.changes += 1
            small = [
                shelf for shelf in self._shelves if len(shelf.segment.tokens) < _BIG and not shelf.installed
            ]
            # Each saved file makes a segment of its own; a question looks into every one, so small ones are
            # put together.
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

    def version(self, path: str) -> object:
        """Another object for another text of the file; None where it is not known."""
        return self._where.get(path)

    def sources(self, path: str, hidden: Collection[str] = ()) -> list[Source]:
        """Everything learnt, as a question in document `path` sees it; `hidden` paths are left out."""
        folder = folder_of(path)
        sources = []
        for shelf in self._shelves:
            out = shelf.hidden
            more = [shelf.numbers[name] for name in (path, *hidden) if name in shelf.numbers]
            if more:
                out = out.union(more)
            # All of its files are hidden: nothing is left to be asked.
            if len(out) < len(shelf.segment.paths):
                covered = shelf.covered
                if out and (covered is None or covered.files != out):
                    covered = shelf.covered = Near.of(shelf.segment, out)
                sources.append(
                    Source(
                        shelf.segment,
                        None,
                        0,
                        out,
                        shelf.folders.get(folder),
                        covered if out else None,
                        shelf.installed,
                    )
                )
        return sources

    def search(
        self, text: str, *, most: int, near: str = "", hidden: Collection[str] = (), a_file: int = 2
    ) -> list[Passage]:
        """The pieces of what is learnt that share most words with `text` (see `search.search`)."""
        return search(
            self._pieces(),
            self.vocabulary,
            words_in(text),
            most=most,
            near=near,
            hidden=hidden,
            a_file=a_file,
        )

    def parts(
        self, words: Mapping[str, float], *, most: int, path: str = "", hidden: Collection[str] = ()
    ) -> tuple[list[Passage], list[Passage]]:
        """What a prompt is given of that (see `search.parts`)."""
        return parts(self._pieces(), self.vocabulary, words, most=most, path=path, hidden=hidden)

    def _pieces(self) -> list[Shelved]:
        return [(shelf.segment, shelf.pieces(self.vocabulary), shelf.hidden) for shelf in self._shelves]

    def _add(self, segment: Segment, chunks: Chunks | None = None, *, counted: bool = False) -> None:
        shelf = _Shelf(segment, chunks)
        if not counted:
            self._count(segment.tokens, 1)
        for number, path in enumerate(segment.paths):
            # Stored segments keep a replaced text's place with an empty path.
            if not path:  # a text that was already replaced when the segment was stored
                self._hide(shelf, number)
                continue
            old = self._where.get(path)
            # The new text is known before the old one is hidden: no reader finds the file missing.
            self._where[path] = (shelf, number)
            if old is not None:
                self._hide(*old)
        if len(shelf.hidden) < len(segment.paths):
            self._shelves = (*self._shelves, shelf)

    def _hide(self, shelf: _Shelf, number: int) -> None:
        shelf.hidden = shelf.hidden | {number}
        self._count(_file(shelf.segment, number), -1)
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
        # `_add` counts these tokens once more.
        self._count(merged.tokens, -1)
        for path, _ in files:
            self._where.pop(path)
        self._add(merged)

    def _count(self, tokens: Ids, sign: int) -> None:
        found = np.bincount(self.vocabulary.canon.take(tokens)).astype(np.int32)
        counts = self.counts
        if len(found) > len(counts):
            # Twice as long as needed now, since new words keep coming.
            counts = np.concatenate((counts, np.zeros(2 * len(found) - len(counts), np.int32)))
        counts[: len(found)] += sign * found
        self.counts = counts


def _file(segment: Segment, number: int) -> Ids:
    last = number + 1 == len(segment.starts)
    return segment.tokens[int(segment.starts[number]) : None if last else int(segment.starts[number + 1])]
