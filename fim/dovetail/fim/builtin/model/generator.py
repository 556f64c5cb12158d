"""The built-in model as a generator: the engine sees no difference to an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from attrs import define, field

from dovetail.text import Snapshot

from ...types import GenerationRequest, Piece, Trigger
from .gate import AUTOMATIC, MANUAL
from .model import BuiltinModel

Live = Sequence[tuple[str, Snapshot]]


def _none() -> Live:
    return ()


@define(slots=True, eq=False)
class BuiltinGenerator:
    """Answers from `model`. Shows nothing that is less likely than its gate asks for."""

    model: BuiltinModel = field(factory=BuiltinModel)
    live: Callable[[], Live] = _none
    """The open documents as (path, snapshot); they stand in for their versions on disk."""
    automatic: float = AUTOMATIC
    manual: float = MANUAL
    _prepared: set[str] = field(init=False, factory=set)
    _generation: int = field(init=False, default=-1)

    @property
    def name(self) -> str:
        return "embedded"

    @property
    def description(self) -> str:
        """What it says of itself."""
        return "embedded: learnt from this workspace"

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        """Each candidate is one piece, the likeliest first; no piece where none is likely enough."""
        limit = self.manual if request.trigger is Trigger.MANUAL else self.automatic
        live = self.live()
        await self._prepare(request, live)
        proposals = self.model.complete(
            request.snapshot,
            request.position,
            request.path,
            live=live,
            count=request.count,
            multiline=request.multiline,
        )
        shown = [proposal for proposal in proposals if proposal.confidence >= limit]
        for candidate, proposal in enumerate(shown):
            yield Piece(proposal.text, candidate, proposal.confidence, done=True)

    async def _prepare(self, request: GenerationRequest, live: Live) -> None:
        """Index documents that are new to the model off the event loop; later keystrokes cost little."""
        if self._generation != self.model.generation:
            self._generation = self.model.generation
            self._prepared.clear()
        if request.snapshot.uri not in self._prepared:
            self._prepared.add(request.snapshot.uri)
            await asyncio.to_thread(self.model.prepare, request.snapshot, request.position)
        for _, snapshot in live:
            if snapshot.uri not in self._prepared:
                self._prepared.add(snapshot.uri)
                await asyncio.to_thread(self.model.prepare, snapshot)
