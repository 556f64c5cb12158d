"""Two arms of an experiment compared, with a rule that says when it is over. Pure; for a thread.

What is compared is a ratio, characters kept per opportunity. Opportunities of one block resemble one another, so that
blocks are drawn again and not opportunities (the cluster bootstrap: Davison and Hinkley, Bootstrap Methods and their
Application, 1997, section 3.8). Looks are planned before the first key and pay for one another (Bonferroni), so that
looking several times does not make a difference out of chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from attrs import define

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS = (0.005, 0.010, 0.025)
"""How often a look may see a difference where there is none: after a third of the opportunities, after two thirds, and
after all of them. Together 4 in 100 experiments at most."""
FEWEST_BLOCKS = 20
"""Blocks of each arm; with fewer, nothing is said."""
RESAMPLES = 2_000
RESAMPLES_MS = 300
AT_ONCE = 200
"""Resamples that are held in memory at a time."""
MS_LEVEL = 0.05


@define(frozen=True, slots=True)
class BlockSums:
    """What came of one block."""

    arm: int
    """0 or 1."""
    opportunities: int
    kept: int
    """Characters."""
    shown_ms: tuple[int, ...] = ()
    """Of each suggestion in it, from the question to the answer."""


@define(frozen=True, slots=True)
class Look:
    """What one look at an experiment saw. Shares are of arm A: 0.14 means that B keeps 14 % more than A."""

    number: int
    """From 0."""
    opportunities: int
    blocks: int
    change: float | None
    """None where A kept nothing at all."""
    low: float | None
    high: float | None
    """The interval at this look's level; None where it is not bounded, or nothing can be said."""
    decided: bool
    """Whether the interval leaves out "no difference"."""
    better: int
    """The arm that keeps more; -1 where both keep the same."""
    faster_ms: int | None = None
    """By how much B's median to the screen is below A's; None unless that is more than chance."""

    @property
    def last(self) -> bool:
        """Whether the experiment is over with it."""
        return self.decided or self.number == len(LEVELS) - 1


def needed(most: int, number: int) -> int:
    """How many opportunities look `number` waits for, of `most` in all."""
    return most * (number + 1) // len(LEVELS)


def look(blocks: Sequence[BlockSums], most: int, number: int, *, seed: int = 0) -> Look | None:
    """Look `number` of an experiment of `most` opportunities, at the blocks in the order in which they were begun; None
    while there are too few of them. What comes after the blocks that it waited for is not looked at, so that it sees
    the same whenever it is made."""
    passed = list(accumulate(one.opportunities for one in blocks))
    # Up to the block with which the look came due; later ones are for the next look.
    end = next((i + 1 for i, sum_ in enumerate(passed) if sum_ >= needed(most, number)), None)
    if end is None:
        return None
    # Blocks without an opportunity say nothing of an arm.
    arms = [[one for one in blocks[:end] if one.arm == arm and one.opportunities] for arm in (0, 1)]
    size = passed[end - 1], sum(map(len, arms))
    # A look that is due and has too little is used up all the same; else looks would be made until one fits.
    if min(map(len, arms)) < FEWEST_BLOCKS:
        return Look(number, *size, None, None, None, False, -1)
    import numpy as np

    # The seed is the experiment's and the look's: made anew, a look says the same.
    rng = np.random.default_rng([seed, number])
    rates = [sum(one.kept for one in arm) / sum(one.opportunities for one in arm) for arm in arms]
    # Blocks are drawn, not suggestions: those of one block depend on each other.
    low, high = _interval([_resampled(arm, rng) for arm in arms], LEVELS[number])
    decided = low > 1 or high < 1
    return Look(
        number,
        *size,
        rates[1] / rates[0] - 1 if rates[0] else None,
        _finite(low - 1),
        _finite(high - 1),
        decided,
        -1 if rates[0] == rates[1] else int(rates[1] > rates[0]),
        _faster(arms, rng),
    )


def _resampled(arm: Sequence[BlockSums], rng: np.random.Generator) -> NDArray[np.float64]:
    """Characters kept per opportunity, in `RESAMPLES` draws of as many blocks as there are."""
    import numpy as np

    # Both sums in one number: one gathering and one addition instead of two, six times as fast as by rows of two.
    sums = np.array([complex(one.kept, one.opportunities) for one in arm])
    rates = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, AT_ONCE):
        drawn = np.take(sums, rng.integers(0, len(sums), (AT_ONCE, len(sums)))).sum(axis=1)
        rates[start : start + AT_ONCE] = drawn.real / drawn.imag
    return rates


def _interval(rates: Sequence[NDArray[np.float64]], level: float) -> tuple[float, float]:
    """Of B's rate divided by A's. Where A kept nothing in a draw, B is infinitely better, or the same."""
    import numpy as np

    one, other = rates
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(one > 0, other / one, np.where(other > 0, np.inf, 1.0))
    ratios.sort()
    # The values themselves, not between two of them: one may be infinite.
    last = len(ratios) - 1
    return float(ratios[int(last * level / 2)]), float(ratios[-1 - int(last * level / 2)])


def _finite(value: float) -> float | None:
    return round(value, 4) if abs(value) != float("inf") else None


def _faster(arms: Sequence[Sequence[BlockSums]], rng: np.random.Generator) -> int | None:
    """How much lower B's median to the screen is, in ms."""
    import numpy as np

    times = [[np.array(one.shown_ms) for one in arm if one.shown_ms] for arm in arms]
    # A median of few blocks is a matter of chance.
    if min(map(len, times)) < FEWEST_BLOCKS:
        return None
    differences = [
        float(np.median(_drawn(times[0], rng)) - np.median(_drawn(times[1], rng)))
        for _ in range(RESAMPLES_MS)
    ]
    # Zero lies within the interval: the difference may be chance.
    low, high = np.quantile(differences, (MS_LEVEL / 2, 1 - MS_LEVEL / 2))
    if low <= 0 <= high:
        return None
    return round(float(np.median(np.concatenate(times[0])) - np.median(np.concatenate(times[1]))))


def _drawn(blocks: Sequence[NDArray[Any]], rng: np.random.Generator) -> NDArray[Any]:
    import numpy as np

    return np.concatenate([blocks[i] for i in rng.integers(0, len(blocks), len(blocks))])


def sentence_of(one: Look) -> str:
    """What a look saw, as people read it: "B keeps 14 % more characters, interval 3 to 26; A is 90 ms faster."."""
    said = _kept(one)
    if one.faster_ms:
        who = "B" if one.faster_ms > 0 else "A"
        said += f"; {who} is {abs(one.faster_ms)} ms faster"
    if not one.decided:
        said = f"No difference in what is kept was found: {said}" if one.last else f"Not decided: {said}"
    return f"{said}."


def _kept(one: Look) -> str:
    if one.low is None and one.high is None:
        return "too little was kept to compare"
    if one.better < 0 or (one.change is not None and round(one.change * 100) == 0 and not one.decided):
        who, low, high = "both keep the same", one.low, one.high
        return f"{who}, interval {_percent(low)} to {_percent(high)} % for B"
    if one.change is None:
        return "B keeps characters, A keeps none"
    if one.better == 1:
        change, low, high = one.change, one.low, one.high
    elif one.change <= -1:
        return "A keeps characters, B keeps none"
    # Said the other way round, the ends change places: the reciprocal of the upper one is the lower one.
    else:  # said of A
        change = 1 / (1 + one.change) - 1
        low = 1 / (1 + one.high) - 1 if one.high is not None and one.high > -1 else -1.0
        high = 1 / (1 + one.low) - 1 if one.low is not None and one.low > -1 else None
    who = "AB"[one.better]
    return f"{who} keeps {_percent(change)} % more characters, interval {_percent(low)} to {_percent(high)}"


def _percent(share: float | None) -> str:
    """As people read a share; an open end as "∞"."""
    return "∞" if share is None else str(round(share * 100)).replace("-", "−")
