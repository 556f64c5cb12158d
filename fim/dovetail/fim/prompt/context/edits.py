"""What was changed a moment ago, here and in other files: the best hint at what is being done."""

from __future__ import annotations

from collections import deque

from attrs import define, field

from dovetail.privacy import join, shown_lines
from dovetail.text import Snapshot, TextEdit

from ...types import Snippet, SuggestionRequest, Window
from .contract import DocumentSet
from .size import short_lines

MOST = 6
LINES = 8


@define(slots=True)
class RecentEdits:
    """Remembers places of edits, not keys: edits within a few lines of each other are one."""

    name: str = "recent edits"
    _places: deque[tuple[str, str, int]] = field(factory=lambda: deque(maxlen=MOST))

    def record(self, path: str, snapshot: Snapshot, edit: TextEdit) -> None:
        """Note that `edit` was just made in `path`; `snapshot` is the state after it."""
        line = edit.start.line
        # An edit near a known place moves that to the front, in place of another entry.
        for place in list(self._places):
            if place[0] == path and abs(place[2] - line) <= LINES:
                self._places.remove(place)
        self._places.appendleft((path, snapshot.uri, line))

    def forget(self) -> None:
        """Forget all places."""
        self._places.clear()

    async def snippets(
        self, request: SuggestionRequest, window: Window, documents: DocumentSet
    ) -> list[Snippet]:
        live = {snapshot.uri: snapshot for _, snapshot in documents.open_documents()}
        result = []
        for path, uri, line in self._places:
            # Only open documents: what was closed may have changed on disk.
            snapshot = live.get(uri)
            if snapshot is None:
                continue
            # The window shows it already.
            if uri == request.snapshot.uri and window.start_line <= line < window.end_line:
                continue
            start, stop = line - LINES // 2, line + LINES // 2
            if not short_lines(snapshot.lines, start, stop):
                continue
            shown = shown_lines(snapshot.lines).slice(start, stop)
            result.append(Snippet(path, join(shown), self.name, 1.0))
        return result
