"""One state of one document. It never changes: a change makes another."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field
from tree_sitter import Node, Tree

from ._edits import TextEdit, single_edit
from ._lines import Lines, without_end
from ._positions import Encoding, Point, column_at, units_before
from ._syntax import Carried, InputEdit, SyntaxCell
from .languages import Language, language_for


@define(frozen=True, slots=True, eq=False)
class Snapshot:
    """A document at one version. Columns of every `Point` are code points."""

    uri: str
    version: int
    lines: Lines
    language_id: str
    language: Language | None
    _syntax: SyntaxCell = field(repr=False)

    @classmethod
    def open(cls, uri: str, text: str, *, version: int = 0, language_id: str = "") -> Snapshot:
        """The first state of a document. The language is found by its id, else by the uri's file name."""
        language = language_for(language_id, uri)
        return cls(uri, version, Lines.from_text(text), language_id, language, SyntaxCell(language))

    @property
    def text(self) -> str:
        return self.lines.text

    def line(self, index: int) -> str:
        """Line `index` without its end."""
        return without_end(self.lines[index])

    def edit(self, edit: TextEdit, version: int | None = None) -> Snapshot:
        """The state after one change. Places outside the document are clamped to it."""
        start, end = self.lines.clamp(edit.start), self.lines.clamp(edit.end)
        if end < start:
            start, end = end, start
        lines = self.lines.replace(start, end, edit.text)
        # Places are worked out in bytes and rows only where a tree exists that needs them: most documents are
        # never parsed.
        told = None
        if self._syntax.wants_edits:
            told = InputEdit.of(self.lines, lines, start, end, edit.text)
        return self._with(lines, version, told)

    def replace_all(self, text: str, version: int | None = None) -> Snapshot:
        """The state in which `text` is the whole document; what stayed the same keeps its syntax, and its runs of lines
        with all that is known of them."""
        return self.edit(single_edit(self.lines, text), version)

    def apply(self, edits: Sequence[TextEdit], version: int | None = None) -> Snapshot:
        """The state after changes that follow one another, each speaking of the text before it."""
        snapshot = self
        for edit in edits:
            snapshot = snapshot.edit(edit, version)
        return snapshot if edits else self._with(self.lines, version, None)

    def _with(self, lines: Lines, version: int | None, told: InputEdit | None) -> Snapshot:
        # The same lines keep the same cell, tree included: only the version number is new.
        syntax = self._syntax if lines is self.lines else self._syntax.follow(told)
        version = self.version if version is None else version
        return Snapshot(self.uri, version, lines, self.language_id, self.language, syntax)

    @property
    def tree_ready(self) -> bool:
        """Whether `tree` costs at most an incremental parse, and not a long one as far as is known."""
        return self._syntax.cheap

    @property
    def tree_current(self) -> bool:
        """Whether `tree` costs nothing: it was parsed already, or there is no grammar."""
        return self._syntax.ready

    def tree(self, *, deadline: float | None = None, whole: bool = False) -> Tree | None:
        """The syntax tree; None without a grammar, or where there is none to start from and a fresh parse is not
        worth its time: it would not be done by `deadline` (of `time.perf_counter`), or the text is larger than
        `FRESH_BYTES` and the caller does not ask for the `whole` (which stops all threads meanwhile, so never on
        behalf of a key). None also on an event loop where it would be a long parse (see `no_long_parses_here`)."""
        return self._syntax.parse(self.lines, deadline=deadline, whole=whole)

    def carried(self, start: int, from_end: int) -> Carried | None:
        """What `carry` kept of that node, here or in an earlier state whose edits left its ends alone."""
        for item in self._syntax.carried:
            if (item.start, item.from_end) == (start, from_end):
                return item
        return None

    def carry(self, start: int, from_end: int, value: object) -> None:
        """Keep `value`, found in the node from byte `start` to `from_end` bytes before the end, for later
        states."""
        self._syntax.carry(start, from_end, value, self.lines.bytes)

    def node_range(self, node: Node) -> tuple[Point, Point]:
        """Where a node of this snapshot's tree starts and ends."""
        return self.lines.point_at_byte(node.start_byte), self.lines.point_at_byte(node.end_byte)

    def node_text(self, node: Node) -> str:
        """The text of a node of this snapshot's tree."""
        return self.lines.between(*self.node_range(node))

    def point(self, line: int, character: int, encoding: Encoding) -> Point:
        """The place a client means, clamped to the document."""
        if line < 0:
            return Point(0, 0)
        if line >= len(self.lines):
            return self.lines.end
        return Point(line, column_at(self.line(line), character, encoding))

    def character(self, point: Point, encoding: Encoding) -> int:
        """`point.column` in units of `encoding`."""
        return units_before(self.line(point.line), point.column, encoding)
