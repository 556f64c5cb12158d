"""The judge: histories replayed, the model asked at each place before it can know the answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from dovetail.text import Point, Snapshot

from .history import PLACES, History
from .model.model import BuiltinModel
from .model.ranker import Ranker
from .model.thresholds import WHOLE


@define(slots=True)
class Tally:
    """What came of the questions at one kind of place."""

    asked: int = 0
    shown: int = 0
    exact: int = 0
    likeliest: int = 0
    """Exact without any gate."""
    times: list[float] = field(factory=list)

    def add(self, other: Tally) -> None:
        self.asked += other.asked
        self.shown += other.shown
        self.exact += other.exact
        self.likeliest += other.likeliest
        self.times += other.times

    def report(self) -> dict[str, float | int | None]:
        """The numbers to print. Times in ms."""
        times = sorted(self.times)
        return {
            "asked": self.asked,
            "shown": self.shown,
            "shown of asked": _share(self.shown, self.asked),
            "exact of shown": _share(self.exact, self.shown),
            "exact of asked": _share(self.exact, self.asked),
            "exact of asked, ungated": _share(self.likeliest, self.asked),
            "p50 ms": round(times[len(times) // 2], 2) if times else None,
            "p95 ms": round(times[int(len(times) * 0.95)], 2) if times else None,
        }


def replay(
    files: Sequence[Path],
    seed: int = 0,
    gate: bool = True,
    *,
    per_commit: int | None = 5,
    commits: int | None = None,
    rankers: dict[str, Ranker] | None = None,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Replay history files and count what the model would have shown.

    Args:
        files: histories (JSON lines, `.xz` or plain), one repository each.
        seed: chooses the lines that are asked about.
        gate: whether the default gate holds back what is not likely enough.
        per_commit: how many lines of each commit are asked about; None for all.
        commits: stop after so many commits of each history.
        rankers: for a repository's name, the ranker to judge it with in place of the shipped one.
        progress: called with each repository's name as its replay starts.

    Returns:
        `{"seed", "gate", "repositories": {name: {place: {...}}}, "all": {place: {...}}}`, ready for JSON.

    Raises:
        ValueError: a file is not a history.
    """
    limit = WHOLE if gate else 0.0
    everything = {place: Tally() for place in PLACES}
    repositories = {}
    for file in files:
        history = History.load(Path(file))
        if progress:
            progress(history.repo)
        tallies = _one(history, seed, limit, per_commit, commits, (rankers or {}).get(history.repo))
        repositories[history.repo] = {place: tally.report() for place, tally in tallies.items()}
        for place, tally in tallies.items():
            everything[place].add(tally)
    return {
        "seed": seed,
        "gate": limit,
        "repositories": repositories,
        "all": {place: tally.report() for place, tally in everything.items()},
    }


def _one(
    history: History,
    seed: int,
    limit: float,
    per_commit: int | None,
    commits: int | None,
    ranker: Ranker | None,
) -> dict[str, Tally]:
    model = BuiltinModel(ranker)
    model.update_all(history.files)
    tallies = {place: Tally() for place in PLACES}
    for number, step in enumerate(history.steps(seed, per_commit)):
        if number == commits:
            break
        for case in step.cases:
            # The rest of the line is cut off, and only what follows the hunk stands below: the rest of it is
            # not written yet.
            text = "".join((*case.above, case.head, "\n", *case.below))
            snapshot = Snapshot.open(f"file:///{case.path}", text)
            position = Point(len(case.above), len(case.head))
            model.prepare(
                snapshot
            )  # an open document is indexed when it is opened, not when it is asked about
            started = time.perf_counter()
            proposals = model.rests(snapshot, position, case.path)
            elapsed = (time.perf_counter() - started) * 1e3
            tally = tallies[case.place]
            tally.asked += 1
            tally.times.append(elapsed)
            if not proposals:
                continue
            # By the first line alone: only the rest of a line is judged here.
            exact = proposals[0].text.split("\n")[0].rstrip() == case.rest
            tally.likeliest += exact
            if proposals[0].confidence >= limit:
                tally.shown += 1
                tally.exact += exact
        # Learnt only after it was asked about: the model must not know the answer.
        for path, new in step.files.items():
            if new is None:
                model.remove(path)
            else:
                model.update(path, new)
    return tallies


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
