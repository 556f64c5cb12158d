"""A question on its way to a generator, and what has come back so far.

An in-flight request outlives the suggestion request that started it: keys typed meanwhile that agree with it keep it,
and the newest request takes what is left of the answer. What disagrees closes the stream. Lines that come beyond the
one that was asked for (surplus, Cody's "hot streak") are read on for a while: they are the next answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from time import perf_counter

from attrs import define, evolve, field

from ..anchor import CursorAnchor
from ..rules.stop import StopRules
from ..types import (
    Candidate,
    GenerationRequest,
    GenerationSuperseded,
    Generator,
    GeneratorError,
    NothingSure,
    Piece,
    SuggestionRequest,
)
from .remainder import GOES_ON, agrees, growing, left, settled, surplus
from .stream import GROWING, CandidateStream

log = logging.getLogger(__name__)

SILENCE_S = 120.0
"""How long a generator that sets itself no limit may say nothing."""
UNSEEN = 64
"""Characters typed after an in-flight request began, before any of its text came, up to which it may still agree."""


@define(slots=True, eq=False)
class InFlightRequest:
    """One running generation. `generators` are tried in order; the next only where one cannot answer."""

    request: SuggestionRequest
    anchor: CursorAnchor
    generation: GenerationRequest
    rules: StopRules
    generators: tuple[Generator, ...]
    speculative: bool = False
    surplus_lines: int = 0
    """How many lines past the requested one to keep reading (they go into the cache)."""
    total_ms: float = 8_000.0
    """For an answer, from its first text on. How long the first text may take is the generator's own affair."""
    seed: str = ""
    """What is known of the answer already: the generator is asked for what comes after it."""
    behind: tuple[CursorAnchor, str] | None = None
    """Of one that was asked ahead: where the suggestion was shown whose acceptance it supposes, and that suggestion."""
    source: str = ""
    """Who answers."""
    request_id: str = ""
    """What the server that answers calls this request."""
    asked: str = ""
    """The name of the generator that is being asked; it may stand for several sources."""
    errors: list[tuple[str, str]] = field(factory=list)
    """(generator, sentence) for each one that could not answer."""
    useless: set[str] = field(factory=set)
    """Which of those did answer, but with nothing that can be used."""
    started: float = field(factory=perf_counter)
    """Of `perf_counter`, as the other times here."""
    first_at: float | None = None
    """When the first text came."""
    completed: bool = False
    """Whether a generator came to its end by itself or by a stop rule; not cancelled, no error."""
    disagreed: bool = False
    """Whether it was closed because what was typed went another way."""
    streams: dict[int, CandidateStream] = field(factory=dict)
    note: str = ""
    """Why a generator that answered has nothing to propose, as one sentence."""
    closing: bool = False
    """Whether it was told to close, and its generator is about to hear it."""
    on_text: Callable[[InFlightRequest], None] = lambda running: None
    """Told when a candidate has ended, and at each whole line of surplus."""
    clock: Callable[[], float] = perf_counter
    grace: asyncio.TimerHandle | None = None
    """Runs while nobody waits any more (see `Traffic.abandon`)."""
    _listeners: set[asyncio.Event] = field(factory=set)
    _task: asyncio.Task[None] | None = None

    def start(self, finished: Callable[[object], None]) -> None:
        """Begin; `finished` is called once, when it is over."""
        self.started = self.clock()
        self.source = self.asked = self.generators[0].name
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(finished)

    @property
    def done(self) -> bool:
        return self._task is not None and self._task.done()

    @property
    def answered(self) -> bool:
        """Whether all candidates that were asked for have ended: what still comes is surplus."""
        ended = [stream for stream in self.streams.values() if stream.main is not None]
        # One stream for each candidate; `main` is its text once it has ended.
        return len(ended) >= self.generation.count

    @property
    def cut(self) -> str | None:
        """What ended the first candidate, also where nothing is left of it."""
        return next((stream.cut for stream in self.streams.values()), None)

    @property
    def watched(self) -> bool:
        """Whether a request waits for it."""
        return bool(self._listeners)

    def subscribe(self, news: asyncio.Event) -> None:
        """Set `news` whenever something comes, until `unsubscribe`."""
        self._listeners.add(news)
        if self.grace is not None:
            # Somebody waits again before the time of grace ran out.
            self.grace.cancel()
            self.grace = None

    def unsubscribe(self, news: asyncio.Event) -> None:
        self._listeners.discard(news)

    def cancel(self, *, disagreed: bool = False) -> None:
        """Close the stream. Those who wait see the in-flight request done, with what had come."""
        self.disagreed = self.disagreed or disagreed
        self.closing = True
        if self._task is not None:
            self._task.cancel()

    def _tell(self) -> None:
        for news in self._listeners:
            news.set()

    async def _run(self) -> None:
        try:
            for generator in self.generators:
                self.source = self.asked = generator.name
                if await self._try(generator):
                    return
        finally:
            self._tell()

    async def _try(self, generator: Generator) -> bool:
        """Whether no other generator is to be asked."""
        try:
            await self.listen(generator)
            self.completed = True
            self.on_text(self)
            return True
        except GenerationSuperseded:
            self.closing = True
            return True
        except NothingSure as error:
            self.completed, self.note = True, str(error)
            return True
        except GeneratorError as error:
            self.errors.append((generator.name, str(error)))
            if error.useless:
                self.useless.add(generator.name)
        except Exception as error:
            # A generator's own defect must not become the editor's: it is told, and the next one is asked.
            log.exception("generator %s failed", generator.name)
            self.errors.append((generator.name, f"failed ({type(error).__name__}: {error})"))
        # Part of an answer was shown: another generator's answer would replace it on the screen.
        if self.left(partial=True):
            return True
        # Nothing whole came, so nothing was shown: another generator may begin anew.
        self.streams.clear()
        self.first_at = None
        return False

    async def listen(self, generator: Generator) -> None:
        """Read what `generator` says, until enough of it is there.

        Raises:
            GeneratorError: it could not answer, or did not in time.
        """
        generation = self.generation
        if self.seed:
            self.streams[0] = CandidateStream.seeded(CandidateStream.of(self.request, self.rules), self.seed)
            self._tell()
        async with aclosing(generator.generate(generation)) as pieces:  # type: ignore[type-var]
            stream = aiter(pieces)
            while True:
                piece = await self._next(stream)
                if piece is None:
                    break
                # Servers may send more choices than were asked for.
                if not 0 <= piece.candidate < generation.count:
                    continue
                self._take(piece)
                self._tell()
                if self._enough():
                    return
        # The stream ended by itself: what is there is all of it.
        for candidate in self.streams.values():
            if not candidate.done:
                candidate.add("", done=True)

    async def _next(self, stream: AsyncIterator[Piece]) -> Piece | None:
        """The next piece, or None at the end. Time runs from the first text on; until then the generator itself
        knows how long it may take, and `SILENCE_S` is only there for one that does not."""
        left = SILENCE_S if self.first_at is None else self.first_at + self.total_ms / 1000 - self.clock()
        try:
            async with asyncio.timeout(max(left, 0.0)):
                return await anext(stream, None)
        except TimeoutError:
            if self.first_at is None:
                raise GeneratorError(f"said nothing within {SILENCE_S:g} s") from None
            # Only surplus was still to come: late surplus is no error.
            if self.answered:
                return None
            raise GeneratorError(
                f"did not finish its answer within {self.total_ms / 1000:g} s of its first text"
            ) from None

    def _take(self, piece: Piece) -> None:
        stream = self.streams.get(piece.candidate)
        if stream is None:
            stream = self.streams[piece.candidate] = CandidateStream.of(self.request, self.rules)
        # Text behind the end of a candidate comes in pieces that were on their way already.
        if stream.done:
            return
        self.source = piece.source or self.source
        self.request_id = piece.request_id or self.request_id
        if piece.text:
            self.first_at = self.first_at or self.clock()
        lines, ended = stream.text.count("\n"), stream.main is not None
        stream.confidence = piece.confidence if not ended else stream.confidence
        stream.add(piece.text, done=piece.done, bounded=piece.bounded)
        # News only with whole lines: half a line of surplus is nothing to remember.
        if stream.main is not None and (not ended or stream.text.count("\n") != lines):
            self.on_text(self)

    def deepen(self, typed: str, rules: StopRules) -> None:
        """Go on for many lines from where `typed` ends: a block begins there, and what was asked for one line is its
        beginning."""
        # Joined when a header has just been typed: asked for one line, and now wanted whole.
        self.generation = evolve(self.generation, multiline=True)
        for stream in self.streams.values():
            stream.restart(len(typed), rules)
        self._tell()

    def _enough(self) -> bool:
        if not self.answered:
            return False
        return all(stream.done or not self._reads_on(stream) for stream in self.streams.values())

    def _reads_on(self, stream: CandidateStream) -> bool:
        if stream.cut not in GOES_ON or stream.main is None or self.generation.count > 1:
            # Several candidates are not read on: what lies beyond one of them is no continuation of the
            # others.
            return False
        beyond = stream.text.count("\n", len(stream.main) + 1)
        return beyond < self.surplus_lines and len(stream.text) < self.rules.max_chars

    def typed_at(self, here: CursorAnchor) -> str | None:
        """What was typed since the in-flight request began, if `here` lies on its way and agrees with its text so
        far."""
        # Without any text yet everything agrees, up to a bound: then the question has become another one.
        for tail in self.anchor.typed_since(here):
            if not self.streams:
                return tail if len(tail) <= UNSEEN else None
            if any(agrees(stream, tail) for stream in self.streams.values()):
                return tail
        return None

    def settled(self, typed: str) -> bool:
        """Whether nothing more is to come for a request at `typed`, but surplus."""
        if self.done:
            return True
        if len(self.streams) < self.generation.count:
            return False
        return all(settled(stream, typed) for stream in self.streams.values())

    def left(self, typed: str = "", *, partial: bool = False) -> list[Candidate]:
        """What came and goes on from `typed`: ended candidates; with `partial` also the whole lines of the others."""
        found = []
        for index in sorted(self.streams):
            stream = self.streams[index]
            rest = left(stream, typed, partial=partial, known=len(self.seed))
            if rest is not None and rest[0]:
                found.append(Candidate(rest[0], self.source, stream.confidence, rest[1]))
        return found

    def growing(self, typed: str) -> list[Candidate]:
        """As `left(partial=True)`, with what is there of a first line that is still coming and can only grow."""
        found = self.left(typed, partial=True)
        stream = self.streams.get(0)
        if found or self.generation.count > 1 or stream is None:
            return found
        text = growing(stream, typed)
        return [Candidate(text, self.source, stream.confidence, GROWING)] if text.strip() else found

    def adopt(self, request: SuggestionRequest, anchor: CursorAnchor, seed: str, rules: StopRules) -> None:
        """Answer `request`, of which `seed` is known and for which this in-flight request, asked ahead, brings the
        rest."""
        self.request, self.anchor, self.seed, self.speculative = request, anchor, seed, False
        self.generation = evolve(self.generation, multiline=True)
        self.rules = rules
        if not self.streams:
            self.streams[0] = CandidateStream.seeded(CandidateStream.of(self.request, self.rules), seed)
        else:
            for stream in self.streams.values():
                stream.text = seed + stream.text
                stream.restart(0, rules)
        self._tell()

    def whole(self) -> tuple[str, list[Candidate]]:
        """What must be typed to reach the answer, and its candidates that have ended."""
        base = max((stream.base for stream in self.streams.values()), default=0)
        text = next((stream.text[:base] for stream in self.streams.values() if stream.base), "")
        return text, self.left(text)

    def read(self) -> str:
        """The whole lines of the one candidate, what was read beyond the answer with it."""
        stream = self.streams.get(0)
        if stream is None:
            return ""
        return stream.text if stream.done else stream.text.rpartition("\n")[0]

    def surplus(self) -> list[tuple[str, Candidate]]:
        """Whole lines beyond the answer: what must be typed to reach each, and the line with its line end before."""
        # Several candidates are not read on.
        if self.generation.count > 1:
            return []
        return [
            (typed, Candidate(line, self.source, None, "line"))
            for stream in self.streams.values()
            for typed, line in surplus(stream)
        ]
