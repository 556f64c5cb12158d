"""The flights under way: who may join one, who must make room, and who is closed when nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field

from ..place import Place
from ..types import Ask, Trigger
from .flight import Flight
from .why import Trace

AHEAD = 100
"""Characters before the cursor by which a speculative flight is known to lie ahead of it."""


@define(slots=True, eq=False)
class Traffic:
    """One flight of the user's own per document, and speculative ones as far as the generator has room."""

    landed: Callable[[Flight], None]
    """Told when a flight is over."""
    on_text: Callable[[Flight], None]
    """Told when a flight's candidate, or a line beyond it, is whole."""
    _flights: list[Flight] = field(factory=list)

    def under_way(self, uri: str | None = None) -> list[Flight]:
        """The flights that are not over, of one document or all."""
        return [f for f in self._flights if not f.done and uri in (None, f.ask.snapshot.uri)]

    def joinable(self, ask: Ask, here: Place, trace: Trace) -> Flight | None:
        """The flight that `ask` can take its answer from. What disagrees with `here` is closed."""
        joined: Flight | None = None
        for flight in sorted(self.under_way(ask.snapshot.uri), key=lambda flight: flight.speculative):
            typed = flight.typed_at(here)
            enough = ask.trigger is Trigger.AUTOMATIC or flight.request.count >= ask.count
            if joined is None and typed is not None and enough:
                trace.step(
                    "flight",
                    f"joins one {'asked ahead' if flight.speculative else 'under way'}, "
                    f"{len(typed)} character(s) typed since",
                )
                joined = flight
            elif not flight.speculative:
                trace.step("flight", "the one under way disagrees: closed")
                flight.cancel(disagreed=typed is None)
            elif here.before[-AHEAD:] not in flight.place.before:
                flight.cancel(disagreed=True)
        if joined is not None:
            joined.speculative = False
        return joined

    def ahead(self, uri: str, here: Place) -> tuple[Flight, str] | None:
        """The flight that was asked ahead for what comes at `here`, and what must be typed at its own place to get
        there."""
        for flight in self.under_way(uri):
            typed = flight.typed_at(here)
            if flight.speculative and typed is not None and not flight.closing:
                return flight, typed
        return None

    def has_room(self, flight: Flight) -> bool:
        """Whether the flight's generator can take one more."""
        return len(self._rivals(flight)) < _slots(flight)

    def launch(self, flight: Flight) -> None:
        """Start a flight. The user's own closes the document's former one, and others for room."""
        if not flight.speculative:
            for old in self.under_way(flight.ask.snapshot.uri):
                if not old.speculative:
                    old.cancel()
            for old in sorted(self._rivals(flight), key=_worth):
                if self.has_room(flight) or old.watched:
                    break
                old.cancel()

        def landed(_: object) -> None:
            if flight.grace is not None:
                flight.grace.cancel()
            if flight in self._flights:
                self._flights.remove(flight)
            self.landed(flight)

        self._flights.append(flight)
        flight.on_text = self.on_text
        flight.start(landed)

    def _rivals(self, flight: Flight) -> list[Flight]:
        """Flights that take the same generator's slots."""
        name = flight.generators[0].name
        return [f for f in self.under_way() if f is not flight and f.asked == name and not f.closing]

    def abandon(self, flight: Flight, grace_s: float) -> None:
        """The editor cancelled a request that waited for `flight`: close it, unless another one comes to wait."""
        if flight.watched or flight.done or flight.grace is not None:
            return
        flight.grace = asyncio.get_running_loop().call_later(grace_s, flight.cancel)

    def close(self, uri: str | None = None) -> None:
        """Close the flights of a document, or all."""
        for flight in self.under_way(uri):
            flight.cancel()


def _slots(flight: Flight) -> int:
    return max(1, getattr(flight.generators[0], "slots", 1))


def _worth(flight: Flight) -> tuple[bool, bool, bool]:
    """What is given up first sorts first: speculative ones, surplus, those that nobody waits for."""
    return flight.watched, not flight.speculative, not flight.answered
