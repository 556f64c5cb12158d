"""Syntax trees that follow the text, parsed when first asked for.

A `SyntaxCell` belongs to one text. It remembers the last parsed tree of an earlier text and the edits since,
so that tree-sitter re-reads only what changed; without one it parses afresh. Trees count in UTF-8 bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache
from time import perf_counter, thread_time

from attrs import define, field
from tree_sitter import Language as Grammar
from tree_sitter import Parser, Tree

from ._lines import Lines
from ._positions import Point, utf8_length
from .languages import Language

MAX_PENDING = 256
"""Edits kept for a tree nobody asks for; past that a fresh parse is as cheap."""


PARSE_SPEED = 4e6
"""Bytes that a fresh parse is taken to read in a second: 5e6 to 20e6 on a quiet machine, 1.2e6 on a busy one. So a
deadline is an estimate, and `FRESH_BYTES` the bound."""
FRESH_BYTES = 150_000
"""The largest text that is parsed afresh unless the caller asks for the whole of it. A megabyte takes up to a second,
and a key does not wait for so long. Larger documents are judged by their lines."""
PIECE = 4_096
"""Bytes that the parser is given at a time; it reads them in about 0.7 ms, and then other threads have their turn."""
EXACT = 64
"""Up to so many bytes the rest of a text is given as it is: no character is longer."""

LONG_S = 0.005
"""A parse that takes more of a thread's processor time than this is a long one. Around a line that does not parse even
one that follows a single key may be: the parser tries one way after the other to go on, 20 ms in a file of 300 lines,
200 ms and more in one of 2,000."""


class _Thread(threading.local):
    waits: bool = True
    """Whether a thread may wait for a long parse."""


_thread = _Thread()


def no_long_parses_here() -> None:
    """From now on a parse that would be a long one is broken off in this thread, which is that of an event loop, and
    there is no tree until another thread has made it (see `Snapshot.tree_ready`)."""
    _thread.waits = False


@define(frozen=True, slots=True)
class InputEdit:
    """One change as `Tree.edit` takes it."""

    start_byte: int
    old_end_byte: int
    new_end_byte: int
    start_point: tuple[int, int]
    old_end_point: tuple[int, int]
    new_end_point: tuple[int, int]
    bytes_after: int
    """Bytes of the text behind the change."""

    @classmethod
    def of(cls, before: Lines, after: Lines, start: Point, end: Point, text: str) -> InputEdit:
        low, old_high = before.byte_offset(start), before.byte_offset(end)
        high = low + utf8_length(text)
        return cls(
            low,
            old_high,
            high,
            before.syntax_point(start),
            before.syntax_point(end),
            after.syntax_point(after.point_at_byte(high)),
            before.bytes - old_high,
        )


@define(frozen=True, slots=True)
class Carried:
    """What was found in a node of an earlier text, and how much of that text stands unchanged around the
    edits since: what lies wholly in either part still holds, at the same distance from that end of the
    text."""

    start: int
    """Where the node started, in bytes, and `from_end`, how far its end was from the end of the text."""
    from_end: int
    value: object
    size: int
    """Bytes of the text in which `value` was found."""
    head: int
    """Bytes at the start that no edit touched since."""
    tail: int
    """Bytes at the end that no edit touched since."""

    def after(self, edit: InputEdit) -> Carried | None:
        """The same past one more edit; None where it touched the node's own start or end."""
        head, tail = min(self.head, edit.start_byte), min(self.tail, edit.bytes_after)
        if (self.start and self.start >= head) or (self.from_end and self.from_end >= tail):
            return None
        return Carried(self.start, self.from_end, self.value, self.size, head, tail)


# A module and the classes around the cursor: more nodes are seldom asked about at once.
MAX_CARRIED = 4


class _Buffers:
    """Where pieces of a text are put for a parser. It takes a buffer whole, so there is one of each length that is
    needed; and the binding (0.26) keeps a reference to whatever it is given for ever, so it is always given these."""

    def __init__(self) -> None:
        self._rests = [bytearray(length) for length in range(EXACT)]
        self._pieces = [bytearray(PIECE >> shift) for shift in range((PIECE // EXACT).bit_length())]

    def filled(self, text: memoryview) -> bytearray | None:
        """The first bytes of `text`; None where there are none. A character that does not end in a piece is asked
        for again from its start: it stands in what comes then, which is all of the rest or `EXACT` bytes or more."""
        if not text:
            return None
        if len(text) < EXACT:
            buffer = self._rests[len(text)]
        else:
            buffer = next(buffer for buffer in self._pieces if len(buffer) <= len(text))
        buffer[:] = text[: len(buffer)]
        return buffer


class _Source:
    """A text as the parser asks for it: the bytes from an offset on.

    Given the text whole, the binding keeps the interpreter's lock until all of it is parsed, and every thread stands
    still, the event loop's too. Where it asks for the next piece, Python runs, and lets go of the lock if another
    thread wants it. The tree keeps its source, and asks it for the texts of nodes.
    """

    def __init__(self, text: bytes, buffers: _Buffers) -> None:
        self._text = memoryview(text)
        self._buffers: _Buffers | None = buffers

    def parsed(self) -> None:
        """The parse is over. What is asked for now comes from any thread, and is let go of."""
        self._buffers = None

    def read(self, offset: int, _point: object) -> bytes | bytearray | None:
        """The next bytes from `offset` on; None at the end of a parse."""
        if self._buffers is not None:
            return self._buffers.filled(self._text[offset:])
        # The binding asks until it has as many bytes as the node is long, and does not bear None here.
        return bytes(self._text[offset : offset + EXACT]) or b" "


@cache
def _parser(grammar: Grammar) -> tuple[Parser, _Buffers, threading.Lock]:
    return Parser(grammar), _Buffers(), threading.Lock()


@define(slots=True, eq=False)
class SyntaxCell:
    """The tree of one text, or what is needed to make it."""

    _language: Language | None
    """Its grammar is loaded with the first parse, which is not one that a key waits for."""
    _base: Tree | None = None
    _edits: tuple[InputEdit, ...] = ()
    _tree: Tree | None = None
    _long: bool = False
    """Whether the parse of this text, or of the one before it, was a long one."""
    carried: tuple[Carried, ...] = ()
    """Findings that outlive edits, newest first (see `carry`)."""
    _lock: threading.Lock = field(factory=threading.Lock, repr=False)

    def carry(self, start: int, from_end: int, value: object, size: int) -> None:
        """Keep `value`, found in the node at `start` of this text of `size` bytes, for the texts that
        follow."""
        others = [item for item in self.carried if (item.start, item.from_end) != (start, from_end)]
        new = Carried(start, from_end, value, size, size, size)
        self.carried = (new, *others[: MAX_CARRIED - 1])

    @property
    def ready(self) -> bool:
        """Whether `parse` would return at once."""
        return self._tree is not None or self._language is None or self._language.lacks_grammar

    @property
    def cheap(self) -> bool:
        """Whether `parse` would only have to re-read what changed, and that is no long parse, as far as is known."""
        return self.ready or (self._base is not None and not self._long)

    def parse(self, lines: Lines, *, deadline: float | None = None, whole: bool = False) -> Tree | None:
        """The tree of `lines`; None without a grammar, or where a fresh parse would not be done by `deadline`
        (of `perf_counter`), or would read more than `FRESH_BYTES` and is not of the `whole`."""
        if self._language is None or (grammar := self._language.grammar) is None:
            return None
        # One thread parses, the others wait for its tree: several handlers may ask for the same snapshot at
        # once.
        if self._tree is None and self._may_begin(self._lock):
            try:
                if self._tree is None:
                    self._tree = self._parsed(grammar, lines, deadline, whole)
                if self._tree is not None:
                    # The earlier tree has served: kept, each snapshot would hold on to all that came before
                    # it.
                    self._base, self._edits = None, ()
            finally:
                self._lock.release()
        return self._tree

    def _may_begin(self, lock: threading.Lock) -> bool:
        """Take a lock, and say whether it was had. Whoever holds it parses, and that may be a long parse."""
        return lock.acquire() if _thread.waits else lock.acquire(timeout=LONG_S)

    def _parsed(self, grammar: Grammar, lines: Lines, deadline: float | None, whole: bool) -> Tree | None:
        old = self._base
        if not _thread.waits and self._long:
            return None
        # Lateness is foreseen: a parse that is broken off has cost its time for nothing. With an old tree little is
        # read.
        if old is None:
            if deadline is not None and perf_counter() + lines.bytes / PARSE_SPEED > deadline:
                return None
            if lines.bytes > FRESH_BYTES and not whole:
                return None
        else:
            # Other snapshots may hold the same base, and `edit` changes a tree in place.
            old = old.copy()
            for edit in self._edits:
                old.edit(
                    edit.start_byte,
                    edit.old_end_byte,
                    edit.new_end_byte,
                    edit.start_point,
                    edit.old_end_point,
                    edit.new_end_point,
                )
        # A parser and its buffers are shared by all documents of a language, hence the second lock.
        parser, buffers, lock = _parser(grammar)
        if not self._may_begin(lock):
            return None
        source = _Source(lines.encode(), buffers)
        began = thread_time()
        try:
            return _run(parser, source, old, _stop_at(began + LONG_S))
        finally:
            lock.release()
            self._long = old is not None and thread_time() - began > LONG_S

    def follow(self, edit: InputEdit | None) -> SyntaxCell:
        """The cell of the text after `edit`; None stands for a change too large to follow."""
        if edit is None or self._language is None:
            return SyntaxCell(self._language)
        # Not under the lock: whoever holds it parses this text, and the next one does not wait for that. Read in this
        # order, for the tree is there before what it was made from goes.
        base, edits, tree = self._base, self._edits, self._tree
        carried = tuple(kept for item in self.carried if (kept := item.after(edit)) is not None)
        if tree is not None:
            return SyntaxCell(self._language, tree, (edit,), long=self._long, carried=carried)
        if base is None or len(edits) >= MAX_PENDING:
            # Nothing to start from: the next text is parsed afresh, if it is asked for.
            return SyntaxCell(self._language)
        return SyntaxCell(self._language, base, (*edits, edit), long=self._long, carried=carried)

    @property
    def wants_edits(self) -> bool:
        """Whether there is a tree that the next edit should be told to."""
        return self._tree is not None or self._base is not None


def _stop_at(spent: float) -> Callable[[int, bool], bool]:
    """What the parser asks every hundred steps: whether to stop. Being asked at all lets other threads have their turn
    where the parser does not read on for long."""
    if _thread.waits:
        return lambda _offset, _has_error: False
    return lambda _offset, _has_error: thread_time() > spent


def _run(parser: Parser, source: _Source, old: Tree | None, stop: Callable[[int, bool], bool]) -> Tree | None:
    """The tree; None where the parse was stopped."""
    try:
        if old is None:
            return parser.parse(source.read, progress_callback=stop)
        return parser.parse(source.read, old, progress_callback=stop)
    except ValueError:
        # Else it would go on from there, whatever text it is given next.
        parser.reset()
        return None
    finally:
        source.parsed()
