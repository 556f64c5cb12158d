"""The one owner of the statistics: a SQLite file of numbers. No code, no file names; nothing leaves the machine.

What happens is noted in memory, on the event loop; `flush` writes it in one transaction, on another thread: another
server's lock or a slow disk never holds up a keystroke.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field

from .codes import Scope
from .experiment import Block, Experiment, is_over, take_looks
from .moments import Moment, Silence
from .noted import Noted
from .schema import migrate
from .scope import scope_at
from .summary import summary_of
from .writing import Names, write_moment, write_silence, write_spent

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
LOOK_EVERY_S = 60.0
"""An experiment is looked at whether a look has come due at most that often."""
_COUNTS = ("moments", "silences", "typed", "spent")
MOST_PUT_OFF = 10
"""Times in a row that a file which others write to may be busy (for 2 s each); then it counts as one that cannot be
written."""


@define(slots=True, eq=False)
class Statistics:
    """A SQLite file. Where it cannot be written, counting goes on in memory, said once in the log."""

    path: Path | None
    clock: Callable[[], float] = time.time
    """Seconds since 1970."""
    enabled: bool = True
    """Whether the user lets anything be kept; where not, nothing is noted and no file is made."""
    experiment: Experiment | None = None
    """The one that the settings ask for."""
    over: bool | None = None
    """Whether that has ended; None while nobody has looked."""
    _looked: float = field(default=float("-inf"), init=False)
    _noted: Noted = field(factory=Noted, init=False)
    _late: Noted = field(factory=Noted, init=False)
    """What could not be written last time, since the file was busy; the writing thread's alone."""
    _day: int = field(default=0, init=False)
    _rows: int = field(default=0, init=False)
    """Moments kept on `_day` by this server."""
    _passed: int = field(default=0, init=False)
    _pruned: float = field(default=float("-inf"), init=False)
    _put_off: int = field(default=0, init=False)
    _rows_of: int = field(default=0, init=False)
    """Which database rows are numbered in: 0 the file's."""
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
        # Each day begins with every moment kept.
        if day != self._day:
            self._day, self._rows, self._passed = day, 0, 0
        # Doubles after `WHOLE` rows and then after every `THINNER` more, to 1024 at the most.
        moment.weight = 1 << min(max(0, self._rows - WHOLE) // THINNER + (self._rows >= WHOLE), 10)
        self._passed += 1
        # Every second, fourth, … and without a look at what it is: what is kept must not depend on it.
        if self._passed % moment.weight:
            return False
        self._rows += 1
        self.note(moment)
        return True

    def note(self, moment: Moment) -> None:
        """Something became known of a moment that is kept."""
        if self.enabled:
            self._noted.moments[id(moment)] = moment

    def silence(self, silence: Silence) -> None:
        """Nothing was shown at a place."""
        if self.enabled:
            self._noted.silences.append(silence)

    def typed(self, language: int, characters: int) -> None:
        """Characters were typed by hand."""
        if self.enabled:
            self._noted.typed[language] += characters

    def spent(self, source: str, *, read: int = 0, written: int = 0, from_cache: int = 0) -> None:
        """A request to an endpoint is over; tokens read and written, and of those read how many it knew already."""
        if self.enabled:
            self._noted.spend(source, (1, read, written, from_cache))

    @property
    def waiting(self) -> int:
        """How many things `flush` has to write."""
        return len(self._noted) + len(self._late)

    # Writing, on any thread -----------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what waits."""
        import sqlite3

        with self._lock:
            if not self.waiting:
                return
            # Taken in one step: what comes on the loop meanwhile lands in a fresh one.
            later, self._noted = self._noted, Noted()
            noted, self._late = self._late, Noted()
            noted.take_in(later)
            moments, silences = list(noted.moments.values()), noted.silences
            # The scope asks the syntax tree, so it is told here in a thread, not when the moment was noted.
            for moment in moments:
                if moment.place is not None:
                    moment.scope, moment.place = scope_at(*moment.place), None
            scopes = [scope_at(*one.place) if one.place else Scope.UNKNOWN for one in silences]
            offered: list[Moment | Silence] = [*moments, *silences]
            blocks = [one.block for one in offered if one.block is not None]
            # Twice: where the file cannot be written, the second time everything goes to memory.
            for _ in range(2):
                # Rows of the file mean nothing in the memory's database.
                numbered: list[Moment | Block] = [*moments, *blocks]
                for one in numbered:
                    if one.rows_of != self._rows_of:
                        one.row, one.rows_of = None, self._rows_of
                unwritten = [block for block in blocks if block.row is None]
                new: list[tuple[Moment, int]] = []
                try:
                    with self._open() as db:
                        db.execute("begin immediate")
                        names = Names(db)
                        for moment in moments:
                            row = write_moment(db, names, moment)
                            if moment.row is None:
                                new.append((moment, row))
                        day = int(self.clock() // DAY_S)
                        for silence, scope in zip(silences, scopes, strict=True):
                            write_silence(db, names, silence, scope, day)
                        for language, number in noted.typed.items():
                            db.execute(
                                "insert into typed values (?, ?, ?) on conflict do update"
                                " set by_hand = by_hand + excluded.by_hand",
                                (day, language, number),
                            )
                        for source, sums in noted.spent.items():
                            write_spent(db, (day, names.id(source), *sums))
                        self._prune(db)
                    # Row numbers count only once the transaction is through; after a failure they would be of
                    # no row.
                    for moment, row in new:
                        moment.row = row
                    self._put_off = 0
                    self._look()
                    return
                except sqlite3.Error as error:
                    for block in unwritten:
                        block.row = None
                    if _is_busy(error) and self._put_off < MOST_PUT_OFF:
                        # Another server writes, or tidies up.
                        self._put_off, self._late = self._put_off + 1, noted
                        return
                    self._to_memory(str(error))

    def _look(self) -> None:
        """Whether the experiment has come to an end."""
        if self.experiment is None or self._db is None or self.clock() - self._looked < LOOK_EVERY_S:
            return
        self._looked = self.clock()
        take_looks(self._db, self.clock())
        self.over = is_over(self._db, self.experiment)

    def asks(self, experiment: Experiment | None) -> None:
        """Take over what the settings ask for; whether it has ended already is read from the file. For a thread."""
        import sqlite3

        with self._lock:
            self.experiment, self.over, self._looked = experiment, None, float("-inf")
            if experiment is None or not self.enabled:
                return
            if (
                self.path is not None and not self.path.exists()
            ):  # no file is made before there is something to write
                self.over = False
                return
            try:
                self._open()
                self._look()
            except sqlite3.Error as error:
                self._to_memory(str(error))
                self.over = False

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
                # By id, not by age: the newest `most` rows stay.
                f"delete from {table} where id <= (select id from {table} order by id desc limit 1 offset ?)",
                (most,),
            )
        for table in ("silences", "typed", "spent"):
            db.execute(f"delete from {table} where day < ?", (oldest // DAY_S,))
        db.execute(
            "delete from experiments where began < ? and id not in (select experiment from blocks)", (oldest,)
        )
        db.execute("delete from looks where experiment not in (select id from experiments)")

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
                # Several servers may write to one file: with a write-ahead log readers and a writer do not
                # block each other, and two seconds are waited for another writer.
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
        self._rows_of += 1
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
            self._noted, self._late = Noted(), Noted()
            db = self._open()
            # Deleted pages are overwritten, and the log is cut off as well: what was forgotten is nowhere in
            # the file.
            db.execute("pragma secure_delete=on")
            for table in (*_COUNTS, "experiments", "blocks", "looks", "names"):
                db.execute(f"delete from {table}")
            db.execute("vacuum")
            db.execute("pragma wal_checkpoint(truncate)")

    def summary(self, days: int = 30) -> Mapping[str, Any]:
        """Counts of suggestions by outcome and source, and the shares that matter, over the last days."""
        import sqlite3

        # Off and no file: asking must not make one.
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
        return summary_of(rows, days)

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.flush()
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None


def _is_busy(error: sqlite3.Error) -> bool:
    """Whether somebody else has the file just now, which says nothing of whether it can be written."""
    import sqlite3

    # The low byte is the error, what stands above it says more exactly which.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
