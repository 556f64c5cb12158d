"""How likely a token comes next: boosted trees, fitted on replayed histories by `bench/fit_words.py`, and what the
code says of names.

Where a definition says which names may stand at a place, that tells more than any number of places alike, but it is
so seldom that trees hardly learn it. So the trees' chance is moved once more, by the kind of what is said: its log-odds
are scaled and shifted, with two numbers for each kind (Platt scaling), fitted on histories that the trees did not see.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from ..forest import Forest, Table
from .table import NAMES, SAID, said_of

_LEAST = 0.003


class TokenRanker(Forest):
    """The trees for next tokens.

    Raises:
        ValueError: the data speak of other features than this code.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data, NAMES)
        moves = data.get("said", ())
        if len(moves) != SAID:
            raise ValueError(
                "these trees were fitted for other evidence of names: fit them anew (see bench/)"
            )
        self._moves = np.array(moves, np.float64)

    def chance(self, table: Table) -> npt.NDArray[np.float64]:
        """The calibrated chance of each row."""
        chances = super().chance(table)
        said = said_of(table)
        # Where the code says something of a name, its chance is moved once more: such places are too few for
        # the trees.
        which = np.flatnonzero(said)
        if len(which):
            slope, offset = self._moves[said[which]].T
            chances[which] = 1 / (1 + np.exp(-(slope * log_odds(chances[which]) + offset)))
        return chances


def log_odds(chances: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Of chances, which are kept a little away from 0 and 1."""
    kept = np.clip(chances, _LEAST, 1 - _LEAST)
    odds: npt.NDArray[np.float64] = np.log(kept / (1 - kept))
    return odds


@cache
def shipped() -> TokenRanker:
    """The ranker that comes with this package."""
    text = files("dovetail.fim.builtin.words").joinpath("ranker.json").read_text(encoding="utf-8")
    return TokenRanker(json.loads(text))
