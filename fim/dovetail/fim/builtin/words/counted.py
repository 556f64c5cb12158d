"""How often what followed a context, at each length of it and in each scope: the likeliest next tokens.

Chances of one length of context are mixed with those of shorter ones after Witten & Bell (1991), wide scopes first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define

from ..index.lexer import NEWLINE, Ids
from .followers import FAR, FILE, SCOPES, Followers

MOST, MOST_HINTED = 6, 3
"""Candidates that are judged at one place: the likeliest, and some of those besides that the code hints at."""
COLUMNS = 7 + 8 * SCOPES + 2
"""Numbers for each; what they are says `table.NAMES`."""
_SHORT, _GAMMA = 3, 0.6

Counts = npt.NDArray[np.float64]


@define(frozen=True, slots=True, eq=False)
class Counted:
    """What occurrences alone say of the likeliest tokens, wherever on a line these come next."""

    tokens: list[int]
    """Best first; raw tokens."""
    symbols: list[int]
    """The same, canonical."""
    chances: list[float]
    rows: npt.NDArray[np.float32]
    """The first columns of a table."""
    whole: float
    end: float


def count(
    found: Followers,
    canon: Ids,
    *,
    bare: bool,
    exact: int = -1,
    hinted: Sequence[int] = (),
    most: int = MOST + MOST_HINTED,
) -> Counted | None:
    """The likeliest tokens among `found`; None where there are none.

    Args:
        canon: of the vocabulary.
        bare: whether tokens are taken without the spaces before them.
        exact: the canonical token that is exactly what is typed, or -1. It is a chance, not a candidate.
        hinted: canonical tokens, of which the first that are among `found` are judged in any case.
        most: how many are judged at most.
    """
    if not len(found.tokens):
        return None
    symbols = canon.take(found.tokens)
    # A line start is one candidate, whatever indentation follows it.
    tokens = symbols if bare else np.where(symbols == NEWLINE, NEWLINE, found.tokens)
    unique, inverse = _numbered(tokens)
    size = len(unique)
    # What no occurrence agrees in is left out: most contexts are known nowhere in all their length. Two levels
    # there are in any case: how often one token is followed is a number of its own, 0 where it never is.
    deep = max(int(found.levels.max()) + 1, 2)
    # Three indexes in one number, for a single `bincount`: scope, level, token.
    key = (found.scopes * deep + found.levels) * size + inverse
    counts: Counts = np.bincount(key, found.weights, SCOPES * deep * size).astype(np.float64, copy=False)
    counts = counts.reshape(SCOPES, deep, size)
    for level in range(deep - 2, -1, -1):  # what agrees in more tokens agrees in fewer
        counts[:, level] += counts[:, level + 1]
    for scope in range(SCOPES - 2, -1, -1):  # what is near is in the file, and in the workspace
        counts[scope] += counts[scope + 1]
    totals = counts.sum(axis=2)
    distinct = np.count_nonzero(counts, axis=2)
    chances = _mixed(counts, totals, distinct)
    own = chances / max(float(chances.sum()), 1e-9)
    is_end, is_exact = np.equal(unique, NEWLINE), np.equal(unique, exact)
    end, whole = float(own[is_end].sum()), float(own[is_exact].sum())
    # The end of the line and the word as it is typed are chances of their own, and no candidates.
    own[np.logical_or(is_end, is_exact)] = -1.0
    best = np.argsort(-own, kind="stable")[:MOST]
    best = best[own[best] > 0]
    if hinted and len(best) < most:
        best = _with_hints(best, own, canon.take(unique), hinted)
    best = best[:most]
    rows = np.zeros((len(best), COLUMNS), np.float32)
    if not len(best):
        return Counted([], [], [], rows, whole, end)
    top = own[best]
    rows[:, 0] = top
    rows[:, 1] = np.arange(len(best))
    # How far each is ahead of the best other one: of the first, the second; of all others, the first.
    rows[:, 2] = top - (top[1] if len(top) > 1 else 0.0)
    rows[1:, 2] = top[1:] - top[0]
    rows[:, 3] = top[1] if len(top) > 1 else 0.0
    rows[:, 4] = end
    rows[:, 5] = whole
    rows[:, 6] = chances[best]
    _scopes(rows, counts[:, :, best], totals, distinct)
    _distances(rows[:, COLUMNS - 2 : COLUMNS], found, inverse, best)
    chosen = unique[best]
    return Counted(chosen.tolist(), canon.take(chosen).tolist(), top.tolist(), rows, whole, end)


def _numbered(tokens: Ids) -> tuple[Ids, npt.NDArray[np.intp]]:
    """As `np.unique` with `return_inverse`."""
    order = tokens.argsort()
    ordered = tokens[order]
    fresh = np.empty(len(ordered), np.bool_)
    fresh[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    inverse = np.empty(len(ordered), np.intp)
    inverse[order] = fresh.cumsum() - 1
    return ordered[fresh], inverse


def _with_hints(best: npt.NDArray[Any], own: Counts, symbols: Ids, hinted: Sequence[int]) -> npt.NDArray[Any]:
    """Some of what is hinted at behind the best."""
    there = set(symbols[best].tolist())
    wanted = [token for token in hinted if token not in there]
    flags = np.zeros(max((int(symbols.max()), *wanted)) + 1, np.bool_)
    flags[wanted] = True
    found = np.flatnonzero(flags.take(symbols) & (own > 0))
    where = dict(zip(symbols[found].tolist(), found.tolist(), strict=True))
    more = [where[token] for token in wanted if token in where]
    return np.concatenate((best, np.array(more[:MOST_HINTED], best.dtype))) if more else best


def _mixed(counts: Counts, totals: Counts, distinct: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    chances: npt.NDArray[np.float64] = np.zeros(counts.shape[2])
    for level, (sums, kinds) in enumerate(zip(totals.T.tolist(), distinct.T.tolist(), strict=True)):
        if not sums[0]:
            break  # a longer context is known nowhere
        # Long contexts are believed sooner: few things follow them, and mostly the same.
        gamma = 1.0 if level < _SHORT else _GAMMA
        wider = 0.0
        for scope, (total, number) in enumerate(zip(sums, kinds, strict=True)):
            if total and total != wider:  # else the wider scope has just said it
                # Witten and Bell: the more different tokens have followed, the likelier is one that has not.
                weight = total / (total + gamma * number)
                chances *= 1 - weight
                chances += (weight / total) * counts[scope, level]
            wider = total
    return chances


def _scopes(
    rows: npt.NDArray[np.float32],
    counts: Counts,
    totals: Counts,
    distinct: npt.NDArray[np.int64],
) -> None:
    last = counts.shape[1] - 1
    seen: npt.NDArray[np.bool_] = np.asarray(counts > 0)
    deepest: npt.NDArray[np.int64] = last - seen[:, ::-1].argmax(axis=1)  # scope x candidate
    any_seen: npt.NDArray[np.bool_] = np.asarray(seen.any(axis=1))
    # All scopes at once: scope x candidate.
    scope, column = np.arange(SCOPES)[:, None], np.arange(counts.shape[2])
    levels = np.where(any_seen, deepest, 0)
    total = totals[scope, levels]
    known = totals > 0
    longest = np.where(known.any(axis=1), last - known[:, ::-1].argmax(axis=1), 0)[:, None]
    numbers = np.empty((SCOPES, 8, counts.shape[2]))
    numbers[:, 0] = np.where(any_seen, levels, -1)
    numbers[:, 1] = total
    numbers[:, 2] = distinct[scope, levels]
    numbers[:, 3] = counts[scope, levels, column] / np.maximum(total, 1e-9)
    numbers[:, 4] = longest
    numbers[:, 5] = counts[scope, longest, column] / np.maximum(totals[scope, longest], 1e-9)
    numbers[:, 6:8] = counts[:, :2]
    for logs in (numbers[:, 1:3], numbers[:, 6:8]):
        np.log1p(logs, out=logs)
    rows[:, 7 : 7 + 8 * SCOPES] = numbers.reshape(8 * SCOPES, -1).T


def _distances(
    rows: npt.NDArray[np.float32], found: Followers, inverse: npt.NDArray[Any], best: npt.NDArray[Any]
) -> None:
    rows[:] = math.log1p(FAR)
    here = np.flatnonzero(found.scopes >= FILE)
    if not len(here):
        return
    which, far, levels = inverse[here], found.distances[here], found.levels[here]
    nearest = np.full((2, int(inverse.max()) + 1), FAR, np.float32)
    np.minimum.at(nearest[0], which, far)
    # Besides its nearest place, the nearest one where more than a single token agrees.
    follows = levels > 1
    np.minimum.at(nearest[1], which[follows], far[follows])
    rows[:] = np.log1p(nearest[:, best].T.astype(np.float64))
