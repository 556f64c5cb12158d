"""Chances are fitted on guesses as they are shown, each once, and on numbers that say what they are named after."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from dovetail.fim.builtin.words.counted import count
from dovetail.fim.builtin.words.followers import FAR, Followers
from dovetail.fim.builtin.words.table import NAMES

BENCH = Path(__file__).parents[3] / "bench"
WORD, OTHER = 5, 6


@pytest.fixture
def calibration(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    import calibrate_words  # type: ignore[import-not-found]

    return calibrate_words  # type: ignore[no-any-return]


def line(*guesses: tuple[int, int, bool]) -> dict[str, Any]:
    """A line with one guess at each column: token, length, whether it is right."""
    size = len(guesses)
    tokens, lengths, right = (np.array(each) for each in zip(*guesses, strict=True))
    asked = np.array([(0, column) for column in range(size)])
    return {"groups": np.arange(size), "asked": asked, "tokens": tokens, "lengths": lengths, "labels": right}


@pytest.mark.parametrize(
    ("guesses", "score", "seen"),
    [
        # Shown, typed along to its third letter, then typed against.
        ([(WORD, 6, False), (WORD, 5, False), (WORD, 4, False), (OTHER, 3, False)], 0.8, [0, 3]),
        # Kept back, each is a guess of its own.
        ([(WORD, 6, False), (WORD, 5, False), (WORD, 4, False), (OTHER, 3, False)], 0.3, [0, 1, 2, 3]),
        # Taken: what lies within it is not seen.
        ([(WORD, 3, True), (OTHER, 9, False), (OTHER, 8, False), (OTHER, 3, False)], 0.8, [0, 3]),
        # Typed against by a space, and by another: it is not shown again on this line.
        ([(WORD, 6, False), (WORD, 6, False), (WORD, 6, False), (OTHER, 3, False)], 0.8, [0, 3]),
        # A right one of a single character is typed, not typed against.
        ([(WORD, 1, True), (OTHER, 3, False), (WORD, 1, True)], 0.8, [0, 1, 2]),
    ],
)
def test_each_guess_is_judged_once(
    calibration: ModuleType, guesses: list[tuple[int, int, bool]], score: float, seen: list[int]
) -> None:
    assert calibration.places_seen(line(*guesses), np.full(len(guesses), score)) == seen


def test_chances_are_said_as_what_was_typed_so_far_moves_them(calibration: ModuleType) -> None:
    draw = np.random.default_rng(2)
    chances = draw.uniform(0.1, 0.9, 4_000)
    odds = np.log(chances / (1 - chances))
    right = draw.random(4_000) < 1 / (1 + np.exp(-(odds + 0.6)))  # a workspace that is easier than others
    said = calibration.as_said(chances, right, 2_000)
    assert said[0] == chances[0] and said[2_000] == chances[2_000]  # nothing is known yet, and again
    late = np.arange(4_000) % 2_000 >= 1_000
    assert (
        abs(said[late].mean() - right[late].mean()) < 0.02 < right[late].mean() - chances[late].mean() - 0.05
    )


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.6, -0.4), (1.3, 0.5)])
def test_scores_that_are_too_sure_or_not_sure_enough_become_chances(
    calibration: ModuleType, slope: float, offset: float
) -> None:
    chance = np.random.default_rng(1)
    parts, scores = [], []
    for size in (6_000, 12_000):
        odds = chance.normal(0, 2, size)
        right = chance.random(size) < 1 / (1 + np.exp(-(slope * odds + offset)))
        scores.append(1 / (1 + np.exp(-odds)))
        # One guess a line.
        asked = np.stack([np.arange(size), np.zeros(size, int)], axis=1)
        ones = np.ones(size, int)
        parts.append(
            {"groups": np.arange(size), "asked": asked, "tokens": ones, "lengths": 5 * ones, "labels": right}
        )
    known = calibration.calibrate(parts, scores)
    given = np.array([0.05, 0.2, 0.5, 0.8, 0.95])
    true = 1 / (1 + np.exp(-(slope * np.log(given / (1 - given)) + offset)))
    assert np.interp(given, known["score"], known["chance"]) == pytest.approx(true, abs=0.025)
    assert np.all(np.diff(known["chance"]) > 0)
    assert known["score"][0] == 0 and known["score"][-1] == 1


def test_what_follows_no_token_is_not_counted_as_following_one() -> None:
    size = 4
    nowhere = Followers(
        np.array([3, 3, 4, 5], np.int32),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
        np.ones(size, np.float32),
        np.full(size, FAR, np.float32),
    )
    counted = count(nowhere, np.arange(9, dtype=np.int32), bare=True)
    assert counted is not None
    assert counted.tokens[0] == 3
    assert counted.rows[0, NAMES.index("workspace count")] == pytest.approx(np.log1p(2))
    assert not counted.rows[:, NAMES.index("workspace direct count")].any()
