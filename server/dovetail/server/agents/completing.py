"""Suggestions for an agent: one engine a folder, made when it is first asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.privacy import redact

from .session import AgentSession
from .suggest import Suggester

MAX_FOLDERS = 4
PATIENCE_S = 10.0
"""How long a question waits for a folder that is being learnt, in seconds: clients give up after 20 or 30. Asked again,
it waits again."""


@define(slots=True, eq=False)
class Completions:
    """On the event loop."""

    session: AgentSession
    patience: float = PATIENCE_S
    _engines: dict[Path, Suggester] = field(factory=dict)
    _lock: asyncio.Lock = field(factory=asyncio.Lock)

    async def complete(
        self, root: Path, path: str, line: int, column: int, text: str | None = None
    ) -> dict[str, Any]:
        """What would be suggested at a place, by the contract of `dovetail complete --json`.

        Args:
            line: from 1.
            column: from 1, in code points.
            text: the file's text where it is another than the one there is, or where there is no file yet.

        Raises:
            AgentError: there is no such file or place, or it is not shown.
        """
        name, live = await asyncio.to_thread(self.session.text, root, path, text)
        # One at a time: a folder that is asked about twice at once must not be learnt twice.
        async with self._lock:
            engine = self._engines.pop(root, None)
            known = engine is not None
            if engine is None:
                engine = await Suggester.of(root, places=self.session.places, patience=self.patience)
            self._engines[root] = engine
            if known:
                await self._waited(root, engine)
            # Taken out and put back above, so the first of the dict is the one that has gone unasked the
            # longest.
            while len(self._engines) > MAX_FOLDERS:
                await self._engines.pop(next(iter(self._engines))).close()
            found = await engine.at(root / name, live, line - 1, column - 1)
        value = found.json()
        for one in value["suggestions"]:
            # The built-in model may repeat a key of the workspace; in an editor
            # that stays on the screen, but an agent sends it on.
            one["text"] = str(redact(one["text"]))
        return value

    async def _waited(self, root: Path, engine: Suggester) -> None:
        try:
            await engine.wait(self.patience)
        # The next question begins anew.
        except Exception:
            del self._engines[root]
            await engine.close()
            raise

    async def close(self) -> None:
        """Stop all engines."""
        while self._engines:
            await self._engines.popitem()[1].close()
