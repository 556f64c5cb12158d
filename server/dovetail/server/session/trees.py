"""Syntax trees made ahead, so that the next question finds them."""

from __future__ import annotations

import asyncio
from collections import deque
from time import perf_counter

from attrs import define, field

from .documents import Documents
from .timers import Timers

PARSE_AFTER_S = 0.005
PARSE_LINES = 2_000
QUIET_S = 0.05
"""How long no document must have been opened before the first is parsed, in seconds."""
AHEAD = 8
"""How many of the documents opened last are parsed ahead; the others are parsed when somebody asks about them."""


@define(slots=True, eq=False)
class Trees:
    """Trees of open documents. On the event loop; parsing a document that is new is done in a thread.

    One parse is under way at a time, and the event loop begins the next: in between it answers what has come. An
    editor that opens a hundred files at its start, and then asks, would wait for all that was parsed in between: so
    the parses wait for a moment in which nothing is opened.
    """

    _documents: Documents
    _timers: Timers
    _opened: deque[str] = field(factory=lambda: deque(maxlen=AHEAD))
    _last: float = 0.0
    """When a document was opened last, by `perf_counter`."""
    _at_work: bool = False
    _changed: set[str] = field(factory=set)

    def opened(self, uri: str) -> None:
        """A document was opened: the newest goes first, which is where the user is."""
        self._opened.append(uri)
        self._last = perf_counter()
        if not self._at_work:
            self._at_work = True
            self._timers.spawn(self._parse_opened())

    async def _parse_opened(self) -> None:
        try:
            while self._opened:
                # Something was opened meanwhile: the wait begins again.
                if (left := self._last + QUIET_S - perf_counter()) > 0:
                    await asyncio.sleep(left)
                    continue
                snapshot = self._documents.get(self._opened.pop())
                if snapshot is not None and not snapshot.tree_ready:
                    await asyncio.to_thread(snapshot.tree)
                    await asyncio.sleep(0)
        finally:
            self._at_work = False

    def changed(self, uri: str) -> None:
        """Follow a change. Only the newest state is parsed, only where that costs an incremental parse, and not in
        large documents: while a line is broken that can take long, and suggestions do without the tree there."""
        snapshot = self._documents.get(uri)
        if snapshot is None or len(snapshot.lines) > PARSE_LINES:
            return
        if uri not in self._changed:
            self._changed.add(uri)
            self._timers.later(PARSE_AFTER_S, lambda: self._follow(uri))

    def _follow(self, uri: str) -> None:
        self._changed.discard(uri)
        snapshot = self._documents.get(uri)
        # Without a tree there is nothing to follow, and a whole parse is not for the event loop.
        if snapshot is not None and snapshot.tree_ready:
            snapshot.tree()
