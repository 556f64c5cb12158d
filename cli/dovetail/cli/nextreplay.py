"""`dovetail bench next`: recorded commits replayed edit by edit, and what is proposed after each judged.

An edit is an opcode of the line diff between a file before and after a commit; n lines that became n lines, pairwise
alike, are n edits. After each edit (of those behind the twelfth, each third) the predictor may propose one. It is
*exact* if the number of line insertions and deletions that are left to the commit's text falls by just the proposal's
size; *partial* if not, but the number of tokens does; *located* if it touches lines that are still to be changed; else
false. An exact one is made, and the predictor is asked again, at most six times; any other is rejected.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.nextedit import (
    AUTOMATIC,
    ON_DEMAND,
    Edit,
    Predictor,
    Proposal,
    Ranker,
    Text,
    rules_of,
)
from dovetail.nextedit import edits_between as edits_near

from .nextrows import MOST_LINES, Lines, Row, edits_between, judge, left, next_edit, put, remaining, rows_of
from .terminal import say

ROUNDS = 6
ASKED_ALWAYS = 12
DRAWN = 1_000
"""Samples of rows for an interval."""


@define(slots=True)
class RowResult:
    """What was proposed while one commit was replayed. `later` counts its edits but the first."""

    shown: int = 0
    exact: int = 0
    partial: int = 0
    located: int = 0
    later: int = 0
    covered: int = 0
    repeating: int = 0
    """Later edits of which an instance was made before: the most that a method without a model can reach."""
    asked: int = 0
    steps: int = 0
    shown_steps: int = 0
    unlike: int = 0
    """Steps after which nothing is left that is like an edit that was made."""
    unlike_quiet: int = 0


@define(slots=True)
class Result:
    """All rows of a history, in one order at one threshold; or of several."""

    rows: list[RowResult] = field(factory=list)
    times: list[float] = field(factory=list)
    """Seconds of each call."""
    noise_asked: int = 0
    noise_quiet: int = 0

    def add(self, other: Result) -> None:
        """Take another's rows in."""
        self.rows += other.rows
        self.times += other.times
        self.noise_asked += other.noise_asked
        self.noise_quiet += other.noise_quiet

    def report(self) -> dict[str, Any]:
        """The figures, shares with their 95 % intervals by resampling commits."""
        # Commits are drawn, not edits: those of one commit depend on each other.
        total = {
            name: sum(getattr(row, name) for row in self.rows)
            for name in RowResult.__slots__
            if name[0] != "_"
        }
        times = sorted(self.times)
        return {
            "commits": len(self.rows),
            "shown": total["shown"],
            "exact": _share(total["exact"], total["shown"]),
            "exact, 95 %": self._interval("exact", "shown"),
            "exact or partial": _share(total["exact"] + total["partial"], total["shown"]),
            "located": _share(
                total["shown"] and total["exact"] + total["partial"] + total["located"], total["shown"]
            ),
            "later edits": total["later"],
            "coverage": _share(total["covered"], total["later"]),
            "coverage, 95 %": self._interval("covered", "later"),
            "coverage of those that repeat": _share(total["covered"], total["repeating"]),
            "steps with a showing": _share(total["shown_steps"], total["steps"]),
            "quiet where nothing alike is left": _share(total["unlike_quiet"], total["unlike"]),
            "quiet on noise": _share(self.noise_quiet, self.noise_asked),
            "noise": self.noise_asked,
            "ms p50": _at(times, 0.5),
            "ms p95": _at(times, 0.95),
            "ms max": _at(times, 1.0),
        }

    def _interval(self, part: str, whole: str) -> list[float | None]:
        pairs = [(getattr(row, part), getattr(row, whole)) for row in self.rows]
        chance, shares = random.Random(0), []
        for _ in range(DRAWN if pairs else 0):
            drawn = chance.choices(pairs, k=len(pairs))
            # A draw of commits in which nothing was shown has no share.
            if (below := sum(each for _, each in drawn)) > 0:
                shares.append(sum(each for each, _ in drawn) / below)
        shares.sort()
        if not shares:
            return [None, None]
        # The middle 95 % of the draws.
        return [round(shares[int(share * (len(shares) - 1))], 3) for share in (0.025, 0.975)]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _at(times: Sequence[float], share: float) -> float | None:
    return round(times[int(share * (len(times) - 1))] * 1000, 1) if times else None


def make(edit: Edit, texts: dict[str, Text], predictor: Predictor) -> None:
    """Make an edit and tell the predictor as an editor does: it sees nothing of what the commit still changes."""
    before = texts[edit.uri].lines
    texts[edit.uri] = Text(edit.uri, put(before, edit))
    # Told by comparing texts, as the server does it: an editor sends no list of edits.
    for each in edits_near(edit.uri, before, texts[edit.uri].lines, longest=MOST_LINES):
        predictor.made(each)


def replay(
    rows: Iterable[Row], predictor_of: Callable[[], Predictor], least: float, *, shuffled: bool = False
) -> Result:
    """Replay commits with a fresh predictor each; `least` is the least chance of what is shown."""
    result = Result()
    for row in rows:
        result.rows.append(_replayed(row, predictor_of(), least, shuffled, result.times))
    return result


def _replayed(row: Row, predictor: Predictor, least: float, shuffled: bool, times: list[float]) -> RowResult:
    texts = {name: Text(name, lines) for name, lines in row.files.items()}
    result = RowResult(later=left(row, texts) - 1)
    made, kinds = 0, set[object]()
    while (edit := next_edit(row, texts, shuffled, made)) is not None:
        keys = _keys(edit)
        # Like an edit that was made before: what a method without a model can know of.
        result.repeating += bool(made and keys & kinds)
        kinds |= keys
        make(edit, texts, predictor)
        made += 1
        # After the first few edits only every third is asked about: a commit of 60 would outweigh all others.
        if made > ASKED_ALWAYS and made % 3:
            continue
        # Whether any edit that is left is like one made so far: if not, silence is right.
        alike = any(_keys(each) & kinds for edits in remaining(row, texts).values() for each in edits)
        shown, here = result.shown, (edit.uri, edit.line)
        # As a user would: take what is right, and be asked again, until something is wrong or nothing comes.
        for _ in range(ROUNDS):
            began = time.process_time()
            answer = predictor.propose(texts, here, least)
            times.append(time.process_time() - began)
            result.asked += 1
            if not isinstance(answer, Proposal):
                break
            lines = texts[answer.uri].lines
            verdict = judge(lines, row.after.get(answer.uri), answer)
            result.shown += 1
            if verdict != "exact":
                result.partial += verdict == "partial"
                result.located += verdict == "located"
                # As a user would: a wrong one is turned down, and with it the round is over.
                predictor.rejected(answer)
                break
            result.exact += 1
            before = left(row, texts)
            texts[answer.uri] = Text(answer.uri, put(lines, answer))
            gained = max(before - left(row, texts), 0)
            result.covered += gained
            # A proposal may have made several of the commit's edits at once.
            made += gained
            predictor.accepted(answer)
            for each in edits_between(answer.uri, lines, texts[answer.uri].lines):
                result.repeating += bool(_keys(each) & kinds)
                kinds |= _keys(each)
                predictor.made(each)
            here = (answer.uri, answer.line)
        result.steps += 1
        result.shown_steps += result.shown > shown
        result.unlike += not alike
        result.unlike_quiet += not alike and result.shown == shown
    return result


def _keys(edit: Edit) -> set[object]:
    return {key for _, key, _ in rules_of(edit)}


def noise(
    rows: Sequence[Row],
    predictor_of: Callable[[], Predictor],
    least: float,
    *,
    seed: int = 5,
    workspaces: int = 40,
) -> tuple[int, int]:
    """(asked, quiet): one unrelated edit in a workspace, after which nothing may be shown.

    The edit is one word replaced by another of the file, a foreign line inserted, or a foreign hunk put at a random
    line.
    """
    chance = random.Random(seed)
    asked = quiet = 0
    for _ in range(workspaces if rows else 0):
        row = chance.choice(rows)
        names = [name for name, lines in row.files.items() if 20 < len(lines) <= MOST_LINES]
        for kind in range(3 if names else 0):
            name, other = chance.choice(names), chance.choice(names)
            lines = row.files[name]
            edits = edits_between(name, lines, new := _disturbed(lines, row.files[other], kind, chance))
            # The word was replaced by itself, or the like.
            if not edits:
                continue
            # A workspace without a past but this one edit.
            texts = {each: Text(each, text) for each, text in row.files.items()}
            texts[name] = Text(name, new)
            predictor = predictor_of()
            for edit in edits:
                predictor.made(edit)
            asked += 1
            quiet += not isinstance(predictor.propose(texts, (name, edits[-1].line), least), Proposal)
    return asked, quiet


def _disturbed(lines: Lines, source: Lines, kind: int, chance: random.Random) -> Lines:
    new = list(lines)
    wordy = [index for index, line in enumerate(lines) if len(line.split()) > 2]
    # 0: a word of the file in place of another; 1: one foreign line; 2: a foreign hunk of four lines.
    if kind == 0 and wordy:
        at = chance.choice(wordy)
        new[at] = lines[at].replace(lines[at].split()[-1], chance.choice(lines[chance.choice(wordy)].split()))
    elif kind:
        first, at = chance.randrange(len(source) - 6), chance.randrange(len(lines))
        new[at:at] = source[first : first + (1 if kind == 1 else 4)]
    return tuple(new)


def run_bench_next(
    files: list[Path], *, rankers: Path | None, commits: int | None, with_noise: bool, orders: Sequence[bool]
) -> int:
    """Print the figures of all histories as JSON. Exit code 2 where one cannot be read."""
    try:
        # All are read before any is replayed: a wrong file is told at once, not after an hour.
        histories = {file.name.partition(".")[0]: list(rows_of(file)) for file in files}
        chosen = {name: _ranker(rankers, name) for name in histories}
    except ValueError as error:
        say(f"dovetail: {error}", err=True)
        return 2
    report: dict[str, Any] = {
        # A ranker that was fitted on a history knows it: that must stand beside the figures.
        "ranker": "the one that comes with Dovetail, which may have been fitted on these histories"
        if rankers is None
        else "for each history the one that was fitted without it",
        "clock": "CPU seconds of this process",
    }
    for mode, least in (("automatic", AUTOMATIC), ("on demand", ON_DEMAND)):
        for shuffled in orders:
            total, part = (
                Result(),
                report.setdefault(mode, {}).setdefault("shuffled" if shuffled else "file order", {}),
            )
            for name, rows in histories.items():
                say(f"{mode}, {'shuffled' if shuffled else 'file order'}: {name}", err=True)
                # Evenly over the whole history, not its first part.
                rows = rows[:: max(len(rows) // commits, 1)][:commits] if commits else rows
                fresh = partial(Predictor, chosen[name])
                result = replay(rows, fresh, least, shuffled=shuffled)
                # The order changes nothing of it: one edit has none.
                if with_noise and not shuffled:
                    result.noise_asked, result.noise_quiet = noise(rows, fresh, least)
                part[name] = result.report()
                total.add(result)
            part["all"] = total.report()
    say(json.dumps(report, indent=1))
    return 0


def _ranker(folder: Path | None, name: str) -> Ranker | None:
    """The ranker to judge a history by.

    Raises:
        ValueError: there is none; one sentence.
    """
    if folder is None:
        return None
    try:
        return Ranker.read((folder / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{folder / f'{name}.json'} cannot be read as a ranker ({type(error).__name__})."
        ) from None
