"""An answer's indentation in the buffer's own unit, line by line as it comes.

Only then can its lines be compared with those of the document, and only then does what the user types agree with
what was proposed. Where the document shows no unit yet the model's own stays.
"""

from __future__ import annotations

import re

from attrs import define, field

from dovetail.text import (
    Language,
    Point,
    Snapshot,
    block_header,
    in_recipe,
    indent_unit,
    is_makefile,
    nesting,
    shown_unit,
)

from .block import Block

_ALIGNED = re.compile(r"\t+ +")
"""Tabs to the level, spaces behind them: what goes on a line above, as its writer wants it to stand."""
LINES_OF_RULE = 50
"""Lines above the cursor among which the rule of a recipe is looked for."""
_LIKELY = (2, 3, 4)
"""Spaces of a level that an answer may use."""


def _columns(margin: str, tab: int) -> int:
    return len(margin.expandtabs(tab))


@define(slots=True)
class Units:
    """Turns each line's margin into the buffer's unit. The answer's own unit is read from its first indented line,
    by the level that the line must stand at."""

    unit: str | None
    """The buffer's unit; None where it shows none."""
    columns: int = 0
    """Indentation of the cursor's line, in columns of the buffer's unit."""
    language: Language | None = None
    header: bool = False
    """Whether the cursor stands behind a block's header: the text's next line is one level deeper."""
    inner: str = ""
    """The margin of the block's own lines, where the cursor stands behind its header."""
    make: tuple[str, ...] | None = None
    """In a makefile some lines up to the cursor, the last of them up to it: only recipes are indented by tabs."""
    _own: int | None = field(init=False, default=None)
    """Spaces a level in the answer, once known; 0: as in the buffer."""

    @classmethod
    def at(cls, snapshot: Snapshot, position: Point, block: Block) -> Units:
        head = snapshot.line(position.line)[: position.column]
        start = None if block.blank else block_header(snapshot, position)
        if start is not None and start < position.line:
            head = snapshot.line(start)  # the block's lines stand under where its header begins
        margin = head[: len(head) - len(head.lstrip(" \t"))]
        # What stands in a here-document or in a fence has margins of its own.
        unit = None if block.tag or block.fence else shown_unit(snapshot)
        if unit is None and indent_unit(snapshot) == "\t":
            unit = "\t"  # what a whole language is written with needs no line that shows it
        return cls(
            unit,
            _columns(margin, 4),
            block.language,
            not block.blank and (block.opened > 0 or start is not None),
            margin + indent_unit(snapshot),
            _up_to(snapshot, position) if is_makefile(snapshot) else None,
        )

    def first(self, margin: str) -> None:
        """Take note of the indentation that an answer gives the cursor's blank line: it tells the answer's unit."""
        step = 4 if self.unit == "\t" else len(self.unit or "")
        level, odd = divmod(self.columns, step or 1)
        # Only where both margins are whole levels: else they say nothing of a unit.
        if not step or odd or not level or "\t" in margin or len(margin) % level:
            return
        own = len(margin) // level
        if own in (2, 4) and own != step:
            self._own = own

    def margin(self, margin: str, before: str) -> str:
        """`margin`, the spaces and tabs at the start of a line, as the buffer writes it. `before` is the text up to
        the line's start."""
        if self.unit is None or not margin:
            return margin
        # Inside a string that goes over lines the margin is text.
        state = nesting(self.language, before + "x")[-1]
        if state.inside:
            return margin
        if self.make is not None and not in_recipe(self._lines_above(before)):
            return margin
        step = 4 if self.unit == "\t" else len(self.unit)
        # A tab is one level whatever its width; what spaces mean must be read from the whole answer first.
        if "\t" in margin and self.unit != "\t":
            return margin.replace("\t", self.unit)
        if " " not in margin or (self.unit == "\t" and _ALIGNED.fullmatch(margin)):
            return margin
        if self._own is None:
            self._own = self._read(margin, before, step, max(state.before, 0))
        if self.unit == "\t":
            return self._in_tabs(margin, self._own or 4)
        if not self._own or self._own == step:
            return margin
        levels, rest = divmod(len(margin), self._own)
        return self.unit * levels + " " * rest

    def _lines_above(self, before: str) -> list[str]:
        """The lines of a makefile above the one that begins behind `before`."""
        *above, head = self.make or ("",)
        return [*above, *(head + before).split("\n")[:-1]]

    def _read(self, margin: str, before: str, step: int, depth: int) -> int | None:
        """Spaces a level in the answer, told by the first indented line behind a line that opens a block."""
        size = _columns(margin, step)
        level, odd = divmod(self.columns, 4 if self.unit == "\t" else step)
        expected = level + max(depth, int(self.header and not depth))
        if self.header and depth:
            expected += 1
        # The margin does not divide into that many levels: it says nothing of a unit.
        if odd or not expected or size % expected:
            return 0 if self.unit != "\t" else _likely(size)
        own = size // expected
        if self.unit == "\t":
            # A tab of a recipe is shown as eight columns.
            return own if own in _LIKELY or (self.make is not None and own == 8) else _likely(size)
        if size in (expected * step, self.columns):
            return 0 if size == expected * step else None
        if not self.header and not depth and self.columns and size == (level + 1) * step:
            return 0  # a line that hangs on the cursor's: one level deeper in the buffer's own unit
        # Only behind a line that opens a block is one more level certain.
        opens = not before.strip() or before.rstrip().endswith(("{", ":", "do", "then", ">"))
        return own if own in (2, 4) and opens else 0

    @staticmethod
    def _in_tabs(margin: str, own: int) -> str:
        columns = len(margin.replace("\t", " " * own))
        return "\t" * (columns // own) + " " * (columns % own)


def _up_to(snapshot: Snapshot, position: Point) -> tuple[str, ...]:
    above = snapshot.lines.slice(max(position.line - LINES_OF_RULE, 0), position.line)
    return (*(line.rstrip("\r\n") for line in above), snapshot.line(position.line)[: position.column])


def _likely(size: int) -> int:
    return next((step for step in (4, 2, 3) if size % step == 0), 4)
