"""The next edits of a session: what was edited, what was proposed, what became of it.

The event loop only notes which lines a change touched. Comparing texts, looking for places and parsing happen in one
thread of their own, one question at a time, on snapshots that never change.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import TypeVar

from attrs import define, field

from dovetail.nextedit import AUTOMATIC, ON_DEMAND, Proposal, Regions, Rename, Silence
from dovetail.text import Point, Snapshot, TextEdit

from .documents import Documents
from .folders import Folders
from .nextinflight import InFlightQuestion
from .nextquestion import NextModel, NextQuestion, NoNextEdit, Quoted
from .nextwork import Work

FILES = 50
"""Open documents that are looked through, the most recently touched first."""
KEPT = 64
"""Proposals that can still be taken or rejected."""
FRESH_S = 10.0
"""For how long after an edit something is proposed unasked, in seconds."""
REST_S = 5.0
"""For how long after a rejection nothing is proposed unasked, in seconds."""
SLICE_S = 0.002
"""For how long the event loop is held at a time, in seconds."""
TASKS = 200
"""Edits that wait for the thread at most; where nobody asks for next edits, older ones are forgotten."""

MODEL = "model"
"""What stands for a rule where a model said so."""
Found = TypeVar("Found")


@define(frozen=True, slots=True)
class Offered:
    """A proposal that a client was given: it is taken by this id, for this version of its document."""

    id: str
    proposal: Proposal
    version: int


@define(slots=True, eq=False)
class NextEdits:
    """What a session knows of next edits. Its methods are called on the event loop."""

    documents: Documents
    folders: Folders
    model: Callable[[], NextModel | None] = lambda: None
    """Whom to ask where no rule proposes anything."""
    clock: Callable[[], float] = time.monotonic
    in_flight: InFlightQuestion = field(factory=InFlightQuestion)
    _edited_at: float = -FRESH_S
    _rejected_at: float = -REST_S
    _answer: tuple[Snapshot, Quoted] | None = None
    """A model's answer of which one hunk was proposed; what is left of it may follow."""
    _follows: bool = False
    """That hunk was taken."""
    _regions: Regions = field(factory=Regions)
    _work: Work = field(factory=Work)
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
        now = self._edited_at = self.clock()
        # A change elsewhere means that the edit before is over; what it came to is worked out by the thread,
        # later.
        if self._regions.touch(before.uri, edit.start.line, edit.end.line, grown, now):
            self._tasks.append(partial(self._work.settle, before, now))
            del self._tasks[:-TASKS]

    async def ask(
        self, snapshot: Snapshot, line: int, *, on_demand: bool, column: int = 0, polled: bool = False
    ) -> Offered | Silence:
        """The edit that follows at this moment, or why none is proposed.

        Args:
            snapshot: the document that the cursor is in.
            line: the cursor's line, from 0.
            on_demand: the user asked for it: the bar is lower, and nothing is waited for.
            column: the cursor's column, in code points.
            polled: asked with each move of the cursor, whether the user wants it or not: a model is asked as if nobody
                waited.
        """
        now = self.clock()
        # The ranker is read by the thread that will need it.
        if self._thread is None:  # the first question is asked long before there is an answer, as a rule
            self._submit(self._work.predictor.prepare)
        unfit = self._too_soon_or_late(snapshot, line, now)
        if not on_demand and unfit:
            return Silence(unfit)
        await self._judge(self.documents.recent()[:FILES])
        # `_judge` may have let the event loop go on.
        if self.documents.get(snapshot.uri) is not snapshot:
            return Silence("the text has changed meanwhile")
        # The exclusions of now, not of when the documents were opened.
        seen = [each for each in self.documents.recent()[:FILES] if self.folders.allows(each.uri)]
        if not any(each.uri == snapshot.uri for each in seen):
            return Silence("this file is excluded")
        # Polling clients ask at each move of the cursor: at a moment at which nothing would be proposed
        # unasked, no server is bothered for them.
        model = self.model() if not (polled and unfit) else None
        self._work.shows = self.model() is not None
        # Being asked ends the edits under way: they are examples for this very question.
        for each in seen:
            if each.uri in self._regions.under_way():
                self._regions.settled(each.uri)
                self._tasks.append(partial(self._work.settle, each, now))
        least = ON_DEMAND if on_demand else AUTOMATIC
        here = (snapshot.uri, line)
        # Tasks go along with the question, so that the thread has done them before it answers, in their
        # order.
        answer = await self._run(partial(self._work.propose, self._taken(), seen, here, least, now))
        # A rename is for language servers, which do it everywhere at once; no model is asked beside it.
        if isinstance(answer, Silence) and answer.rename is not None:
            return answer
        # Rules first: they answer in milliseconds and cost nothing.
        if isinstance(answer, Silence) and model is not None and not self._work.settling.resting(now):
            cursor = snapshot.lines.clamp(Point(line, column))
            by_hand = on_demand and not polled
            answer = await self._ask_model(model, snapshot, cursor, seen, by_hand) or answer
        if isinstance(answer, Silence):
            return answer
        asked = next(each for each in seen if each.uri == answer.uri)
        # A rule's place is for the text that it was found in. A model's answer has been located anew.
        if self.documents.get(answer.uri) is not asked and answer.rule != MODEL:
            return Silence("the text has changed meanwhile")
        return self._offer(answer)

    async def _judge(self, documents: list[Snapshot]) -> None:
        """Have it be known which documents are excluded. What was not judged lately costs looks at the disk, so others
        get their turn on the loop in between."""
        until = time.perf_counter() + SLICE_S
        for each in documents:
            self.folders.allows(each.uri)
            if time.perf_counter() > until:
                await asyncio.sleep(0)
                until = time.perf_counter() + SLICE_S

    def _too_soon_or_late(self, snapshot: Snapshot, line: int, now: float) -> str:
        """Why nothing is proposed unasked at this moment; '' if something may be."""
        if not self._regions.over(snapshot.uri, line, now):
            return "the edit under way is not over"
        if now - self._rejected_at < REST_S:
            return f"a proposal was rejected less than {REST_S:.0f} s ago"
        if now - self._edited_at > FRESH_S:
            return f"nothing was edited in the last {FRESH_S:.0f} s"
        return ""

    def _offer(self, proposal: Proposal) -> Offered:
        asked = self.documents.get(proposal.uri)
        assert asked is not None
        offered = Offered(f"n{next(self._ids)}", proposal, asked.version)
        self._offered[offered.id] = offered
        while len(self._offered) > KEPT:
            self._offered.popitem(last=False)
        return offered

    async def _ask_model(
        self, model: NextModel, snapshot: Snapshot, cursor: Point, seen: list[Snapshot], on_demand: bool
    ) -> Proposal | Silence | None:
        """What the model proposes, located in the text as it is when its answer is there."""
        # Another hunk of the last answer may follow the one just taken: that needs no question.
        kept, self._answer = self._answer, None
        if kept is not None and self._follows and kept[0].uri == snapshot.uri:
            self._follows = False
            left = await self._fitting(kept, cursor.line)
            if isinstance(left, Proposal):
                return left
        self._follows = False
        past = self._work.past()
        # Nothing led here: whatever a model said would be a guess at random.
        if not past and not on_demand:
            return None
        others = tuple(each for each in seen if each is not snapshot)
        try:
            quoted = await self.in_flight.ask(
                model, NextQuestion(snapshot, cursor, others, past), on_demand=on_demand
            )
        except NoNextEdit as error:
            return Silence(str(error))
        if quoted is None:
            return Silence(f"{model.name} has nothing to change here")
        # Exclusions may have changed while the model was asked.
        if not self.folders.allows(snapshot.uri):
            return Silence("this file is excluded")
        return await self._fitting((snapshot, quoted), cursor.line)

    async def _fitting(self, answer: tuple[Snapshot, Quoted], line: int) -> Proposal | Silence:
        asked, quoted = answer
        now = self.documents.get(asked.uri)
        if now is None:
            return Silence("the document was closed meanwhile")
        # Also against the text of now: what was typed since the question may have moved the lines.
        found, refused = await self._run(
            partial(self._work.answered, self._taken(), quoted, asked, now, line)
        )
        # The thread located the answer in a text that is not the one on screen any more.
        if self.documents.get(asked.uri) is not now:
            return Silence("the text has changed meanwhile")
        if not found:
            return Silence(
                refused[0][1] if refused else "the model's answer changes nothing", refused=tuple(refused)
            )
        # Its other hunks are proposed one by one, if this one is taken.
        self._answer = answer
        return found[0]

    async def others(self, offered: Offered) -> list[Proposal]:
        """Every place of the rule behind a proposal, in open documents, this one first."""
        return await self._run(partial(self._work.others, self._taken(), offered.proposal))

    def get(self, identifier: str) -> Offered | None:
        """A proposal that can still be taken."""
        return self._offered.get(identifier)

    def accepted(self, identifier: str) -> None:
        """The user took a proposal; the edit itself comes by `changed`."""
        if (offered := self._offered.pop(identifier, None)) is not None:
            self._follows = offered.proposal.rule == MODEL
            self._tasks.append(partial(self._work.accepted, offered.proposal))

    def keep_name(self, rename: Rename) -> None:
        """The user does not want a rename, or it was made: it is not offered again."""
        self._tasks.append(partial(self._work.predictor.keep_name, rename))

    def rejected(self, identifier: str) -> None:
        """The user did not want a proposal: it is not shown again."""
        if (offered := self._offered.pop(identifier, None)) is not None:
            # The other hunks of the same answer are not wanted either.
            self._rejected_at, self._answer = self.clock(), None
            self._tasks.append(partial(self._work.predictor.rejected, offered.proposal))

    @property
    def model_name(self) -> str:
        """The model's server, as people know it; '' where none is named."""
        model = self.model()
        return "" if model is None else model.name

    def give_way(self) -> None:
        """The user's own suggestion is being asked for, which goes before what nobody waits for."""
        self.in_flight.give_way()

    def rules_changed(self) -> None:
        """Other files than before may be read, or the workspace is trusted no more: what was asked is ended."""
        self.in_flight.forget()
        self._answer = None

    def close(self) -> None:
        """End the thread; nothing is waited for."""
        self.in_flight.end()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)

    def _taken(self) -> list[Callable[[], None]]:
        tasks, self._tasks = self._tasks, []
        return tasks

    def _submit(self, work: Callable[[], Found]) -> Future[Found]:
        """Have the thread do something, after what it was given before."""
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "dovetail-next")
        return self._thread.submit(work)

    async def _run(self, work: Callable[[], Found]) -> Found:
        return await asyncio.wrap_future(self._submit(work))
