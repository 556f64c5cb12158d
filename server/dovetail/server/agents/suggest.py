"""Suggestions for one place in one file, without an editor: the whole engine, asked once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import Any

from attrs import define

from dovetail.fim import Suggestion, SuggestionRequest, Trigger
from dovetail.text import Point

from ..headless import headless_session
from ..places import Places
from ..session.answers import decision_answer
from ..session.session import Session
from ..session.uris import uri_of
from .trouble import AgentError

LEARN_S = 120.0
"""How long a command's one question waits for the built-in model to have learnt the folder, in seconds."""
STILL_LEARNING = (
    "The folder is still being learnt, so this is from what is known so far; ask again in a while."
)
COUNT = 3


@define(frozen=True, slots=True)
class Suggested:
    """What was suggested at a place."""

    suggestions: tuple[Suggestion, ...]
    decision: dict[str, Any]
    """Why these, or none (`decision_answer`)."""
    ms: float
    learning: bool = False
    """Whether the built-in model was still learning the folder."""

    def json(self) -> dict[str, Any]:
        """The contract of `dovetail complete --json`: lines and columns in code points, from 1."""

        def place(point: Point) -> dict[str, int]:
            return {"line": point.line + 1, "column": point.column + 1}

        found, decision = self.suggestions, self.decision
        return {
            "suggestions": [
                {"text": s.text, "range": {"start": place(s.start), "end": place(s.end)}} for s in found
            ],
            "source": found[0].source if found else decision["source"],
            "elapsed_ms": round(self.ms, 3),
            "why": ([{"name": "learning", "detail": STILL_LEARNING, "ms": 0.0}] if self.learning else [])
            + decision["steps"]
            + [{"name": "outcome", "detail": decision["outcome"], "ms": decision["elapsedMs"]}],
            **({"learning": True} if self.learning else {}),
        }


@define(slots=True, eq=False)
class Suggester:
    """The engine over one folder. Needs a running event loop, and `close`."""

    session: Session
    learning: asyncio.Task[None]

    @classmethod
    async def of(
        cls,
        root: Path,
        overrides: Mapping[str, Any] | None = None,
        places: Places | None = None,
        *,
        patience: float = LEARN_S,
    ) -> Suggester:
        """One that has learnt the folder, or has tried to for `patience` seconds and goes on with it."""
        session = headless_session(root, overrides, suggests=True, places=places)
        made = cls(session, asyncio.ensure_future(session.models.start()))
        try:
            await made.wait(patience)
        except BaseException:
            await made.close()
            raise
        return made

    async def wait(self, patience: float) -> None:
        """Wait until the folder is learnt, for `patience` seconds at the most.

        Raises:
            Exception: what learning failed with.
        """
        done, _ = await asyncio.wait({self.learning}, timeout=patience)
        for task in done:
            task.result()

    @property
    def problems(self) -> list[str]:
        """What is wrong in the settings."""
        return [problem.text for problem in self.session.problems]

    async def at(self, file: Path, text: str, line: int, column: int) -> Suggested:
        """Suggestions at a place of a text of a file; line and column from 0, in code points.

        Raises:
            AgentError: there is no such place.
        """
        session, uri = self.session, uri_of(file)
        session.opened(uri, "", 1, text)
        try:
            snapshot = session.documents.recent()[0]
            place = Point(line, column)
            # Said, not moved: an agent that is off by one is to notice it.
            if snapshot.lines.clamp(place) != place:
                known = len(snapshot.lines)
                where = (
                    f"line {line + 1} has {len(snapshot.line(line))} characters"
                    if line < known
                    else f"{known} lines"
                )
                raise AgentError(f"{line + 1}:{column + 1} lies outside {file} ({where}).")
            path = session.folders.locate(snapshot.uri).path
            started = perf_counter()
            request = SuggestionRequest(
                snapshot, place, path, Trigger.MANUAL, replace_range=True, count=COUNT
            )
            learning = not self.learning.done()
            found = await session.suggest(request)
            ms = (perf_counter() - started) * 1000
            return Suggested(tuple(found), decision_answer(session.engine.why.last()[0]), ms, learning)
        finally:
            session.closed(uri)

    async def close(self) -> None:
        """Stop all work."""
        self.learning.cancel()
        await asyncio.gather(self.learning, return_exceptions=True)
        await self.session.close()
