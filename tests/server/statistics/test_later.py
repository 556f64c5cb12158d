"""What becomes known later, on a clock of the test's own: kept, undone, new errors, misses; for suggestions, edits and
next edits alike. A session without an editor; the store is read as the report reads it."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from dovetail.fim import Suggestion
from dovetail.server.client import ClientOptions, Nobody
from dovetail.server.places import Places
from dovetail.server.session.documents import Change
from dovetail.server.session.generators import NoModels
from dovetail.server.session.session import Session
from dovetail.server.session.timers import Timers
from dovetail.server.statistics import KEPT_AFTER_S, Kind, Moment, Reason, Signal
from dovetail.text import Point

URI = "untitled:work"
TEXT = "def f(rows):\n    total = \n    second = \n"
LINE = "compute_all(of=7, by=9)"
AT = Point(1, 12)
DIFFERENT = "[row for row in other if row.ok]"


@define
class Clock:
    """Timers that run when the test says so."""

    now: float = 1_790_000_000.0
    waiting: list[tuple[float, Callable[[], None]]] = field(factory=list)

    def call_later(self, seconds: float, do: Callable[[], None]) -> Any:
        entry = (self.now + seconds, do)
        self.waiting.append(entry)

        class Handle:
            def cancel(_) -> None:
                if entry in self.waiting:
                    self.waiting.remove(entry)

        return Handle()

    async def advance(self, session: Session, seconds: float) -> None:
        """Let so much time pass, and what it wakes run to its end."""
        end = self.now + seconds
        while due := [entry for entry in self.waiting if entry[0] <= end]:
            entry = min(due, key=lambda one: one[0])
            self.waiting.remove(entry)
            self.now = max(self.now, entry[0])
            entry[1]()
            await settle(session)
        self.now = end
        await settle(session)


async def settle(session: Session) -> None:
    while session.timers.tasks:
        await asyncio.gather(*session.timers.tasks)


class Linter(Nobody):
    """A client whose language server says what the test wants."""

    said: list[dict[str, Any]] | None = None

    async def diagnostics(self, uri: str) -> list[Any] | None:
        return self.said


@define
class Desk:
    """A session with one document."""

    session: Session
    clock: Clock
    client: Linter
    version: int = 1

    def change(self, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        self.version += 1
        self.session.documents.change(URI, self.version, [Change(text, start, end)])

    def offer(self, kind: Kind, identifier: str = "one") -> None:
        """Something is shown at `AT`, `LINE` long."""
        outcomes = self.session.outcomes
        moment = Moment(kind, 46, "e", offered=len(LINE))
        if kind is Kind.SUGGESTION:
            (offer,) = self.session.offers.add(
                URI, "python", [Suggestion(identifier, LINE, AT, AT, "e", "e")]
            )
            outcomes.offered(offer, moment)
            outcomes.record(self.session.offers.shown(identifier))
        else:
            outcomes.proposed(identifier, URI, moment)

    async def accept(self, kind: Kind, identifier: str = "one") -> None:
        """As the server does: told first, then the document changes, or the other way round."""
        if kind is Kind.SUGGESTION:
            self.session.outcomes.record(self.session.offers.accepted(identifier))
            self.change(AT, AT, LINE)
        else:
            self.change(AT, AT, LINE)
            self.session.outcomes.settled(identifier, Signal.ACCEPTED)
            self.session.outcomes.written(identifier, URI, LINE, AT)
        await settle(self.session)

    async def rows(self) -> list[sqlite3.Row]:
        await asyncio.to_thread(self.session.statistics.flush)
        with sqlite3.connect(self.session.places.state / "statistics.sqlite3") as db:
            db.row_factory = sqlite3.Row
            return db.execute("select * from moments order by id").fetchall()

    async def signals(self) -> Signal:
        (row,) = await self.rows()
        return Signal(row["signals"])


@pytest.fixture
async def desk(tmp_path: Path) -> Any:
    clock, client = Clock(), Linter()
    session = Session(
        client,
        Places(tmp_path, tmp_path, tmp_path),
        lambda session: NoModels(),
        timers=Timers(call_later=clock.call_later),
    )
    session.options = ClientOptions(events=True)
    session.outcomes.clock = lambda: clock.now
    session.statistics.clock = lambda: clock.now
    session.configure({})
    session.opened(URI, "python", 1, TEXT)
    await settle(session)
    yield Desk(session, clock, client)
    await session.close()


ALL = pytest.mark.parametrize("kind", list(Kind))


@ALL
async def test_kept_is_looked_for_four_times(desk: Desk, kind: Kind) -> None:
    """It is there for half a minute, and edited away in the second minute."""
    desk.offer(kind)
    await desk.accept(kind)
    seen = []
    for i, at in enumerate(KEPT_AFTER_S):
        await desk.clock.advance(desk.session, at - (KEPT_AFTER_S[i - 1] if i else 0) + 1)
        (row,) = await desk.rows()
        seen.append((row["looked"], row["there"]))
        if i == 0:
            desk.change((1, 12), (1, 12 + len(LINE)), DIFFERENT)
    assert seen == [(0b1, 0b1), (0b11, 0b1), (0b111, 0b1), (0b1111, 0b1)]
    assert Signal.ACCEPTED in await desk.signals()
    (row,) = await desk.rows()
    assert row["taken"] == len(LINE)


@ALL
async def test_it_moves_with_the_document_and_small_changes_leave_it(desk: Desk, kind: Kind) -> None:
    desk.offer(kind)
    await desk.accept(kind)
    desk.change((0, 0), (0, 0), "import os\n" * 40)
    desk.change((41, 12), (41, 15), "max")
    await desk.clock.advance(desk.session, 700)
    (row,) = await desk.rows()
    assert (row["looked"], row["there"]) == (0b1111, 0b1111)


@ALL
@pytest.mark.parametrize(("after", "undone"), [(5, True), (11, False)])
async def test_taken_back_within_ten_seconds_is_undone(
    desk: Desk, kind: Kind, after: float, undone: bool
) -> None:
    desk.offer(kind)
    await desk.accept(kind)
    await desk.clock.advance(desk.session, after)
    desk.change((1, 12), (1, 12 + len(LINE)), "")
    assert (Signal.UNDONE in await desk.signals()) is undone


@ALL
@pytest.mark.parametrize(
    ("before", "later", "new"),
    [
        ([], [(1, "rows is wrong")], True),
        ([(1, "rows is wrong")], [(1, "rows is wrong")], False),  # known before
        ([], [(2, "elsewhere")], False),  # in another line
        ([], [], False),
    ],
)
async def test_new_errors_in_accepted_lines(
    desk: Desk, kind: Kind, before: list[tuple[int, str]], later: list[tuple[int, str]], new: bool
) -> None:
    def said(errors: list[tuple[int, str]]) -> list[dict[str, Any]]:
        points = {line: {"line": line, "character": 0} for line, _ in errors}
        where = {line: {"start": point, "end": point} for line, point in points.items()}
        return [{"range": where[line], "message": text, "severity": 1} for line, text in errors]

    desk.client.said = said(before)
    desk.offer(kind)
    await desk.accept(kind)
    desk.client.said = said(later)
    await desk.clock.advance(desk.session, 4)
    assert (Signal.ERRORS in await desk.signals()) is new


@ALL
async def test_turned_down_and_said_to_be_of_no_use(desk: Desk, kind: Kind) -> None:
    desk.offer(kind)
    if kind is Kind.SUGGESTION:
        desk.session.outcomes.record(desk.session.offers.rejected("one"))
    else:
        desk.session.outcomes.settled("one", Signal.REJECTED)
    assert desk.session.outcomes.not_useful("one")
    desk.session.outcomes.why_asked(URI)
    found = await desk.signals()
    assert Signal.REJECTED | Signal.NOT_USEFUL | Signal.WHY in found
    assert Signal.ACCEPTED not in found


@ALL
async def test_a_fix_that_was_offered_and_taken(desk: Desk, kind: Kind) -> None:
    desk.offer(kind)
    await desk.accept(kind)
    desk.session.outcomes.fix(URI, Signal.FIX_OFFERED)
    assert Signal.FIX_TAKEN not in await desk.signals()
    desk.session.outcomes.fix(URI, Signal.FIX_TAKEN)
    assert Signal.FIX_OFFERED | Signal.FIX_TAKEN in await desk.signals()


async def test_asked_by_hand_after_nothing_was_shown_and_then_it_comes(desk: Desk) -> None:
    """A miss, counted once, with the suggestion that came."""
    snapshot = desk.session.documents.get(URI)
    assert snapshot is not None
    desk.session.outcomes.silent(snapshot, AT, "e", Reason.NOT_SURE)
    desk.session.outcomes.visits.asked_by_hand(URI, AT.line)
    desk.offer(Kind.SUGGESTION)
    desk.offer(Kind.SUGGESTION, "again")
    first, *_ = await desk.rows()
    assert Signal.MISSED | Signal.OPENS in Signal(first["signals"])
    with sqlite3.connect(desk.session.places.state / "statistics.sqlite3") as db:
        assert db.execute("select count(*) from silences").fetchone() == (0,)


async def test_asked_by_hand_where_something_is_shown_is_no_miss(desk: Desk) -> None:
    desk.offer(Kind.SUGGESTION)
    desk.session.outcomes.visits.asked_by_hand(URI, AT.line)
    assert Signal.MISSED not in await desk.signals()


async def test_no_next_edit_where_one_was_asked_for_is_a_miss(desk: Desk) -> None:
    snapshot = desk.session.documents.get(URI)
    assert snapshot is not None
    desk.session.outcomes.nothing_follows(snapshot, 1)
    await asyncio.to_thread(desk.session.statistics.flush)
    with sqlite3.connect(desk.session.places.state / "statistics.sqlite3") as db:
        assert db.execute("select kind, reason, number, misses from silences").fetchall() == [
            (int(Kind.NEXT_EDIT), int(Reason.NOTHING_FOLLOWS), 1, 1)
        ]


@pytest.mark.parametrize(("wait", "again"), [(10, True), (400, False)])
async def test_an_edit_that_was_refused_and_sent_again(desk: Desk, wait: float, again: bool) -> None:
    """Within five minutes it is the same request once more."""
    refused = Moment(Kind.EDIT, 46, "chat", reason=Reason.NOT_FOUND, signals=int(Signal.REFUSED))
    desk.session.outcomes.proposed("first", URI, refused)
    await desk.clock.advance(desk.session, wait)
    desk.session.outcomes.proposed("second", URI, Moment(Kind.EDIT, 46, "chat", offered=5))
    first, second = await desk.rows()
    assert (Signal.RESENT in Signal(first["signals"])) is again
    assert not Signal(second["signals"]) & (Signal.REFUSED | Signal.RESENT)


async def test_nothing_is_written_while_keys_come_and_one_write_in_two_seconds_at_most(desk: Desk) -> None:
    """A minute of fast typing with a suggestion at every fifth key, then a rest."""
    writes: list[float] = []
    desk.session.outcomes.flushed = lambda: writes.append(desk.clock.now)
    await desk.clock.advance(desk.session, 5)
    writes.clear()
    began = desk.clock.now
    for key in range(600):
        desk.change((1, 12 + key), (1, 12 + key), "x")
        if key % 5 == 0:
            desk.offer(Kind.EDIT, f"e{key}")
        await desk.clock.advance(desk.session, 0.1)
    assert not writes, "none while typing"
    await desk.clock.advance(desk.session, 30)
    assert writes and writes[0] >= began + 60
    for number in range(40):  # events without keys
        desk.offer(Kind.EDIT, f"later{number}")
        await desk.clock.advance(desk.session, 0.25)
    assert min(b - a for a, b in itertools.pairwise(writes)) >= 2
