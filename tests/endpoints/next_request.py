"""A question for the next edit, and what is recorded of answers, for the tests of those models."""

from __future__ import annotations

import json
from pathlib import Path

from dovetail.endpoints.nextedit import (
    NextEditRequest,
    PastEdit,
)

GOLDEN = Path(__file__).parent / "golden" / "next"


LINES = [
    "import shop",
    "",
    "",
    "def one(cart):",
    "    return cart.total(shop, 1)",
    "",
    "",
    "def two(cart):",
    "    return shop.total_of(cart, 2)",
    "",
    "",
    "def three(cart):",
    "    return shop.total_of(cart, 3)",
]


REQUEST = NextEditRequest(
    path="src/sums.py",
    lines=tuple(LINES),
    start=0,
    line=8,
    column=11,
    history=(
        PastEdit("src/shop.py", 0, ("def total_of(cart, n):",), ("def total(cart, n):",)),
        PastEdit(
            "src/sums.py",
            4,
            ("    return shop.total_of(cart, 1)",),
            ("    return cart.total(shop, 1)",),
            accepted=True,
        ),
    ),
    files=(("src/shop.py", "def total(cart, n):\n    return n\n"),),
)


WANTED = [*LINES[:8], "    return cart.total(shop, 2)", *LINES[9:]]


DATA = json.loads((GOLDEN / "answers.json").read_text(encoding="utf-8"))
