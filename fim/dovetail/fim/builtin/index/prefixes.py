"""Words by their first letters."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from threading import Lock

import numpy as np

from .lexer import Ids, Vocabulary, is_word

_STEP = 20_000
_LAST = chr(0x10FFFF)
_MANY, _MOST_FRESH = 64, 4_096


class Prefixes:
    """The words of a vocabulary in order, which follows it as it grows. Threads may share it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._lock = Lock()
        self._read = len(vocabulary.stored)
        self._words: tuple[list[str], Ids, list[str]] = [], np.empty(0, np.int32), []
        """The words that are not stored in order, their numbers, and in order the words that came since; replaced
        together."""
        self._follow()

    def ids(self, start: str) -> Ids:
        """The canonical tokens that begin with `start`, the first part of a word, itself included."""
        if self._read < len(self._vocabulary):
            self._follow()
        words, ids, fresh = self._words
        found = ids[bisect_left(words, start) : bisect_left(words, start + _LAST)]
        new = fresh[bisect_left(fresh, start) : bisect_left(fresh, start + _LAST)]
        # Tokens with spaces before them begin with these, so that all that is found is canonical.
        stored = self._vocabulary.stored.beginning(start) if self._vocabulary.stored else found[:0]
        parts = [part for part in (stored, found, self._numbers(new)) if len(part)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts or [found])

    def _follow(self) -> None:
        with self._lock:
            texts = self._vocabulary.texts
            low, high = self._read, len(self._vocabulary)
            new: list[str] = []
            for start in range(low, high, _STEP):  # in steps, so that other threads get their turn
                some = [texts[number] for number in range(start, min(start + _STEP, high))]
                new += sorted(filter(is_word, some))
            words, ids, fresh = self._words
            if len(new) > _MANY or len(fresh) + len(new) > _MOST_FRESH:
                everything = sorted([*words, *fresh, *new])  # runs in order are merged, which is quick
                self._words = everything, self._numbers(everything), []
            elif new:
                self._words = words, ids, sorted([*fresh, *new])
            self._read = high

    def _numbers(self, words: Sequence[str]) -> Ids:
        return np.fromiter(map(self._vocabulary.find, words), np.int32, len(words))
