"""What is known about a candidate, as numbers for the ranker."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from attrs import define, field

from ._evidence import BELOW, ELSEWHERE, NEAR, Place
from ._lexer import KEYWORDS, is_word, words_of
from ._names import UNKNOWN, Names
from ._segment import DEPTH

LEVELS = (1, 2, 3, 4, 6, 8, 12, 16)
"""Match lengths (tokens) at which shares are counted."""
BUCKET = [0, *(max(i for i, low in enumerate(LEVELS) if low <= k) for k in range(1, DEPTH + 1))]
NAMES = (
    *(f"share {k}" for k in LEVELS),
    *(f"total {k}" for k in (1, 2, 4, 8)),
    *(f"first word's share {k}" for k in (1, 2, 4, 8)),
    *(f"share here {k}" for k in (1, 2, 4)),
    *("level", "level behind", "best level", "shape", "agreement", "alike", "renamed"),
    *("window", "agreement behind", "window behind", "alike share", "renamed share", "like level"),
    *("best share", "best total", "count", "distance", "near", "below"),
    *("names", "characters", "words", "unknown names", "farthest name", "mean name"),
    *("head words", "head characters", "after", "in text", "net", "over-closed", "quotes"),
    *("same line", "head net", "candidates", "empty share", "ends", "common", "first known", "new line"),
)
_OPEN, _CLOSE = "([{", ")]}"
_COMMENTS = ("#", "//", "*", "/*", "--", "<!--", "%", ";;")
_MOST = 64


@define(slots=True)
class Candidate:
    """A rest of the line, with the evidence for it."""

    text: str
    first: str
    """Its first canonical token; '' where it is empty."""
    counts: list[float] = field(factory=lambda: [0.0] * len(LEVELS))
    here: list[float] = field(factory=lambda: [0.0] * len(LEVELS))
    """As `counts`, of places in the open document."""
    level: int = 0
    best: Place | None = None
    """The place with the longest match."""
    shape: int = 0
    agreement: float = 0.0
    """The greatest share of equal tokens in the heads of lines that are alike in shape."""
    window: int = 0
    """The greatest number of equal tokens before the cursor and before a place that is alike in shape."""
    distance: int = ELSEWHERE
    alike: int = 0
    renamed: int = 0
    near: int = 0
    below: int = 0

    def add_exact(self, place: Place) -> None:
        """Count a place that follows the same tokens as the cursor."""
        if place.level > self.level:
            self.level, self.best = place.level, place
        bucket = BUCKET[place.level]
        self.counts[bucket] += place.weight
        if place.where <= BELOW:
            self.here[bucket] += place.weight
            self.below += place.where == BELOW
        elif place.where == NEAR:
            self.near += 1
        self.distance = min(self.distance, place.distance)

    def add_alike(self, place: Place, agreement: float, window: int, renamed: bool) -> None:
        """Count a place that is alike in shape, its rest perhaps put into the words of this line."""
        if renamed:
            self.renamed += 1
        else:
            self.alike += 1
        self.shape = max(self.shape, place.level)
        self.agreement = max(self.agreement, agreement)
        self.window = max(self.window, window)
        self.distance = min(self.distance, place.distance)
        if self.best is None:
            self.best = place


@define(frozen=True, slots=True)
class Situation:
    """What the candidates of one question have in common."""

    head: str
    """The line up to the cursor."""
    words: frozenset[str]
    """The words of the head."""
    names: Names
    """Those of the open document around it."""
    recent: dict[str, int]
    """Lines near the cursor (without blanks around) with their distance in lines."""


def matrix(
    everyone: Sequence[Candidate], situation: Situation
) -> tuple[list[Candidate], npt.NDArray[np.float32]]:
    """The best candidates that are not empty, and one row of numbers for each; columns as in `NAMES`."""
    if not everyone:
        return [], np.empty((0, len(NAMES)), np.float32)
    counts = np.array([c.counts for c in everyone])[:, ::-1].cumsum(axis=1)[:, ::-1]
    here = np.array([c.here for c in everyone])[:, ::-1].cumsum(axis=1)[:, ::-1]
    number: dict[str, int] = {}
    group = np.array([number.setdefault(c.first, len(number)) for c in everyone])
    firsts = np.zeros((len(number), len(LEVELS)))
    np.add.at(firsts, group, counts)
    total, total_here = counts.sum(axis=0), here.sum(axis=0)
    share = np.where(total > 0, counts / np.maximum(total, 1e-9), -1.0)
    first_share = np.where(total > 0, firsts[group] / np.maximum(total, 1e-9), -1.0)
    here_share = np.where(total_here > 0, here / np.maximum(total_here, 1e-9), -1.0)
    level = np.array([c.level for c in everyone], float)
    distance = np.log1p([c.distance for c in everyone])
    top = int(level.max())
    best = BUCKET[top]
    own = counts[np.arange(len(everyone)), [BUCKET[c.level] for c in everyone]]
    promise = (
        level
        + 4 * share[:, best]
        + np.log1p(own)
        + np.array([(8 * c.agreement + 0.3 * c.shape) if c.shape else 0.0 for c in everyone])
        - 0.4 * distance
    )
    filled = np.array([bool(c.text) for c in everyone])
    promise[~filled] = -np.inf
    chosen = np.argsort(-promise, kind="stable")[: min(_MOST, int(filled.sum()))]
    empty_share = float(share[~filled, best].sum()) if total[best] else 0.0
    kept = [everyone[i] for i in chosen.tolist()]
    if not kept:
        return [], np.empty((0, len(NAMES)), np.float32)

    def one(value: float) -> npt.NDArray[np.float64]:
        return np.full((len(kept), 1), value)

    totals = np.log1p(total)
    head = _head_numbers(situation.head)
    table = np.concatenate(
        [
            share[chosen],
            *(one(float(totals[i])) for i in (0, 1, 3, 5)),
            first_share[chosen][:, [0, 1, 3, 5]],
            here_share[chosen][:, [0, 1, 3]],
            level[chosen, None],
            top - level[chosen, None],
            one(top),
            np.array(
                [(c.shape, c.agreement, math.log1p(c.alike), math.log1p(c.renamed)) for c in kept], float
            ),
            _like_numbers(kept, everyone),
            share[chosen, best, None],
            one(float(totals[best])),
            np.log1p(own[chosen, None]),
            distance[chosen, None],
            np.array([(math.log1p(c.near), c.below) for c in kept], float),
            np.array([_text_numbers(c, situation, head, len(everyone), empty_share) for c in kept]),
        ],
        axis=1,
        dtype=np.float32,
    )
    return kept, table


def _like_numbers(kept: Sequence[Candidate], everyone: Sequence[Candidate]) -> npt.NDArray[np.float64]:
    """How a candidate stands among those found by shape."""
    agreement = max(c.agreement for c in everyone)
    window = max(c.window for c in everyone)
    alike = max(1, sum(c.alike for c in everyone))
    renamed = max(1, sum(c.renamed for c in everyone))
    shape = max(c.shape for c in everyone)
    return np.array(
        [
            (
                c.window,
                agreement - c.agreement,
                window - c.window,
                c.alike / alike,
                c.renamed / renamed,
                shape - c.shape,
            )
            for c in kept
        ],
        float,
    )


def _head_numbers(head: str) -> tuple[float, ...]:
    body = head.strip()
    last = body[-1:]
    if not last:
        after = 0
    elif is_word(last):
        after = 1
    else:
        after = next((i for i, signs in enumerate((_OPEN, "\"'`", ".", ",", "=:"), 2) if last in signs), 7)
    quoted = any(head.count(sign) % 2 for sign in "\"'`")
    net = sum(map(head.count, _OPEN)) - sum(map(head.count, _CLOSE))
    return (len(words_of(body)), len(body), after, body.startswith(_COMMENTS) + 2 * quoted, net)


@define(frozen=True, slots=True)
class _Facts:
    """What a text says of itself, wherever it stands."""

    names: frozenset[str]
    words: int
    depth: int
    lowest: int
    quotes: tuple[int, ...]
    end: int


@lru_cache(maxsize=1 << 13)
def _facts(text: str) -> _Facts:
    words = words_of(text)
    depth = lowest = 0
    for sign in words:
        if sign in _OPEN:
            depth += 1
        elif sign in _CLOSE:
            depth -= 1
            lowest = min(lowest, depth)
    return _Facts(
        frozenset([word for word in words if word.isidentifier() and word not in KEYWORDS]),
        len(words),
        depth,
        lowest,
        tuple(map(text.count, "\"'`")),
        next((i for i, signs in enumerate((",;", ":{", ")]}", "(["), 1) if text[-1] in signs), 0),
    )


def _text_numbers(
    candidate: Candidate, situation: Situation, head: tuple[float, ...], rivals: int, empty_share: float
) -> tuple[float, ...]:
    text = candidate.text
    facts = _facts(text)
    names, ours = situation.names, situation.words
    known = [0 if name in ours else names[name] for name in facts.names]
    if UNKNOWN in known:
        known = [distance for distance in known if distance != UNKNOWN]
    first = 0 if candidate.first in ours else names[candidate.first]
    whole = (situation.head + text).strip()
    head_words, head_characters, after, in_text, head_net = head
    count = len(facts.names)
    return (
        count,
        len(text),
        facts.words,
        count - len(known),
        math.log1p(max(known)) if known else 0.0,
        sum(map(math.log1p, known)) / len(known) if known else 0.0,
        head_words,
        head_characters,
        after,
        in_text,
        head_net + facts.depth,
        head_net + facts.lowest,
        sum([(q + situation.head.count(sign)) % 2 for q, sign in zip(facts.quotes, "\"'`", strict=True)]),
        math.log1p(situation.recent.get(whole, 500)),
        head_net,
        math.log1p(rivals),
        empty_share,
        facts.end,
        count and len(known) / count,
        math.log1p(500 if first == UNKNOWN else first),
        float(not head_words),
    )
