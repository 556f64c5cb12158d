"""The parts that stop rules and filters are made of, each by itself: brackets, tails, blocks, units, repetition."""

from __future__ import annotations

import pytest

from dovetail.fim.rules.filters.below import equal_next_line, extra_closer, suffix_overlap
from dovetail.fim.rules.filters.brackets import quote_at, scan
from dovetail.fim.rules.filters.chain import _change
from dovetail.fim.rules.filters.contract import Draft, Dropped, FilterContext, RefusedSuggestion
from dovetail.fim.rules.filters.shape import syntax_delta
from dovetail.fim.rules.filters.tail import Overlap, closers_of, overlap
from dovetail.fim.rules.filters.text import hidden_characters, repetition, stop_strings
from dovetail.fim.rules.filters.user import nothing_left, popup_selection, typed_against
from dovetail.fim.rules.repeats import repeated_lines, repeats_itself
from dovetail.fim.rules.twice import goes_on_otherwise
from dovetail.text import Point

# Brackets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "inside", "closers", "openers", "quote"),
    [
        ("f(a)[1]", "", (), (), ""),
        ("a)b]", "", (1, 3), (), ""),
        ("f(a", "", (), (1,), ""),
        ("(]", "", (), (0,), ""),  # one of another kind closes nothing
        ('"(" + x)', "", (7,), (), ""),
        ('"\\")" )', "", (6,), (), ""),
        ("'a\n)", "", (3,), (), ""),  # a string of one line ends with it
        ("`a\n)", "", (), (), "`"),
        ('a" + (b', '"', (1,), (5,), ""),
        ("a\nb)", '"', (3,), (), ""),
        ("don't (x", "", (), (6,), ""),
        ("&'a x)", "", (5,), (), ""),  # a lifetime
        ("x = 'a)' )", "", (9,), (), ""),
        ("b'a)' )", "", (6,), (), ""),
        ("rb'a)' )", "", (7,), (), ""),
        ("'(' ')'", "", (), (), ""),
        ("x_'a(c'", "", (), (4,), ""),
        ("'1)", "", (), (), "'"),
        ("{'(': ')'}", "", (), (), ""),  # a string right behind a bracket
        ("|'['| 1)", "", (7,), (), ""),
    ],
)
def test_brackets_and_strings(
    text: str, inside: str, closers: tuple[int, ...], openers: tuple[int, ...], quote: str
) -> None:
    found = scan(text, inside)
    assert (found.closers, found.openers, found.quote) == (closers, openers, quote)


def test_the_quote_that_the_tail_closes() -> None:
    assert quote_at('print("a', '")') == '"'
    assert quote_at("print('a", '")') == ""
    assert quote_at("print(a", ")") == ""
    assert quote_at('print("a', "  ") == ""


@pytest.mark.parametrize(
    ("head", "tail", "expected"),
    [
        ("f(", ")", [")"]),
        ("f(g(", "));", [")", ")"]),
        ("**", "** x", ["**"]),
        ("a ", "** x", []),
        ("<div>", "</div>", ["</div>"]),
        ("/* ", " */ }", ["*/", "}"]),
        ("|", "|", ["|"]),
        ("a ", "| b", []),
        ("{ x(|", "|) }", ["|", ")", "}"]),
        ("{% if ", " %}", ["%}"]),
        ("f(", "x)", []),
    ],
)
def test_closing_signs_behind_the_cursor(head: str, tail: str, expected: list[str]) -> None:
    assert closers_of(head, tail) == expected


@pytest.mark.parametrize(
    ("head", "text", "tail", "expected"),
    [
        ("print(", "x)", ")", (1, 1)),
        ("print(", "f(x)", ")", None),
        ("f(g(", "x)) + 1", "))", (2, 1)),
        ("f(g(", "x)", "))", (1, 1)),
        ('print("', 'a", b)', '")', (2, 1)),
        ("if f(", "x):", "):", (2, 1)),
        ("if f(", "x) or y", "):", (0, 1)),  # it goes on otherwise than the line does
        ("f(", "x)", ") + 1", (1, 1)),
        ("f(", "x) + 1", ") + 1", (5, 1)),
        ("f(", "x); g();", ");", (2, 1)),
        ("[f(", "x)yz]", ")] + 1", (2, 1)),
        ("<a>", "b</a>", "</a>", (4, 1)),
        ("List<", "int>", ">", (1, 3)),
        ("List<", "a -> b>", ">", (1, 6)),  # an arrow closes nothing
        ("List<", "Map<a>", ">", None),
        ("List<", "a; b>", ">", None),
        ("**", "b**", "**", (2, 1)),
        ("f(", "x", "", None),
    ],
)
def test_what_a_text_and_the_rest_of_the_line_have_in_common(
    head: str, text: str, tail: str, expected: tuple[int, int] | None
) -> None:
    assert overlap(head, text, tail) == (None if expected is None else Overlap(*expected))


# Filters ----------------------------------------------------------------------------------------------------------


def filtered(tools, filter_, before: str, text: str, path: str = "x.py", **rest):
    """What a filter makes of `text` at `$0`: the text, '' where it is dropped, None where it is left alone."""
    request = tools.ask_at(
        before, path, **{k: rest.pop(k) for k in ("popup", "replace_range", "trigger") if k in rest}
    )
    draft = Draft(text, request.position)
    made = filter_(draft, FilterContext(request, False, **rest))
    if isinstance(made, Dropped):
        return ""
    if made is draft:
        return None
    return made.text if made.end == draft.end else (made.text, made.end.column - draft.end.column)


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("f(\n    a,\n    $0\n)\n", "b\n)", "b"),
        ("f(\n    a,\n    $0\n)\n", "g(b)", None),
        ("f(\n$0\n)\n", ")", ""),
        ("f(\n    $0\n)\n", ")", None),  # deeper than the one below
        ("f(\n    x = $0\n)\n", "1)", None),  # on the cursor's own line
        ("f(\n    x = $0\n)\n", "1,\n)", "1,"),
        ("f(\n    $0\n]\n", "b\n)", None),  # another bracket
        ("f(\n    $0\n)  # end\n", "b\n)", "b"),
        ("f(\n    $0\nx\n", "b\n)", None),
    ],
)
def test_a_closer_that_the_line_below_brings(tools, before: str, text: str, expected: str | None) -> None:
    assert filtered(tools, extra_closer, before, text, "x.js") == expected


@pytest.mark.parametrize(
    ("before", "text", "expected", "rest"),
    [
        ("f($0)\n", "x)", "x", {}),
        ("f($0)\n", "x)", ("x)", 1), {"replace_range": True}),
        ("f($0)\n", "g(x)", None, {}),
        ("f($0)\n", ")", "", {}),
        ("a $0= 1\n", "b = 1", "b ", {}),  # the end of the text is the rest of the line
        ("a $0= 1\n", "b = 1", ("b = 1", 3), {"replace_range": True}),
        ("$0 and rest\n", "x and", "x", {}),
        ("$0andy\n", "x and", None, {}),  # a word is not cut in two
        ("$0and y\n", "brand", None, {}),
        ("$0ab cd\n", "x = ab", "x = ", {}),
        ("$0xy\n", "ax", None, {}),  # one character is no evidence
        ("$0x\n", "ax", "a", {}),  # but all of the tail is
        ("$0x\n", "x", "", {}),
    ],
)
def test_what_stands_behind_the_cursor_is_not_brought_again(tools, before, text, expected, rest) -> None:
    assert filtered(tools, suffix_overlap, before, text, **rest) == expected


@pytest.mark.parametrize(
    ("before", "text", "path", "expected"),
    [
        ("$0\nb = 2\n", "b = 2", "x.py", ""),
        ("$0\nb = 2\n", "a = 1\nb = 2\nc = 3", "x.py", "a = 1"),
        ("if a:\n    $0\nb = 2\n", "b = 2", "x.py", None),  # further in it is another line
        ("{\n    $0\nlonger_call(2);\n", "longer_call(2);", "x.js", ""),
        ("{\n    $0\nlonger_call(2);\n", "a;\n    longer_call(2);", "x.js", "a;"),
        ("{\n    $0\nb(2);\n", "a;\n    b(2);", "x.js", None),  # a short one comes twice
        ("{\n    $0\nb(2);\n", "a;\nb(2);", "x.js", "a;"),
        ("f($0\n)\n", "{\n})\n)", "x.js", "{\n})"),
        ("$0 x\nb = 2\n", "b = 2", "x.py", None),  # something stands behind the cursor
        ("$0\n}\n", "if (a) {\n}", "x.js", None),  # it closes what the text opened
        ("$0\n" + "\n" * 19 + "b = 2\n", "b = 2", "x.py", ""),
        # One that closes what the text opened is passed over; the same line further on is not.
        ("$0\n}\n", "if (a) {\n}\nb();\n}\nc();", "x.js", "if (a) {\n}\nb();"),
        # It goes on as the document does not, at the same depth: a row of its own. So it is with blank lines above.
        ("x = [\n    $0\n    row,\n    last,\n]\n", "row,\n    other,", "x.py", None),
        ("x = [\n    $0\n\n\n    row,\n    last,\n]\n", "row,\n    other,", "x.py", None),
        ("x = [\n    $0\n    row,\n    last,\n]\n", "row,\n        other,", "x.py", ""),
        ("x = [\n    $0\n    row,\n    last,\n]\n", "row,\n    last,", "x.py", ""),
        ("$0\n" + "\n" * 20 + "b = 2\n", "b = 2", "x.py", None),  # more than 20 lines on
    ],
)
def test_the_line_that_follows(tools, before: str, text: str, path: str, expected: str | None) -> None:
    assert filtered(tools, equal_next_line, before, text, path) == expected


@pytest.mark.parametrize(
    ("after", "after_below", "expected"),
    [
        ("    b,", "    c,", True),
        ("\tb,", "    c,", True),  # a tab counts as four
        ("b,", "    c,", False),
        ("    b,", "c,", False),
        ("    b,", "    b,", False),
        ("", "    c,", False),
        ("    b,", " ", False),
    ],
)
def test_what_goes_on_otherwise_at_the_same_depth(after: str, after_below: str, expected: bool) -> None:
    assert goes_on_otherwise(after, after_below) == expected


def test_what_a_filter_did_is_said(tools) -> None:
    """As `dovetail why` shows it: what is taken behind the cursor, and how long the text is now."""
    request = tools.ask_at("foo($0 bar)\n")
    end = Point(request.position.line, request.position.column + 4)
    assert (
        _change(Draft("a", request.position), Draft("a", end)) == "replaces 4 character(s) behind the cursor"
    )
    assert _change(Draft("abc", end), Draft("a", end)) == "3 -> 1 characters"


def test_a_line_that_is_still_coming_may_become_the_one_below(tools) -> None:
    assert filtered(tools, equal_next_line, "$0\nreturn 1\n", "ret", growing=True) == ""
    assert filtered(tools, equal_next_line, "$0\nreturn 1\n", "raise", growing=True) is None


@pytest.mark.parametrize(
    ("text", "stops", "expected"),
    [("a;b", (";",), "a"), ("a;b#c", ("#", ";"), "a"), ("ab", (";", ""), None), (";a", (";",), "")],
)
def test_stop_strings(tools, text: str, stops: tuple[str, ...], expected: str | None) -> None:
    assert filtered(tools, stop_strings, "$0\n", text, stops=stops) == expected


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("a\u200db", True),
        ("\u0928\u200d\u0928", False),
        ("a\u200d\u0928", True),
        ("\u200d", True),
        ("a\tb\n", False),
        ("\x7f", True),
    ],
)
def test_characters_that_nobody_sees(tools, text: str, dropped: bool) -> None:
    assert (filtered(tools, hidden_characters, "$0\n", text) == "") is dropped


def test_a_text_that_says_what_stands_above_again(tools) -> None:
    above = "a = first()\nb = second()\n$0\n"
    assert filtered(tools, repetition, above, "a = first()\nb = second()") == ""
    # A single line may well come twice.
    assert filtered(tools, repetition, "b = second()\n$0\n", "b = second()\n") is None
    assert filtered(tools, repetition, above, "a = first()") is None, "one line may well come twice"
    assert filtered(tools, repetition, above, "b = second()\nc = third()") is None
    assert (
        filtered(tools, repetition, "a = first()\n\nb = second()\n$0\n", "a = first()\nb = second()") is None
    )


@pytest.mark.parametrize(
    ("before", "text", "popup", "expected"),
    [
        ("x.app$0\n", "end(1)", "append", None),
        ("x.app$0\n", "ly(1)", "append", ""),
        ("x.app$0\n", "en", "append", ""),
        ("x.$0\n", "append", "append", None),
        ("x.app$0\n", "ly", "other", None),  # the entry is about another word
        ("x.app$0\n", "ly", None, None),
    ],
)
def test_an_entry_selected_in_the_pop_up(
    tools, before: str, text: str, popup: str | None, expected: str | None
) -> None:
    assert filtered(tools, popup_selection, before, text, popup=popup) == expected


@pytest.mark.parametrize(
    ("was", "now", "head", "shown"),
    [
        (0.5, 0.59, "x = fo", False),
        (0.5, 0.6, "x = fo", True),  # its chance rose by a tenth
        (None, 0.9, "x = fo", False),  # not known, and the word goes on
        (None, 0.9, "x = f.", True),  # the word has ended
        (0.5, None, "x = f_", False),
    ],
)
def test_what_was_typed_against(tools, was: float | None, now: float | None, head: str, shown: bool) -> None:
    against = {"(1)": RefusedSuggestion(was, "x = ")}
    made = filtered(tools, typed_against, f"{head}$0\n", "(1) ", against=against, confidence=now)
    assert made == (None if shown else "")
    assert filtered(tools, typed_against, f"{head}$0\n", "(2)", against=against, confidence=now) is None
    growing = filtered(
        tools, typed_against, f"{head}$0\n", "(", against=against, confidence=now, growing=True
    )
    assert growing == (None if shown else "")
    manual = {"trigger": tools.Trigger.MANUAL}
    assert (
        filtered(tools, typed_against, f"{head}$0\n", "(1)", against=against, confidence=now, **manual)
        is None
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a  ", "a"), ("a\n  \n", "a"), ("  \n", ""), ("a", None), ("a\n  b \t", "a\n  b"), ("\n\n", "")],
)
def test_nothing_left(tools, text: str, expected: str | None) -> None:
    assert filtered(tools, nothing_left, "$0\n", text) == expected


@pytest.mark.parametrize("parsed", [True, False])
@pytest.mark.parametrize(
    ("statement", "text", "dropped"),
    [
        ("def g(a):\n    b = [\n        $0\n    ]\n    return b\n", "1", False),
        ("def g(a):\n    b = [\n        $0\n    ]\n    return b\n", "1)", True),
        ("b = $0\n", "1)) 2", True),
    ],
)
def test_a_statement_of_a_large_document_is_judged_alone(
    tools, statement: str, text: str, dropped: bool, parsed: bool
) -> None:
    """Whole, with the lines below the cursor, and before the document has been parsed at all."""
    around = "".join(f"def f_{n}(a):\n    return a\n\n\n" for n in range(400))
    request = tools.ask_at(around + statement + "\n\n" + around, "x.py")
    if parsed:
        request.snapshot.tree()
    made = syntax_delta(Draft(text, request.position), FilterContext(request, False))
    assert isinstance(made, Dropped) is dropped


# Repetition -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "keep"),
    [
        (["a"] * 4, None),
        (["a"] * 5, 1),
        (["x", *["a"] * 5], 2),
        (["a", "b"] * 3, None),
        (["a", "b"] * 4, 2),
        (["x", *["a", "b"] * 4], 3),
        (["a", "b", "c"] * 4, 3),
        ([*"abcdef"] * 4, 6),
        ([*"abcdefg"] * 4, None),  # a piece of seven lines is not looked for
        (["1", "2"] * 4, None),  # rows of a table
        (["a", " a"] * 4, 2),
        ([" a", *["a"] * 4], None),  # indentation counts
        (["a"] * 4 + ["b"], None),  # it has to be the end
    ],
)
def test_lines_over_and_over(lines: list[str], keep: int | None) -> None:
    assert repeated_lines(lines) == keep


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ("ab " * 8, False),  # eight times, less the space at the end
        ("ab " * 9, True),
        ("x = " + "ab " * 8, True),
        ("ab " * 9 + "c", False),
        ("-" * 200, False),
        ("0x00, " * 48, False),
        ("0x00, " * 49, True),
        ("None, " * 20, False),
        ("name, " * 9, True),
        (("a" * 19 + "b") * 8, True),  # twenty characters
        (("a" * 20 + "b") * 8, False),
    ],
)
def test_characters_over_and_over(text: str, repeats: bool) -> None:
    assert repeats_itself(text) is repeats
