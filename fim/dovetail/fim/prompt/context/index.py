"""Pieces of the workspace's files that share most with the text around the cursor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Sequence
from typing import Protocol

from dovetail.privacy import Shown, redact

from ...types import INSTALLED, Passage, Snippet, SuggestionRequest, Window
from .contract import DocumentSet

WITHIN_S = 0.02
"""The prompt goes without what is not found by then."""
MOST = 3
_ABOVE, _BELOW = 24, 8
"""Lines around the cursor whose words are looked for."""
_LEAST_WORDS = 3
_LEAST_SHARE = 0.5
"""Of the best score. What is much less like the place distracts a model more than it helps."""
_REACH = 64


class Search(Protocol):
    """Finds pieces of the learnt files by words, best first."""

    def __call__(
        self, text: str, *, most: int, near: str, hidden: Collection[str]
    ) -> Awaitable[Sequence[Passage]]: ...


class WorkspaceIndex:
    """BM25 over the pieces of all learnt files that are not open."""

    name = "workspace"
    interleaved = True
    """Takes turns with other sources of which the same is said."""

    def __init__(self, search: Search) -> None:
        self._search = search

    async def snippets(
        self, request: SuggestionRequest, window: Window, documents: DocumentSet
    ) -> list[Snippet]:
        line = request.position.line
        around = "".join(request.snapshot.lines.slice(line - _ABOVE, line + _BELOW))
        hidden = {request.path, *(path for path, _ in documents.open_documents())}
        near = request.path.rpartition("/")[0]
        try:
            async with asyncio.timeout(WITHIN_S):
                found = await self._search(around, most=MOST, near=near, hidden=hidden)
        except TimeoutError:
            return []
        result = []
        for passage in found:
            if len(passage.words) < _LEAST_WORDS or passage.score < _LEAST_SHARE * found[0].score:
                continue
            if passage.path.startswith(INSTALLED):
                path = passage.path.removeprefix(INSTALLED)
                result.append(Snippet(path, redact(passage.text), self.name, passage.score))
                continue
            # Read again: it may have changed or been excluded since it was learnt.
            text = await asyncio.to_thread(_now, documents, passage, request.snapshot.uri)
            if text:
                result.append(Snippet(passage.path, text, self.name, passage.score))
        return result


def _now(documents: DocumentSet, passage: Passage, asked: str) -> Shown | None:
    whole = documents.read(passage.path, asked)
    return lines_of(whole, passage) if whole is not None else None


def lines_of(whole: Shown, passage: Passage) -> Shown | None:
    """The lines of a passage as they stand in the file now; None where its first line is not there any more."""
    lines = whole.plain_ends().pieces("\n")
    wanted = passage.text.split("\n")
    for number in range(max(0, passage.line), min(len(lines), passage.line + _REACH)):
        if lines[number] == wanted[0]:
            end = number + len(wanted)
            last = wanted[-1]
            while end < min(len(lines), number + len(wanted) + _REACH) and lines[end - 1] != last:
                end += 1
            text = lines[number:end]
            start = sum(len(line) + 1 for line in lines[:number])
            return whole.plain_ends()[start : start + sum(len(line) + 1 for line in text)]
    return None
