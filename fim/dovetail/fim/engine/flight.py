"""A question on its way to a generator, and what has come back so far.

A flight outlives the request that started it: keys typed meanwhile that agree with it keep it, and the newest
request takes what is left of the answer. What disagrees closes the stream. Lines that come beyond the one that
was asked for (surplus, Cody's "hot streak") are read on for a while: they are the next answers.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from contextlib import aclosing
from time import perf_counter

from attrs import define, field

from ..place import Place, with_plain_ends
from ..rules.stop import StopRules
from ..types import Ask, Candidate, GenerationRequest, GenerationSuperseded, Generator, GeneratorError

log = logging.getLogger(__name__)

_NEXT_LINE = re.compile(r"\n(?:[ \t]*\n){0,3}[^\n]*\S[^\n]*(?=\n)")

UNSEEN = 64
"""Characters typed after a flight began, before any of its text came, up to which it may still agree."""


@define(slots=True)
class Strand:
    """One candidate as it comes in."""

    rules: StopRules
    text: str = ""
    """All of it, as it goes on from the cursor, with `\\n` for every line end."""
    main: str | None = None
    """The part that was asked for, once it has ended."""
    cut: str | None = None
    """The stop rule that ended `main`; None if the generator did."""
    done: bool = False
    """Whether no more will come."""
    confidence: float | None = None
    _held: str = ""
    _begun: bool = False

    def add(self, text: str, *, done: bool = False) -> None:
        """Take a piece. A `\\r` at its end waits for the `\\n` that may follow, blanks at the beginning for what
        they stand before."""
        text = self._held + text
        self._held = ""
        self.done = self.done or done
        if not self.done:
            kept = len(text) if not self._begun and not text.strip(" \t") else int(text.endswith("\r"))
            self._held = text[len(text) - kept :]
            text = text[: len(text) - kept]
        text = with_plain_ends(text)
        if text and not self._begun:
            self._begun = True
            begun = self.rules.from_cursor(text)
            if begun is None:
                self.main, self.cut, self.done = "", "less indentation than the cursor's", True
                return
            text, self.rules = begun
        self.text += text
        if self.main is None:
            stopped = self.rules.check(self.text, whole=self.done)
            if stopped is not None:
                self.main, self.cut = stopped
            elif self.done:
                self.main = self.text


@define(slots=True, eq=False)
class Flight:
    """One running generation. `generators` are tried in order; the next only where one cannot answer."""

    ask: Ask
    place: Place
    request: GenerationRequest
    rules: StopRules
    generators: tuple[Generator, ...]
    speculative: bool = False
    surplus_lines: int = 0
    """How many lines beyond the one asked for are read on."""
    total_ms: float = 5_000.0
    first_ms: float = 2_000.0
    """For the first text of a generator, where another one stands behind it."""
    source: str = ""
    """Who answers."""
    asked: str = ""
    """The name of the generator that is being asked; it may stand for several sources."""
    errors: list[tuple[str, str]] = field(factory=list)
    """(generator, sentence) for each one that could not answer."""
    started: float = field(factory=perf_counter)
    """Of `perf_counter`, as the other times here."""
    first_at: float | None = None
    """When the first text came."""
    completed: bool = False
    """Whether a generator came to its end by itself or by a stop rule; not cancelled, no error."""
    disagreed: bool = False
    """Whether it was closed because what was typed went another way."""
    strands: dict[int, Strand] = field(factory=dict)
    closing: bool = False
    """Whether it was told to close, and its generator is about to hear it."""
    on_text: Callable[[Flight], None] = lambda flight: None
    """Told when a candidate has ended, and at each whole line of surplus."""
    clock: Callable[[], float] = perf_counter
    grace: asyncio.TimerHandle | None = None
    """Runs while nobody waits any more (see `Traffic.abandon`)."""
    _listeners: set[asyncio.Event] = field(factory=set)
    _task: asyncio.Task[None] | None = None

    def start(self, landed: Callable[[object], None]) -> None:
        """Begin; `landed` is called once, when it is over."""
        self.started = self.clock()
        self.source = self.asked = self.generators[0].name
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(landed)

    @property
    def done(self) -> bool:
        return self._task is not None and self._task.done()

    @property
    def answered(self) -> bool:
        """Whether all candidates that were asked for have ended: what still comes is surplus."""
        ended = [strand for strand in self.strands.values() if strand.main is not None]
        return len(ended) >= self.request.count

    @property
    def cut(self) -> str | None:
        """What ended the first candidate, also where nothing is left of it."""
        return next((strand.cut for strand in self.strands.values()), None)

    @property
    def watched(self) -> bool:
        """Whether a request waits for it."""
        return bool(self._listeners)

    def subscribe(self, news: asyncio.Event) -> None:
        """Set `news` whenever something comes, until `unsubscribe`."""
        self._listeners.add(news)
        if self.grace is not None:
            self.grace.cancel()
            self.grace = None

    def unsubscribe(self, news: asyncio.Event) -> None:
        self._listeners.discard(news)

    def cancel(self, *, disagreed: bool = False) -> None:
        """Close the stream. Those who wait see the flight done, with what had come."""
        self.disagreed = self.disagreed or disagreed
        self.closing = True
        if self._task is not None:
            self._task.cancel()

    def _tell(self) -> None:
        for news in self._listeners:
            news.set()

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(self.total_ms / 1000):
                for generator in self.generators:
                    self.source = self.asked = generator.name
                    if await self._try(generator, last=generator is self.generators[-1]):
                        return
        except TimeoutError:
            if not self.answered:
                self.errors.append(
                    (self.source, f"did not finish its answer within {self.total_ms / 1000:g} s")
                )
        finally:
            self._tell()

    async def _try(self, generator: Generator, *, last: bool) -> bool:
        """Whether no other generator is to be asked."""
        try:
            await self._listen(generator, None if last else self.first_ms / 1000)
            self.completed = True
            self.on_text(self)
            return True
        except GenerationSuperseded:
            self.closing = True
            return True
        except GeneratorError as error:
            self.errors.append((generator.name, str(error)))
        except Exception as error:
            # A generator's own defect must not become the editor's: it is told, and the next one is asked.
            log.exception("generator %s failed", generator.name)
            self.errors.append((generator.name, f"failed ({type(error).__name__}: {error})"))
        return any(strand.text for strand in self.strands.values())

    async def _listen(self, generator: Generator, first: float | None) -> None:
        request = self.request
        async with aclosing(generator.generate(request)) as pieces:  # type: ignore[type-var]
            stream = aiter(pieces)
            while True:
                try:
                    async with asyncio.timeout(None if self.first_at else first):
                        piece = await anext(stream, None)
                except TimeoutError:
                    raise GeneratorError(f"said nothing within {self.first_ms / 1000:g} s") from None
                if piece is None:
                    break
                if not 0 <= piece.candidate < request.count:
                    continue
                strand = self.strands.setdefault(piece.candidate, Strand(self.rules))
                if strand.done:
                    continue
                self.source = piece.source or self.source
                if piece.text:
                    self.first_at = self.first_at or self.clock()
                lines, ended = strand.text.count("\n"), strand.main is not None
                strand.confidence = piece.confidence if not ended else strand.confidence
                strand.add(piece.text, done=piece.done)
                if strand.main is not None and (not ended or strand.text.count("\n") != lines):
                    self.on_text(self)
                self._tell()
                if self._enough():
                    return
        for strand in self.strands.values():
            if not strand.done:
                strand.add("", done=True)

    def _enough(self) -> bool:
        if not self.answered:
            return False
        return all(strand.done or not self._reads_on(strand) for strand in self.strands.values())

    def _reads_on(self, strand: Strand) -> bool:
        if strand.cut != "line" or strand.main is None or self.request.count > 1:
            return False
        beyond = strand.text.count("\n", len(strand.main) + 1)
        return beyond < self.surplus_lines and len(strand.text) < self.rules.max_chars

    def typed_at(self, here: Place) -> str | None:
        """What was typed since the flight began, if `here` lies on its way and agrees with its text so far."""
        for tail in self.place.typed_since(here):
            if not self.strands:
                return tail if len(tail) <= UNSEEN else None
            if any(_agrees(strand, tail) for strand in self.strands.values()):
                return tail
        return None

    def settled(self, typed: str) -> bool:
        """Whether nothing more is to come for a request at `typed`, but surplus."""
        if self.done:
            return True
        if len(self.strands) < self.request.count:
            return False
        return all(self._settled(strand, typed) for strand in self.strands.values())

    def _settled(self, strand: Strand, typed: str) -> bool:
        if strand.main is not None and (not typed or len(typed) < len(strand.main)):
            return True
        if not _agrees(strand, typed):
            return True
        return strand.done or strand.rules.check(strand.text[len(typed) :]) is not None

    def left(self, typed: str = "", *, partial: bool = False, raw: bool = False) -> list[Candidate]:
        """What came and goes on from `typed`: ended candidates; with `partial` also the whole part of the others,
        with `raw` all of it."""
        found = []
        for index in sorted(self.strands):
            strand = self.strands[index]
            text, cut = strand.main, strand.cut
            if text is None or len(typed) >= len(text) or not text.startswith(typed):
                if not strand.text.startswith(typed):
                    continue
                rest = strand.text[len(typed) :]
                stopped = strand.rules.check(rest, whole=strand.done)
                if stopped is not None:
                    text, cut = stopped
                elif strand.done:
                    text, cut = rest, None
                elif partial or raw:
                    text, cut = (rest if raw else strand.rules.clean(rest)), "deadline"
                else:
                    continue
            else:
                text = text[len(typed) :]
            if text:
                found.append(Candidate(text, self.source, strand.confidence, cut))
        return found

    def candidates(self, *, partial: bool = False) -> list[Candidate]:
        """What came: ended candidates, and with `partial` the whole lines of the others."""
        return self.left(partial=partial)

    def surplus(self) -> list[tuple[str, Candidate]]:
        """Whole lines beyond the answer: what must be typed to reach each, and the line with its line end before."""
        found = []
        for strand in self.strands.values():
            if strand.main is None or strand.cut != "line" or self.request.count > 1:
                continue
            text = strand.text + "\n" if strand.done else strand.text
            for match in _NEXT_LINE.finditer(text, len(strand.main)):
                line = Candidate(match.group(), self.source, None, "line")
                found.append((text[: match.start()], line))
        return found


def _agrees(strand: Strand, tail: str) -> bool:
    if strand.text.startswith(tail):
        return True
    return not strand.done and tail.startswith(strand.text)
