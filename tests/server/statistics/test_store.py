"""The store: what is written, how it grows, where it cannot be written, and how it comes from older ones."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.statistics import (
    Block,
    Experiment,
    Kind,
    Moment,
    Reason,
    Scope,
    Signal,
    Silence,
    Statistics,
    language_code,
    scope_at,
)
from dovetail.server.statistics.codes import _REASONS, LANGUAGES
from dovetail.server.statistics.schema import _STEPS, VERSION
from dovetail.server.statistics.store import DAY_S, MOST_PUT_OFF, THINNER, WHOLE
from dovetail.text import Point, Snapshot

NOW = 1_790_000_000.0


def suggestion(source: str = "embedded", signals: int = Signal.SHOWN, taken: int = 0, **more: Any) -> Moment:
    return Moment(
        Kind.SUGGESTION,
        language_code("python"),
        source,
        signals=int(signals),
        taken=taken,
        offered=10,
        **more,
    )


def rows(path: Path, table: str) -> list[Any]:
    with sqlite3.connect(path) as db:
        return db.execute(f"select * from {table}").fetchall()


def test_what_becomes_known_later_is_added_to_the_row(tmp_path: Path) -> None:
    path = tmp_path / "new" / "statistics.sqlite3"
    statistics = Statistics(path)
    moments = [suggestion() for _ in range(3)]
    for moment in moments:
        assert statistics.offer(moment)
    statistics.flush()
    moments[0].signals |= Signal.WORD | Signal.ACCEPTED | Signal.AGAINST
    moments[0].taken, moments[0].looked, moments[0].there = 7, 0b11, 0b01
    moments[1].signals |= Signal.REJECTED
    for moment in moments[:2]:
        statistics.note(moment)
    summary = statistics.summary()
    assert summary["counts"] == {"shown": 3, "accepted": 1, "rejected": 1}
    assert summary["bySource"] == {"embedded": summary["counts"]}
    assert summary["acceptedCharacters"] == 7
    assert summary["acceptedOfShown"] == pytest.approx(1 / 3, abs=0.001)
    assert summary["keptOfAccepted"] == {"30 s": 1.0, "120 s": 0.0}
    statistics.close()
    assert len(rows(path, "moments")) == 3
    again = Statistics(path)
    assert again.summary()["counts"] == summary["counts"]
    again.close()


def test_two_servers_share_it(tmp_path: Path) -> None:
    path = tmp_path / "statistics.sqlite3"
    one, other = Statistics(path), Statistics(path)
    for statistics in (one, other):
        statistics.offer(suggestion(signals=Signal.ACCEPTED))
        statistics.flush()
    assert one.summary()["counts"]["accepted"] == 2
    one.close()
    other.close()


@pytest.mark.parametrize("make", ["folder", "rubbish", "none", "newer"])
def test_where_it_cannot_be_kept(tmp_path: Path, make: str, caplog: pytest.LogCaptureFixture) -> None:
    """Counting goes on in memory, said once; a file that a newer version wrote is left as it is."""
    path: Path | None = tmp_path / "statistics.sqlite3"
    assert path is not None
    if make == "folder":
        path.mkdir()
    elif make == "rubbish":
        path.write_bytes(b"no database" * 1000)
    elif make == "newer":
        with sqlite3.connect(path) as db:
            db.execute("pragma user_version = 1000")
    else:
        path = None
    statistics = Statistics(path)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            statistics.offer(suggestion(signals=Signal.ACCEPTED))
            statistics.flush()
    assert statistics.summary()["counts"]["accepted"] == 2
    # Where they are meant to be kept nowhere, that is no trouble.
    assert len(caplog.records) == (make != "none")
    assert statistics.trouble.startswith("Statistics are not kept") is (make != "none")
    statistics.close()
    if make == "newer":
        with sqlite3.connect(tmp_path / "statistics.sqlite3") as db:
            assert db.execute("pragma user_version").fetchone() == (1000,)
            assert db.execute("select count(*) from sqlite_master").fetchone() == (0,)


def test_the_counts_of_the_first_store_are_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "statistics.sqlite3"
    with sqlite3.connect(path) as db:
        db.executescript(
            "create table suggestions (key text primary key, at real not null, source text not null, language text"
            " not null, shown integer not null default 0, outcome integer not null default 0, characters integer not"
            " null default 0, kept_30 integer, kept_120 integer, kept_300 integer, kept_600 integer) without rowid;"
            "create index suggestions_at on suggestions (at);"
            "create table events (at real not null, kind text not null, source text not null, number real);"
        )
        db.executemany(
            "insert into suggestions values (?,?,?,?,?,?,?,?,?,?,?)",
            [
                ("r/a", NOW, "embedded", "python", 1, 5, 7, 1, 0, None, None),
                ("r/b", NOW, "my server", "somelang", 1, 3, 0, None, None, None, None),
                ("r/c", NOW, "embedded", "go", 1, 0, 0, None, None, None, None),
            ],
        )
    db.close()
    statistics = Statistics(path, clock=lambda: NOW + 60)
    summary = statistics.summary()
    assert summary["counts"] == {"shown": 3, "accepted": 1, "rejected": 1}
    assert summary["bySource"]["my server"] == {"shown": 1, "rejected": 1}
    assert summary["keptOfAccepted"] == {"30 s": 1.0, "120 s": 0.0}
    statistics.close()
    with sqlite3.connect(path) as db:
        tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    assert not tables & {"suggestions", "events"}


@pytest.mark.parametrize("version", range(1, VERSION))
def test_a_store_of_an_earlier_version_is_taken_over(tmp_path: Path, version: int) -> None:
    """What was counted stays, and experiments can begin in it."""
    path = tmp_path / "statistics.sqlite3"
    with sqlite3.connect(path, isolation_level=None) as db:
        for step in _STEPS[:version]:
            step(db)
        db.execute("insert into names (name) values ('embedded')")
        db.execute(
            "insert into moments (at, kind, language, scope, source, model, lines, prefix, offered, reason, block,"
            " signals, taken, looked, there, weight) values (?, 0, 46, 0, 1, 0, 1, 0, 7, 0, 0, ?, 7, 1, 1, 1)",
            (int(NOW), int(Signal.SHOWN | Signal.ACCEPTED)),
        )
        db.execute(f"pragma user_version = {version}")
    db.close()
    statistics = Statistics(path, clock=lambda: NOW + 60)
    block = Block(Experiment("x", ("a", "b"), 600), 1, NOW)
    statistics.offer(suggestion(block=block))
    assert statistics.summary()["counts"] == {"shown": 2, "accepted": 1}
    statistics.close()
    assert not statistics.trouble
    with sqlite3.connect(path) as db:
        assert db.execute("pragma user_version").fetchone() == (VERSION,)
        assert db.execute("select id, block from moments").fetchall() == [(1, 0), (2, block.row)]
        assert db.execute("select id, experiment, arm from blocks").fetchall() == [(block.row, 1, 1)]


def test_off_means_that_no_file_is_made(tmp_path: Path) -> None:
    statistics = Statistics(tmp_path / "s" / "statistics.sqlite3", enabled=False)
    assert not statistics.offer(suggestion())
    statistics.typed(1, 5)
    statistics.spent("a", read=5)
    statistics.silence(Silence(Kind.SUGGESTION, 1, "", Reason.EMPTY))
    statistics.flush()
    assert statistics.summary()["counts"] == {"shown": 0}
    statistics.close()
    assert not (tmp_path / "s").exists()


def test_a_day_without_end_is_kept_in_part_and_counted_whole(tmp_path: Path) -> None:
    """Which ones are kept is decided before anything is known of them; each counts for those left out."""
    statistics = Statistics(tmp_path / "statistics.sqlite3", clock=lambda: NOW)
    number = 20_000
    for i in range(number):
        moment = suggestion()
        if statistics.offer(moment) and i % 4 == 0:
            moment.signals |= Signal.ACCEPTED
    summary = statistics.summary()
    kept = len(rows(tmp_path / "statistics.sqlite3", "moments"))
    assert kept <= WHOLE + 10 * THINNER
    assert summary["counts"]["shown"] == pytest.approx(number, rel=0.05)
    statistics.close()


def test_what_is_old_goes_and_so_does_what_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [NOW]
    path = tmp_path / "statistics.sqlite3"
    statistics = Statistics(path, clock=lambda: now[0])
    statistics.offer(suggestion())
    statistics.typed(1, 5)
    statistics.silence(Silence(Kind.SUGGESTION, 1, "", Reason.EMPTY))
    statistics.spent("a", read=5)
    statistics.flush()
    now[0] += 91 * DAY_S
    statistics.offer(suggestion())
    statistics.flush()
    assert [len(rows(path, table)) for table in ("moments", "typed", "silences", "spent")] == [1, 0, 0, 0]
    monkeypatch.setattr("dovetail.server.statistics.store.MOST_ROWS", 10)
    for _ in range(30):
        statistics.offer(suggestion("late"))
    now[0] += 2 * 3600
    statistics.flush()
    assert len(rows(path, "moments")) == 10
    statistics.close()


def test_forgotten_is_gone_from_the_bytes_too(tmp_path: Path) -> None:
    """And a server that goes on does not write into rows of others that came after."""
    path = tmp_path / "statistics.sqlite3"
    running, other = Statistics(path), Statistics(path)
    moment = suggestion("a-name-to-look-for")
    running.offer(moment)
    running.flush()
    other.forget()
    assert other.summary()["counts"] == {"shown": 0}
    other.offer(suggestion("second"))
    other.flush()
    moment.signals |= Signal.ACCEPTED
    running.note(moment)
    running.flush()
    assert other.summary()["counts"] == {"shown": 1}
    for statistics in (running, other):
        statistics.close()
    files = [file.read_bytes() for file in tmp_path.glob("statistics.sqlite3*")]
    assert files
    assert not any(b"a-name-to-look-for" in data for data in files)


@pytest.mark.parametrize(("lines", "parsed", "scope"), [
    (200, False, Scope.ARGUMENTS), (400, False, Scope.UNKNOWN), (400, True, Scope.ARGUMENTS),
])  # fmt: skip
def test_a_large_document_is_not_parsed_for_its_scope(lines: int, parsed: bool, scope: Scope) -> None:
    snapshot = Snapshot.open("file:///a.py", "x = 1\n" * lines + "print(1, )\n", language_id="python")
    if parsed:
        snapshot.tree()
    assert scope_at(snapshot, Point(lines, 9)) is scope


@pytest.mark.parametrize(
    ("text", "at", "scope"),
    [
        ("x = 1\n\n", (1, 0), Scope.TOP_LEVEL),
        ("x = 1  # so\n", (0, 10), Scope.COMMENT),
        ("x = 'abc'\n", (0, 7), Scope.STRING),
        ("print(1, )\n", (0, 9), Scope.ARGUMENTS),
        ("import os\nos.\n", (1, 3), Scope.MEMBER),
        ("def f(a):\n    \n", (1, 4), Scope.BLOCK_START),
        ("def f(a):\n    b = 1\n    c = \n", (2, 8), Scope.FUNCTION),
        ("class A:\n    b = 1\n    c = \n", (2, 8), Scope.CLASS),
    ],
)
def test_scopes(tmp_path: Path, text: str, at: tuple[int, int], scope: Scope) -> None:
    """They are read when the moment is written, which lets go of the text."""
    path = tmp_path / "statistics.sqlite3"
    statistics = Statistics(path)
    snapshot = Snapshot.open("file:///a.py", text, language_id="python")
    moment = suggestion(place=(snapshot, Point(*at)))
    statistics.offer(moment)
    statistics.close()
    assert (moment.scope, moment.place) == (scope, None)
    assert [row[4] for row in rows(path, "moments")] == [scope]


def test_codes_have_words_and_stay_where_they_are() -> None:
    """The numbers stand in files of users."""
    assert set(_REASONS) == set(Reason)
    assert len(set(LANGUAGES)) == len(LANGUAGES)
    assert [language_code(name) for name in ("python", "PYTHON", "zig", "c", "no such", "sh")] == [
        46,
        46,
        66,
        4,
        0,
        53,
    ]
    assert [
        int(one) for one in (Signal.SHOWN, Signal.FIX_TAKEN, Reason.NOTHING_FOLLOWS, Scope.TOP_LEVEL)
    ] == [
        1,
        1 << 19,
        10,
        8,
    ]


def test_a_file_that_is_busy_is_written_later(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Another server may write, or tidy up, for longer than is waited."""
    path = tmp_path / "statistics.sqlite3"
    statistics = Statistics(path)
    first = suggestion(signals=Signal.ACCEPTED)
    statistics.offer(first)
    statistics.flush()
    assert statistics._db is not None
    statistics._db.execute("pragma busy_timeout = 1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin immediate")
    statistics.offer(suggestion(signals=Signal.ACCEPTED))
    statistics.typed(3, 7)
    statistics.spent("x", read=5)
    statistics.flush()
    statistics.typed(3, 1)
    statistics.spent("x", read=2)
    assert statistics.waiting == 5 and not statistics.trouble and not caplog.records
    other.execute("rollback")
    statistics.flush()
    assert statistics.waiting == 0
    assert statistics.summary()["counts"]["accepted"] == 2
    assert other.execute("select sum(by_hand) from typed").fetchone() == (8,)
    assert other.execute("select sum(read) from spent").fetchone() == (7,)
    # Busy for ever is one that cannot be written; what was numbered in the file is not in the memory's rows.
    other.execute("begin immediate")
    for _ in range(MOST_PUT_OFF + 1):
        statistics.offer(suggestion(signals=Signal.REJECTED))
        statistics.flush()
    assert statistics.trouble
    statistics.note(first)
    statistics.flush()
    counts = statistics.summary()["counts"]
    assert counts["accepted"] == 1
    statistics.close()
    other.close()
