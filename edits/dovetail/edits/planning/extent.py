"""Whether a text is all of a file or only a part of it, by what it would take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..live import LiveText
from ..locating.lost import lost_beside, names_lost
from ..model import Change, Hunk
from ..reading.conflicts import sides
from ..tagging import changes_between
from .cuts import cut_at_the_end, cut_at_the_start, lines_go
from .keys import keys_lost

MIN_KEPT = 0.4
"""The share of a file's lines that its whole new text has to keep; below it, it may be a part of the file."""
SURELY_KEPT = 0.8
"""The share above which words like "add" above the block say nothing against the whole file."""
SMALL = 6
"""Files of at most so many lines may lose more than that, as long as something is kept."""
MAX_LOSS = 0.25
"""The share of a file's lines that may go with nothing in their place."""


def loss(old: LiveText, changes: Sequence[Change]) -> tuple[int, int]:
    """Lines that go, and lines that come, blank ones aside."""
    return _counted(old, changes, lambda line: bool(line.strip()))


def _counted(old: LiveText, changes: Sequence[Change], counts: Callable[[str], bool]) -> tuple[int, int]:
    gone = sum(counts(line) for change in changes for line in old.lines[change.start : change.end])
    come = sum(counts(line) for change in changes for line in change.lines)
    return gone, come


def _has_words(line: str) -> bool:
    return any(map(str.isalnum, line))


def part_of_a_side(path: str, old: LiveText, new: Sequence[str], hunk: Hunk) -> str:
    """Why a text may be only a part of a file with conflicts, whichever of their sides is taken; '' for nothing."""
    told = ""
    # It is enough that it could be the whole file with one of the sides taken.
    for side in sides(old.lines):
        lines = LiveText("\n".join(side) + "\n")
        told = part_of_file(path, lines, new, changes_between(lines.lines, new), hunk)
        if not told:
            return ""
    return told


def part_of_file(path: str, old: LiveText, new: Sequence[str], changes: Sequence[Change], hunk: Hunk) -> str:
    """Why the text may be only a part of the file; '' where it may not."""
    # From what the words say to what only the lines tell.
    total = sum(bool(line.strip()) for line in old.lines)
    if not total:
        return ""
    gone, come = loss(old, changes)
    kept = total - gone
    sign = hunk.sign
    # "Add this", "the changed part": words that speak against a whole file, unless nearly all of it is there.
    if sign.trouble and kept < total * SURELY_KEPT:
        return sign.trouble
    # The words say that it is all. A reply that was cut off says so as well, so the end is still looked at.
    if sign.says_whole:
        return cut_at_the_end(old, changes, hunk)
    # Brackets alone are no line kept: `{"a": 2}` may be all of a file, or what is to change in it.
    # A line with words was kept: all that had words goes, and more than comes.
    worded, instead = _counted(old, changes, _has_words)
    if not kept or (worded == sum(map(_has_words, old.lines)) and worded > instead):
        return "it keeps no line of it, and no word of the reply says that it is all of it"
    if total > SMALL and kept < total * MIN_KEPT:
        return f"it keeps {kept} of its {total} lines"
    lost = names_lost(path, old.lines, new, sign.goes) or keys_lost(path, old.lines, new, sign.goes)
    if lost:
        return f"{', '.join(lost[:4])}{' and others' if len(lost) > 4 else ''} would go"
    beside = lost_beside(path, old.lines, new, sign.goes)
    if beside:
        return f"{beside[0][:60]!r}, beside its definitions, would go"
    cut = cut_at_the_end(old, changes, hunk) or cut_at_the_start(old, new, changes)
    if cut:
        return cut
    # Two lines always may go: a quarter of a short file is less than that.
    if gone - come > max(2, total * MAX_LOSS):
        return f"{lines_go(gone)}, and {come} come in their place"
    return ""
