"""The words for a hunk that fits nowhere: the nearest place, and the first line that differs."""

from __future__ import annotations

import pytest

from dovetail.edits.live import LiveText
from dovetail.edits.locating.explain import nearest, not_found

from .marked import reading, text


@pytest.mark.parametrize(
    ("old", "live", "stated", "expected"),
    [
        (["b", "c"], ["a", "b", "c", "d"], None, 1),
        (["x", "b"], ["a", "b"], None, 0),  # the quote would start at line 0
        (["x", "y", "b"], ["b", "z"], None, 0),  # or before it: never less than 0
        # Two lines that stand twice weigh less than one that stands once.
        (["one", "two", "single"], ["one", "two", "q", "one", "two", "q", "q", "single"], None, 5),
        # Four of them weigh more (2 each against 6).
        (
            ["k1", "k2", "k3", "k4", "once"],
            [*["k1", "k2", "k3", "k4", "q", "k1", "k2", "k3", "k4", "q", "q", "q", "once"]],
            None,
            0,
        ),
        # Lines that stand four times weigh 1 each.
        (["m", "m2", "s"], ["m", "m2", "m", "m2", "m", "m2", "m", "m2", "q", "s"], None, 7),
        (["r"], ["r", "a", "r", "b", "r"], 2, 2),  # among equals the one nearest to what is stated
        (["r"], ["r", "a", "r", "b", "r"], 4, 4),
        (["r"], ["r", "a", "r", "b", "r"], None, 0),
        (["gone"], ["a", "b"], 1, 1),
        (["gone"], ["a", "b"], 0, 0),
        (["gone"], ["a", "b"], 2, None),  # below the end
        (["alpha beta gamma"], ["x", "alpha beta delta", "y"], None, 1),  # most words in common
        (["q", "alpha beta gamma"], ["x", "y", "alpha beta delta"], None, 1),
        (["alpha beta gamma"], ["x", "alpha one two three", "y"], None, None),  # one of six
        ([], ["a"], None, None),
        (["!!"], ["a"], None, None),
    ],
)
def test_the_nearest_place(old: list[str], live: list[str], stated: int | None, expected: int | None) -> None:
    assert nearest(old, text(*live), stated) == expected


def test_lines_that_stand_everywhere_say_nothing() -> None:
    live = text(*["}"] * 41, "only")
    assert nearest(["}"], live, None) is None
    assert nearest(["}", "only"], live, None) == 40
    assert nearest(["}"], text(*["}"] * 40), None) == 0


LIVE = text("def f(a):", "    one = 1", "    two = 2", "    return one + two", "", "def g():", "    return 5")


@pytest.mark.parametrize(
    ("lines", "said", "span"),
    [
        (
            ("-    one = 1", " ", " def g():"),
            "lines 3 to 4 are not in the quote, where a blank line follows at once",
            (1, 4),
        ),
        (
            ("-    one = 1", "-  two = 2"),
            "line 3 is indented by 4 spaces, not by 2 spaces as quoted: 'two = 2'",
            (1, 3),
        ),
        (
            ("-def g():", "-    return 5", "-more()"),
            "the file ends at line 7, where line 3 of the quote should stand: 'more()'",
            (5, 7),
        ),
        (
            ("-def f(a):", "-    one = 2", "-    two = 2"),
            "line 2 differs: quoted 'one = 2', there 'one = 1'",
            (0, 3),
        ),
        (("-gone()",), "the line that it quotes stands nowhere in this file: 'gone()'", (0, 0)),
        (
            ("-gone()", "-too()"),
            "none of the 2 lines that it quotes stands in this file; is it of another file, or of another version "
            "of this one?",
            (0, 0),
        ),
        (
            ("-def f(a, b, c):", "-gone()"),
            "none of the 2 lines that it quotes stands in this file: 'def f(a, b, c):' does not; most like it is "
            "line 1: 'def f(a):'",
            (0, 0),
        ),
        (
            ("-    one = 1", "-    return one + two"),
            "line 3, 'two = 2', is not in the quote, where 'return one + two' follows at once",
            (1, 3),
        ),
        (
            ("-    one = 1", "-    more()", "-    two = 2", "-    return one + two"),
            "line 2 of the quote, 'more()', does not stand there: line 3 is 'two = 2'",
            (1, 5),
        ),
        (
            ("-def h(a):", "-    return 5"),
            "line 6 differs: quoted 'def h(a):', there 'def g():'",
            (5, 7),
        ),
        (
            ("-def h(a):", "-def g():", "-    return 5"),
            "line 1 of the quote, 'def h(a):', does not stand above line 6, 'def g():'",
            (4, 7),
        ),
        (
            ("-def f(a):", "-gone()", "-def h():", "-too()", "-    x"),
            "1 of 5 quoted lines stands in this file; 'def h():' stands nowhere in it",
            (0, 0),
        ),
        (
            ("-    return 5", "-def f(a):", "-    two = 2", "-    a", "-    b"),
            "3 of 5 quoted lines stand in this file; 'a' stands nowhere in it",
            (0, 0),
        ),
        (
            ("-    return one + 3",),
            "line 4 differs: quoted 'return one + 3', there 'return one + two'",
            (3, 4),
        ),
    ],
)
def test_what_is_said(lines: tuple[str, ...], said: str, span: tuple[int, int]) -> None:
    assert not_found(reading(*lines), LIVE, None) == (said, span)


def test_blank_lines_where_they_are_said_to_stand_are_no_piece() -> None:
    assert not_found(reading("-"), LIVE, 4) == ("the lines stand there, but not as one piece", (4, 5))


@pytest.mark.parametrize(
    ("line", "span"),
    [
        ("    total = first + second + third", (3, 4)),
        ("    total = first + second + other", (3, 4)),  # four words, three of them: more than two thirds
        ("    total = first + nothing + other", (0, 0)),  # two of four
    ],
)
def test_a_line_is_named_where_two_thirds_of_its_words_stand(line: str, span: tuple[int, int]) -> None:
    live = text("a()", "b()", "c()", "    total = first + second - third", "d()")
    assert not_found(reading(f"-{line}"), live, None)[1] == span


def test_lines_further_above_a_place_do_not_speak_for_it() -> None:
    """Half of the quote has to stand near the place; what stands a dozen lines above it is of something else."""
    quote = ["only_here(1)", "far_one(2)", "far_two(3)", "gone()"]
    above = [*(f"head({number})" for number in range(3)), *quote[1:3], *quote[1:3]]
    for lines, place in ((7, (0, 0)), (0, (7, 9))):
        live = text(*above, *(f"filler({number})" for number in range(lines)), quote[0], "tail()")
        assert not_found(reading(*(f"-{line}" for line in quote)), live, None)[1] == place, lines


def test_quoted_lines_that_only_the_replacement_has() -> None:
    one = reading(" def f(a):", "-    three = 3", "+    three = 3", "+    four = 4")
    why, span = not_found(one, LIVE, None)
    assert (
        why
        == "line 2 differs: quoted 'three = 3', there 'one = 1'; line 2 of the quote stands only in the replacement"
    )
    assert span == (0, 2)


def test_an_empty_file_and_a_long_line() -> None:
    assert not_found(reading("-x"), LiveText(""), None) == ("the file is empty", (0, 0))
    long = "w" * 71
    assert not_found(reading(f"-{long}"), LIVE, None)[0].endswith(f"'{'w' * 67}…'")
    assert not_found(reading(f"-{'w' * 70}"), LIVE, None)[0].endswith(f"'{'w' * 70}'")


def test_a_line_is_said_to_be_most_like_only_where_it_is_the_one_and_shares_enough() -> None:
    total = "    total = first + second + third"
    quote = reading("-total = first + second + third + last + more", "-gone")
    said, place = not_found(quote, text("if a or b == 0:", total, "    x = 1"), None)
    assert "does not; most like it is line 2: 'total = first" in said
    assert place == (0, 0)
    assert "most like" not in not_found(reading("-if a.b:", "-gone"), text("if a or b == 0:"), None)[0]
    assert "most like" not in not_found(quote, text(total, total), None)[0], "one of two"
