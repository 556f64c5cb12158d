"""The lines of a document: an immutable sequence that shares what an edit leaves alone.

A document is a tuple of blocks, each a tuple of lines with their ends. An edit rebuilds the one or two blocks
that it touches and copies the tuple of blocks, so a keystroke costs the same in a file of 300 and of 35,000
lines. Line ends are LSP's: `\\n`, `\\r\\n` and `\\r`, nothing else; `str.splitlines` would also split at form
feed, U+2028 and others, and put every later position on the wrong line.
"""

from __future__ import annotations

import builtins
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from attrs import define, field

from ._positions import Point, utf8_length

# Lines in a block. An edit rebuilds one block and copies the tuple of blocks: for 35,000 lines that is 512
# lines and 70 references.
BLOCK = 512
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")

_PYTHONS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Where Python's `splitlines` ends a line and LSP does not."""


def split_lines(text: str) -> list[str]:
    """Split at LSP line ends, keeping them. The last line has no end; it is '' after a final line end."""
    # Python splits more than twice as fast as the list below, but at more than LSP's line ends.
    if not any(end in text for end in _PYTHONS):
        lines = text.splitlines(keepends=True)
        if not lines or lines[-1][-1] in "\r\n":
            lines.append("")
        return lines
    if "\r" not in text:
        lines = [line + "\n" for line in text.split("\n")]
        lines[-1] = lines[-1][:-1]
        return lines
    lines = _LINE.findall(text)
    if not lines or lines[-1][-1] in "\r\n":
        lines.append("")
    return lines


def without_end(line: str) -> str:
    """The line without its line end."""
    if line.endswith("\r\n"):
        return line[:-2]
    return line[:-1] if line.endswith(("\n", "\r")) else line


@define(frozen=True, slots=True)
class _Block:
    lines: tuple[str, ...]
    chars: int
    bytes: int
    feeds: int
    """Lines that end in `\\n`: tree-sitter counts its rows by these alone."""
    _starts: list[int] = field(factory=list, eq=False, repr=False)

    @property
    def starts(self) -> list[int]:
        """The byte at which each line starts, counted once; blocks outlive edits, so most are already
        there."""
        if not self._starts:
            # Counted before it is assigned: while an iterator is drawn into a slice, another thread that counts the
            # same block may fill the list, and the starts would stand there twice.
            length = len if self.bytes == self.chars else utf8_length
            starts = list(accumulate(map(length, self.lines[:-1]), initial=0))
            self._starts[:] = starts
        return self._starts

    _utf8: list[builtins.bytes] = field(factory=list, eq=False, repr=False)

    @property
    def utf8(self) -> builtins.bytes:
        """The block's text in UTF-8, encoded once."""
        if not self._utf8:
            self._utf8[:] = ["".join(self.lines).encode("utf-8", "surrogatepass")]
        return self._utf8[0]

    @classmethod
    def of(cls, lines: tuple[str, ...], *, plain: bool = False) -> _Block:
        """`plain`: the lines are ASCII, and none but the last ends otherwise than in `\\n`. Of a file of 200,000 lines
        that spares the copy of all of it which is counted below."""
        if plain:
            chars = sum(map(len, lines))
            return cls(lines, chars, chars, len(lines) - (not lines[-1].endswith("\n")))
        text = "".join(lines)
        return cls(lines, len(text), utf8_length(text), text.count("\n"))

    def with_lines(self, low: int, high: int, new: list[str]) -> _Block:
        """The block with others in place of lines `low` to `high` (exclusive). Counted by what changes: a line may be
        megabytes long, and of 500 lines a key touches one."""
        gone = self.lines[low:high]
        return _Block(
            (*self.lines[:low], *new, *self.lines[high:]),
            self.chars + sum(map(len, new)) - sum(map(len, gone)),
            self.bytes + sum(map(utf8_length, new)) - sum(map(utf8_length, gone)),
            self.feeds + sum(line.endswith("\n") for line in new) - sum(line.endswith("\n") for line in gone),
        )


@define(frozen=True, slots=True, eq=False)
class Lines:
    """The text of a document as lines. Always at least one line; only the last has no line end."""

    _blocks: tuple[_Block, ...]
    _count: int
    # Lists in a frozen class: each is empty until its value is asked for, and then holds the one value.
    _text: list[str] = field(factory=list, repr=False)
    _index: list[tuple[list[int], list[int]]] = field(factory=list, repr=False)

    @property
    def _firsts(self) -> tuple[list[int], list[int]]:
        """The first line and the first byte of every block."""
        if not self._index:
            counts = accumulate((len(block.lines) for block in self._blocks[:-1]), initial=0)
            sizes = accumulate((block.bytes for block in self._blocks[:-1]), initial=0)
            self._index[:] = [(list(counts), list(sizes))]
        return self._index[0]

    @classmethod
    def from_text(cls, text: str) -> Lines:
        lines = split_lines(text)
        plain = text.isascii() and "\r" not in text
        blocks = tuple(
            _Block.of(tuple(lines[i : i + BLOCK]), plain=plain) for i in range(0, len(lines), BLOCK)
        )
        return cls(blocks, len(lines), [text])

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        for block in self._blocks:
            yield from block.lines

    def __getitem__(self, line: int) -> str:
        if not 0 <= line < self._count:
            raise IndexError(line)
        index, first = self._block_of(line)
        return self._blocks[index].lines[line - first]

    def _block_of(self, line: int) -> tuple[int, int]:
        if not 0 <= line < self._count:
            raise IndexError(line)
        firsts = self._firsts[0]
        index = bisect_right(firsts, line) - 1
        return index, firsts[index]

    @property
    def text(self) -> str:
        """The whole text (joined once, then kept)."""
        if not self._text:
            self._text.append("".join(line for block in self._blocks for line in block.lines))
        return self._text[0]

    @property
    def blocks(self) -> tuple[tuple[str, ...], ...]:
        """The lines in runs. Versions of a document share the runs that no edit touched (the same objects), so what
        is kept about a run holds for as long as it is there."""
        return tuple(block.lines for block in self._blocks)

    @property
    def chars(self) -> int:
        """Length of the whole text in code points."""
        return sum(block.chars for block in self._blocks)

    @property
    def bytes(self) -> int:
        """Length of the whole text in UTF-8 bytes."""
        return sum(block.bytes for block in self._blocks)

    @property
    def end(self) -> Point:
        """The place behind the last character."""
        return Point(self._count - 1, len(self[self._count - 1]))

    def slice(self, start: int, stop: int) -> list[str]:
        """Lines `start` to `stop` (exclusive), clamped to the document."""
        start, stop = max(start, 0), min(stop, self._count)
        result: list[str] = []
        first = 0
        for block in self._blocks:
            last = first + len(block.lines)
            if last > start:
                result += block.lines[max(start - first, 0) : stop - first]
            if last >= stop:
                break
            first = last
        return result

    def clamp(self, point: Point) -> Point:
        """The nearest place that exists: never inside a line end, never outside the document."""
        line, column = point
        if line < 0:
            return Point(0, 0)
        if line >= self._count:
            return self.end
        text = self[line]
        length = len(text) - (2 if text.endswith("\r\n") else text.endswith(("\n", "\r")))
        return Point(line, max(0, min(column, length)))

    def between(self, start: Point, end: Point) -> str:
        """The text from `start` to `end`."""
        if start.line == end.line:
            return self[start.line][start.column : end.column]
        lines = self.slice(start.line, end.line + 1)
        lines[0] = lines[0][start.column :]
        lines[-1] = lines[-1][: end.column]
        return "".join(lines)

    def offset(self, point: Point) -> int:
        """Code points before `point`."""
        index, first = self._block_of(point.line)
        block = self._blocks[index]
        return (
            sum(b.chars for b in self._blocks[:index])
            + sum(map(len, block.lines[: point.line - first]))
            + point.column
        )

    # Unlike `point_at_byte` it counts through the lines of a block: it is asked for once an edit, not once a
    # node.
    def point(self, offset: int) -> Point:
        """The place `offset` code points into the text, clamped to it."""
        first = 0
        for block in self._blocks:
            if offset < block.chars:
                for line in block.lines:
                    if offset < len(line):
                        return Point(first, max(offset, 0))
                    offset -= len(line)
                    first += 1
            offset -= block.chars
            first += len(block.lines)
        return self.end

    def byte_offset(self, point: Point) -> int:
        """UTF-8 bytes before `point`."""
        index, first = self._block_of(point.line)
        block, inside = self._blocks[index], point.line - first
        return (
            self._firsts[1][index] + block.starts[inside] + utf8_length(block.lines[inside][: point.column])
        )

    def point_at_byte(self, offset: int) -> Point:
        """The place `offset` UTF-8 bytes into the text (inside a character: where it starts), clamped."""
        lines, sizes = self._firsts
        offset = max(offset, 0)
        index = bisect_right(sizes, offset) - 1
        block = self._blocks[index]
        offset -= sizes[index]
        if offset >= block.bytes:
            return self.end
        inside = bisect_right(block.starts, offset) - 1
        line = block.lines[inside]
        offset -= block.starts[inside]
        if not line.isascii():
            # Continuation bytes (10xxxxxx) start no character, so the rest counts characters.
            head = line.encode("utf-8", "surrogatepass")[: offset + 1]
            offset = sum(byte & 0xC0 != 0x80 for byte in head) - 1
        return Point(lines[index] + inside, offset)

    def syntax_point(self, point: Point) -> tuple[int, int]:
        """`point` as tree-sitter counts: rows end at `\\n` alone, columns are UTF-8 bytes."""
        index, first = self._block_of(point.line)
        block, inside = self._blocks[index], point.line - first
        # Nearly always all lines end in a feed, but for the document's last.
        if block.feeds != len(block.lines) - (not block.lines[-1].endswith("\n")):
            inside = sum(line.endswith("\n") for line in block.lines[:inside])
        row = sum(b.feeds for b in self._blocks[:index]) + inside
        column = utf8_length(self[point.line][: point.column])
        line = point.line - 1
        while line >= 0 and not (previous := self[line]).endswith("\n"):
            column += utf8_length(previous)
            line -= 1
        return row, column

    def encode(self) -> builtins.bytes:
        """The whole text in UTF-8; only what changed since an earlier text is encoded anew."""
        return b"".join(block.utf8 for block in self._blocks)

    def replace(self, start: Point, end: Point, text: str) -> Lines:
        """A new document in which `text` stands in place of `start` to `end` (both clamped)."""
        start, end = self.clamp(start), self.clamp(end)
        if end < start:
            start, end = end, start
        # Whole lines are replaced by whole lines, so what is left of the first and the last line goes along.
        head, tail = self[start.line][: start.column], self[end.line][end.column :]
        low, high = start.line, end.line
        # Neither holds a line end but the last, so where none comes into being between them only what is new is split.
        if (head or text or tail)[:1] != "\n" and not (text[-1:] == "\r" and tail[:1] == "\n"):
            new = split_lines(text)
            new[0] = head + new[0]
            new[-1] += tail
            return self._splice(low, high + 1, new)
        text = head + text + tail
        # A "\r" and a "\n" that come to stand side by side are one line end.
        if text.startswith("\n") and low > 0 and self[low - 1].endswith("\r"):
            low -= 1
            text = self[low] + text
        new = split_lines(text)
        if high + 1 < self._count:
            new.pop()  # the '' behind the last line end: a line follows
        return self._splice(low, high + 1, new)

    def _splice(self, low: int, high: int, new: list[str]) -> Lines:
        left, first = self._block_of(low)
        right, right_first = self._block_of(high - 1)
        if (
            left == right
            and BLOCK // 4 <= len(self._blocks[left].lines) + len(new) - (high - low) <= 2 * BLOCK
        ):
            block = self._blocks[left].with_lines(low - first, high - first, new)
            blocks = (*self._blocks[:left], block, *self._blocks[left + 1 :])
            return Lines(blocks, self._count + len(new) - (high - low))
        lines = [
            *self._blocks[left].lines[: low - first],
            *new,
            *self._blocks[right].lines[high - right_first :],
        ]
        right += 1
        # Blocks shrink by deletions: a very small one takes its neighbour in, or a document would end as many
        # tiny ones.
        if len(lines) < BLOCK // 4 and right < len(self._blocks):
            lines += self._blocks[right].lines
            right += 1
        # Up to twice the size stays one block; more is cut. So the cost of an edit depends on a block, not on
        # the file.
        step = len(lines) if len(lines) <= 2 * BLOCK else BLOCK
        middle = tuple(_Block.of(tuple(lines[i : i + step])) for i in range(0, len(lines), step or 1))
        blocks = self._blocks[:left] + middle + self._blocks[right:]
        return Lines(blocks, self._count + len(new) - (high - low))
