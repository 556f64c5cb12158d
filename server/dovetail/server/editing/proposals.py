"""Next edits as a unified diff, so that they go the way of every other edit: located, proved, shown, undone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from dovetail.edits import unified_diff
from dovetail.nextedit import Proposal
from dovetail.text import Snapshot

from ..session.uris import path_of


def diff_of(proposals: Sequence[Proposal], documents: Sequence[Snapshot], root: Path) -> str:
    """The proposals as one diff of paths below `root`; '' where one no longer stands in its document.

    Pure: snapshots do not change, so this may run in a thread.
    """
    by_uri = {snapshot.uri: snapshot for snapshot in documents}
    parts = []
    for uri in dict.fromkeys(proposal.uri for proposal in proposals):
        snapshot, path = by_uri.get(uri), path_of(uri)
        if snapshot is None or path is None or not path.resolve().is_relative_to(root):
            continue
        lines = [snapshot.line(index) for index in range(len(snapshot.lines))]
        before = "\n".join(lines)
        # From the bottom up, so that the numbers of the lines above stay right.
        mine = sorted((p for p in proposals if p.uri == uri), key=lambda p: p.line, reverse=True)
        for proposal in mine:
            end = proposal.line + len(proposal.old)
            if tuple(lines[proposal.line : end]) != proposal.old:
                # One that no longer stands makes all of them void: the user asked for every place or for this
                # one.
                return ""
            lines[proposal.line : end] = proposal.new
        name = path.resolve().relative_to(root).as_posix()
        parts.append(unified_diff(name, before, "\n".join(lines), context=_context(mine)))
    return "".join(parts)


def _context(proposals: Sequence[Proposal]) -> int:
    """How many lines around each place leave it a hunk of its own, from 1 to 3: a person takes some, and not others.

    Args:
        proposals: those of one document, the last first.
    """
    gaps = [below.line - above.line - len(above.old) for below, above in pairwise(proposals)]
    return max(1, min(3, *((gap - 1) // 2 for gap in gaps))) if gaps else 3
