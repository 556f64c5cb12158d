"""Which words stand near the cursor, and how many lines off."""

from __future__ import annotations

from collections.abc import Sequence

from .lexer import Vocabulary

ABOVE_LINES, BELOW_LINES = 400, 200
"""Words farther off are not known."""
UNKNOWN = -1

Words = dict[int, int]
"""The canonical tokens of a piece, each with the number of the line that is nearest to the cursor."""


class Names(dict[str, int]):
    """The distance of each word from the cursor in lines, looked up when first asked for; `UNKNOWN` for a word
    that is not near. A word above hides the same word below.

    `above` are pieces of the text, each with the distance of its first line, nearest first; so are `below`.
    """

    __slots__ = ("_above", "_below", "_vocabulary")

    def __init__(
        self,
        vocabulary: Vocabulary,
        above: Sequence[tuple[Words, int]],
        below: Sequence[tuple[Words, int]],
    ) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._above = above
        self._below = below

    def __missing__(self, word: str) -> int:
        distance = self[word] = self._search(word)
        return distance

    def _search(self, word: str) -> int:
        # A word that is nowhere in the vocabulary stands in no piece either.
        token = self._vocabulary.find(word)
        if token < 0:
            return UNKNOWN
        for words, start in self._above:
            line = words.get(token)
            if line is not None:
                if start - line <= ABOVE_LINES:
                    return start - line
                break
        for words, start in self._below:
            line = words.get(token)
            if line is not None:
                return start + line if start + line < BELOW_LINES else UNKNOWN
        return UNKNOWN
