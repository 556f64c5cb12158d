"""From a question to a generation under way: gate, debounce, context, request; and what is asked ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter

from attrs import define, field

from dovetail.text import Snapshot

from ..anchor import CursorAnchor
from ..prompt.context import ContextSource, DocumentSet, Gathered, Gatherer
from ..prompt.window import window_at
from ..rules.gate import gate
from ..rules.stop import StopRules
from ..types import GenerationRequest, Generator, SuggestionRequest, Trigger, Window
from .in_flight import InFlightRequest
from .settings import EngineSettings
from .shown import with_text
from .traffic import Traffic
from .turns import Turn
from .why import Trace

PARSE_S = 0.25
"""How long a first parse of a document may hold up an answer."""
SUPERSEDED = "superseded by a newer request"


@define(slots=True, eq=False)
class Launcher:
    """Starts the generations of one engine. What the user can set comes with each call, because it may change."""

    generators: Callable[[SuggestionRequest], tuple[Generator, ...]]
    """Whom to ask, in order."""
    documents: DocumentSet
    sources: Sequence[ContextSource]
    delay_ms: Callable[[SuggestionRequest, Generator], float]
    """How long to wait for further keys before a generator is asked."""
    clock: Callable[[], float]
    """Seconds, rising."""
    traffic: Traffic
    why_nobody: Callable[[], str] = lambda: ""
    """Why there is no generator, as a sentence."""
    gatherer: Gatherer = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.gatherer = Gatherer(self.clock)

    async def launch(
        self,
        request: SuggestionRequest,
        settings: EngineSettings,
        trace: Trace,
        turn: Turn,
        *,
        seed: str = "",
        at_once: bool = False,
    ) -> InFlightRequest | None:
        """Ask a generator; None where there is nothing to ask, or a newer request came: the trace says which.

        `seed`: the beginning of the answer, where that is known. `at_once`: no wait for further keys.
        """
        snapshot = request.snapshot
        # Every await may let a newer request in: after each, this one asks whether it still counts.
        if not await _parsed(snapshot, turn):
            trace.end(SUPERSEDED)
            return None
        gated = gate(request, multiline=settings.multiline, parsed=snapshot.tree_ready)
        trace.step("gate", gated.reason)
        if not gated.asks:
            trace.end(f"not asked: {gated.reason}")
            return None
        generators = self.generators(request)
        # After the gate, so that the trace says first why nothing would have been asked anyway.
        if not generators:
            trace.say(self.why_nobody())
            trace.end("no model: neither an endpoint nor the built-in model is on")
            return None
        position = request.position
        # The generator is asked at the end of what is known, as if that stood in the document.
        if seed:
            snapshot, position = with_text(snapshot, position, seed)
        window = window_at(snapshot, position, settings.window)
        context: Gathered | asyncio.Task[Gathered] | None = None
        if any(wants_context(generator) for generator in generators):
            # Sources work while the debounce waits.
            context = self._gather(request, window, settings)
        # Debounce and sources run side by side; the longer of the two is what is waited.
        if not at_once and not await self._debounced(request, generators[0], trace, turn):
            trace.end(SUPERSEDED)
            return None
        gathered = await _gathered(context, trace, turn)
        if gathered is None:
            trace.end(SUPERSEDED)
            return None
        generation = GenerationRequest(
            snapshot,
            position,
            window,
            request.path,
            request.trigger,
            gated.multiline,
            request.count if request.trigger is Trigger.MANUAL else 1,
            settings.max_tokens,
            gathered.snippets,
            surplus=_surplus(settings) > 0,
        )
        running = self._prepared(request, generation, generators, settings, seed=seed)
        self.traffic.launch(running)
        return running

    def launch_ahead(
        self,
        request: SuggestionRequest,
        settings: EngineSettings,
        behind: tuple[CursorAnchor, str] | None = None,
    ) -> bool:
        """Ask for `request`, which nobody has asked yet, with the context that is there. Returns whether it was asked:
        not where the gate is against it, nor where the generator has no room beside the user's own requests. `behind`:
        see `InFlightRequest`."""
        # Nothing is asked ahead of a model without context: the built-in one answers at once anyway.
        generators = tuple(
            generator for generator in self.generators(request)[:1] if wants_context(generator)
        )
        gated = gate(request, multiline=settings.multiline, parsed=request.snapshot.tree_ready)
        if not generators or not gated.asks:
            return False
        generation = GenerationRequest(
            request.snapshot,
            request.position,
            window_at(request.snapshot, request.position, settings.window),
            request.path,
            multiline=gated.multiline,
            max_tokens=settings.max_tokens,
            # Only what is there: nothing is gathered for a question that may never be asked.
            snippets=self.gatherer.known(request.snapshot.uri),
            surplus=_surplus(settings) > 0,
            speculative=True,
        )
        running = self._prepared(request, generation, generators, settings, speculative=True)
        # The gate's word and the room are looked at before anything is started.
        if not self.traffic.has_room(running):
            return False
        running.behind = behind
        self.traffic.launch(running)
        return True

    def _prepared(
        self,
        request: SuggestionRequest,
        generation: GenerationRequest,
        generators: tuple[Generator, ...],
        settings: EngineSettings,
        *,
        speculative: bool = False,
        seed: str = "",
    ) -> InFlightRequest:
        window = generation.window
        # What the document itself speaks of is no control token there.
        control = tuple(
            token
            for token in getattr(generators[0], "control_tokens", ())
            if token not in window.prefix and token not in window.suffix
        )
        return InFlightRequest(
            request,
            CursorAnchor.at(request.snapshot, request.position),
            generation,
            stop_rules(request, settings, multiline=generation.multiline, control=control),
            generators,
            speculative,
            surplus_lines=_surplus(settings),
            total_ms=settings.total_ms,
            seed=seed,
            clock=self.clock,
        )

    def _gather(
        self, request: SuggestionRequest, window: Window, settings: EngineSettings
    ) -> Gathered | asyncio.Task[Gathered]:
        return self.gatherer.start(
            self.sources,
            request,
            window,
            self.documents,
            deadline_ms=settings.context_ms,
            max_tokens=settings.context_tokens,
        )

    async def _debounced(
        self, request: SuggestionRequest, generator: Generator, trace: Trace, turn: Turn
    ) -> bool:
        """Wait for further keys where that pays; False if there was a newer request."""
        if request.trigger is Trigger.MANUAL:
            return True
        # The client may have waited itself: both waits are one.
        delay = self.delay_ms(request, generator) - request.waited_ms
        if delay > 0:
            kept = await turn.sleep(delay / 1000)
            trace.step("debounce", f"waited {delay:.0f} ms" if kept else "another key came")
        return not turn.superseded


def stop_rules(
    request: SuggestionRequest, settings: EngineSettings, *, multiline: bool, control: tuple[str, ...] = ()
) -> StopRules:
    """Where an answer to `request` ends. `control`: the control tokens of the model that is asked."""
    return StopRules.at(
        request.snapshot,
        request.position,
        multiline=multiline,
        max_lines=settings.max_lines,
        max_tokens=settings.max_tokens,
        next_line=settings.multiline is not False,
        stops=(*settings.stops, *control),
    )


async def _parsed(snapshot: Snapshot, turn: Turn) -> bool:
    """Have the document parsed, as far as there is time for it; False if a newer request came meanwhile."""
    if snapshot.tree_ready:
        return True
    # A first parse of a large document takes long: not on the loop, and not without end.
    parse = asyncio.ensure_future(asyncio.to_thread(snapshot.tree, deadline=perf_counter() + PARSE_S))
    return await turn.unless_superseded(parse)


async def _gathered(
    context: Gathered | asyncio.Task[Gathered] | None, trace: Trace, turn: Turn
) -> Gathered | None:
    """The context, empty where nobody wants it or it failed; None if a newer request came meanwhile."""
    nothing = Gathered((), ())
    if context is None:
        return nothing
    # Known of this place already: no wait, and no task.
    if isinstance(context, Gathered):
        gathered = context
    elif not await turn.unless_superseded(context):
        return None
    elif context.cancelled() or context.exception() is not None:
        trace.step("context", f"failed: {'' if context.cancelled() else context.exception()}")
        gathered = nothing
    else:
        gathered = context.result()
    trace.step("context", "; ".join(gathered.notes) or "nothing")
    return gathered


def _surplus(settings: EngineSettings) -> int:
    """Lines past the requested one to keep reading; none for a user who wants one line only."""
    return settings.surplus_lines if settings.multiline is not False else 0


def wants_context(generator: Generator) -> bool:
    return getattr(generator, "wants_context", True)
