"""What is there already, where insertions slide to, and quotes within lines."""

from __future__ import annotations

import pytest

from dovetail.edits.live import LiveText
from dovetail.edits.locating.applied import Applied, applied_at, applied_somewhere, duplicate_is_done
from dovetail.edits.locating.outcome import slid_down
from dovetail.edits.locating.quote import inside_lines
from dovetail.edits.model import Change, Proof

from .marked import FILE, hunk, located, reading, text


def test_an_insertion_is_applied_where_its_lines_stand_beside_the_anchor() -> None:
    live = text("anchor()", "new_line_here(1)", "anchor()", "new_line_here(1)")
    (outcome,) = located(live, hunk(" anchor()", "+new_line_here(1)"))
    assert (outcome.proof, outcome.lines) == (Proof.APPLIED, (0, 2)), "each place has it"


@pytest.mark.parametrize(
    ("lines", "live", "at", "expected"),
    [
        ((" anchor()", "+added_line()"), ["anchor()", "added_line()"], 0, Applied.YES),
        (("+added_line()", " anchor()"), ["added_line()", "anchor()"], 1, Applied.YES),
        ((" anchor()", "+added_line()"), ["anchor()", "other_line()"], 0, Applied.NO),
        ((" anchor()", "+ab = 1"), ["anchor()", "ab = 1"], 0, Applied.UNCLEAR),  # three letters and digits
        ((" anchor()", "+abcd(ef, 78)"), ["anchor()", "abcd(ef, 78)"], 0, Applied.YES),  # eight
        ((" anchor()", "+abcd(ef, 7)"), ["anchor()", "abcd(ef, 7)"], 0, Applied.UNCLEAR),  # seven
        ((" anchor()", "-gone()", "+added_line()"), ["anchor()", "added_line()"], 0, Applied.NO),
        (
            (" call_it(1)", "+call_it(1)"),
            ["call_it(1)", "call_it(1)"],
            0,
            Applied.UNCLEAR,
        ),  # a row of equal lines
        ((" anchor()", "+added_line()"), ["anchor()", "added_line()", "added_line()"], 0, Applied.UNCLEAR),
        (("+added_line()", " anchor()"), ["added_line()", "added_line()", "anchor()"], 2, Applied.UNCLEAR),
        (
            (" anchor()", "+first_one()", "+second_one()"),
            ["anchor()", "first_one()", "second_one()"],
            0,
            Applied.YES,
        ),
        ((" anchor()", "+first_one()", " end()"), ["x", "anchor()", "first_one()", "end()"], 1, Applied.YES),
    ],
)
def test_whether_an_insertion_is_there(
    lines: tuple[str, ...], live: list[str], at: int, expected: Applied
) -> None:
    assert applied_at(reading(*lines), text(*live), at) is expected


@pytest.mark.parametrize(
    ("lines", "live", "stated", "expected"),
    [
        ((" anchor()", "-old_line()", "+new_line()"), ["x", "anchor()", "new_line()", "y"], None, (1, 3)),
        ((" anchor()", "-old_line()", "+new_line()"), ["anchor()", "new_line()"] * 2, None, None),
        (("-value = 1", "+value = 23456"), ["x", "value = 23456"], None, (1, 2)),  # it sets the same name
        (("-other = 1", "+value = 23456"), ["x", "value = 23456"], None, None),
        (("-other = 1", "+value = 23456"), ["x", "value = 23456"], 1, (1, 2)),  # it stands where it says
        (("-other = 1", "+value = 23456"), ["x", "value = 23456"], 0, None),
        (("-value = 1", "+value = 2"), ["x", "value = 2"], 1, None),  # six letters and digits
        ((" one_line()", "-gone()", " two_line()"), ["one_line()", "two_line()"], None, (0, 2)),
        ((" one_line()", "-gone()"), ["one_line()", "x"], None, None),  # nothing kept below what goes
        (("-return(1)", "+return(23456789)"), ["return(23456789)"], None, None),  # no name
        # More lines come than go: which of them is the one that was changed?
        (("-value = 1", "+value = 23456", "+other = 7"), ["x", "value = 23456", "other = 7"], None, None),
    ],
)
def test_where_a_change_stands_that_is_there_already(
    lines: tuple[str, ...], live: list[str], stated: int | None, expected: tuple[int, int] | None
) -> None:
    assert applied_somewhere(reading(*lines), text(*live), stated) == expected


@pytest.mark.parametrize(
    ("lines", "sent_before", "stated", "expected"),
    [
        ((" a()", " b()", "-x", "+y", " c()"), False, None, (1, 5)),  # three kept lines are enough
        ((" a()", "-x", "+y", " c()"), False, None, None),
        ((" b()", "-x", "+y"), True, None, (2, 4)),  # one is, where the others are applied
        (("-x", "+y"), True, 3, (3, 4)),
        (("-x", "+y"), True, 2, None),
        ((" a()", " b()", "-x", " c()"), False, None, None),  # nothing is added
        ((" a()", " ", "-x", "+y", " c()"), False, None, None),  # a blank line is no context
    ],
)
def test_a_copy_that_has_been_changed(
    lines: tuple[str, ...], sent_before: bool, stated: int | None, expected: tuple[int, int] | None
) -> None:
    live = text("head", "a()", "b()", "y", "c()", "tail")
    assert duplicate_is_done(reading(*lines), live, sent_before=sent_before, stated=stated) == expected


# Insertions, slid; quotes within lines ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "new", "slid", "turned"),
    [
        (1, "bc", 3, "bc"),  # a|bc|bcd: one turn
        (1, "b", 2, "b"),
        (0, "ax", 1, "xa"),
        (5, "z", 5, "z"),
        (1, "bcb", 4, "bbc"),
    ],
)
def test_an_insertion_slides_down_as_far_as_the_text_stays_the_same(
    at: int, new: str, slid: int, turned: str
) -> None:
    lines = list("abcd" if at < 5 else "abcde")
    moved = slid_down(Change(at, at, tuple(new)), lines)
    assert [*lines[: moved.start], *moved.lines, *lines[moved.end :]] == [*lines[:at], *new, *lines[at:]]
    assert moved.start >= at
    assert moved == slid_down(moved, lines)
    assert slid_down(Change(0, 1, ("q",)), lines) == Change(0, 1, ("q",)), "a replacement stays"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("first(1)", "first(2)", [(0, "alpha = first(2)"), (4, "alpha = first(2)")]),
        ("second", "zweite", [(1, "    beta = zweite(2)")]),
        ("econd", "zweite", []),  # it would cut a word in two
        ("secon", "zweite", []),
        ("third(3)\n\nalpha", "third(3)\nalpha", [(2, "gamma = third(3)\nalpha = first(1)")]),
        ("  ", "x", []),
        ("fourth(4)", "", [(5, "delta = ")]),
        ("nowhere", "x", []),
        ("alpha", "omega", [(0, "omega = first(1)"), (4, "omega = first(1)")]),
    ],
)
def test_quotes_within_lines(old: str, new: str, expected: list[tuple[int, str]]) -> None:
    found = inside_lines((old, new), FILE)
    assert [(at, "\n".join(one.new)) for one, at in found] == expected


def test_the_first_and_the_last_word_of_a_text_are_whole_words() -> None:
    live = LiveText("first and last")
    assert [one.new for one, _ in inside_lines(("first", "1st"), live)] == [("1st and last",)]
    assert [one.new for one, _ in inside_lines(("last", "end"), live)] == [("first and end",)]
