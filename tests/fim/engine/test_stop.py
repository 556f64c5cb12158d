"""When a stream is long enough."""

import pytest

from dovetail.fim import StopRules


def rules(tools, text, multiline, **values):
    request = tools.ask_at(text)
    return StopRules.at(request.snapshot, request.position, multiline=multiline, **values)


ONE = [
    ("x = $0\n", "1", None),
    ("x = $0\n", "1\n", ("1", "line")),
    ("x = $0\n", "1\ny = 2\n", ("1", "line")),
    ("x = 1$0\n", "\ny", None),
    ("x = 1$0\n", "\ny = 2\n", ("\ny = 2", "line")),
    ("x = 1$0\n", "\n\n\ny = 2\n", ("\n\n\ny = 2", "line")),
    ("x = 1$0\n", "\n\n\n\n\n", ("\n\n\n", "line")),
    ("x = 1$0\nlast = 1\n", "\nlast = 1\n", ("", "reached the text below")),
    ("f(x$0)\n", "\ny\n", ("", "line")),
    ("    $0\n", "\ny\n", ("", "line")),
]


@pytest.mark.parametrize(("before", "text", "expect"), ONE)
def test_one_line(tools, before, text, expect):
    """One line ends at its line end; at the end of a line with nothing behind it may be the next one."""
    assert rules(tools, before, False, next_line=True).check(text) == expect


BLOCK = [
    ("def f():$0\n", "\n    return 1", None),
    ("def f():$0\n", "\n    return 1\n\nx", None),
    ("def f():$0\n", "\n    return 1\n\nx = 2\n", ("\n    return 1\n", "block left")),
    ("def f():\n    $0\n", "a = 1\n    return a\nx = 1\n", ("a = 1\n    return a", "block left")),
    ("def f():\n    $0\n", "    a = 1\n    return a\nx = 1\n", ("    a = 1\n    return a", "block left")),
    ("function f() {$0\n", "\n  a()\n}\nb()\n", ("\n  a()\n}", "block closed")),
    ("function f() {$0\n}\n", "\n  a()\n}\nb()\n", ("\n  a()", "block left")),
    (
        "def f():$0\n    return last\n",
        "\n    a = 1\n    return last\n",
        ("\n    a = 1", "reached the text below"),
    ),
    ("def f():$0\n", "\n" + "    again = again\n" * 4 + "    b\n", None),
    ("def f():$0\n", "\n" + "    again = again\n" * 5, ("\n    again = again", "repetition")),
    (
        "def f():$0\n",
        "\n" + "    if a:\n        continue\n" * 4,
        ("\n    if a:\n        continue", "repetition"),
    ),
]


@pytest.mark.parametrize(("before", "text", "expect"), BLOCK)
def test_block(tools, before, text, expect):
    """Many lines end where the block does, at the text below, or when lines come over and over."""
    found = rules(tools, before, True).check(text)
    assert found == expect or (
        found and expect and (found[0].rstrip(), found[1]) == (expect[0].rstrip(), expect[1])
    )


def test_bounds(tools):
    """Lines, characters and stop strings end any stream."""
    many = rules(tools, "def f():$0\n", True, max_lines=3)
    assert many.check("\n" + "".join(f"    a_{n} = {n}\n" for n in range(9)))[1] == "lines"
    assert rules(tools, "x = $0\n", False).check("x" * 5000)[1] == "length"
    assert len(rules(tools, "x = $0\n", False, max_tokens=10).check("x" * 5000)[0]) < 60
    assert rules(tools, "x = $0\n", False, stops=("END",)).check("a END b") == ("a ", "stop string")
    assert rules(tools, "x = $0\n", False).check("ab" * 100)[1] == "repetition"


def test_only_whole_lines_are_shown_of_what_is_coming(tools):
    """Of an unfinished block whole lines can be shown, of an unfinished line nothing."""
    assert rules(tools, "def f():$0\n", True).whole_lines("\n    a = 1\n    b =") == "\n    a = 1"
    assert rules(tools, "x = $0\n", False).whole_lines("price(a) + ") == ""
