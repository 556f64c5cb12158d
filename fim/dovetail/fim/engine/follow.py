"""Wait for an in-flight request on behalf of one request, and send what can be shown of it as it grows."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from ..anchor import CursorAnchor
from ..types import Suggestion, Trigger
from .finish import Finisher
from .in_flight import InFlightRequest
from .turns import Turn

OnPartial = Callable[[list[Suggestion]], None]
"""Takes the whole of what there is so far, each time that it has grown."""


class Followed(Enum):
    """How waiting for an in-flight request ended."""

    TO_THE_END = "what can be shown is there"
    ELSEWHERE = "it disagrees with what was typed, or a newer request came"
    SILENT = "it has said nothing for long, and another generator could answer meanwhile"


async def follow(
    running: InFlightRequest,
    here: CursorAnchor,
    turn: Turn,
    finish: Finisher,
    on_partial: OnPartial | None,
    clock: Callable[[], float],
    patience_ms: float | None,
) -> Followed:
    """Wait until `running` has what can be shown, sending the whole lines that come before that. `clock`: seconds,
    the in-flight request's own. `patience_ms`: how long it may be silent since it began; None: as long as it takes."""
    deadline = finish.settings.deadline_ms / 1000
    # Somebody who asked by hand waits for whom they asked.
    stand_in = (
        finish.request.trigger is Trigger.AUTOMATIC
        and len(running.generators) > 1
        and patience_ms is not None
        and not getattr(running.generators[-1], "wants_context", True)
    )
    tried = ""
    running.subscribe(turn.news)
    try:
        while True:
            typed = running.typed_at(here)
            if turn.superseded or typed is None:
                return Followed.ELSEWHERE
            if running.settled(typed):
                return Followed.TO_THE_END
            now = clock()
            until: float | None = None
            # Silent so far: wait, or let the built-in model speak, but only for the first of the generators.
            if running.first_at is None:
                if stand_in and patience_ms is not None and running.asked == running.generators[0].name:
                    until = running.started + patience_ms / 1000
                    if now >= until:
                        return Followed.SILENT
            # Whole lines are there after the deadline: a client without parts is given them as they are.
            elif on_partial is None:
                until = running.first_at + deadline
                if now >= until:
                    until = None  # a line that is not whole yet is worth waiting for
                    left = running.left(typed, partial=True)
                    if left and left[0].text != tried:
                        # So is the rest of lines that cannot be shown without it.
                        tried = left[0].text
                        if finish(left, multiline=running.generation.multiline, partial=True):
                            return Followed.TO_THE_END
            if on_partial is not None:
                _send(finish, running, typed, on_partial)
            await turn.pause(None if until is None else until - now)
    finally:
        running.unsubscribe(turn.news)


def _send(finish: Finisher, running: InFlightRequest, typed: str, on_partial: OnPartial) -> None:
    """Send what has grown since the last time."""
    # Inside a line only whole lines, since its end decides how it fits what stands behind the cursor.
    candidates = running.left(typed, partial=True) if finish.in_line else running.growing(typed)
    if not candidates:
        return
    found = finish(candidates, multiline=running.generation.multiline, partial=True)
    if found and [s.text for s in found] != [s.text for s in finish.sent]:
        finish.sent = found
        on_partial(found)
