"""What the thread of next edits knows: texts, rules, and the past as it may be shown."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from attrs import define, field

from dovetail.nextedit import (
    AUTOMATIC,
    Answer,
    Predictor,
    Proposal,
    Settling,
    Silence,
    Text,
    proposals,
)
from dovetail.privacy import Shown, ShownLines, shown_lines
from dovetail.text import Point, Snapshot

from .nextquestion import Past, Quoted

LARGEST = 1_500_000
"""Characters; larger documents are left out."""
PAST = 25
"""Edits that a model is told of at most."""


@define(slots=True, eq=False)
class Work:
    """Touched by one thread only."""

    settling: Settling = field(factory=Settling)
    predictor: Predictor = field(factory=Predictor)
    texts: dict[str, tuple[Snapshot, Text]] = field(factory=dict)
    shows: bool = False
    """A model may be asked, so that the past is kept as it may be shown."""
    _settled: dict[str, Snapshot] = field(factory=dict)
    """Each document as it was when its last edit was over."""
    _past: deque[Past] = field(factory=lambda: deque(maxlen=PAST))
    _taken: deque[Proposal] = field(factory=lambda: deque(maxlen=PAST))

    def settle(self, snapshot: Snapshot, now: float) -> None:
        """An edit in a document is over: `snapshot` is the text after it."""
        if snapshot.lines.bytes > LARGEST:
            return
        before = self._settled.get(snapshot.uri)
        self._settled[snapshot.uri] = snapshot
        made = self.settling.settle(snapshot.uri, _lines(snapshot), self.predictor, now)
        # What a model may be told later has to be made fit to be shown now, while both texts are at hand
        # whole.
        if self.shows and before is not None:
            for edit in made:
                accepted = any(one.key == (edit.uri, edit.old, edit.new) for one in self._taken)
                self._past.append(
                    Past(
                        edit,
                        _shown(before, edit.was, len(edit.old)),
                        _shown(snapshot, edit.line, len(edit.new)),
                        accepted,
                    )
                )

    def opened(self, snapshot: Snapshot) -> None:
        """A document is open from now on."""
        if snapshot.lines.bytes <= LARGEST:
            self._settled[snapshot.uri] = snapshot
            self.settling.opened(snapshot.uri, _lines(snapshot))

    def accepted(self, proposal: Proposal) -> None:
        """The user took a proposal."""
        self._taken.append(proposal)
        self.predictor.accepted(proposal)

    def past(self) -> tuple[Past, ...]:
        """The edits that still count, oldest first: not those taken back, nor those of files that are excluded now."""
        # By identity: two edits may be equal, of which one was taken back.
        known = {id(edit) for edit in self.predictor.edits}
        return tuple(past for past in self._past if id(past.edit) in known)

    def forget(self, uri: str) -> None:
        """A document is closed or excluded now."""
        self.texts.pop(uri, None)
        self._settled.pop(uri, None)
        self.settling.closed(uri)
        self.predictor.forget_file(uri)

    def text(self, snapshot: Snapshot) -> Text:
        known = self.texts.get(snapshot.uri)
        if known is None or known[0] is not snapshot:
            known = (snapshot, Text(snapshot.uri, _lines(snapshot), snapshot.language_id, snapshot))
            self.texts[snapshot.uri] = known
        return known[1]

    def propose(
        self,
        tasks: list[Callable[[], None]],
        seen: list[Snapshot],
        here: tuple[str, int],
        least: float,
        now: float,
    ) -> Proposal | Silence:
        """Do what has come up, then propose; in the thread."""
        self._catch_up(tasks, seen)
        # Whoever just undid something wants no advice unasked.
        if least >= AUTOMATIC and self.settling.resting(now):
            return Silence("something was just undone")
        texts = {snapshot.uri: self.text(snapshot) for snapshot in seen if snapshot.lines.bytes <= LARGEST}
        return self.predictor.propose(texts, here, least)

    def others(self, tasks: list[Callable[[], None]], proposal: Proposal) -> list[Proposal]:
        for task in tasks:
            task()
        return self.predictor.others(proposal, {uri: text for uri, (_, text) in self.texts.items()})

    def _catch_up(self, tasks: list[Callable[[], None]], seen: list[Snapshot]) -> None:
        for task in tasks:
            task()
        allowed = {snapshot.uri for snapshot in seen}
        for uri in {edit.uri for edit in self.predictor.edits} | set(self.texts):
            # Closed, excluded or too far back since: nothing of it is an example any more.
            if uri not in allowed:
                self.forget(uri)

    def answered(
        self, tasks: list[Callable[[], None]], quoted: Quoted, asked: Snapshot, now: Snapshot, line: int
    ) -> tuple[list[Proposal], list[tuple[str, str]]]:
        """What of a model's answer fits the text as it is `now`, the nearest to the cursor first; and what does not,
        why."""
        for task in tasks:
            task()
        answer = Answer(quoted.first, quoted.old, quoted.new, self._old_text(asked))
        found, refused = proposals(answer, self.text(now), line, self.predictor.edits)
        wanted = [each for each in found if not self.predictor.was_rejected(each)]
        if len(wanted) < len(found):
            refused = [*refused, (asked.uri, "it was rejected before")]
        return wanted, refused

    def _old_text(self, snapshot: Snapshot) -> Text:
        known = self.texts.get(snapshot.uri)
        if known is not None and known[0] is snapshot:
            return known[1]
        return Text(snapshot.uri, _lines(snapshot), snapshot.language_id, snapshot)


def _lines(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(snapshot.line(index) for index in range(len(snapshot.lines)))


def _shown(snapshot: Snapshot, first: int, count: int) -> tuple[Shown, ...]:
    """Lines as they may be shown, without ends. The end of the last counts as a cursor, since a value that was being
    typed there is a secret from its first character on."""
    last = first + count - 1
    if count and 0 <= last < len(snapshot.lines):
        shown = ShownLines(snapshot.lines, Point(last, len(snapshot.line(last))))
    else:
        shown = shown_lines(snapshot.lines)
    return tuple(line[: len(line.rstrip("\r\n"))] for line in shown.slice(first, first + count))
