"""Recorded commits as rows of a replay: their edits, which comes next, and whether a proposal is one of them."""

from __future__ import annotations

import json
import lzma
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from attrs import define, evolve

from dovetail.nextedit import Edit, Proposal, Text, words_of
from dovetail.nextedit import edits_between as edits_near

MOST_EDITS, MOST_CHARS, MOST_LINES = 60, 150_000, 6_000
Lines = tuple[str, ...]


@define(frozen=True, slots=True)
class Row:
    """One commit: the workspace before, and what its files become."""

    name: str
    files: dict[str, Lines]
    after: dict[str, Lines]


@lru_cache(maxsize=1_000)
def edits_between(uri: str, before: Lines, after: Lines) -> tuple[Edit, ...]:
    """All edits of a commit, however far apart they are. Remembered, since most files stay as they are at a step."""
    return tuple(edits_near(uri, before, after, longest=MOST_LINES))


def lines_of(text: str) -> Lines:
    """Lines without ends."""
    return tuple(text.replace("\r\n", "\n").split("\n"))


def rows_of(path: Path) -> Iterator[Row]:
    """The commits of a history file that have 1 to 60 edits.

    Raises:
        ValueError: it is no history file; one sentence.
    """
    # Line by line: a history of years need not fit into memory.
    try:
        open_it = lzma.open if path.suffix == ".xz" else open
        with open_it(path, "rt", encoding="utf-8") as stream:
            files = {name: lines_of(text) for name, text in json.loads(next(stream))["files"].items()}
            for line in stream:
                data = json.loads(line)
                after = {name: lines_of(text) for name, text in data["files"].items() if text is not None}
                if (row := row_of(str(data["commit"])[:10], files, after)) is not None:
                    yield row
                # The workspace as the next commit finds it.
                files |= after
                for name, text in data["files"].items():
                    if text is None:
                        files.pop(name, None)
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        StopIteration,
        EOFError,
        lzma.LZMAError,
    ) as error:
        raise ValueError(f"{path} cannot be read as a recorded history ({type(error).__name__}).") from None


def row_of(name: str, files: dict[str, Lines], after: dict[str, Lines]) -> Row | None:
    """One commit, from the workspace before it and the files that it leaves; None unless it has 1 to 60 edits."""
    row = Row(name, dict(files), _changed(files, after))
    return row if row.after and 1 <= left(row, {}) <= MOST_EDITS else None


def _changed(files: dict[str, Lines], after: dict[str, Lines]) -> dict[str, Lines]:
    return {
        name: new
        for name, new in after.items()
        if name in files and new != files[name] and _small(new) and _small(files[name])
    }


def _small(lines: Lines) -> bool:
    return len(lines) <= MOST_LINES and sum(map(len, lines)) <= MOST_CHARS


def distance(one: Sequence[object], other: Sequence[object]) -> int:
    """The fewest insertions and deletions that turn one sequence into another.

    What is not in the longest common subsequence, whose length is counted a whole row of the table at a time, as the
    bits of one number (Hyyrö 2004): a commit that rewrites a file costs no more than one that changes a line.
    """
    # Equal lines at both ends are in every longest common subsequence, and are most of a file.
    head, limit = 0, min(len(one), len(other))
    while head < limit and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < limit - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    old, new = one[head : len(one) - tail], other[head : len(other) - tail]
    where: dict[object, int] = {}
    for index, each in enumerate(old):
        where[each] = where.get(each, 0) | 1 << index
    every = (1 << len(old)) - 1
    row = every
    for each in new:
        if found := row & where.get(each, 0):
            row = (row + found | row - found) & every
    # Zeros in `row` are lines of `old` in the common subsequence: all the others have to go, or to come.
    return len(old) + len(new) - 2 * (len(old) - row.bit_count())


@lru_cache(maxsize=100)
def _apart(lines: Lines, goal: Lines) -> int:
    """The distance of a file to what it becomes, the same for all that is proposed at a step."""
    return distance(lines, goal)


def put(lines: Lines, edit: Proposal | Edit) -> Lines:
    """The text after an edit."""
    at = edit.line
    return (*lines[:at], *edit.new, *lines[at + len(edit.old) :])


def judge(lines: Lines, goal: Lines | None, proposal: Proposal) -> str:
    """exact, partial, located or false."""
    # A file that the commit leaves alone, or that is done.
    if goal is None or goal == lines:
        return "false"
    after = put(lines, proposal)
    # The edit brings the file nearer by all that it changes: every line of it was right.
    if _apart(lines, goal) - distance(after, goal) == _core(proposal):
        return "exact"
    for edit in edits_between("", lines, goal):
        ends = proposal.line + max(len(proposal.old), 1), edit.was + max(len(edit.old), 1)
        # It touches a place that the commit changes, too: partly right, if all that it takes out and puts in
        # is.
        if edit.was < ends[0] and proposal.line < ends[1]:
            words = [words_of(text) for text in (proposal.old, proposal.new, edit.old, edit.new)]
            gone, came = words[0] - words[1], words[1] - words[0]
            if gone <= words[2] - words[3] and came <= words[3] - words[2]:
                return "partial"
            return "located"
    return "false"


def _core(proposal: Proposal) -> int:
    # Equal lines around the change proper are not counted as its work.
    old, new = list(proposal.old), list(proposal.new)
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return len(old) + len(new)


def left(row: Row, texts: dict[str, Text]) -> int:
    """How many edits are still to be made."""
    return sum(len(each) for each in remaining(row, texts).values())


def remaining(row: Row, texts: dict[str, Text]) -> dict[str, tuple[Edit, ...]]:
    """The edits that are still to be made, by file."""
    return {
        name: edits_between(name, texts[name].lines if name in texts else row.files[name], goal)
        for name, goal in sorted(row.after.items())
    }


def next_edit(row: Row, texts: dict[str, Text], shuffled: bool, made: int) -> Edit | None:
    """The edit that is made next, where it stands now: files by name and from the top, or any, by a seeded choice."""
    for name, goal in sorted(row.after.items()):
        if not shuffled and (edits := edits_between(name, texts[name].lines, goal)):
            return evolve(edits[0], line=edits[0].was)
    every = [edit for each in remaining(row, texts).values() for edit in each] if shuffled else []
    if not every:
        return None
    # Seeded by the number of edits made, so that two runs take the same order.
    chosen = random.Random(made + 1).choice(every)
    return evolve(chosen, line=chosen.was)  # its line in the text before it, not in what the commit leaves
