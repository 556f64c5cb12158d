"""How a document is laid out: its unit of indentation, its line ends."""

from __future__ import annotations

from collections import Counter

from .._lines import without_end
from .._snapshot import Snapshot

SAMPLE = 1000
"""Lines that vote, from the start of the document."""


def indent_unit(snapshot: Snapshot) -> str:
    """One level of indentation: a tab, or 2 to 8 blanks. Where the document shows none, its language's.

    Every line votes with the difference of its indentation to that of the line before, as editors do it;
    lines inside block comments (` * `) and steps of one blank do not count."""
    votes: Counter[int] = Counter()
    tabs = 0
    before = 0
    for line in snapshot.lines.slice(0, SAMPLE):
        body = line.lstrip(" \t")
        if not body.strip() or body.startswith("*"):
            continue
        margin = line[: len(line) - len(body)]
        if "\t" in margin:
            tabs += margin.startswith("\t")
            before = 0
            continue
        if 2 <= abs(len(margin) - before) <= 8:
            votes[abs(len(margin) - before)] += 1
        before = len(margin)
    if tabs > sum(votes.values()):
        return "\t"
    if votes:
        return " " * _likely(votes)
    return snapshot.language.indent if snapshot.language else "    "


def _likely(votes: Counter[int]) -> int:
    most = max(votes.values())
    # Continuation lines are indented by 8 where blocks are by 4, and by 4 where blocks are by 2.
    return min(step for step, count in votes.items() if count * 2 >= most)


def line_ending(snapshot: Snapshot) -> str:
    """The line end that most of the first lines have: `\\n`, `\\r\\n` or `\\r`; `\\n` where there is none."""
    return dominant_ending(snapshot.lines.slice(0, SAMPLE))


def dominant_ending(lines: list[str]) -> str:
    """The most frequent line end of `lines`; the first seen wins a draw, and `\\n` where there is none."""
    ends = Counter(line[len(without_end(line)) :] for line in lines)
    ends.pop("", None)
    return ends.most_common(1)[0][0] if ends else "\n"
