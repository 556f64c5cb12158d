"""Parts of the workspace's other files that share most with the text around the cursor, and lines of them that define
what it may need next.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from math import exp
from typing import Protocol

from dovetail.privacy import Shown, join, redact
from dovetail.text import Snapshot

from ...types import INSTALLED, Passage, Snippet, SuggestionRequest, Window
from ..window import estimate_tokens
from .contract import DocumentSet

WITHIN_S = 0.02
"""The prompt goes without what is not found by then."""
PIECES = 16
"""Pieces of the index out of which the parts and lines are taken."""
MOST_PARTS = 8
HEADER_TOKENS = 300
"""Of the lines that define something: single lines bring more names of other files than any text around them."""
_A_HEADER = 120
_MOST_FILES = 12
_ABOVE, _BELOW = 60, 20
"""Lines around the cursor whose words are looked for; the nearer the more they count."""
_FADES = 8.0
"""Lines over which what a word counts falls to 1/e."""
_BEHIND = 0.7
"""What a word below the cursor counts beside one above."""
_AROUND = 0.5
"""What a word counts of the file's path, and of a line that opens a block around the cursor."""
_LONGEST = 500
"""Characters of a line that are read."""
_LEAST_SHARE = 0.1
"""Of the best score. What is much less like the place distracts a model more than it helps."""
_REACH = 64
_WORD = re.compile(r"[^\W\d]\w*")


class Search(Protocol):
    """Finds parts of the learnt files, and single lines of them that define something, by weighted words; both best
    first."""

    def __call__(
        self, words: Mapping[str, float], *, most: int, path: str, hidden: Collection[str]
    ) -> Awaitable[tuple[Sequence[Passage], Sequence[Passage]]]: ...


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
        # Open files are read by another source, as they stand in the editor.
        hidden = {request.path, *(path for path, _ in documents.open_documents())}
        words = words_around(request.snapshot, request.position.line, request.path)
        try:
            async with asyncio.timeout(WITHIN_S):
                parts, headers = await self._search(words, most=PIECES, path=request.path, hidden=hidden)
        except TimeoutError:
            return []
        here = _words_of(window)
        return await asyncio.to_thread(_taken, parts, headers, here, documents, request.snapshot.uri)


def words_around(snapshot: Snapshot, line: int, path: str) -> dict[str, float]:
    """The words near `line`, each with how much it counts: the nearer the more; those of the lines that open the blocks
    around it, and of the file's path, count besides."""
    above = snapshot.lines.slice(line - _ABOVE, line)
    below = snapshot.lines.slice(line + 1, line + 1 + _BELOW)
    head = snapshot.line(line)[:_LONGEST] if line < len(snapshot.lines) else ""
    weights: dict[str, float] = {}

    def add(text: str, weight: float) -> None:
        for word in _WORD.findall(text[:_LONGEST]):
            weights[word] = weights.get(word, 0.0) + weight

    # The cursor's line and the one above it count in full.
    for distance, text in enumerate([head, *reversed(above)]):
        add(text, exp(-max(0, distance - 1) / _FADES))
    for distance, text in enumerate(below):
        add(text, _BEHIND * exp(-distance / _FADES))
    depth = _indent(head) if head.strip() else None
    # Upwards along the indentation, each line that is indented less than all so far opens a block around.
    for text in reversed(above):
        if not text.strip():
            continue
        if depth is None:
            # On a blank line the block is that of the line above, which therefore counts as well.
            depth = _indent(text) + 1
        if _indent(text) < depth:
            add(text, _AROUND)
            depth = _indent(text)
        if not depth:
            break
    add(path, _AROUND)
    return weights


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _words_of(window: Window) -> frozenset[str]:
    return frozenset(_WORD.findall(window.prefix)) | frozenset(_WORD.findall(window.suffix))


def _taken(
    parts: Sequence[Passage],
    headers: Sequence[Passage],
    here: Collection[str],
    documents: DocumentSet,
    asked: str,
) -> list[Snippet]:
    """What is shown of what was found, as it stands in the files now: those may have changed, or been excluded, since
    they were learnt. Reads files: for a thread."""
    texts: dict[str, Shown | None] = {}

    def read(path: str) -> Shown | None:
        if path not in texts:
            texts[path] = documents.read(path, asked) if len(texts) < _MOST_FILES else None
        return texts[path]

    # Relative to the best: scores of BM25 have no scale of their own.
    good = [part for part in parts if part.words and part.score >= _LEAST_SHARE * parts[0].score]
    defined = _headers(headers if good else (), here, read)
    shown: list[Snippet] = []
    for part in good:
        # Installed packages lie outside of the workspace and cannot be read again: what was learnt is what is
        # shown.
        if part.path.startswith(INSTALLED):
            path = part.path.removeprefix(INSTALLED)
            shown.append(Snippet(path, redact(part.text), WorkspaceIndex.name, part.score))
        elif (whole := read(part.path)) is not None and (text := lines_of(whole, part)):
            shown.append(Snippet(part.path, text, WorkspaceIndex.name, part.score))
        if len(shown) == MOST_PARTS:
            break
    return [*defined, *shown]


def _headers(headers: Iterable[Passage], here: Collection[str], read: _Read) -> list[Snippet]:
    """Lines that define what the document does not speak of yet, by file."""
    budget = HEADER_TOKENS
    names: set[str] = set()
    lines: dict[str, list[Shown]] = {}
    scores: dict[str, float] = {}
    for header in headers:
        name = header.words[0]
        size = estimate_tokens(header.text[:_A_HEADER])
        # A name that the document has already needs no definition; one definition of each is enough.
        if name in names or name in here:
            continue
        # The rest is worth less, and shorter lines further down are no reason to go on.
        if size > budget:
            break
        if header.path.startswith(INSTALLED):
            path, live = header.path.removeprefix(INSTALLED), redact(header.text)
        else:
            path, found = header.path, read(header.path)
            there = found is not None and lines_of(found, header, stripped=True)
            if not there:
                continue
            live = there.stripped()
        names.add(name)
        budget -= size
        lines.setdefault(path, []).append(live[:_A_HEADER])
        scores.setdefault(path, header.score)
    return [
        Snippet(path, join([line + redact("\n") for line in some]), WorkspaceIndex.name, scores[path])
        for path, some in lines.items()
    ]


class _Read(Protocol):
    def __call__(self, path: str) -> Shown | None: ...


def lines_of(whole: Shown, passage: Passage, *, stripped: bool = False) -> Shown | None:
    """The lines of a passage as they stand in the file now; None where its first line is not there any more.
    `stripped`: it is one line, without the spaces around."""
    whole = whole.plain_ends()
    lines = whole.pieces("\n")
    if stripped:
        some = lines[max(0, passage.line) : passage.line + _REACH]
        return next((line for line in some if line.strip() == passage.text), None)
    wanted = passage.text.split("\n")
    # Lines may have been added above since it was learnt: it is looked for a little further down.
    for number in range(max(0, passage.line), min(len(lines), passage.line + _REACH)):
        if lines[number] == wanted[0]:
            end = number + len(wanted)
            last = wanted[-1]
            # Lines may have come inside as well: up to where its last line stands now.
            while end < min(len(lines), number + len(wanted) + _REACH) and lines[end - 1] != last:
                end += 1
            text = lines[number:end]
            start = sum(len(line) + 1 for line in lines[:number])
            return whole[start : start + sum(len(line) + 1 for line in text)]
    return None
