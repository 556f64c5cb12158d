"""The ranker: how likely a candidate is what the user would do, by boosted trees fitted on recorded commits.

`bench/next_edit/fit.py` fits them and writes `ranker.json`; here they are read and walked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from attrs import define

AT_ONCE = 1_000
"""Rows that are walked together; bounds the memory that it takes."""
Node = tuple[int, float, int, int]
"""(feature, threshold, left, right) of an inner node; (-1, value, 0, 0) of a leaf."""


@define(frozen=True, slots=True)
class Ranker:
    """Boosted trees; the chance is the logistic of the sum of their leaves."""

    base: float
    trees: tuple[tuple[Node, ...], ...]

    @classmethod
    def read(cls, text: str) -> Ranker:
        """From the JSON that `bench/next_edit/fit.py` writes.

        Raises:
            ValueError: it is no such JSON.
        """
        try:
            data = json.loads(text)
            trees = tuple(
                tuple((int(f), float(t), int(a), int(b)) for f, t, a, b in tree) for tree in data["trees"]
            )
            return cls(float(data["base"]), trees)
        except (KeyError, TypeError) as error:
            raise ValueError(f"no ranker: {error}") from error

    def prepare(self) -> None:
        """Load what `chances` counts with, which takes a tenth of a second, before anybody waits for it."""
        _arrays(self.trees)

    def chance(self, row: Sequence[float]) -> float:
        """The chance of one candidate with these features, 0 to 1."""
        return self.chances([row])[0]

    def chances(self, rows: Sequence[Sequence[float]]) -> list[float]:
        """The chance of each row of features, all trees walked at once, a level a step."""
        if not rows:
            return []
        import numpy as np

        feature, limit, children, roots, depth = _arrays(self.trees)
        found: list[float] = []
        for start in range(0, len(rows), AT_ONCE):
            values = np.asarray(rows[start : start + AT_ONCE], dtype=float)
            flat, row = values.ravel(), np.arange(len(values), dtype=np.int32)[:, None] * values.shape[1]
            at = np.broadcast_to(roots, (len(values), len(roots)))
            # A leaf's children are itself, so walking on from one changes nothing: all trees take `depth`
            # steps.
            for _ in range(depth):
                right = flat.take(feature.take(at) + row) > limit.take(at)
                at = children.take(2 * at + right)
            # A leaf's limit is what it adds.
            total = self.base + (limit.take(at).sum(axis=1) if len(roots) else np.zeros(len(values)))
            found += (1 / (1 + np.exp(-total))).tolist()
        return found


@lru_cache(maxsize=4)
def _arrays(trees: tuple[tuple[Node, ...], ...]) -> tuple[Any, Any, Any, Any, int]:
    """All trees one behind another: each node's feature, its threshold (a leaf's value), its children (a leaf's are
    itself), the roots, and the depth of the deepest tree."""
    import numpy as np

    feature: list[int] = []
    limit: list[float] = []
    children: list[tuple[int, int]] = []
    roots: list[int] = []
    depth = 0
    for tree in trees:
        base = len(feature)
        roots.append(base)
        levels = [0] * len(tree)
        for index, (of, value, left, right) in enumerate(tree):
            feature.append(max(of, 0))
            limit.append(value)
            children.append((base + index, base + index) if of < 0 else (base + left, base + right))
            if of >= 0:
                levels[left] = levels[right] = levels[index] + 1  # children stand behind their parent
        depth = max(depth, *levels)
    return (
        np.array(feature, dtype=np.int32),
        np.array(limit, dtype=float),
        np.array(children, dtype=np.int32).ravel(),
        np.array(roots, dtype=np.int32),
        depth,
    )


@cache
def shipped() -> Ranker:
    """The ranker that comes with the package."""
    return Ranker.read(files("dovetail.nextedit").joinpath("ranker.json").read_text(encoding="utf-8"))
