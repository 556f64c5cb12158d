"""Making the outcome of a hunk: a proof with its changes, or a refusal with its place."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from ..live import LiveText
from ..model import Change, Extent, Hunk, Kind, Outcome, Proof, Reading
from ..reading.doubts import doubt
from ..tagging import changes_at
from .candidate import Candidate
from .merge import BaseText, Carried, Conflict
from .spans import owner_at, owners_of

MAX_SLIDE = 10_000


@define(slots=True)
class Target:
    """The text of one file, the versions of it that the model was shown, and what is known of the reply."""

    path: str
    live: LiveText
    bases: Sequence[BaseText] = ()
    old_blob: str = ""


@define(frozen=True, slots=True)
class Maker:
    """Makes the outcomes of one hunk."""

    index: int
    hunk: Hunk
    target: Target

    def refused(
        self,
        kind: Kind,
        reason: str,
        lines: tuple[int, int] = (0, 0),
        places: tuple[tuple[int, int], ...] = (),
    ) -> Outcome:
        reading = self.hunk.readings[0] if self.hunk.readings else Reading(())
        return Outcome(
            self.index,
            self.target.path,
            Proof.REFUSED,
            kind,
            reason,
            lines,
            places,
            before="\n".join(reading.old),
            after="\n".join(reading.new),
            reply_lines=(self.hunk.first, self.hunk.last),
            sign=self.hunk.sign,
        )

    def ambiguous(self, candidates: Sequence[Candidate]) -> Outcome:
        spans = tuple((place, place + len(reading.old)) for reading, place in candidates)
        owners = owners_of(self.target.path, self.target.live)
        at = ", ".join(str(low + 1) + owner_at(owners, low, high) for low, high in spans[:12])
        more = f" and {len(spans) - 12} more" if len(spans) > 12 else ""
        return self.refused(
            Kind.AMBIGUOUS, f"what it quotes stands in several places: lines {at}{more}", spans[0], spans
        )

    def conflict(self, conflict: Conflict, base: BaseText) -> Outcome:
        low, high = conflict.live
        if conflict.doubtful:
            return self.refused(
                Kind.AMBIGUOUS,
                "the lines it was written for stand in several places by now",
                (low, high),
            )
        ours, theirs = base.live.lines[low:high], list(conflict.theirs)
        # From the first line in which the two differ, for the start is often the same.
        same = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), None)
        same = min(len(ours), len(theirs)) if same is None else same
        low, ours, theirs = low + same, ours[same:], theirs[same:]
        wanted = " / ".join(line.strip() for line in theirs[:3]) or "nothing"
        if not any(line.strip() for line in ours):
            reason = (
                f"the lines that it changes are gone since the model saw them: wanted there {wanted[:120]!r}"
            )
            return self.refused(Kind.CONFLICT, reason, (low, high))
        mine = " / ".join(line.strip() for line in ours[:3])
        reason = (
            f"the lines have changed since the model saw them: from line {low + 1} there {mine[:120]!r}, "
            f"wanted {wanted[:120]!r}"
        )
        return self.refused(Kind.CONFLICT, reason, (low, min(high, low + max(len(theirs), 3))))

    def done(self, low: int, high: int, reading: Reading | None = None) -> Outcome:
        text = "\n".join(self.target.live.lines[low:high])
        return Outcome(
            self.index,
            self.target.path,
            Proof.APPLIED,
            lines=(low, high),
            before=text,
            after=text,
            repaired=reading.repaired if reading else "",
            reply_lines=(self.hunk.first, self.hunk.last),
            sign=self.hunk.sign,
        )

    def placed(self, reading: Reading, place: int, proof: Proof) -> Outcome:
        span = (place, place + len(reading.old))
        # Where the file ends with the quote, there was nothing more to come that could have been cut off.
        if self.hunk.may_be_cut and span[1] < len(self.target.live):
            return self.refused(
                Kind.MALFORMED, "the reply ends in the middle of the hunk: it may have been cut", span
            )
        if self.hunk.at_end and span[1] < len(self.target.live):
            return self.refused(
                Kind.NOT_FOUND, "the hunk should end where the file ends, but the file goes on", span
            )
        if self.hunk.sign.extent is Extent.REGION and proof is Proof.EXACT:
            proof = Proof.REWRITTEN  # nothing of the new text could be checked against the file
        return self.changed(reading, changes_at(reading.lines, place), span, proof)

    def changed(
        self,
        reading: Reading,
        changes: tuple[Change, ...],
        span: tuple[int, int],
        proof: Proof,
        repaired: str = "",
    ) -> Outcome:
        live = self.target.live
        # A normal form: two hunks that insert the same line above and below its twin become the same change.
        changes = tuple(slid_down(change, live.lines) for change in changes)
        found = doubt(reading, live, self.target.path, plain=self.hunk.ends_plainly)
        if found:
            return self.refused(*found, span)
        return Outcome(
            self.index,
            self.target.path,
            proof,
            lines=span,
            changes=changes,
            repaired="; ".join(filter(None, (reading.repaired, repaired))),
            before="\n".join(live.lines[span[0] : span[1]]),
            after="\n".join(_patched(live.lines, changes, span)),
            reply_lines=(self.hunk.first, self.hunk.last),
            sign=self.hunk.sign,
            new_ends_bare=self.hunk.new_ends_bare,
        )

    def merged(self, reading: Reading, carried: Carried, base: BaseText, place: int) -> Outcome:
        changes = carried.changes
        if not changes:
            low = min(place, max(len(self.target.live) - 1, 0))
            return self.done(low, min(low + len(reading.new), len(self.target.live)), reading)
        span = (min(one.start for one in changes), max(one.end for one in changes))
        return self.changed(reading, changes, span, Proof.MERGED)


def slid_down(change: Change, lines: Sequence[str]) -> Change:
    """An insertion as far down as it comes to the same text: two that do the same are then equal."""
    if change.start != change.end or not change.lines:
        return change
    added, at, size = list(change.lines), change.start, len(change.lines)
    # Inserting `a b` before `a b c` gives what inserting it behind that `a b` gives: one step down takes the
    # first added line to the end of them, hence the rotation by `moved` below.
    moved = 0
    while at < len(lines) and added[moved % size] == lines[at] and moved < MAX_SLIDE:
        moved, at = moved + 1, at + 1
    turn = moved % size
    return Change(at, at, (*added[turn:], *added[:turn]))


def _patched(lines: Sequence[str], changes: Sequence[Change], span: tuple[int, int]) -> list[str]:
    result: list[str] = []
    at = span[0]
    for change in changes:
        result += lines[at : change.start]
        result += change.lines
        at = change.end
    return result + list(lines[at : span[1]])
