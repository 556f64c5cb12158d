"""What is known about a candidate, as numbers for the ranker."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from attrs import define, field

from ..index.evidence import BELOW, ELSEWHERE, NEAR, Occurrence
from ..index.lexer import KEYWORDS, is_word, words_of
from ..index.names import UNKNOWN, Names
from ..index.segment import DEPTH

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
_FIRSTS, _HERE = [0, 1, 3, 5], [0, 1, 3]
_LOGS = [math.log1p(number) for number in range(1 << 10)]
"""Of counts (there are some 400 places to a question) and of distances in lines."""
_FAR = 500
"""Lines; stands for what is not there at all."""
_WORDS = re.compile(r"\w+")
_ENDS = {",": 1, ";": 1, ":": 2, "{": 2, ")": 3, "]": 3, "}": 3, "(": 4, "[": 4}
_BRACKETS = re.compile(r"[()\[\]{}]")


Numbers = npt.NDArray[np.float64]


@define(slots=True)
class Candidate:
    """A rest of the line, with the evidence for it."""

    text: str
    first: str
    """Its first canonical token; '' where it is empty."""
    size: int
    """How many tokens it has."""
    number: int
    """Its place among the candidates of the question."""
    level: int = 0
    best: Occurrence | None = None
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

    def add_alike(self, occurrence: Occurrence, agreement: float, window: int, renamed: bool) -> None:
        """Count a place that is alike in shape, its rest perhaps put into the words of this line."""
        if renamed:
            self.renamed += 1
        else:
            self.alike += 1
        self.shape = max(self.shape, occurrence.level)
        self.agreement = max(self.agreement, agreement)
        self.window = max(self.window, window)
        self.distance = min(self.distance, occurrence.distance)
        if self.best is None:
            self.best = occurrence


@define(frozen=True, slots=True)
class Situation:
    """What the candidates of one question have in common."""

    head: str
    """The line up to the cursor."""
    words: frozenset[str]
    """The words of the head."""
    names: Names
    """Those of the open document around it."""
    quotes: tuple[int, int, int]
    """How many of each kind of quotation mark the head has."""
    recent: dict[str, int]
    """Lines near the cursor (without spaces around) with their distance in lines."""


class Evidence:
    """The candidates of one question, by their texts, and how often each was seen at which match length."""

    def __init__(self) -> None:
        self.candidates: dict[str, Candidate] = {}
        self._cells: list[int] = []
        self._weights: list[float] = []
        self._cells_here: list[int] = []
        self._weights_here: list[float] = []

    def add_exact(self, candidate: Candidate, occurrence: Occurrence) -> None:
        """Count a place that follows the same tokens as the cursor."""
        level, where = occurrence.level, occurrence.where
        # The longest match is the best witness; of equal ones the first, which is the nearest kind of place.
        if level > candidate.level:
            candidate.level, candidate.best = level, occurrence
        cell = candidate.number * len(LEVELS) + BUCKET[level]
        self._cells.append(cell)
        self._weights.append(occurrence.weight)
        if where <= BELOW:
            self._cells_here.append(cell)
            self._weights_here.append(occurrence.weight)
            candidate.below += where == BELOW
        elif where == NEAR:
            candidate.near += 1
        if occurrence.distance < candidate.distance:
            candidate.distance = occurrence.distance

    def counts(self, numbers: Sequence[int]) -> tuple[Numbers, Numbers]:
        """The weight of the places of some candidates that match at least as far as each of `LEVELS`: of all
        places, and of those in the open document."""
        return (
            self._at_least(self._cells, self._weights, numbers),
            self._at_least(self._cells_here, self._weights_here, numbers),
        )

    def _at_least(self, cells: Sequence[int], weights: Sequence[float], numbers: Sequence[int]) -> Numbers:
        size = len(self.candidates) * len(LEVELS)
        index = np.array(cells, np.intp)
        exactly = np.bincount(index, weights, size).reshape(-1, len(LEVELS))[numbers]
        # From the right: a match of 8 tokens is one of 1, 2, 3, 4 and 6 as well.
        sums: Numbers = exactly[:, ::-1].cumsum(axis=1)[:, ::-1]
        return sums


Found = tuple[list[Candidate], npt.NDArray[np.float32]]
"""Candidates, and a row of features for each."""


def nothing() -> Found:
    """No candidates."""
    return [], np.empty((0, len(NAMES)), np.float32)


@define(slots=True, eq=False)
class Unjudged:
    """Candidates as they were found, with the numbers of the best of them once somebody asks: these are a third of the
    work, and at many a cursor no candidate goes on with the word that is being typed."""

    everyone: Sequence[Candidate] = ()
    _judge: Callable[[], Found] = nothing
    _judged: Found | None = field(default=None, init=False)

    def judged(self) -> Found:
        """The best of them and their features (see `matrix`)."""
        if self._judged is None:
            self._judged = self._judge()
            self._judge = nothing  # what they were counted from may go
        return self._judged


def matrix(
    evidence: Evidence,
    everyone: Sequence[Candidate],
    situation: Situation,
    wanted: Callable[[Candidate], bool] | None = None,
) -> Found:
    """The best of the candidates `everyone` that are not empty, and one row of numbers for each; columns as
    in `NAMES`. Of these best ones those that are `wanted`: they are told from one another by all the same."""
    if not everyone:
        return nothing()
    # How often each candidate was seen at which length of match.
    counts, here = evidence.counts([c.number for c in everyone])
    # Candidates with the same first token stand for one another: that token at least is likely.
    groups: dict[str, int] = {}
    group = np.array([groups.setdefault(c.first, len(groups)) for c in everyone])
    firsts = np.zeros((len(groups), len(LEVELS)))
    np.add.at(firsts, group, counts)
    total, total_here = counts.sum(axis=0), here.sum(axis=0)
    # -1, not 0: "nothing was seen at this length" is another fact than "others were seen, this one was not".
    share = np.where(total > 0, counts / np.maximum(total, 1e-9), -1.0)
    level, distance, *like = np.array(
        [(c.level, c.distance, c.shape, c.agreement, c.window, c.alike, c.renamed) for c in everyone], float
    ).T
    shape, agreement = like[:2]
    distance = np.log1p(distance)
    top = int(level.max())
    best = BUCKET[top]
    own = np.log1p(counts[np.arange(len(everyone)), [BUCKET[c.level] for c in everyone]])
    # A cheap guess at the ranker's order, only to keep the table short; the ranker orders the rest.
    promise = (
        level
        + 4 * share[:, best]
        + own
        + np.where(shape > 0, 8 * agreement + 0.3 * shape, 0.0)
        - 0.4 * distance
    )
    filled = np.array([bool(c.text) for c in everyone])
    # An empty rest proposes nothing. What it was worth goes in as a feature of all the others.
    promise[~filled] = -np.inf
    chosen = np.argsort(-promise, kind="stable")[: min(_MOST, int(filled.sum()))]
    if wanted is not None:
        chosen = chosen[np.array([wanted(everyone[i]) for i in chosen.tolist()], np.bool_)]
    empty_share = float(share[~filled, best].sum()) if total[best] else 0.0
    kept = [everyone[i] for i in chosen.tolist()]
    if not kept:
        return nothing()

    def same(*values: float) -> Numbers:
        return np.broadcast_to(np.array(values, float), (len(kept), len(values)))

    def where_any(part: Numbers, whole: Numbers) -> Numbers:
        return np.where(whole > 0, part / np.maximum(whole, 1e-9), -1.0)

    totals = np.log1p(total)
    head = _head_numbers(situation.head)
    head_words, *_, head_net = head
    text = np.array([_text_numbers(c, situation, head_net) for c in kept])
    rivals = _LOGS[min(len(everyone), len(_LOGS) - 1)]
    # Columns in the order of `NAMES`, which the weights were fitted to: neither can change alone.
    table = np.concatenate(
        [
            share[chosen],
            same(*totals[[0, 1, 3, 5]].tolist()),
            where_any(firsts[:, _FIRSTS], total[_FIRSTS])[group[chosen]],
            where_any(here[:, _HERE], total_here[_HERE])[chosen],
            np.stack([level, top - level], axis=1)[chosen],
            same(top),
            _like_numbers(like)[chosen],
            share[chosen, best, None],
            same(float(totals[best])),
            np.stack([own, distance], axis=1)[chosen],
            text[:, :8],
            same(*head[:4]),
            text[:, 8:12],
            same(head_net, rivals, empty_share),
            text[:, 12:],
            same(not head_words),
        ],
        axis=1,
        dtype=np.float32,
    )
    return kept, table


def _like_numbers(like: Sequence[Numbers]) -> Numbers:
    """How each candidate stands among those found by shape."""
    shape, agreement, window, alike, renamed = like
    logs = np.array(_LOGS)
    return np.stack(
        [
            shape,
            agreement,
            logs[alike.astype(np.intp)],
            logs[renamed.astype(np.intp)],
            window,
            agreement.max() - agreement,
            window.max() - window,
            alike / max(1.0, alike.sum()),
            renamed / max(1.0, renamed.sum()),
            shape.max() - shape,
        ],
        axis=1,
    )


def _head_numbers(head: str) -> tuple[float, ...]:
    body = head.strip()
    # What stands right before the cursor: nothing, a word, or one of some kinds of sign.
    last = body[-1:]
    if not last:
        after = 0
    elif is_word(last):
        after = 1
    else:
        after = next((i for i, signs in enumerate((_OPEN, "\"'`", ".", ",", "=:"), 2) if last in signs), 7)
    quoted = any(head.count(sign) % 2 for sign in "\"'`")
    net = sum(map(head.count, _OPEN)) - sum(map(head.count, _CLOSE))
    # 1 for a comment, 2 for an open quotation mark, 3 for both.
    return (len(words_of(body)), len(body), after, body.startswith(_COMMENTS) + 2 * quoted, net)


@define(slots=True)
class _Facts:
    """What a text says of itself, wherever it stands."""

    names: frozenset[str]
    depth: int
    lowest: int
    double: int
    single: int
    back: int
    """How many of each kind of quotation mark."""
    end: int


@lru_cache(maxsize=1 << 9)
def _facts(text: str) -> _Facts:
    depth = lowest = 0
    for sign in _BRACKETS.findall(text):
        if sign in _OPEN:
            depth += 1
        else:
            depth -= 1
            # How far it falls below where it starts: it closes brackets that it did not open.
            if depth < lowest:
                lowest = depth
    return _Facts(
        frozenset(filter(str.isidentifier, _WORDS.findall(text))) - KEYWORDS,
        depth,
        lowest,
        text.count('"'),
        text.count("'"),
        text.count("`"),
        _ENDS.get(text[-1], 0),
    )


def _text_numbers(candidate: Candidate, situation: Situation, head_net: float) -> tuple[float, ...]:
    text, head = candidate.text, situation.head
    facts = _facts(text)
    names, ours = situation.names, situation.words
    double, single, back = situation.quotes
    # Distance 0 for names of the line itself.
    known = [0 if name in ours else names[name] for name in facts.names]
    count = len(known)
    if UNKNOWN in known:
        known = [distance for distance in known if distance != UNKNOWN]
    first = 0 if candidate.first in ours else names[candidate.first]
    return (
        _LOGS[candidate.near],
        candidate.below,
        count,
        len(text),
        candidate.size,
        count - len(known),
        _LOGS[max(known)] if known else 0.0,
        sum([_LOGS[distance] for distance in known]) / len(known) if known else 0.0,
        head_net + facts.depth,
        head_net + facts.lowest,
        # One for each kind of quotation mark left open at the end; `+` binds before `&`.
        (facts.double + double & 1) + (facts.single + single & 1) + (facts.back + back & 1),
        _LOGS[situation.recent.get((head + text).strip(), _FAR)],
        facts.end,
        count and len(known) / count,
        _LOGS[_FAR if first == UNKNOWN else first],
    )
