"""Local counts of what was shown, accepted and kept. No code, no file names; nothing leaves the machine.

One row a suggestion, so that what is told twice is counted once. Rows wait in memory for a moment and are written
in one transaction, off the event loop: another server's lock or a slow disk never holds up a keystroke.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field

from dovetail.text import Snapshot

if TYPE_CHECKING:
    import sqlite3

log = logging.getLogger(__name__)

KEPT_AFTER_S = (30, 120, 300, 600)
"""When an accepted text is looked for again, in seconds (as Copilot's client does)."""
NEAR = 25
"""Lines around its place in which an accepted text is looked for."""
RUN = 3
LONGEST = 4_000
"""Characters of an accepted text, and of a line, that are looked at."""

_SCHEMA = """
create table if not exists suggestions (
  key text primary key, at real not null, source text not null, language text not null,
  shown integer not null default 0, outcome integer not null default 0, characters integer not null default 0,
  kept_30 integer, kept_120 integer, kept_300 integer, kept_600 integer
) without rowid;
create index if not exists suggestions_at on suggestions (at);
create table if not exists events (at real not null, kind text not null, source text not null, number real);
"""
_RANKS = ("", "passed", "typed", "rejected", "partial", "accepted")
"""Outcomes, each stronger than the ones before it."""


def still_there(accepted: str, snapshot: Snapshot, line: int) -> bool:
    """Whether an accepted text is still in the document near `line`, at most half of it changed: whether some place
    as long as it holds at least half of its runs of `RUN` characters. Linear in the text and the lines around it."""
    wanted = _squeezed(accepted)[:LONGEST]
    if not wanted:
        return True
    size = accepted.count("\n") + 1
    near = [_squeezed(text)[:LONGEST] for text in snapshot.lines.slice(line - NEAR, line + NEAR + size)]
    if wanted in "".join(near):
        return True
    runs = _runs(wanted)
    if not runs:
        return False
    lines = [_runs(text) & runs for text in near]
    held: Counter[str] = Counter()
    for last, own in enumerate(lines):
        held += own
        if last >= size:
            held -= lines[last - size]
        if (held & runs).total() * 2 >= runs.total():
            return True
    return False


def _runs(text: str) -> Counter[str]:
    """The runs of `RUN` characters in a text, and how often each stands there."""
    return Counter(text[start : start + RUN] for start in range(len(text) - RUN + 1))


def _squeezed(text: str) -> str:
    return "".join(text.split())


@define(slots=True, eq=False)
class Statistics:
    """A SQLite file. Where it cannot be written, counting goes on in memory, said once in the log."""

    path: Path | None
    _run: str = field(factory=lambda: uuid.uuid4().hex, init=False)
    _waiting: list[tuple[str, tuple[Any, ...]]] = field(factory=list, init=False)
    _db: sqlite3.Connection | None = field(default=None, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    trouble: str = field(default="", init=False)
    """One sentence where counts are kept in memory only; empty if all is well."""

    def shown(self, key: str, source: str, language: str) -> None:
        """A suggestion was on screen. `key` is its id in this server."""
        self._upsert(key, source, language, shown=1)

    def outcome(self, key: str, source: str, language: str, kind: str, characters: int = 0) -> None:
        """What became of it: "accepted", "partial", "rejected", "typed" or "passed"; the strongest is kept.
        `characters` are those accepted now."""
        self._upsert(key, source, language, outcome=_RANKS.index(kind), characters=characters)

    def kept(self, key: str, seconds: int, kept: bool) -> None:
        """Whether an accepted text was still there after `seconds`, one of `KEPT_AFTER_S`."""
        if seconds in KEPT_AFTER_S:
            self._put(f"update suggestions set kept_{seconds} = ? where key = ?", (int(kept), self._key(key)))

    def event(self, kind: str, source: str = "", number: float | None = None) -> None:
        """Anything else that is worth counting."""
        self._put("insert into events values (?, ?, ?, ?)", (time.time(), kind, source, number))

    @property
    def waiting(self) -> bool:
        """Whether `flush` has something to write."""
        return bool(self._waiting)

    def _upsert(
        self, key: str, source: str, language: str, *, shown: int = 0, outcome: int = 0, characters: int = 0
    ) -> None:
        self._put(
            "insert into suggestions (key, at, source, language, shown, outcome, characters) values (?,?,?,?,?,?,?)"
            " on conflict (key) do update set shown = max(shown, excluded.shown),"
            " outcome = max(outcome, excluded.outcome), characters = characters + excluded.characters",
            (self._key(key), time.time(), source, language, shown, outcome, characters),
        )

    def _key(self, key: str) -> str:
        return f"{self._run}/{key}"

    def _put(self, sql: str, values: tuple[Any, ...]) -> None:
        self._waiting.append((sql, values))

    def flush(self) -> None:
        """Write what waits. On any thread."""
        import sqlite3

        with self._lock:
            rows, self._waiting = self._waiting, []
            if not rows:
                return
            for _ in range(2):
                try:
                    with self._open() as db:
                        db.execute("begin immediate")
                        for sql, values in rows:
                            db.execute(sql, values)
                    return
                except sqlite3.Error as error:
                    self._to_memory(str(error))

    def _open(self) -> sqlite3.Connection:
        import sqlite3

        if self._db is None:
            try:
                if self.path is None:
                    raise OSError("there is no folder for them")
                self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._db = sqlite3.connect(
                    self.path, timeout=2.0, isolation_level=None, check_same_thread=False
                )
                self._db.execute("pragma journal_mode=wal")
                self._db.execute("pragma synchronous=normal")
                self._db.executescript(_SCHEMA)
            except (OSError, sqlite3.Error) as error:
                self._to_memory(str(error))
        assert self._db is not None
        return self._db

    def _to_memory(self, why: str) -> None:
        import sqlite3

        if not self.trouble:
            self.trouble = f"Statistics are not kept: {self.path}: {why}."
            log.warning("%s", self.trouble)
        if self._db is not None:
            self._db.close()
        self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._db.executescript(_SCHEMA)

    def summary(self, days: int = 30) -> Mapping[str, Any]:
        """Counts by outcome and source, and the shares that matter, over the last days."""
        import sqlite3

        self.flush()
        kept = ", ".join(f"sum(kept_{s}), count(kept_{s})" for s in KEPT_AFTER_S)
        try:
            with self._lock:
                rows = list(
                    self._open().execute(
                        f"select source, outcome, sum(shown), count(*), sum(characters), {kept}"
                        " from suggestions where at > ? group by source, outcome",
                        (time.time() - days * 86_400,),
                    )
                )
        except sqlite3.Error as error:
            return {"problem": str(error)}
        counts: dict[str, int] = {"shown": 0}
        by_source: dict[str, dict[str, int]] = {}
        characters, there, looked = 0, [0] * len(KEPT_AFTER_S), [0] * len(KEPT_AFTER_S)
        for source, rank, shown, number, size, *checks in rows:
            for where in (counts, by_source.setdefault(source, {})):
                where["shown"] = where.get("shown", 0) + shown
                if rank:
                    where[_RANKS[rank]] = where.get(_RANKS[rank], 0) + number
            characters += size
            for i in range(len(KEPT_AFTER_S)):
                there[i] += checks[2 * i] or 0
                looked[i] += checks[2 * i + 1]
        taken = counts.get("accepted", 0) + counts.get("partial", 0)
        return {
            "days": days,
            "counts": counts,
            "bySource": by_source,
            "acceptedCharacters": characters,
            "acceptedOfShown": round(taken / counts["shown"], 3) if counts["shown"] else None,
            "keptOfAccepted": {
                f"{s} s": round(there[i] / looked[i], 3) for i, s in enumerate(KEPT_AFTER_S) if looked[i]
            },
        }

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self.flush()
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None
