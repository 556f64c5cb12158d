"""The learnt files in pieces of 32 to 64 lines, found by the words in them.

An inverted index over whole words and their parts (`get_user` is found by "user"), ranked by BM25 (Robertson &
Zaragoza 2009). Terms are kept as 32-bit sums of their letters: two that share one are ranked together, which harms
nobody.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt
from attrs import define

from ...types import Passage
from .lexer import KEYWORDS, NEWLINE, Ids, Vocabulary, is_word
from .segment import Segment

LEAST_LINES, MOST_LINES = 32, 64
_K1, _B = 1.2, 0.75
_COMMON = 0.25
"""A term in more than this share of the pieces says nothing."""
_MOST_TERMS = 64
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_LEAST_LETTERS = 3
_WORD = re.compile(r"[^\W\d]\w*")

Unsigned = npt.NDArray[np.uint32]


@lru_cache(maxsize=1 << 14)
def terms_of(word: str) -> tuple[int, ...]:
    """The terms of one word: the word itself and its parts, without regard to case; none for a keyword."""
    if word in KEYWORDS or len(word) < _LEAST_LETTERS or word[0].isdigit():
        return ()
    parts = {part.lower() for part in _PARTS.findall(word) if len(part) >= _LEAST_LETTERS}
    return tuple(crc32(term.encode("utf-8", "surrogatepass")) for term in sorted(parts | {word.lower()}))


def query_of(text: str) -> dict[int, float]:
    """The terms of a text, each with how much it counts."""
    weights: dict[int, float] = {}
    for word in _WORD.findall(text):
        for term in terms_of(word):
            weights[term] = weights.get(term, 0.0) + 1.0
    return {term: 1.0 + math.log(weight) for term, weight in weights.items()}


@define(slots=True, eq=False)
class Chunks:
    """The pieces of one segment and what stands in them."""

    starts: Ids
    """Where each piece begins in the segment's tokens, ascending; the last number ends the last piece."""
    lines: Ids
    """The line that each piece begins with, zero-based (a little too small behind several blank lines on end)."""
    terms: Unsigned
    """Ascending."""
    begins: Ids
    """Where each term's places begin in `pieces`; one number more than there are terms."""
    pieces: Ids
    counts: npt.NDArray[np.uint8]
    """How often the term stands in the piece."""
    sizes: Ids
    """Terms in each piece, each counted as often as it stands there."""

    @classmethod
    def build(cls, vocabulary: Vocabulary, segment: Segment) -> Chunks:
        """Cut a segment and index its pieces."""
        symbols = vocabulary.canon.take(segment.tokens)
        starts, lines = _cut(vocabulary, segment, symbols)
        size = len(starts) - 1
        piece = np.repeat(np.arange(size, dtype=np.int64), np.diff(starts)) if size else np.empty(0, np.int64)
        words = np.unique(symbols)
        texts = vocabulary.texts
        of_word = [terms_of(texts[word]) if is_word(texts[word]) else () for word in words.tolist()]
        number = np.array([len(terms) for terms in of_word], np.int64)
        first = np.concatenate(([0], np.cumsum(number)))
        flat = np.array([term for terms in of_word for term in terms], np.int64)
        where = words.searchsorted(symbols)
        kept = number[where] > 0
        pair, count = np.unique(piece[kept] * len(words) + where[kept], return_counts=True)
        pair_piece, pair_word = np.divmod(pair, max(1, len(words)))
        many = number[pair_word]
        spread = np.repeat(np.arange(len(pair)), many)
        inside = np.arange(len(spread)) - np.repeat(np.cumsum(many) - many, many)
        key = flat[first[pair_word[spread]] + inside] * max(1, size) + pair_piece[spread]
        key, back = np.unique(key, return_inverse=True)
        total = np.bincount(back, count[spread], len(key))
        term, pieces = np.divmod(key, max(1, size))
        terms, begins = np.unique(term, return_index=True)
        return cls(
            starts,
            lines,
            terms.astype(np.uint32),
            np.append(begins, len(term)).astype(np.int32),
            pieces.astype(np.int32),
            np.minimum(total, 255).astype(np.uint8),
            np.bincount(pieces, total, size).astype(np.int32),
        )

    def places(self, term: int) -> slice:
        """Where the places of a term are in `pieces` and `counts`."""
        at = int(self.terms.searchsorted(np.uint32(term)))
        if at == len(self.terms) or int(self.terms[at]) != term:
            return slice(0, 0)
        return slice(int(self.begins[at]), int(self.begins[at + 1]))


def _cut(vocabulary: Vocabulary, segment: Segment, symbols: Ids) -> tuple[Ids, Ids]:
    """Where pieces begin, and with which line of their file."""
    texts = vocabulary.texts
    ends = [*segment.starts.tolist()[1:], len(segment.tokens)]
    starts: list[int] = []
    lines: list[int] = []
    for low, high in zip(segment.starts.tolist(), ends, strict=True):
        begins = low + np.flatnonzero(symbols[low : high - 1] == NEWLINE)
        raw = [texts[token] for token in segment.tokens[begins].tolist()]
        depth = np.array([_plainness(text) for text in raw], np.int32)
        number = np.cumsum([text.count("\n") for text in raw]) - 1 if raw else np.empty(0, np.int64)
        at = 0
        while at < len(begins):
            starts.append(int(begins[at]))
            lines.append(int(number[at]))
            if len(begins) - at <= MOST_LINES:
                break
            window = depth[at + LEAST_LINES : at + MOST_LINES + 1]
            at += LEAST_LINES + int(window.argmin())
        if not len(begins):
            starts.append(low)
            lines.append(0)
    return np.array([*starts, len(segment.tokens)], np.int32), np.array(lines, np.int32)


@lru_cache(maxsize=1 << 10)
def _plainness(start: str) -> int:
    """How plain a border a line start is: the less indentation the plainer, and after a blank line more so."""
    indent = len(start.lstrip("\n").expandtabs(4))
    return 2 * min(indent, 40) + (not start.startswith("\n\n"))


Shelved = tuple[Segment, Chunks, Collection[int]]
"""A segment, its pieces, and the numbers of its files that are not to be used."""


def search(
    shelves: Sequence[Shelved],
    vocabulary: Vocabulary,
    text: str,
    *,
    most: int,
    near: str = "",
    hidden: Collection[str] = (),
    a_file: int = 2,
) -> list[Passage]:
    """The pieces that share most with `text`, best first.

    Args:
        near: a folder whose files count a little more.
        hidden: paths that are left out.
        a_file: how many pieces of one file at most.
    """
    query = query_of(text)
    size = sum(len(chunks.sizes) for _, chunks, _ in shelves)
    if not query or not size:
        return []
    average = max(1.0, sum(int(chunks.sizes.sum()) for _, chunks, _ in shelves) / size)
    places = {term: [chunks.places(term) for _, chunks, _ in shelves] for term in query}
    weights: dict[int, float] = {}
    for term, weight in query.items():
        frequency = sum(place.stop - place.start for place in places[term])
        if frequency and (frequency <= _COMMON * size or frequency < 8):
            weights[term] = weight * math.log(1 + (size - frequency + 0.5) / (frequency + 0.5))
    chosen = sorted(weights, key=weights.__getitem__, reverse=True)[:_MOST_TERMS]
    ranked: list[tuple[float, int, int]] = []
    for number, (_, chunks, _) in enumerate(shelves):
        scores = np.zeros(len(chunks.sizes))
        norm = _K1 * (1 - _B + _B * chunks.sizes / average)
        for term in chosen:
            place = places[term][number]
            pieces, counts = chunks.pieces[place], chunks.counts[place]
            scores[pieces] += weights[term] * counts * (_K1 + 1) / (counts + norm[pieces])
        top = np.argsort(-scores)[: 4 * most + 16]
        ranked += [(float(scores[piece]), number, int(piece)) for piece in top if scores[piece] > 0]
    ranked.sort(key=lambda each: (-each[0], each[1:]))
    found: list[Passage] = []
    files: dict[str, int] = {}
    for score, number, piece in ranked:
        segment, chunks, out = shelves[number]
        file = int(segment.starts.searchsorted(chunks.starts[piece], side="right")) - 1
        path = segment.paths[file]
        if file in out or not path or path in hidden or files.get(path, 0) >= a_file:
            continue
        files[path] = files.get(path, 0) + 1
        body = segment.tokens[int(chunks.starts[piece]) : int(chunks.starts[piece + 1])].tolist()
        whole = "".join([vocabulary.texts[token] for token in body]).strip("\n")
        close = path.rpartition("/")[0] == near
        words = _found_by(text, chosen, chunks, piece, places, number)
        found.append(Passage(path, int(chunks.lines[piece]), whole, score * (1.1 if close else 1.0), words))
        if len(found) == 2 * most:
            break
    return sorted(found, key=lambda each: -each.score)[:most]


def _found_by(
    text: str,
    chosen: Sequence[int],
    chunks: Chunks,
    piece: int,
    places: dict[int, list[slice]],
    number: int,
) -> tuple[str, ...]:
    there = [term for term in chosen if piece in chunks.pieces[places[term][number]]]
    order = {term: rank for rank, term in enumerate(there)}
    words: dict[str, int] = {}
    for word in dict.fromkeys(_WORD.findall(text)):
        ranks = [order[term] for term in terms_of(word) if term in order]
        if ranks:
            words[word] = min(ranks)
    return tuple(sorted(words, key=words.__getitem__))[:8]
