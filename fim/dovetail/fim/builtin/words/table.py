"""The likeliest next tokens of one place, each with the numbers that the ranker judges it by.

Chances of one length of context are mixed with those of shorter ones after Witten & Bell (1991), wide scopes first.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import define

from ..index.lexer import KEYWORDS, NEWLINE, Ids, is_word
from .followers import FAR, FILE, LONGEST_CONTEXT, NEAR, SCOPES, Followers
from .hints import NOTHING, Hints

MOST, MOST_HINTED = 6, 3
"""Candidates that are judged at one place: the likeliest, and some of those besides that the code hints at."""
_LEVELS = LONGEST_CONTEXT + 1
_SHORT, _GAMMA = 3, 0.6
_SCOPE_NAMES = ("workspace", "folder", "file", "near")
NAMES = (
    *("chance", "rank", "lead", "second", "line end", "whole word", "token's own"),
    *(
        f"{scope} {what}"
        for scope in _SCOPE_NAMES
        for what in (
            "level",
            "total",
            "followers",
            "share",
            "longest level",
            "longest share",
            "count",
            "direct count",
        )
    ),
    *("distance", "direct distance"),
    *("typed", "to come", "kind", "characters", "tokens", "way", "step", "before"),
    *("on this line", "on the line above"),
    *("line share", "line best", "best line"),
    *("gone level", "words gone"),
    *("parameter", "parameters", "member", "members", "bound"),
    *("fitting parameters", "fitting members", "fitting names", "members whole"),
)
KINDS = 6
SAID = 23
"""Kinds of what the code says of a candidate (see `said_of`)."""
_LEVEL, _TYPED, _PARAMETER, MEMBER, _BOUND, _FITTING, WHOLE = map(
    NAMES.index,
    ("workspace level", "typed", "parameter", "member", "bound", "fitting parameters", "members whole"),
)

Counts = npt.NDArray[np.float64]


@define(frozen=True, slots=True)
class Around:
    """What is known of the place besides the occurrences."""

    characters: int = 0
    """Of the line before it, indentation left out."""
    tokens: int = 0
    way: int = 0
    """0: no word is being typed; 1: the word goes on; 2: what is typed is a whole word."""
    step: int = 0
    """Tokens that are suggested before this one."""
    before: int = 0
    """The kind of the last token (see `kind_of`)."""
    whole: float = 0.0
    """The chance that what is typed of a word is all of it."""
    typed: int = 0
    """Characters of the word that are typed."""
    here: Collection[str] = ()
    """Canonical tokens of the line before it."""
    above: Collection[str] = ()
    """Canonical tokens of the line above."""


@define(slots=True, eq=False)
class Table:
    """Candidates, best first by the mixed chances, and a row of numbers for each."""

    tokens: list[int]
    chances: list[float]
    rows: npt.NDArray[np.float32]
    whole: float
    """The chance of the token that is exactly what is typed (0 where nothing is)."""
    end: float
    """The chance that the line ends here."""


def kind_of(text: str) -> int:
    """What a canonical token is: 0 nothing, 1 name, 2 keyword, 3 number, 4 opening, 5 any other character."""
    if not text or text[0] == "\n":
        return 0
    if is_word(text):
        return 3 if text[0].isdigit() else 2 if text in KEYWORDS else 1
    return 4 if text in "([{" else 5


def said_of(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    """What the code says of each candidate, one kind a row: 0 where it says nothing. Of candidates for a word that is
    typed in part, whether each is the only name that fits, or another than the names that do."""
    # The same for all rows; where nothing is named there is nothing to tell.
    if not len(rows) or not (rows[0, WHOLE] or rows[0, _FITTING : _FITTING + 3].any()):
        return np.zeros(len(rows), np.intp)
    typed = rows[:, _TYPED]
    parameters, members, bound = rows[:, _FITTING], rows[:, _FITTING + 1], rows[:, _FITTING + 2]
    is_parameter, is_member, is_bound = (rows[:, column] >= 0 for column in (_PARAMETER, MEMBER, _BOUND))
    whole, part = rows[:, WHOLE] > 0, typed > 0
    # More than three letters tell no more.
    letters = np.minimum(typed, 3).astype(np.intp)
    said = np.zeros(len(rows), np.intp)
    # From what says least to what says most.
    said[part & (bound == 1) & ~is_bound & (typed > 1)] = 11
    only = part & (bound == 1) & is_bound
    said[only] = 4 + letters[only]  # 5, 6, 7
    said[part & (parameters == 1) & ~is_parameter] = 10
    only = part & (parameters == 1) & is_parameter
    said[only] = 2 + np.minimum(letters[only], 2)  # 3, 4
    said[part & (members > 0) & ~is_member] = 8
    said[part & (members > 0) & ~is_member & whole] = 9
    said[whole & ~is_member & ~part] = 12
    said[whole & is_member & ~part] = 13
    said[whole & (members == 0) & part] = 14
    said[part & is_member & (members > 1) & (members < 4)] = 2
    said[part & is_member & (members == 1)] = 1
    # Names that were never seen behind even one of these tokens: 15 to 22 in place of 1 to 7 and 13.
    cold = (rows[:, _LEVEL] <= 0) & (said > 0) & ((said < 8) | (said == 13))
    said[cold] = 14 + np.minimum(said[cold], 8)
    return said


def table_of(
    found: Followers,
    texts: Mapping[int, str],
    canon: Ids,
    around: Around,
    *,
    bare: bool,
    exact: int = -1,
    lines: Sequence[tuple[str, float]] = (),
    gone: Mapping[int, int] = MappingProxyType({}),
    hints: Hints = NOTHING,
    fitting: Hints | None = None,
    most: int = MOST + MOST_HINTED,
) -> Table | None:
    """The likeliest tokens among `found`; None where there are none.

    Args:
        texts, canon: of the vocabulary.
        bare: whether tokens are taken without the spaces before them.
        exact: the canonical token that is exactly what is typed, or -1. It is a chance, not a candidate.
        lines: rests of the line that whole-line evidence proposes, with their chances; from the same place on.
        gone: canonical tokens that were just deleted, each with how many tokens of the context it followed.
        hints: what the code says may come.
        fitting: those of them that begin with what is typed (None: all); the likeliest of these that are among
            `found` are judged in any case.
        most: how many are judged at most.
    """
    if not len(found.tokens):
        return None
    symbols = canon.take(found.tokens)
    # A line start is one candidate, whatever indentation follows it.
    tokens = symbols if bare else np.where(symbols == NEWLINE, NEWLINE, found.tokens)
    unique, inverse = np.unique(tokens, return_inverse=True)
    size = len(unique)
    # Three indexes in one number, for a single `bincount`: scope, level, token.
    key = (found.scopes * _LEVELS + found.levels) * size + inverse
    flat = np.bincount(key, found.weights, SCOPES * _LEVELS * size).astype(np.float64)
    counts: Counts = flat.reshape(SCOPES, _LEVELS, size)
    counts = counts[:, ::-1].cumsum(axis=1)[:, ::-1]  # what agrees in more tokens agrees in fewer
    counts = counts[::-1].cumsum(axis=0)[::-1]  # what is near is in the file, and in the workspace
    totals = counts.sum(axis=2)
    distinct = (counts > 0).sum(axis=2)
    chances = _mixed(counts, totals, distinct)
    own = chances / max(float(chances.sum()), 1e-9)
    is_end, is_exact = np.equal(unique, NEWLINE), np.equal(unique, exact)
    end, whole = float(own[is_end].sum()), float(own[is_exact].sum())
    # The end of the line and the word as it is typed are chances of their own, and no candidates.
    own[np.logical_or(is_end, is_exact)] = -1.0
    best = np.argsort(-own, kind="stable")[:MOST]
    best = best[own[best] > 0]
    fitting = hints if fitting is None else fitting
    if hints is not NOTHING and len(best) < most:
        best = _with_hints(best, own, canon.take(unique), fitting)
    best = best[:most]
    if not len(best):
        return Table([], [], np.empty((0, len(NAMES)), np.float32), whole, end)
    rows = np.zeros((len(best), len(NAMES)), np.float32)
    top = own[best]
    rows[:, 0] = top
    rows[:, 1] = np.arange(len(best))
    # How far each is ahead of the best other one: of the first, the second; of all others, the first.
    rows[:, 2] = top - (top[1] if len(top) > 1 else 0.0)
    rows[1:, 2] = top[1:] - top[0]
    rows[:, 3] = top[1] if len(top) > 1 else 0.0
    rows[:, 4] = end
    rows[:, 5] = around.whole if around.way == 2 else whole
    rows[:, 6] = chances[best]
    _scopes(rows, counts[:, :, best], totals, distinct)
    at = 7 + 8 * SCOPES
    _distances(rows[:, at : at + 2], found, inverse, best)
    chosen = unique[best].tolist()
    words = [texts[token] for token in chosen]
    at += 2
    for row, word in zip(rows, words, strict=True):
        bare_word = word.lstrip()
        row[at : at + 10] = (
            around.typed if around.way != 2 else 0,
            len(bare_word) - (around.typed if around.way == 1 else 0),
            kind_of(bare_word),
            around.characters,
            around.tokens,
            around.way,
            around.step,
            around.before,
            bare_word in around.here,
            bare_word in around.above,
        )
    # The part that is typed already stands before these rests of the line, so it is taken off.
    if lines:
        skip = around.typed if around.way == 1 else 0
        _lines(rows[:, at + 10 : at + 13], [word[skip:] if skip else word for word in words], lines)
    symbols_chosen = canon.take(unique[best]).tolist()
    rows[:, at + 13] = [gone.get(token, -1) for token in symbols_chosen]
    rows[:, at + 14] = math.log1p(len(gone))
    rows[:, at + 15] = [hints.parameters.get(token, -1) for token in symbols_chosen]
    rows[:, at + 16] = len(hints.parameters)
    rows[:, at + 17] = [hints.members.get(token, -1) for token in symbols_chosen]
    rows[:, at + 18] = len(hints.members)
    rows[:, at + 19] = [hints.bound.get(token, -1) for token in symbols_chosen]
    rows[:, at + 20] = len(fitting.parameters)
    rows[:, at + 21] = len(fitting.members)
    rows[:, at + 22] = len(fitting.bound)
    rows[:, at + 23] = hints.whole
    return Table(chosen, top.tolist(), rows, whole, end)


def _with_hints(best: npt.NDArray[Any], own: Counts, symbols: Ids, hints: Hints) -> npt.NDArray[Any]:
    """Some of what is hinted at behind the best."""
    there = set(symbols[best].tolist())
    wanted = [token for token in hints.likely() if token not in there]
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
    seen: npt.NDArray[np.bool_] = np.asarray(counts > 0)
    deepest: npt.NDArray[np.int64] = (_LEVELS - 1) - seen[:, ::-1].argmax(axis=1)  # scope x candidate
    any_seen: npt.NDArray[np.bool_] = np.asarray(seen.any(axis=1))
    # All scopes at once: scope x candidate.
    scope, column = np.arange(SCOPES)[:, None], np.arange(counts.shape[2])
    levels = np.where(any_seen, deepest, 0)
    total = totals[scope, levels]
    known = totals > 0
    longest = np.where(known.any(axis=1), (_LEVELS - 1) - known[:, ::-1].argmax(axis=1), 0)[:, None]
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


def _lines(rows: npt.NDArray[np.float32], words: Sequence[str], lines: Sequence[tuple[str, float]]) -> None:
    """The share of the whole-line proposals that begin with each word, the greatest chance among these, and the
    greatest of all."""
    for row, word in zip(rows, words, strict=True):
        share = best = top = 0.0
        for text, chance in lines:
            top = max(top, chance)
            if text.startswith(word):
                share += chance
                best = max(best, chance)
        row[:] = share, best, top


__all__ = ["KINDS", "MOST", "NAMES", "NEAR", "Around", "Table", "kind_of", "table_of"]
