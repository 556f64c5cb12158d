"""Which of several places a hunk means. The rules, in this order; the first that names one place decides.

1. *The text is known.* A git diff states the object id of the old text. If the live text has that id, the
   line numbers of the diff are true, and the place they name is the one.
2. *Scope.* Every scope line (`@@ class A`, `@@ def f`, or the heading behind the numbers) stands in the file,
   one candidate lies inside the block that a scope line opens (every line between is indented deeper), and no
   other does.
3. *Numbers, corroborated.* The hunk states a line number, and other hunks of the same change of the same file
   state one, were found once, and all stand off their stated lines by the same distance, with one of them on
   each side of the place unless all stand exactly where stated. The hunk's own counts are right, its two
   starts differ by what the hunks before it add, and the hunks stand in the file in the order of the reply.
   Then the candidate at exactly that distance is the one. A number that nothing bears out decides nothing:
   models invent them.
4. *Order.* The format promises order, states no numbers, both hunks next to this one were found once, the
   hunks that were found once are all in order, and one candidate lies between the two.

Anything else is a refusal that names all places.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from attrs import define

from ..live import LiveText, indent_of
from ..model import Hunk, Reading

Candidate = tuple[Reading, int]
MAX_NEIGHBOURS = 400
"""Hunks of one file past which they no longer speak for one another: no person or model writes so many."""


@define(frozen=True, slots=True)
class Neighbour:
    """A hunk of the same change of the same file."""

    place: int | None
    """Where it was found, if once."""
    length: int
    stated: int | None
    growth: int = 0
    """Lines that it adds, less those it removes."""


def decide(
    hunk: Hunk,
    candidates: Sequence[Candidate],
    live: LiveText,
    old_blob: str,
    neighbours: Sequence[Neighbour],
    position: int,
) -> Candidate | None:
    """The candidate that the rules name, or None.

    Args:
        neighbours: all hunks of the change, in the order of the reply, this one being number `position`.
    """
    stated = hunk.header.old_start
    if old_blob and stated is not None and is_blob(live.text, old_blob):
        exact = [one for one in candidates if one[1] == stated]
        if len(exact) == 1:
            return exact[0]
    if hunk.scopes:
        inside = [one for one in candidates if _in_scopes(hunk.scopes, one[1], live)]
        if len(inside) == 1:
            return inside[0]
    if hunk.at_end:
        last = [one for one in candidates if one[1] + len(one[0].old) == len(live)]
        if len(last) == 1:
            return last[0]
    if len(neighbours) > MAX_NEIGHBOURS:
        return None
    if stated is not None:
        return _by_numbers(hunk, candidates, neighbours, position)
    return _by_order(hunk, candidates, neighbours, position)


def is_blob(text: str, abbreviated: str) -> bool:
    """Whether git would give `text` the object id that starts so."""
    if len(abbreviated) < 7 or not abbreviated.strip("0"):
        return False
    data = text.encode("utf-8", "surrogatepass")
    digest = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return digest.startswith(abbreviated.lower())


def _in_scopes(scopes: Sequence[str], place: int, live: LiveText) -> bool:
    low = -1
    for scope in scopes:
        wanted = scope.strip()
        openings = [
            at
            for at in live.positions(wanted) or _starting_with(wanted, live)
            if low < at < place and _encloses(at, place, live)
        ]
        if not openings:
            return False
        low = openings[-1]
    return True


def _starting_with(wanted: str, live: LiveText) -> Sequence[int]:
    """git cuts headings at 80 bytes; models leave the end of a line off."""
    if len(wanted) < 6:
        return ()
    return [at for at, line in enumerate(live.lines) if line.strip().startswith(wanted)]


def _encloses(opening: int, place: int, live: LiveText) -> bool:
    depth = len(indent_of(live.lines[opening]).expandtabs(8))
    for at in range(opening + 1, place + 1):
        line = live.lines[at]
        if line.strip() and line.strip() not in ("{", "(", "):", ") {", "]"):
            inside = len(indent_of(line).expandtabs(8)) > depth
            if not inside and at < place:
                return False
            if not inside:
                return False
    return True


def _by_numbers(
    hunk: Hunk, candidates: Sequence[Candidate], neighbours: Sequence[Neighbour], position: int
) -> Candidate | None:
    header = hunk.header
    if header.old_start is None or header.new_start is None:
        return None
    known = [
        (number, one.place, one.stated)
        for number, one in enumerate(neighbours)
        if number != position and one.place is not None
    ]
    places = [place for _, place, stated in known if stated is not None]
    distances = {place - stated for _, place, stated in known if stated is not None}
    if len(distances) != 1:
        return None
    distance = distances.pop()
    exact = [one for one in candidates if one[1] == header.old_start + distance]
    if len(exact) != 1:
        return None
    reading, place = exact[0]
    if (len(reading.old), len(reading.new)) != (header.old_count, header.new_count):
        return None
    if header.new_start - header.old_start != sum(one.growth for one in neighbours[:position]):
        return None
    if any((number < position) != (other < place) for number, other, _ in known):
        return None
    if distance != 0 and not (any(one < place for one in places) and any(one > place for one in places)):
        return None
    return exact[0]


def _by_order(
    hunk: Hunk, candidates: Sequence[Candidate], neighbours: Sequence[Neighbour], position: int
) -> Candidate | None:
    if not hunk.ordered or position == 0 or position + 1 >= len(neighbours):
        return None
    before, after = neighbours[position - 1], neighbours[position + 1]
    if before.place is None or after.place is None:
        return None
    places = [one.place for one in neighbours if one.place is not None]
    if places != sorted(places):
        return None
    low, high = before.place + before.length, after.place
    between = [one for one in candidates if low <= one[1] and one[1] + len(one[0].old) <= high]
    return between[0] if len(between) == 1 else None
