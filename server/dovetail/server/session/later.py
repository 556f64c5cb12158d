"""Accepted texts, looked at again later: whether they are still there, and whether they brought errors."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from dovetail.text import Snapshot, TextEdit

from ..statistics import KEPT_AFTER_S, Moment, Signal, still_there
from .acceptance import Offer, Offers
from .documents import Documents
from .timers import Timers

ERRORS_AFTER_S = 3.0
"""How long language servers are given to look at accepted lines."""
Errors = set[tuple[int, str]]
"""Line, from 0, and message."""


class LooksAgain:
    """Looks, and notes what it finds."""

    def __init__(
        self, offers: Offers, documents: Documents, timers: Timers, note: Callable[[Moment, int], None]
    ) -> None:
        """`note` is told of a moment and of a signal to add to it; 0 where only its numbers have changed."""
        self._offers = offers
        self._documents = documents
        self._timers = timers
        self._note = note
        self.errors_in: Callable[[Snapshot], Awaitable[Errors]] | None = None
        """What is wrong in a document; None where nobody looks."""

    def look_later(self, offer: Offer) -> None:
        """Look after `KEPT_AFTER_S` whether an accepted text is still there, and soon for errors in its lines."""
        if offer.moment is None:
            return
        self._offers.follow(offer)
        self._look_later(offer, 0)
        snapshot = self._documents.get(offer.uri)
        if snapshot is not None and self.errors_in is not None:
            self._timers.spawn(self._errors_before(offer, self.errors_in, snapshot))

    async def _errors_before(
        self, offer: Offer, errors_in: Callable[[Snapshot], Awaitable[Errors]], snapshot: Snapshot
    ) -> None:
        """What is known now was known before: no language server has looked at the new text yet."""
        known = {message for _, message in await errors_in(snapshot)}

        def again() -> None:
            self._timers.spawn(self._errors_after(offer, errors_in, known))

        self._timers.later(ERRORS_AFTER_S, again)

    async def _errors_after(
        self, offer: Offer, errors_in: Callable[[Snapshot], Awaitable[Errors]], known: set[str]
    ) -> None:
        snapshot = self._documents.get(offer.uri)
        if snapshot is None or offer.moment is None:
            return
        last = offer.start.line + offer.text.count("\n")
        found = await errors_in(snapshot)
        if any(offer.start.line <= line <= last and message not in known for line, message in found):
            self._note(offer.moment, Signal.ERRORS)

    def _look_later(self, offer: Offer, which: int) -> None:
        before = KEPT_AFTER_S[which - 1] if which else 0
        self._timers.later(KEPT_AFTER_S[which] - before, partial(self._check_kept, offer, which))

    def _check_kept(self, offer: Offer, which: int) -> None:
        if not self._offers.follows(offer):
            return
        # Where the offer stands is followed through changes; once it is not, nobody can say whether it was
        # kept.
        snapshot = self._documents.get(offer.uri)
        if snapshot is not None:
            self._timers.spawn(self._count_kept(offer, which, snapshot))
        if which + 1 < len(KEPT_AFTER_S):
            self._look_later(offer, which + 1)
        else:
            self._offers.unfollow(offer)

    async def _count_kept(self, offer: Offer, which: int, snapshot: Snapshot) -> None:
        kept = await asyncio.to_thread(still_there, offer.text, snapshot, offer.start.line)
        if offer.moment is not None:
            offer.moment.looked |= 1 << which
            offer.moment.there |= kept << which
            self._note(offer.moment, 0)


def takes_back(edit: TextEdit, offer: Offer) -> bool:
    """Whether `edit` takes away nearly all of an accepted text. An undo that comes as a whole document is read as the
    smallest difference, which may begin a little further on."""
    lines = offer.text.split("\n")
    last = offer.start.line + len(lines) - 1
    if edit.end.line < offer.start.line or edit.start.line > last:
        return False
    # By lines: nearly all of them gone, and little come in their place.
    if len(lines) > 1:
        gone = min(edit.end.line, last) - max(edit.start.line, offer.start.line)
        return gone >= len(lines) - 1 and len(edit.text.strip()) * 5 <= len(offer.text)
    if edit.start.line != edit.end.line or edit.start.line != offer.start.line:
        return False
    # A fifth of slack on either side, for what the smallest difference leaves of equal text.
    low, high = offer.start.column, offer.start.column + len(offer.text)
    slack = max(1, len(offer.text) // 5)
    near = edit.start.column >= low - slack and edit.end.column <= high + slack
    gone = edit.end.column - edit.start.column
    return near and gone * 5 >= len(offer.text) * 4 and len(edit.text) * 5 <= len(offer.text)
