"""One cursor, and what whole-line evidence says of it, looked up as far as somebody asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from ..index.lexer import is_word, split_indent
from ..words.chain import Options
from .features import Candidate
from .question import Question
from .ranker import Ranker
from .tail import is_closed

_WORD_BEFORE = re.compile(r"\w+\Z")
_MOST_LINES = 24

Option = tuple[str, float, Candidate]
"""A text, its chance, and the evidence for it."""


class Asked:
    """One cursor, and what whole-line evidence says of it."""

    def __init__(self, question: Question, head: str, tail: str, ranker: Ranker) -> None:
        self.question = question
        self.head = head
        """The line up to the cursor."""
        self.tail = tail
        """The line behind it, without spaces around."""
        self.closed = is_closed(tail)
        """Whether anything new may come: between words only the one that is being typed is gone on with, as what comes
        behind it stands there already."""
        self._ranker = ranker
        self.known: list[Option] | None = None
        """`whole`, as far as it was asked for."""

    @cached_property
    def inside(self) -> list[Option]:
        """Rests of the line where the word that is being typed goes on."""
        word = _WORD_BEFORE.search(self.head)
        return _of_word(self.question, self.head, word[0], self._ranker) if word else []

    @property
    def is_new(self) -> bool:
        """Whether a word is being typed that no known word begins with."""
        word = _WORD_BEFORE.search(self.head)
        return word is not None and not self.question.begins(word[0])

    def whole(self) -> list[Option]:
        """The same where what is typed of a word is all of it; of those between words what leads up to the tail."""
        # Looked up when first asked for: at most keys in the middle of a word nobody asks.
        if self.known is None:
            candidates, table = self.question.candidates(self.head, "" if self.closed else self.tail)
            chances = self._ranker.chance(table).tolist()
            self.known = list(zip([c.text for c in candidates], chances, candidates, strict=True))
        return self.known

    def next_words(self) -> list[Options]:
        """What the next token may be; between words only the one that is typed in part."""
        return self.question.next_words(
            split_indent(self.head)[1],
            lambda: likely_lines(self.whole()),
            likely_lines(self.inside),
            new=self.closed,
        )


def likely_lines(options: Sequence[Option]) -> list[tuple[str, float]]:
    """The likeliest rests of the line with their chances."""
    likely = sorted(((chance, text) for text, chance, _ in options), reverse=True)[:_MOST_LINES]
    return [(text, chance) for chance, text in likely]


def _of_word(question: Question, head: str, word: str, ranker: Ranker) -> list[Option]:
    """Options that go on with the word being typed: asked for in front of it, then conditioned on it."""
    unjudged = question.unjudged(head[: -len(word)])
    # Behind most whole words none does, and how likely the others are does not matter.
    if not any(_goes_on(candidate.text.lstrip(), word) for candidate in unjudged.everyone):
        return []
    candidates, table = unjudged.judged()
    chances = ranker.chance(table).tolist()
    agreeing = [
        (candidate.text.lstrip()[len(word) :], chance, candidate)
        for candidate, chance in zip(candidates, chances, strict=True)
        if _goes_on(candidate.text.lstrip(), word)
    ]
    # What no candidate foresaw starts with these letters by chance: less likely with each letter.
    other = max(0.0, 1 - sum(chances)) * 0.3 ** len(word)
    total = max(sum(chance for _, chance, _ in agreeing) + other, 1e-9)
    # Conditioned: among the candidates that begin with these letters. Never quite sure, since half a word is
    # little.
    return [(text, min(chance / total, 0.95), candidate) for text, chance, candidate in agreeing]


def _goes_on(text: str, word: str) -> bool:
    """Whether `text` begins with a longer word that begins with `word`."""
    return text.startswith(word) and len(text) > len(word) and is_word(text[len(word)])
