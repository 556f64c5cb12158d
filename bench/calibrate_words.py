"""From scores of next tokens to chances, for `fit_words.py`: at which places somebody who types sees a guess, how right
guesses are there, and what the code says of names besides."""

from __future__ import annotations

from typing import Any

import numpy as np

from dovetail.fim.builtin.model.correction import Correction
from dovetail.fim.builtin.words.ranker import log_odds
from dovetail.fim.builtin.words.table import SAID, said_of

KNOTS, MOST_ODDS, LEAST = 61, 7.0, 1e-4
RIDGE, SLOPE_RIDGE = 1.0, 10.0
PRIORS = {1: (0.3, 3.0), 3: (0.7, 0.7), 4: (0.5, 2.0)}
"""Slope and offset by kind of what is said (`said_of`), where (1, 0) is not what is expected: the only name that may
stand there is likely whatever else is known."""
WARM = {**{kind: kind - 14 for kind in range(15, 22)}, 22: 13}
AGAINST = {8, 9, 10, 11, 12, 14}
TAKEN = 0.65
"""The score from which a right word is taken."""


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
    """Chance by score, from the scores that each history got from trees fitted on the others. Three numbers say all of
    it (beta calibration, Kull, Silva Filho & Flach 2017): steps of an isotonic fit are chance where a repository has
    few places, and fall elsewhere in the next one."""
    pairs = [seen_by_a_typist(part, scores) for part, scores in zip(parts, unseen, strict=True)]
    scores, right = (np.concatenate(each) for each in zip(*pairs, strict=True))
    weights = np.concatenate([np.full(len(one), len(scores) / len(parts) / len(one)) for one, _ in pairs])
    x, numbers = _beta(scores), np.array([1.0, 1.0, 0.0])
    for _ in range(50):  # Newton's method
        now = 1 / (1 + np.exp(-x @ numbers))
        curve = (x * (weights * now * (1 - now))[:, None]).T @ x
        numbers = numbers - np.clip(np.linalg.solve(curve, x.T @ (weights * (now - right))), -1, 1)
    # Dense where scores are near 0 or 1, where log-odds are steep.
    knots = np.concatenate(
        ([0.0], 1 / (1 + np.exp(-np.linspace(-MOST_ODDS, MOST_ODDS, KNOTS))), [1.0])
    ).round(5)
    chances = np.minimum(1 / (1 + np.exp(-_beta(knots) @ np.maximum(numbers, [0.0, 0.0, -np.inf]))), 0.995)
    # A slope everywhere, so that the order of candidates never ties.
    chances = 0.999 * chances + 0.001 * knots
    return {"score": knots.tolist(), "chance": np.maximum.accumulate(chances).round(8).tolist()}


def as_said(chances: np.ndarray, right: np.ndarray, session: int) -> np.ndarray:
    """The chances of guesses in a row as the built-in model says them to somebody: moved by what was typed after the
    guesses before, from nothing on after each `session` of them, as what was learnt so is never written down."""
    said = np.empty(len(chances))
    for number, (chance, good) in enumerate(zip(chances.tolist(), right.tolist(), strict=True)):
        if number % session == 0:
            correction = Correction()
        said[number] = correction.corrected(chance)
        correction.guessed("", number, "", "right", chance, shown=False)
        correction.typed("", number, "right" if good else "wrong")
    return said


def _beta(scores: np.ndarray) -> np.ndarray:
    kept = np.clip(scores, LEAST, 1 - LEAST)
    return np.stack([np.log(kept), -np.log(1 - kept), np.ones(len(kept))], axis=1)


def tenths(chances: np.ndarray, right: np.ndarray, lines: np.ndarray) -> None:
    """Print how right each tenth of the chances is, with its standard error: binomial, and by the lines that the places
    lie in, since those of one line tell partly the same."""
    for low in np.arange(10) / 10:
        here = (chances >= low) & (chances < low + 0.1)
        number = int(here.sum())
        if not number:
            continue
        chance, share = chances[here].mean(), right[here].mean()
        off = (right - chances)[here] - (share - chance)
        by_line = np.sqrt((np.bincount(lines[here], off) ** 2).sum()) / number
        error = np.sqrt(share * (1 - share) / number)
        mark = " more than five points off" if abs(share - chance) > 0.05 else ""
        print(f"chance {chance:.3f} right {share:.3f} ± {error:.3f} ({by_line:.3f}) of {number}{mark}")
