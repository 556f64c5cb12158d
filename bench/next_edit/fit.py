"""Fit the ranker of next edits on recorded histories: one on all, and for each history one that never saw it.

    python -m bench.next_edit.fit FILE... --tables FOLDER [--out ranker.json] [--held-out FOLDER] [--rows N]
    dovetail bench next FILE... --rankers FOLDER

What takes long is looking at the candidates of every step. Each history's table is kept in the folder of tables under
a name that says from which history and by which code it was made, so that a run that ended early goes on where it was.
Needs scikit-learn, which Dovetail itself does not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

import dovetail.nextedit
from dovetail.cli import nextreplay, nextrows
from dovetail.cli.nextreplay import make
from dovetail.cli.nextrows import judge, next_edit, rows_of
from dovetail.nextedit import Predictor, Proposal, Ranker, Text

EACH_STEP = 40
TREES, LEAVES = 120, 15
Table = tuple[np.ndarray, np.ndarray]


@cache
def code_digest() -> str:
    """A digest of all code that has a say in a table."""
    (package,) = dovetail.nextedit.__path__
    replayed = [Path(module.__file__) for module in (nextreplay, nextrows)]
    files = [*sorted(Path(package).glob("*.py")), *replayed, Path(__file__)]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def kept_table(path: Path, shuffled: bool, most_rows: int | None, folder: Path | None) -> Table:
    """A history's table, from the folder of tables where the same code made it of the same history."""
    if folder is None:
        return table_of(path, shuffled, most_rows)
    whole = f"{code_digest()} {hashlib.sha256(path.read_bytes()).hexdigest()} {most_rows}"
    name = f"{path.name.partition('.')[0]}-{'shuffled' if shuffled else 'ordered'}"
    file = folder / f"{name}-{hashlib.sha256(whole.encode()).hexdigest()[:16]}.npz"
    if file.is_file():
        with np.load(file) as kept:
            return kept["rows"], kept["labels"]
    rows, labels = table_of(path, shuffled, most_rows)
    folder.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{os.getpid()}-{file.name}")
    np.savez_compressed(part, rows=rows, labels=labels)
    part.replace(file)
    return rows, labels


def table_of(path: Path, shuffled: bool, most_rows: int | None) -> Table:
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
        while (edit := next_edit(row, texts, shuffled, made)) is not None:
            make(edit, texts, predictor)
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


def fit(tables: list[Table]) -> Ranker:
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


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, help="the ranker fitted on all histories")
    parser.add_argument(
        "--held-out", type=Path, help="a folder for the rankers fitted without one history each"
    )
    parser.add_argument("--tables", type=Path, help="a folder in which the tables are kept")
    parser.add_argument("--rows", type=int, help="commits of each history, at most")
    arguments = parser.parse_args()
    tables: dict[Path, list[Table]] = {}
    for path in arguments.files:
        tables[path] = [
            kept_table(path, shuffled, arguments.rows, arguments.tables) for shuffled in (False, True)
        ]
        print(
            path.name,
            [(len(labels), int(labels.sum())) for _, labels in tables[path]],
            file=sys.stderr,
            flush=True,
        )
    if arguments.held_out:
        arguments.held_out.mkdir(parents=True, exist_ok=True)
        for path in arguments.files:
            others = [table for other in arguments.files if other != path for table in tables[other]]
            name = f"{path.name.partition('.')[0]}.json"
            (arguments.held_out / name).write_text(dump(fit(others)) + "\n", encoding="utf-8")
    if arguments.out:
        text = dump(fit([table for each in tables.values() for table in each]))
        arguments.out.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
