"""Which of several places a hunk means. The rules, in this order; the first that names one place decides.

1. *The text is known.* A git diff states the object id of the old text. If the live text has that id, the
   line numbers of the diff are true, and the place they name is the one.
2. *Scope.* Every scope line (`@@ class A`, `@@ def f`) stands in the file, one candidate lies inside the block
   that a scope line opens (every line between is indented deeper), and no other does. What git writes behind
   numbers is no scope: it is the last line above that starts with a letter, whatever block that opened.
3. *The end of the file.* The reply says so, or the hunk has less context below than above (git cuts the
   context only where the file ends), and one candidate ends there; likewise for the start. Not where another
   candidate stands on the very line that the hunk states.
4. *Numbers, borne out* by other hunks, by git's heading, or by all that a tool writes (`numbers`). A number that
   nothing bears out decides nothing: models invent them.
5. *Order.* The format promises order, states no numbers, both hunks next to this one were found once, the
   hunks that were found once are all in order, and one candidate lies between the two.

Where none does, the words right above the edit may (`said`). Anything else is a refusal that names all places.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from ..live import LiveText, indent_of
from ..model import KEEP, Hunk
from .candidate import Candidate, Neighbour
from .numbers import by_numbers

_NAMED = re.compile(
    r"\b(?:class|def|function|func|fn|struct|interface|impl|trait|enum|module)\s+([^\W\d]\w*)"
)
"""What a scope line says that it opens."""
_WORD = re.compile(r"\w+")
MAX_NEIGHBOURS = 400
"""Hunks of one file past which they no longer speak for one another: no person or model writes so many."""


def decide(
    hunk: Hunk,
    candidates: Sequence[Candidate],
    live: LiveText,
    old_blob: str,
    neighbours: Sequence[Neighbour],
    position: int,
    *,
    stale: bool = False,
) -> Candidate | None:
    """The candidate that the rules name, or None.

    Args:
        neighbours: all hunks of the change, in the order of the reply, this one being number `position`.
        stale: the text is not the one that the model was shown.
    """
    stated = hunk.header.old_start
    # A matching blob id makes the numbers facts: the hunk was written for this very text.
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
    edge = _at_an_edge(hunk, candidates, live)
    if edge is not None:
        return edge
    if len(neighbours) > MAX_NEIGHBOURS:
        return None
    if stated is not None:
        return by_numbers(hunk, candidates, neighbours, position, live, stale=stale)
    return _by_order(hunk, candidates, neighbours, position)


def is_blob(text: str, abbreviated: str) -> bool:
    """Whether git would give `text` the object id that starts so."""
    # An abbreviation shorter than git's own default of 7 may match by chance, and zeros stand for "no file".
    if len(abbreviated) < 7 or not abbreviated.strip("0"):
        return False
    data = text.encode("utf-8", "surrogatepass")
    digest = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return digest.startswith(abbreviated.lower())


def _in_scopes(scopes: Sequence[str], place: int, live: LiveText) -> bool:
    # Scopes nest, the outermost first: each is looked for below the line that the one before it opened.
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
    # Tab stops of 8, as compilers and Python have them, so that tabs and spaces compare.
    depth = len(indent_of(live.lines[opening]).expandtabs(8))
    for at in range(opening + 1, place + 1):
        line = live.lines[at]
        text = line.strip()
        # The end of a signature over several lines, and what the preprocessor reads, stand at the margin.
        if not text or text[0] in "{()]" or text.startswith(("#if", "#el", "#end", "#def")):
            continue
        if len(indent_of(line).expandtabs(8)) <= depth:
            return False
    return True


def outside_scope(
    scopes: Sequence[str], place: int, live: LiveText, exact: bool, *, plenty: bool = False
) -> str:
    """The scope line that stands in the file with the place not inside its block; '' where there is none.

    A scope that stands nowhere says nothing. One that opens no block has to stand above the place.

    Args:
        exact: what is quoted was found as it is; otherwise each scope's block has to hold the place.
        plenty: it was found so, and is so much that it could mean no other place: then a scope may also be what git
            names, the last line above that opens a block at its depth, whether that block has ended or not.
    """
    low = -1
    for scope in scopes:
        wanted = scope.strip()
        places = live.positions(wanted) or _starting_with(wanted, live)
        if not places:
            continue
        # `at == place`: the hunk may quote the scope line itself as its first line.
        above = [at for at in places if low < at <= place]
        holding = [at for at in above if at == place or _encloses(at, place, live)]
        if not holding and plenty:
            holding = [at for at in above if _opens_last(at, place, live)]
        if not holding and (not exact or any(_opens_a_block(at, live) for at in above) or not above):
            return wanted
        low = holding[-1] if holding else above[-1]
    return ""


def missing_scope(scopes: Sequence[str], live: LiveText) -> str:
    """The first scope line of which the file has neither the line nor its name; '' where there is none."""
    for scope in scopes:
        wanted = scope.strip()
        named = _NAMED.search(wanted)
        if named and not live.positions(wanted) and named[1] not in _WORD.findall(live.text):
            return wanted
    return ""


def _opens_last(at: int, place: int, live: LiveText) -> bool:
    """Whether no line between opens a block as far out as that of line `at`, or further."""
    depth = len(indent_of(live.lines[at]).expandtabs(8))
    return not any(
        len(indent_of(live.lines[number]).expandtabs(8)) <= depth
        and live.lines[number].lstrip()[:1].isalpha()
        and _opens_a_block(number, live)
        for number in range(at + 1, place)
    )


def _opens_a_block(at: int, live: LiveText) -> bool:
    # A signature may run over several lines, but not over more than these.
    below = next((line for line in live.lines[at + 1 : at + 40] if line.strip()), "")
    return len(indent_of(below).expandtabs(8)) > len(indent_of(live.lines[at]).expandtabs(8))


def _at_an_edge(hunk: Hunk, candidates: Sequence[Candidate], live: LiveText) -> Candidate | None:
    """The one candidate at the end, or the start, of the file, where the context is cut as git cuts it there."""
    if hunk.header.old_start is None or not hunk.ends_plainly:
        return None
    fits: list[Candidate] = []
    for reading, place in candidates:
        tags = [tag for tag, _ in reading.lines]
        # Where the file goes on, git keeps as many lines below a change as above: fewer below say that the
        # file ends there. At least two have to be there, for one line of context fits in too many places.
        changed = [number for number, tag in enumerate(tags) if tag != KEEP]
        above, below = changed[0], len(tags) - 1 - changed[-1]
        right = (len(reading.old), len(reading.new)) == (hunk.header.old_count, hunk.header.new_count)
        at_end = below < above and above >= 2 and place + len(reading.old) == len(live)
        at_start = above < below and below >= 2 and place == 0 == hunk.header.old_start
        # The new text stands somewhere already: the hunk may be done there, and this be another copy.
        if right and (at_end or at_start) and not live.find(reading.new, 1):
            fits.append((reading, place))
    # A copy that stands just where the hunk says it does speaks against it: models cut context anywhere.
    stated = any(place == hunk.header.old_start for _, place in candidates)
    if len(fits) != 1 or (stated and fits[0][1] != hunk.header.old_start):
        return None
    return fits[0]


def _by_order(
    hunk: Hunk, candidates: Sequence[Candidate], neighbours: Sequence[Neighbour], position: int
) -> Candidate | None:
    if not hunk.ordered or position == 0 or position + 1 >= len(neighbours):
        return None
    before, after = neighbours[position - 1], neighbours[position + 1]
    if before.place is None or after.place is None:
        return None
    # One hunk out of order voids the promise for all.
    places = [one.place for one in neighbours if one.place is not None]
    if places != sorted(places):
        return None
    low, high = before.place + before.length, after.place
    between = [one for one in candidates if low <= one[1] and one[1] + len(one[0].old) <= high]
    return between[0] if len(between) == 1 else None
