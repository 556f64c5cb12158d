"""JSON that a server sent, read without trust: what is missing or of another kind reads as nothing, not as an error."""

from __future__ import annotations

import json
from typing import Any

from attrs import define

MOST = 1 << 40
"""Larger counts, of tokens or slots, are taken for mistakes."""


@define(frozen=True, slots=True)
class Document:
    """A JSON value. Each method gives an empty value where this one is not what it asks for."""

    value: Any = None

    @classmethod
    def parse(cls, data: bytes) -> Document:
        """The document in `data`; an empty one where there is none, or one nested too deeply to be read."""
        try:
            return cls(json.loads(data))
        except (ValueError, RecursionError):
            return cls()

    def at(self, *names: str) -> Document:
        """The value below `names`, one table deeper with each."""
        value = self.value
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return Document(value)

    def has(self, *names: str) -> bool:
        """Whether this is a table with all of these names."""
        return isinstance(self.value, dict) and all(name in self.value for name in names)

    def text(self) -> str:
        """The text, in one line that can be shown."""
        return " ".join(self.value.split()) if isinstance(self.value, str) else ""

    def raw(self) -> str:
        """The text as it is."""
        return self.value if isinstance(self.value, str) else ""

    def count(self) -> int | None:
        """A whole number above 0, also where it is written as text or with a fraction of zero."""
        value = self.value
        # Some servers and gateways write numbers as text, others as 4096.0.
        if isinstance(value, str) and len(value) <= 20 and value.strip().isdecimal():
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        good = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST
        return value if good else None

    def items(self) -> list[Document]:
        """The members of a list."""
        return [Document(one) for one in self.value] if isinstance(self.value, list) else []

    def fields(self) -> list[tuple[str, Document]]:
        """The names and values of a table."""
        return [(k, Document(v)) for k, v in self.value.items()] if isinstance(self.value, dict) else []
