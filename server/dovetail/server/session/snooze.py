"""A snooze: for some minutes nothing is suggested by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from .status import Status
from .timers import Timers


class Snooze:
    """The status says until when; it is over by itself."""

    def __init__(self, status: Status, timers: Timers) -> None:
        self._status = status
        self._timers = timers
        self._begun = 0
        """Counts them, so that the end of an older one does not end a newer one."""

    def begin(self, minutes: float) -> str:
        """No suggestions by themselves for so many minutes; 0 ends it. Until when, as a time of day, or ''."""
        self._begun += 1
        self._status.snoozed = ""
        if minutes > 0:
            until = datetime.now() + timedelta(minutes=minutes)
            self._status.snoozed = f"{until:%H:%M}"
            self._timers.later(minutes * 60, partial(self._wake, self._begun))
        self._status.changed()
        return self._status.snoozed

    def _wake(self, begun: int) -> None:
        if begun == self._begun:
            self._status.snoozed = ""
            self._status.changed()
