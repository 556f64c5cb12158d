"""Opportunities: each place that the user comes to counts once, however many keys are typed there. On the event
loop."""

from __future__ import annotations

from attrs import define

from dovetail.text import Point, Snapshot

from ..statistics import Block, Kind, Reason, Signal, Silence, Statistics, language_code


@define(slots=True, eq=False)
class _Visit:
    """One stay in one line of one document."""

    uri: str
    line: int
    shown: bool = False
    silence: tuple[Snapshot, Point, str, Reason] | None = None
    """Where and why nothing was shown last."""
    block: Block | None = None
    """Of the experiment, of the question that was answered with nothing."""
    typed: int = 0
    misses: int = 0


@define(slots=True, eq=False)
class Visits:
    """Where the user is: an opportunity opens when a question comes from another line than the one before."""

    statistics: Statistics
    _now: _Visit | None = None

    def at(self, uri: str, line: int) -> _Visit:
        """The visit of a line; a new one ends the one before."""
        now = self._now
        if now is None or now.uri != uri or now.line != line:
            self.end()
            now = self._now = _Visit(uri, line)
        return now

    def offered(self, uri: str, line: int) -> int:
        """Something is shown there: the signals that this adds."""
        visit = self.at(uri, line)
        # One opportunity for each stay in a line, however often suggestions change while it is typed.
        signals = 0 if visit.shown else int(Signal.OPENS)
        # It had to be asked for by hand, since nothing came by itself.
        if not visit.shown and visit.misses:
            signals |= int(Signal.MISSED)
        visit.shown = True
        return signals

    def silent(
        self, uri: str, snapshot: Snapshot, at: Point, source: str, reason: Reason, block: Block | None = None
    ) -> None:
        """Nothing is shown there, so far."""
        visit = self.at(uri, at.line)
        # The last reason that says something about the place; a key that came too fast does not.
        if reason is not Reason.NONE:
            visit.silence, visit.block = (snapshot, at, source, reason), block

    def asked_by_hand(self, uri: str, line: int) -> None:
        """The user asks where nothing was shown: something was missed."""
        now = self._now
        if now is not None and now.uri == uri and now.line == line and now.silence and not now.shown:
            now.misses += 1

    def typed(self, uri: str, line: int) -> None:
        """A key was typed there."""
        now = self._now
        if now is not None and now.uri == uri and now.line == line:
            now.typed += 1

    def nothing_follows(self, snapshot: Snapshot, line: int) -> None:
        """No next edit follows where one was asked for."""
        place = snapshot, Point(line, 0)
        language = language_code(snapshot.language_id)
        self.statistics.silence(Silence(Kind.NEXT_EDIT, language, "", Reason.NOTHING_FOLLOWS, place, 0, 1))

    def end(self) -> None:
        """The user has gone elsewhere."""
        now, self._now = self._now, None
        # A place with a suggestion is counted by its offer; one without a reason tells nothing.
        if now is None or now.shown or now.silence is None:
            return
        snapshot, at, source, reason = now.silence
        self.statistics.silence(
            Silence(
                Kind.SUGGESTION,
                language_code(snapshot.language_id),
                source,
                reason,
                (snapshot, at),
                now.typed,
                now.misses,
                now.block,
            )
        )
