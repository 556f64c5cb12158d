"""Local counts of what was shown, accepted and kept. No code, no file names; nothing leaves the machine."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Mapping
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from attrs import define, field
from dovetail.text import Snapshot

log = logging.getLogger(__name__)

KEPT_AFTER_S = (30, 120, 300, 600)
"""When an accepted text is looked for again, in seconds (as Copilot's client does)."""

_SCHEMA = """
create table if not exists events (
  at real not null, kind text not null, source text not null, language text not null,
  characters integer not null, ms real
) strict;
create index if not exists events_at on events (at);
"""


def still_there(accepted: str, snapshot: Snapshot, line: int) -> bool:
    """Whether an accepted text is still in the document, at most half of it changed, near `line`."""
    if accepted in snapshot.text:
        return True
    size = accepted.count("\n") + 1
    best = 0.0
    for start in range(max(0, line - 20), line + 20):
        window = "".join(snapshot.lines.slice(start, start + size)).strip()
        if window:
            best = max(best, _kept_share(accepted.strip(), window))
    return best >= 0.5


def _kept_share(accepted: str, window: str) -> float:
    blocks = SequenceMatcher(None, accepted, window, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks if block.size > 2) / max(len(accepted), 1)


@define(slots=True)
class Statistics:
    """A SQLite file. Where it cannot be written, counting goes on in memory, said once in the log."""

    path: Path | None
    _db: sqlite3.Connection | None = field(default=None, init=False)

    def record(self, kind: str, source: str, language: str, characters: int, ms: float | None = None) -> None:
        """Note one event: "shown", "accepted", "partial", "rejected", "typed", "passed", "kept 30 s"…"""
        try:
            with self._open() as db:
                db.execute(
                    "insert into events values (?, ?, ?, ?, ?, ?)",
                    (time.time(), kind, source, language, characters, ms),
                )
        except sqlite3.Error as error:
            log.warning("statistics are not kept from here on: %s", error)
            self._db = sqlite3.connect(":memory:")
            self._db.executescript(_SCHEMA)

    def _open(self) -> sqlite3.Connection:
        if self._db is None:
            try:
                if self.path is None:
                    raise OSError("no folder")
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._db = sqlite3.connect(self.path, timeout=1.0, isolation_level=None)
                self._db.execute("pragma journal_mode=wal")
                self._db.executescript(_SCHEMA)
            except (OSError, sqlite3.Error) as error:
                log.warning("statistics are kept in memory only: %s", error)
                self._db = sqlite3.connect(":memory:")
                self._db.executescript(_SCHEMA)
        return self._db

    def summary(self, days: int = 30) -> Mapping[str, Any]:
        """Counts by kind and source, and the shares that matter, over the last days."""
        since = time.time() - days * 86_400
        try:
            rows = self._open().execute(
                "select kind, source, count(*), sum(characters) from events where at > ? group by kind, source",
                (since,),
            )
            counts: dict[str, int] = {}
            by_source: dict[str, dict[str, int]] = {}
            characters = 0
            for kind, source, number, size in rows:
                counts[kind] = counts.get(kind, 0) + number
                by_source.setdefault(source, {})[kind] = number
                characters += size if kind in ("accepted", "partial") else 0
        except sqlite3.Error as error:
            return {"problem": str(error)}
        taken = counts.get("accepted", 0) + counts.get("partial", 0)
        return {
            "days": days,
            "counts": counts,
            "by_source": by_source,
            "accepted_characters": characters,
            "accepted_of_shown": round(taken / counts["shown"], 3) if counts.get("shown") else None,
            "kept_of_accepted": {
                f"{s} s": round(counts.get(f"kept {s} s", 0) / checked, 3)
                for s in KEPT_AFTER_S
                if (checked := counts.get(f"kept {s} s", 0) + counts.get(f"gone {s} s", 0))
            },
        }

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
