"""Counts of suggestions by outcome and source, and the shares that matter: what the status shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .codes import Signal, outcome_of
from .retention import KEPT_AFTER_S

Row = tuple[str, int, int, int, int, int]
"""Of a suggestion: its source, signals, characters taken, at which times it was looked for, at which it was there, and
how many it stands for."""


def summary_of(rows: Iterable[Row], days: int) -> Mapping[str, Any]:
    """The summary of the suggestions of the last days."""
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
            # One bit for each time that a kept text is looked for again.
            looks[i] += weight * (looked >> i & 1)
            kept[i] += weight * (there >> i & 1)
    # A part that was taken counts as taken.
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
