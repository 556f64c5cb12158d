"""Quotes with gaps: pieces around elisions, blank lines and comments left out, whole texts and definitions."""

from __future__ import annotations

import pytest

from dovetail.edits.live import LiveText
from dovetail.edits.locating.definitions import replaced
from dovetail.edits.locating.expanded import expanded, has_gaps, without_gaps
from dovetail.edits.locating.lost import names_lost
from dovetail.edits.locating.pieces import elided_changes, gapped_changes, has_elision
from dovetail.edits.model import Change

from .marked import reading, text

FILE = text("a = 1", "", "def f():", "    one()", "    two()", "    three()", "", "b = 2", "c = 3", "d = 4")


# Pieces around elisions --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((" a = 1", " # ...", "-b = 2", "+b = 3"), ([(7, 8, "b = 3")], (0, 8))),
        (("-a = 1", "+a = 2", " # ...", "-c = 3", " d = 4"), ([(0, 1, "a = 2"), (8, 9)], (0, 10))),
        ((" # ...", "-b = 2", " # ..."), ([(7, 8)], (7, 8))),
        (
            (" # ...", " ", "-b = 2", " ", " # ..."),
            ([(7, 8)], (7, 8)),
        ),  # blank lines beside an elision are part of it
        ((" a = 1", " # ...", "+new()", " d = 4"), ([(9, 9, "new()")], (0, 10))),
        (("-a = 1", "-# ...", "+# ...", " c = 3"), "stands on one side only"),
        ((" a = 1", " # ...", "+new()", " # ...", " d = 4"), "no line of the file beside them"),
        ((" d = 4", " # ...", "-a = 1"), "another order in the file (piece 2)"),
        ((" a = 1", " # ...", "-gone()"), "'gone()' stands nowhere"),
        ((" # ...", " # ..."), "nothing but elisions"),
        ((" a = 1", "-", " # ...", "-a = 1"), "another order in the file (piece 2)"),
    ],
)
def test_pieces_stand_in_order_each_once(lines: tuple[str, ...], expected: object) -> None:
    one = reading(*lines)
    assert has_elision(one)
    found = elided_changes(one, FILE)
    if isinstance(expected, str):
        assert isinstance(found, str) and expected in found
        return
    changes, span = expected  # type: ignore[misc]
    assert found == (tuple(Change(low, high, tuple(new)) for low, high, *new in changes), span)


def test_a_piece_that_stands_twice_is_refused_and_touching_pieces_are_not() -> None:
    live = text("x", "y", "x", "z")
    assert "in several places" in str(elided_changes(reading(" y", " # ...", "-x"), live))
    assert elided_changes(reading(" x", " y", " # ...", "-z"), live) == ((Change(3, 4, ()),), (0, 4))
    assert elided_changes(reading(" x", " y", " # ...", " x", "-z"), live) == ((Change(3, 4, ()),), (0, 4))
    assert not has_elision(reading(" y", "+# ...")), "an added comment elides nothing"


# Blank lines and comments left out ------------------------------------------------------------------------------------


SPACED = text("import os", "", "# first", "a = 1", "b = 2", "", "", "c = 3", "# last", "d = 4")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            (" import os", " a = 1", "-b = 2", "+b = 5"),
            ([(4, 5, "b = 5")], (0, 5), "blank lines and comments"),
        ),
        ((" b = 2", " c = 3", "+new()"), ([(8, 8, "new()")], (4, 8), "blank lines")),
        ((" c = 3", " d = 4", "+new()"), ([(10, 10, "new()")], (7, 10), "comments")),
        ((" b = 2", " c = 3", " d = 4", "-gone"), None),
        ((" a = 1", " b = 2", "-c = 3"), None),  # the gap stands beside a change
        ((" a = 1", "-c = 3", " d = 4"), None),
        ((" import os", " b = 2", "-c = 3"), None),  # code was left out
        (("+new()", " b = 2", " c = 3"), None),  # before the first line kept nothing is sure
        ((" b = 2", "+one()", "+two()", "-", "-", " c = 3"), ([(5, 7, "one()", "two()")], (4, 8), "")),
        ((" c = 3", " d = 4", " e = 5", "+x"), None),  # it goes on below the file's end
    ],
)
def test_gaps_between_kept_lines(lines: tuple[str, ...], expected: object) -> None:
    found = gapped_changes(reading(*lines), SPACED)
    if expected is None:
        assert found is None
        return
    changes, span, said = expected  # type: ignore[misc]
    assert found is not None
    assert found[:2] == (tuple(Change(low, high, tuple(new)) for low, high, *new in changes), span)
    assert found[2] == (f"the hunk leaves out {said} between lines that it keeps" if said else "")


def test_the_lines_beside_each_change_stand_once() -> None:
    live = text("a", "", "b", "x", "q", "b", "x", "a", "c")
    assert gapped_changes(reading(" a", " b", "-x", "+y"), live) is None, "b and x stand twice"
    live = text("a", "", "b", "x", "q", "b", "z", "a", "c")
    assert gapped_changes(reading(" a", " b", "-x", "+y"), live) == (
        (Change(3, 4, ("y",)),),
        (0, 4),
        "the hunk leaves out blank lines between lines that it keeps",
    )
    far = text("a", "", "b", "x", "q", "k", "l", "m", "n", "k", "l")
    assert gapped_changes(reading(" a", " b", "-x", " q", " k", " l", "-m", "+w"), far) is not None
    assert gapped_changes(reading(" a", " b", "-x", " q", " k", "-l", " m"), far) is not None


# Whole texts with parts left out --------------------------------------------------------------------------------------


WIDE = text(
    "alpha = 1",
    "",
    "def f():",
    "    one()",
    "    two()",
    "    three()",
    "",
    "beta = 2",
    "gamma = 3",
    "delta = 4",
)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (["alpha() = 9", "# ...", "delta = 4"], "stands nowhere in the file"),
        (["alpha = 1", "# ...", "gamma = 9"], "stands nowhere in the file"),  # and what of `delta`?
        (["alpha = 1", "# ...", "omega = 9", "# ..."], "stands nowhere in the file"),
        (
            ["alpha = 9", "# ...", "delta = 4"],
            ["alpha = 9", "", *WIDE.lines[2:-1], "delta = 4"],
        ),  # the value of one name
        (["alpha = 1", "# ...", "gamma = 9", "# ..."], [*WIDE.lines[:-2], "gamma = 9", "delta = 4"]),
        (["alpha = 1", "# ...", "    gamma = 9", "# ..."], "stands nowhere in the file"),
        (["alpha = [", "    9,", "]", "# ...", "delta = 4"], "stands nowhere in the file"),
        (["head = 1", "# ...", "def f():", "    # ...", "    three()", "    four()"], None),
        (
            ["extra = 1", "alpha = 1", "# ...", "gamma = 3", "new()"],
            [
                "extra = 1",
                "alpha = 1",
                "",
                "def f():",
                "    one()",
                "    two()",
                "    three()",
                "",
                "beta = 2",
                "gamma = 3",
                "new()",
            ],
        ),
        (
            ["# ...", "gamma = 3", "delta = 5"],
            [
                "alpha = 1",
                "",
                "def f():",
                "    one()",
                "    two()",
                "    three()",
                "",
                "beta = 2",
                "gamma = 3",
                "delta = 5",
            ],
        ),
        (
            ["alpha = 0", "", "def f():", "    one()", "    # ..."],
            [
                "alpha = 0",
                "",
                "def f():",
                "    one()",
                "    two()",
                "    three()",
                "",
                "beta = 2",
                "gamma = 3",
                "delta = 4",
            ],
        ),
        (
            ["alpha = 0", "beta = 2", "", "# ...", "", "delta = 4"],
            ["alpha = 0", "beta = 2", "gamma = 3", "delta = 4"],
        ),
        (["gamma = 3", "# ...", "def f():"], "another order"),
        (["beta = 2", "# ...", "beta = 2"], "another order"),
        (["alpha = 1", "# ...", "# ...", "delta = 4"], "two elisions stand next to one another"),
        (
            ["beta = 2", "# ...", "gamma = 3", "delta = 4"],
            ["beta = 2", "gamma = 3", "delta = 4"],
        ),  # nothing stands between
    ],
)
def test_what_is_left_out_is_put_back(new: list[str], expected: object) -> None:
    assert has_gaps(WIDE, new)
    found = expanded(WIDE, new)
    if expected is None:
        assert isinstance(found, str)
    elif isinstance(expected, str):
        assert isinstance(found, str) and expected in found
    else:
        assert found == expected


def test_an_anchor_grows_until_it_names_one_place_and_says_something() -> None:
    old = text("x", "one", "}", "y", "two", "}", "last")
    assert expanded(old, ["x", "one", "}", "# ...", "last"]) == ["x", "one", "}", "y", "two", "}", "last"]
    assert expanded(old, ["y", "two", "}", "# ...", "last"]) == ["y", "two", "}", "last"]
    assert "does not name one place" in str(expanded(old, ["}", "# ...", "last"]))
    assert "does not name one place" in str(expanded(text("ab", "cdef"), ["ab", "# ..."])), (
        "three letters say little"
    )
    assert expanded(text("abcd", "ef"), ["abcd", "# ..."]) == ["abcd", "ef"]
    assert not has_gaps(text("# ...", "x"), ["# ...", "x"]), "the file has that line itself"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (["a = 1", "# ...", "b = 2"], ["a = 1", "b = 2"]),
        (["    a = 1", "    # ...", "", "    b = 2"], ["    a = 1", "", "    b = 2"]),
        (["def f():", "    # ...", "b = 2"], None),
        (["    # ...", "        b = 2"], ["        b = 2"]),
        ([], []),
    ],
)
def test_elisions_at_the_margin_alone_can_be_left_away(new: list[str], expected: list[str] | None) -> None:
    assert without_gaps(FILE, new) == expected


# Definitions ----------------------------------------------------------------------------------------------------------

CODE = text(
    "import os",
    "",
    "@cache",
    "@other",
    "def f(a):",
    "    return a",
    "",
    "def g():",
    "    pass",
    "",
    "class A:",
    "    @property",
    "    def m(self):",
    "        return 1",
    "",
    "    def n(self):",
    "        return 2",
)


def laid(*block: str, live: LiveText = CODE) -> object:
    found = replaced("x.py", live, block)
    if isinstance(found, str):
        return found
    lines = list(live.lines)
    for change in reversed(found.changes):
        lines[change.start : change.end] = change.lines
    return lines


@pytest.mark.parametrize(
    ("block", "low", "high", "expected"),
    [
        (["def f(a):", "    return 2 * a"], 5, 6, ["    return 2 * a"]),  # the decorators stay
        (["@cache", "def f(a):", "    return a"], 3, 4, []),  # those that the block states are taken
        (["    def m(self):", "        return 3"], 13, 14, ["        return 3"]),
        (["def m(self):", "    return 3"], 13, 14, ["        return 3"]),  # put to the place's indentation
        (["import os", "", "# words", "def g():", "    return 1"], 8, 9, ["    return 1"]),
    ],
)
def test_a_definition_takes_the_place_of_its_namesake(
    block: list[str], low: int, high: int, expected: list[str]
) -> None:
    assert laid(*block) == [*CODE.lines[:low], *expected, *CODE.lines[high:]]


def test_an_import_that_the_file_lacks_goes_among_its_imports() -> None:
    made = [*CODE.lines[:1], "import re", *CODE.lines[1:8], "    return re", *CODE.lines[9:]]
    assert laid("import os", "import re", "def g():", "    return re") == made


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (["def h():", "    pass"], "h is not in the file"),
        (["def g():", "    return 1", "import re"], "'import re' stands beside the definitions"),
        (
            ["from re import f", "def g():", "    return f"],
            "it brings f from re, and the file defines f itself",
        ),
        (
            ["from re import os", "def g():", "    return os"],
            "it brings os from re, and the file has it from os",
        ),
        (["x = 1", "def g():", "    return 1"], "x is not in the file"),
        (["def g():", "    return 1", "def g():", "    return 2"], "g stands in the block twice"),
        (["class A:", "    def m(self):", "        return 1"], "A would lose n"),
        (["def f(a): ..."], "f would lose its body"),
        (["def g(:"], ""),
        (["x = 1"], "x is not in the file"),
    ],
)
def test_a_block_that_is_not_laid_over(block: list[str], said: str) -> None:
    found = laid(*block)
    assert isinstance(found, str) and (said in found if said else found == "")


@pytest.mark.parametrize(
    ("broken", "said"),
    [(0, ""), (5, "the file does not parse at g"), (7, "the file does not parse at g"), (11, "")],
)
def test_a_file_that_does_not_parse_elsewhere_is_no_hindrance(broken: int, said: str) -> None:
    lines = ["a = 1", "", "b = 2", "", "c = 3", "", "def g():", "    u = 1", "    return u", "", "", "d = 4"]
    lines[broken] = ("    " if broken == 7 else "") + "x = = 1"
    found = laid("def g():", "    u = 2", "    return u", live=text(*lines))
    if said:
        assert isinstance(found, str) and said in found
    else:
        assert found == [*lines[:7], "    u = 2", *lines[8:]]


def test_the_beginning_of_a_definition_is_an_excerpt_and_a_shorter_one_is_not() -> None:
    live = text("def h(a):", "    one(a)", "    two(a)", "    return a")
    assert laid("def h(a):", "    one(a)", live=live) == (
        "it shows the beginning of h just so: is the rest to go?"
    )
    assert laid("def h(a):", "    six(a)", live=live) == ["def h(a):", "    six(a)"]
    assert laid("def h(a):", "    ape(a)", live=live) == ["def h(a):", "    ape(a)"]


@pytest.mark.parametrize(
    ("new", "gaps"),
    [
        (["class P(Protocol):", "    def read(self) -> str:", "        ..."], False),
        (["class P(Protocol):", "    def read(self) -> str:", "        ...", "", "    def f(self):"], False),
        (["def read(", "    name: str,", ") -> str:", "    ...", ""], False),
        (["def f():", "    ..."], True),  # the file has it, with a body
        (["def read():", "    one()", "    ..."], True),  # not its whole body
        (["..."], True),
    ],
)
def test_dots_as_the_body_of_something_new_stand_for_nothing(new: list[str], gaps: bool) -> None:
    assert has_gaps(FILE, new) is gaps


def test_of_several_definitions_of_a_name_the_first_line_tells() -> None:
    live = text("def f(a):", "    return 1", "", "def f(b):", "    return 2")
    assert laid("def f(b):", "    return 3", live=live) == [*live.lines[:4], "    return 3"]
    assert laid("def f(c):", "    return 3", live=live) == "f stands in the file several times (lines 1, 4)"


def test_names_lost() -> None:
    old = ["def f(): pass", "class A:", "    def m(self): pass", "    def n(self): pass", "class B: pass"]
    assert names_lost("x.py", old, ["class A:", "    def m(self): pass"]) == ["f", "n", "B"]
    assert names_lost("x.py", old, old) == []
    assert names_lost("x.py", old, ["def m(): pass", *old[:2], old[3], old[4]]) == ["m"], "it left its class"
    inside = ["class A:", *old[2:4], "    def f(self): pass", old[4]]
    assert names_lost("x.py", old, inside) == [], "a function may become a method"
    assert names_lost("x.unknown", old, []) == []
