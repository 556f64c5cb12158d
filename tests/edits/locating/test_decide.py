"""The written rules for duplicate matches, one at a time: what each needs to name a place, and what is not enough."""

from __future__ import annotations

import hashlib

import pytest
from attrs import evolve

from dovetail.edits.live import LiveText
from dovetail.edits.locating.candidate import Candidate, Neighbour
from dovetail.edits.locating.decide import decide, is_blob, outside_scope
from dovetail.edits.model import Header, Hunk

from .marked import hunk, numbered, reading, text

LINE = "    total = 0"


def places(one: Hunk, live: LiveText) -> list[Candidate]:
    return [(one.readings[0], at) for at in live.find(one.readings[0].old)]


def chosen(
    one: Hunk, live: LiveText, beside: list[Neighbour] = (), position: int = 0, **rest: object
) -> int | None:  # type: ignore[assignment]
    found = decide(one, places(one, live), live, str(rest.pop("blob", "")), beside, position, **rest)  # type: ignore[arg-type]
    return None if found is None else found[1]


def beside(*known: tuple[int | None, int | None], size: int = 1, growth: int = 0) -> list[Neighbour]:
    """Hunks of the change as (where it was found, the line that it states)."""
    return [Neighbour(place, size, stated, growth) for place, stated in known]


# The text is known ------------------------------------------------------------------------------------------------


def blob_of(live: LiveText) -> str:
    data = live.text.encode()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize(("stated", "size", "expected"), [(2, 40, 2), (0, 7, 0), (1, 40, None), (2, 6, None)])
def test_the_blob_id_makes_the_stated_line_true(stated: int, size: int, expected: int | None) -> None:
    live = text("x", "y", "x", "z")
    one = evolve(hunk("-x", "+w"), header=Header(stated, 1, 1, None))
    assert chosen(one, live, blob=blob_of(live)[:size]) == expected


def test_the_blob_id_of_another_text_says_nothing() -> None:
    live = text("x", "y", "x")
    one = evolve(hunk("-x", "+w"), header=Header(2, 1, 1, None))
    assert chosen(one, live, blob=blob_of(text("other"))) is None
    assert not is_blob(live.text, "0" * 40)
    assert is_blob(live.text, blob_of(live)[:7].upper())


# Scope ------------------------------------------------------------------------------------------------------------

TWO = text(
    "class A:",
    "    def f(self):",
    LINE,
    "    def g(self):",
    "        pass",
    "class B:",
    "    def f(",
    "        self,",
    "    ):",
    LINE,
)


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (("class A:",), 2),
        (("class B:",), 9),
        (("class B:", "def g(self):"), None),
        (("class A",), 2),  # the end left off
        (("clas",), None),  # too little to be a line cut short
        (("class C:",), None),
        (("class B:", "class A:"), None),  # the inner one stands above the outer one
        (("pass",), None),  # it opens no block around either
        (("  class B:  ",), 9),
    ],
)
def test_a_scope_names_the_block(scopes: tuple[str, ...], expected: int | None) -> None:
    assert chosen(hunk(f"-{LINE}", "+    total = 1", scopes=scopes), TWO) == expected


def test_lines_at_the_margin_that_close_a_signature_or_are_the_preprocessors_end_no_block() -> None:
    live = text(
        "int f(",
        "    int a",
        ")",
        "{",
        "#if X",
        "    x = 1;",
        "#endif",
        "}",
        "int g(void)",
        "{",
        "    x = 1;",
        "}",
    )
    assert chosen(hunk("-    x = 1;", "+    x = 2;", scopes=("int f(",)), live) == 5
    assert chosen(hunk("-    x = 1;", "+    x = 2;", scopes=("int g(void)",)), live) == 10


@pytest.mark.parametrize(
    ("scopes", "at", "exact", "said"),
    [
        (("class A:",), 2, True, ""),
        (("class A:",), 9, True, "class A:"),
        (("class B:",), 2, True, "class B:"),  # it opens a block further down
        (("nowhere at all",), 2, True, ""),
        (("class A:",), 0, True, ""),  # the scope line itself
        (("pass",), 9, True, ""),  # opens no block, and stands above
        (("pass",), 9, False, "pass"),  # not exact: then its block has to hold the place
        (("pass",), 2, True, "pass"),  # below the place
        (("class A:", "def f("), 9, True, "class A:"),
        (("class B:", "def f("), 9, True, "def f("),  # it stands beside the method, not in it
    ],
)
def test_a_place_outside_of_the_scope_is_told(
    scopes: tuple[str, ...], at: int, exact: bool, said: str
) -> None:
    assert outside_scope(scopes, at, TWO, exact) == said


def test_what_opens_a_block_is_read_from_the_next_line_that_is_not_blank() -> None:
    live = text("if a:", "", "    x", "if b:", "y", "x")
    assert outside_scope(("if a:",), 5, live, True) == "if a:"
    assert outside_scope(("if b:",), 5, live, True) == ""


# The ends of the file ----------------------------------------------------------------------------------------------


def test_a_hunk_that_says_it_is_at_the_end() -> None:
    live = text("}", "x", "}")
    assert chosen(hunk("-}", "+})", at_end=True), live) == 2
    assert chosen(hunk("-}", "+})", at_end=True), text("}", "}", "x")) is None


ENDS = text("a", "b", "c", "m", "a", "b", "c")


@pytest.mark.parametrize(
    ("lines", "stated", "expected"),
    [
        ((" a", " b", "-c", "+d"), 9, 4),  # two lines above, none below: the file ends there
        ((" a", " b", "-c", "+d", "+e", "+f"), 9, 4),
        ((" b", "-c", "+d"), 9, None),  # one line above is what anybody may write
        (("-a", "+z", " b", " c"), 0, 0),  # the start, and it says so
        (("-a", "+z", " b", " c"), 1, None),
        (("-a", "+z", " b"), 0, None),
        ((" a", "-b", "+z", " c"), 9, None),  # as much above as below
    ],
)
def test_context_cut_as_git_cuts_it(lines: tuple[str, ...], stated: int, expected: int | None) -> None:
    assert chosen(numbered(stated, *lines, new_start=stated + 30, ends_plainly=True), ENDS) == expected


def test_context_cut_says_nothing_without_an_end_or_right_counts_or_where_it_is_done() -> None:
    lines = (" a", " b", "-c", "+d")
    assert chosen(numbered(9, *lines, new_start=39), ENDS) is None
    wrong = evolve(numbered(9, *lines, new_start=39, ends_plainly=True), header=Header(9, 4, 3, 39))
    assert chosen(wrong, ENDS) is None
    done = text("a", "b", "d", "a", "b", "c", "m", "a", "b", "c")
    assert chosen(numbered(9, *lines, new_start=39, ends_plainly=True), done) is None


# Numbers ----------------------------------------------------------------------------------------------------------

ROWS = text(*["a", "x", "b", "x", "c", "x", "d", "x", "e"])


@pytest.mark.parametrize(
    ("stated", "known", "position", "expected"),
    [
        (3, [(0, 0), (None, 3), (8, 8)], 1, 3),
        (1, [(0, 0), (None, 1), (8, 8)], 1, 1),
        (1, [(0, 0), (None, 1)], 1, 1),  # all stand exactly where stated: one neighbour is enough
        (3, [(2, 0), (None, 3), (8, 6)], 1, 5),  # all off by two, one on each side
        (3, [(2, 0), (None, 3)], 1, None),  # off by two, and nobody below
        (3, [(None, 3), (8, 6)], 0, None),  # off by two, and nobody above
        (3, [(2, 0), (None, 3), (8, 7)], 1, None),  # the others do not agree
        (2, [(0, 0), (None, 2), (8, 8)], 1, None),  # nothing of it stands there
        (3, [(8, 8), (None, 3), (0, 0)], 1, None),  # not in the order of the reply
        (7, [(0, 0), (4, 4), (None, 7)], 2, 7),
        (7, [(0, 0), (8, 8), (None, 7)], 2, None),  # one that comes before stands below
    ],
)
def test_numbers_that_other_hunks_bear_out(
    stated: int, known: list[tuple[int | None, int | None]], position: int, expected: int | None
) -> None:
    assert chosen(numbered(stated, "-x", "+y"), ROWS, beside(*known), position) == expected


@pytest.mark.parametrize(
    ("growth", "new_start", "expected"), [(0, 3, 3), (0, 4, None), (2, 5, 3), (2, 3, None), (-1, 2, 3)]
)
def test_the_two_starts_differ_by_what_the_hunks_before_add(
    growth: int, new_start: int, expected: int | None
) -> None:
    known = beside((0, 0), (None, 3), (8, 8), growth=growth)
    known[2] = evolve(known[2], growth=7)  # what comes behind plays no part
    known[1] = evolve(known[1], growth=5)
    assert chosen(numbered(3, "-x", "+y", new_start=new_start), ROWS, known, 1) == expected


def test_the_counts_have_to_be_right() -> None:
    one = evolve(numbered(3, "-x", "+y"), header=Header(3, 2, 1, 3))
    assert chosen(one, ROWS, beside((0, 0), (None, 3), (8, 8)), 1) is None
    one = evolve(numbered(3, "-x", "+y"), header=Header(3, 1, 1, None))
    assert chosen(one, ROWS, beside((0, 0), (None, 3), (8, 8)), 1) is None


HEADED = text("def first():", "    x", "    x", "$b = {", "    x", "_c:", "    x")


@pytest.mark.parametrize(
    ("stated", "heading", "expected"),
    [
        (1, "def first():", 1),
        (2, "def first():", 2),
        (4, "def first():", None),
        (4, "$b = {", 4),
        (6, "_c:", 6),
        (6, "_c: and more", None),
        (6, "_", 6),  # git cuts headings
    ],
)
def test_numbers_that_gits_heading_bears_out(stated: int, heading: str, expected: int | None) -> None:
    one = numbered(stated, "-    x", "+    y")
    one = evolve(one, header=evolve(one.header, heading=heading))
    assert chosen(one, HEADED, [Neighbour(None, 1, stated)], 0) == expected


TOOL = text(*["a", "b", "c", "x", "d", "e", "f", "g", "a", "b", "c", "x", "d", "e", "f"])


@pytest.mark.parametrize(
    ("lines", "stated", "rest", "expected"),
    [
        ((" a", " b", " c", "-x", "+y", " d", " e", " f"), 8, {}, 8),
        ((" a", " b", " c", "-x", "+y", " d", " e", " f"), 0, {}, 0),
        (
            (" b", " c", "-x", "+y", " d", " e", " f"),
            1,
            {},
            None,
        ),  # two lines above, and the file does not start there
        ((" a", " b", " c", "-x", "+y", " d", " e"), 0, {}, None),  # two below, and it does not end there
        ((" a", "-b", "+y", " c", " x", " d"), 0, {}, 0),  # it starts there
        ((" c", " x", " d", "-e", "+y", " f"), 10, {}, 10),  # it ends there
        ((" a", " b", " c", "-x", "+y", " d", " e", " f"), 8, {"stale": True}, None),
    ],
)
def test_numbers_with_all_that_a_tool_writes(
    lines: tuple[str, ...], stated: int, rest: dict[str, object], expected: int | None
) -> None:
    one = numbered(stated, *lines)
    alone = [Neighbour(None, len(one.readings[0].old), stated, as_stated=True)]
    assert chosen(one, TOOL, alone, 0, **rest) == expected


@pytest.mark.parametrize(
    "other",
    [
        Neighbour(None, 1, 20, as_stated=False),
        Neighbour(None, 1, 20, as_stated=True, done=True),
        Neighbour(None, 1, 8, as_stated=True),  # two hunks at one line
        Neighbour(None, 1, 3, as_stated=True),  # stated above, though it comes behind
    ],
)
def test_one_hunk_that_a_tool_would_not_write_so_spoils_it_for_all(other: Neighbour) -> None:
    one = numbered(8, " a", " b", " c", "-x", "+y", " d", " e", " f")
    mine = Neighbour(None, 7, 8, as_stated=True)
    assert chosen(one, TOOL, [mine, Neighbour(None, 1, 20, as_stated=True)], 0) == 8
    assert chosen(one, TOOL, [mine, other], 0) is None


# Order ------------------------------------------------------------------------------------------------------------

ORDER = text(*["x", "p", "x", "q", "x", "r", "x"])


@pytest.mark.parametrize(
    ("known", "position", "expected"),
    [
        ([(1, None), (None, None), (3, None)], 1, 2),
        ([(3, None), (None, None), (5, None)], 1, 4),
        ([(1, None), (None, None), (5, None)], 1, None),  # two between them
        ([(5, None), (None, None), (1, None)], 1, None),  # not in order
        ([(None, None), (1, None)], 0, None),  # nothing above
        ([(1, None), (None, None)], 1, None),  # nothing below
        ([(None, None), (None, None), (3, None)], 1, None),  # the one above was not found once
        ([(1, None), (None, None), (None, None)], 1, None),
        ([(1, None), (None, None), (3, None), (0, None)], 1, None),  # others are out of order
        ([(0, None), (1, None), (None, None), (3, None), (5, None)], 2, 2),
        ([(2, None), (None, None), (3, None)], 1, None),  # nothing of it between 3 and 3
    ],
)
def test_order(known: list[tuple[int | None, int | None]], position: int, expected: int | None) -> None:
    one = hunk("-x", "+y", ordered=True)
    assert chosen(one, ORDER, beside(*known), position) == expected
    assert chosen(evolve(one, ordered=False), ORDER, beside(*known), position) is None


def test_order_counts_the_whole_length_of_both() -> None:
    live = text(*["x", "a", "x", "b", "x", "c", "x"])
    one = hunk("-x", "+y", ordered=True)
    wide = [Neighbour(1, 2, None), Neighbour(None, 1, None), Neighbour(5, 1, None)]
    assert chosen(one, live, wide, 1) == 4  # the hunk above reaches over the x at 2
    pair = Hunk((reading("-x", " a"),), ordered=True)
    assert (
        chosen(
            pair,
            text(*["q", "x", "a", "x", "a"]),
            [Neighbour(0, 1, None), Neighbour(None, 2, None), Neighbour(4, 1, None)],
            1,
        )
        == 1
    )


def test_order_finds_a_long_quote_far_down_the_file() -> None:
    live = text("x", "a", *["q"] * 6, "top", "x", "a", "end")
    pair = Hunk((reading("-x", " a"),), ordered=True)
    around = [Neighbour(8, 1, None), Neighbour(None, 2, None), Neighbour(11, 1, None)]
    assert chosen(pair, live, around, 1) == 9


def test_too_many_hunks_do_not_speak_for_one_another() -> None:
    many = beside((1, None), (None, None), *[(3, None)] * 399)
    assert chosen(hunk("-x", "+y", ordered=True), ORDER, many, 1) is None
    assert chosen(hunk("-x", "+y", ordered=True), ORDER, many[:400], 1) == 2
