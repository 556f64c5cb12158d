"""Texts that leave parts of a file out, cut-off ends, and what stands beside an elision."""

from __future__ import annotations

import pytest

from dovetail.edits.locating.expanded import expanded
from dovetail.edits.locating.explain import not_found
from dovetail.edits.locating.import_places import _head
from dovetail.edits.locating.named import above_it, cut_short
from dovetail.edits.locating.sections import sections
from dovetail.edits.model import Change
from dovetail.edits.planning.cuts import cut_at_the_end

from .marked import hunk, reading, text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # The shown line goes on below, where the new text has a blank line.
        (["a = 1", "b = 2", "", "c = 3"], ["a = 1", "", "# ..."], "b = 2"),
        (["a = 1", "b = 2"], ["a = 1", "# ..."], ""),  # the elision stands right below
        (["a = 1", "", "b = 2"], ["a = 1", "", "# ..."], ""),  # as in the file
        (["a = 1", "    b = 2"], ["a = 1", "", "# ..."], ""),  # what is further in is not of it
        (["a = 1", "a = 1", "b = 2"], ["a = 1", "", "# ..."], ""),  # nothing tells which of the two
        (["b = 2", "a = 1"], ["a = 1", "", "# ..."], ""),  # the last line of the file
    ],
)
def test_a_line_that_goes_on_what_is_shown_above_an_elision(
    old: list[str], new: list[str], said: str
) -> None:
    assert cut_short(text(*old), new, [len(new) - 1]) == said


def test_what_stands_above_all_that_is_shown() -> None:
    old = text("", "first = 1", "def f():", "    pass", "last = 2")
    assert above_it("a.py", old, ["made = 3", "# ..."], [1]) == "first = 1"
    assert above_it("a.py", old, ["# ...", "made = 3"], [0]) == ""


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        (["a = 1", "# ...", "# ...", "e = 5"], "two elisions stand next to one another"),
        (["a = 1", "# ...", "c = 4", "# ...", "e = 5"], ["a = 1", "b = 2", "c = 4", "d = 4", "e = 5"]),
    ],
)
def test_pieces_between_elisions(new: list[str], expected: list[str] | str) -> None:
    old = text("a = 1", "b = 2", "c = 3", "d = 4", "e = 5")
    assert expanded(old, new, "a.py") == expected


@pytest.mark.parametrize(
    ("lines", "head"),
    [
        (["#!/usr/bin/env python", "import os"], 1),
        (['"""One line."""', "import os"], 1),
        (['"""Several', "lines.", '"""', "import os"], 3),
        (['"""Never closed', "import os"], 2),
        (["", "import os"], 0),
    ],
)
def test_where_the_head_of_a_python_file_ends(lines: list[str], head: int) -> None:
    assert _head("python", lines) == head


def test_sections_of_a_file_without_a_grammar_end_at_a_brace_alone() -> None:
    lines = ["server {", "  a;", "}", "upstream {", "  b;", "]", "other {", "  c;", "});"]
    assert [(one.start, one.end) for one in sections("x.conf", lines)] == [(0, 3)]


@pytest.mark.parametrize(
    ("came", "said"),
    [
        (("long_n",), "it ends before the file does"),  # cut in the middle of a line, with another behind it
        ((), "it ends before the file does"),
        (("other = 4",), ""),  # one line more that goes than comes is an edit
        (("long_name = 5", "last = 5"), ""),
    ],
)
def test_where_a_text_was_cut_at_its_end(came: tuple[str, ...], said: str) -> None:
    old = text("a = 1", "b = 2", "long_name = 4", "last = 5")
    assert cut_at_the_end(old, [Change(2, 4, came)], hunk("+x")) == said
    assert cut_at_the_end(old, [Change(1, 3, came)], hunk("+x")) == "", "the end of the file stays"


@pytest.mark.parametrize(
    ("quote", "said"),
    [
        (["l12", "l13", "", "z"], "lines 16 to 18 are not in the quote, where 'z' follows at once"),
        (
            ["l11", "l12", "l13", "", "last"],
            "lines 16 to 19 are not in the quote, where 'last' follows at once",
        ),
        (["l12", "l13", "two", "", "z"], "lines 15 to 16 are not in the quote, where 'two' follows at once"),
    ],
)
def test_lines_that_a_quote_lacks_far_down_a_file(quote: list[str], said: str) -> None:
    live = text(*(f"l{number}" for number in range(14)), "", "one", "two", "", "z", "last")
    assert not_found(reading(*(f"-{line}" for line in quote)), live, None)[0] == said
