"""How a document is laid out: its unit of indentation, its line ends."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from .._snapshot import Snapshot
from ._recipes import is_makefile

SAMPLE = 1000
"""Lines that vote, from the start of the document."""


_TAB_FIRST = re.compile(r"\.(?:gd|tsv)$")
"""Files that are written with tabs where they show nothing else."""


_OPEN_ENDS = (",", "\\", "&&", "||")
_GOES_ON = re.compile(
    r"(?:(?:throws|extends|implements|permits|and|or)\b|&&|\|\||:\s|\((?:implicit|using)\b)"
)
"""What makes of a line that is indented further the second line of a statement."""


def indent_unit(snapshot: Snapshot) -> str:
    """One level of indentation: a tab, or 2 to 8 spaces. Where the document shows none, its language's."""
    shown = shown_unit(snapshot)
    if shown is not None:
        return shown
    if _TAB_FIRST.search(snapshot.uri) or snapshot.language_id in ("gdscript", "tsv"):
        return "\t"
    return snapshot.language.indent if snapshot.language else "    "


def shown_unit(snapshot: Snapshot) -> str | None:
    """The unit of indentation that the document shows, or None if it has no indented line yet.

    Every line votes with the difference of its indentation to that of the line before, as editors do it;
    lines inside block comments (` * `), steps of one space and lines aligned with what stands behind an open
    bracket do not count. A makefile's is always a tab."""
    if is_makefile(snapshot):
        return "\t"
    votes: Counter[int] = Counter()
    tabs, left, state = 0, SAMPLE, _State()
    # By the runs of lines that versions of a document share: a key changes one of them.
    for run in snapshot.lines.blocks:
        found = _voted(run if len(run) <= left else run[:left], state)
        votes.update(found.votes)
        tabs += found.tabs
        state = found.state
        left -= len(run)
        if left <= 0:
            break
    # Tabs vote with every line, spaces with every step: a file that mixes both goes by what prevails.
    if tabs > sum(votes.values()):
        return "\t"
    return " " * _likely(votes) if votes else None


class _State(NamedTuple):
    """What the lines above mean for the vote of the next one."""

    before: int = 0
    """The margin of the line above, in characters."""
    aligned: int = 0
    """Brackets that are open, with text behind the first of them."""
    goes_on: bool = False


class _Voted(NamedTuple):
    votes: dict[int, int]
    tabs: int
    state: _State


@lru_cache(maxsize=32)
def _voted(lines: tuple[str, ...], state: _State) -> _Voted:
    """How a run of lines votes, and the state at its end."""
    votes: dict[int, int] = {}
    tabs = 0
    before, aligned, goes_on = state
    for line in lines:
        body = line.lstrip(" \t")
        text = body.rstrip()
        # Blank lines keep no margin worth a vote, and the star's is a comment's, one space off.
        if not text or text[0] == "*":
            continue
        margin = len(line) - len(body)
        if margin and "\t" in line[:margin]:
            tabs += line[0] == "\t"
            # A tab's width is not known here, so the next line in spaces is measured from the margin.
            before = 0
            continue
        opened = body.count("(") - body.count(")")
        # Inside an open bracket: aligned with what stands behind it, until it closes.
        if aligned > 0:
            aligned += opened
            continue
        second = goes_on or _GOES_ON.match(body) is not None
        goes_on = text.endswith(_OPEN_ENDS)
        if second and margin > before:
            continue  # of a header over several lines: its margin is no level
        step = abs(margin - before)
        if 2 <= step <= 8:
            votes[step] = votes.get(step, 0) + 1
        before = margin
        aligned = opened if opened > 0 and text[-1] not in "({[" else 0
    return _Voted(votes, tabs, _State(before, aligned, goes_on))


def _likely(votes: Counter[int]) -> int:
    most = max(votes.values())
    # Continuation lines are indented by 8 where blocks are by 4, and by 4 where blocks are by 2.
    # The smallest step that half as many lines show as the most frequent one.
    return min(step for step, count in votes.items() if count * 2 >= most)
