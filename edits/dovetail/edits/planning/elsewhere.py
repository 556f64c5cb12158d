"""Where a quote stands that does not stand in the file that the reply names: said in the refusal, never written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from time import monotonic

from attrs import evolve

from ..files import FileState, Workspace
from ..model import Kind, Outcome
from .drafts import Task

MAX_FILES = 300
"""Files that are read for it, those of the same kind only."""
SECONDS = 0.5
MAX_REFUSALS = 3
MIN_LETTERS = 8
"""A line with fewer letters and digits stands in many files by chance."""
_LETTER = re.compile(r"\w")


def said_elsewhere(
    outcomes: dict[int, Outcome], tasks: Mapping[int, Task], workspace: Workspace, names: Iterable[str]
) -> dict[int, Outcome]:
    """The outcomes, the refusals without a place saying which file holds the line that tells most.

    Args:
        names: the workspace's files.
    """
    homeless = [
        outcome
        for outcome in outcomes.values()
        if outcome.refused and outcome.kind is Kind.NOT_FOUND and outcome.lines == (0, 0) and outcome.path
    ][:MAX_REFUSALS]
    result = dict(outcomes)
    wanted = {}
    for outcome in homeless:
        hunk = tasks[outcome.index].hunk
        quoted = hunk.readings[0].old if hunk.readings else ()
        lines = [line.strip() for line in quoted if len(_LETTER.findall(line)) >= MIN_LETTERS]
        if lines:
            wanted[outcome.index] = lines
    if not wanted:
        return result
    ends = {outcomes[index].path.rsplit(".", 1)[-1] for index in wanted}
    # Both bounds hold for all refusals together: this is a courtesy, and the plan is waiting for it.
    until, left = monotonic() + SECONDS, MAX_FILES
    best: dict[int, tuple[int, str]] = {}
    for path in names:
        if path.rsplit(".", 1)[-1] not in ends:
            continue
        left -= 1
        if left < 0 or monotonic() > until:
            break
        state = workspace.read(path)
        if not isinstance(state, FileState):
            continue
        # Without indentation: it is only to be told where to look.
        there = {line.strip() for line in state.text.split("\n")}
        for index, lines in wanted.items():
            count = sum(line in there for line in lines)
            # More than half of the lines, and more than in any file before.
            if (
                path != outcomes[index].path
                and 2 * count > len(lines)
                and count > best.get(index, (0, ""))[0]
            ):
                best[index] = (count, path)
    for index, (count, path) in best.items():
        which = "it stands" if len(wanted[index]) == 1 else f"{count} of them stand"
        result[index] = evolve(outcomes[index], reason=f"{outcomes[index].reason}; {which} in {path}")
    return result
