"""What of the counts may leave this machine, if their owner says so: counts by day, language, endpoint and outcome.

The unit is a whole day (UTC) that is over. Nothing else is in it: no code, no file, no name of the person or the
machine, no time of day. Endpoints go by the names that the user gave them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from .codes import Kind, Signal, language_name, outcome_of
from .store import DAY_S

if TYPE_CHECKING:
    import sqlite3

SHARE_VERSION = 1
MOST_DAYS = 31
"""At most this many days are sent at once; the oldest are left out."""


class SharedCount(TypedDict):
    """So many suggestions that were shown, of one day, language, endpoint and outcome."""

    day: str
    """As 2026-11-26, in UTC."""
    language: str
    endpoint: str
    outcome: str
    """"accepted", "partial", "rejected", "typed", "passed", or "none" where nothing became known."""
    count: int


class Shared(TypedDict):
    """The whole document that is sent, as JSON."""

    version: int
    counts: list[SharedCount]


def shared(db: sqlite3.Connection, *, now: float, after: str = "") -> Shared:
    """The counts of the days that are over.

    Args:
        now: seconds since 1970.
        after: the last day that was sent already, as 2026-11-26; it and those before it are left out.
    """
    # Today is not over: its counts would be sent twice, or cut in half.
    today = datetime.fromtimestamp(now, UTC).date()
    first = max(today - timedelta(days=MOST_DAYS), _day(after) + timedelta(days=1) if after else date.min)
    counts: Counter[tuple[str, str, str, str]] = Counter()
    rows = db.execute(
        "select at, language, name, signals, weight from moments join names on names.id = source"
        " where kind = ? and at >= ? and at < ?",
        (int(Kind.SUGGESTION), _seconds(first), _seconds(today)),
    )
    for at, language, endpoint, signals, weight in rows:
        # What nobody saw is nobody's outcome.
        if signals & Signal.SHOWN:
            day = datetime.fromtimestamp(at, UTC).date().isoformat()
            counts[day, language_name(language), endpoint, outcome_of(signals) or "none"] += weight
    return {
        "version": SHARE_VERSION,
        "counts": [
            {"day": day, "language": language, "endpoint": endpoint, "outcome": outcome, "count": count}
            for (day, language, endpoint, outcome), count in sorted(counts.items())
        ],
    }


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.min


def _seconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY_S


def sent_until(file: Path) -> str:
    """The last day that was sent; '' if none was, or if that is not known."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["until"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) and _day(found) > date.min else ""


def note_sent(file: Path, what: Shared) -> None:
    """Remember the last day of what was sent. Raises `OSError`."""
    if what["counts"]:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Whole or not at all: a day that is forgotten would be sent again.
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(json.dumps({"until": max(one["day"] for one in what["counts"])}), encoding="utf-8")
        draft.replace(file)
