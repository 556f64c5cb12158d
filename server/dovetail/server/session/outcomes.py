"""What became of what was offered, noted for the statistics. On the event loop."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from attrs import define, field

from dovetail.text import Point, Snapshot, TextEdit

from ..statistics import (
    Block,
    Kind,
    Moment,
    Reason,
    Signal,
    Statistics,
    language_code,
)
from .acceptance import Offer, Offers, Outcome
from .documents import Documents
from .later import LooksAgain, takes_back
from .timers import Timers
from .visits import Visits

FLUSH_AFTER_S = 2.0
RESTS_S = 1.0
"""How long no key must have been typed before anything is written, in seconds…"""
MOST_WAITING = 2_000
"""…unless this much is waiting."""
UNDONE_S = 10.0
AGAIN_S = 600.0
"""For how long a place is remembered at which a suggestion was turned down."""
RESENT_S = 300.0
PLACES = 64
RECENT = 32
"""Moments to which something may still be added: the user asks why, an error appears in its lines."""
_SIGNALS = {"passed": Signal.AGAINST, "typed": Signal.ALONG, "rejected": Signal.REJECTED}


@define(slots=True, eq=False)
class _Taken:
    """A text that was accepted a moment ago: it may be undone."""

    offer: Offer
    at: float


@define(slots=True, eq=False)
class Outcomes:
    """Notes outcomes, and looks again later whether an accepted text was kept."""

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
    clock: Callable[[], float] = time.monotonic
    visits: Visits = field(init=False)
    again: LooksAgain = field(init=False)
    _taken: deque[_Taken] = field(factory=lambda: deque(maxlen=4))
    _turned_down: OrderedDict[tuple[str, int], float] = field(factory=OrderedDict)
    _recent: deque[tuple[str, Moment]] = field(factory=lambda: deque(maxlen=RECENT))
    """(uri, moment), the newest last."""
    _named: OrderedDict[str, Moment] = field(factory=OrderedDict)
    """Plans and next edits by their ids."""
    _same: tuple[int, Moment] = field(factory=lambda: (0, Moment(Kind.NEXT_EDIT, 0, "")))
    """The next edit that was proposed last."""
    _key_at: float = float("-inf")
    _flushing: bool = False

    def __attrs_post_init__(self) -> None:
        self.visits = Visits(self.statistics)
        self.again = LooksAgain(self.offers, self.documents, self.timers, self._note)

    @property
    def counts(self) -> bool:
        """Whether the user lets outcomes be counted."""
        return self.statistics.enabled

    # Suggestions ----------------------------------------------------------------------------------------------

    def offered(self, offer: Offer, moment: Moment) -> None:
        """A suggestion is being sent; `moment` is its situation."""
        if not self.counts or offer.moment is not None:
            return
        moment.signals |= self.visits.offered(offer.uri, offer.start.line)
        moment.offered, moment.lines = len(offer.text), offer.text.count("\n") + 1
        if self.statistics.offer(moment):
            offer.moment = moment
            self._recent.append((offer.uri, moment))
        self._flush_soon()

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
        moment = offer.moment
        if moment is not None:
            self._note(moment, self._signal_of(outcome), taken=_taken(outcome))
        if kind == "accepted":
            self._taken.append(_Taken(offer, self.clock()))
            self.again.look_later(offer)

    def _signal_of(self, outcome: Outcome) -> int:
        offer, kind = outcome.offer, outcome.kind
        if kind == "shown":
            return int(Signal.SHOWN)
        if kind == "accepted":
            return int(Signal.SHOWN | Signal.ACCEPTED)
        if kind == "partial":
            # Taken up to a line end: by the line; otherwise by the word.
            whole_line = outcome.text.endswith("\n") or offer.text[offer.taken : offer.taken + 1] == "\n"
            return int(Signal.SHOWN | (Signal.LINE if whole_line else Signal.WORD))
        signal = int(_SIGNALS[kind])
        # Turned down twice in one place within ten minutes: that suggestion was really not wanted.
        if kind != "typed" and offer.shown:
            signal |= self._turned_down_at(offer.uri, offer.start.line)
        return signal

    def _turned_down_at(self, uri: str, line: int) -> int:
        """Remember the place; the signal where one was turned down there before."""
        now, place = self.clock(), (uri, line)
        before = self._turned_down.pop(place, None)
        self._turned_down[place] = now
        while len(self._turned_down) > PLACES:
            self._turned_down.popitem(last=False)
        return int(Signal.AGAIN) if before is not None and now - before < AGAIN_S else 0

    def not_useful(self, identifier: str = "", uri: str = "") -> bool:
        """The user says that something offered is of no use: the suggestion, plan or next edit of this id, else the
        last that was shown (in this document). Whether there was one."""
        offer = self.offers.get(identifier)
        if offer is not None:
            self.record(self.offers.rejected(identifier))
        moment = offer.moment if offer is not None else self._named.get(identifier)
        if moment is None and not identifier:
            # Without an id the user means what was on screen last.
            moment = self._latest(uri)
        if moment is None:
            return offer is not None
        self._note(moment, Signal.NOT_USEFUL)
        return True

    def why_asked(self, uri: str) -> None:
        """The user asked why something, or nothing, was suggested."""
        if (moment := self._latest(uri)) is not None:
            self._note(moment, Signal.WHY)

    def _latest(self, uri: str) -> Moment | None:
        return next((one for where, one in reversed(self._recent) if not uri or where == uri), None)

    # Edits and next edits -------------------------------------------------------------------------------------

    def proposed(self, identifier: str, uri: str, moment: Moment, *, same: int = 0) -> None:
        """A plan or a next edit is being shown, under this id. A plan that follows soon on one that was refused means
        that the refused one was sent again; what is `same` as the one before is that one, asked for again."""
        if not self.counts:
            return
        # A model that is asked at each move of the cursor proposes the same again: still one proposal.
        if same and same == self._same[0]:
            self._name(identifier, self._same[1])
            return
        now = self.statistics.clock()
        if moment.kind is Kind.EDIT:
            before = next((one for _, one in reversed(self._recent) if one.kind is Kind.EDIT), None)
            # A plan soon after a refused one: the user has sent the request again.
            if before is not None and before.signals & Signal.REFUSED and now - before.at < RESENT_S:
                self._note(before, Signal.RESENT)
        moment.signals |= int(Signal.SHOWN | Signal.OPENS)
        if self.statistics.offer(moment):
            self._name(identifier, moment)
            self._recent.append((uri, moment))
            self._same = same, moment
        self._flush_soon()

    def _name(self, identifier: str, moment: Moment) -> None:
        self._named[identifier] = moment
        while len(self._named) > PLACES:
            self._named.popitem(last=False)

    def settled(self, identifier: str, signal: Signal) -> None:
        """What became of a plan or a next edit: applied, rejected, undone."""
        moment = self._named.get(identifier)
        if moment is not None and self.counts:
            taken = moment.offered if signal & Signal.ACCEPTED and not moment.taken else 0
            self._note(moment, signal, taken=taken)

    def also(self, identifier: str, known: str) -> None:
        """What is known by one id is shown under another too: a next edit as a plan. It counts once."""
        if (moment := self._named.get(known)) is not None:
            self._name(identifier, moment)

    def named(self, identifier: str) -> bool:
        """Whether something of this id is counted already."""
        return identifier in self._named

    def written(self, identifier: str, uri: str, text: str, at: Point) -> None:
        """The text that an accepted plan or next edit put into a document: it is looked for again later."""
        moment = self._named.get(identifier)
        if moment is not None and self.counts and text.strip():
            offer = Offer(identifier, uri, "", moment.source, text, at, moment=moment)
            self._taken.append(_Taken(offer, self.clock()))
            self.again.look_later(offer)

    def fix(self, uri: str, signal: Signal) -> None:
        """A fix of errors in lines that were just accepted was offered, or taken."""
        if self.counts and (moment := self._latest(uri)) is not None:
            self._note(moment, signal)

    # Silence --------------------------------------------------------------------------------------------------

    def silent(
        self, snapshot: Snapshot, at: Point, source: str, reason: Reason, block: Block | None = None
    ) -> None:
        """Nothing was shown for a question."""
        if self.counts:
            self.visits.silent(snapshot.uri, snapshot, at, source, reason, block)
            if self.statistics.waiting:
                self._flush_soon()

    def nothing_follows(self, snapshot: Snapshot, line: int) -> None:
        """A next edit was asked for by hand, and there is none."""
        if self.counts:
            self.visits.nothing_follows(snapshot, line)
            self._flush_soon()

    # The text -------------------------------------------------------------------------------------------------

    def changed(self, before: Snapshot, edit: TextEdit) -> None:
        """One change of a document."""
        self.record(self.offers.changed(before, edit))
        if not self.counts:
            return
        self._key_at = self.clock()
        # One or two characters are a key; more at once were pasted, or put there by a suggestion.
        typed = edit.text.strip() if len(edit.text) < 80 else ""
        if typed and len(typed) <= 2:  # a key, with the bracket that the editor closed by itself
            self.statistics.typed(language_code(before.language_id), 1)
            self.visits.typed(before.uri, edit.start.line)
        if self._taken and edit.end > edit.start:
            self._perhaps_undone(before.uri, edit)

    def _perhaps_undone(self, uri: str, edit: TextEdit) -> None:
        """Whether this change takes back what was accepted just before: nearly all of it, and brings little."""
        now = self.clock()
        for one in list(self._taken):
            offer = one.offer
            if now - one.at > UNDONE_S:
                self._taken.remove(one)
            elif offer.uri == uri and offer.moment is not None and takes_back(edit, offer):
                self._taken.remove(one)
                self._note(offer.moment, Signal.UNDONE)

    def _note(self, moment: Moment, signal: int, *, taken: int = 0) -> None:
        moment.signals |= int(signal)
        moment.taken += taken
        self.statistics.note(moment)
        self._flush_soon()

    # Writing --------------------------------------------------------------------------------------------------

    def _flush_soon(self) -> None:
        if not self._flushing:
            self._flushing = True
            self.timers.later(FLUSH_AFTER_S, self._perhaps_flush)

    def _perhaps_flush(self) -> None:
        """Write, unless the user is typing: a disk has time."""
        # The keys have not rested yet: wait, unless too much has gathered.
        if self.clock() - self._key_at < RESTS_S and self.statistics.waiting < MOST_WAITING:
            self.timers.later(RESTS_S, self._perhaps_flush)
        else:
            self.timers.spawn(self._flush())

    async def _flush(self) -> None:
        try:
            await asyncio.to_thread(self.statistics.flush)
        finally:
            self._flushing = False
        self.flushed()
        if self.statistics.waiting:
            self._flush_soon()

    def close(self) -> None:
        """The session ends: what is known of the place where the user was is noted."""
        if self.counts:
            self.visits.end()


def _taken(outcome: Outcome) -> int:
    return len(outcome.text) if outcome.kind in ("accepted", "partial") else 0
