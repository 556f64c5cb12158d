"""How often what followed a context, at each length of it and in each scope: the likeliest next tokens.

Chances of one length of context are mixed with those of shorter ones after Witten & Bell (1991), wide scopes first.
"""

from __future__ import annotations

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
    unique, inverse = _numbered(tokens, len(canon))
    counts = _Counts.of(found, inverse, len(unique))
    chances = counts.mixed()
    own = chances / max(float(chances.sum()), 1e-9)
    is_end, is_exact = np.equal(unique, NEWLINE), np.equal(unique, exact)
    end, whole = float(own[is_end].sum()), float(own[is_exact].sum())
    # The end of the line and the word as it is typed are chances of their own, and no candidates.
    own[np.logical_or(is_end, is_exact)] = -1.0
    best = _greatest(own, MOST)
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
    _scopes(rows, counts.of_tokens(best), counts.totals, counts.distinct)
    _distances(rows[:, COLUMNS - 2 : COLUMNS], found, inverse, best)
    chosen = unique[best]
    return Counted(chosen.tolist(), canon.take(chosen).tolist(), top.tolist(), rows, whole, end)


def _numbered(tokens: Ids, most: int) -> tuple[Ids, Ids]:
    """As `np.unique` with `return_inverse`, of numbers below `most`."""
    # By a table of all numbers, as sorting many takes longer than looking each up: it is not filled, since only what
    # was written is read. Of equal tokens the last one wins, and so each is found once.
    table, places = np.empty(most, np.int32), np.arange(len(tokens), dtype=np.int32)
    table[tokens] = places
    unique = tokens[table.take(tokens) == places]
    unique.sort()
    table[unique] = places[: len(unique)]
    return unique, table.take(tokens)


def _greatest(values: Counts, most: int) -> npt.NDArray[np.intp]:
    """Where the `most` greatest of some values are that are above 0, in order; of equal ones the first is first."""
    left, found = values.copy(), list[int]()
    while len(found) < most:
        at = int(left.argmax())
        if left[at] <= 0:
            break
        left[at] = 0
        found.append(at)
    return np.array(found, np.intp)


@define(frozen=True, slots=True, eq=False)
class _Counts:
    """How often each token followed a context, by scope and by how many tokens of the context agree. Most tokens only
    ever followed the last token of it, so that what agrees in more is counted for a few."""

    shallow: Counts
    """Scope x level x token, for the levels 0 and 1."""
    deep: Counts
    """Scope x level x token, for those above and the tokens `few`."""
    few: npt.NDArray[np.intp]
    totals: Counts
    """Scope x level."""
    distinct: npt.NDArray[np.intp]
    """The same of different tokens."""

    @classmethod
    def of(cls, found: Followers, inverse: Ids, size: int) -> _Counts:
        """The counts of the tokens numbered `inverse`, of which there are `size`."""
        scopes, levels, weights = found.scopes, found.levels, found.weights
        # Three indexes in one number, for a single `bincount`.
        key = (scopes * 2 + (levels > 0)) * size + inverse
        shallow = _summed(np.bincount(key, weights, SCOPES * 2 * size), size)
        agreeing = np.flatnonzero(levels > 1)
        # What no occurrence agrees in is left out: most contexts are known nowhere in all their length.
        above = int(levels.max()) - 1
        if not len(agreeing):
            deep, few = np.empty((SCOPES, 0, 0)), np.empty(0, np.intp)
        else:
            numbers, which = _numbered(inverse[agreeing], size)
            few = numbers.astype(np.intp)
            key = (scopes[agreeing] * above + levels[agreeing] - 2) * len(few) + which
            deep = _summed(np.bincount(key, weights[agreeing], SCOPES * above * len(few)), len(few))
        totals = np.concatenate((shallow.sum(axis=2), deep.sum(axis=2)), axis=1)
        distinct = np.concatenate((np.count_nonzero(shallow, axis=2), np.count_nonzero(deep, axis=2)), axis=1)
        return cls(shallow, deep, few, totals, distinct)

    def of_tokens(self, which: npt.NDArray[np.intp]) -> Counts:
        """Scope x level x token of some tokens, at all levels."""
        few = self.few
        shallow = self.shallow[:, :, which]
        if not len(few):
            return shallow
        at = few.searchsorted(which)
        at[at == len(few)] = 0
        return np.concatenate((shallow, np.where(few[at] == which, self.deep[:, :, at], 0.0)), axis=1)

    def mixed(self) -> Counts:
        """The chance of each token, short contexts first, and within one length of context wide scopes first."""
        factors = np.zeros(self.totals.shape)
        left = 1.0
        # From the last on: what comes later leaves to all before it what it does not take.
        for level, scope, share, rest in reversed(_weights(self.totals, self.distinct)):
            factors[scope, level] = left * share
            left *= rest
        # Row by row, not a product of matrices, which a library may spread over threads.
        chances: Counts = (factors[:, :2, None] * self.shallow).sum(axis=(0, 1))
        if len(self.few):
            chances[self.few] += (factors[:, 2:, None] * self.deep).sum(axis=(0, 1))
        return chances


def _summed(counts: npt.NDArray[Any], size: int) -> Counts:
    """Counts by scope, level and token, of what agrees in so many tokens or more and lies in a scope or inside it."""
    table: Counts = counts.astype(np.float64, copy=False).reshape(SCOPES, -1, size)
    for level in range(table.shape[1] - 2, -1, -1):  # what agrees in more tokens agrees in fewer
        table[:, level] += table[:, level + 1]
    for scope in range(SCOPES - 2, -1, -1):  # what is near is in the file, and in the workspace
        table[scope] += table[scope + 1]
    return table


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


def _weights(totals: Counts, distinct: npt.NDArray[np.intp]) -> list[tuple[int, int, float, float]]:
    """Level and scope, what one count weighs there, and what is left of the chances that were mixed before."""
    found = []
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
                found.append((level, scope, weight / total, 1 - weight))
            wider = total
    return found


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
    wanted = np.zeros(int(inverse.max()) + 1, np.bool_)
    wanted[best] = True
    here = np.flatnonzero((found.scopes >= FILE) & wanted.take(inverse))
    which, far, levels = inverse[here], found.distances[here], found.levels[here]
    nearest = np.full((2, len(wanted)), FAR, np.float32)
    np.minimum.at(nearest[0], which, far)
    # Besides its nearest place, the nearest one where more than a single token agrees.
    follows = levels > 1
    np.minimum.at(nearest[1], which[follows], far[follows])
    rows[:] = np.log1p(nearest[:, best].T.astype(np.float64))
