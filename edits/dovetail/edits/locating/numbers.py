"""Line numbers of a diff as evidence: never alone, always borne out by something else.

- *By other hunks* of the same change of the same file that were found once: all stand off their stated lines by the
  same distance, with one of them on each side of the place unless all stand exactly where stated.
- *By the heading* behind the numbers, where no other hunk was found once: it has to be the one that git would write
  for the candidate at the stated line.
- *By all that a tool writes*, where there is no heading either: every hunk of the change stands exactly where it
  says, with three lines kept on both sides of what changes (fewer only at the ends of the file). A diff whose lines
  are all true was made from this text; a stale one misses its lines, and what a model makes up has not all of it.

In each case the hunk's own counts are right, its two starts differ by what the hunks before it add, and the hunks
stand in the file in the order of the reply.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..live import LiveText
from ..model import KEEP, Hunk, Reading
from .candidate import Candidate, Neighbour

MAX_HEADING = 5000
"""Lines above a place that are looked through for the heading that git would write."""
CONTEXT = 3
"""Lines that diff tools keep on both sides of a change."""


def _as_a_tool_writes(reading: Reading, place: int, neighbours: Sequence[Neighbour], live: LiveText) -> bool:
    """Whether all hunks stand where they say, and this one has the context that a tool gives it there."""
    if any(one.done or not one.as_stated for one in neighbours):
        return False
    stated = [one.stated for one in neighbours if one.stated is not None]
    if stated != sorted(set(stated)):
        return False
    changed = [number for number, (tag, _) in enumerate(reading.lines) if tag != KEEP]
    above, below = changed[0], len(reading.lines) - 1 - changed[-1]
    starts, ends = place == 0, place + len(reading.old) == len(live)
    return (above >= CONTEXT or starts) and (below >= CONTEXT or ends) and bool(above or below)


def _heading_for(place: int, live: LiveText) -> str:
    """What git would write behind the numbers of a hunk that starts at `place`."""
    # As git's default: the last line above that starts with a letter, `_` or `$`, whatever the language.
    for at in range(place - 1, max(place - MAX_HEADING, -1), -1):
        line = live.lines[at]
        if line[:1].isalpha() or line[:1] in ("_", "$"):
            return line.strip()
    return ""


def by_numbers(
    hunk: Hunk,
    candidates: Sequence[Candidate],
    neighbours: Sequence[Neighbour],
    position: int,
    live: LiveText,
    *,
    stale: bool = False,
) -> Candidate | None:
    """The candidate that the hunk's number names, where something bears the number out; None otherwise."""
    header = hunk.header
    if header.old_start is None or header.new_start is None:
        return None
    known = [
        (number, one.place, one.stated)
        for number, one in enumerate(neighbours)
        if number != position and one.place is not None
    ]
    places = [place for _, place, stated in known if stated is not None]
    # How far each neighbour stands from where it says. They have to agree: then the file has moved as a whole
    # since the diff was made, by that many lines, and this hunk with it.
    distances = {place - stated for _, place, stated in known if stated is not None}
    if len(distances) > 1:
        return None
    distance = distances.pop() if distances else 0
    exact = [one for one in candidates if one[1] == header.old_start + distance]
    if len(exact) != 1:
        return None
    reading, place = exact[0]
    if (len(reading.old), len(reading.new)) != (header.old_count, header.new_count):
        return None
    # A diff tool counts new lines from old ones and what was added above; a model that makes numbers up
    # rarely does.
    if header.new_start - header.old_start != sum(one.growth for one in neighbours[:position]):
        return None
    # A neighbour before this hunk has to stand above it, one behind it below.
    if any((number < position) != (other < place) for number, other, _ in known):
        return None
    # No neighbour bears the number out, so the hunk has to do so itself.
    if not places:
        if header.heading:
            return exact[0] if _heading_for(place, live)[:80].startswith(header.heading[:80]) else None
        return exact[0] if not stale and _as_a_tool_writes(reading, place, neighbours, live) else None
    # In a file that moved, what lies outside the neighbours may have moved by another distance.
    if distance != 0 and not (any(one < place for one in places) and any(one > place for one in places)):
        return None
    return exact[0]
