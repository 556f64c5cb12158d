"""Carrying changes from a version that the model was shown to the live text.

A three-way merge, as diff3 defines it: base is the version shown, theirs is base with the hunk applied, ours
is the live text. It is done for the lines around the hunk only. Where a comparison could have paired the
wrong copies of a repeated text, the merge is not trusted: the lines around a change, as they stood in the
base and stand in the live text, have to stand there once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from attrs import define

from ..live import LiveText
from ..model import Change
from ..tagging import opcodes

MAX_CONTEXT = 64
"""Lines either side of a change that may be looked at to tell copies apart."""

MergeOp = tuple[str, int, int, int, int]


@define(frozen=True, slots=True)
class Conflict:
    """Both sides changed the same lines. All line numbers from 0, ends exclusive."""

    base: tuple[int, int]
    live: tuple[int, int]
    theirs: tuple[str, ...]
    doubtful: bool = False
    """The lines stand in several places of the live text; which are meant cannot be told."""


@define(frozen=True, slots=True)
class Carried:
    """Changes as they fit the live text; none where it holds them already."""

    changes: tuple[Change, ...]


class BaseText:
    """A version that the model was shown, and how it became the live text."""

    def __init__(self, text: str, live: LiveText) -> None:
        self.text = LiveText(text)
        self.live = live

    @cached_property
    def _ops(self) -> Sequence[MergeOp]:
        return opcodes(self.text.lines, self.live.lines)

    def carry(self, changes: Sequence[Change]) -> Carried | Conflict:
        """The changes of the base, as changes of the live text."""
        carried: list[Change] = []
        for group in self._groups(changes):
            low, high, inner = group
            # Touching counts as overlapping, as in diff3: two sides that insert at one line conflict.
            ours = [op for op in self._ops if op[0] != "equal" and op[1] <= high and op[2] >= low]
            if not ours:
                found = self._plain(inner)
                if isinstance(found, Conflict):
                    return found
                carried += found
                continue
            # The group's ends stand in lines that both sides have, so they are as far from ours in either text.
            live_low = ours[0][3] - (ours[0][1] - low)
            live_high = ours[-1][4] + (high - ours[-1][2])
            theirs: list[str] = []
            at = low
            for change in inner:
                theirs += self.text.lines[at : change.start]
                theirs += change.lines
                at = change.end
            theirs += self.text.lines[at:high]
            # Both sides changed these lines: that is fine only where they came to the same text, which is
            # then there.
            if theirs != self.live.lines[live_low:live_high]:
                return Conflict((low, high), (live_low, live_high), tuple(theirs))
        return Carried(tuple(carried))

    def _groups(self, changes: Sequence[Change]) -> list[tuple[int, int, list[Change]]]:
        """Changes with all that ours changed where they touch, grouped where those meet."""
        groups: list[tuple[int, int, list[Change]]] = []
        edits = [op for op in self._ops if op[0] != "equal"]
        for change in sorted(changes, key=lambda one: (one.start, one.end)):
            low, high = change.start, change.end
            # What ours changed beside it may reach further, and touch the next of ours: until nothing grows.
            moved = True
            while moved:
                moved = False
                for _, i, j, _, _ in edits:
                    if i <= high and j >= low and (i < low or j > high):
                        low, high, moved = min(low, i), max(high, j), True
            # Groups that only touch stay apart, unless ours changed just there: then its lines are in both.
            if groups and low <= groups[-1][1] and (low < groups[-1][1] or self._touched(edits, low)):
                before = groups.pop()
                groups.append((min(before[0], low), max(before[1], high), [*before[2], change]))
            else:
                groups.append((low, high, [change]))
        return groups

    @staticmethod
    def _touched(edits: Sequence[MergeOp], line: int) -> bool:
        return any(i <= line <= j for _, i, j, _, _ in edits)

    def _plain(self, changes: Sequence[Change]) -> list[Change] | Conflict:
        result: list[Change] = []
        for change in changes:
            op = next(
                (
                    op
                    for op in self._ops
                    if op[0] == "equal" and op[1] <= change.start and change.end <= op[2]
                ),
                None,
            )
            if op is None:  # an empty text on either side
                if not self.text.lines and not self.live.lines:
                    result.append(change)
                    continue
                return Conflict((change.start, change.end), (0, 0), change.lines)
            # Untouched by ours, the lines have only moved by what ours added and removed above them.
            offset = op[3] - op[1]
            if not self._once(change, op):
                place = (change.start + offset, change.end + offset)
                return Conflict((change.start, change.end), place, change.lines, doubtful=True)
            result.append(Change(change.start + offset, change.end + offset, change.lines))
        return result

    def _once(self, change: Change, op: MergeOp) -> bool:
        """Whether the lines around a change stand once in the live text."""
        # As much context as it takes, doubled each time, but never past the stretch that both texts share:
        # what ours has changed cannot identify anything.
        context = 1
        while True:
            low = max(op[1], change.start - context)
            high = min(op[2], change.end + context)
            block = self.text.lines[low:high]
            if any(line.strip() for line in block) and len(self.live.find(block, 2)) == 1:
                return True
            if context >= MAX_CONTEXT or (low == op[1] and high == op[2]):
                # The whole text may be one block: then there is nothing to confuse.
                return op[1] == 0 and op[2] == len(self.text) and len(self.text) == len(self.live)
            context *= 2
