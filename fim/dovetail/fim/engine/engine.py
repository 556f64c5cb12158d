"""From a cursor to suggestions: cache, flight that agrees, gate, wait, context, generator, filters.

The engine does not know whether a candidate comes from the built-in model or from an endpoint. All state is
touched on the event loop only; what an `Ask` needs it carries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from time import perf_counter

from attrs import define, evolve, field

from dovetail.text import Snapshot, block_header, indent_unit

from ..place import Place
from ..prompt.context import ContextSource, DocumentSet
from ..prompt.window import window_at
from ..rules.filters import Verdicts
from ..rules.gate import gate, position_exists
from ..types import Ask, Candidate, Generator, GeneratorError, Suggestion, Trigger
from .against import TypedAgainst
from .cache import Cache, has_name
from .dismissed import Dismissed
from .finish import Finisher
from .flight import Flight
from .follow import Followed, OnPartial, follow
from .launch import SUPERSEDED, Launcher, stop_rules
from .more import MoreToCome
from .patience import Patience
from .settings import EngineSettings
from .shown import Shown
from .traffic import Traffic
from .turns import Turn, Turns
from .why import Trace, Why, why_nothing


@define(slots=True, eq=False)
class Engine:
    """One engine serves all documents of a server."""

    generators: Callable[[Ask], tuple[Generator, ...]]
    """Whom to ask, in order; asked for anew each time, so that settings take effect at once."""
    documents: DocumentSet
    sources: Sequence[ContextSource] = ()
    settings: EngineSettings = field(factory=EngineSettings)
    delay_ms: Callable[[Ask, Generator], float] = lambda ask, generator: 0.0
    """How long to wait for further keys before a generator is asked (see `Debounce`)."""
    on_flight: Callable[[Flight], None] = lambda flight: None
    """Told when a generation ends: for the status, and for the debounce to learn from."""
    on_silence: Callable[[Flight], None] = lambda flight: None
    """Told when an endpoint has been silent for so long that the built-in model answers meanwhile."""
    on_more: Callable[[str], None] = lambda uri: None
    """Told, with the document's uri, when more has come than a request without `on_partial` was given."""
    cache: Cache = field(factory=Cache)
    why: Why = field(factory=Why)
    clock: Callable[[], float] = perf_counter
    """Seconds, rising; the flights' clock."""
    _traffic: Traffic = field(init=False)
    _launcher: Launcher = field(init=False)
    _dismissed: Dismissed = field(init=False)
    _verdicts: Verdicts = field(factory=Verdicts)
    _turns: Turns = field(factory=Turns)
    _patience: Patience = field(init=False)
    _more: MoreToCome = field(init=False)
    _against: TypedAgainst = field(factory=TypedAgainst)
    _shown: dict[str, Shown] = field(factory=dict)
    """What each document was last given."""
    _soon: dict[str, asyncio.Handle] = field(factory=dict)
    _units: dict[str, tuple[int, str]] = field(factory=dict)
    _ids: count[int] = field(factory=lambda: count(1))

    def __attrs_post_init__(self) -> None:
        self._traffic = Traffic(self._landed, self._remember)
        self._launcher = Launcher(
            self.generators, self.documents, self.sources, self.delay_ms, self.clock, self._traffic
        )
        self._dismissed = Dismissed(self.clock)
        self._patience = Patience(self.settings.patience_ms)
        self._more = MoreToCome(lambda uri: self.on_more(uri))

    async def suggest(self, ask: Ask, on_partial: OnPartial | None = None) -> list[Suggestion]:
        """Suggestions for one cursor, best first; [] with the reason in `why`.

        `on_partial` is called as text arrives, each time with the whole of what there is so far; its suggestions
        keep their ids in the answer.
        """
        trace = self.why.begin(ask)
        turn = self._turns.begin(ask.snapshot.uri)
        self._more.stop(ask.snapshot.uri)
        try:
            return await self._suggest(ask, trace, turn, on_partial)
        except asyncio.CancelledError:
            trace.end("cancelled by the editor")
            raise
        finally:
            self._turns.end(ask.snapshot.uri, turn)
            trace.end("nothing to suggest")

    async def _suggest(
        self, ask: Ask, trace: Trace, turn: Turn, on_partial: OnPartial | None
    ) -> list[Suggestion]:
        if not position_exists(ask):
            trace.end("the position lies outside the document")
            return []
        finish = Finisher(
            ask, trace, self.settings, self._dismissed, self._verdicts, self._ids, self._unit(ask.snapshot)
        )
        here = Place.at(ask.snapshot, ask.position, self._reach())
        shown = self._shown.get(here.uri)
        finish.here, finish.against = here, self._against.refused(ask)
        known = self.cache.find(here, lambda names: self._names_stand(ask, names))
        if known is not None and ask.trigger is Trigger.MANUAL and (ask.count > 1 or not known[0]):
            usable = None
        else:
            usable = known
        deep = self._begins_block(ask)
        seed = ""
        if usable is not None and deep and usable[0] and usable[0][0].cut == "line":
            # One line is known of what may be a whole block: it is the beginning of the question, not the answer.
            trace.step("cache", "one line of a block is known: the rest is asked for")
            text = self._known_lines(here, usable[0][0].text)
            first = finish([evolve(usable[0][0], text=text)], multiline=True, cached=True, partial=True)
            if first:
                seed, finish.sent = text, first
                if on_partial is not None:
                    on_partial(first)
            usable = None
        if usable is not None:
            found = self._from_cache(ask, trace, finish, usable)
            if found is not None:
                return self._end(ask, here, trace, found)
        flight = self._ahead(ask, here, seed, trace) if seed else None
        if flight is None:
            flight = self._traffic.joinable(ask, here, trace)
        if flight is not None and deep and not flight.request.multiline:
            trace.step("flight", "a block begins here: read on for many lines")
            flight.deepen(flight.typed_at(here) or "", stop_rules(ask, self.settings, multiline=True))
        stands_in = True
        while True:
            if flight is None:
                taken = shown is not None and shown.taken(here)
                flight = await self._launcher.launch(
                    ask, self.settings, trace, turn, seed=seed, at_once=taken
                )
                if flight is None:
                    return []
            try:
                waits = self._patience.ms(flight.asked) if stands_in else None
                came = await follow(flight, here, turn, finish, on_partial, self.clock, waits)
            except asyncio.CancelledError:
                self._traffic.abandon(flight, self.settings.grace_ms / 1000)
                raise
            if came is Followed.TO_THE_END:
                if turn.superseded or not flight.typed_at(here) or flight.streams or flight.errors:
                    break
                trace.step("flight", "it found nothing where it began: asked anew, with what was typed since")
                flight, seed = None, ""
                continue
            if came is Followed.SILENT:
                stands_in = False
                found = await self._meanwhile(flight, finish, trace, turn)
                if found:
                    return self._end(ask, here, trace, found)
                continue
            if turn.superseded:
                trace.end(SUPERSEDED)
                return []
            trace.step("flight", "what came disagrees with what was typed: closed, asked anew")
            flight.cancel(disagreed=True)
            flight, seed = None, ""
        found = self._landed_answer(ask, here, trace, finish, flight, known[0] if known else [])
        typed = flight.typed_at(here) or ""
        if found and on_partial is None and not flight.settled(typed):
            self._more.watch(flight, here, sum(len(one.text) for one in flight.left(typed, partial=True)[:1]))
        return found

    def _landed_answer(
        self,
        ask: Ask,
        here: Place,
        trace: Trace,
        finish: Finisher,
        flight: Flight,
        known: list[Candidate],
    ) -> list[Suggestion]:
        """What is left of a flight's answer, filtered; with the reason in the trace where nothing is."""
        typed = flight.typed_at(here) or ""
        candidates = flight.left(typed, partial=True)
        for name, sentence in flight.errors:
            trace.step("generator", f"{name}: {sentence}")
        cut = candidates[0].cut if candidates else flight.cut
        trace.step(
            "generated",
            f"{len(candidates)} candidate(s) by {flight.source}"
            + (f", ended by: {cut}" if cut else "")
            + (f", request {flight.request_id}" if flight.request_id else ""),
        )
        if ask.count > 1:
            candidates = [*known, *candidates]
        found = finish(candidates, multiline=flight.request.multiline)
        if not found:
            trace.say(why_nothing(flight, candidates, finish.dropped))
        if not found and candidates and flight.done and flight.completed and not finish.by_user:
            # All of it was filtered out; the same question will not be answered better.
            self.cache.put(Place.at(ask.snapshot, ask.position), ())
        return self._end(ask, here, trace, found, flight=flight)

    def _begins_block(self, ask: Ask) -> bool:
        """Whether many lines would be asked for here. Tokens are asked before the tree: most lines open nothing."""
        if self.settings.multiline is not None or not ask.snapshot.tree_ready:
            return False
        if block_header(ask.snapshot, ask.position) is None:
            return False
        verdict = gate(ask)
        return verdict.ask and verdict.multiline

    def _ahead(self, ask: Ask, here: Place, seed: str, trace: Trace) -> Flight | None:
        """The flight that was asked ahead for what follows `seed`, as one that answers `ask`."""
        found = self._traffic.ahead(here.uri, here.advanced(seed))
        if found is None:
            return None
        flight, typed = found
        trace.step("flight", "joins one asked ahead: a block begins here")
        place = Place.at(ask.snapshot, ask.position)
        flight.adopt(ask, place, seed.removesuffix(typed), stop_rules(ask, self.settings, multiline=True))
        return flight

    def _known_lines(self, here: Place, text: str) -> str:
        """`text` and the lines that are known to follow it one by one."""
        for _ in range(self.settings.surplus_lines):
            more = self.cache.find(here.advanced(text))
            if more is None or not more[0] or more[1] or more[0][0].cut != "line":
                break
            text += more[0][0].text
        return text

    def _names_stand(self, ask: Ask, names: frozenset[str]) -> bool:
        """Whether all of `names` still stand around the cursor."""
        window = window_at(ask.snapshot, ask.position, self.settings.window)
        return all(has_name(window.prefix, name) or has_name(window.suffix, name) for name in names)

    async def _meanwhile(
        self, flight: Flight, finish: Finisher, trace: Trace, turn: Turn
    ) -> list[Suggestion]:
        """What the built-in model has while an endpoint says nothing yet; the endpoint's answer is not given up."""
        waited = self.clock() - flight.started
        trace.step(
            "flight", f"{flight.source} has said nothing for {waited:.2g} s: the built-in model meanwhile"
        )
        self.on_silence(flight)
        ask, settings, generator = finish.ask, self.settings, flight.generators[-1]
        request = evolve(
            flight.request,
            snapshot=ask.snapshot,
            position=ask.position,
            window=window_at(ask.snapshot, ask.position, settings.window),
            snippets=(),
        )
        stream = Flight(
            ask,
            Place.at(ask.snapshot, ask.position),
            request,
            stop_rules(ask, settings, multiline=request.multiline),
            (generator,),
            total_ms=settings.total_ms,
            clock=self.clock,
        )
        stream.source = generator.name
        try:
            await stream.listen(generator)
        except GeneratorError as error:
            trace.step("generator", f"{generator.name}: {error}")
            return []
        return [] if turn.superseded else finish(stream.left(), multiline=request.multiline)

    def _from_cache(
        self, ask: Ask, trace: Trace, finish: Finisher, known: tuple[list[Candidate], int]
    ) -> list[Suggestion] | None:
        """What the cache's answer makes; None where a generator should be asked all the same."""
        candidates, typed = known
        detail = f"hit, {typed} character(s) of it typed" if candidates else "known: nothing here"
        trace.step("cache", detail)
        # What was decided when it was made holds for what is left of it: no gate, no tree.
        found = finish(candidates, cached=True)
        if found or not candidates or finish.by_user:
            return found
        return None

    def _unit(self, snapshot: Snapshot) -> str:
        """The document's unit of indentation; looked up anew when lines came or went."""
        known = self._units.get(snapshot.uri)
        if known is None or known[0] != len(snapshot.lines):
            known = self._units[snapshot.uri] = len(snapshot.lines), indent_unit(snapshot)
        return known[1]

    def _reach(self) -> int:
        """Characters of a suggestion that may have been typed and still be recognised."""
        return max(self.settings.max_tokens * 8, self.cache.reach)

    def _end(
        self,
        ask: Ask,
        here: Place,
        trace: Trace,
        found: list[Suggestion],
        *,
        flight: Flight | None = None,
    ) -> list[Suggestion]:
        if found:
            trace.end("suggested", source=found[0].source, text=found[0].text)
            # After the answer is on its way: to let go of the former one's tree takes its time too.
            loop = asyncio.get_running_loop()
            self._against.shown(ask, found[0])
            former, self._shown[here.uri] = self._shown.get(here.uri), Shown(ask, here, found[0])
            self._soon[here.uri] = loop.call_soon(self._follow_up, here.uri, former)
        return found

    def _follow_up(self, uri: str, former: Shown | None) -> None:
        self._soon.pop(uri, None)
        self._ask_ahead(uri)

    def _ask_ahead(self, uri: str) -> None:
        """Ask for what would come after the suggestion shown, unless that is known or on its way already."""
        shown = self._shown.get(uri)
        if shown is None or shown.followed or not self.settings.speculate:
            return
        ask = shown.after()
        here = Place.at(ask.snapshot, ask.position, self._reach())
        if self.cache.find(here) is not None:
            return
        if any(flight.typed_at(here) is not None for flight in self._traffic.under_way(uri)):
            return  # asked again when that flight lands
        shown.followed = self._launcher.launch_ahead(ask, self.settings)

    def _remember(self, flight: Flight) -> None:
        """Into the cache with what is whole: the answer, and the lines beyond it."""
        base, whole = flight.whole()
        window = flight.request.window
        around = f"{window.prefix}\n{window.suffix}"
        if whole:
            self.cache.put(flight.place.advanced(base) if base else flight.place, whole, around)
        elif flight.completed and not flight.errors and not flight.note:
            self.cache.put(flight.place, ())
        for before, line in flight.surplus():
            self.cache.put(flight.place.advanced(before), (line,), around)

    def _landed(self, flight: Flight) -> None:
        if flight.answered or flight.completed:
            self._remember(flight)
        self._patience.landed(flight, self.clock())
        self.on_flight(flight)
        if not flight.closing:
            self._ask_ahead(flight.ask.snapshot.uri)

    def reject(self, uri: str, text: str) -> None:
        """The user dismissed `text`: it stays away from this document for a moment."""
        self._dismissed.add(uri, text)

    def close(self, uri: str) -> None:
        """Forget a document that was closed."""
        self._turns.drop(uri)
        self._more.stop(uri)
        self._traffic.close(uri)
        self._launcher.gatherer.forget(uri)
        self.cache.forget(uri)
        if (handle := self._soon.pop(uri, None)) is not None:
            handle.cancel()
        self._shown.pop(uri, None)
        self._against.forget(uri)
        self._units.pop(uri, None)

    def forget(self) -> None:
        """Forget all that was made of documents: what may be read has changed. What is under way is cancelled."""
        self.stop()
        self.cache.forget()
        self._launcher.gatherer.forget()

    def stop(self) -> None:
        """Cancel all that is under way."""
        self._turns.drop()
        self._more.stop()
        for handle in self._soon.values():
            handle.cancel()
        self._soon.clear()
        self._shown.clear()
        self._against.forget()
        self._traffic.close()
        self._launcher.gatherer.stop()
