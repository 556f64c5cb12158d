"""The built-in model: what it has learnt from the workspace, and what it proposes at a cursor."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt
from attrs import define

from dovetail.privacy import find_secrets
from dovetail.text import Point, Snapshot, split_lines

from ..index.document import REACH
from ..index.lexer import LONGEST, Vocabulary, is_word
from ..index.library import Library
from ..index.segment import Segment
from .features import Candidate
from .gate import EXTENDED
from .question import Question, State
from .ranker import Ranker, shipped

_WORD_BEFORE = re.compile(r"\w+\Z")
_CLOSERS = re.compile(r"\s*+[)>}\]\"'`]*+\s*+[:{;,]?+\s*+\Z")


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


class BuiltinModel:
    """Learns files and completes lines. `update`, `remove` and `adopt` may be called from another thread
    than `complete`; a question sees the state before or after, never one between."""

    def __init__(self, ranker: Ranker | None = None) -> None:
        self._ranker = ranker
        self._writing = Lock()
        self._generation = 0
        self._state = State.of(Library(Vocabulary()))

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
            self._state = State.of(library)
            self._generation += 1

    @property
    def generation(self) -> int:
        """Changes when what was learnt is replaced as a whole: then documents are to be prepared again."""
        return self._generation

    def prepare(self, snapshot: Snapshot, position: Point | None = None) -> None:
        """Index an open document ahead of the first question (may run in another thread), with the cursor
        at `position` if one is known."""
        pieces = self._state.pieces
        start = 0 if position is None else max(0, position.line - REACH - 1)
        lines = snapshot.lines.slice(start, start + 2 * (REACH + 1))
        if position is None:
            pieces.prepare(lines)
        else:
            # Not the line that is being typed: half a word must not become one of the vocabulary.
            number = position.line - start
            pieces.prepare(lines[:number])
            pieces.prepare(lines[number + 1 :])
            pieces.around(lines, number)

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
        # One line more on each side, so that a cut-off end of the document is seen to be one.
        start = max(0, position.line - REACH - 1)
        lines = snapshot.lines.slice(start, position.line + REACH + 2)
        number = position.line - start
        line = snapshot.line(position.line)
        if len(line) > LONGEST or count < 1:
            return []
        head, tail = line[: position.column], line[position.column :].rstrip()
        question = Question(self._state, lines, number, path, live)
        ranker = self._ranker or shipped()
        candidates, table = question.candidates(head)
        options = list(
            zip([c.text for c in candidates], ranker.chance(table).tolist(), candidates, strict=True)
        )
        word = _WORD_BEFORE.search(head)
        if word and not question.knows(word[0]):
            options += _of_word(question, head, word[0], ranker)
        if tail:
            options = _before(tail.strip(), options)
        options.sort(key=lambda option: -option[1])
        proposals: dict[str, Proposal] = {}
        for text, chance, candidate in options:
            if len(proposals) == count:
                break
            if text in proposals or find_secrets(text):
                continue
            more = question.following(candidate) if multiline and not tail and chance >= EXTENDED else ""
            proposals[text] = Proposal(text + more, chance, _evidence(candidate))
        return list(proposals.values())

    def rank(
        self, lines: Sequence[str], number: int, head: str, path: str
    ) -> tuple[list[Candidate], npt.NDArray[np.float32]]:
        """The candidates and their features, for fitting the ranker."""
        return Question(self._state, lines, number, path, ()).candidates(head)


_Option = tuple[str, float, Candidate]
"""A text, its chance, and the evidence for it."""


def _before(tail: str, options: Sequence[_Option]) -> list[_Option]:
    """Options that fit in front of text which already stands on the line: what they repeat of it is cut off;
    where it is more than closing signs, only those that lead up to it are kept."""
    closers = bool(_CLOSERS.match(tail))
    kept = []
    for text, chance, candidate in options:
        text = text.rstrip()
        if text.endswith(tail):
            text = text[: -len(tail)]
        elif not closers:
            continue
        if text.strip():
            kept.append((text, chance, candidate))
    return kept


def _of_word(question: Question, head: str, word: str, ranker: Ranker) -> list[_Option]:
    """Options that go on with the word being typed: asked for in front of it, then conditioned on it."""
    candidates, table = question.candidates(head[: -len(word)])
    chances = ranker.chance(table).tolist()
    agreeing = []
    for candidate, chance in zip(candidates, chances, strict=True):
        text = candidate.text.lstrip()
        if text.startswith(word) and len(text) > len(word) and is_word(text[len(word)]):
            agreeing.append((text[len(word) :], chance, candidate))
    # What no candidate foresaw starts with these letters by chance: less likely with each letter.
    other = max(0.0, 1 - sum(chances)) * 0.3 ** len(word)
    total = max(sum(chance for _, chance, _ in agreeing) + other, 1e-9)
    return [(text, min(chance / total, 0.95), candidate) for text, chance, candidate in agreeing]


def _evidence(candidate: Candidate) -> str:
    where = ("above in this file", "below in this file", "in this folder", "elsewhere in the workspace")
    place = where[candidate.best.where] if candidate.best else "in the workspace"
    if candidate.level:
        return f"the last {candidate.level} tokens stand in the same order {place}"
    if candidate.renamed:
        return f"a line of the same shape with other names stands {place}"
    return f"a line of the same shape stands {place}"
