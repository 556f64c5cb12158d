"""Ask all sources at once, take what has come within the deadline, drop what repeats."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence

from .._types import Ask, Snippet, Window
from .._window import estimate_tokens
from ._contract import ContextSource, DocumentSet, Gathered

log = logging.getLogger(__name__)
_WORD = re.compile(r"\w+")


async def gather(
    sources: Sequence[ContextSource],
    ask: Ask,
    window: Window,
    documents: DocumentSet,
    *,
    deadline_ms: float = 150.0,
    max_tokens: int = 1024,
) -> Gathered:
    """Snippets for a prompt, in the order of the sources (stable first), within `max_tokens` (estimated)."""
    tasks = {asyncio.ensure_future(source.snippets(ask, window, documents)): source for source in sources}
    if not tasks:
        return Gathered((), ())
    done, late = await asyncio.wait(tasks, timeout=deadline_ms / 1000)
    notes = []
    for task in late:
        task.cancel()
        notes.append(f"{tasks[task].name}: not within {deadline_ms:.0f} ms")
    found: list[Snippet] = []
    for task, source in tasks.items():
        if task not in done:
            continue
        if (error := task.exception()) is not None:
            log.warning("context source %s failed: %s", source.name, error)
            notes.append(f"{source.name}: failed ({type(error).__name__})")
            continue
        found += task.result()
        if task.result():
            notes.append(f"{source.name}: {len(task.result())}")
    return Gathered(_within(_distinct(found, window), max_tokens), tuple(notes))


def _distinct(snippets: list[Snippet], window: Window) -> list[Snippet]:
    """Drop what repeats another (> 0.9 of the words the same) or the text around the cursor (> 0.5)."""
    around = _words(window.prefix[-2000:] + window.suffix[:1000])
    kept: list[tuple[Snippet, frozenset[str]]] = []
    for snippet in snippets:
        words = _words(snippet.text)
        if not words or _jaccard(words, around) > 0.5:
            continue
        if any(_jaccard(words, other) > 0.9 for _, other in kept):
            continue
        kept.append((snippet, words))
    return [snippet for snippet, _ in kept]


def _within(snippets: list[Snippet], max_tokens: int) -> tuple[Snippet, ...]:
    kept = []
    for snippet in snippets:
        size = estimate_tokens(snippet.text)
        if size <= max_tokens:
            kept.append(snippet)
            max_tokens -= size
    return tuple(kept)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0
