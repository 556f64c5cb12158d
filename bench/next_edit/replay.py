"""Replay recorded commits edit by edit, and judge what a predictor proposes after each.

An edit is an opcode of the line diff between a file before and after a commit; n lines that became n lines,
pairwise alike, are n edits. After each edit the predictor may propose one. It is *exact* if the number of line
insertions and deletions that are left to the commit's text falls by just the proposal's size; then it is made, and
the predictor is asked again, at most six times. Any other is rejected.
"""

from __future__ import annotations

import json
import lzma
import random
import time
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from attrs import define, field

from dovetail.nextedit import Edit, Predictor, Proposal, Text, edits_between

MOST_EDITS, MOST_CHARS, MOST_LINES = 60, 150_000, 6_000
ROUNDS = 6


@define
class Row:
    """One commit: the workspace before, and what its files become."""

    name: str
    files: dict[str, tuple[str, ...]]
    after: dict[str, tuple[str, ...]]


@define
class Step:
    """What was proposed after one edit of a row, and how it was judged."""

    row: str
    chance: float
    verdict: str
    rule: str
    ms: float = 0.0


@define
class Result:
    steps: list[Step] = field(factory=list)
    asked: int = 0
    later_edits: int = 0
    covered: int = 0
    quiet_asked: int = 0
    quiet: int = 0
    rows: list[tuple[int, int, int, int]] = field(factory=list)
    """(shown, exact, later edits, covered) of each row, for intervals."""
    times: list[float] = field(factory=list)


def lines_of(text: str) -> tuple[str, ...]:
    return tuple(text.replace("\r\n", "\n").split("\n"))


def rows_of(path: Path) -> Iterator[Row]:
    """The rows of a history file whose edits are 1 to 60."""
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        files = {name: lines_of(text) for name, text in json.loads(next(stream))["files"].items()}
        for line in stream:
            data = json.loads(line)
            after = {name: lines_of(text) for name, text in data["files"].items() if text is not None}
            changed = {
                name: new
                for name, new in after.items()
                if name in files and new != files[name] and _small(new) and _small(files[name])
            }
            if (
                changed
                and 1 <= sum(len(edits_between(n, files[n], t)) for n, t in changed.items()) <= MOST_EDITS
            ):
                yield Row(data["commit"][:10], dict(files), changed)
            files |= after
            for name, text in data["files"].items():
                if text is None:
                    files.pop(name, None)


def _small(lines: tuple[str, ...]) -> bool:
    return len(lines) <= MOST_LINES and sum(map(len, lines)) <= MOST_CHARS


def distance(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Line insertions and deletions from one text to another."""
    head = 0
    limit = min(len(one), len(other))
    while head < limit and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < limit - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    a, b = one[head : len(one) - tail], other[head : len(other) - tail]
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return sum(a2 - a1 + b2 - b1 for tag, a1, a2, b1, b2 in matcher.get_opcodes() if tag != "equal")


def put(lines: tuple[str, ...], proposal: Proposal | Edit) -> tuple[str, ...]:
    at = proposal.line
    return (*lines[:at], *proposal.new, *lines[at + len(proposal.old) :])


def judge(lines: tuple[str, ...], goal: tuple[str, ...] | None, proposal: Proposal) -> str:
    """exact, located or false."""
    if goal is None or goal == lines:
        return "false"
    after = put(lines, proposal)
    size = _core(proposal)
    before = distance(lines, goal)
    if before - distance(after, goal) == size:
        return "exact"
    for edit in edits_between("", lines, goal):
        first = edit.line
        if first - 1 <= proposal.line <= first + max(len(edit.old), 1):
            return "located"
    return "false"


def _core(proposal: Proposal) -> int:
    old, new = list(proposal.old), list(proposal.new)
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return len(old) + len(new)


def order_of(row: Row, shuffled: bool) -> list[str]:
    names = sorted(row.after)
    if shuffled:
        random.Random(1).shuffle(names)
    return names


def replay(
    path: Path, predictor_of, least: float, *, shuffled: bool = False, most_rows: int | None = None
) -> Result:  # type: ignore[no-untyped-def]
    """Replay a history with a fresh predictor a row."""
    result = Result()
    for index, row in enumerate(rows_of(path)):
        if most_rows is not None and index >= most_rows:
            break
        texts = {name: Text(name, lines) for name, lines in row.files.items()}
        predictor: Predictor = predictor_of()
        shown = exact = later = covered = made = 0
        total = sum(len(edits_between(n, row.files[n], t)) for n, t in row.after.items())
        while True:
            edit = _next(row, texts, shuffled, made)
            if edit is None:
                break
            texts[edit.uri] = Text(edit.uri, put(texts[edit.uri].lines, edit))
            predictor.made(edit)
            if made:
                later += 1
            made += 1
            if made > 12 and made % 3:
                continue
            here = (edit.uri, edit.line)
            for _ in range(ROUNDS):
                began = time.perf_counter()
                answer = predictor.propose(texts, here, least)
                result.times.append(time.perf_counter() - began)
                result.asked += 1
                if not isinstance(answer, Proposal):
                    break
                goal = row.after.get(answer.uri)
                lines = texts[answer.uri].lines
                assert lines[answer.line : answer.line + len(answer.old)] == answer.old
                verdict = judge(lines, goal, answer)
                shown += 1
                result.steps.append(Step(row.name, answer.chance, verdict, answer.rule))
                if verdict != "exact":
                    predictor.rejected(answer)
                    break
                exact += 1
                remaining = _left(row, texts)
                texts[answer.uri] = Text(answer.uri, put(lines, answer))
                now = _left(row, texts)
                gained = remaining - now
                covered += max(gained, 0)
                later += max(gained, 0)
                made += max(gained, 0)
                predictor.accepted(answer)
                for each in edits_between(answer.uri, lines, texts[answer.uri].lines):
                    predictor.made(each)
                here = (answer.uri, answer.line)
        result.later_edits += total - 1
        result.covered += covered
        result.rows.append((shown, exact, total - 1, covered))
    return result


def _left(row: Row, texts: dict[str, Text]) -> int:
    return sum(len(edits_between(n, texts[n].lines, t)) for n, t in row.after.items())


def _next(row: Row, texts: dict[str, Text], shuffled: bool, made: int) -> Edit | None:
    """The next edit that is still to be made: files by name and from the top, or shuffled."""
    if shuffled:
        edits = [e for n, t in sorted(row.after.items()) for e in edits_between(n, texts[n].lines, t)]
        return random.Random(made).choice(edits) if edits else None
    for name, goal in sorted(row.after.items()):
        edits = edits_between(name, texts[name].lines, goal)
        if edits:
            return edits[0]
    return None


def noise(path: Path, predictor_of, least: float, *, seed: int = 5, workspaces: int = 40) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    """(asked, quiet): one unrelated edit in a workspace, after which nothing may be shown.

    The edit is one word replaced by another of the file, a foreign line inserted, or a foreign hunk put at a random
    line.
    """
    chance = random.Random(seed)
    rows = list(rows_of(path))
    asked = quiet = 0
    for _ in range(workspaces):
        row = chance.choice(rows)
        names = [name for name, lines in row.files.items() if 20 < len(lines) <= MOST_LINES]
        for kind in range(3):
            name, other = chance.choice(names), chance.choice(names)
            lines = row.files[name]
            new = list(lines)
            if kind == 0:
                wordy = [i for i, line in enumerate(lines) if len(line.split()) > 2]
                at = chance.choice(wordy)
                words = lines[at].split()
                new[at] = lines[at].replace(words[-1], chance.choice(lines[chance.choice(wordy)].split()))
            else:
                source = row.files[other]
                first = chance.randrange(len(source) - 6)
                at = chance.randrange(len(lines))
                new[at:at] = source[first : first + (1 if kind == 1 else 4)]
            edits = edits_between(name, lines, new)
            if not edits:
                continue
            texts = {n: Text(n, each) for n, each in row.files.items()}
            texts[name] = Text(name, tuple(new))
            predictor = predictor_of()
            for edit in edits:
                predictor.made(edit)
            asked += 1
            quiet += not isinstance(predictor.propose(texts, (name, edits[-1].line), least), Proposal)
    return asked, quiet
