"""What became of suggestions: counted, and looked for again later. On the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial

from attrs import define

from dovetail.text import Snapshot

from .acceptance import Offer, Offers, Outcome
from .documents import Documents
from .statistics import KEPT_AFTER_S, Statistics, still_there
from .timers import Timers

FLUSH_AFTER_S = 2.0


@define(slots=True, eq=False)
class Outcomes:
    """Counts outcomes, and looks again later whether an accepted text was kept."""

    offers: Offers
    documents: Documents
    statistics: Statistics
    timers: Timers
    flushed: Callable[[], None]
    """Told when counts were written."""
    on_rejected: Callable[[str, str], None]
    """Told of the uri and the text of each suggestion that was turned down."""
    on_accepted: Callable[[Offer], None] = lambda offer: None
    """Told of each suggestion that was accepted whole."""
    counts: bool = True
    """Whether the user lets outcomes be counted."""
    _flushing: bool = False

    def record(self, outcome: Outcome | None) -> None:
        """An outcome, where there is one."""
        if outcome is None:
            return
        offer, kind = outcome.offer, outcome.kind
        if kind == "accepted":
            self.on_accepted(offer)
        if kind == "rejected":
            self.on_rejected(offer.uri, outcome.text)
        if not self.counts:
            return
        if kind == "shown":
            self.statistics.shown(offer.key, offer.source, offer.language)
        else:
            size = len(outcome.text) if kind in ("accepted", "partial") else 0
            self.statistics.outcome(offer.key, offer.source, offer.language, kind, size)
        self._flush_soon()
        if kind == "accepted":
            self.offers.follow(offer)
            self._look_later(offer, 0)

    def _look_later(self, offer: Offer, which: int) -> None:
        before = KEPT_AFTER_S[which - 1] if which else 0
        self.timers.later(KEPT_AFTER_S[which] - before, partial(self._check_kept, offer, which))

    def _check_kept(self, offer: Offer, which: int) -> None:
        if not self.offers.follows(offer):
            return
        snapshot = self.documents.get(offer.uri)
        if snapshot is not None:
            self.timers.spawn(self._count_kept(offer, KEPT_AFTER_S[which], snapshot))
        if which + 1 < len(KEPT_AFTER_S):
            self._look_later(offer, which + 1)
        else:
            self.offers.unfollow(offer)

    async def _count_kept(self, offer: Offer, seconds: int, snapshot: Snapshot) -> None:
        kept = await asyncio.to_thread(still_there, offer.text, snapshot, offer.start.line)
        self.statistics.kept(offer.key, seconds, kept)
        self._flush_soon()

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self.timers.later(FLUSH_AFTER_S, lambda: self.timers.spawn(self._flush()))

    async def _flush(self) -> None:
        try:
            await asyncio.to_thread(self.statistics.flush)
        finally:
            self._flushing = False
        self.flushed()
        if self.statistics.waiting:
            self._flush_soon()
