"""From keystrokes to edits: an edit is over when the cursor has left it, or time has passed.

Nothing is compared while someone types: a key costs two comparisons of numbers. The comparison happens when an edit
settles, and may run in a thread: it takes texts and gives edits, and touches nothing else.
"""

from __future__ import annotations

from attrs import define, field

from .changes import edits_between
from .model import Edit
from .predictor import Predictor

SETTLE_S = 0.7
"""Seconds after the last key in which an edit may go on."""
APART = 2
"""Lines between a change and the next one that make them two edits."""
LARGEST = 30
"""Lines; larger edits are pasted or generated and teach nothing."""
REST_AFTER_UNDO_S = 5.0
"""Seconds without proposals after the user took something back."""


@define(slots=True)
class _Region:
    first: int
    last: int
    changed_at: float


@define(slots=True, eq=False)
class Regions:
    """Which lines of each document are being edited. Two numbers a document; times are seconds of any clock."""

    _under_way: dict[str, _Region] = field(factory=dict)

    def touch(self, uri: str, first: int, last: int, grown: int, now: float) -> bool:
        """A change took the lines `first` to `last` (of the text before it) and added `grown` lines.

        Returns whether it begins another edit, so that the one before is over: compare the text before this change.
        """
        region = self._under_way.get(uri)
        # Lines before the change: both numbers are of the text that the region is counted in.
        another = region is not None and (first > region.last + APART or last < region.first - APART)
        if region is None or another:
            self._under_way[uri] = _Region(first, max(last + grown, first), now)
            return another
        region.first = min(region.first, first)
        # What was added pushes the end down; what was taken out pulls it up, but not above the start.
        region.last = max(max(region.last, last) + grown, region.first)
        region.changed_at = now
        return False

    def over(self, uri: str, line: int, now: float) -> bool:
        """Whether nothing is under way in a document any more, with the cursor on `line`."""
        region = self._under_way.get(uri)
        return (
            region is None or now - region.changed_at >= SETTLE_S or not region.first <= line <= region.last
        )

    def settled(self, uri: str) -> None:
        """What was under way in a document is being compared, or is no longer of interest."""
        self._under_way.pop(uri, None)

    def under_way(self) -> list[str]:
        """Documents that were touched since they last settled."""
        return list(self._under_way)


@define(slots=True, eq=False)
class Settling:
    """What each document was when its last edit was over. Lines are texts without ends."""

    _bases: dict[str, tuple[str, ...]] = field(factory=dict)
    _last: dict[str, list[Edit]] = field(factory=dict)
    undone_at: float = -REST_AFTER_UNDO_S
    """When the user last took an edit back."""

    def opened(self, uri: str, lines: tuple[str, ...]) -> None:
        """A document is open from now on, with these lines."""
        self._bases[uri] = lines
        self._last.pop(uri, None)

    def closed(self, uri: str) -> None:
        """A document is no longer open."""
        self._bases.pop(uri, None)
        self._last.pop(uri, None)

    def settle(self, uri: str, lines: tuple[str, ...], predictor: Predictor, now: float) -> list[Edit]:
        """The edits since the last time, told to the predictor; edits taken back are forgotten instead."""
        base = self._bases.get(uri)
        # Before anything can return: what is compared once is not compared again.
        self._bases[uri] = lines
        if base is None:
            return []
        made = edits_between(uri, base, lines)
        before = self._last.get(uri, [])
        # Taking back is told by texts, not by the editor's undo command, which LSP does not report.
        if made and before and _reverses(made, before):
            for edit in before:
                predictor.undone(edit)
            self._last.pop(uri)
            # The old name of a definition comes back for the editor's own rename, which is no undo.
            if not all(predictor.keeps_name(edit) for edit in before):
                self.undone_at = now
            return []
        made = [edit for edit in made if _teaches(edit)]
        for edit in made:
            predictor.made(edit)
        if made:
            self._last[uri] = made
        return made

    def resting(self, now: float) -> bool:
        """Whether it is too soon after an undo to propose anything."""
        return now - self.undone_at < REST_AFTER_UNDO_S


def _teaches(edit: Edit) -> bool:
    """Whether an edit can be an example: neither huge nor a change of spaces alone."""
    if max(len(edit.old), len(edit.new)) > LARGEST:
        return False
    return "".join("".join(edit.old).split()) != "".join("".join(edit.new).split())


def _reverses(made: list[Edit], before: list[Edit]) -> bool:
    """Whether the new edits take back just those that were made before."""
    if len(made) != len(before):
        return False
    back = {(edit.new, edit.old) for edit in before}
    return all((edit.old, edit.new) in back for edit in made)
