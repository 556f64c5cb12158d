"""How likely a candidate is what will be typed: boosted trees, fitted on replayed histories.

The trees were fitted by `bench/fit_ranker.py` and lie beside this file as numbers; here they are read.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from ._features import NAMES

Table = npt.NDArray[np.float32]


class Ranker:
    """A sum of regression trees under a logistic function, then a calibration table.

    Raises:
        ValueError: the data speak of other features than this code.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        if tuple(data["features"]) != NAMES:
            raise ValueError("ranker.json was fitted for other features: run bench/fit_ranker.py")
        self._base = float(data["base"])
        trees = data["trees"]
        width = max(len(tree["feature"]) for tree in trees)
        self._feature = np.zeros((len(trees), width), np.intp)
        self._limit = np.full((len(trees), width), np.inf)
        self._left = np.zeros((len(trees), width), np.intp)
        self._right = np.zeros((len(trees), width), np.intp)
        self._value = np.zeros((len(trees), width))
        for row, tree in enumerate(trees):
            size = len(tree["feature"])
            self._feature[row, :size] = tree["feature"]
            self._limit[row, :size] = tree["limit"]
            self._left[row, :size] = tree["left"]
            self._right[row, :size] = tree["right"]
            self._value[row, :size] = tree["value"]
        self._offsets = np.arange(len(trees)) * width
        self._depth = int(data["depth"])
        self._knots = np.array(data["calibration"]["score"])
        self._chances = np.array(data["calibration"]["chance"])

    def score(self, table: Table) -> npt.NDArray[np.float64]:
        """The uncalibrated chance of each row."""
        rows = np.arange(len(table))[:, None]
        feature, limit = self._feature.ravel(), self._limit.ravel()
        left, right = self._left.ravel(), self._right.ravel()
        node = np.broadcast_to(self._offsets, (len(table), len(self._offsets)))
        for _ in range(self._depth):
            low = table[rows, feature[node]] <= limit[node]
            node = np.where(low, left[node], right[node]) + self._offsets
        total: npt.NDArray[np.float64] = self._value.ravel()[node].sum(axis=1) + self._base
        return 1 / (1 + np.exp(-total))

    def chance(self, table: Table) -> npt.NDArray[np.float64]:
        """The calibrated chance of each row."""
        if not len(table):
            return np.empty(0)
        chances: npt.NDArray[np.float64] = np.interp(self.score(table), self._knots, self._chances)
        return chances


@cache
def shipped() -> Ranker:
    """The ranker that comes with this package."""
    text = files("dovetail.fim.embedded").joinpath("ranker.json").read_text(encoding="utf-8")
    return Ranker(json.loads(text))
