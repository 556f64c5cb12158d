"""Reading takes time that grows with a reply and no faster, whatever the reply looks like."""

from __future__ import annotations

import pytest

from bench.reply_shapes import SHAPES, cpu

SMALL, LARGE = 20_000, 160_000
"""Characters. Eight times as much takes eight times as long where reading is linear, and sixty-four times where it
is quadratic."""


@pytest.mark.parametrize("name", SHAPES)
def test_reading_grows_with_the_reply(name: str) -> None:
    make = SHAPES[name]
    cpu(make(SMALL))  # caches are filled
    small = min(cpu(make(SMALL)) for _ in range(3))
    large = min(cpu(make(LARGE)) for _ in range(2))
    assert large < 30 * small + 0.05
