"""The lines above the cursor's: which of them say what a name is there, and whose method it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..index.lexer import split_indent, words_of
from .lines import FUNCTIONS, is_name

LINES = 300
"""Lines above the cursor that are read for what a name is."""
_CLASS_LINES = 2_000
_FUNCTIONS = frozenset(FUNCTIONS)


class Above:
    """What stands above line `number` of `lines`."""

    # Knows nobody who asks it: a question holds thousands of lines, and what points at itself is only let go once the
    # garbage collector comes by.

    def __init__(self, lines: Sequence[str], number: int) -> None:
        self._lines = lines
        self._number = number

    def in_scope(self, name: str) -> Iterator[tuple[int, Sequence[str]]]:
        """The lines above that hold `name`, nearest first, each with its number and words, without what is inside
        functions that are over; attributes are known everywhere."""
        depth = self._depth()
        margin: int | None = None  # of the function around, once it is left
        for number in range(self._number - 1, max(-1, self._number - LINES - 1), -1):
            line = self._lines[number]
            found = name in line
            if not found and margin is None and "(" not in line:
                continue
            indent = len(split_indent(line)[0])
            words = words_of(line)
            if found and (margin is None or indent <= margin or f".{name}" in line):
                yield number, words
            if (
                words
                and indent < (depth if margin is None else margin)
                and not _FUNCTIONS.isdisjoint(words[:4])
            ):
                margin = indent

    def _depth(self) -> int:
        """How far the line of the cursor is indented."""
        return len(split_indent(self._lines[self._number])[0]) if self._number < len(self._lines) else 0

    def class_around(self) -> str:
        """The class or type whose method the cursor stands in; '' for none."""
        # Outwards along the indentation: each line that is indented less opens the block around.
        depth = self._depth()
        for line in reversed(self._lines[max(0, self._number - _CLASS_LINES) : self._number]):
            indent, rest = split_indent(line)
            if rest.strip() and len(indent) < depth:
                words = words_of(line)
                if "class" in words[:4] and len(words) > words.index("class") + 1:
                    return words[words.index("class") + 1]
                if "impl" in words[:2]:
                    return _implemented(words[words.index("impl") + 1 :])
                depth = len(indent)
        return ""


def _implemented(words: Sequence[str]) -> str:
    """The type of a block of Rust's methods, by what stands behind `impl`: `<T> Trait<T> for Type<T> {`."""
    depth, last = 0, ""
    for word in words:
        depth += (word == "<") - (word.count(">") if word in (">", ">>") else 0)
        if word in ("{", "where"):
            break
        if word == "for" and not depth:
            last = ""
        elif not depth and is_name(word):
            last = word  # `fmt::Display`: the last name of a path
    return last
