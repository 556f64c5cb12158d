"""The file's own definitions that lie outside the window: their headers."""

from __future__ import annotations

import asyncio

from dovetail.text import definitions

from .._types import Ask, Snippet, Window
from ._contract import DocumentSet

MOST = 40


class OwnDefinitions:
    """Signatures of what this file defines and the window does not show."""

    name = "own definitions"

    async def snippets(self, ask: Ask, window: Window, documents: DocumentSet) -> list[Snippet]:
        # Reading all of a large document takes longer than a key may.
        everything = await asyncio.to_thread(definitions, ask.snapshot)
        outside = [
            found.signature
            for found in everything
            if found.kind not in ("variable", "field")
            and not window.start_line <= found.range[0].line < window.end_line
        ]
        if not outside:
            return []
        return [Snippet(ask.path, "\n".join(dict.fromkeys(outside[:MOST])), self.name, 1.0)]
