"""Chances follow what is typed after guesses in this workspace."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.fim.builtin.model.correction import Correction

URI = "file:///a.py"


def typed_after(correction: Correction, text: str, chance: float, typed: str) -> None:
    correction.typed(URI, 3, "x = ")
    correction.guessed(URI, 3, "x = ", text, chance, shown=True)
    correction.typed(URI, 3, "x = " + typed)


@pytest.mark.parametrize(
    ("text", "typed", "moves"),
    [
        ("call(a)", "call", 1),
        ("call(a)", "call(b", 1),  # the first word is what the chance is of
        ("call(a)", "c", 0),  # typed in part
        ("call(a)", "d", -1),
        ("call(a)", "cold", -1),
        ("call(a)", "", 0),
        ("\n", "d", 0),
    ],
)
def test_one_guess(text: str, typed: str, moves: int) -> None:
    correction = Correction()
    typed_after(correction, text, 0.5, typed)
    assert (correction.offset > 0) - (correction.offset < 0) == moves


def test_what_is_typed_in_part_is_told_later_and_another_line_tells_nothing() -> None:
    correction = Correction()
    correction.guessed(URI, 3, "x = ", "call", 0.5, shown=True)
    correction.typed(URI, 3, "x = ca")
    assert correction.offset == 0
    correction.typed(URI, 3, "x = call(")
    assert correction.offset > 0
    other = Correction()
    other.guessed(URI, 3, "x = ", "call", 0.5, shown=True)
    other.typed(URI, 4, "x = d")
    other.typed(URI, 3, "x = d")
    assert other.offset == 0


def typed_along(typed: str, *, shown: bool, guess: str = "called_name") -> float:
    """The offset after a line was typed letter by letter, with the rest of the same guess made at each."""
    correction = Correction()
    for column in range(len(typed) + 1):
        correction.typed(URI, 3, "x = " + typed[:column])
        if guess.startswith(typed[:column]) and guess != typed[:column]:
            correction.guessed(URI, 3, "x = " + typed[:column], guess[column:], 0.5, shown=shown)
    return correction.offset


@pytest.mark.parametrize("typed", ["called_none", "called_name("])
def test_a_guess_that_is_shown_and_typed_along_is_judged_once(typed: str) -> None:
    once = Correction()
    typed_after(once, "called_name", 0.5, typed)
    assert once.offset != 0
    assert typed_along(typed, shown=True) == once.offset
    # One that is kept back is a new guess at each letter, as it would be if it came to be shown there.
    assert abs(typed_along(typed, shown=False)) > abs(once.offset)


def test_a_guess_that_was_typed_against_is_not_judged_again_on_its_line() -> None:
    once = Correction()
    typed_after(once, "string", 0.5, " ")
    assert once.offset < 0
    aligned, kept_back, elsewhere = Correction(), Correction(), Correction()
    for correction, shown in ((aligned, True), (kept_back, False)):
        for spaces in range(12):
            correction.typed(URI, 3, "x" + " " * spaces)
            correction.guessed(URI, 3, "x" + " " * spaces, "string", 0.5, shown=shown)
        correction.typed(URI, 3, "x" + " " * 12)
    assert aligned.offset == once.offset
    assert kept_back.offset < once.offset
    for line in (3, 4):
        elsewhere.typed(URI, line, "x")
        elsewhere.guessed(URI, line, "x", "string", 0.5, shown=True)
        elsewhere.typed(URI, line, "x ")
    assert elsewhere.offset < once.offset


def test_a_guess_that_was_typed_against_is_a_new_one_when_the_cursor_went_back() -> None:
    once, twice = Correction(), Correction()
    typed_after(once, "string", 0.5, "d")
    typed_after(twice, "string", 0.5, "d")
    typed_after(twice, "string", 0.5, "d")
    assert twice.offset < once.offset < 0


def test_another_guess_on_the_way_is_judged_by_itself() -> None:
    correction, first = Correction(), Correction()
    typed_after(first, "called_name", 0.5, "cold")
    correction.guessed(URI, 3, "x = ", "called_name", 0.5, shown=True)
    correction.typed(URI, 3, "x = c")
    correction.guessed(URI, 3, "x = c", "all", 0.5, shown=True)
    correction.typed(URI, 3, "x = cold")
    assert correction.offset < first.offset


@pytest.mark.parametrize("truth", [0.2, 0.35, 0.5, 0.65])
def test_chances_come_near_what_is_right(truth: float) -> None:
    correction, chance = Correction(), random.Random(1)
    for _ in range(600):
        typed_after(correction, "call", 0.5, "call" if chance.random() < truth else "d")
    # Bounded: of 0.5 it makes 0.31 at least.
    assert correction.corrected(0.5) == pytest.approx(max(truth, 0.31), abs=0.06)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=60), st.floats(0.001, 0.999))
def test_it_is_bounded_monotone_and_can_be_taken_back(
    guesses: list[tuple[float, bool]], chance: float
) -> None:
    correction = Correction()
    for given_chance, right in guesses:
        typed_after(correction, "call", given_chance, "call" if right else "d")
    assert -0.8 <= correction.offset <= 0.8
    assert correction.raw(correction.corrected(chance)) == pytest.approx(chance)
    assert correction.corrected(chance / 2) < correction.corrected(chance)
    assert correction.corrected(0.0) == 0.0 and correction.corrected(1.0) == 1.0


def test_guesses_of_few_documents_are_kept() -> None:
    correction = Correction()
    for number in range(100):
        correction.guessed(f"file:///{number}", 0, "", "call", 0.5, shown=True)
    for number in range(84):
        correction.typed(f"file:///{number}", 0, "d")
    assert correction.offset == 0
    correction.typed("file:///99", 0, "d")
    assert correction.offset < 0
