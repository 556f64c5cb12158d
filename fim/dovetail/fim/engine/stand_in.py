"""The built-in model's answer to a request for which an endpoint is still silent."""

from __future__ import annotations

from collections.abc import Callable

from attrs import evolve

from ..anchor import CursorAnchor
from ..prompt.window import window_at
from ..types import SuggestionRequest
from .in_flight import InFlightRequest
from .launch import stop_rules
from .settings import EngineSettings


async def stand_in(
    silent: InFlightRequest, request: SuggestionRequest, settings: EngineSettings, clock: Callable[[], float]
) -> InFlightRequest:
    """What the last generator of `silent` says to `request`, to its end. `silent` goes on: its answer may still come.

    Args:
        settings: those of the document.
        clock: seconds, rising.

    Raises:
        GeneratorError: that generator has nothing either.
    """
    generator = silent.generators[-1]
    generation = evolve(
        silent.generation,
        snapshot=request.snapshot,
        position=request.position,
        window=window_at(request.snapshot, request.position, settings.window),
        snippets=(),  # the built-in model has its own
    )
    stream = InFlightRequest(
        request,
        CursorAnchor.at(request.snapshot, request.position),
        generation,
        stop_rules(request, settings, multiline=generation.multiline),
        (generator,),
        total_ms=settings.total_ms,
        clock=clock,
    )
    stream.source = generator.name
    await stream.listen(generator)
    return stream
