"""A question on its way to a generator, and what has come back so far.

An in-flight request outlives the suggestion request that started it: keys typed meanwhile that agree with it keep it,
and the newest request takes what is left of the answer. What disagrees closes the stream. Lines that come beyond the
one that was asked for (surplus, Cody's "hot streak") are read on for a while: they are the next answers.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from time import perf_counter

from attrs import define, evolve, field

from dovetail.text import Point, Snapshot, context_at

from ..anchor import CursorAnchor
from ..rules.stop import StopRules
from ..rules.units import Units
from ..rules.wrapping import BACKTICKS_ARE_NO_CODE
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
from .stream import GROWING, CandidateStream

log = logging.getLogger(__name__)

_NEXT_LINE = re.compile(r"\n(?:[ \t]*\n){0,3}[^\n]*\S[^\n]*(?=\n)")

GOES_ON = ("line", "statement", "block left")
"""Rules behind which the text goes on with what may be typed next."""
SILENCE_S = 120.0
"""How long a generator that sets itself no limit may say nothing."""
ECHO_LINES = 20
"""Lines over the cursor that an answer in a code fence may say again."""
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
            self.streams[0] = CandidateStream.seeded(self._stream(), self.seed)
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
            stream = self.streams[piece.candidate] = self._stream()
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

    def _stream(self) -> CandidateStream:
        snapshot, position = self.request.snapshot, self.request.position
        line = snapshot.line(position.line)
        return CandidateStream(
            self.rules,
            Units.at(snapshot, position, self.rules.block),
            line[: position.column],
            line[position.column :],
            tuple(snapshot.lines.slice(max(position.line - ECHO_LINES, 0), position.line)),
            prose=snapshot.language is not None and snapshot.language.name == "markdown",
            in_text=context_at(snapshot, position) is not None,
            backticks=_without_backticks(snapshot, position),
        )

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
            if any(_agrees(stream, tail) for stream in self.streams.values()):
                return tail
        return None

    def settled(self, typed: str) -> bool:
        """Whether nothing more is to come for a request at `typed`, but surplus."""
        if self.done:
            return True
        if len(self.streams) < self.generation.count:
            return False
        return all(self._settled(stream, typed) for stream in self.streams.values())

    def _settled(self, stream: CandidateStream, typed: str) -> bool:
        # The end of it was not typed over: what is left of it is fixed.
        if stream.main is not None and (not typed or len(typed) < len(stream.main)):
            return True
        # It went another way, so it has nothing more to give.
        if not _agrees(stream, typed):
            return True
        return stream.done or stream.stopped_after(len(typed)) is not None

    def left(self, typed: str = "", *, partial: bool = False) -> list[Candidate]:
        """What came and goes on from `typed`: ended candidates; with `partial` also the whole lines of the others."""
        found = []
        for index in sorted(self.streams):
            stream = self.streams[index]
            text, cut = stream.main, stream.cut
            # Typed past the stop rule's end: what was read beyond it may still serve.
            if text is None or len(typed) >= len(text) or not text.startswith(typed):
                if not stream.text.startswith(typed):
                    continue
                stopped = stream.stopped_after(len(typed))
                if stopped is not None:
                    text, cut = stopped
                elif stream.done:
                    text, cut = stream.text[len(typed) :], None
                elif partial:
                    text, cut = self._whole(stream, typed), "still coming"
                else:
                    continue
            else:
                text = text[len(typed) :]
            if text:
                found.append(Candidate(text, self.source, stream.confidence, cut))
        return found

    def _whole(self, stream: CandidateStream, typed: str) -> str:
        """The whole lines of a candidate that is still coming; what was known of it before is whole."""
        rest = stream.rules.whole_lines(stream.text[stream.base :])
        # The seed was shown to the user already: it is never taken back.
        known = max(stream.base + len(rest), len(self.seed))
        return stream.text[len(typed) : known] if known > len(typed) else ""

    def growing(self, typed: str) -> list[Candidate]:
        """As `left(partial=True)`, with what is there of a first line that is still coming. It may be shown where it
        can only grow: nothing of it may turn out to belong to a stop string or to lie outside of the block."""
        found = self.left(typed, partial=True)
        if found or self.generation.count > 1:
            return found
        stream = self.streams.get(0)
        if stream is None or stream.done or not stream.text.startswith(typed):
            return found
        # What was typed reaches beyond the answer, so it is about the surplus.
        beyond = stream.main is not None and len(typed) >= len(stream.main)
        if stream.main is not None and not beyond:
            return found
        text = stream.safe(len(typed) if beyond else stream.base)[len(typed) :]
        return [Candidate(text, self.source, stream.confidence, GROWING)] if text.strip() else found

    def adopt(self, request: SuggestionRequest, anchor: CursorAnchor, seed: str, rules: StopRules) -> None:
        """Answer `request`, of which `seed` is known and for which this in-flight request, asked ahead, brings the
        rest."""
        self.request, self.anchor, self.seed, self.speculative = request, anchor, seed, False
        self.generation = evolve(self.generation, multiline=True)
        self.rules = rules
        if not self.streams:
            self.streams[0] = CandidateStream.seeded(self._stream(), seed)
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
        found = []
        for stream in self.streams.values():
            if stream.main is None or stream.cut not in GOES_ON or self.generation.count > 1:
                continue
            # The last line is whole only once the stream has ended.
            text = stream.text + "\n" if stream.done else stream.text
            for match in _NEXT_LINE.finditer(text, len(stream.main)):
                line = Candidate(match.group(), self.source, None, "line")
                found.append((text[: match.start()], line))
        return found


def _without_backticks(snapshot: Snapshot, position: Point) -> str:
    name = snapshot.language.name if snapshot.language is not None else ""
    if name not in BACKTICKS_ARE_NO_CODE or not snapshot.tree_ready:
        return ""
    return name if context_at(snapshot, position) is None else ""


# Either reaches further than the other, but both say the same.
def _agrees(stream: CandidateStream, tail: str) -> bool:
    if stream.text.startswith(tail):
        return True
    return not stream.done and tail.startswith(stream.text)
