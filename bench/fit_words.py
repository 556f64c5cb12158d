"""Fit the built-in model's ranker of next tokens on replayed histories, and judge it on those it did not see.

    python bench/fit_words.py collect OUT HISTORY [--lines 2] [--seed 7] [--rankers FOLDER] [--to-judge]
    python bench/fit_words.py fit OUT... [--out ranker.json] [--rankers FOLDER]
    python bench/fit_words.py words OUT... [--places OUT...]
    python bench/fit_words.py judge OUT... --histories HISTORY... [--lines 1] [--seed 0]

Needs scikit-learn, which Dovetail itself does not. `collect` types lines that commits added; at every column the
likeliest tokens of each reading of what is typed are rows, labelled by whether the line goes on so. `words` judges
each history by a ranker fitted on the others alone, on what was collected: a typist who takes right words,
one at a time; with `--places` on more lines of the same histories, which `collect --to-judge` wrote (three times as
fast, nothing to fit on). `judge` types other lines, with all that a suggestion may hold. In the folder of `--rankers`
lie trees for each history that never saw it: those of whole lines (`fit_ranker.py --rankers`), which `collect` asks, so
that what is fitted on their chances meets them as they are elsewhere, and those of words, which `fit` writes there.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
from calibrate_words import as_said, calibrate, moves, places_seen, tenths
from collect_words import collect, places
from fit_ranker import data_of, held_out_name, write
from sklearn.ensemble import HistGradientBoostingClassifier

from dovetail.fim.builtin.history import History, TypedLine
from dovetail.fim.builtin.model.model import BuiltinModel
from dovetail.fim.builtin.typist import Keys, Typist, mean
from dovetail.fim.builtin.words.ranker import TokenRanker
from dovetail.fim.builtin.words.table import NAMES

WRONG_SHARE = 0.4
SESSIONS = (500, 1_000, 100_000)
"""Guesses between two starts of the server; the last is more than there are in a history."""
_FITTED: dict[frozenset[str], HistGradientBoostingClassifier] = {}


def fit(parts: list[dict[str, Any]]) -> HistGradientBoostingClassifier:
    key = frozenset(part["repo"] for part in parts)
    if key in _FITTED:
        return _FITTED[key]
    trees = HistGradientBoostingClassifier(
        max_iter=110, max_leaf_nodes=12, learning_rate=0.12, l2_regularization=2.0, min_samples_leaf=40,
        early_stopping=False, random_state=0,
    )  # fmt: skip
    chance = np.random.default_rng(0)
    rows, labels, weights = [], [], []
    for part in parts:
        # All that is right, and a share of what is not; each history counts the same.
        right, wrong = np.flatnonzero(part["labels"]), np.flatnonzero(~part["labels"])
        some = chance.choice(wrong, int(len(wrong) * WRONG_SHARE), replace=False)
        rows.append(part["rows"][np.concatenate((right, some))])
        labels.append(np.concatenate((np.ones(len(right)), np.zeros(len(some)))))
        weight = np.concatenate((np.ones(len(right)), np.full(len(some), 1 / WRONG_SHARE)))
        weights.append(weight * (1e5 / len(part["labels"])))
    _FITTED[key] = trees.fit(np.concatenate(rows), np.concatenate(labels), np.concatenate(weights))
    return _FITTED[key]


def unseen(parts: list[dict[str, Any]]) -> list[np.ndarray]:
    """The scores that each history gets from trees fitted on the others."""
    found = []
    for part in parts:
        others = [other for other in parts if other is not part]
        found.append(fit(others or parts).predict_proba(part["rows"])[:, 1])
    return found


def trees_of(parts: list[dict[str, Any]]) -> dict[str, Any]:
    scores = unseen(parts)
    known = calibrate(parts, scores)
    chances = [np.interp(each, known["score"], known["chance"]) for each in scores]
    return {**data_of(fit(parts), known), "features": list(NAMES), "said": moves(parts, chances)}


def judge(
    parts: list[dict[str, Any]],
    files: list[Path],
    seed: int,
    lines: int,
    commits: int | None,
    bars: list[tuple[float, float, float]],
) -> None:
    """Type with rankers fitted on the other histories; how right each tenth of the chances is."""
    tallies: dict[tuple[float, float, float], list[Keys]] = {}
    sure = []
    for file in files:
        history = History.load(file)
        others = [part for part in parts if part["repo"] != history.repo]
        ranker = TokenRanker(trees_of(others))
        keys = {bar: Keys() for bar in bars}
        for number, (model, line) in enumerate(places(history, seed, lines, commits)):
            model._token_ranker = ranker
            kept: dict[int, Any] = {}
            for bar in bars:
                typist, memory = Typist(line.body, keys[bar]), ""
                while not typist.done:
                    column = typist.column
                    if column not in kept:
                        head = line.indent + line.body[:column]
                        kept[column] = _chain(model, line, head)
                        if kept[column][1]:
                            right = line.body[column:].startswith(kept[column][0][0])
                            sure.append((kept[column][1][0], right, number))
                    pieces, chances, rest, rest_chance = kept[column]
                    text = ""
                    if chances and chances[0] >= bar[0]:
                        size = 1
                        while size < len(pieces) and chances[size] >= bar[1]:
                            size += 1
                        text = "".join(pieces[:size])
                        if rest.startswith(text) and rest_chance >= bar[2]:
                            text = rest
                    if text and text == memory:
                        text = ""
                    put = typist.see(text)
                    memory = text if text and not put.startswith(text[0]) else memory if not text else ""
        for bar in bars:
            tallies.setdefault(bar, []).append(keys[bar])
        print(history.repo, {bar: list(keys[bar].report().values())[2:] for bar in bars}, flush=True)
    for bar, each in tallies.items():
        print(bar, mean(each))
    tenths(*map(np.array, zip(*sure, strict=True)))


def words_alone(part: dict[str, Any], chances: np.ndarray, bar: float) -> tuple[float, float]:
    """Keys saved by taking the likeliest word of each place where it is right and at least `bar` likely, and the share
    of those shown that are right."""
    order = np.lexsort((-chances, part["groups"]))
    groups, first = np.unique(part["groups"][order], return_index=True)
    at = {tuple(part["asked"][g]): row for g, row in zip(groups.tolist(), order[first].tolist(), strict=True)}
    ends: dict[int, int] = {}
    for line, column in part["asked"].tolist():
        ends[line] = max(ends.get(line, 0), column + 1)
    keys = shown = right = 0
    for line, end in ends.items():
        column = 0
        while column < end:
            row, step = at.get((line, column)), 1
            if row is not None and chances[row] >= bar:
                shown += 1
                right += int(part["labels"][row])
                step = int(part["lengths"][row]) if part["labels"][row] else 1
            keys += 1
            column += max(step, 1)
    return 1 - keys / sum(ends.values()), right / max(1, shown)


def judge_words(parts: list[dict[str, Any]], places: list[dict[str, Any]]) -> None:
    """Each history by a ranker fitted on the others: words alone at some bars, and how right each tenth of the chances
    is at the places that a typist comes to, as the ranker gives them and as they are said."""
    found: dict[float, list[tuple[float, float]]] = {}
    for place in places:
        others = [other for other in parts if other["repo"] != place["repo"]]
        chances = TokenRanker(trees_of(others)).chance(place["rows"])
        for bar in (0.55, 0.6, 0.65, 0.7, 0.75, 0.8):
            found.setdefault(bar, []).append(words_alone(place, chances, bar))
        rows = places_seen(place, chances)
        lines = place["asked"][place["groups"][rows], 0]
        right = place["labels"][rows]
        print(place["repo"])
        tenths(chances[rows], right, lines)
        for session in SESSIONS:
            print(f"{place['repo']}, as said in sessions of {session:,} guesses")
            tenths(as_said(chances[rows], right, session), right, lines)
    for bar, each in found.items():
        print(
            bar, np.mean(each, 0).round(3).tolist(), {p["repo"]: e for p, e in zip(places, each, strict=True)}
        )


def _chain(model: BuiltinModel, line: TypedLine, head: str) -> tuple[Any, ...]:
    from dovetail.fim.builtin.index.lexer import split_indent
    from dovetail.fim.builtin.model.asked import Asked
    from dovetail.fim.builtin.model.question import Question
    from dovetail.fim.builtin.model.ranker import shipped

    text = [*line.above, head + "\n", *line.below]
    question = Question(model._state, text, len(line.above), line.path, ())
    asked = Asked(question, head, "", model._ranker or shipped())
    body = split_indent(head)[1]
    chain = question.words.chain(asked.next_words(), model._token_ranker, body, 0.3)
    top = max((*(asked.known or ()), *asked.inside), key=lambda option: option[1], default=("", 0.0, None))
    return chain.pieces, chain.chances, top[0], top[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("collect", "fit", "words", "judge"))
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--histories", type=Path, nargs="*", default=[])
    parser.add_argument("--places", type=Path, nargs="*", default=[])
    parser.add_argument("--to-judge", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rankers", type=Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--lines", type=int, default=2)
    parser.add_argument("--commits", type=int)
    arguments = parser.parse_args()
    if arguments.what == "collect":
        out, history = arguments.files
        seed = 7 if arguments.seed is None else arguments.seed
        part = collect(
            history, seed, arguments.lines, arguments.commits, arguments.rankers, to_judge=arguments.to_judge
        )
        out.write_bytes(pickle.dumps(part))
        print(part["repo"], part["rows"].shape, part["labels"].mean(), file=sys.stderr)
        return
    parts = [pickle.loads(file.read_bytes()) for file in arguments.files]
    if arguments.what == "words":
        judge_words(parts, [pickle.loads(file.read_bytes()) for file in arguments.places] or parts)
        return
    if arguments.what == "judge":
        bars = [(0.5, 0.45, 0.6), (0.55, 0.5, 0.6), (0.6, 0.5, 0.6), (0.65, 0.55, 0.6), (0.7, 0.6, 0.6)]
        judge(parts, arguments.histories, arguments.seed or 0, arguments.lines, arguments.commits, bars)
        return
    if arguments.out:
        write(arguments.out, trees_of(parts))
    if arguments.rankers:
        for part in parts:
            others = [other for other in parts if other is not part]
            write(arguments.rankers / held_out_name("words", part["repo"]), trees_of(others))


if __name__ == "__main__":
    main()
