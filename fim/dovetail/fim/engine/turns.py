"""Latest only: a newer request for a document wakes and ends the one before it."""

from __future__ import annotations

import asyncio
from typing import Any

from attrs import define, field


@define(slots=True, eq=False)
class Turn:
    """One request's turn. All that it waits for sets `news`; so does being superseded."""

    superseded: bool = False
    news: asyncio.Event = field(factory=asyncio.Event)

    async def pause(self, seconds: float | None) -> None:
        """Wait for `news` at most `seconds` (None: as long as it takes). What happened is for the caller to look up."""
        try:
            async with asyncio.timeout(None if seconds is None else max(seconds, 0)):
                await self.news.wait()
        except TimeoutError:
            pass
        # After the wait, and before the caller looks: news that comes from here on is not lost.
        self.news.clear()

    async def unless_superseded(self, task: asyncio.Task[Any]) -> bool:
        """Wait for `task`; False if a newer request came first (the task goes on)."""
        task.add_done_callback(self._wake)
        try:
            # `news` is set by other things as well: after each, both are looked at again.
            while not task.done() and not self.superseded:
                await self.news.wait()
                self.news.clear()
        finally:
            task.remove_done_callback(self._wake)
        return not self.superseded

    async def sleep(self, seconds: float) -> bool:
        """Wait `seconds`; False as soon as a newer request came."""
        ends = asyncio.get_running_loop().time() + seconds
        while not self.superseded and (left := ends - asyncio.get_running_loop().time()) > 0:
            await self.pause(left)
        return not self.superseded

    def _wake(self, _: object) -> None:
        self.news.set()


@define(slots=True)
class Turns:
    """Whose turn it is, by document."""

    _latest: dict[str, Turn] = field(factory=dict)

    def begin(self, uri: str) -> Turn:
        """A new turn; the one before is superseded."""
        if (old := self._latest.get(uri)) is not None:
            old.superseded = True
            old.news.set()
        turn = self._latest[uri] = Turn()
        return turn

    def end(self, uri: str, turn: Turn) -> None:
        # A newer turn may have taken its place: that one is not to be ended.
        if self._latest.get(uri) is turn:
            del self._latest[uri]

    def drop(self, uri: str | None = None) -> None:
        """End the turn of a document, or of all, with nothing in its place."""
        for where, turn in list(self._latest.items()):
            if uri in (None, where):
                turn.superseded = True
                turn.news.set()
                del self._latest[where]
