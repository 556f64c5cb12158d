"""Ask all sources at once, take what has come within the deadline, drop what repeats; and keep what was gathered
while the cursor stays about where it is.

Frozen context serves twice: the prompt's head stays byte-identical from key to key, and a key waits for no source
(measured: share of a prompt's bytes unchanged .949 -> .999 with the suffix first).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from time import monotonic

from attrs import define, field

from ...types import Snippet, SuggestionRequest, Window
from ..window import estimate_tokens
from .contract import ContextSource, DocumentSet, Gathered

log = logging.getLogger(__name__)
_WORD = re.compile(r"\w+")

VISIT_LINES = 24
"""How far the cursor may move from where context was gathered before it is gathered anew."""
VISIT_S = 60.0
"""How long gathered context is kept."""
LATE_S = 3.0
"""How long a source that missed the deadline may go on; what it brings then serves the next key."""


@define(slots=True, eq=False)
class _Visit:
    """One place, and the context that was gathered there."""

    uri: str
    line: int
    born: float
    assemble: Callable[[], Gathered]
    """Makes `gathered` of what has arrived."""
    gathered: Gathered | None = None
    arrived: dict[str, list[Snippet]] = field(factory=dict)
    notes: dict[str, str] = field(factory=dict)


@define(slots=True, eq=False)
class Gatherer:
    """Gathers snippets for prompts, in the order of the sources (stable first), within a budget."""

    clock: Callable[[], float] = monotonic
    _visits: dict[str, _Visit] = field(factory=dict)
    _late: dict[str, asyncio.Task[list[Snippet]]] = field(factory=dict)
    """Sources, by name, that are still at work for an earlier request; they are not asked twice."""
    _running: dict[str, tuple[int, asyncio.Task[Gathered]]] = field(factory=dict)
    """Work under way, by document, and the line it is for."""

    def start(
        self,
        sources: Sequence[ContextSource],
        request: SuggestionRequest,
        window: Window,
        documents: DocumentSet,
        *,
        deadline_ms: float = 150.0,
        max_tokens: int = 1024,
    ) -> Gathered | asyncio.Task[Gathered]:
        """What is known of this place, or the work that finds out."""
        visit = self._visits.get(request.snapshot.uri)
        if (
            visit is not None
            and visit.gathered is not None
            and abs(visit.line - request.position.line) <= VISIT_LINES
            and self.clock() - visit.born < VISIT_S
        ):
            return visit.gathered
        uri, line = request.snapshot.uri, request.position.line
        running = self._running.get(uri)
        # Two questions at one place share the work; the second is not asked of the sources again.
        if running is not None and abs(running[0] - line) <= VISIT_LINES:
            return running[1]
        task = asyncio.ensure_future(
            self._gather(sources, request, window, documents, deadline_ms, max_tokens)
        )
        self._running[uri] = line, task

        def ended(task: asyncio.Task[Gathered]) -> None:
            # Another line may have taken the place meanwhile; only the own entry goes.
            if self._running.get(uri) == (line, task):
                del self._running[uri]

        task.add_done_callback(ended)
        return task

    async def _gather(
        self,
        sources: Sequence[ContextSource],
        request: SuggestionRequest,
        window: Window,
        documents: DocumentSet,
        deadline_ms: float,
        max_tokens: int,
    ) -> Gathered:
        def assemble() -> Gathered:
            found = _in_turns(sources, visit.arrived)
            notes = tuple(
                f"{source.name}: {visit.notes[source.name]}"
                for source in sources
                if source.name in visit.notes
            )
            return Gathered(_within(_distinct(found, window), max_tokens), notes)

        visit = _Visit(request.snapshot.uri, request.position.line, self.clock(), assemble)
        old = self._visits.get(visit.uri)
        tasks: dict[asyncio.Task[list[Snippet]], ContextSource] = {}
        for source in sources:
            if source.name in self._late:
                visit.notes[source.name] = "still at work"
                continue
            tasks[asyncio.ensure_future(_asked(source, request, window, documents))] = source
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=deadline_ms / 1000)
            for task in late:
                visit.notes[tasks[task].name] = f"not within {deadline_ms:.0f} ms"
                self._let_finish(task, tasks[task].name, visit)
        # A task may have finished between the deadline and here.
        for task, source in tasks.items():
            if task.done():
                self._take(visit, source.name, task)
        if old is not None and abs(old.line - visit.line) <= VISIT_LINES:
            # A source that is late again keeps its place in the prompt with what it had brought before.
            for name, snippets in old.arrived.items():
                visit.arrived.setdefault(name, snippets)
        visit.gathered = assemble()
        self._visits[visit.uri] = visit
        return visit.gathered

    def _take(self, visit: _Visit, name: str, task: asyncio.Task[list[Snippet]]) -> None:
        # Cancelled as too late, or because what may be read has changed: it has nothing to say.
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            log.warning("context source %s failed: %s", name, error)
            visit.notes[name] = f"failed ({type(error).__name__})"
            return
        visit.arrived[name] = task.result()
        if task.result():
            visit.notes[name] = str(len(task.result()))

    def _let_finish(self, task: asyncio.Task[list[Snippet]], name: str, visit: _Visit) -> None:
        self._late[name] = task
        # Late once is no failure: it may finish for the next key, but not run for ever.
        handle = asyncio.get_running_loop().call_later(LATE_S, task.cancel)

        def ended(task: asyncio.Task[list[Snippet]]) -> None:
            handle.cancel()
            if self._late.get(name) is task:
                del self._late[name]
            self._take(visit, name, task)
            # Only if the cursor is still at that place; another visit has sources of its own.
            if visit.arrived.get(name) and self._visits.get(visit.uri) is visit:
                visit.gathered = visit.assemble()

        task.add_done_callback(ended)

    def known(self, uri: str) -> tuple[Snippet, ...]:
        """What was last gathered for a document."""
        visit = self._visits.get(uri)
        return visit.gathered.snippets if visit is not None and visit.gathered is not None else ()

    def forget(self, uri: str | None = None) -> None:
        """Forget what was gathered for a document; None: for all."""
        # What is under way for it ends by itself.
        if uri is not None:
            self._visits.pop(uri, None)
            return
        self.stop()
        self._visits.clear()

    def stop(self) -> None:
        """Cancel all that is under way."""
        for task in [*(task for _, task in self._running.values()), *self._late.values()]:
            task.cancel()


async def _asked(
    source: ContextSource, request: SuggestionRequest, window: Window, documents: DocumentSet
) -> list[Snippet]:
    """As a coroutine of its own, so that whatever the source does wrong ends there."""
    return list(await source.snippets(request, window, documents))


async def gather(
    sources: Sequence[ContextSource],
    request: SuggestionRequest,
    window: Window,
    documents: DocumentSet,
    *,
    deadline_ms: float = 150.0,
    max_tokens: int = 1024,
) -> Gathered:
    """Gather once, for one prompt."""
    gatherer = Gatherer()
    try:
        found = gatherer.start(
            sources, request, window, documents, deadline_ms=deadline_ms, max_tokens=max_tokens
        )
        return found if isinstance(found, Gathered) else await found
    finally:
        gatherer.stop()


def _in_turns(sources: Sequence[ContextSource], arrived: Mapping[str, Sequence[Snippet]]) -> list[Snippet]:
    """What arrived, in the order of the sources. Those that are `interleaved` take turns where the first of them
    stands: the best of each is worth more than the second of one (measured: signatures of imports and found pieces
    alternating beat either alone)."""
    mixed = [arrived.get(s.name, ()) for s in sources if getattr(s, "interleaved", False)]
    turns = [snippet for row in zip_longest(*mixed) for snippet in row if snippet is not None]
    found: list[Snippet] = []
    for source in sources:
        if getattr(source, "interleaved", False):
            found += turns
            turns = []
        else:
            found += arrived.get(source.name, ())
    return found


def _distinct(snippets: list[Snippet], window: Window) -> list[Snippet]:
    """Drop what repeats another (> 0.9 of the words the same) or the text around the cursor (> 0.5)."""
    # Text that the model has before its eyes anyway would only take up the budget.
    around = _words(window.prefix[-2000:] + window.suffix[:1000])
    kept: list[tuple[Snippet, frozenset[str]]] = []
    for snippet in snippets:
        words = _words(snippet.text)
        if not words or _jaccard(words, around) > 0.5:
            continue
        # Nearly the same text from two sources, such as an open file that was edited just now.
        if any(_jaccard(words, other) > 0.9 for _, other in kept):
            continue
        kept.append((snippet, words))
    return [snippet for snippet, _ in kept]


def _within(snippets: list[Snippet], max_tokens: int) -> tuple[Snippet, ...]:
    kept = []
    for snippet in snippets:
        # A snippet that is too large is left out, and a later, smaller one may still fit.
        size = estimate_tokens(snippet.text)
        if size <= max_tokens:
            kept.append(snippet)
            max_tokens -= size
    return tuple(kept)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0
