"""How much of a file an answer is, where the request says what was asked for.

Asked for some lines, small models answer with the whole file, or with the lines around as well. Written over the lines
asked for, that would double the rest. So what stands outside the region is recognised in the answer: most of it means
that the answer is the whole file; lines next to the region are taken off; anything else from outside is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import evolve

from ..model import ADD, Extent, FileChange, FileSign, Hunk, Op, Reading, Reply, Sign, What
from ..tagging import opcodes, tag_lines

WHOLE_SHARE = 0.6
"""The share of a file's telling lines, outside the region, that make an answer the whole file."""
_LETTERS = re.compile(r"\w")
_DEFINES = re.compile(
    r"\s*(?:(?:export|default|public|private|protected|static|async|abstract|final|pub)\s+){0,4}"
    r"(?:def|class|func|fn|function|interface|struct|enum|trait|impl|module)\s+(?:\([^()]{0,80}\)\s*)?(\w+)"
)


def _telling(line: str) -> bool:
    """Whether a line says which place of a file it is of: not a brace, not `return`."""
    return len(_LETTERS.findall(line)) >= 4 and line.strip() not in (
        "return",
        "pass",
        "else:",
        "break",
        "continue",
    )


def defined(lines: Sequence[str]) -> list[str]:
    """The names of what some lines of code define, as far as a line of its own says so."""
    return [match[1] for line in lines if (match := _DEFINES.match(line))]


def whole_file(path: str, lines: Sequence[str], *, asked: bool = False) -> FileChange:
    """The change that makes `lines` the whole text of a file, signed by the request.

    Args:
        asked: whether the request speaks of what the text leaves out.
    """
    reading = Reading(tuple((ADD, line) for line in lines))
    sign = Sign(FileSign.REQUEST, What.WHOLE, Extent.ALL, says_whole=asked)
    return FileChange(
        Op.WHOLE, (path,), (Hunk((reading,), ends_plainly=True, sign=sign),), format="whole file"
    )


def is_whole(answer: Sequence[str], outside: Sequence[str]) -> bool:
    """Whether an answer holds most of the telling lines of a file, or defines most of what it defines, in order."""
    names = list(dict.fromkeys(defined(outside)))
    # Two names at least: a file of one function is not told from its region by that.
    if len(names) >= 2 and _share(names, defined(answer)) >= WHOLE_SHARE:
        return True
    known = [line.strip() for line in outside if _telling(line)]
    if len(known) < 2:
        return False
    return _share(known, [line.strip() for line in answer]) >= WHOLE_SHARE


def _share(known: Sequence[str], answer: Sequence[str]) -> float:
    """The share of `known` that stands in `answer`, in its order."""
    there = set(known)
    # Only lines that are known can pair off, and the comparison stays small.
    there_in_order = [one for one in answer if one in there]
    kept = sum(j - i for tag, i, j, _, _ in opcodes(known, there_in_order) if tag == "equal")
    return kept / len(known) if kept >= 2 else 0.0


def fitted(reply: Reply, path: str, lines: Sequence[str], first: int, end: int) -> tuple[Reply, bool]:
    """A region's answer as what it is of the file: the region, or all of it; and whether it is all of it.

    Args:
        lines: the file as the model was shown it, without line ends.
        first, end: the region in it.
    """
    if len(reply.changes) != 1 or len(reply.changes[0].hunks) != 1:
        return reply, False
    (change,), (hunk,) = reply.changes, reply.changes[0].hunks
    if hunk.malformed or not hunk.readings:
        return reply, False
    new = list(hunk.readings[0].new)
    above, below = list(lines[:first]), list(lines[end:])
    region = list(lines[first:end])
    if is_whole(new, above + below):
        return evolve(reply, changes=(whole_file(path, new),)), True
    # Models start a line or two early and stop late: what they repeat of the surroundings is cut off. The
    # part below is measured on reversed lines, as an overlap from the end.
    low, high = _overlap(above, new, region), _overlap(below[::-1], new[::-1], region[::-1])
    kept = new[low : len(new) - high] if low + high < len(new) else new
    # Something defined outside the region, in the answer again: inserted, it would be there twice.
    inside = {line.strip() for line in region}
    outside = {line.strip() for line in above + below if _DEFINES.match(line)} - inside
    doubled = next((line.strip() for line in kept if line.strip() in outside), "")
    if doubled:
        trouble = f"the answer also holds {doubled!r:.80}, which stands outside the lines that were asked for"
        return evolve(reply, changes=(evolve(change, hunks=(evolve(hunk, malformed=trouble),)),)), False
    if kept is new:
        return reply, False
    reading = Reading(
        tag_lines(region, kept), "lines around the region that the answer repeats were left out"
    )
    return evolve(reply, changes=(evolve(change, hunks=(evolve(hunk, readings=(reading,)),)),)), False


def _overlap(outside: Sequence[str], answer: Sequence[str], region: Sequence[str]) -> int:
    """How many lines at the start of an answer are the last lines above the region, and not the region's own."""
    # The longest overlap first. If the region itself starts with the same lines, they are its own.
    for size in range(min(len(outside), len(answer)), 0, -1):
        head = list(answer[:size])
        if head == list(outside[-size:]) and any(_telling(line) for line in head):
            return 0 if head == list(region[:size]) else size
    return 0
