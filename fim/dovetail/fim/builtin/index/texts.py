"""The texts of tokens by number: those of a stored vocabulary are read from its file when they are first asked for.

A million lines have some 200,000 tokens, of which one session looks at a few thousand; as Python strings, with a
dictionary to find them by, they would take a fifth of what the server has in memory.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from attrs import define, field

_KEY = 8
"""Bytes of a text that are compared as one number."""
_BEYOND = b"\xff"
"""Sorts behind every character of UTF-8."""


@define(slots=True, eq=False)
class StoredTexts:
    """Texts as they lie in a file: UTF-8, one behind the other."""

    data: memoryview
    begins: memoryview
    """Where each text begins in `data`, and where the last one ends."""
    order: npt.NDArray[np.int32]
    """The numbers of the texts, sorted by their bytes, which is by their code points."""
    _keys: memoryview = field(init=False)
    """The first bytes of each, in this order."""

    def __attrs_post_init__(self) -> None:
        keys = np.zeros(len(self.order), np.uint64)
        if len(keys):
            data, begins = np.frombuffer(self.data, np.uint8), np.asarray(self.begins)
            first, last = begins[self.order], begins[self.order + 1]
            # From the left to the right; behind a short text stand zeros, which sort before everything.
            for place in range(_KEY):
                there = np.flatnonzero(first + place < last)
                keys <<= 8
                keys[there] |= data[first[there] + place]
        self._keys = keys.data

    @classmethod
    def of(cls, texts: Iterable[bytes]) -> StoredTexts:
        """Lay `texts` out, all of them different."""
        texts = list(texts)
        begins = np.zeros(len(texts) + 1, np.int32)
        np.cumsum([len(text) for text in texts], out=begins[1:])
        order = np.array(sorted(range(len(texts)), key=texts.__getitem__), np.int32)
        return cls(memoryview(b"".join(texts)), begins.data, order)

    def __len__(self) -> int:
        return len(self.order)

    def bytes_of(self, number: int) -> bytes:
        """One text in UTF-8."""
        return bytes(self.data[self.begins[number] : self.begins[number + 1]])

    def find(self, text: str) -> int:
        """The number of a text, or -1."""
        wanted = text.encode("utf-8", "surrogatepass")
        at = self._place(wanted)
        if at == len(self.order) or self.bytes_of(self.order[at]) != wanted:
            return -1
        return int(self.order[at])

    def beginning(self, start: str) -> npt.NDArray[np.int32]:
        """The numbers of the texts that begin with `start`, in the order of these texts."""
        wanted = start.encode("utf-8", "surrogatepass")
        return self.order[self._place(wanted) : self._place(wanted + _BEYOND)]

    def _place(self, wanted: bytes) -> int:
        # Numbers are compared several times faster than texts are read, and few texts begin with the same bytes.
        key = int.from_bytes(wanted[:_KEY].ljust(_KEY, b"\0"), "big")
        low = bisect_left(self._keys, key)
        high = bisect_right(self._keys, key, low)
        return bisect_left(self.order.data, wanted, low, high, key=self.bytes_of)


NO_TEXTS = StoredTexts.of(())


class Texts(dict[int, str]):
    """The text of each raw token by its number. Stored ones come in when they are asked for."""

    __slots__ = ("_stored",)

    def __init__(self, stored: StoredTexts) -> None:
        super().__init__()
        self._stored = stored

    def __missing__(self, number: int) -> str:
        # Beyond what is stored only tokens that were added are known, and these stand in the dictionary
        # itself.
        if not 0 <= number < len(self._stored):
            raise KeyError(number)
        text = self[int(number)] = self._stored.bytes_of(number).decode("utf-8")
        return text
