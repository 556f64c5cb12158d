"""How far learning is: in the status, and as `$/progress` where the client shows it."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from attrs import define

from ..client import Work

if TYPE_CHECKING:
    from ..session.session import Session

LEARNING = "Learning this workspace."
EVERY_S = 0.2
LONG_S = 0.5
"""Learning that is done sooner is not worth a progress bar."""


@define(slots=True, eq=False)
class LearningProgress:
    """Told by the learner; tells the client, now and then."""

    session: Session
    _started: float = 0.0
    _last: float = 0.0
    _work: Work | None = None
    """The progress bar, where learning takes long enough for one."""

    def begin(self) -> None:
        self._started = self._last = monotonic()
        self._say(LEARNING)

    def report(self, done: int, total: int) -> None:
        """`done` of `total` files."""
        now = monotonic()
        # No bar for what is over soon, and no news more often than anybody reads it.
        if now - self._last < EVERY_S or now - self._started < LONG_S:
            return
        self._last = now
        self._say(f"Learning this workspace: {done:,} of {total:,} files.")
        if self._work is None:
            self._work = self.session.client.work()
            # Not waited for: the client may take its time to agree, or never answer.
            begun = self._work.begin("Dovetail: learning this workspace", cancellable=False)
            self.session.timers.spawn(begun)
        self._work.report(f"{done:,} of {total:,} files", 100 * done / max(total, 1))

    def end(self) -> None:
        self._say("")
        work, self._work = self._work, None
        if work is not None:
            work.end()

    def _say(self, text: str) -> None:
        self.session.status.learning = text
        self.session.status.changed()
