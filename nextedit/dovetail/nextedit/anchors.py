"""What the lines beside an insertion have in common, once it was made often enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define

from .model import Edit
from .tokens import is_word, tokens

EXAMPLES = 3
"""Insertions alike before the lines beside them are taken for a pattern."""
CONSTANT = 3
"""Tokens that a line's shape must share, at least; one of them a word."""

Shape = tuple[str | None, ...]
"""Tokens of a line; None is one in which the examples differ."""


@define(frozen=True, slots=True)
class Anchor:
    """A line beside the insertion that says where it belongs."""

    shape: Shape
    blank: int
    """Blank lines between it and the insertion."""

    @property
    def needle(self) -> str:
        """A text that each such line holds: the longest token that is the same in all."""
        return max((word for word in self.shape if word is not None), key=len)

    def fits(self, line: str) -> bool:
        """Whether a line has the shape."""
        words = tokens(line).words
        return len(words) == len(self.shape) and all(
            mine is None or mine == word for mine, word in zip(self.shape, words, strict=True)
        )


def anchors(examples: Sequence[Edit]) -> tuple[Anchor | None, Anchor | None]:
    """What the lines above the examples have in common, and what those below have; None for too little."""
    if len(examples) < EXAMPLES:
        return None, None
    return (
        # Both sides are read away from the insertion.
        _common(examples, lambda edit: edit.above[::-1]),
        _common(examples, lambda edit: edit.below),
    )


def _common(examples: Sequence[Edit], beside: Callable[[Edit], tuple[str, ...]]) -> Anchor | None:
    blanks: set[int] = set()
    lines: list[tuple[str, ...]] = []
    for edit in examples:
        near = beside(edit)
        # Blank lines in between are part of the pattern: with another number of them it is another place.
        blank = next((at for at, line in enumerate(near) if line.strip()), None)
        if blank is None:
            return None
        blanks.add(blank)
        lines.append(tokens(near[blank]).words)
    # Column by column, which takes lines of one length: an alignment of unlike lines would find likeness in anything.
    if len(blanks) != 1 or len({len(words) for words in lines}) != 1:
        return None
    shape = tuple(column[0] if len(set(column)) == 1 else None for column in zip(*lines, strict=True))
    same = [word for word in shape if word is not None]
    if len(same) < CONSTANT or not any(is_word(word) for word in same):
        return None
    return Anchor(shape, blanks.pop())
