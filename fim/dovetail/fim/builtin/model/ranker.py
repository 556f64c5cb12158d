"""How likely a candidate for the rest of a line is what will be typed: boosted trees, fitted on replayed histories by
`bench/fit_ranker.py`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from ..forest import Forest
from .features import NAMES


class Ranker(Forest):
    """The trees for whole rests of lines.

    Raises:
        ValueError: the data speak of other features than this code.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data, NAMES)


@cache
def shipped() -> Ranker:
    """The ranker that comes with this package."""
    text = files("dovetail.fim.builtin.model").joinpath("ranker.json").read_text(encoding="utf-8")
    return Ranker(json.loads(text))
