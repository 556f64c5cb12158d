"""From a cursor to suggestions: cache, request in flight that agrees, gate, wait, context, generator, filters.

The engine does not know whether a candidate comes from the built-in model or from an endpoint. All state is
touched on the event loop only; what an `Ask` needs it carries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from itertools import count
from time import perf_counter

from attrs import define, evolve, field

from dovetail.text import Snapshot, indent_unit

from ..anchor import CursorAnchor
from ..prompt.context import ContextSource, DocumentSet
from ..rules.filters import SyntaxCache
from ..rules.gate import position_exists
from ..types import Candidate, Generator, GeneratorError, Suggestion, SuggestionRequest, Trigger
from .against import TypedAgainst
from .ahead import AskingAhead
from .at_hand import AtHand
from .cache import Cache
from .dismissed import Dismissed
from .finish import Finisher
from .follow import Followed, OnPartial, follow
from .former import FormerAnswers
from .in_flight import InFlightRequest
from .known import begins_block, names_stand, with_known_lines
from .launch import SUPERSEDED, Launcher, stop_rules
from .memory import Memory
from .more import MoreToCome
from .patience import Patience
from .settings import EngineSettings
from .shown import ShownSuggestion
from .stand_in import stand_in
from .traffic import Traffic
from .turns import Turn, Turns
from .why import Trace, Why, why_nothing


@define(slots=True, eq=False)
class Engine:
    """One engine serves all documents of a server."""

    generators: Callable[[SuggestionRequest], tuple[Generator, ...]]
    """Whom to ask, in order; asked for anew each time, so that settings take effect at once."""
    documents: DocumentSet
    sources: Sequence[ContextSource] = ()
    settings: EngineSettings = field(factory=EngineSettings)
    delay_ms: Callable[[SuggestionRequest, Generator], float] = lambda request, generator: 0.0
    """How long to wait for further keys before a generator is asked (see `Debounce`)."""
    on_finished: Callable[[InFlightRequest], None] = lambda running: None
    """Told when a generation ends: for the status, and for the debounce to learn from."""
    on_silence: Callable[[InFlightRequest], None] = lambda running: None
    """Told when an endpoint has been silent for so long that the built-in model answers meanwhile."""
    on_more: Callable[[str], None] = lambda uri: None
    """Told, with the document's uri, when more has come than a request without `on_partial` was given."""
    cache: Cache = field(factory=Cache)
    why: Why = field(factory=Why)
    clock: Callable[[], float] = perf_counter
    """Seconds, rising; the clock of in-flight requests."""
    why_nobody: Callable[[], str] = lambda: ""
    """Why there is no generator to ask, as a sentence."""
    _traffic: Traffic = field(init=False)
    _launcher: Launcher = field(init=False)
    _dismissed: Dismissed = field(init=False)
    _syntax: SyntaxCache = field(factory=SyntaxCache)
    _turns: Turns = field(factory=Turns)
    _patience: Patience = field(init=False)
    _more: MoreToCome = field(init=False)
    _against: TypedAgainst = field(factory=TypedAgainst)
    _former: FormerAnswers = field(factory=FormerAnswers)
    _memory: Memory = field(init=False)
    _asking_ahead: AskingAhead = field(init=False)
    _at_hand: AtHand = field(init=False)
    _units: dict[str, tuple[int, str]] = field(factory=dict)
    _ids: count[int] = field(factory=lambda: count(1))

    def __attrs_post_init__(self) -> None:
        self._memory = Memory(self.cache, self._former)
        self._traffic = Traffic(self._finished, self._memory.keep)
        self._launcher = Launcher(
            self.generators,
            self.documents,
            self.sources,
            self.delay_ms,
            self.clock,
            self._traffic,
            lambda: self.why_nobody(),
        )
        self._asking_ahead = AskingAhead(lambda: self.settings, self.cache, self._traffic, self._launcher)
        self._at_hand = AtHand(lambda: self.settings, self.cache, self._former, self._traffic, self._launcher)
        self._dismissed = Dismissed(self.clock)
        self._patience = Patience(self.settings.patience_ms)
        self._more = MoreToCome(lambda uri: self.on_more(uri))

    def beside(
        self, generators: Callable[[SuggestionRequest], tuple[Generator, ...]], settings: EngineSettings
    ) -> Engine:
        """Another engine on the same documents, which asks others and shares no answer with this one. They do share
        ids, decisions, and whose turn it is: a request to either supersedes the one before."""
        return Engine(
            generators, self.documents, self.sources, settings, self.delay_ms, self.on_finished, self.on_silence,
            lambda uri: self.on_more(uri), why=self.why, clock=self.clock, why_nobody=self.why_nobody,
            turns=self._turns, ids=self._ids,
        )  # fmt: skip

    async def suggest(
        self, request: SuggestionRequest, on_partial: OnPartial | None = None
    ) -> list[Suggestion]:
        """Suggestions for one cursor, best first; [] with the reason in `why`.

        `on_partial` is called as text arrives, each time with the whole of what there is so far; its suggestions
        keep their ids in the answer.
        """
        trace = self.why.begin(request)
        # Before the first await: from here on an older request for this document knows that it is superseded.
        turn = self._turns.begin(request.snapshot.uri)
        self._more.stop(request.snapshot.uri)
        try:
            return await self._suggest(request, trace, turn, on_partial)
        except asyncio.CancelledError:
            trace.end("cancelled by the editor")
            raise
        finally:
            self._turns.end(request.snapshot.uri, turn)
            # Ends it only if nothing has said why yet; so no request goes without a reason.
            trace.end("nothing to suggest")

    async def _suggest(
        self, request: SuggestionRequest, trace: Trace, turn: Turn, on_partial: OnPartial | None
    ) -> list[Suggestion]:
        if not position_exists(request):
            trace.end("the position lies outside the document")
            return []
        finish = Finisher(
            request,
            trace,
            self.settings,
            self._dismissed,
            self._syntax,
            self._ids,
            self._unit(request.snapshot),
        )
        here = CursorAnchor.at(request.snapshot, request.position, self._asking_ahead.reach)
        shown = self._asking_ahead.shown(here.uri)
        finish.here, finish.against = here, self._against.refused(request)
        known = self.cache.find(here, lambda names: names_stand(request, names, self.settings))
        # Asked for by hand: "known: nothing here" and one answer where several are wanted are no answer.
        if known is not None and request.trigger is Trigger.MANUAL and (request.count > 1 or not known[0]):
            usable = None
        else:
            usable = known
        deep = begins_block(request, self.settings.of(request.snapshot.language_id))
        seed = ""
        if usable is not None and deep and usable[0] and usable[0][0].cut == "line":
            # One line is known of what may be a whole block: it is the beginning of the question, not the answer.
            trace.step("cache", "one line of a block is known: the rest is asked for")
            text = with_known_lines(self.cache, here, usable[0][0].text, self.settings.surplus_lines)
            first = finish([evolve(usable[0][0], text=text)], multiline=True, cached=True, partial=True)
            if first:
                seed, finish.sent = text, first
                if on_partial is not None:
                    on_partial(first)
            usable = None
        if usable is not None:
            found = self._at_hand.cached(request, trace, finish, usable)
            if found is not None:
                return self._end(request, here, trace, found)
        # In order of how soon they can answer: asked ahead for this very place, any that is under way and
        # agrees with what was typed, a former answer; only then is an endpoint asked.
        running = self._at_hand.asked_ahead(request, here, seed, trace) if seed else None
        if running is None:
            running = self._traffic.joinable(request, here, trace)
        # With a seed the first lines are on the screen already; a former answer could contradict them.
        if running is None and not seed:
            found = self._at_hand.former(request, here, trace, finish)
            if found:
                return self._end(request, here, trace, found)
        if running is not None and deep and not running.generation.multiline:
            trace.step("in flight", "a block begins here: read on for many lines")
            running.deepen(
                running.typed_at(here) or "",
                stop_rules(request, self.settings.of(request.snapshot.language_id), multiline=True),
            )
        stands_in = True
        while True:
            if running is None:
                # A suggestion that was accepted is no typing: no further keys are waited for.
                taken = shown is not None and shown.taken(here)
                running = await self._launcher.launch(
                    request,
                    self.settings.of(request.snapshot.language_id),
                    trace,
                    turn,
                    seed=seed,
                    at_once=taken,
                )
                if running is None:
                    return []
            try:
                # Once only: after the built-in model has spoken for it, the endpoint gets all the time that
                # it needs.
                waits = self._patience.ms(running.asked) if stands_in else None
                came = await follow(running, here, turn, finish, on_partial, self.clock, waits)
            except asyncio.CancelledError:
                # Not cancelled at once: the editor cancels at each key, and the next key mostly goes on with
                # the same text.
                self._traffic.abandon(running, self.settings.grace_ms / 1000)
                raise
            if came is Followed.TO_THE_END:
                # Ended empty although characters were typed since: it answered an older question.
                if turn.superseded or not running.typed_at(here) or running.streams or running.errors:
                    break
                trace.step(
                    "in flight", "it found nothing where it began: asked anew, with what was typed since"
                )
                running, seed = None, ""
                continue
            if came is Followed.SILENT:
                stands_in = False
                found = await self._meanwhile(running, finish, trace, turn)
                if found:
                    return self._end(request, here, trace, found)
                continue
            if turn.superseded:
                trace.end(SUPERSEDED)
                return []
            trace.step("in flight", "what came disagrees with what was typed: closed, asked anew")
            # The endpoint is told to stop, for it computes on as long as it is listened to.
            running.cancel(disagreed=True)
            running, seed = None, ""
        found = self._answer(request, here, trace, finish, running, known[0] if known else [])
        typed = running.typed_at(here) or ""
        # More lines are on their way, and the editor cannot be given them later: it is told to ask again.
        if found and on_partial is None and not running.settled(typed):
            self._more.watch(
                running, here, sum(len(one.text) for one in running.left(typed, partial=True)[:1])
            )
        return found

    def _answer(
        self,
        request: SuggestionRequest,
        here: CursorAnchor,
        trace: Trace,
        finish: Finisher,
        running: InFlightRequest,
        known: list[Candidate],
    ) -> list[Suggestion]:
        """What is left of an in-flight request's answer, filtered; with the reason in the trace where nothing is."""
        # This request may have joined one that began a few characters earlier.
        typed = running.typed_at(here) or ""
        candidates = running.left(typed, partial=True)
        if running.first_at is not None:
            trace.decision.first_ms = (running.first_at - running.started) * 1000
        for name, sentence in running.errors:
            trace.failed(name, sentence)
        trace.decision.unanswered = bool(running.errors)
        cut = candidates[0].cut if candidates else running.cut
        trace.step(
            "generated",
            f"{len(candidates)} candidate(s) by {running.source}"
            + (f", ended by: {cut}" if cut else "")
            + (f", request {running.request_id}" if running.request_id else ""),
        )
        if request.count > 1:
            candidates = [*known, *candidates]
        found = finish(candidates, multiline=running.generation.multiline)
        if not found:
            trace.say(why_nothing(running, candidates, finish.dropped))
        # Not where the user dismissed it: that holds for a moment, the cache for longer.
        if not found and candidates and running.done and running.completed and not finish.by_user:
            # All of it was filtered out; the same question will not be answered better.
            self.cache.put(
                CursorAnchor.at(request.snapshot, request.position), (), reason=trace.decision.sentence
            )
        return self._end(request, here, trace, found)

    async def _meanwhile(
        self, running: InFlightRequest, finish: Finisher, trace: Trace, turn: Turn
    ) -> list[Suggestion]:
        """What the built-in model has while an endpoint says nothing yet; the endpoint's answer is not given up."""
        waited = self.clock() - running.started
        trace.step(
            "in flight", f"{running.source} has said nothing for {waited:.2g} s: the built-in model meanwhile"
        )
        self.on_silence(running)
        request = finish.request
        settings = self.settings.of(request.snapshot.language_id)
        try:
            stream = await stand_in(running, request, settings, self.clock)
        except GeneratorError as error:
            trace.failed(running.generators[-1].name, str(error))
            return []
        return [] if turn.superseded else finish(stream.left(), multiline=stream.generation.multiline)

    def _unit(self, snapshot: Snapshot) -> str:
        """The document's unit of indentation; looked up anew when lines came or went."""
        known = self._units.get(snapshot.uri)
        # The number of lines is a cheap sign of an edit that may matter; typing within a line changes no
        # unit.
        if known is None or known[0] != len(snapshot.lines):
            known = self._units[snapshot.uri] = len(snapshot.lines), indent_unit(snapshot)
        return known[1]

    def _end(
        self,
        request: SuggestionRequest,
        here: CursorAnchor,
        trace: Trace,
        found: list[Suggestion],
    ) -> list[Suggestion]:
        if found:
            trace.end("suggested", source=found[0].source, text=found[0].text)
            self._against.shown(request, found[0])
            if request.trigger is Trigger.MANUAL:
                head = request.snapshot.line(request.position.line)[: request.position.column]
                self._dismissed.lift(request.snapshot.uri, head, found[0].text)
            self._asking_ahead.follow(ShownSuggestion(request, here, found[0]))
        return found

    def _finished(self, running: InFlightRequest) -> None:
        if running.answered or running.completed:
            self._memory.keep(running)
        self._patience.finished(running, self.clock())
        self.on_finished(running)
        if not running.closing:
            self._asking_ahead.ask(running.request.snapshot.uri)

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
        self._asking_ahead.close(uri)
        self._against.forget(uri)
        self._former.forget(uri)
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
        self._asking_ahead.stop()
        self._against.forget()
        self._former.forget()
        self._traffic.close()
        self._launcher.gatherer.stop()
