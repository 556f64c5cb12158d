"""The one question to a model that is under way: joined by whoever asks the same, ended by whatever is newer."""

from __future__ import annotations

import asyncio

from attrs import define

from dovetail.text import Snapshot

from .nextquestion import NextModel, NextQuestion, NoNextEdit, Quoted

Key = tuple[Snapshot, int]


@define(slots=True, eq=False)
class InFlightQuestion:
    """On the event loop. A question is the same where the document's snapshot and the cursor's line are."""

    _task: asyncio.Task[Quoted | None] | None = None
    _key: Key | None = None
    _waiting: int = 0
    _nothing_at: Key | None = None
    """Where the model had nothing to say last."""

    async def ask(self, model: NextModel, question: NextQuestion, *, on_demand: bool) -> Quoted | None:
        """The model's answer.

        Raises:
            NoNextEdit: there is none that can be used, or the question was ended.
        """
        key = (question.snapshot, question.cursor.line)
        if not on_demand and self._same(self._nothing_at, key):
            return None
        # Another question: whoever waits for the old one is told that it gave way.
        if self._task is None or self._task.done() or not self._same(self._key, key):
            self.end()
            self._key = key
            self._task = asyncio.ensure_future(model.ask(question, speculative=not on_demand))
            self._task.add_done_callback(_retrieved)
            self._waiting = 0
        task = self._task
        self._waiting += 1
        try:
            # Shielded, since several may wait for the one answer and each may be cancelled by itself.
            found = await asyncio.shield(task)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            # The question was cancelled and not this waiter: that is an answer for it, not the end of its own
            # task.
            if task.cancelled() and not (me is not None and me.cancelling()):
                raise NoNextEdit("the question gave way to a newer one") from None
            raise
        finally:
            if task is self._task:
                self._waiting -= 1
                if not self._waiting and not task.done():
                    task.cancel()  # nobody waits for it any more
        self._nothing_at = key if found is None else None
        return found

    def end(self) -> None:
        """End what is under way, if anything is."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()

    def give_way(self) -> None:
        """The user's own suggestion is being asked for: it goes before."""
        self.end()

    def forget(self) -> None:
        """What may be read has changed."""
        self.end()
        self._nothing_at = None

    @staticmethod
    def _same(one: Key | None, other: Key) -> bool:
        return one is not None and one[0] is other[0] and one[1] == other[1]


def _retrieved(task: asyncio.Task[Quoted | None]) -> None:
    if not task.cancelled():
        task.exception()
