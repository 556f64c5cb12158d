"""What is found in the pieces of the learnt files: whole pieces for people, and their best parts for a prompt.

Pieces are ranked by BM25 (Robertson & Zaragoza 2009). For a prompt those that are found are cut once more: the parts of
16 to 32 lines that share most with what is asked, and the lines of the pieces that define something, which bring more
names of other files into few tokens than any text around them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from attrs import define

from ...types import Passage
from .chunks import Chunks, parts_of, plainness, query_of, term_of, terms_of
from .lexer import KEYWORDS, NEWLINE, Ids, Vocabulary, is_word
from .segment import Segment

_K1, _B = 1.2, 0.75
_COMMON, _RARE = 0.25, 8
"""A term in more than this share of the pieces (and in more than so many) says nothing."""
_MOST_TERMS = 64
_NEAR, _ALIKE = 1.4, 0.5
"""How much more a file counts in the same folder, and one with the same words in its name."""
_LEAST_PART, _MOST_PART = 16, 32
"""Lines of a part."""
_PART_TERMS = 60
"""Terms of a part of middling size."""
_MOST_PARTS = 12
_OF_PART, _OF_NAME = 0.6, 1.5
"""What a line that defines something counts for: the part that it stands in, the words in its name."""
_OF_PIECE = 0.3
"""How much the score of its piece counts beside a part's own."""
_MODIFIERS = frozenset(
    [
        "export",
        "default",
        "pub",
        "public",
        "private",
        "protected",
        "static",
        "abstract",
        "async",
        "declare",
        "final",
        "readonly",
        "local",
    ]
)
_DEFINES = frozenset(
    [
        "def",
        "class",
        "func",
        "fn",
        "fun",
        "function",
        "interface",
        "type",
        "struct",
        "enum",
        "trait",
        "module",
        "defp",
        "defmodule",
        "record",
    ]
)
_BINDS = frozenset(("const", "var", "let"))
_GIVES = frozenset(("=", ":=", ":"))

Shelved = tuple[Segment, Chunks, Collection[int]]
"""A segment, its pieces, and the numbers of its files that are not to be used."""


@define(frozen=True, slots=True)
class Piece:
    """A piece that was found, the tokens from `low` to `high` of its segment."""

    segment: Segment
    low: int
    high: int
    path: str
    line: int
    score: float


def search(
    shelves: Sequence[Shelved],
    vocabulary: Vocabulary,
    words: Mapping[str, float],
    *,
    most: int,
    near: str = "",
    hidden: Collection[str] = (),
    a_file: int = 2,
) -> list[Passage]:
    """The pieces that share most with `words`, each of which has a weight, best first.

    Args:
        near: a folder whose files count a little more.
        hidden: paths that are left out.
        a_file: how many pieces of one file at most.
    """
    # Without a folder to be near to, files do not differ.
    better = _closeness(f"{near}/") if near else lambda path: 1.0
    pieces, weights = _ranked(shelves, query_of(words), most, better, hidden, a_file)
    found = []
    for piece in pieces:
        tokens = piece.segment.tokens[piece.low : piece.high]
        text = "".join([vocabulary.texts[token] for token in tokens.tolist()]).strip("\n")
        found.append(
            Passage(piece.path, piece.line, text, piece.score, _found_by(words, tokens, vocabulary, weights))
        )
    return found


def parts(
    shelves: Sequence[Shelved],
    vocabulary: Vocabulary,
    words: Mapping[str, float],
    *,
    most: int,
    path: str = "",
    hidden: Collection[str] = (),
    a_file: int = 4,
) -> tuple[list[Passage], list[Passage]]:
    """The best parts of the pieces that `search` would find, and the single lines of those that define something; both
    best first, with the words that each was found by (of a line: the name that it defines).

    Files in the folder of `path`, and those with words of its name (a test and what it tests), count a little more.
    """
    better = _closeness(path)
    pieces, weights = _ranked(shelves, query_of(words), most, better, hidden, a_file)
    value = _Value(vocabulary, weights)
    cut: list[tuple[float, str, int, list[int]]] = []
    headers: list[Passage] = []
    for piece in pieces:
        lines = _lines_of(piece, vocabulary)
        for low, high in _cut(lines):
            body = [token for line in lines[low:high] for token in line.tokens]
            # The piece's own score breaks ties between parts that share equally much.
            score = value.of(body) + _OF_PIECE * piece.score
            cut.append((score, piece.path, lines[low].number, body))
            for line in lines[low:high]:
                if name := defined_by(line.words(vocabulary), indented=line.indented):
                    text = "".join([vocabulary.texts[token] for token in line.tokens[1:]]).strip()
                    worth = _OF_PART * score + _OF_NAME * sum(
                        weights.get(term, 0.0) for term in terms_of(name)
                    )
                    headers.append(Passage(piece.path, line.number, text, worth, (name,)))
    # Scores first, then path and line: equal scores in one order on every machine.
    cut.sort(key=lambda each: (-each[0], each[1:3]))
    found = []
    for score, path, number, body in cut[:_MOST_PARTS]:
        text = "".join([vocabulary.texts[token] for token in body]).strip("\n")
        by = _found_by(words, np.array(body, np.int32), vocabulary, weights)
        found.append(Passage(path, number, text, score, by))
    headers.sort(key=lambda each: -each.score)
    return found, headers


def defined_by(words: Sequence[str], *, indented: bool) -> str:
    """The name that a line defines, read from its canonical tokens; '' where it defines none. A variable counts only
    where it is not `indented`."""
    at = 0
    while at < len(words) and words[at] in _MODIFIERS:
        at += 1
    rest = words[at:]
    if not rest:
        return ""
    if rest[0] in _DEFINES:
        rest = rest[1:]
        if rest[:1] == ["("] and ")" in rest:  # the receiver of a method, as in Go
            rest = rest[rest.index(")") + 1 :]
        return next((word for word in rest[:2] if is_word(word) and word not in KEYWORDS), "")
    if indented:
        return ""
    if rest[0] in _BINDS:
        return next((word for word in rest[1:2] if is_word(word)), "")
    # An assignment at the margin, as constants are written in Python or Ruby.
    named = len(rest) > 1 and is_word(rest[0]) and rest[0] not in KEYWORDS and not rest[0][0].isdigit()
    return rest[0] if named and rest[1] in _GIVES else ""


def _ranked(
    shelves: Sequence[Shelved],
    query: Mapping[int, float],
    most: int,
    better: Callable[[str], float],
    hidden: Collection[str],
    a_file: int,
) -> tuple[list[Piece], dict[int, float]]:
    """The best pieces, and how much each term of the query is worth."""
    size = sum(len(chunks.sizes) for _, chunks, _ in shelves)
    if not query or not size:
        return [], {}
    terms = np.array(sorted(query), np.uint32)
    given = np.array([query[term] for term in terms.tolist()])
    places = [chunks.ranges(terms) for _, chunks, _ in shelves]
    # How many pieces hold each term, in all segments together: `worth` is BM25's inverse document frequency.
    frequency = np.sum([many for _, many in places], axis=0)
    worth = given * np.log(1 + (size - frequency + 0.5) / (frequency + 0.5))
    # A term that stands everywhere says nothing, but in a handful of pieces every term is in a quarter of
    # them.
    worth[(frequency == 0) | ((frequency > _COMMON * size) & (frequency >= _RARE))] = 0.0
    # The terms that are worth most: a long text has hundreds, and the rest would change little.
    chosen = np.argsort(-worth, kind="stable")[:_MOST_TERMS]
    chosen = chosen[worth[chosen] > 0]
    average = max(1.0, sum(int(chunks.sizes.sum()) for _, chunks, _ in shelves) / size)
    ranked: list[tuple[float, int, int]] = []
    for number, ((_, chunks, _), (first, many)) in enumerate(zip(shelves, places, strict=True)):
        scores = _scores(chunks, first[chosen], many[chosen], worth[chosen], average)
        # More than are wanted, since hidden files and further pieces of one file drop out below.
        top = np.argsort(-scores, kind="stable")[: 4 * most + 16]
        ranked += [(float(scores[piece]), number, int(piece)) for piece in top if scores[piece] > 0]
    ranked.sort(key=lambda each: (-each[0], each[1:]))
    found: list[Piece] = []
    files: Counter[str] = Counter()
    for score, number, index in ranked:
        segment, chunks, out = shelves[number]
        low, high = int(chunks.starts[index]), int(chunks.starts[index + 1])
        file = int(segment.starts.searchsorted(low, side="right")) - 1
        path = segment.paths[file]
        if file in out or not path or path in hidden or files[path] >= a_file:
            continue
        files[path] += 1
        found.append(Piece(segment, low, high, path, int(chunks.lines[index]), score * better(path)))
        # Twice as many as asked for, since closeness may still change their order.
        if len(found) == 2 * most:
            break
    found.sort(key=lambda piece: -piece.score)
    return found[:most], dict(zip(terms[chosen].tolist(), worth[chosen].tolist(), strict=True))


def _closeness(path: str) -> Callable[[str], float]:
    """Tells how much more a file counts for lying close to `path`."""
    folder, _, name = path.rpartition("/")
    own = _name_words(name)

    def better(other: str) -> float:
        its_folder, _, its_name = other.rpartition("/")
        words = _name_words(its_name)
        alike = len(own & words) / len(own | words) if own and words else 0.0
        return (_NEAR if its_folder == folder else 1.0) * (1 + _ALIKE * alike)

    return better


def _name_words(name: str) -> frozenset[str]:
    """The words of a file's name, without its ending."""
    return frozenset(re.findall(r"[a-z0-9]+", name.partition(".")[0].lower()))


def _scores(
    chunks: Chunks,
    first: npt.NDArray[np.int64],
    many: npt.NDArray[np.int64],
    worth: npt.NDArray[np.float64],
    average: float,
) -> npt.NDArray[np.float64]:
    """The score of each piece, all places of all terms at once."""
    total = int(many.sum())
    # The places of all terms one after the other: for each term a run of `many` numbers from its `first` on.
    at = np.repeat(first - (np.cumsum(many) - many), many) + np.arange(total)
    pieces, counts = chunks.pieces.take(at), chunks.counts.take(at)
    norm = _K1 * (1 - _B + _B * chunks.sizes / average)
    each = np.repeat(worth, many) * counts * (_K1 + 1) / (counts + norm.take(pieces))
    scores: npt.NDArray[np.float64] = np.bincount(pieces, each, len(chunks.sizes)).astype(np.float64)
    return scores


@define(slots=True)
class _Line:
    tokens: list[int]
    """Its line start first."""
    number: int
    start: str
    """Its line start as text."""

    @property
    def indented(self) -> bool:
        return not self.start.endswith("\n")

    def words(self, vocabulary: Vocabulary) -> list[str]:
        return [vocabulary.texts[token].lstrip() for token in self.tokens[1:]]


def _lines_of(piece: Piece, vocabulary: Vocabulary) -> list[_Line]:
    tokens: list[int] = piece.segment.tokens[piece.low : piece.high].tolist()
    canon = vocabulary.canon
    begins = [index for index, token in enumerate(tokens) if canon[token] == NEWLINE]
    lines: list[_Line] = []
    number = piece.line
    for low, high in zip(begins, [*begins[1:], len(tokens)], strict=True):
        start = vocabulary.texts[tokens[low]]
        number += start.count("\n") if lines else 0
        lines.append(_Line(tokens[low:high], number, start))
    return lines


def _cut(lines: Sequence[_Line]) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(lines):
        end = len(lines)
        if end - at > _MOST_PART:
            border = range(at + _LEAST_PART, at + _MOST_PART + 1)
            # Cut where the text itself is parted: at the least indentation, above all behind a blank line.
            end = min(border, key=lambda index: plainness(lines[index].start))
        yield at, end
        at = end


class _Value:
    """How much some tokens share with the query, by BM25 among parts of middling size."""

    def __init__(self, vocabulary: Vocabulary, weights: Mapping[int, float]) -> None:
        self._vocabulary = vocabulary
        self._weights = weights

    def of(self, tokens: Sequence[int]) -> float:
        texts, weights = self._vocabulary.texts, self._weights
        found: Counter[int] = Counter()
        size = 0
        for token, count in Counter(tokens).items():
            # Signs say nothing of what a text is about, and do not count for its length either.
            terms = terms_of(texts[token].lstrip()) if is_word(texts[token].lstrip()) else ()
            size += count * len(terms)
            for term in terms:
                if term in weights:
                    found[term] += count
        norm = _K1 * (1 - _B + _B * size / _PART_TERMS)
        return sum(weights[term] * count * (_K1 + 1) / (count + norm) for term, count in found.items())


def _found_by(
    words: Mapping[str, float], tokens: Ids, vocabulary: Vocabulary, weights: Mapping[int, float]
) -> tuple[str, ...]:
    """What of the question stands in these tokens, the weightiest first: a word (maybe as a part of a longer name), or,
    where it does not stand there whole, its parts that do, as "get + user of get_old_user"."""
    there: set[int] = set()
    for token in set(vocabulary.canon.take(tokens).tolist()):
        text = vocabulary.texts[token]
        if is_word(text):
            there.update(terms_of(text))

    def known(word: str) -> float:
        term = term_of(word)
        return weights.get(term, 0.0) if term in there else 0.0

    worth: dict[str, float] = {}
    for word in words:
        parts = [part for part in parts_of(word) if known(part) > 0]
        if known(word) > 0:
            worth[word] = max(map(known, (word, *parts)))
        elif parts:
            worth[f"{' + '.join(parts)} of {word}"] = max(map(known, parts))
    return tuple(sorted(worth, key=lambda word: -worth[word]))[:8]
