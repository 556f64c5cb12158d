"""What is known about a candidate, as numbers for the ranker."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from attrs import define, field

from ._evidence import ABOVE, BELOW, NEAR, OWN, Place
from ._lexer import KEYWORDS, TOKEN, is_word

LEVELS = (1, 2, 3, 4, 6, 8, 12, 16)
_BUCKET = [0, *(max(i for i, low in enumerate(LEVELS) if low <= k) for k in range(1, 17))]
_OPEN, _CLOSE = "([{", ")]}"


@define(slots=True)
class Candidate:
    """A rest of the line, with the evidence for it."""

    text: str
    counts: list[float] = field(factory=lambda: [0.0] * len(LEVELS))
    local: list[float] = field(factory=lambda: [0.0] * len(LEVELS))
    level: int = 0
    shape: int = 0
    agreement: float = 0.0
    """Greatest share of equal tokens in the heads of lines found by shape."""
    distance: int = 1 << 20
    alike: float = 0.0
    renamed: float = 0.0
    gone: float = 0.0
    near: float = 0.0
    below: float = 0.0
    first: str = ""

    def add(self, place: Place) -> None:
        if place.where == OWN:
            self.gone += 1
        elif place.where == NEAR:
            self.near += 1
        elif place.where == BELOW:
            self.below += 1
        if place.distance < self.distance:
            self.distance = place.distance
        if place.level:
            if place.level > self.level:
                self.level = place.level
            bucket = _BUCKET[place.level]
            self.counts[bucket] += place.weight
            if place.where <= OWN:
                self.local[bucket] += place.weight


@define(frozen=True, slots=True)
class Situation:
    """What a question's candidates have in common."""

    head: str
    """The line up to the cursor."""
    head_tokens: int
    names: dict[str, int]
    """The words of the open document, each with its distance from the cursor in lines (nearest)."""
    next_line: str
    """The next line that is not blank, without blanks around."""
    recent: dict[str, int]
    """Lines near the cursor (without blanks around) with their distance."""
    known: frozenset[str] | set[str]


NAMES = (
    *(f"share{k}" for k in LEVELS),
    *(f"total{k}" for k in (1, 2, 4, 8)),
    *(f"first{k}" for k in (1, 2, 4, 8)),
    *(f"localshare{k}" for k in (1, 2, 4)),
    "level",
    "level_behind",
    "group_level",
    "shape",
    "agreement",
    "alike",
    "renamed",
    "best_share",
    "best_total",
    "count",
    "distance",
    "gone",
    "near",
    "below",
    "words",
    "chars",
    "tokens",
    "unknown",
    "far_names",
    "mean_name_distance",
    "head_tokens",
    "head_chars",
    "after",
    "in_text",
    "net",
    "over_closed",
    "quotes",
    "same_line",
    "head_net",
    "distinct",
    "empty_share",
    "ends",
    "prev_used",
)


def matrix(
    candidates: Sequence[Candidate], empty: Candidate | None, totals: Sequence[float], situation: Situation
) -> npt.NDArray[np.float32]:
    """One row of numbers for each candidate, columns as in `NAMES`."""
    everyone = [*candidates, empty] if empty else list(candidates)
    total = [0.0] * len(LEVELS)
    firsts: dict[str, list[float]] = {}
    locals_ = [0.0] * len(LEVELS)
    for candidate in everyone:
        sums = firsts.setdefault(candidate.first, [0.0] * len(LEVELS))
        for i in range(len(LEVELS) - 2, -1, -1):
            candidate.counts[i] += candidate.counts[i + 1]
            candidate.local[i] += candidate.local[i + 1]
        for i in range(len(LEVELS)):
            total[i] += candidate.counts[i]
            locals_[i] += candidate.local[i]
            sums[i] += candidate.counts[i]
    group_level = max((c.level for c in everyone), default=0)
    head = situation.head
    head_body = head.strip()
    head_net = sum(head.count(c) for c in _OPEN) - sum(head.count(c) for c in _CLOSE)
    last = head_body[-1:]
    after = (
        0 if not last else 1 if last.isalnum() or last == "_" else 2 if last in _OPEN else 3 if last in "\"'`" else
        4 if last == "." else 5 if last == "," else 6 if last in "=:" else 7
    )  # fmt: skip
    in_text = float(
        head_body.startswith(("#", "//", "*", "/*", "--"))
        + 2 * (head.count('"') % 2 or head.count("'") % 2 or head.count("`") % 2)
    )
    best = _BUCKET[group_level] if group_level else 0
    rows = []
    for c in candidates:
        share = [c.counts[i] / total[i] if total[i] else -1.0 for i in range(len(LEVELS))]
        first = firsts[c.first]
        words = [w for w in TOKEN.findall(c.text) if w.strip()]
        names = {w for w in map(str.strip, words) if is_word(w) and w not in KEYWORDS and not w.isdigit()}
        distances = [situation.names.get(n, -1) for n in names]
        unknown = sum(d < 0 for d in distances)
        fardist = max((d for d in distances if d >= 0), default=0)
        meandist = sum(math.log1p(d) for d in distances if d >= 0) / max(1, len(distances) - unknown)
        whole = (head + c.text).strip()
        net = head_net + sum(c.text.count(x) for x in _OPEN) - sum(c.text.count(x) for x in _CLOSE)
        depth = low = 0
        for ch in c.text:
            if ch in _OPEN:
                depth += 1
            elif ch in _CLOSE:
                depth -= 1
                low = min(low, depth)
        level_bucket = _BUCKET[c.level] if c.level else 0
        end = c.text[-1:]
        rows.append(
            (
                *share,
                *(math.log1p(total[i]) for i in (0, 1, 3, 5)),
                *(first[i] / total[i] if total[i] else -1.0 for i in (0, 1, 3, 5)),
                *(c.local[i] / locals_[i] if locals_[i] else -1.0 for i in (0, 1, 3)),
                c.level,
                group_level - c.level,
                group_level,
                c.shape,
                c.agreement,
                math.log1p(c.alike),
                math.log1p(c.renamed),
                share[best],
                math.log1p(total[best]),
                math.log1p(c.counts[level_bucket]),
                math.log1p(c.distance),
                c.gone,
                math.log1p(c.near),
                c.below,
                len(names),
                len(c.text),
                len(words),
                unknown,
                math.log1p(fardist),
                meandist,
                situation.head_tokens,
                len(head_body),
                after,
                in_text,
                net,
                float(head_net + low),
                float((whole.count('"') % 2) + (whole.count("'") % 2) + (whole.count("`") % 2)),
                math.log1p(situation.recent.get(whole, 500)),
                head_net,
                math.log1p(len(candidates)),
                empty.counts[best] / total[best] if empty and total[best] else 0.0,
                float(0 if end in ",;" else 1 if end in ":{" else 2 if end in ")]}" else 3 if end in "(["  else 4),
                float(c.distance < 200),
            )
        )
    return np.array(rows, np.float32).reshape(len(rows), len(NAMES))


__all__ = ["ABOVE", "LEVELS", "NAMES", "Candidate", "Situation", "matrix"]
