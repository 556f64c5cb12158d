"""An argument that was replaced in calls, and an insertion that was made beside lines that are alike."""

from __future__ import annotations

import pytest

from dovetail.nextedit.anchors import anchors
from dovetail.nextedit.arguments import arguments, replaced
from dovetail.nextedit.model import Edit
from dovetail.nextedit.tokens import tokens


def shown(line: str) -> list[tuple[str, str | int, str]]:
    words = tokens(line).words
    return [(each.callee, each.slot, " ".join(words[each.first : each.last])) for each in arguments(words)]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("f()", []),
        ("x = resize(0, m, image)", [("resize", 0, "0"), ("resize", 1, "m"), ("resize", 2, "image")]),
        ("a.f(g(x), y)", [("g", 0, "x"), ("f", 0, "g ( x )"), ("f", 1, "y")]),
        ("f(t=5, a == b)", [("f", "t", "t = 5"), ("f", 1, "a = = b")]),
        ("f([1, 2], {k: (3, 4)})", [("f", 0, "[ 1 , 2 ]"), ("f", 1, "{ k : ( 3 , 4 ) }")]),
        ("f('a, b)', c)", [("f", 0, "' a , b ) '"), ("f", 1, "c")]),
        ("if (a, b) and (c, d):", []),
        ("def f(a, b):", []),
        ("f(a, b", []),
        ("f(a]", []),
        (")](f(a)", [("f", 0, "a")]),
        ("print('it''s', a)", [("print", 0, "' it ' ' s '"), ("print", 1, "a")]),
        ("f(a,)", [("f", 0, "a")]),
        ("super(A, b)", [("super", 0, "A"), ("super", 1, "b")]),
    ],
)
def test_the_arguments_of_a_line(line: str, found: list[tuple[str, str | int, str]]) -> None:
    assert shown(line) == found


@pytest.mark.parametrize(
    ("old", "new", "was"),
    [
        ("resize(0, 0, image)", "resize(0, margin, image)", ("resize", 1)),
        ("f(g(a), b)", "f(g(c.d), b)", ("g", 0)),
        ("f(a, t=5)", "f(a, t=limits.t)", ("f", "t")),
        ("f(a, b)", "g(a, b)", None),
        ("f(a)", "f(a, b)", None),
        ("f(a, b)", "f(b, a)", None),
        ("f(a, b)", "f(a, b)", None),
        ("x = a", "x = b", None),
    ],
)
def test_the_argument_that_was_replaced(old: str, new: str, was: tuple[str, str | int] | None) -> None:
    found = replaced(old, new)
    assert (None if found is None else found[0][:2]) == was


def test_lines_that_share_too_little_are_no_anchor() -> None:
    examples = [Edit("a.py", n, (), ("check()",), above=(f"x{n} = {n}",), below=("}",)) for n in range(3)]
    assert anchors(examples) == (None, None)
