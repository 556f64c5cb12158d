"""How likely guesses are right in this workspace: the ranker's chances, moved by what was typed after earlier guesses.

A workspace may be easier or harder than the histories that the ranker was fitted on. The correction is one number,
added to the log-odds of every chance: the mean of its posterior under a normal prior around 0, followed with one Newton
step a guess. It is bounded, kept in memory, and never written anywhere.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict

from attrs import define, evolve, field

_PRIOR = 0.4
"""The standard deviation of the offset before anything is seen."""
_MOST = 0.8
_WEIGHT = 0.5
"""How much one guess counts: those that follow each other on a line tell partly the same."""
_FORGOTTEN = 400.0
"""What is known counts as from so many guesses at most, so that the offset goes on following."""
_DOCUMENTS, _GUESSES = 16, 16
_FIRST_WORD = re.compile(r"\s*+(?:\w++|[^\w\s]++)")


@define(frozen=True, slots=True)
class _Guess:
    line: int
    head: str
    """The line before it; of one that was typed against, the line up to that key."""
    word: str
    chance: float
    """As the ranker gave it."""
    shown: bool
    against: str = ""
    """What was left of the word where something else was typed, without spaces around."""

    def is_again(self, head: str, word: str) -> bool:
        """Whether a guess of `word` behind `head` is this one, typed along, or was typed against: then it is not shown
        again on its line."""
        return self.against == word.strip() if self.against else self.head + self.word == head + word


@define(slots=True)
class Correction:
    """An offset in log-odds, learnt from guesses, shown or not."""

    offset: float = 0.0
    _precision: float = 1 / _PRIOR**2
    _open: OrderedDict[str, list[_Guess]] = field(init=False, factory=OrderedDict)
    """Guesses of which it is not known yet whether they are right, of each document."""

    def corrected(self, chance: float) -> float:
        """The chance in this workspace of what the ranker gives `chance`."""
        return _moved(chance, self.offset)

    def raw(self, chance: float) -> float:
        """What the ranker must give so that the chance in this workspace is `chance`."""
        return _moved(chance, -self.offset)

    def guessed(self, uri: str, line: int, head: str, text: str, chance: float, *, shown: bool) -> None:
        """A guess was made behind `head`, and `shown` or kept back. What is the rest of one that is shown and typed
        along is that same guess: it is judged once, with the chance at which it came up. Nor is one judged again that
        was typed against on this line."""
        word = _FIRST_WORD.match(text)
        if word is None:
            return
        guesses = self._open.setdefault(uri, [])
        # Otherwise a wrong name of twenty letters would count twenty times, a right one, which is taken, once.
        if any(guess.shown and guess.line == line and guess.is_again(head, word[0]) for guess in guesses):
            return
        guesses.append(_Guess(line, head, word[0], chance, shown))
        del guesses[:-_GUESSES]
        self._open.move_to_end(uri)
        while len(self._open) > _DOCUMENTS:
            self._open.popitem(last=False)

    def typed(self, uri: str, line: int, head: str) -> None:
        """The line reads `head` up to the cursor now: what does that say of the last guesses?"""
        still = []
        for guess in self._open.pop(uri, ()):
            if guess.line != line or not head.startswith(guess.head):
                # Another line, or the cursor went back: what is typed there says nothing of the guess.
                continue
            if guess.against:
                still.append(guess)  # judged
                continue
            typed = head[len(guess.head) :]
            # The first word decides: where it is right the guess was worth showing, whatever comes of the
            # rest.
            if typed.startswith(guess.word):
                self._learn(guess.chance, True)
            elif not guess.word.startswith(typed):
                self._learn(guess.chance, False)
                # Behind what is typed now, so that it is forgotten when the cursor goes back.
                still.append(evolve(guess, head=head, against=_left(guess.word, typed)))
            elif typed:
                still.append(guess)  # typed in part
        if still:
            self._open[uri] = still

    def _learn(self, chance: float, right: bool) -> None:
        # One Newton step of logistic regression on a single coefficient: gradient by curvature.
        now = self.corrected(chance)
        weight = _WEIGHT * now * (1 - now)
        # A quarter is the curvature at even odds: so much can a guess tell at most.
        self._precision = min(self._precision + weight, _FORGOTTEN * _WEIGHT * 0.25)
        self.offset += _WEIGHT * (right - now) / self._precision
        self.offset = max(-_MOST, min(_MOST, self.offset))


def _left(word: str, typed: str) -> str:
    """What of `word` was not typed where something else came, without spaces around."""
    same = 0
    while word[same] == typed[same]:
        same += 1
    return word[same:].strip()


def _moved(chance: float, offset: float) -> float:
    if not 0 < chance < 1 or not offset:
        return chance
    odds = chance / (1 - chance) * math.exp(offset)
    return odds / (1 + odds)
