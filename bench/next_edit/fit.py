"""Fit the ranker of next edits on recorded histories, and judge it on histories that it never saw.

    python -m bench.next_edit.fit FILE... [--out ranker.json] [--rows N]

Needs scikit-learn, which Dovetail itself does not. Each history is judged by a ranker fitted on the others; what is
written is fitted on all. Prints a row a history and threshold: shown, exact, coverage, quiet on noise, with 95 %
intervals over commits.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from functools import partial
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from bench.next_edit.replay import Result, _next, judge, noise, put, replay, rows_of
from dovetail.nextedit import Predictor, Proposal, Ranker, Text

EACH_STEP = 40
TREES, LEAVES = 120, 15


def table_of(path: Path, shuffled: bool, most_rows: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of the candidates after each edit of each commit, and of noise."""
    chance = random.Random(3)
    rows: list[list[float]] = []
    labels: list[bool] = []
    for index, row in enumerate(rows_of(path)):
        if most_rows is not None and index >= most_rows:
            break
        texts = {name: Text(name, lines) for name, lines in row.files.items()}
        predictor = Predictor(Ranker(0.0, ()))
        seen: set[tuple[object, ...]] = set()
        made = 0
        while (edit := _next(row, texts, shuffled, made)) is not None:
            texts[edit.uri] = Text(edit.uri, put(texts[edit.uri].lines, edit))
            predictor.made(edit)
            made += 1
            if made > 12 and made % 3:
                continue
            found, _ = predictor.candidates(texts, (edit.uri, edit.line))
            if len(found) > EACH_STEP:
                found = chance.sample(found, EACH_STEP)
            for candidate in found:
                location = candidate.location
                key = (location.uri, location.old, location.new, len(candidate.rule.examples))
                if key in seen:
                    continue
                seen.add(key)
                proposal = Proposal(location.uri, location.line, location.old, location.new, "", (), 0, 0.0)
                rows.append(candidate.row)
                labels.append(
                    judge(texts[location.uri].lines, row.after.get(location.uri), proposal) == "exact"
                )
    return np.array(rows), np.array(labels)


def fit(tables: list[tuple[np.ndarray, np.ndarray]]) -> Ranker:
    rows = np.concatenate([rows for rows, _ in tables])
    labels = np.concatenate([labels for _, labels in tables])
    model = HistGradientBoostingClassifier(
        max_iter=TREES,
        max_leaf_nodes=LEAVES,
        learning_rate=0.06,
        min_samples_leaf=25,
        l2_regularization=2.0,
        random_state=0,
    )
    model.fit(rows, labels)
    return exported(model)


def exported(model: HistGradientBoostingClassifier) -> Ranker:
    """The trees as plain tables."""
    trees = []
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        trees.append(
            tuple(
                (-1, round(float(n["value"]), 5), 0, 0)
                if n["is_leaf"]
                else (
                    int(n["feature_idx"]),
                    round(float(n["num_threshold"]), 5),
                    int(n["left"]),
                    int(n["right"]),
                )
                for n in nodes
            )
        )
    return Ranker(float(np.ravel(model._baseline_prediction)[0]), tuple(trees))


def dump(ranker: Ranker) -> str:
    return json.dumps({"base": ranker.base, "trees": ranker.trees}, separators=(",", ":"))


def interval(result: Result) -> tuple[float, float]:
    """95 % of the exact share of what was shown, by resampling commits."""
    chance = random.Random(0)
    shares = []
    for _ in range(1_000):
        drawn = chance.choices(result.rows, k=len(result.rows))
        shown = sum(each[0] for each in drawn)
        if shown:
            shares.append(sum(each[1] for each in drawn) / shown)
    shares.sort()
    return (
        (shares[int(0.025 * len(shares))], shares[int(0.975 * len(shares))])
        if shares
        else (math.nan, math.nan)
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--thresholds", type=float, nargs="+", default=[0.4, 0.6, 0.75, 0.85])
    parser.add_argument("--quick", action="store_true", help="file order only, no noise")
    arguments = parser.parse_args()
    tables = {}
    for path in arguments.files:
        tables[path] = [table_of(path, False, arguments.rows)]
        if not arguments.quick:
            tables[path].append(table_of(path, True, arguments.rows))
        print(
            path.name,
            [(len(labels), int(labels.sum())) for _, labels in tables[path]],
            file=sys.stderr,
            flush=True,
        )
    for shuffled in (False,) if arguments.quick else (False, True):
        totals = {least: Result() for least in arguments.thresholds}
        hush = {least: [0, 0] for least in arguments.thresholds}
        for path in arguments.files:
            ranker = fit([table for other in arguments.files if other != path for table in tables[other]])
            for least in arguments.thresholds:
                make = partial(Predictor, ranker)
                result = replay(path, make, least, shuffled=shuffled, most_rows=arguments.rows)
                report(path.name, least, shuffled, result)
                total = totals[least]
                total.steps += result.steps
                total.rows += result.rows
                total.later_edits += result.later_edits
                total.covered += result.covered
                total.times += result.times
                if not arguments.quick and not shuffled:
                    asked, quiet = noise(path, make, least)
                    hush[least][0] += asked
                    hush[least][1] += quiet
        for least, total in totals.items():
            report("all", least, shuffled, total, tuple(hush[least]))
    if arguments.out:
        text = dump(fit([table for each in tables.values() for table in each]))
        arguments.out.write_text(text + "\n", encoding="utf-8")
        print(f"{arguments.out}: {len(text)} characters", file=sys.stderr)
    return 0


def report(name: str, least: float, shuffled: bool, result: Result, hush: tuple[int, ...] = (0, 0)) -> None:
    shown = len(result.steps)
    exact = sum(step.verdict == "exact" for step in result.steps)
    located = sum(step.verdict != "false" for step in result.steps)
    low, high = interval(result)
    times = sorted(result.times)
    print(
        json.dumps(
            {
                "history": name,
                "order": "shuffled" if shuffled else "file",
                "least": least,
                "shown": shown,
                "exact": round(exact / shown, 3) if shown else None,
                "interval": [round(low, 3), round(high, 3)],
                "located": round(located / shown, 3) if shown else None,
                "coverage": round(result.covered / max(result.later_edits, 1), 4),
                "quiet_on_noise": round(hush[1] / hush[0], 4) if hush[0] else None,
                "p50_ms": round(times[len(times) // 2] * 1000, 1) if times else None,
                "p95_ms": round(times[int(len(times) * 0.95)] * 1000, 1) if times else None,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    raise SystemExit(main())
