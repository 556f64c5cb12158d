"""Progress of long work, shown by the client where it can (`window/workDoneProgress`), and cancelled from there.

Reports are held back to a few a second, and the work never waits for the client: one that does not answer, or
has no progress to show, costs nothing. Where the client gave a token with its request (`workDoneToken`), that one is
used, and nothing has to be asked.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from time import monotonic
from typing import Any, Protocol

from attrs import define, field
from lsprotocol import types

log = logging.getLogger(__name__)

EVERY_S = 0.25
"""Reports are sent at most that often, in seconds."""
ANSWER_S = 5.0
"""How long the client may take to agree to show progress, in seconds."""

Token = int | str
given: ContextVar[Token | None] = ContextVar("given", default=None)
"""The `workDoneToken` of the request that is being carried out."""


class Wire(Protocol):
    """What progress is shown over."""

    running: dict[Token, Callable[[], None]]
    """How to cancel the work that the client shows, by its token."""

    @property
    def shows_progress(self) -> bool:
        """Whether the client lets servers begin progress."""

    async def create(self, token: Token) -> None:
        """Ask the client to show it.

        Raises:
            Exception: it does not.
        """

    def send_progress(self, token: Token, value: Any) -> None:
        """Send a value of `$/progress`."""


@define(slots=True, eq=False)
class Progress:
    """One piece of long work (`client.Work`). On the event loop."""

    wire: Wire
    on_cancel: Callable[[], None] = lambda: None
    """Called once if the user cancels."""
    clock: Callable[[], float] = monotonic
    cancelled: bool = False
    _token: Token = field(factory=lambda: f"dovetail-{uuid.uuid4().hex}")
    _given: bool = False
    _shown: bool = False
    _over: bool = False
    _reported: float = float("-inf")
    _percent: int = 0

    def __attrs_post_init__(self) -> None:
        # The client's own token: it agreed to show progress by sending it, so nothing has to be created.
        token = given.get()
        if token is not None:
            given.set(None)  # one piece of work to a token
            self._token, self._given = token, True

    async def begin(self, title: str, message: str = "", *, cancellable: bool = True) -> bool:
        """Show it. False where the client will not; the work goes on all the same."""
        if self._over or not (self._given or self.wire.shows_progress):
            return False
        if not self._given:
            try:
                await asyncio.wait_for(self.wire.create(self._token), ANSWER_S)
            except Exception as error:  # it may refuse, answer nonsense, or not at all
                log.info("the client shows no progress: %s", type(error).__name__)
                return False
            if self._ended():  # the work was quicker than the client
                return False
        self._shown = True
        self.wire.running[self._token] = self._cancel
        self._send(
            types.WorkDoneProgressBegin(title, cancellable=cancellable, message=message or None, percentage=0)
        )
        return True

    def _ended(self) -> bool:
        return self._over

    def report(self, message: str, percent: float | None = None) -> None:
        """Say how far it is, in a few words; `percent` from 0 to 100. It never goes back."""
        if not self._shown or self._over:
            return
        # The protocol asks for percentages that never fall, and a report that is held back must not lose one.
        if percent is not None:
            self._percent = max(self._percent, min(int(percent), 100))
        now = self.clock()
        if now - self._reported >= EVERY_S:
            self._reported = now
            self._send(types.WorkDoneProgressReport(message=message, percentage=self._percent))

    def end(self, message: str = "") -> None:
        """It is over. Further calls do nothing."""
        if self._over:
            return
        self._over = True
        if self._shown:
            self.wire.running.pop(self._token, None)
            self._send(types.WorkDoneProgressEnd(message=message or None))

    def _cancel(self) -> None:
        if not self.cancelled and not self._over:
            self.cancelled = True
            self.on_cancel()

    def _send(self, value: Any) -> None:
        self.wire.send_progress(self._token, value)
