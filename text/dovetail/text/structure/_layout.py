"""How a document is laid out: its unit of indentation, its line ends."""

from __future__ import annotations

import re
from collections import Counter

from .._snapshot import Snapshot
from ._recipes import is_makefile

SAMPLE = 1000
"""Lines that vote, from the start of the document."""


_TAB_FIRST = re.compile(r"\.(?:gd|tsv)$")
"""Files that are written with tabs where they show nothing else."""


_ENDS_OPEN = re.compile(r"(?:,|\\|&&|\|\|)\s*$")
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
    tabs = before = aligned = 0
    goes_on = False
    for line in snapshot.lines.slice(0, SAMPLE):
        body = line.lstrip(" \t")
        # Blank lines keep no margin worth a vote, and the star's is a comment's, one space off.
        if not body.strip() or body.startswith("*"):
            continue
        margin = line[: len(line) - len(body)]
        if "\t" in margin:
            tabs += margin.startswith("\t")
            # A tab's width is not known here, so the next line in spaces is measured from the margin.
            before = 0
            continue
        # Inside an open bracket: aligned with what stands behind it, until it closes.
        if aligned > 0:
            aligned += body.count("(") - body.count(")")
            continue
        second = goes_on or _GOES_ON.match(body) is not None
        goes_on = _ENDS_OPEN.search(body) is not None
        if second and len(margin) > before:
            continue  # of a header over several lines: its margin is no level
        if 2 <= abs(len(margin) - before) <= 8:
            votes[abs(len(margin) - before)] += 1
        before = len(margin)
        opened = body.count("(") - body.count(")")
        aligned = opened if opened > 0 and not body.rstrip().endswith(("(", "{", "[")) else 0
    # Tabs vote with every line, spaces with every step: a file that mixes both goes by what prevails.
    if tabs > sum(votes.values()):
        return "\t"
    return " " * _likely(votes) if votes else None


def _likely(votes: Counter[int]) -> int:
    most = max(votes.values())
    # Continuation lines are indented by 8 where blocks are by 4, and by 4 where blocks are by 2.
    # The smallest step that half as many lines show as the most frequent one.
    return min(step for step, count in votes.items() if count * 2 >= most)
