"""Hunks that name the lines they replace by number and do not quote them: suggestions of a review.

A number alone proves no place, for the file may have moved since. So the lines there have to be the ones that the
new text resembles: they share a word with it, and no other place of the file shares more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ..model import Kind, Outcome, Proof, Reading
from ..tagging import changes_at, tag_lines
from .outcome import Maker

_WORD = re.compile(r"\w+")
MAX_LINES = 20_000
"""Lines of a file in which other places are looked for."""


def by_number(made: Maker, lines: tuple[int, int]) -> Outcome:
    """The outcome of a hunk that replaces lines (from 0, end exclusive) of the file."""
    live = made.target.live
    low, high = lines
    new = made.hunk.readings[0].new
    named = f"line {low + 1}" if high == low + 1 else f"lines {low + 1} to {high}"
    if high > len(live):
        return made.refused(
            Kind.NOT_FOUND, f"it is to replace {named}, but the file has {len(live)} lines", (0, 0)
        )
    old = live.lines[low:high]
    # Before anything is asked of the words: what stands there so needs no proof.
    if list(new) == old:
        return made.done(low, high)
    if not any(line.strip() for line in new):
        return made.refused(
            Kind.AMBIGUOUS, f"it deletes {named} by number alone, and quotes nothing of them", lines
        )
    # Words, not lines: a suggestion changes what it replaces, and keeps most of its words.
    here = _shared(Counter(_words(old)), _words(new))
    if not here:
        reason = f"{named} and the suggestion have no word in common, so the number may be of another version"
        return made.refused(Kind.AMBIGUOUS, reason, lines)
    better = _better(live.lines, lines, new, here)
    if better is not None:
        reason = (
            f"it is to replace {named}, but resembles line {better + 1} more: the file may have moved since"
        )
        return made.refused(Kind.AMBIGUOUS, reason, lines, (lines, (better, better + high - low)))
    reading = Reading(tag_lines(old, new))
    return made.changed(reading, changes_at(reading.lines, low), lines, Proof.REWRITTEN)


def _words(lines: Sequence[str]) -> list[str]:
    return [word for line in lines for word in _WORD.findall(line)]


def _shared(there: Counter[str], words: Sequence[str]) -> int:
    """How many words of a text stand in another, each as often as it does there."""
    return sum((Counter(words) & there).values())


def _better(lines: Sequence[str], stated: tuple[int, int], new: Sequence[str], here: int) -> int | None:
    """The first line of another place, clear of the one stated, that shares more words with the new text."""
    size = stated[1] - stated[0]
    # Without a look at the rest of the file the stated lines are taken at their word.
    if len(lines) > MAX_LINES:
        return None
    wanted = Counter(_words(new))
    each = [[word for word in _WORD.findall(line) if word in wanted] for line in lines]
    there: Counter[str] = Counter()
    # A window of `size` lines slides down the file; `there` counts the wanted words inside it. Places that
    # overlap the stated lines share words with them anyway, so they prove nothing.
    for at, words in enumerate(each):
        there.update(words)
        if at >= size:
            there.subtract(each[at - size])
        first = at - size + 1
        clear = first >= stated[1] or first + size <= stated[0]
        if first >= 0 and clear and sum(min(there[word], count) for word, count in wanted.items()) > here:
            return first
    return None
