"""The next edits of a session: what was edited, what was proposed, what became of it.

The event loop only notes which lines a change touched. Comparing texts, looking for places and parsing happen in one
thread of their own, one question at a time, on snapshots that never change.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import TypeVar

from attrs import define, field

from dovetail.nextedit import (
    AUTOMATIC,
    ON_DEMAND,
    Predictor,
    Proposal,
    Regions,
    Settling,
    Silence,
    Text,
)
from dovetail.text import Snapshot, TextEdit

from .documents import Documents
from .folders import Folders

FILES = 50
"""Open documents that are looked through, the most recently touched first."""
LARGEST = 1_500_000
"""Characters; larger documents are left out."""
KEPT = 64
"""Proposals that can still be taken or rejected."""
TASKS = 200
"""Edits that wait for the thread at most; where nobody asks for next edits, older ones are forgotten."""

Answer = TypeVar("Answer")


@define(frozen=True, slots=True)
class Offered:
    """A proposal that a client was given: it is taken by this id, for this version of its document."""

    id: str
    proposal: Proposal
    version: int


@define(slots=True, eq=False)
class _Work:
    """What only the thread touches."""

    settling: Settling = field(factory=Settling)
    predictor: Predictor = field(factory=Predictor)
    texts: dict[str, tuple[Snapshot, Text]] = field(factory=dict)

    def settle(self, snapshot: Snapshot, now: float) -> None:
        if snapshot.lines.bytes <= LARGEST:
            self.settling.settle(snapshot.uri, _lines(snapshot), self.predictor, now)

    def opened(self, snapshot: Snapshot) -> None:
        if snapshot.lines.bytes <= LARGEST:
            self.settling.opened(snapshot.uri, _lines(snapshot))

    def forget(self, uri: str) -> None:
        self.texts.pop(uri, None)
        self.settling.closed(uri)
        self.predictor.forget_file(uri)

    def text(self, snapshot: Snapshot) -> Text:
        known = self.texts.get(snapshot.uri)
        if known is None or known[0] is not snapshot:
            known = (snapshot, Text(snapshot.uri, _lines(snapshot), snapshot.language_id))
            self.texts[snapshot.uri] = known
        return known[1]

    def propose(
        self,
        tasks: list[Callable[[], None]],
        seen: list[Snapshot],
        here: tuple[str, int],
        least: float,
        now: float,
    ) -> Proposal | Silence:
        """Do what has come up, then propose; in the thread."""
        for task in tasks:
            task()
        allowed = {snapshot.uri for snapshot in seen}
        for uri in {edit.uri for edit in self.predictor.edits} | set(self.texts):
            if uri not in allowed:
                self.forget(uri)
        if least >= AUTOMATIC and self.settling.resting(now):
            return Silence("something was just undone")
        texts = {snapshot.uri: self.text(snapshot) for snapshot in seen if snapshot.lines.bytes <= LARGEST}
        return self.predictor.propose(texts, here, least)

    def others(self, tasks: list[Callable[[], None]], proposal: Proposal) -> list[Proposal]:
        for task in tasks:
            task()
        return self.predictor.others(proposal, {uri: text for uri, (_, text) in self.texts.items()})


@define(slots=True, eq=False)
class NextEdits:
    """What a session knows of next edits. Its methods are called on the event loop."""

    documents: Documents
    folders: Folders
    clock: Callable[[], float] = time.monotonic
    _regions: Regions = field(factory=Regions)
    _work: _Work = field(factory=_Work)
    _tasks: list[Callable[[], None]] = field(factory=list)
    """What the thread does first when it is asked next, in order."""
    _offered: OrderedDict[str, Offered] = field(factory=OrderedDict)
    _ids: count[int] = field(factory=lambda: count(1))
    _thread: ThreadPoolExecutor | None = None

    def opened(self, snapshot: Snapshot) -> None:
        """A document was opened: edits are counted from what it holds now."""
        self._regions.settled(snapshot.uri)
        self._tasks.append(partial(self._work.opened, snapshot))

    def closed(self, uri: str) -> None:
        """A document was closed: it is no longer looked through."""
        self._regions.settled(uri)
        self._tasks.append(partial(self._work.forget, uri))

    def changed(self, before: Snapshot, after: Snapshot, edit: TextEdit) -> None:
        """One change. Where it begins another edit, the one before it is over."""
        grown = len(after.lines) - len(before.lines)
        now = self.clock()
        if self._regions.touch(before.uri, edit.start.line, edit.end.line, grown, now):
            self._tasks.append(partial(self._work.settle, before, now))
            del self._tasks[:-TASKS]

    async def ask(self, snapshot: Snapshot, line: int, *, on_demand: bool) -> Offered | Silence:
        """The edit that follows at this moment, or why none is proposed.

        Args:
            snapshot: the document that the cursor is in.
            line: the cursor's line, from 0.
            on_demand: the user asked for it: the bar is lower, and nothing is waited for.
        """
        now = self.clock()
        if not on_demand and not self._regions.over(snapshot.uri, line, now):
            return Silence("the edit under way is not over")
        seen = [each for each in self.documents.recent()[:FILES] if self.folders.allows(each.uri)]
        if not any(each.uri == snapshot.uri for each in seen):
            return Silence("this file is excluded")
        for each in seen:
            if each.uri in self._regions.under_way():
                self._regions.settled(each.uri)
                self._tasks.append(partial(self._work.settle, each, now))
        least = ON_DEMAND if on_demand else AUTOMATIC
        here = (snapshot.uri, line)
        answer = await self._run(partial(self._work.propose, self._taken(), seen, here, least, now))
        if isinstance(answer, Silence):
            return answer
        asked = next(each for each in seen if each.uri == answer.uri)
        if self.documents.get(answer.uri) is not asked:
            return Silence("the text has changed meanwhile")
        offered = Offered(f"n{next(self._ids)}", answer, asked.version)
        self._offered[offered.id] = offered
        while len(self._offered) > KEPT:
            self._offered.popitem(last=False)
        return offered

    async def others(self, offered: Offered) -> list[Proposal]:
        """Every place of the rule behind a proposal, in open documents, this one first."""
        return await self._run(partial(self._work.others, self._taken(), offered.proposal))

    def get(self, identifier: str) -> Offered | None:
        """A proposal that can still be taken."""
        return self._offered.get(identifier)

    def accepted(self, identifier: str) -> None:
        """The user took a proposal; the edit itself comes by `changed`."""
        if (offered := self._offered.pop(identifier, None)) is not None:
            self._tasks.append(partial(self._work.predictor.accepted, offered.proposal))

    def rejected(self, identifier: str) -> None:
        """The user did not want a proposal: it is not shown again."""
        if (offered := self._offered.pop(identifier, None)) is not None:
            self._tasks.append(partial(self._work.predictor.rejected, offered.proposal))

    def close(self) -> None:
        """End the thread; nothing is waited for."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _taken(self) -> list[Callable[[], None]]:
        tasks, self._tasks = self._tasks, []
        return tasks

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "dovetail-next")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _lines(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(snapshot.line(index) for index in range(len(snapshot.lines)))
