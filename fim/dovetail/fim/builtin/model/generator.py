"""The built-in model as a generator: the engine sees no difference to an endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from attrs import define, evolve, field

from dovetail.text import Snapshot

from ...types import GenerationRequest, NothingSure, Piece, Trigger, quoted
from .correction import Correction
from .model import BuiltinModel, Proposal
from .thresholds import AUTOMATIC, MANUAL

_SAID = 60
"""Characters of a guess that are quoted."""

Live = Sequence[tuple[str, Snapshot]]


def _none() -> Live:
    return ()


@define(slots=True, eq=False)
class BuiltinGenerator:
    """Answers from `model`. Shows nothing that is less likely than its thresholds."""

    model: BuiltinModel = field(factory=BuiltinModel)
    live: Callable[[], Live] = _none
    """The open documents as (path, snapshot); they stand in for their versions on disk."""
    automatic: float = AUTOMATIC
    manual: float = MANUAL
    correction: Correction = field(factory=Correction)
    """What guesses in this workspace have shown of the model's chances."""
    _prepared: set[str] = field(init=False, factory=set)
    _generation: int = field(init=False, default=-1)

    @property
    def name(self) -> str:
        return "embedded"

    @property
    def description(self) -> str:
        """What it says of itself."""
        return "built-in model: learnt from this workspace"

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        """Each candidate is one piece, the likeliest first; no piece where none is likely enough.

        Raises:
            NothingSure: nothing is; the best guess, its chance and the bar.
        """
        manual = request.trigger is Trigger.MANUAL
        limit = self.manual if manual else self.automatic
        line, uri = request.position.line, request.snapshot.uri
        head = request.snapshot.line(line)[: request.position.column]
        # First what was typed since: it may tell of the last guess, and so move this one's bar.
        self.correction.typed(uri, line, head)
        # The bar is moved, not each chance: the trees' chances are compared with it many times.
        raw_limit = self.correction.raw(limit)
        live = self.live()
        await self._prepare(request, live)
        proposals = self.model.complete(
            request.snapshot,
            request.position,
            request.path,
            live=live,
            count=request.count,
            multiline=request.multiline,
            bar=raw_limit,
        )
        # Also what is not shown: the correction learns from every guess.
        if proposals:
            best = proposals[0]
            shown = best.confidence >= raw_limit
            self.correction.guessed(uri, line, head, best.text, best.confidence, shown=shown)
        # Each question looks at other parts of the stored files, and nothing else would ever say that a part is not
        # needed any more.
        self.model.release()
        candidate = 0
        for proposal in proposals:
            if proposal.confidence < raw_limit:
                break
            sure = self.correction.corrected(proposal.confidence)
            yield Piece(proposal.text, candidate, sure, done=True)
            candidate += 1
        if not candidate:
            raise NothingSure(self._unsure(proposals, limit))

    async def _prepare(self, request: GenerationRequest, live: Live) -> None:
        """Index documents that are new to the model off the event loop; later keystrokes cost little."""
        # Before the question, which then sees the new state whole.
        if self.model.overgrown:
            await asyncio.to_thread(self.model.trim)
        if self._generation != self.model.generation:
            self._generation = self.model.generation
            # What was learnt is another, and the words of the documents are to be entered into it anew.
            self._prepared.clear()
        if request.snapshot.uri not in self._prepared:
            self._prepared.add(request.snapshot.uri)
            await asyncio.to_thread(self.model.prepare, request.snapshot, request.position)
        for _, snapshot in live:
            if snapshot.uri not in self._prepared:
                self._prepared.add(snapshot.uri)
                await asyncio.to_thread(self.model.prepare, snapshot)

    def _unsure(self, proposals: Sequence[Proposal], limit: float) -> str:
        """Why nothing is shown."""
        if not proposals or not proposals[0].text:
            return "The built-in model knows nothing that goes on from here."
        best = evolve(proposals[0], confidence=self.correction.corrected(proposals[0].confidence))
        by_hand = "; asked by hand, it is shown" if self.manual <= best.confidence < limit else ""
        return f"The built-in model's best guess, {_said(best)}, is under its bar of {limit:.0%}{by_hand}."


def _said(proposal: Proposal) -> str:
    first = proposal.text.split("\n", 1)[0]
    return f"{quoted(first, _SAID)} ({proposal.confidence:.0%}; {proposal.evidence})"
