"""A question on its way to a generator, and what has come back so far.

A flight outlives the request that started it: keys typed meanwhile that agree with it keep it, and the newest
request takes what is left of the answer. What disagrees closes the stream.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from time import perf_counter

from attrs import define, field

from ._cache import Place
from ._stop import StopRules
from ._types import Ask, Candidate, GenerationRequest, Generator, GeneratorError


@define(slots=True, eq=False)
class Flight:
    """One running generation. `generators` are tried in order; the next only where one cannot answer."""

    ask: Ask
    place: Place
    request: GenerationRequest
    rules: StopRules
    generators: tuple[Generator, ...]
    speculative: bool = False
    source: str = ""
    errors: list[tuple[str, str]] = field(factory=list)
    """(generator, sentence) for each one that could not answer."""
    first_at: float | None = None
    """When the first text came, of `perf_counter`."""
    started: float = field(factory=perf_counter)
    _texts: dict[int, str] = field(factory=dict)
    _confidence: dict[int, float | None] = field(factory=dict)
    _ended: dict[int, str | None] = field(factory=dict)
    _news: asyncio.Event = field(factory=asyncio.Event)
    completed: bool = False
    """Whether a generator came to its end by itself or by a stop rule; not cancelled, no error."""
    _task: asyncio.Task[None] | None = None

    def start(self, landed: Callable[[object], None]) -> None:
        """Begin; `landed` is called once, when it is over."""
        self.started = perf_counter()
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(landed)

    @property
    def done(self) -> bool:
        return self._task is not None and self._task.done()

    def cancel(self) -> None:
        """Close the stream. Those who wait see the flight done, with what had come."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            for generator in self.generators:
                self.source = generator.name
                try:
                    await self._listen(generator)
                    self.completed = True
                    return
                except GeneratorError as error:
                    self.errors.append((generator.name, str(error)))
                    if self._texts:
                        return
        finally:
            self._news.set()

    async def _listen(self, generator: Generator) -> None:
        async with aclosing(generator.generate(self.request)) as pieces:  # type: ignore[type-var]
            async for piece in pieces:
                index = piece.candidate
                if index in self._ended:
                    continue
                if self.first_at is None:
                    self.first_at = perf_counter()
                text = self._texts.get(index, "") + piece.text
                stopped = self.rules.check(text, whole=piece.done)
                if stopped is not None:
                    text, self._ended[index] = stopped
                elif piece.done:
                    self._ended[index] = None
                self._texts[index] = text
                self._confidence[index] = piece.confidence
                self._news.set()
                if len(self._ended) >= self.request.count:
                    return
        for index, text in self._texts.items():
            if index not in self._ended:
                stopped = self.rules.check(text, whole=True)
                self._texts[index], self._ended[index] = stopped or (text, None)

    def typed_at(self, here: Place) -> str | None:
        """What was typed since the flight began, if `here` lies on its way and agrees with its text so far."""
        if here.uri != self.place.uri or here.after != self.place.after:
            return None
        anchor = self.place.before
        for typed in range(max(len(here.before) - len(anchor), 0) + 1):
            end = len(here.before) - typed
            if here.before.endswith(anchor, 0, end):
                tail = here.before[end:]
                if not self._texts or any(
                    t.startswith(tail) or tail.startswith(t) for t in self._texts.values()
                ):
                    return tail
        return None

    async def wait(self, deadline_ms: float, total_ms: float) -> None:
        """Until it is done; or `deadline_ms` after the first text, when something whole is there; or `total_ms`
        after the start."""
        assert self._task is not None
        while not self._task.done():
            now = perf_counter()
            ends = self.started + total_ms / 1000
            if self.first_at is not None:
                soon = self.first_at + deadline_ms / 1000
                if now >= soon and self.candidates(partial=True):
                    return
                ends = min(ends, soon) if now < soon else ends
            if now >= ends and now >= self.started + total_ms / 1000:
                return
            self._news.clear()
            if self._task.done():
                return
            waiter = asyncio.ensure_future(self._news.wait())
            try:
                await asyncio.wait(
                    {waiter, self._task}, timeout=max(ends - now, 0.001), return_when="FIRST_COMPLETED"
                )
            finally:
                waiter.cancel()

    def candidates(self, *, partial: bool = False) -> list[Candidate]:
        """What came: ended candidates, and with `partial` the whole lines of the others."""
        found = []
        for index in sorted(self._texts):
            text, cut = self._texts[index], self._ended.get(index)
            if index not in self._ended:
                if not partial:
                    continue
                text, cut = self.rules.clean(text), "deadline"
            if text:
                found.append(Candidate(text, self.source, self._confidence.get(index), cut))
        return found
