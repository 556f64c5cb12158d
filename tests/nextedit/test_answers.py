"""A model's answer as edits that fit the live text, or a reason."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.nextedit import Answer, Edit, Text, edits_between, proposals

LINES = (
    "import shop",
    "",
    "def one(cart):",
    "    return cart.sum(1)",
    "",
    "def two(cart):",
    "    return cart.count(2)",
)


def ask(
    new: tuple[str, ...], cursor: int = 6, now: tuple[str, ...] = LINES, history: tuple[Edit, ...] = (),
    old: tuple[str, ...] = LINES, asked: tuple[str, ...] = LINES,
) -> tuple[list[str], list[str]]:  # fmt: skip
    found, refused = proposals(
        Answer(0, old, new, Text("a.py", asked, "python")), Text("a.py", now, "python"), cursor, history
    )
    for each in found:
        assert now[each.line : each.line + len(each.old)] == each.old
    return [" ".join(each.new).strip() for each in found], [why for _, why in refused]


def put(old: str, new: str, lines: tuple[str, ...] = LINES) -> tuple[str, ...]:
    return tuple("\n".join(lines).replace(old, new).split("\n"))


def test_hunks_are_apart_and_the_nearest_comes_first() -> None:
    new = put("cart.count", "cart.total", put("cart.sum", "cart.total"))
    assert ask(new) == (["return cart.total(2)", "return cart.total(1)"], [])
    assert ask(new, cursor=2)[0][0] == "return cart.total(1)"


@pytest.mark.parametrize(
    "mark",
    [
        "<|endoftext|>",
        "<|marker_2|>",
        "<|user_cursor|>",
        "<[fim-middle]>",
        "</s>",
        "\x07",
        "\x1b[2J",
        "\u202e",
        "\ufeff",
    ],
    ids=ascii,
)
def test_what_belongs_to_a_model_or_a_terminal_is_not_proposed(mark: str) -> None:
    found, refused = ask(put("cart.count(2)", f"cart.total(2)  # {mark}"))
    assert not found
    assert refused
    assert "it brings a" in refused[0]
    has = (*LINES, f"# {mark}")
    assert ask(put("cart.count(2)", f"cart.total(2)  # {mark}", has), old=has, asked=has, now=has)[0]


@pytest.mark.parametrize("new", ["=======", "a | b | c", "x <<= 7", "<|>", "a <| b |> c"])
def test_text_that_is_like_a_mark_is_proposed(new: str) -> None:
    assert ask(put("cart.count(2)", f"cart.total(2)  # {new}"))[0]


def test_marks_of_a_conflict_are_not_proposed() -> None:
    found, refused = ask(put("    return cart.count(2)", ">>>>>>> UPDATED"))
    assert not found
    assert "mark of the model's own" in refused[0]


@pytest.mark.parametrize(
    ("now", "fits"),
    [
        (("import os", *LINES), True),
        (LINES[2:], True),
        ((*LINES, "x = 1"), True),
        ((*LINES[:6], "    return cart.count(22)"), False),
        ((*LINES[:5], "def twice(cart):", LINES[6]), True),
        (LINES[:6], False),
        ((*LINES[:3], "    return cart.sum(7)", *LINES[4:]), True),
    ],
)
def test_it_is_located_in_the_text_as_it_is_now(now: tuple[str, ...], fits: bool) -> None:
    found, refused = ask(put("cart.count", "cart.total"), now=now)
    assert bool(found) == fits
    assert fits or "changed there meanwhile" in refused[0]


@pytest.mark.parametrize(
    ("new", "cursor", "why"),
    [
        (("import os", *LINES), 6, "inserts lines above the cursor"),
        (tuple(f"{line} + 1" for line in LINES[:6]) + LINES[6:], 6, "more than 5 lines above"),
        (put("    return cart.count(2)", "\treturn  cart.count(2)"), 6, "nothing but spaces"),
        (put("count(2)", "count(3)"), 6, "nothing but a number"),
        (put("count(2)", "count(2"), 6, "syntax error"),
        (put("def two", "def one"), 6, "define one a second time"),
        (put("return cart.count(2)", "return await cart.count(2)"), 6, "not async"),
    ],
)
def test_what_is_refused(new: tuple[str, ...], cursor: int, why: str) -> None:
    found, refused = ask(new, cursor)
    assert found == []
    assert any(why in each for each in refused), refused


def test_a_secret_is_neither_changed_nor_repeated() -> None:
    asked = ('KEY = "aaaabbbbcccc"', *LINES)
    old = ('KEY = "************"', *LINES)
    assert "did not see" in ask((old[0] + "  # key", *LINES), old=old, asked=asked, now=asked, cursor=0)[1][0]
    repeats = (*old[:7], '    return cart.count("************")')
    assert "was covered" in ask(repeats, old=old, asked=asked, now=asked)[1][0]
    assert ask((old[0], *put("count", "total")), old=old, asked=asked, now=asked)[0] == [
        "return cart.total(2)"
    ]


def test_the_undo_gate_counts_what_comes_and_goes() -> None:
    made = Edit("a.py", 3, ("    return cart.everything_in_it(1)",), ("    return cart.sum(1)",))
    back = put("cart.sum(1)", "cart.everything_in_it(1, 2)")
    assert "undo" in ask(back, 3, history=(made,))[1][0]
    grown = Edit("a.py", 3, ("    return cart.sum(1)",), ("    return cart.sum(1, with_taxes=True)",))
    now = put("cart.sum(1)", "cart.sum(1, with_taxes=True)")
    assert (
        "undo"
        in ask(put("cart.sum(1", "cart.sum(0", LINES), 3, now=now, old=now, asked=now, history=(grown,))[1][0]
    )
    assert ask(
        put("count(2)", "count(2, with_taxes=True)", now), now=now, old=now, asked=now, history=(grown,)
    )[0]


TEXTS = st.lists(st.sampled_from(["a = f(x)", "b = g(y)", "", "c = h(z)", "return a"]), max_size=10).map(
    tuple
)


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_whatever_is_proposed_quotes_the_live_text(
    asked: tuple[str, ...], new: tuple[str, ...], now: tuple[str, ...]
) -> None:
    found, refused = proposals(Answer(0, asked, new, Text("a", asked)), Text("a", now), 0, ())
    assert len(found) + len(refused) == len(edits_between("a", asked, new))
    for each in found:
        assert now[each.line : each.line + len(each.old)] == each.old
        assert each.new != each.old
