"""Progress of long work, shown by the client where it can (`window/workDoneProgress`), and cancelled from there.

Reports are held back to a few a second, and the work never waits for the client: one that does not answer, or
has no progress to show, costs nothing.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from attrs import define, field
from lsprotocol import types

if TYPE_CHECKING:
    from ..server import DovetailServer

log = logging.getLogger(__name__)

EVERY_S = 0.25
"""Reports are sent at most that often, in seconds."""
ANSWER_S = 5.0
"""How long the client may take to agree to show progress, in seconds."""


@define(slots=True, eq=False)
class Progress:
    """One piece of long work. `begin`, any number of `report`, `end`; on the event loop. All may be called where
    the client shows no progress: then they do nothing."""

    server: DovetailServer
    on_cancel: Callable[[], None] = lambda: None
    """Called once if the user cancels."""
    clock: Callable[[], float] = monotonic
    cancelled: bool = False
    _token: str = field(factory=lambda: f"dovetail-{uuid.uuid4().hex}")
    _shown: bool = False
    _over: bool = False
    _reported: float = float("-inf")
    _percent: int = 0

    async def begin(self, title: str, message: str = "", *, cancellable: bool = True) -> bool:
        """Ask the client to show it. False where it will not; the work goes on all the same."""
        window = self.server.client_capabilities.window if self.server.protocol.initialized else None
        if not window or not window.work_done_progress or self._over:
            return False
        params = types.WorkDoneProgressCreateParams(self._token)
        try:
            await asyncio.wait_for(
                self.server.protocol.send_request_async(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params),
                ANSWER_S,
            )
        except Exception as error:  # it may refuse, answer nonsense, or not at all
            log.info("the client shows no progress: %s", type(error).__name__)
            return False
        if self.over:  # the work was quicker than the client
            return False
        self._shown = True
        self.server.progress_running[self._token] = self._cancel
        self._send(
            types.WorkDoneProgressBegin(title, cancellable=cancellable, message=message or None, percentage=0)
        )
        return True

    @property
    def over(self) -> bool:
        """Whether the work has ended."""
        return self._over

    def report(self, message: str, percent: float | None = None) -> None:
        """Say how far it is, in a few words; `percent` from 0 to 100. It never goes back."""
        if not self._shown or self._over:
            return
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
            self.server.progress_running.pop(self._token, None)
            self._send(types.WorkDoneProgressEnd(message=message or None))

    def _cancel(self) -> None:
        if not self.cancelled and not self._over:
            self.cancelled = True
            self.on_cancel()

    def _send(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        plain = self.server.protocol._converter.unstructure(value)
        self.server.protocol.notify(types.PROGRESS, types.ProgressParams(self._token, plain))
