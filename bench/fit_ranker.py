"""Fit the built-in model's ranker on replayed histories and write `ranker.json`.

    python bench/fit_ranker.py FILE... [--lines 25] [--held-out] [--rankers FOLDER] [--out ranker.json]

Needs scikit-learn, which Dovetail itself does not. For every line that the commits add (at most `--lines` a commit)
the model is asked at four places before it can know the line; each candidate is a row, labelled by whether
it is what was really typed. With `--held-out` each history is then judged (other lines: seed 0, at most 5 a
commit) with trees and calibration fitted on the other histories alone. `--rankers` keeps those trees, one file for each
history, for `fit_words.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression

from dovetail.fim.builtin.history import History
from dovetail.fim.builtin.model.features import NAMES
from dovetail.fim.builtin.model.model import BuiltinModel
from dovetail.fim.builtin.model.ranker import Ranker
from dovetail.fim.builtin.replay import replay

SEED, PER_COMMIT, PLACES = 7, 25, ("start", "token", "mid", "any")
NEGATIVES = 40
Rows = list[tuple[np.ndarray, np.ndarray]]
_FITTED: dict[frozenset[int], HistGradientBoostingClassifier] = {}


def rows_of(history: History, lines: int = PER_COMMIT) -> Rows:
    """(features, labels) of each case."""
    model = BuiltinModel()
    model.update_all(history.files)
    rows = []
    for step in history.steps(SEED, lines, PLACES):
        for case in step.cases:
            lines = [*case.above, case.head + "\n", *case.below]
            candidates, table = model.rank(lines, len(case.above), case.head, case.path)
            rows.append((table, np.array([c.text.rstrip() == case.rest for c in candidates], bool)))
        for path, text in step.files.items():
            if text is None:
                model.remove(path)
            else:
                model.update(path, text)
    return rows


def fit(groups: list[Rows]) -> HistGradientBoostingClassifier:
    """Trees for all groups together; for the same groups they are fitted once."""
    key = frozenset(map(id, groups))
    if key not in _FITTED:
        _FITTED[key] = _fit([row for group in groups for row in group])
    return _FITTED[key]


def _fit(rows: Rows) -> HistGradientBoostingClassifier:
    chance = np.random.default_rng(0)
    tables, labels, weights = [], [], []
    for table, label in rows:
        right, wrong = np.flatnonzero(label), np.flatnonzero(~label)
        kept = chance.choice(wrong, min(NEGATIVES, len(wrong)), replace=False)
        tables.append(table[np.concatenate((right, kept))])
        labels.append(np.concatenate((np.ones(len(right)), np.zeros(len(kept)))))
        weights.append(
            np.concatenate((np.ones(len(right)), np.full(len(kept), len(wrong) / max(1, len(kept)))))
        )
    trees = HistGradientBoostingClassifier(
        max_iter=120,
        max_leaf_nodes=12,
        learning_rate=0.08,
        l2_regularization=5.0,
        min_samples_leaf=60,
        early_stopping=False,
        random_state=0,
    )
    return trees.fit(np.concatenate(tables), np.concatenate(labels), sample_weight=np.concatenate(weights))


def top(trees: HistGradientBoostingClassifier, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """The score of each question's best candidate, and whether it is exact."""
    filled = [row for row in rows if len(row[0])]
    scores = trees.predict_proba(np.concatenate([table for table, _ in filled]))[:, 1]
    best, exact, at = [], [], 0
    for table, label in filled:
        index = int(scores[at : at + len(table)].argmax())
        best.append(scores[at + index])
        exact.append(label[index])
        at += len(table)
    return np.array(best), np.array(exact)


def calibrate(groups: list[Rows]) -> dict[str, list[float]]:
    """Chance by score, from scores that each group got from trees fitted on the others."""
    pairs = [top(fit([other for other in groups if other is not group]), group) for group in groups]
    scores, exact = (np.concatenate(part) for part in zip(*pairs, strict=True))
    isotonic = IsotonicRegression(y_min=0.0, y_max=0.99, out_of_bounds="clip").fit(scores, exact)
    knots = np.concatenate(([0.0], np.quantile(scores, np.linspace(0.02, 0.99, 40)), [1.0]))
    # A slope everywhere, so that the order of candidates never ties.
    chances = 0.99 * isotonic.predict(knots) + 0.01 * knots
    return {"score": knots.round(5).tolist(), "chance": np.maximum.accumulate(chances).round(5).tolist()}


def data_of(trees: HistGradientBoostingClassifier, calibration: dict[str, list[float]]) -> dict[str, Any]:
    def tree(nodes: np.ndarray) -> dict[str, list[float]]:
        leaf = nodes["is_leaf"].astype(bool)
        own = np.arange(len(nodes))
        return {
            "feature": np.where(leaf, 0, nodes["feature_idx"]).tolist(),
            "limit": [float(f"{x:.7g}") for x in np.where(leaf, 0.0, nodes["num_threshold"])],
            "left": np.where(leaf, own, nodes["left"]).tolist(),
            "right": np.where(leaf, own, nodes["right"]).tolist(),
            "value": [float(f"{x:.5g}") for x in np.where(leaf, nodes["value"], 0.0)],
        }

    forest = [predictors[0].nodes for predictors in trees._predictors]
    return {
        "features": list(NAMES),
        "base": float(trees._baseline_prediction.ravel()[0]),
        "depth": int(max(nodes["depth"].max() for nodes in forest)),
        "trees": [tree(nodes) for nodes in forest],
        "calibration": calibration,
    }


def held_out_name(kind: str, repo: str) -> str:
    """The file of the trees ("lines" or "words") that never saw a repository."""
    return f"{kind}-{repo.rsplit('/', 1)[-1]}.json"


def write(file: Path, data: dict[str, Any]) -> None:
    """Write trees, one to a line, so that a diff shows which have changed."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, separators=(",", ":"))
    file.write_text(text.replace('{"feature"', '\n{"feature"') + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--lines", type=int, default=PER_COMMIT)
    parser.add_argument("--rankers", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    histories = [History.load(file) for file in arguments.files]
    groups = []
    for history in histories:
        print("asking", history.repo, file=sys.stderr)
        groups.append(rows_of(history, arguments.lines))
    if arguments.held_out or arguments.rankers:
        rankers = {}
        for history, group in zip(histories, groups, strict=True):
            print("holding out", history.repo, file=sys.stderr)
            others = [other for other in groups if other is not group]
            data = data_of(fit(others), calibrate(others))
            rankers[history.repo] = Ranker(data)
            if arguments.rankers:
                write(arguments.rankers / held_out_name("lines", history.repo), data)
        if arguments.held_out:
            print(json.dumps(replay(arguments.files, rankers=rankers), indent=1))
    if arguments.out:
        write(arguments.out, data_of(fit(groups), calibrate(groups)))


if __name__ == "__main__":
    main()
