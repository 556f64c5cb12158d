"""The one owner of the statistics: a SQLite file of numbers. No code, no file names; nothing leaves the machine.

What happens is noted in memory, on the event loop; `flush` writes it in one transaction, on another thread: another
server's lock or a slow disk never holds up a keystroke.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field

from .codes import PARTLY, Scope, Signal
from .moments import Moment, Silence
from .retention import KEPT_AFTER_S
from .schema import migrate
from .scope import scope_at

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

DAYS_KEPT = 90
DAY_S = 86_400
WHOLE = 500
"""Moments of a day that are kept one by one. Of those after it every second is kept and counts for two, then every
fourth for four, …, after each further `THINNER` rows: a day has no end, and the file is to grow by 1 MB a month."""
THINNER = 100
MOST_ROWS = 60_000
"""Rows of moments in all; the oldest go. A row takes about 50 bytes."""
MOST_BLOCKS = 20_000
PRUNE_EVERY_S = 3_600.0
LONGEST_NAME = 80


@define(slots=True, eq=False)
class Statistics:
    """A SQLite file. Where it cannot be written, counting goes on in memory, said once in the log."""

    path: Path | None
    clock: Callable[[], float] = time.time
    """Seconds since 1970."""
    enabled: bool = True
    """Whether the user lets anything be kept; where not, nothing is noted and no file is made."""
    _dirty: dict[int, Moment] = field(factory=dict, init=False)
    _silences: list[Silence] = field(factory=list, init=False)
    _typed: Counter[int] = field(factory=Counter, init=False)
    _spent: dict[str, list[int]] = field(factory=dict, init=False)
    _day: int = field(default=0, init=False)
    _rows: int = field(default=0, init=False)
    """Moments kept on `_day` by this server."""
    _passed: int = field(default=0, init=False)
    _pruned: float = field(default=float("-inf"), init=False)
    _db: sqlite3.Connection | None = field(default=None, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    trouble: str = field(default="", init=False)
    """One sentence where counts are kept in memory only; empty if all is well."""

    # Noting, on the event loop --------------------------------------------------------------------------------

    def offer(self, moment: Moment) -> bool:
        """Something is being offered; whether it is among those that are kept.

        On a day with very many of them a part is kept, and each of those counts for several (see `WHOLE`): which
        ones is decided before anything is known of what becomes of them.
        """
        if not self.enabled:
            return False
        moment.at = self.clock()
        day = int(moment.at // DAY_S)
        if day != self._day:
            self._day, self._rows, self._passed = day, 0, 0
        moment.weight = 1 << min(max(0, self._rows - WHOLE) // THINNER + (self._rows >= WHOLE), 10)
        self._passed += 1
        if self._passed % moment.weight:
            return False
        self._rows += 1
        self.note(moment)
        return True

    def note(self, moment: Moment) -> None:
        """Something became known of a moment that is kept."""
        if self.enabled:
            self._dirty[id(moment)] = moment

    def silence(self, silence: Silence) -> None:
        """Nothing was shown at a place."""
        if self.enabled:
            self._silences.append(silence)

    def typed(self, language: int, characters: int) -> None:
        """Characters were typed by hand."""
        if self.enabled:
            self._typed[language] += characters

    def spent(self, source: str, *, read: int = 0, written: int = 0, from_cache: int = 0) -> None:
        """A request to an endpoint is over; tokens read and written, and of those read how many it knew already."""
        if self.enabled:
            sums = self._spent.setdefault(source, [0] * 4)
            for i, more in enumerate((1, read, written, from_cache)):
                sums[i] += more

    @property
    def waiting(self) -> int:
        """How many things `flush` has to write."""
        return len(self._dirty) + len(self._silences) + len(self._typed) + len(self._spent)

    # Writing, on any thread -----------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what waits."""
        import sqlite3

        with self._lock:
            if not self.waiting:
                return
            moments, self._dirty = list(self._dirty.values()), {}
            silences, self._silences = self._silences, []
            typed, self._typed = self._typed, Counter()
            spent, self._spent = self._spent, {}
            for moment in moments:
                if moment.place is not None:
                    moment.scope, moment.place = scope_at(*moment.place), None
            scopes = [scope_at(*one.place) if one.place else Scope.UNKNOWN for one in silences]
            for _ in range(2):
                new: list[tuple[Moment, int]] = []
                try:
                    with self._open() as db:
                        db.execute("begin immediate")
                        names = _Names(db)
                        for moment in moments:
                            row = _write(db, names, moment)
                            if moment.row is None:
                                new.append((moment, row))
                        day = int(self.clock() // DAY_S)
                        for silence, scope in zip(silences, scopes, strict=True):
                            _write_silence(db, names, silence, scope, day)
                        for language, number in typed.items():
                            db.execute(
                                "insert into typed values (?, ?, ?) on conflict do update"
                                " set by_hand = by_hand + excluded.by_hand",
                                (day, language, number),
                            )
                        for source, sums in spent.items():
                            _write_spent(db, (day, names.id(source), *sums))
                        self._prune(db)
                    for moment, row in new:
                        moment.row = row
                    return
                except sqlite3.Error as error:
                    self._to_memory(str(error))
                    for moment in moments:
                        moment.row = None

    def _prune(self, db: sqlite3.Connection) -> None:
        now = self.clock()
        if now - self._pruned < PRUNE_EVERY_S:
            return
        self._pruned = now
        oldest = int(now) - DAYS_KEPT * DAY_S
        db.execute("delete from moments where at < ?", (oldest,))
        db.execute("delete from blocks where at < ?", (oldest,))
        for table, most in (("moments", MOST_ROWS), ("blocks", MOST_BLOCKS)):
            db.execute(
                f"delete from {table} where id <= (select id from {table} order by id desc limit 1 offset ?)",
                (most,),
            )
        for table in ("silences", "typed", "spent"):
            db.execute(f"delete from {table} where day < ?", (oldest // DAY_S,))

    def _open(self) -> sqlite3.Connection:
        import sqlite3

        if self._db is None:
            try:
                if self.path is None:  # meant to be kept nowhere
                    return self._in_memory()
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._db = sqlite3.connect(
                    self.path, timeout=2.0, isolation_level=None, check_same_thread=False
                )
                self._db.execute("pragma journal_mode=wal")
                self._db.execute("pragma synchronous=normal")
                migrate(self._db)
            except (OSError, sqlite3.Error) as error:
                self._to_memory(str(error))
        assert self._db is not None
        return self._db

    def _to_memory(self, why: str) -> None:
        if not self.trouble:
            self.trouble = f"Statistics are not kept: {self.path}: {why}."
            log.warning("%s", self.trouble)
        if self._db is not None:
            self._db.close()
        self._in_memory()

    def _in_memory(self) -> sqlite3.Connection:
        import sqlite3

        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        migrate(self._db)
        return self._db

    # Reading, on any thread -----------------------------------------------------------------------------------

    def read(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        """Write what waits, then have `work` read the database.

        Raises:
            sqlite3.Error: it cannot be read.
        """
        self.flush()
        with self._lock:
            return work(self._open())

    def forget(self) -> None:
        """Forget everything, also what waits; running servers go on counting from here."""
        with self._lock:
            self._dirty, self._silences, self._typed, self._spent = {}, [], Counter(), {}
            db = self._open()
            db.execute("pragma secure_delete=on")
            for table in ("moments", "silences", "typed", "spent", "blocks", "names"):
                db.execute(f"delete from {table}")
            db.execute("vacuum")
            db.execute("pragma wal_checkpoint(truncate)")

    def summary(self, days: int = 30) -> Mapping[str, Any]:
        """Counts of suggestions by outcome and source, and the shares that matter, over the last days."""
        import sqlite3

        if not self.enabled and (self.path is None or not self.path.exists()):
            rows: list[Any] = []
        else:
            try:
                rows = self.read(
                    lambda db: db.execute(
                        "select name, signals, taken, looked, there, weight from moments join names"
                        " on names.id = source where kind = 0 and at > ?",
                        (int(self.clock()) - days * DAY_S,),
                    ).fetchall()
                )
            except sqlite3.Error as error:
                return {"problem": str(error)}
        counts: dict[str, int] = {"shown": 0}
        by_source: dict[str, dict[str, int]] = {}
        characters, kept, looks = 0, [0] * len(KEPT_AFTER_S), [0] * len(KEPT_AFTER_S)
        for source, signals, size, looked, there, weight in rows:
            outcome = outcome_of(signals)
            for where in (counts, by_source.setdefault(source, {"shown": 0})):
                where["shown"] += weight * bool(signals & Signal.SHOWN)
                if outcome:
                    where[outcome] = where.get(outcome, 0) + weight
            characters += size * weight
            for i in range(len(KEPT_AFTER_S)):
                looks[i] += weight * (looked >> i & 1)
                kept[i] += weight * (there >> i & 1)
        taken = counts.get("accepted", 0) + counts.get("partial", 0)
        return {
            "days": days,
            "counts": counts,
            "bySource": by_source,
            "acceptedCharacters": characters,
            "acceptedOfShown": round(taken / counts["shown"], 3) if counts["shown"] else None,
            "keptOfAccepted": {
                f"{s} s": round(kept[i] / looks[i], 3) for i, s in enumerate(KEPT_AFTER_S) if looks[i]
            },
        }

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.flush()
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None


def outcome_of(signals: int) -> str:
    """The strongest outcome of a suggestion, in one word; '' while nothing came of it."""
    if signals & Signal.ACCEPTED:
        return "accepted"
    if signals & PARTLY:
        return "partial"
    if signals & Signal.REJECTED:
        return "rejected"
    if signals & Signal.ALONG:
        return "typed"
    return "passed" if signals & Signal.AGAINST else ""


class _Names:
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


def _write(db: sqlite3.Connection, names: _Names, one: Moment) -> int:
    if one.row is not None:
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
            None if one.confidence is None else round(one.confidence * 100),
            int(one.reason), one.block, one.signals, one.taken, one.looked, one.there, one.weight,
        ),
    )  # fmt: skip
    return int(found.lastrowid or 0)


def _whole(ms: float | None) -> int | None:
    return None if ms is None else round(ms)


def _write_silence(db: sqlite3.Connection, names: _Names, one: Silence, scope: Scope, day: int) -> None:
    db.execute(
        "insert into silences values (?, ?, ?, ?, ?, ?, 1, ?, ?) on conflict do update set number = number + 1,"
        " typed = typed + excluded.typed, misses = misses + excluded.misses",
        (
            day, int(one.kind), one.language, int(scope), names.id(one.source), int(one.reason), one.typed,
            one.misses,
        ),
    )  # fmt: skip
    if one.block:
        db.execute("update blocks set opportunities = opportunities + 1 where id = ?", (one.block,))


def _write_spent(db: sqlite3.Connection, values: tuple[int, ...]) -> None:
    db.execute(
        "insert into spent values (?, ?, ?, ?, ?, ?) on conflict do update set requests = requests +"
        " excluded.requests, read = read + excluded.read,"
        " written = written + excluded.written, from_cache = from_cache + excluded.from_cache",
        values,
    )
