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
        self._read = 0
        self._words: tuple[list[str], Ids, list[str]] = [], np.empty(0, np.int32), []
        """All words in order, their numbers, and in order the words that came since; replaced together."""
        self._follow()

    def ids(self, start: str) -> Ids:
        """The canonical tokens that begin with `start`, itself included."""
        if self._read < len(self._vocabulary):
            self._follow()
        words, ids, fresh = self._words
        found = ids[bisect_left(words, start) : bisect_left(words, start + _LAST)]
        new = fresh[bisect_left(fresh, start) : bisect_left(fresh, start + _LAST)]
        return np.concatenate((found, self._numbers(new))) if new else found

    def _follow(self) -> None:
        with self._lock:
            texts = self._vocabulary.texts
            low, high = self._read, len(texts)
            new: list[str] = []
            for start in range(low, high, _STEP):  # in steps, so that other threads get their turn
                new += sorted(filter(is_word, texts[start : min(start + _STEP, high)]))
            words, ids, fresh = self._words
            if len(new) > _MANY or len(fresh) + len(new) > _MOST_FRESH:
                everything = sorted([*words, *fresh, *new])  # runs in order are merged, which is quick
                self._words = everything, self._numbers(everything), []
            elif new:
                self._words = words, ids, sorted([*fresh, *new])
            self._read = high

    def _numbers(self, words: Sequence[str]) -> Ids:
        return np.fromiter(map(self._vocabulary.find, words), np.int32, len(words))
