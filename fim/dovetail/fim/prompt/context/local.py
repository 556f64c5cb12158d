"""The file's own definitions that lie outside the window: their headers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import monotonic

from dovetail.privacy import redact
from dovetail.text import Definition, Lines, Snapshot, definitions

from ...types import Snippet, SuggestionRequest, Window
from .contract import DocumentSet

MOST = 40


STALE_S = 30.0
"""How long what was found in a large document serves while it is being typed in."""
LARGE = 2_000


class OwnDefinitions:
    """Signatures of what this file defines and the window does not show."""

    name = "own definitions"

    def __init__(self) -> None:
        self._found: dict[str, tuple[float, Lines, Sequence[Definition]]] = {}
        """By document: when, for which text, what."""

    async def snippets(
        self, request: SuggestionRequest, window: Window, documents: DocumentSet
    ) -> list[Snippet]:
        outside = [
            found.signature
            for found in await self._definitions(request.snapshot)
            if found.kind not in ("variable", "field")
            and not window.start_line <= found.range[0].line < window.end_line
        ]
        if not outside:
            return []
        return [Snippet(request.path, redact("\n".join(dict.fromkeys(outside[:MOST]))), self.name, 1.0)]

    async def _definitions(self, snapshot: Snapshot) -> Sequence[Definition]:
        known = self._found.get(snapshot.uri)
        if known is not None and (
            known[1] is snapshot.lines or (len(snapshot.lines) > LARGE and monotonic() - known[0] < STALE_S)
        ):
            return known[2]
        # Reading all of a large document takes longer than a key may.
        found = await asyncio.to_thread(definitions, snapshot)
        self._found = {snapshot.uri: (monotonic(), snapshot.lines, found)}
        return found
