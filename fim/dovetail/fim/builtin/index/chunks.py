"""The learnt files in pieces of 32 to 64 lines, found by the words in them.

An inverted index over whole words and their parts (`get_user` is found by "user"). Terms are kept as 32-bit sums of
their letters: two that share one are ranked together, which harms nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt
from attrs import define

from .lexer import KEYWORDS, NEWLINE, Ids, Vocabulary, is_word
from .segment import Segment

LEAST_LINES, MOST_LINES = 32, 64
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")
_LEAST_LETTERS = 3
_WORD = re.compile(r"[^\W\d]\w*")

Unsigned = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int64]


@lru_cache(maxsize=1 << 14)
def terms_of(word: str) -> tuple[int, ...]:
    """The terms of one word: the word itself and its parts, without regard to case; none for a keyword."""
    if word in KEYWORDS or len(word) < _LEAST_LETTERS or word[0].isdigit():
        return ()
    return tuple(map(term_of, sorted({*parts_of(word), word.lower()})))


def parts_of(word: str) -> list[str]:
    """The parts of a word (`get`, `user` of `getUser`), in lower case, without very short ones."""
    return [part.lower() for part in _PARTS.findall(word) if len(part) >= _LEAST_LETTERS]


def term_of(word: str) -> int:
    """The term of one word or part, without regard to case."""
    # crc32 instead of `hash`, which differs from process to process: terms are stored.
    return crc32(word.lower().encode("utf-8", "surrogatepass"))


def words_in(text: str) -> dict[str, float]:
    """The words of a text, each with how often it stands there."""
    return dict(Counter(_WORD.findall(text)))


def query_of(words: Mapping[str, float]) -> dict[int, float]:
    """The terms of some words, each with how much it counts: the more the more its words do, but never over 1."""
    weights: dict[int, float] = {}
    for word, weight in words.items():
        for term in terms_of(word):
            weights[term] = weights.get(term, 0.0) + weight
    # Saturates at 1: a word that stands everywhere near the cursor is no better than one that stands there
    # twice.
    return {term: weight / (weight + 1.0) for term, weight in weights.items()}


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
        # First count words in pieces (few distinct pairs), then spread each pair over the terms of its word:
        # the other way round every token would be spread.
        where = words.searchsorted(symbols)
        kept = number[where] > 0
        pair, count = np.unique(piece[kept] * len(words) + where[kept], return_counts=True)
        pair_piece, pair_word = np.divmod(pair, max(1, len(words)))
        many = number[pair_word]
        spread = np.repeat(np.arange(len(pair)), many)
        # The n-th term of its word: positions in the spread, less where the word's own run starts.
        inside = np.arange(len(spread)) - np.repeat(np.cumsum(many) - many, many)
        key = flat[first[pair_word[spread]] + inside] * max(1, size) + pair_piece[spread]
        key, back = np.unique(key, return_inverse=True)
        total = np.bincount(back, count[spread], len(key))
        # `key` is term * pieces + piece, so dividing gives both back, sorted by term and then by piece.
        term, pieces = np.divmod(key, max(1, size))
        terms, begins = np.unique(term, return_index=True)
        return cls(
            starts,
            lines,
            terms.astype(np.uint32),
            np.append(begins, len(term)).astype(np.int32),
            pieces.astype(np.int32),
            # One byte each: more than 255 of one term in 64 lines tell nothing more.
            np.minimum(total, 255).astype(np.uint8),
            np.bincount(pieces, total, size).astype(np.int32),
        )

    def ranges(self, terms: Unsigned) -> tuple[Numbers, Numbers]:
        """Where the places of each of `terms` begin in `pieces` and `counts`, and how many there are."""
        at = self.terms.searchsorted(terms)
        there = at < len(self.terms)
        at[~there] = 0
        there &= (self.terms.take(at) == terms) if len(self.terms) else False
        first = self.begins.take(at).astype(np.int64)
        # `at` was set to 0 where the term is missing; `there` makes its count 0.
        many = self.begins.take(at + there).astype(np.int64) - first
        return first, many

    def places(self, term: int) -> slice:
        """Where the places of a term are in `pieces` and `counts`."""
        first, many = self.ranges(np.array([term], np.uint32))
        return slice(int(first[0]), int(first[0] + many[0]))


def _cut(vocabulary: Vocabulary, segment: Segment, symbols: Ids) -> tuple[Ids, Ids]:
    """Where pieces begin, and with which line of their file."""
    texts = vocabulary.texts
    ends = [*segment.starts.tolist()[1:], len(segment.tokens)]
    starts: list[int] = []
    lines: list[int] = []
    for low, high in zip(segment.starts.tolist(), ends, strict=True):
        begins = low + np.flatnonzero(symbols[low : high - 1] == NEWLINE)
        raw = [texts[token] for token in segment.tokens[begins].tolist()]
        depth = np.array([plainness(text) for text in raw], np.int32)
        # How many line ends stand before each line, less the one that starts the first.
        number = np.cumsum([text.count("\n") for text in raw]) - 1 if raw else np.empty(0, np.int64)
        at = 0
        while at < len(begins):
            starts.append(int(begins[at]))
            lines.append(int(number[at]))
            if len(begins) - at <= MOST_LINES:
                break
            # The plainest border in reach: pieces begin at functions rather than in the middle of them.
            window = depth[at + LEAST_LINES : at + MOST_LINES + 1]
            at += LEAST_LINES + int(window.argmin())
        if not len(begins):
            starts.append(low)
            lines.append(0)
    return np.array([*starts, len(segment.tokens)], np.int32), np.array(lines, np.int32)


@lru_cache(maxsize=1 << 10)
def plainness(start: str) -> int:
    """How plain a border a line start is: the less indentation the plainer, and after a blank line more so."""
    indent = len(start.lstrip("\n").expandtabs(4))
    return 2 * min(indent, 40) + (not start.startswith("\n\n"))
