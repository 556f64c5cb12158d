"""One thing into its table, inside a transaction of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codes import Scope
from .experiment import write_block
from .moments import Moment, Silence

if TYPE_CHECKING:
    import sqlite3

LONGEST_NAME = 80


class Names:
    """Names of endpoints and models to their numbers, within one transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, int] = {}

    def id(self, name: str) -> int:
        """The number of a name, a new one where it has none; 0 for ''."""
        name = name[:LONGEST_NAME]
        if not name:
            return 0
        if name not in self._known:
            self._db.execute("insert or ignore into names (name) values (?)", (name,))
            found = self._db.execute("select id from names where name = ?", (name,)).fetchone()
            self._known[name] = int(found[0])
        return self._known[name]


def write_moment(db: sqlite3.Connection, names: Names, one: Moment) -> int:
    """The number of its row, a new one where it has none."""
    if one.row is not None:
        write_block(db, one.block)  # of which it may be known by now that it is left out
        db.execute(
            "update moments set scope = ?, signals = ?, taken = ?, looked = ?, there = ?, offered = ?, lines = ?"
            " where id = ?",
            (int(one.scope), one.signals, one.taken, one.looked, one.there, one.offered, one.lines, one.row),
        )
        return one.row
    found = db.execute(
        "insert into moments (at, kind, language, scope, source, model, lines, prefix, offered, first_ms, shown_ms,"
        " confidence, reason, block, signals, taken, looked, there, weight)"
        " values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            int(one.at), int(one.kind), one.language, int(one.scope), names.id(one.source), names.id(one.model),
            one.lines, one.prefix, one.offered, _whole(one.first_ms), _whole(one.shown_ms),
            # Per cent, as a whole number: finer than that nobody can tell them apart.
            None if one.confidence is None else round(one.confidence * 100),
            int(one.reason), write_block(db, one.block), one.signals, one.taken, one.looked, one.there, one.weight,
        ),
    )  # fmt: skip
    return int(found.lastrowid or 0)


def _whole(ms: float | None) -> int | None:
    return None if ms is None else round(ms)


def write_silence(db: sqlite3.Connection, names: Names, one: Silence, scope: Scope, day: int) -> None:
    """Added to what is counted of such silences on the day."""
    db.execute(
        "insert into silences values (?, ?, ?, ?, ?, ?, 1, ?, ?) on conflict do update set number = number + 1,"
        " typed = typed + excluded.typed, misses = misses + excluded.misses",
        (
            day, int(one.kind), one.language, int(scope), names.id(one.source), int(one.reason), one.typed,
            one.misses,
        ),
    )  # fmt: skip
    if one.block is not None:
        block = write_block(db, one.block)
        db.execute("update blocks set silences = silences + 1 where id = ?", (block,))


def write_spent(db: sqlite3.Connection, values: tuple[int, ...]) -> None:
    """(day, source, requests, read, written, from cache), added to what is counted of the day."""
    db.execute(
        "insert into spent values (?, ?, ?, ?, ?, ?) on conflict do update set requests = requests +"
        " excluded.requests, read = read + excluded.read,"
        " written = written + excluded.written, from_cache = from_cache + excluded.from_cache",
        values,
    )
