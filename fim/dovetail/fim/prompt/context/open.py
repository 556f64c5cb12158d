"""Pieces of the other open files that share most with the text around the cursor."""

from __future__ import annotations

import asyncio
import math
import re
from collections import Counter

from dovetail.privacy import Shown, join, shown_lines
from dovetail.text import Lines

from ...types import Snippet, SuggestionRequest, Window
from .contract import DocumentSet
from .size import short_lines

CHUNK = 32
MOST_CHUNKS = 4
MOST_FILES = 12
MOST_LINES = 4000
_WORD = re.compile(r"[A-Za-z_]\w{2,}")


Chunk = tuple[Shown, Counter[str]]


class OpenFiles:
    """BM25 over chunks of 32 lines of the open files, the query being the words near the cursor."""

    name = "open files"

    def __init__(self) -> None:
        self._chunks: dict[str, tuple[Lines, list[Chunk]]] = {}
        """By document; made anew when its text changed."""

    async def snippets(
        self, request: SuggestionRequest, window: Window, documents: DocumentSet
    ) -> list[Snippet]:
        near = window.prefix[-1500:] + window.suffix[:500]
        query = set(_WORD.findall(near))
        opened = [
            (path, snapshot.uri, snapshot.lines)
            for path, snapshot in documents.open_documents()[:MOST_FILES]
            if snapshot.uri != request.snapshot.uri
        ]
        return await asyncio.to_thread(self._ranked, query, opened)

    def _ranked(self, query: set[str], opened: list[tuple[str, str, Lines]]) -> list[Snippet]:
        known = self._chunks
        fresh: dict[str, tuple[Lines, list[Chunk]]] = {}
        for _, uri, lines in opened:
            old = known.get(uri)
            # The same `Lines` object: text that did not change since.
            fresh[uri] = old if old is not None and old[0] is lines else (lines, _chunks_of(lines))
        # Chunks of documents that are closed go with the old dictionary.
        self._chunks = fresh
        chunks = [(path, text, words) for path, uri, _ in opened for text, words in fresh[uri][1]]
        # By score, ties in order, so that equal chunks do not swap places between keystrokes and spoil the
        # prompt's cache.
        ranked = sorted(_bm25(query, chunks), key=lambda item: (-item[0], item[1]))
        return [
            Snippet(chunks[i][0], chunks[i][1], self.name, score)
            for score, i in ranked[:MOST_CHUNKS]
            if score > 0
        ]


def _chunks_of(lines: Lines) -> list[Chunk]:
    if not short_lines(lines, 0, MOST_LINES):
        return []
    shown = shown_lines(lines)
    texts = (
        join(shown.slice(start, start + CHUNK)).plain_ends()
        for start in range(0, min(len(lines), MOST_LINES), CHUNK)
    )
    return [(text, Counter(_WORD.findall(text))) for text in texts]


def _bm25(query: set[str], chunks: list[tuple[str, Shown, Counter[str]]]) -> list[tuple[float, int]]:
    """Okapi BM25 with the usual k1 = 1.2, b = 0.75."""
    if not chunks:
        return []
    frequency = Counter(word for _, _, words in chunks for word in words if word in query)
    average = sum(sum(words.values()) for _, _, words in chunks) / len(chunks) or 1
    scores = []
    # The two halves of BM25's norm: 1 - b, and b times how much longer than the average it is.
    for index, (_, _, words) in enumerate(chunks):
        norm = 1.2 * (0.25 + 0.75 * sum(words.values()) / average)
        score = sum(
            math.log(1 + (len(chunks) - frequency[w] + 0.5) / (frequency[w] + 0.5))
            * words[w]
            # k1 + 1.
            * 2.2
            / (words[w] + norm)
            for w in query & words.keys()
        )
        scores.append((score, index))
    return scores
