"""The embedded model: what it has learnt from the workspace, and what it proposes at a cursor."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt
from attrs import define

from dovetail.text import Point, Snapshot, split_lines

from ._document import Chunks, pieces
from ._evidence import Finder, Source
from ._features import Candidate, Situation, matrix
from ._lexer import LONGEST, NEWLINE, Vocabulary, is_word, split_indent, words_of
from ._gate import EXTENDED
from ._library import Library, folder_of
from ._ranker import Ranker, shipped
from ._rename import renamed, renames
from ._segment import DEPTH, Segment

_NAMES_ABOVE, _NAMES_BELOW = 400, 200
_RECENT_ABOVE, _RECENT_BELOW = 60, 30
_WINDOW = 8_000
_WORD_BEFORE = re.compile(r"\w+\Z")
_CLOSERS = re.compile(r"\s*[)>}\]\"'`]*\s*[:{;,]?\s*\Z")


@define(frozen=True, slots=True)
class Proposal:
    """What may stand between the cursor and the end of the line (or of a few lines)."""

    text: str
    confidence: float
    """The calibrated chance (0–1) that the rest of the line is exactly this."""
    evidence: str
    """One sentence for `dovetail why`."""


@define(frozen=True, slots=True)
class Stats:
    """How much the model knows."""

    files: int
    tokens: int
    words: int
    segments: int


@define(frozen=True, slots=True)
class _State:
    vocabulary: Vocabulary
    library: Library
    chunks: Chunks

    @classmethod
    def of(cls, library: Library) -> _State:
        return cls(library.vocabulary, library, Chunks(library.vocabulary))


class EmbeddedModel:
    """Learns files and completes lines. `update`, `remove` and `adopt` may be called from another thread
    than `complete`; a question sees the state before or after, never one between."""

    def __init__(self, ranker: Ranker | None = None) -> None:
        self._ranker = ranker
        self._writing = Lock()
        self._state = _State.of(Library(Vocabulary()))

    @property
    def stats(self) -> Stats:
        library = self._state.library
        return Stats(library.files, library.tokens, len(library.vocabulary), library.segments)

    def update(self, path: str, text: str, language: str | None = None) -> None:
        """Learn the saved text of `path` (relative to the workspace, forward slashes) in place of what was
        known of it. The language is taken from the text's own shape; the argument is there for callers
        that know it and changes nothing."""
        with self._writing:
            state = self._state
            state.library.put(path, state.vocabulary.file(split_lines(text)))

    def update_all(self, texts: Mapping[str, str]) -> None:
        """Learn many files at once, by path; everything learnt before is forgotten."""
        vocabulary = Vocabulary()
        files = [(path, vocabulary.file(split_lines(text))) for path, text in texts.items()]
        self.adopt(Library(vocabulary, [Segment.build(vocabulary, files)] if files else []))

    def remove(self, path: str) -> None:
        """Forget `path`."""
        with self._writing:
            self._state.library.remove(path)

    def adopt(self, library: Library, keep: Sequence[str] = ()) -> None:
        """Replace all that was learnt by `library`; files named in `keep` (changed since it was made) are
        carried over as they are known now."""
        with self._writing:
            old = self._state
            for path in keep:
                tokens = old.library.tokens_of(path)
                if tokens is None:
                    library.remove(path)
                else:
                    texts = [old.vocabulary.texts[token] for token in tokens.tolist()]
                    library.put(path, library.vocabulary.extend(texts))
            self._state = _State.of(library)

    def prepare(self, snapshot: Snapshot) -> None:
        """Index an open document ahead of the first question (may run in another thread)."""
        for piece in pieces(snapshot.lines.slice(0, 2 * _WINDOW)):
            self._state.chunks.of(piece)

    def complete(
        self,
        snapshot: Snapshot,
        position: Point,
        path: str,
        *,
        live: Sequence[tuple[str, Snapshot]] = (),
        count: int = 1,
        multiline: bool = False,
    ) -> list[Proposal]:
        """The likeliest rests of the line at `position`, best first, at most `count`.

        `live` are other open documents; they stand in for their versions on disk. With `multiline`, lines
        are added where a long verbatim match agrees on what follows.
        """
        position = snapshot.lines.clamp(position)
        start = max(0, position.line - _WINDOW)
        lines = snapshot.lines.slice(start, position.line + _WINDOW)
        number = position.line - start
        line = snapshot.line(position.line)
        if len(line) > LONGEST or count < 1:
            return []
        head, tail = line[: position.column], line[position.column :].rstrip()
        question = _Question(self._state, lines, number, path, live)
        ranker = self._ranker or shipped()
        found = question.candidates(head)
        chances = ranker.chance(found[1])
        if tail:
            found, chances = _before(tail, found, chances)
        word = _WORD_BEFORE.search(head)
        if word and not question.knows(word[0]):
            more, chances_more = _of_word(question, head, word[0], ranker)
            found = (found[0] + more[0], np.concatenate((found[1], more[1])))
            chances = np.concatenate((chances, chances_more))
        best = np.argsort(-chances, kind="stable")[:count].tolist()
        proposals = []
        for index in best:
            candidate = found[0][index]
            text = candidate.text
            if multiline and not tail and chances[index] >= EXTENDED:
                text += question.following(candidate)
            proposals.append(Proposal(text, float(chances[index]), _evidence(candidate)))
        return proposals

    def rank(
        self, lines: Sequence[str], number: int, head: str, path: str
    ) -> tuple[list[Candidate], npt.NDArray[np.float32]]:
        """The candidates and their features, for fitting the ranker."""
        return _Question(self._state, lines, number, path, ()).candidates(head)


_Found = tuple[list[Candidate], npt.NDArray[np.float32]]
_Chances = npt.NDArray[np.float64]


class _Question:
    def __init__(
        self,
        state: _State,
        lines: Sequence[str],
        number: int,
        path: str,
        live: Sequence[tuple[str, Snapshot]],
    ) -> None:
        self._vocabulary = state.vocabulary
        self._lines = lines
        self._number = number
        self._sources = state.chunks.around(lines, number)
        folder = folder_of(path)
        for other, snapshot in live:
            if other != path:
                near = frozenset({0}) if folder_of(other) == folder else frozenset[int]()
                self._sources += [
                    Source(state.chunks.of(piece), None, 0, frozenset(), near)
                    for piece in pieces(snapshot.lines.slice(0, _WINDOW))
                ]
        self._sources += state.library.sources(path, [other for other, _ in live])
        self._finder = Finder(self._vocabulary, self._sources)
        self._names: dict[str, int] | None = None

    def knows(self, word: str) -> bool:
        """Whether `word` stands anywhere as a whole word."""
        return self._vocabulary.find(word) >= 0

    def candidates(self, head: str) -> _Found:
        """Everything that may follow `head` on its line, with its features."""
        ours = words_of(head)
        canon, shapes = self._vocabulary.look_up(ours)
        context, shape_context = [NEWLINE, *canon], [NEWLINE, *shapes]
        above = self._number - 1
        while len(context) < DEPTH and above >= max(0, self._number - 12):
            words = words_of(self._lines[above])
            if words:
                canon, shapes = self._vocabulary.look_up(words)
                context[:0], shape_context[:0] = [NEWLINE, *canon], [NEWLINE, *shapes]
            above -= 1
        found = self._gather(head, ours, context, shape_context)
        following = self._next_line()
        body = head.strip()
        everyone = [c for c in found.values() if not c.text or (body + c.text).strip() != following]
        recent: dict[str, int] = {}
        for index in range(max(0, self._number - _RECENT_ABOVE), self._number):
            recent[self._lines[index].strip()] = self._number - index
        for index in range(self._number + 1, min(len(self._lines), self._number + _RECENT_BELOW)):
            recent.setdefault(self._lines[index].strip(), index - self._number)
        names = {**self._name_distances(), **dict.fromkeys(ours, 0)}
        return matrix(everyone, Situation(head, names, recent))

    def _gather(
        self, head: str, ours: Sequence[str], context: list[int], shape_context: list[int]
    ) -> dict[str, Candidate]:
        texts, canon = self._vocabulary.texts, self._vocabulary.canon
        typed_blank = bool(ours) and head[-1].isspace()
        found: dict[str, Candidate] = {}

        def put(text: str, rest: tuple[int, ...]) -> Candidate:
            if typed_blank:
                text = text.lstrip()
            candidate = found.get(text)
            if candidate is None:
                first = texts[canon[rest[0]]] if rest else ""
                candidate = found[text] = Candidate(text, first)
            return candidate

        for place in self._finder.exact(context):
            put("".join([texts[token] for token in place.rest]), place.rest).add_exact(place)
        least = max(2, min(len(ours) + 1, DEPTH))
        last = np.array(context[-DEPTH:], np.int32)
        for shape, place in self._finder.alike(shape_context, least):
            before = place.segment.head(place.at, canon)
            theirs = [texts[canon[token]] for token in before]
            same = sum(a == b for a, b in zip(reversed(theirs), reversed(ours), strict=False))
            agreement = (same + 1) / (len(ours) + 1)
            around = canon[place.segment.tokens[max(0, place.at - len(last)) : place.at]]
            window = int((around == last[len(last) - len(around) :]).sum())
            text = "".join([texts[token] for token in place.rest])
            put(text, place.rest).add_alike(place, shape, agreement, window, False)
            new = renamed(self._vocabulary, place.rest, renames(theirs, ours))
            if new is not None and new != text:
                put(new, place.rest).add_alike(place, shape, agreement, window, True)
        return found

    def _next_line(self) -> str:
        for line in self._lines[self._number + 1 : self._number + 40]:
            if line.strip():
                return line.strip()
        return ""

    def _name_distances(self) -> dict[str, int]:
        if self._names is None:
            names: dict[str, int] = {}
            low, high = self._number + 1, min(len(self._lines), self._number + _NAMES_BELOW)
            for index in range(high - 1, low - 1, -1):
                names.update(dict.fromkeys(words_of(self._lines[index]), index - self._number))
            for index in range(max(0, self._number - _NAMES_ABOVE), self._number):
                names.update(dict.fromkeys(words_of(self._lines[index]), self._number - index))
            self._names = names
        return self._names

    def following(self, candidate: Candidate) -> str:
        """The lines after a rest that a full-depth verbatim match gives, while they are the same block;
        '' where there is no such match."""
        place = candidate.best
        if place is None or candidate.level < DEPTH:
            return ""
        texts, canon = self._vocabulary.texts, self._vocabulary.canon
        before = place.segment.head(place.at, canon)
        indent = texts[before[0]].strip("\n") if before and canon[before[0]] == NEWLINE else None
        ours = split_indent(self._lines[self._number])[0]
        stop = self._next_line()
        added, at = "", place.at + len(place.rest)
        tokens = place.segment.tokens
        for _ in range(_MOST_LINES):
            if at >= len(tokens) or indent is None:
                break
            start = texts[tokens[at]]
            theirs = start.lstrip("\n")
            rest = place.segment.rests(tokens[at : at + 1] * 0 + (at + 1), canon)[0]
            if start.startswith("\n\n") or not theirs.startswith(indent) or not rest:
                break
            line = "".join(texts[token] for token in rest)
            if line.strip() == stop:
                break
            added += "\n" + ours + theirs[len(indent) :] + line
            at += 1 + len(rest)
        return added


_MOST_LINES = 8


def _before(tail: str, found: _Found, chances: _Chances) -> tuple[_Found, _Chances]:
    """Candidates that fit in front of text which already stands on the line: what it repeats is cut off;
    where it is more than closing signs, only candidates that lead up to it are kept."""
    closers = bool(_CLOSERS.match(tail))
    kept, rows = [], []
    for index, candidate in enumerate(found[0]):
        text = candidate.text.rstrip()
        if text.endswith(tail.strip()) and len(text) > len(tail.strip()):
            candidate.text = text[: -len(tail.strip())]
        elif not closers:
            continue
        if candidate.text.strip():
            kept.append(candidate)
            rows.append(index)
    return (kept, found[1][rows]), chances[rows]


def _of_word(question: _Question, head: str, word: str, ranker: Ranker) -> tuple[_Found, _Chances]:
    """Candidates that go on with the word being typed: asked for in front of it, then conditioned on it."""
    candidates, table = question.candidates(head[: -len(word)])
    chances = ranker.chance(table)
    total = min(1.0, float(chances.sum()))
    rows = []
    for index, candidate in enumerate(candidates):
        text = candidate.text.lstrip()
        if text.startswith(word) and len(text) > len(word) and is_word(text[len(word)]):
            candidate.text = text[len(word) :]
            rows.append(index)
    # What no candidate foresaw starts with these letters by chance: less likely with each letter.
    other = (1 - total) * 0.3 ** len(word)
    agreeing = float(chances[rows].sum())
    fitting = chances[rows] / max(agreeing + other, 1e-9)
    return ([candidates[index] for index in rows], table[rows]), np.minimum(fitting, 0.95)


def _evidence(candidate: Candidate) -> str:
    where = ("above in this file", "below in this file", "in this folder", "elsewhere in the workspace")
    place = where[candidate.best.where] if candidate.best else "in the workspace"
    if candidate.level:
        return f"the last {candidate.level} tokens stand in the same order {place}"
    if candidate.renamed:
        return f"a line of the same shape with other names stands {place}"
    return f"a line of the same shape stands {place}"
