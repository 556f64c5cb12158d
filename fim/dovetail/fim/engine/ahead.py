"""What each document was last given, and the question for what would come after it, asked before it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from attrs import define, field

from ..anchor import CursorAnchor
from .cache import Cache
from .launch import Launcher
from .settings import EngineSettings
from .shown import ShownSuggestion
from .traffic import Traffic


@define(slots=True, eq=False)
class AskingAhead:
    """The suggestions that are shown, one a document. Used on the event loop only."""

    _settings: Callable[[], EngineSettings]
    """Those of now: they are exchanged while the engine runs."""
    _cache: Cache
    _traffic: Traffic
    _launcher: Launcher
    _shown: dict[str, ShownSuggestion] = field(factory=dict)
    _soon: dict[str, asyncio.Handle] = field(factory=dict)

    @property
    def reach(self) -> int:
        """Characters of a suggestion that may have been typed and still be recognised."""
        # Eight characters a token, far more than code has: a reach too short would miss what is known.
        return max(self._settings().max_tokens * 8, self._cache.reach)

    def shown(self, uri: str) -> ShownSuggestion | None:
        """What a document was last given."""
        return self._shown.get(uri)

    def follow(self, shown: ShownSuggestion) -> None:
        """A suggestion is on its way to the editor: ask what comes after it, in the loop's next turn."""
        # Not now, for the answer goes first. The former one goes along: to let go of its tree takes time, too.
        uri = shown.request.snapshot.uri
        former, self._shown[uri] = self._shown.get(uri), shown
        self._soon[uri] = asyncio.get_running_loop().call_soon(self._follow, uri, former)

    def _follow(self, uri: str, former: ShownSuggestion | None) -> None:
        self._soon.pop(uri, None)
        self.ask(uri)

    def ask(self, uri: str) -> None:
        """Ask for what would come after the suggestion shown, unless that is known or on its way already."""
        shown = self._shown.get(uri)
        if shown is None or shown.followed or not self._settings().speculate:
            return
        request = shown.after()
        here = CursorAnchor.at(request.snapshot, request.position, self.reach)
        # Without names to check: whether they still stand is asked when the question comes.
        if self._cache.find(here) is not None:
            return
        # It may still bring the lines beyond, which then are in the cache.
        if any(running.typed_at(here) is not None for running in self._traffic.under_way(uri)):
            return  # asked again when that in-flight request lands
        # Its answer holds only if the suggestion is accepted, and is remembered as what came behind that.
        behind = CursorAnchor.at(shown.request.snapshot, shown.request.position), shown.suggestion.text
        shown.followed = self._launcher.launch_ahead(
            request, self._settings().of(request.snapshot.language_id), behind
        )

    def close(self, uri: str) -> None:
        """Forget a document that was closed."""
        if (handle := self._soon.pop(uri, None)) is not None:
            handle.cancel()
        self._shown.pop(uri, None)

    def stop(self) -> None:
        """Forget all documents."""
        for handle in self._soon.values():
            handle.cancel()
        self._soon.clear()
        self._shown.clear()
