"""The requests in flight: who may join one, who must make room, and who is closed when nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field

from ..anchor import CursorAnchor
from ..types import SuggestionRequest, Trigger
from .in_flight import InFlightRequest
from .why import Trace

AHEAD = 100
"""Characters before the cursor by which a speculative in-flight request is known to lie ahead of it."""


@define(slots=True, eq=False)
class Traffic:
    """One in-flight request of the user's own per document, and speculative ones as far as the generator has room."""

    finished: Callable[[InFlightRequest], None]
    """Told when an in-flight request is over."""
    on_text: Callable[[InFlightRequest], None]
    """Told when an in-flight request's candidate, or a line beyond it, is whole."""
    _running: list[InFlightRequest] = field(factory=list)

    def under_way(self, uri: str | None = None) -> list[InFlightRequest]:
        """The in-flight requests that are not over, of one document or all."""
        return [f for f in self._running if not f.done and uri in (None, f.request.snapshot.uri)]

    def joinable(
        self, request: SuggestionRequest, here: CursorAnchor, trace: Trace
    ) -> InFlightRequest | None:
        """The in-flight request that `request` can take its answer from. What disagrees with `here` is closed."""
        joined: InFlightRequest | None = None
        # The user's own first: it is the one under way for what they are typing.
        for running in sorted(self.under_way(request.snapshot.uri), key=lambda running: running.speculative):
            typed = running.typed_at(here)
            enough = request.trigger is Trigger.AUTOMATIC or running.generation.count >= request.count
            if joined is None and typed is not None and enough:
                trace.step(
                    "in flight",
                    f"joins one {'asked ahead' if running.speculative else 'under way'}, "
                    f"{len(typed)} character(s) typed since",
                )
                joined = running
            elif not running.speculative:
                trace.step("in flight", "the one under way disagrees: closed")
                running.cancel(disagreed=typed is None)
            # Asked ahead for another place than the one the cursor is about to reach.
            elif here.before[-AHEAD:] not in running.anchor.before:
                running.cancel(disagreed=True)
        # The user waits for it now, so that it no longer makes room for others.
        if joined is not None:
            joined.speculative = False
        return joined

    def ahead(self, uri: str, here: CursorAnchor) -> tuple[InFlightRequest, str] | None:
        """The in-flight request that was asked ahead for what comes at `here`, and what must be typed at its own
        place to get there."""
        for running in self.under_way(uri):
            typed = running.typed_at(here)
            if running.speculative and typed is not None and not running.closing:
                return running, typed
        return None

    def has_room(self, running: InFlightRequest) -> bool:
        """Whether the in-flight request's generator can take one more."""
        return len(self._rivals(running)) < _slots(running)

    def launch(self, running: InFlightRequest) -> None:
        """Start an in-flight request. The user's own closes the document's former one, and others for room."""
        if not running.speculative:
            for old in self.under_way(running.request.snapshot.uri):
                if not old.speculative:
                    old.cancel()
            for old in sorted(self._rivals(running), key=_worth):
                # What somebody waits for is never given up; `_worth` puts it last, so the rest is watched
                # too.
                if self.has_room(running) or old.watched:
                    break
                old.cancel()

        def finished(_: object) -> None:
            if running.grace is not None:
                running.grace.cancel()
            if running in self._running:
                self._running.remove(running)
            self.finished(running)

        self._running.append(running)
        running.on_text = self.on_text
        running.start(finished)

    def _rivals(self, running: InFlightRequest) -> list[InFlightRequest]:
        """In-flight requests that take the same generator's slots."""
        name = running.generators[0].name
        # By who is being asked, not by who was asked first: one that went on to the next generator has left
        # its place.
        return [f for f in self.under_way() if f is not running and f.asked == name and not f.closing]

    def abandon(self, running: InFlightRequest, grace_s: float) -> None:
        """The editor cancelled a request that waited for `running`: close it, unless another one comes to wait."""
        if running.watched or running.done or running.grace is not None:
            return
        running.grace = asyncio.get_running_loop().call_later(grace_s, running.cancel)

    def close(self, uri: str | None = None) -> None:
        """Close the in-flight requests of a document, or all."""
        for running in self.under_way(uri):
            running.cancel()


def _slots(running: InFlightRequest) -> int:
    return max(1, getattr(running.generators[0], "slots", 1))


def _worth(running: InFlightRequest) -> tuple[bool, bool, bool]:
    """What is given up first sorts first: speculative ones, surplus, those that nobody waits for."""
    return running.watched, not running.speculative, not running.answered
