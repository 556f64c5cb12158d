"""From a cursor to suggestions: cache, flight that agrees, gate, wait, context, generator, filters.

The engine does not know whether a candidate comes from the embedded model or from an endpoint. All state is
touched on the event loop only; what an `Ask` needs it carries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from time import monotonic

from attrs import define, field
from dovetail.text import Snapshot, TextEdit, indent_unit

from ._cache import Cache, Place
from ._flight import Flight
from ._gate import gate, position_exists
from ._stop import StopRules
from ._types import Ask, Candidate, GenerationRequest, Generator, Suggestion, Trigger
from ._why import Trace, Why
from ._window import WindowLimits, window_at
from .context import ContextSource, DocumentSet, gather
from .filters import Draft, FilterContext, run_filters

PAUSE_S = 5.0
"""How long a dismissed text stays away."""


@define(frozen=True, slots=True)
class EngineSettings:
    """What the user can set. Times in ms, sizes in estimated tokens."""

    multiline: bool | None = None
    max_lines: int = 24
    max_tokens: int = 128
    deadline_ms: float = 300.0
    """After the first text: from then on whole lines are shown as they are."""
    total_ms: float = 5_000.0
    context_ms: float = 150.0
    context_tokens: int = 1024
    window: WindowLimits = field(factory=WindowLimits)
    stops: tuple[str, ...] = ()
    speculate: bool = True


@define(slots=True, eq=False)
class Engine:
    """One engine serves all documents of a server."""

    generators: Callable[[Ask], tuple[Generator, ...]]
    """Whom to ask, in order; asked for anew each time, so that settings take effect at once."""
    documents: DocumentSet
    sources: Sequence[ContextSource] = ()
    settings: EngineSettings = field(factory=EngineSettings)
    delay_ms: Callable[[Ask, Generator], float] = lambda ask, generator: 0.0
    """How long to wait for further keys before a generator is asked (see `debounce`)."""
    on_flight: Callable[[Flight], None] = lambda flight: None
    """Told when a generation ends: for the status, and for the debounce to learn from."""
    cache: Cache = field(factory=Cache)
    why: Why = field(factory=Why)
    _flights: dict[str, Flight] = field(factory=dict)
    _latest: dict[str, int] = field(factory=dict)
    _rejected: dict[tuple[str, str], float] = field(factory=dict)
    _ids: count[int] = field(factory=lambda: count(1))

    async def suggest(
        self, ask: Ask, on_partial: Callable[[list[Suggestion]], None] | None = None
    ) -> list[Suggestion]:
        """Suggestions for one cursor, best first; [] with the reason in `why`."""
        trace = self.why.begin(ask)
        turn = self._latest[ask.snapshot.uri] = self._latest.get(ask.snapshot.uri, 0) + 1
        try:
            return await self._suggest(ask, trace, turn, on_partial)
        except asyncio.CancelledError:
            trace.end("cancelled by the editor")
            raise
        finally:
            trace.end("nothing to suggest")

    async def _suggest(
        self,
        ask: Ask,
        trace: Trace,
        turn: int,
        on_partial: Callable[[list[Suggestion]], None] | None,
    ) -> list[Suggestion]:
        uri = ask.snapshot.uri
        if not position_exists(ask):
            trace.end("the position lies outside the document")
            return []
        manual = ask.trigger is Trigger.MANUAL
        known = None if manual and ask.count > 1 else self.cache.get(ask.snapshot, ask.position)
        if known is not None and (known[0] or not manual):
            candidates, typed = known
            trace.step(
                "cache", f"hit, {typed} character(s) of it typed" if candidates else "known: nothing here"
            )
            # What was decided when it was made holds for what is left of it: no gate, no tree.
            found = self._finish(ask, candidates, trace, cached=True)
            if found or not candidates:
                self._end(trace, found)
                return found
        flight = self._joinable(ask, trace)
        if flight is None:
            flight = await self._take_off(ask, trace, turn)
            if flight is None:
                return []
        await flight.wait(self.settings.deadline_ms, self.settings.total_ms)
        if self._latest.get(uri) != turn:
            trace.end("superseded by a newer request")
            return []
        typed_text = flight.typed_at(Place.at(ask.snapshot, ask.position, self.settings.max_tokens * 8)) or ""
        candidates = _left_of(flight.candidates(partial=True), typed_text)
        for name, sentence in flight.errors:
            trace.step("generator", f"{name}: {sentence}")
        trace.step(
            "generated",
            f"{len(candidates)} candidate(s) by {flight.source}"
            + (f", ended by: {candidates[0].cut}" if candidates and candidates[0].cut else ""),
        )
        found = self._finish(ask, candidates, trace, multiline=flight.request.multiline)
        self._end(trace, found)
        return found

    def _joinable(self, ask: Ask, trace: Trace) -> Flight | None:
        flight = self._flights.get(ask.snapshot.uri)
        if flight is None:
            return None
        if ask.trigger is Trigger.AUTOMATIC or flight.ask.count >= ask.count:
            typed = flight.typed_at(Place.at(ask.snapshot, ask.position, self.settings.max_tokens * 8))
            if typed is not None and not flight.done:
                trace.step("flight", f"joins one under way, {len(typed)} character(s) typed since")
                return flight
        if not flight.done:
            trace.step("flight", "the one under way disagrees: closed")
            flight.cancel()
        return None

    async def _take_off(self, ask: Ask, trace: Trace, turn: int) -> Flight | None:
        verdict = gate(ask, multiline=self.settings.multiline)
        trace.step("gate", verdict.reason)
        if not verdict.ask:
            trace.end(f"not asked: {verdict.reason}")
            return None
        generators = self.generators(ask)
        if not generators:
            trace.end("no model: neither an endpoint nor the embedded model is on")
            return None
        delay = 0.0 if ask.trigger is Trigger.MANUAL else self.delay_ms(ask, generators[0]) - ask.waited_ms
        if delay > 0:
            await asyncio.sleep(delay / 1000)
            trace.step("debounce", f"waited {delay:.0f} ms")
            if self._latest.get(ask.snapshot.uri) != turn:
                trace.end("superseded by a newer request")
                return None
        window = window_at(ask.snapshot, ask.position, self.settings.window)
        gathered = None
        if any(getattr(generator, "wants_context", True) for generator in generators):
            gathered = await gather(
                self.sources,
                ask,
                window,
                self.documents,
                deadline_ms=self.settings.context_ms,
                max_tokens=self.settings.context_tokens,
            )
            trace.step("context", "; ".join(gathered.notes) or "nothing")
            if self._latest.get(ask.snapshot.uri) != turn:
                trace.end("superseded by a newer request")
                return None
        request = GenerationRequest(
            ask.snapshot,
            ask.position,
            window,
            ask.path,
            ask.trigger,
            verdict.multiline,
            ask.count if ask.trigger is Trigger.MANUAL else 1,
            self.settings.max_tokens,
            gathered.snippets if gathered else (),
        )
        flight = Flight(
            ask,
            Place.at(ask.snapshot, ask.position),
            request,
            StopRules.at(
                ask.snapshot, ask.position, multiline=verdict.multiline, max_lines=self.settings.max_lines
            ),
            generators,
        )
        self._launch(flight)
        return flight

    def _launch(self, flight: Flight) -> None:
        uri = flight.ask.snapshot.uri
        if not flight.speculative:
            if (old := self._flights.get(uri)) is not None and not old.done:
                old.cancel()
            self._flights[uri] = flight

        def landed(_: object) -> None:
            if self._flights.get(uri) is flight:
                del self._flights[uri]
            whole = flight.candidates()
            if whole or (not flight.errors and flight.first_at is None and flight.completed):
                self.cache.put(flight.place, whole)
            self.on_flight(flight)

        flight.start(landed)

    def _finish(
        self,
        ask: Ask,
        candidates: Sequence[Candidate],
        trace: Trace,
        *,
        cached: bool = False,
        multiline: bool = False,
    ) -> list[Suggestion]:
        context = FilterContext(
            ask,
            multiline,
            self.settings.stops,
            indent_unit(ask.snapshot),
            lambda text: self._is_paused(ask.snapshot.uri, text),
        )
        found: list[Suggestion] = []
        for candidate in candidates:
            filtered = run_filters(Draft(candidate.text, ask.position), context)
            for name, what in filtered.fired:
                trace.step("filter", f"{name}: {what}")
            draft = filtered.draft
            if draft is None or any(s.text == draft.text for s in found):
                continue
            found.append(
                Suggestion(
                    f"s{next(self._ids)}",
                    draft.text,
                    ask.position,
                    draft.end,
                    "cache" if cached else candidate.source,
                    candidate.source,
                    candidate.confidence,
                )
            )
        return found[: max(1, ask.count)] if ask.trigger is Trigger.MANUAL else found[:1]

    def _end(self, trace: Trace, found: list[Suggestion]) -> None:
        if found:
            trace.end("suggested", source=found[0].source, text=found[0].text)

    def reject(self, uri: str, text: str) -> None:
        """The user dismissed `text`: it stays away from this document for a moment."""
        now = monotonic()
        self._rejected = {key: at for key, at in self._rejected.items() if now - at < PAUSE_S}
        self._rejected[uri, text.strip()] = now

    def _is_paused(self, uri: str, text: str) -> bool:
        at = self._rejected.get((uri, text.strip()))
        return at is not None and monotonic() - at < PAUSE_S

    def close(self, uri: str) -> None:
        """Forget a document that was closed."""
        if (flight := self._flights.pop(uri, None)) is not None:
            flight.cancel()
        self.cache.forget(uri)
        self._latest.pop(uri, None)

    def stop(self) -> None:
        """Cancel all that is under way."""
        for flight in list(self._flights.values()):
            flight.cancel()


def _left_of(candidates: list[Candidate], typed: str) -> list[Candidate]:
    return [
        Candidate(c.text[len(typed) :], c.source, c.confidence, c.cut)
        for c in candidates
        if c.text.startswith(typed) and len(c.text) > len(typed)
    ]


def after_acceptance(snapshot: Snapshot, suggestion: Suggestion) -> Snapshot:
    """The document as it would be with the suggestion taken."""
    return snapshot.edit(TextEdit(suggestion.start, suggestion.end, suggestion.text))
