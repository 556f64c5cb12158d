"""For clients that take one answer and no parts: tells when more has come than they were given.

Such a client shows the whole lines that were there when its answer was due. What comes after that is worth asking for
again, as long as nothing else was asked in the document meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field

from ..anchor import CursorAnchor
from .in_flight import InFlightRequest

PACE_S = 0.35
"""How often is looked, which is also how often a suggestion grows at the most."""


@define(slots=True)
class MoreToCome:
    """One in-flight request at most is looked after in each document."""

    told: Callable[[str], None]
    """Called with the document's uri."""
    _looks: dict[str, asyncio.TimerHandle] = field(factory=dict)

    def watch(self, running: InFlightRequest, here: CursorAnchor, given: int) -> None:
        """`given` characters of what `running` has for `here` were given as its answer, and it goes on."""
        self.stop(here.uri)
        loop = asyncio.get_running_loop()
        self._looks[here.uri] = loop.call_later(PACE_S, self._look, running, here, given)

    def _look(self, running: InFlightRequest, here: CursorAnchor, given: int) -> None:
        self._looks.pop(here.uri, None)
        typed = running.typed_at(here)
        if running.closing or typed is None:
            return
        left = running.left(typed, partial=True)
        # Told once: the request that the client then makes watches anew.
        if left and len(left[0].text) > given:
            self.told(here.uri)
        elif not running.done:
            self.watch(running, here, given)

    def stop(self, uri: str | None = None) -> None:
        """Look no further, in a document or in all."""
        for one in [one for one in self._looks if uri in (None, one)]:
            self._looks.pop(one).cancel()
