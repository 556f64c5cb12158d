"""Numbered listings: a part of a file with the number of each line in front, some of its lines new.

Numbers alone prove no place. A listing is read where its first line stands in the file at its number, its last line
stands once from there on, and at least half of the lines between are the file's own: then the lines from the one to
the other are what it rewrites.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import define

from ..live import LiveText
from ..model import Change
from ..reading.gutter import numbered_from, without_numbers
from ..tagging import changes_between

_SAYS = re.compile(r"\w")


@define(frozen=True, slots=True)
class Listing:
    """The lines of a listing, and the number of the first (from 1)."""

    first: int
    lines: tuple[str, ...]


def listing_of(lines: Sequence[str]) -> Listing | None:
    """The listing that a text is, every line of it numbered, each number one more than that above; None for none."""
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    first = numbered_from(lines) if len(lines) > 1 else None
    bare = without_numbers(lines) if first else None
    return Listing(first, tuple(bare)) if first and bare else None


def rewritten(listing: Listing, live: LiveText) -> tuple[tuple[int, int], tuple[Change, ...]] | str:
    """The lines (from 0, end exclusive) that a listing rewrites and how, or why its place is not proved."""
    low = listing.first - 1
    head, tail = listing.lines[0], listing.lines[-1]
    if low >= len(live):
        return f"it counts its lines from {listing.first}, but the file has {len(live)} lines"
    # Spaces at the ends of lines aside, which viewers drop.
    if live.lines[low].rstrip() != head.rstrip() or not _SAYS.search(head):
        return (
            f"it counts its lines from {listing.first}, where the file has {live.lines[low].strip()[:60]!r}"
        )
    ends = [at for at in range(low, len(live)) if live.lines[at].rstrip() == tail.rstrip()]
    if len(ends) != 1:
        what = "nowhere" if not ends else "several times"
        return f"its last line, {tail.strip()[:60]!r}, stands {what} below line {listing.first}"
    high = ends[0] + 1
    old = live.lines[low:high]
    changes = changes_between(old, listing.lines)
    gone = sum(one.end - one.start for one in changes)
    # Fewer than half of its lines: the numbers may be those of another file.
    if 2 * (len(old) - gone) < len(old):
        return f"it keeps {len(old) - gone} of the {len(old)} lines from {low + 1} to {high}"
    return (low, high), tuple(Change(low + one.start, low + one.end, one.lines) for one in changes)
