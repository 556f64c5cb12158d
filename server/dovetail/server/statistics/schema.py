"""The one schema of the store, and the way from every earlier one to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .codes import Signal, language_code

if TYPE_CHECKING:
    import sqlite3

VERSION = 3
_TABLES = (
    "create table names (id integer primary key, name text not null unique)",
    """create table moments (
      id integer primary key autoincrement, at integer not null, kind integer not null, language integer not null,
      scope integer not null, source integer not null, model integer not null, lines integer not null,
      prefix integer not null, offered integer not null, first_ms integer, shown_ms integer, confidence integer,
      reason integer not null, block integer not null, signals integer not null, taken integer not null,
      looked integer not null, there integer not null, weight integer not null)""",
    "create index moments_at on moments (at)",
    """create table silences (
      day integer not null, kind integer not null, language integer not null, scope integer not null,
      source integer not null, reason integer not null, number integer not null, typed integer not null,
      misses integer not null, primary key (day, kind, language, scope, source, reason)) without rowid""",
    """create table typed (
      day integer not null, language integer not null, by_hand integer not null, primary key (day, language)
      ) without rowid""",
    """create table spent (
      day integer not null, source integer not null, requests integer not null,
      read integer not null, written integer not null, from_cache integer not null, primary key (day, source)
      ) without rowid""",
    """create table blocks (
      id integer primary key autoincrement, experiment integer not null, arm integer not null, at integer not null,
      opportunities integer not null, typed integer not null)""",
)
"""Days count from 1970 in UTC, times are seconds since then; `names` holds endpoints and models as the user set
them."""


def migrate(db: sqlite3.Connection) -> None:
    """Bring a database to `VERSION`, in one transaction; two servers may try at once.

    Raises:
        sqlite3.DatabaseError: a newer version of Dovetail wrote it.
    """
    import sqlite3

    # Without a lock first: nearly always there is nothing to do.
    if _version(db) == VERSION:
        return
    db.execute("begin immediate")
    try:
        # Once more with the lock: another server may have done it in between.
        found = _version(db)
        if found > VERSION:
            raise sqlite3.DatabaseError("a newer version of Dovetail wrote this file")
        # Every step there is, in order: no version is left out on the way.
        for step in _STEPS[found:]:
            step(db)
        db.execute(f"pragma user_version = {VERSION}")
        db.execute("commit")
    except BaseException:
        db.execute("rollback")
        raise


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("pragma user_version").fetchone()[0])


def _first(db: sqlite3.Connection) -> None:
    """From nothing, or from the counts that were kept before there was a version."""
    for table in _TABLES:
        db.execute(table)
    known = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    # A file from before there were versions: its counts are taken over as well as they can be.
    if "suggestions" in known:
        _from_counts(db)
        db.execute("drop table suggestions")
    if "events" in known:
        db.execute("drop table events")


_RANKS = (0, Signal.AGAINST, Signal.ALONG, Signal.REJECTED, Signal.WORD, Signal.ACCEPTED)
"""The outcomes of the first store, by their rank."""


def _from_counts(db: sqlite3.Connection) -> None:
    rows = db.execute(
        "select at, source, language, shown, outcome, characters, kept_30, kept_120, kept_300, kept_600"
        " from suggestions"
    ).fetchall()
    for at, source, language, shown, outcome, characters, *kept in rows:
        db.execute("insert or ignore into names (name) values (?)", (source,))
        # NULL was "not looked for yet", 0 "gone".
        looked = sum(1 << i for i, one in enumerate(kept) if one is not None)
        there = sum(1 << i for i, one in enumerate(kept) if one)
        signals = (Signal.SHOWN | Signal.OPENS if shown else 0) | _RANKS[outcome if 0 <= outcome < 6 else 0]
        db.execute(
            "insert into moments (at, kind, language, scope, source, model, lines, prefix, offered, reason, block,"
            " signals, taken, looked, there, weight)"
            " values (?, 0, ?, 0, (select id from names where name = ?), 0, 1, 0, ?, 0, 0, ?, ?, ?, ?, 1)",
            (int(at), language_code(language), source, characters, int(signals), characters, looked, there),
        )


_EXPERIMENTS = (
    "drop table blocks",  # nothing was ever written into it
    """create table experiments (
      id integer primary key autoincrement, key text not null unique, name text not null, a text not null,
      b text not null, most integer not null, began integer not null, ended integer not null)""",
    """create table blocks (
      id integer primary key autoincrement, experiment integer not null, arm integer not null, at integer not null,
      silences integer not null)""",
    """create table looks (
      experiment integer not null, number integer not null, at integer not null, said text not null,
      primary key (experiment, number)) without rowid""",
    "create index moments_block on moments (block) where block > 0",
)
"""An experiment's name and arms are words of the settings; what a look saw is a JSON object of numbers."""


def _experiments(db: sqlite3.Connection) -> None:
    for statement in _EXPERIMENTS:
        db.execute(statement)


def _unanswered(db: sqlite3.Connection) -> None:
    db.execute("alter table blocks add column unanswered integer")


_STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_first, _experiments, _unanswered)
"""The step at i leads from version i to i + 1."""
