"""Which words stand near the cursor, and how many lines off."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from .lexer import Ids, Vocabulary

ABOVE_LINES, BELOW_LINES = 400, 199
"""Words farther off are not known."""
UNKNOWN = -1


class Names(dict[str, int]):
    """The distance of each word from the cursor in lines, looked up when first asked for; `UNKNOWN` for a word
    that is not near.

    `places` are canonical tokens, each with its distance: where a token comes twice, the later place counts.
    """

    __slots__ = ("_distances", "_vocabulary")

    def __init__(self, vocabulary: Vocabulary, places: Iterable[tuple[Ids, Ids]]) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        # By the numbers of all tokens: that is filled and read in less time than a dictionary of what is near.
        distances = np.full(len(vocabulary), UNKNOWN, np.int16)
        for tokens, lines in places:
            distances[tokens] = lines
        self._distances = distances.data

    def __missing__(self, word: str) -> int:
        token = self._vocabulary.find(word)
        # What is nowhere in the vocabulary, or came to it later, is not near either.
        near = 0 <= token < len(self._distances)
        distance = self[word] = self._distances[token] if near else UNKNOWN
        return distance
