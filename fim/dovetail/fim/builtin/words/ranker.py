"""How likely a token comes next: boosted trees, fitted on replayed histories by `bench/fit_words.py`."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from ..forest import Forest
from .table import NAMES


class TokenRanker(Forest):
    """The trees for next tokens.

    Raises:
        ValueError: the data speak of other features than this code.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__(data, NAMES)


@cache
def shipped() -> TokenRanker:
    """The ranker that comes with this package."""
    text = files("dovetail.fim.builtin.words").joinpath("ranker.json").read_text(encoding="utf-8")
    return TokenRanker(json.loads(text))
