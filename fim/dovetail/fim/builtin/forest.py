"""A forest of boosted trees, read from numbers: how likely each row of a table is right.

What was fitted (with scikit-learn, by the scripts in `bench/`) lies in JSON files; nothing is fitted at run time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_MOST_QUESTIONS = 12
"""A table of twice as many numbers for each more."""

Table = npt.NDArray[np.float32]
Answers = npt.NDArray[np.bool_]


class Forest:
    """A sum of regression trees under a logistic function, then a calibration table.

    Raises:
        ValueError: the data speak of other features than this code.
    """

    def __init__(self, data: dict[str, Any], names: Sequence[str]) -> None:
        if tuple(data["features"]) != tuple(names):
            raise ValueError("these trees were fitted for other features: fit them anew (see bench/)")
        self._base = float(data["base"])
        self._forest(data["trees"])
        self._knots = np.array(data["calibration"]["score"])
        self._chances = np.array(data["calibration"]["chance"])

    def _forest(self, trees: Sequence[dict[str, Any]]) -> None:
        """Lay the trees out so that all questions of all trees are answered at once.

        The answers of a tree's questions, taken as the bits of a number, name the leaf that they lead to
        (as in QuickScorer, Lucchese et al. 2015, with a table in place of its masks).
        """
        inner = [_inner(tree) for tree in trees]
        bits = max(map(len, inner))
        if bits > _MOST_QUESTIONS:
            raise ValueError(f"there are trees of more than {_MOST_QUESTIONS + 1} leaves")
        self._feature = np.zeros((bits, len(trees)), np.intp)
        # Questions that a tree does not have are answered "left" by every number: nothing exceeds infinity.
        limit = np.full((bits, len(trees)), np.inf)
        self._leaves = np.empty((len(trees), 1 << bits))
        answers = (np.arange(1 << bits) >> np.arange(bits)[:, None] & 1).astype(np.bool_)
        for row, (tree, nodes) in enumerate(zip(trees, inner, strict=True)):
            self._feature[: len(nodes), row] = [tree["feature"][node] for node in nodes]
            limit[: len(nodes), row] = [tree["limit"][node] for node in nodes]
            self._leaves[row] = _leaf(tree, 0, dict(zip(nodes, answers, strict=False)))
        # Rounded down, x <= limit says the same of every 32-bit x, and nothing is converted.
        narrow = limit.astype(np.float32)
        self._limit = np.where(narrow > limit, np.nextafter(narrow, np.float32(-np.inf)), narrow)[..., None]
        self._powers = (1 << np.arange(bits)).astype(np.uint16)[:, None, None]  # `_MOST_QUESTIONS` fit
        self._offsets = (np.arange(len(trees)) << bits)[:, None]

    def score(self, table: Table) -> npt.NDArray[np.float64]:
        """The uncalibrated chance of each row."""
        columns = np.ascontiguousarray(table.T)
        right = columns.take(self._feature, axis=0) > self._limit
        # The bits of all questions at once: no loop over them, and no product, which a library may spread over threads.
        bits = np.add.reduce(right.view(np.uint8) * self._powers, axis=0, dtype=np.uint16)
        code = bits.astype(np.intp)
        code += self._offsets
        total: npt.NDArray[np.float64] = self._leaves.take(code.T).sum(axis=1) + self._base
        return 1 / (1 + np.exp(-total))

    def chance(self, table: Table) -> npt.NDArray[np.float64]:
        """The calibrated chance of each row."""
        if not len(table):
            return np.empty(0)
        chances: npt.NDArray[np.float64] = np.interp(self.score(table), self._knots, self._chances)
        return chances


def _inner(tree: dict[str, Any]) -> list[int]:
    """The nodes of a tree that ask a question; the others lead to themselves."""
    return [node for node, left in enumerate(tree["left"]) if left != node]


def _leaf(tree: dict[str, Any], node: int, right: dict[int, Answers]) -> Any:
    """The values that lie below a node, by what is answered to its questions."""
    if node not in right:
        return tree["value"][node]
    return np.where(
        right[node], _leaf(tree, tree["right"][node], right), _leaf(tree, tree["left"][node], right)
    )
