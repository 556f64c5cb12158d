"""What was noted on the event loop and is not written yet."""

from __future__ import annotations

from collections import Counter

from attrs import define, field

from .moments import Moment, Silence


@define(slots=True, eq=False)
class Noted:
    """Filled by the event loop until a thread takes it over as a whole; from then on it is that thread's alone."""

    moments: dict[int, Moment] = field(factory=dict)
    """By identity: a moment that changes several times before it is written is written once."""
    silences: list[Silence] = field(factory=list)
    typed: Counter[int] = field(factory=Counter)
    """Characters by language."""
    spent: dict[str, list[int]] = field(factory=dict)
    """Of each source the requests, the tokens read and written, and of those read the ones from its cache."""

    def __len__(self) -> int:
        return len(self.moments) + len(self.silences) + len(self.typed) + len(self.spent)

    def spend(self, source: str, numbers: tuple[int, ...]) -> None:
        """Add to the sums of a source."""
        sums = self.spent.setdefault(source, [0] * len(numbers))
        for i, more in enumerate(numbers):
            sums[i] += more

    def take_in(self, later: Noted) -> None:
        """Add what was noted after this."""
        self.moments.update(later.moments)
        self.silences += later.silences
        self.typed += later.typed
        for source, sums in later.spent.items():
            self.spend(source, tuple(sums))
