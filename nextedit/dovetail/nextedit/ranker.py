"""The ranker: how likely a candidate is what the user would do, by boosted trees fitted on recorded commits.

`bench/next_edit/fit.py` fits them and writes `ranker.json`; here they are read and walked, in plain Python.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from math import exp

from attrs import define

Node = tuple[int, float, int, int]
"""(feature, threshold, left, right) of an inner node; (-1, value, 0, 0) of a leaf."""


@define(frozen=True, slots=True)
class Ranker:
    """Boosted trees; the chance is the logistic of the sum of their leaves."""

    base: float
    trees: tuple[tuple[Node, ...], ...]

    @classmethod
    def read(cls, text: str) -> Ranker:
        """From the JSON that `dump` makes.

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

    def chance(self, row: Sequence[float]) -> float:
        """The chance of a candidate with these features, 0 to 1."""
        total = self.base
        for tree in self.trees:
            at = 0
            while True:
                feature, value, left, right = tree[at]
                if feature < 0:
                    total += value
                    break
                at = left if row[feature] <= value else right
        return 1 / (1 + exp(-total))


@cache
def shipped() -> Ranker:
    """The ranker that comes with the package."""
    return Ranker.read(files("dovetail.nextedit").joinpath("ranker.json").read_text(encoding="utf-8"))
