"""Pieces of the other open files that share most with the text around the cursor."""

from __future__ import annotations

import math
import re
from collections import Counter

from .._types import Ask, Snippet, Window
from ._contract import DocumentSet

CHUNK = 32
MOST_CHUNKS = 4
MOST_FILES = 12
MOST_LINES = 4000
_WORD = re.compile(r"[A-Za-z_]\w{2,}")


class OpenFiles:
    """BM25 over chunks of 32 lines of the open files, the query being the words near the cursor."""

    name = "open files"

    async def snippets(self, ask: Ask, window: Window, documents: DocumentSet) -> list[Snippet]:
        near = window.prefix[-1500:] + window.suffix[:500]
        query = set(_WORD.findall(near))
        chunks: list[tuple[str, str, Counter[str]]] = []
        for path, snapshot in documents.open_documents()[:MOST_FILES]:
            if snapshot.uri == ask.snapshot.uri:
                continue
            for start in range(0, min(len(snapshot.lines), MOST_LINES), CHUNK):
                text = "".join(snapshot.lines.slice(start, start + CHUNK))
                chunks.append((path, text, Counter(_WORD.findall(text))))
        ranked = sorted(_bm25(query, chunks), key=lambda item: (-item[0], item[1]))
        return [
            Snippet(chunks[i][0], chunks[i][1], self.name, score)
            for score, i in ranked[:MOST_CHUNKS]
            if score > 0
        ]


def _bm25(query: set[str], chunks: list[tuple[str, str, Counter[str]]]) -> list[tuple[float, int]]:
    """Okapi BM25 with the usual k1 = 1.2, b = 0.75."""
    if not chunks:
        return []
    frequency = Counter(word for _, _, words in chunks for word in words if word in query)
    average = sum(sum(words.values()) for _, _, words in chunks) / len(chunks) or 1
    scores = []
    for index, (_, _, words) in enumerate(chunks):
        norm = 1.2 * (0.25 + 0.75 * sum(words.values()) / average)
        score = sum(
            math.log(1 + (len(chunks) - frequency[w] + 0.5) / (frequency[w] + 0.5))
            * words[w]
            * 2.2
            / (words[w] + norm)
            for w in query & words.keys()
        )
        scores.append((score, index))
    return scores
