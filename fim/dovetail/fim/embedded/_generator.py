"""The embedded model as a generator: the engine sees no difference to an endpoint."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

from attrs import define, field

from dovetail.text import Snapshot

from .._types import GenerationRequest, Piece, Trigger
from ._gate import AUTOMATIC, MANUAL
from ._model import EmbeddedModel

Live = Sequence[tuple[str, Snapshot]]


def _none() -> Live:
    return ()


@define(slots=True, eq=False)
class EmbeddedGenerator:
    """Answers from `model`. Shows nothing that is less likely than its gate asks for."""

    model: EmbeddedModel = field(factory=EmbeddedModel)
    live: Callable[[], Live] = _none
    """The open documents as (path, snapshot); they stand in for their versions on disk."""
    automatic: float = AUTOMATIC
    manual: float = MANUAL

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
        proposals = self.model.complete(
            request.snapshot,
            request.position,
            request.path,
            live=self.live(),
            count=request.count,
            multiline=request.multiline,
        )
        shown = [proposal for proposal in proposals if proposal.confidence >= limit]
        for candidate, proposal in enumerate(shown):
            yield Piece(proposal.text, candidate, proposal.confidence, done=True)
