"""Sets of words, written as a person reads them."""

from __future__ import annotations


def words(*lines: str) -> frozenset[str]:
    """The words of some lines, parted by spaces."""
    return frozenset(" ".join(lines).split())
