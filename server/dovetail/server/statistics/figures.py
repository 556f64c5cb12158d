"""Sums over what was stored: what was shown, taken, kept and lost."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from .codes import TAKEN, TURNED_DOWN, Signal
from .retention import kept_characters


@define(frozen=True, slots=True)
class Row:
    """One moment as it was stored."""

    at: int
    kind: int
    language: int
    scope: int
    source: str
    model: str
    lines: int
    offered: int
    first_ms: int | None
    shown_ms: int | None
    confidence: int | None
    reason: int
    signals: int
    taken: int
    looked: int
    there: int
    weight: int

    @property
    def kept(self) -> int:
        """Characters of it that stayed: those taken, unless they were undone, or gone when last looked for."""
        return kept_characters(self.signals, self.taken, self.looked, self.there)

    @property
    def lost(self) -> int:
        """Characters that were shown for nothing: neither kept, nor typed out as they stood."""
        if not self.signals & Signal.SHOWN or self.signals & Signal.ALONG:
            return 0
        return max(0, self.offered - self.kept)


@define(slots=True)
class Figures:
    """Sums over moments and silences."""

    opportunities: int = 0
    shown: int = 0
    accepted: int = 0
    turned_down: int = 0
    offered: int = 0
    taken: int = 0
    kept: int = 0
    lost: int = 0
    typed: int = 0
    """By hand, at opportunities where nothing was shown."""
    misses: int = 0
    cached: int = 0
    offers: int = 0
    shown_ms: list[tuple[int, int]] = field(factory=list)
    first_ms: list[tuple[int, int]] = field(factory=list)

    def add(self, row: Row) -> None:
        weight = row.weight
        self.offers += weight
        self.opportunities += weight * bool(row.signals & Signal.OPENS)
        self.cached += weight * bool(row.signals & Signal.CACHED)
        self.misses += weight * bool(row.signals & Signal.MISSED)
        # What never came to the screen was no help and no harm.
        if row.signals & Signal.SHOWN:
            self.shown += weight
            self.offered += weight * row.offered
        self.accepted += weight * bool(row.signals & TAKEN)
        # Turned down and then taken in part: taken counts.
        self.turned_down += weight * bool(row.signals & TURNED_DOWN and not row.signals & TAKEN)
        self.taken += weight * row.taken
        self.kept += weight * row.kept
        self.lost += weight * row.lost
        if row.shown_ms is not None:
            self.shown_ms.append((row.shown_ms, weight))
        if row.first_ms is not None:
            self.first_ms.append((row.first_ms, weight))

    def silent(self, number: int, typed: int, misses: int) -> None:
        self.opportunities += number
        self.typed += typed
        self.misses += misses

    def answer(self) -> dict[str, Any]:
        """As it is printed. Characters are code points, times ms; a share is null where nothing was counted."""
        return {
            "opportunities": self.opportunities,
            "shown": self.shown,
            "accepted": self.accepted,
            "turnedDown": self.turned_down,
            "misses": self.misses,
            "acceptedCharacters": self.taken,
            "keptCharacters": self.kept,
            "lostCharacters": self.lost,
            "keptPerOpportunity": share(self.kept, self.opportunities),
            "keptOfShown": share(self.kept, self.offered),
            "cached": share(self.cached, self.offers),
            "toScreenMs": percentiles(self.shown_ms),
            "firstTextMs": percentiles(self.first_ms),
        }


def share(part: float, whole: float) -> float | None:
    """A part of a whole, to four digits; None of nothing."""
    return round(part / whole, 4) if whole else None


def percentiles(values: list[tuple[int, int]]) -> dict[str, int] | None:
    """p50, p90 and p99 of (value, weight); None of nothing."""
    if not values:
        return None
    ordered, total = sorted(values), sum(weight for _, weight in values)
    found, passed, wanted = {}, 0, [50, 90, 99]
    for value, weight in ordered:
        passed += weight
        # The first value at which so many per cent of the weights have passed; integers, so no rounding
        # decides.
        while wanted and passed * 100 >= wanted[0] * total:
            found[f"p{wanted.pop(0)}"] = value
    return found
