"""What is kept of an answer, for a cursor that comes to it again, or strayed from it and comes back."""

from __future__ import annotations

from attrs import define

from .cache import Cache
from .former import FormerAnswers
from .in_flight import InFlightRequest
from .launch import wants_context
from .why import why_nothing


@define(frozen=True, slots=True)
class Memory:
    """Puts answers into the cache and among the former ones."""

    _cache: Cache
    _former: FormerAnswers

    def keep(self, running: InFlightRequest) -> None:
        """Into the cache with what is whole: the answer, and the lines beyond it."""
        base, whole = running.whole()
        window = running.generation.window
        around = f"{window.prefix}\n{window.suffix}"
        if whole:
            self._cache.put(running.anchor.advanced(base) if base else running.anchor, whole, around)
        # It ended well and empty: that is an answer, too. With an error it says nothing of the place, nor with what the
        # built-in model says of itself, which learns on.
        elif (
            running.completed
            and not running.errors
            and (not running.note or wants_context(running.generators[0]))
        ):
            self._cache.put(running.anchor, (), reason=why_nothing(running, (), ""))
        # Answers of endpoints only: the built-in model answers anew at once.
        if wants_context(running.generators[0]) and running.generation.count == 1 and running.streams:
            text = running.read()
            if text:
                anchor, before = running.behind or (running.anchor, "")
                self._former.put(anchor, before + text, running.source)
        # Line by line, so that each is found by a cursor that stands before it.
        for before, line in running.surplus():
            self._cache.put(running.anchor.advanced(before), (line,), around)
