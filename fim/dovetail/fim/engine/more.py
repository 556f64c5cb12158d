"""For clients that take one answer and no parts: tells when more has come than they were given.

Such a client shows the whole lines that were there when its answer was due. What comes after that is worth asking for
again, as long as nothing else was asked in the document meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field

from ..place import Place
from .flight import Flight

PACE_S = 0.35
"""How often is looked, which is also how often a suggestion grows at the most."""


@define(slots=True)
class MoreToCome:
    """One flight at most is looked after in each document."""

    told: Callable[[str], None]
    """Called with the document's uri."""
    _looks: dict[str, asyncio.TimerHandle] = field(factory=dict)

    def watch(self, flight: Flight, here: Place, given: int) -> None:
        """`given` characters of what `flight` has for `here` were given as its answer, and it goes on."""
        self.stop(here.uri)
        loop = asyncio.get_running_loop()
        self._looks[here.uri] = loop.call_later(PACE_S, self._look, flight, here, given)

    def _look(self, flight: Flight, here: Place, given: int) -> None:
        self._looks.pop(here.uri, None)
        typed = flight.typed_at(here)
        if flight.closing or typed is None:
            return
        left = flight.left(typed, partial=True)
        if left and len(left[0].text) > given:
            self.told(here.uri)
        elif not flight.done:
            self.watch(flight, here, given)

    def stop(self, uri: str | None = None) -> None:
        """Look no further, in a document or in all."""
        for one in [one for one in self._looks if uri in (None, one)]:
            self._looks.pop(one).cancel()
