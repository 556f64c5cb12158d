"""Text that may leave: `Shown`, made here alone, of a text whose secrets were found before it was cut.

`Shown` is a `str` that nobody can construct, so a type checker rejects a plain `str` where `Shown` is wanted. What
only takes away from it (a slice, `cut`) is `Shown` again, as is what puts several together (`join`, `+`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Literal, Self, SupportsIndex, final, overload
from weakref import WeakValueDictionary

from attrs import define, field

from dovetail.text import Lines, Point, split_lines

from .secrets import (
    MOST_LINES,
    START,
    Span,
    State,
    below_heading,
    spans_of_block,
    spans_of_line_at,
    spans_of_lines,
)

STAR = "*"
_NOT_ENDS = re.compile(r"[^\r\n]")


@final
class Shown(str):
    """Text without secrets: each is overwritten by stars, so lengths and positions are those of the original."""

    __slots__ = ()

    def __new__(cls, *, only_by_privacy: object) -> Self:
        raise TypeError("Shown is made by dovetail.privacy alone: use redact() or shown_lines()")

    # A part of what may be shown may be shown.
    def __getitem__(self, key: SupportsIndex | slice) -> Shown:
        return _shown(str.__getitem__(self, key))

    @overload
    def __add__(self, other: Shown) -> Shown: ...
    @overload
    def __add__(self, other: str) -> str: ...
    def __add__(self, other: str) -> str:
        text = str.__add__(self, other)
        return _shown(text) if isinstance(other, Shown) else text

    def plain_ends(self) -> Shown:
        """With `\\n` for every line end."""
        return _shown(self.replace("\r\n", "\n").replace("\r", "\n")) if "\r" in self else self

    def lines(self) -> list[Shown]:
        """The lines with their ends, as `dovetail.text.split_lines` has them."""
        return [_shown(line) for line in split_lines(self)]

    def stripped(self) -> Shown:
        """As `strip`."""
        return _shown(self.strip())

    def pieces(self, separator: str) -> list[Shown]:
        """As `split`."""
        return [_shown(part) for part in self.split(separator)]


def _shown(text: str) -> Shown:
    return str.__new__(Shown, text)


NOTHING = _shown("")


def join(parts: Iterable[Shown], separator: Literal["", " ", ", ", "\n", "\n\n"] = "") -> Shown:
    """The parts, one after another."""
    return _shown(separator.join(parts))


def redact(text: str, known: Collection[str] = ()) -> Shown:
    """`text` with every secret in it overwritten by `*`. Length and line ends stay, so positions hold.

    `text` should be whole: of a part that begins or ends inside a key, the key may not be known.

    Args:
        known: secrets that were found elsewhere (see `secrets_of`); they are overwritten wherever they occur.
    """
    if known:
        # Known secrets first: what is left is then searched as any text.
        text = _pattern_of(frozenset(known)).sub(lambda match: _NOT_ENDS.sub(STAR, match[0]), text)
    elif isinstance(text, Shown):
        return text
    lines = split_lines(text)
    found = spans_of_lines(lines)
    if not any(found):
        return _shown(text)
    return _shown("".join(map(_starred, lines, found)))


def _starred(line: str, spans: Iterable[Span]) -> str:
    done, parts = 0, []
    for start, end, _ in spans:
        parts.append(line[done:start])
        parts.append(_NOT_ENDS.sub(STAR, line[start:end]))
        done = end
    return "".join([*parts, line[done:]]) if parts else line


_WHOLE = 32
"""Of a secret longer than this the first so many code points are enough, since quotations are cut."""
_SHORT = 6
"""A secret shorter than this is also a word, and is only overwritten where it stands behind its name."""


def secrets_of(text: str) -> frozenset[str]:
    """The secrets in `text`, for `redact` of what quotes it. The lines of a private key are one each."""
    lines = split_lines(text)
    found = {
        line[start:end]
        for line, spans in zip(lines, spans_of_lines(lines), strict=True)
        for start, end, _ in spans
    }
    return frozenset(secret for secret in found if len(secret) >= _SHORT)


@lru_cache(maxsize=8)
def _pattern_of(known: frozenset[str]) -> re.Pattern[str]:
    # The longest first, since alternatives are tried in order and one secret may begin like another.
    ordered = sorted(known, key=len, reverse=True)
    parts = (re.escape(one) if len(one) <= _WHOLE else re.escape(one[:_WHOLE]) + r"\S*" for one in ordered)
    return re.compile("|".join(parts))


_NO_SPANS: tuple[Span, ...] = ()


@define(slots=True, eq=False)
class ShownLines:
    """A document as it may be shown. Lines, columns and lengths are those of the document.

    Secrets are found when a part is first asked for, in blocks of lines that later versions share: a keystroke
    costs one block's look-up. A block is read together with the lines before it, so that a key that begins
    further up is known.
    """

    lines: Lines
    cursor: Point | None = None
    """Where the user types: a value behind a telling name is taken for a secret there however short it is."""
    _at_cursor: tuple[Span, ...] | None = field(init=False, default=None)
    _firsts: list[int] = field(init=False)
    _blocks: tuple[tuple[str, ...], ...] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._blocks = self.lines.blocks
        first, firsts = 0, []
        for block in self._blocks:
            firsts.append(first)
            first += len(block)
        self._firsts = firsts

    def __len__(self) -> int:
        return len(self.lines)

    def secrets(self, line: int) -> tuple[Span, ...]:
        """The secrets of a line, as (start, end, kind), columns in code points."""
        if not 0 <= line < len(self.lines):
            return _NO_SPANS
        index = bisect_right(self._firsts, line) - 1
        spans = self._found(index).get(line - self._firsts[index], _NO_SPANS)
        # The line at the cursor is judged stricter than what is kept, which other requests share.
        if self.cursor is not None and line == self.cursor.line:
            # Once for both sides of the cursor, and for all else that is cut from this version.
            if self._at_cursor is not None:
                return self._at_cursor
            text = self.lines[line]
            above = self.lines.slice(max(0, line - LOOK_BACK), line)
            # A table's heading is the first line, however far up.
            if line > LOOK_BACK:
                above.insert(0, self.lines[0])
            spans = spans_of_line_at(text, self.cursor.column, spans, above)
            self._at_cursor = spans
        return spans

    def slice(self, start: int, stop: int) -> list[Shown]:
        """Lines `start` to `stop` (exclusive) with their ends, clamped to the document."""
        return [_shown(line) for line in self._texts(start, stop)]

    def starred(self, start: int, stop: int) -> dict[int, Shown]:
        """Of the lines `start` to `stop` (exclusive) those that hold a secret, by their numbers; the others may be
        shown as they are."""
        found = {}
        for index, first in enumerate(self._firsts):
            if first < stop and first + len(self._blocks[index]) > start:
                for row, spans in self._found(index).items():
                    if start <= first + row < stop:
                        found[first + row] = _shown(_starred(self._blocks[index][row], spans))
        return found

    def between(self, start: Point, end: Point) -> Shown:
        """The text from `start` to `end`."""
        lines = self._texts(start.line, end.line + 1)
        if not lines:
            return NOTHING
        # The last before the first: they may be the same line.
        lines[-1] = lines[-1][: end.column]
        lines[0] = lines[0][start.column :]
        return _shown("".join(lines))

    @property
    def text(self) -> Shown:
        """The whole text."""
        return _shown("".join(self._texts(0, len(self.lines))))

    def _texts(self, start: int, stop: int) -> list[str]:
        start, stop = max(start, 0), min(stop, len(self.lines))
        result = self.lines.slice(start, stop)
        for number, covered in self.starred(start, stop).items():
            result[number - start] = covered
        # The line at the cursor has secrets that `starred` does not know of: it is done once more, from the
        # bare line.
        if self.cursor is not None and start <= self.cursor.line < stop:
            line = self.cursor.line
            result[line - start] = _starred(self.lines[line], self.secrets(line))
        return result

    def _found(self, index: int) -> dict[int, tuple[Span, ...]]:
        return _BLOCKS.find(self._blocks, index)


LOOK_BACK = 384
"""Lines before a block from which it is known what is open where it begins: more than the longest private key has."""


class _Blocks:
    """What was found in blocks of lines, by the identity of the block, where it stands and what is open there."""

    MOST = 1024
    MOST_TEXT = 1 << 24
    """Code points of the text that is held on to, for files whose lines are long."""

    def __init__(self) -> None:
        self._known: dict[
            tuple[int, State, tuple[str, ...]],
            tuple[tuple[str, ...], dict[int, tuple[Span, ...]], State, int],
        ] = {}
        self._held = 0

    def find(self, blocks: tuple[tuple[str, ...], ...], index: int) -> dict[int, tuple[Span, ...]]:
        first, before = index, 0
        while first > 0 and before < LOOK_BACK:
            first -= 1
            before += len(blocks[first])
        # A table of many lines has its heading at the top of the file, or near enough.
        state = below_heading(blocks[0][0]) if first > 0 else START
        found: dict[int, tuple[Span, ...]] = {}
        for at in range(first, index + 1):
            below = blocks[at + 1] if at + 1 < len(blocks) else ()
            found, behind = self._read(blocks[at], state, below[:1])
            # Only then: a block is read anew for each of the lines below it that it depends on.
            if behind.spread is not None:
                found, behind = self._read(blocks[at], state, below[:MOST_LINES])
            state = behind
        return found

    def _read(
        self, block: tuple[str, ...], state: State, below: tuple[str, ...]
    ) -> tuple[dict[int, tuple[Span, ...]], State]:
        key = id(block), state, below
        known = self._known.get(key)
        # The entry holds its block, so its identity cannot pass to another while it stands.
        if known is not None:
            return known[1], known[2]
        spans_by_row, behind = spans_of_block(block, state, below)
        found = {row: spans for row, spans in enumerate(spans_by_row) if spans}
        size = sum(map(len, block))
        while self._known and (len(self._known) >= self.MOST or self._held + size > self.MOST_TEXT):
            dropped = self._known.pop(next(iter(self._known)), None)
            self._held -= dropped[3] if dropped is not None else 0
        self._known[key] = block, found, behind, size
        self._held += size
        return found, behind


_BLOCKS = _Blocks()
_SHOWN: WeakValueDictionary[int, ShownLines] = WeakValueDictionary()
"""By the identity of the lines, which stands as long as the value does: that holds them. A dictionary with the lines
as weak keys would never let go of them."""


def shown_lines(lines: Lines) -> ShownLines:
    """A document as it may be shown; the same object for the same lines, as long as somebody has it."""
    known = _SHOWN.get(id(lines))
    if known is None:
        known = _SHOWN[id(lines)] = ShownLines(lines)
    return known


def shown_at(lines: Lines, cursor: Point) -> ShownLines:
    """As `shown_lines`, for a document in which the user types at `cursor`: what stands on both sides of it is read
    as one, and a value that is being typed behind a telling name is a secret from its first character on."""
    return ShownLines(lines, cursor)
