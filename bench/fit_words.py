"""Fit the built-in model's ranker of next tokens on replayed histories, and judge it on those it did not see.

    python bench/fit_words.py collect OUT HISTORY [--lines 2] [--seed 7] [--rankers FOLDER]
    python bench/fit_words.py fit OUT... [--out ranker.json] [--rankers FOLDER]
    python bench/fit_words.py words OUT...
    python bench/fit_words.py judge OUT... --histories HISTORY... [--lines 1] [--seed 0]

Needs scikit-learn, which Dovetail itself does not. `collect` types lines that commits added; at every column the
likeliest tokens of each reading of what is typed are rows, labelled by whether the line goes on so. `words` judges
each history by a ranker fitted on the others alone, on what was collected: a typist who takes right words,
one at a time. `judge` types other lines, with all that a suggestion may hold. In the folder of `--rankers` lie trees
for each history that never saw it: those of whole lines (`fit_ranker.py --rankers`), which `collect` asks, so that
what is fitted on their chances meets them as they are elsewhere, and those of words, which `fit` writes there.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
from collect_words import collect, places
from fit_ranker import data_of, held_out_name, write
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression

from dovetail.fim.builtin.history import History, TypedLine
from dovetail.fim.builtin.model.model import BuiltinModel
from dovetail.fim.builtin.typist import Keys, Typist, mean
from dovetail.fim.builtin.words.ranker import TokenRanker, log_odds
from dovetail.fim.builtin.words.table import NAMES, SAID, said_of

KNOTS = 40
WRONG_SHARE = 0.4
RIDGE, SLOPE_RIDGE = 1.0, 10.0
PRIORS = {1: (0.3, 3.0), 3: (0.7, 0.7), 4: (0.5, 2.0)}
"""Slope and offset by kind of what is said (`said_of`), where (1, 0) is not what is expected: the only name that may
stand there is likely whatever else is known."""
WARM = {**{kind: kind - 14 for kind in range(15, 22)}, 22: 13}
AGAINST = {8, 9, 10, 11, 12, 14}
TAKEN = 0.65
"""The score from which a right word is taken."""

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


def seen_by_a_typist(part: dict[str, Any], scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best score of each place that somebody comes to who takes right words that are likely enough, and whether
    that token is right. Places inside a word that was taken are not seen, so those that are seen are harder. What is
    the rest of a likely guess at the character before is that same guess, passed over and typed along: it is judged
    once, as it is shown once. What was typed against is not shown again on its line, and not judged again."""
    kept = places_seen(part, scores)
    return scores[kept], part["labels"][kept]


def places_seen(part: dict[str, Any], scores: np.ndarray) -> list[int]:
    """The rows of `seen_by_a_typist`."""
    order = np.lexsort((-scores, part["groups"]))
    groups, first = np.unique(part["groups"][order], return_index=True)
    best = order[first]
    at = {tuple(part["asked"][group]): row for group, row in zip(groups.tolist(), best.tolist(), strict=True)}
    kept, reach = [], (-1, 0)
    shown: tuple[int, int, int, int] | None = None
    against: set[tuple[int, int, int]] = set()
    for (line, column), row in sorted(at.items()):
        if column < 0 or (line == reach[0] and column < reach[1]):
            continue
        token, length = int(part["tokens"][row]), int(part["lengths"][row])
        same = (line, column, token, length) == shown
        if shown is not None and not same:
            # What is left of a guess where something else is typed; a canonical token and a length are a text.
            against.add((shown[0], shown[2], shown[3] + 1))
        if (line, token, length) in against:
            shown, reach = None, (line, column + 1)
            continue
        if not same:
            kept.append(row)
        likely = same or scores[row] >= TAKEN
        taken = part["labels"][row] and scores[row] >= TAKEN and length > 1
        reach = line, column + (length if taken else 1)
        # A right one of a single character is typed, not typed against.
        goes_on = likely and not (taken or (part["labels"][row] and length == 1))
        shown = (line, column + 1, token, length - 1) if goes_on else None
    return kept


def unseen(parts: list[dict[str, Any]]) -> list[np.ndarray]:
    """The scores that each history gets from trees fitted on the others."""
    found = []
    for part in parts:
        others = [other for other in parts if other is not part]
        found.append(fit(others or parts).predict_proba(part["rows"])[:, 1])
    return found


def moves(parts: list[dict[str, Any]], chances: list[np.ndarray]) -> list[list[float]]:
    """Slope and offset in log-odds for each kind of what the code says of names (`said_of`), by chances from trees that
    did not see the history: the least log loss, drawn to what is expected where there is little to go by."""
    said = np.concatenate([said_of(part["rows"]) for part in parts])
    odds = log_odds(np.concatenate(chances))
    right = np.concatenate([part["labels"] for part in parts]).astype(float)
    found: list[list[float]] = []
    for kind in range(SAID):
        here = said == kind
        x = np.stack([odds[here], np.ones(here.sum())], axis=1)
        # Of names that were never seen here as of those that were, until there is enough to tell.
        prior = np.array(found[WARM[kind]] if kind in WARM else PRIORS.get(kind, (1.0, 0.0)))
        weights, ridge = prior.copy(), np.array([0.0 if not kind else SLOPE_RIDGE, RIDGE])
        for _ in range(50 if kind and here.any() else 0):  # Newton's method
            now = 1 / (1 + np.exp(-x @ weights))
            slope = x.T @ (now - right[here]) + ridge * (weights - prior)
            curve = (x * (now * (1 - now))[:, None]).T @ x + np.diag(ridge)
            weights = weights - np.clip(np.linalg.solve(curve, slope), -1, 1)
        if kind in AGAINST:  # another name is never made likelier by what the code says
            weights = np.array([1.0, min(0.0, weights[1])])
        found.append([round(float(max(weights[0], 0.0)), 4), round(float(weights[1]), 4)])
    return found


def calibrate(parts: list[dict[str, Any]], unseen: list[np.ndarray]) -> dict[str, list[float]]:
    """Chance by score, from the scores that each history got from trees fitted on the others."""
    pairs = [seen_by_a_typist(part, scores) for part, scores in zip(parts, unseen, strict=True)]
    scores, right = (np.concatenate(each) for each in zip(*pairs, strict=True))
    weights = np.concatenate([np.full(len(one), 1 / len(one)) for one, _ in pairs])
    isotonic = IsotonicRegression(y_min=0.0, y_max=0.995, out_of_bounds="clip").fit(scores, right, weights)
    knots = np.concatenate(([0.0], np.unique(np.quantile(scores, np.linspace(0.02, 0.99, KNOTS))), [1.0]))
    chances = 0.99 * isotonic.predict(knots) + 0.01 * knots
    return {"score": knots.round(5).tolist(), "chance": np.maximum.accumulate(chances).round(5).tolist()}


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
        for model, line in places(history, seed, lines, commits):
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
                            sure.append(
                                (kept[column][1][0], line.body[column:].startswith(kept[column][0][0]))
                            )
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
    tenths(np.array([c for c, _ in sure]), np.array([r for _, r in sure]))


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


def judge_words(parts: list[dict[str, Any]]) -> None:
    """Each history by a ranker fitted on the others: words alone at some bars, and how right each tenth of the chances
    is at the places that a typist comes to."""
    found: dict[float, list[tuple[float, float]]] = {}
    pairs = []
    for part in parts:
        others = [other for other in parts if other is not part]
        chances = TokenRanker(trees_of(others)).chance(part["rows"])
        for bar in (0.55, 0.6, 0.65, 0.7, 0.75):
            found.setdefault(bar, []).append(words_alone(part, chances, bar))
        pairs.append(seen_by_a_typist(part, chances))
    for bar, each in found.items():
        print(
            bar, np.mean(each, 0).round(3).tolist(), {p["repo"]: e for p, e in zip(parts, each, strict=True)}
        )
    tenths(*(np.concatenate(each) for each in zip(*pairs, strict=True)))


def tenths(chances: np.ndarray, right: np.ndarray) -> None:
    """Print how right each tenth of the chances is."""
    for low in np.arange(0, 1, 0.1):
        here = (chances >= low) & (chances < low + 0.1)
        if here.any():
            print(f"chance {chances[here].mean():.3f} right {right[here].mean():.3f} of {here.sum()}")


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
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rankers", type=Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--lines", type=int, default=2)
    parser.add_argument("--commits", type=int)
    arguments = parser.parse_args()
    if arguments.what == "collect":
        out, history = arguments.files
        seed = 7 if arguments.seed is None else arguments.seed
        part = collect(history, seed, arguments.lines, arguments.commits, arguments.rankers)
        out.write_bytes(pickle.dumps(part))
        print(part["repo"], part["rows"].shape, part["labels"].mean(), file=sys.stderr)
        return
    parts = [pickle.loads(file.read_bytes()) for file in arguments.files]
    if arguments.what == "words":
        judge_words(parts)
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
