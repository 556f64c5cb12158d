"""Where a hunk ends up: the proof, the lines it is about, and the text that comes of it."""

from __future__ import annotations

import hashlib

import pytest
from attrs import evolve

from dovetail.edits.live import LiveText
from dovetail.edits.locating.applied import (
    added_elsewhere,
    stands_nearly,
)
from dovetail.edits.locating.locate import locate
from dovetail.edits.locating.outcome import Target
from dovetail.edits.locating.seek import seek
from dovetail.edits.model import Header, Hunk, Kind, Outcome, Proof, Reading

from .marked import FILE, hunk, located, numbered, reading, text


def after(live: LiveText, outcome: Outcome) -> list[str]:
    lines = list(live.lines)
    for change in reversed(outcome.changes):
        lines[change.start : change.end] = change.lines
    return lines


@pytest.mark.parametrize(
    ("lines", "proof", "span", "changed"),
    [
        ((" gamma = third(3)", "+new = 5"), Proof.EXACT, (2, 3), {3: ["new = 5", ""]}),
        (("-gamma = third(3)", "+gamma = third(4)"), Proof.EXACT, (2, 3), {2: ["gamma = third(4)"]}),
        (
            ("-beta = second(2)", "+beta = second(3)"),
            Proof.REFUSED,
            (1, 2),
            {},
        ),  # thin, at another indentation
        ((" gamma = third(3)", "-delta = fourth(4)"), Proof.REFUSED, (2, 4), {}),
        ((" alpha = first(1)", "-delta = fourth(4)"), Proof.EXACT, (4, 6), {5: []}),
        (("-alpha = first(1)", "+alpha = first(2)"), Proof.REFUSED, (0, 1), {}),
        (("-old = gone(1)", "+gamma = third(3)"), Proof.REFUSED, (0, 0), {}),
        ((" gamma = third(3)", " ", "-removed()", " alpha = first(1)"), Proof.APPLIED, (2, 5), {}),
        ((" alpha = first(1)", "+    beta = second(2)", " gamma = third(3)"), Proof.APPLIED, (0, 3), {}),
        ((" delta = fourth(4)", " nothing = 0"), Proof.REFUSED, (5, 6), {}),
        ((" gamma = third(3)",), Proof.APPLIED, (2, 3), {}),
        (("-gamma = third(3)  ", "+gamma = third(4)"), Proof.EXACT, (2, 3), {2: ["gamma = third(4)"]}),
    ],
)
def test_one_hunk(
    lines: tuple[str, ...], proof: Proof, span: tuple[int, int], changed: dict[int, list[str]]
) -> None:
    (outcome,) = located(FILE, hunk(*lines))
    assert (outcome.proof, outcome.lines) == (proof, span)
    wanted = list(FILE.lines)
    for at, new in changed.items():
        wanted[at : at + 1] = new
    assert after(FILE, outcome) == wanted
    if proof is not Proof.REFUSED:
        assert outcome.before.split("\n") == FILE.lines[span[0] : span[1]]


def test_what_stands_in_several_places_names_them_all() -> None:
    live = text(*["same"] * 14)
    (outcome,) = located(live, hunk("-same", "+other"))
    assert outcome.kind is Kind.AMBIGUOUS
    assert outcome.places == tuple((at, at + 1) for at in range(14)) and outcome.lines == (0, 1)
    assert outcome.reason.endswith("lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more")
    (outcome,) = located(text(*["same"] * 12), hunk("-same", "+other"))
    assert outcome.reason.endswith("lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12")


# Versions that the model was shown ---------------------------------------------------------------------------


SHOWN = text("one()", "two()", "three()", "four()", "five()")


def test_a_hunk_for_an_older_version_is_merged() -> None:
    live = text("zero()", "one()", "two(2)", "three()", "four()", "five()")
    (outcome,) = located(live, hunk(" three()", "-four()", "+four(4)", " five()"), base=SHOWN)
    assert (outcome.proof, outcome.lines) == (Proof.EXACT, (3, 6))
    (outcome,) = located(live, hunk(" one()", " two()", " three()", "-four()", "+four(4)"), base=SHOWN)
    assert (outcome.proof, outcome.lines) == (Proof.MERGED, (4, 5))
    assert after(live, outcome) == ["zero()", "one()", "two(2)", "three()", "four(4)", "five()"]
    (outcome,) = located(live, hunk(" one()", "-two()", "+two(3)"), base=SHOWN)
    assert (outcome.kind, outcome.lines) == (Kind.CONFLICT, (2, 3))
    assert "there 'two(2)', wanted 'two(3)'" in outcome.reason


def test_a_merge_that_leaves_nothing_to_do_says_where() -> None:
    live = text("one()", "two(2)", "three()", "four(4)", "five()")
    (outcome,) = located(live, hunk(" one()", " two()", " three()", "-four()", "+four(4)"), base=SHOWN)
    assert (outcome.proof, outcome.lines, outcome.changes) == (Proof.APPLIED, (0, 4), ())
    assert outcome.before == outcome.after == "one()\ntwo(2)\nthree()\nfour(4)"


def test_what_a_merge_finds_done_is_named_by_lines_that_the_file_has() -> None:
    shown = text(*["gone()", "away()", "lost()", "past()", "over()", "done()"], *SHOWN.lines)
    live = text("one()", "two(2)", "three()", "four(4)", "five()")
    (outcome,) = located(live, hunk(" one()", " two()", " three()", "-four()", "+four(4)"), base=shown)
    assert outcome.proof is Proof.APPLIED
    assert 0 <= outcome.lines[0] < outcome.lines[1] <= len(live.lines)


def test_one_copy_left_of_several_that_were_shown_is_refused() -> None:
    shown, live = text("start()", "x = 1", "mid()", "x = 1"), text("start()", "x = 1", "mid()", "x = 7")
    (outcome,) = located(live, hunk("-x = 1", "+x = 2"), base=shown)
    assert outcome.kind is Kind.AMBIGUOUS and "(lines 2, 4)" in outcome.reason and outcome.lines == (1, 2)
    done = text("start()", "x = 2", "mid()", "x = 1")
    (outcome,) = located(done, hunk("-x = 1", "+x = 2"), base=shown)
    assert (outcome.proof, outcome.lines) == (Proof.EXACT, (3, 4)), "the other has been changed just so"


# Nothing to quote ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("live", "one", "proof", "expected"),
    [
        ([], hunk("+new"), Proof.EXACT, ["new"]),
        (["", ""], hunk("+new"), Proof.EXACT, ["new"]),  # blank lines alone are replaced
        (["", ""], evolve(hunk("+new"), header=Header(1, 0, 1, 1)), Proof.EXACT, ["", "new", ""]),
        (["a", "b"], hunk("+new", at_end=True), Proof.EXACT, ["a", "b", "new"]),
        (["a", "new"], hunk("+new", at_end=True), Proof.APPLIED, ["a", "new"]),
        (["a", "b"], hunk("+new"), Proof.REFUSED, ["a", "b"]),
        (["a", "b"], hunk("+a", "+b"), Proof.APPLIED, ["a", "b"]),
        (["a", "b"], evolve(hunk("+new"), header=Header(1, 0, 1, 1)), Proof.REFUSED, ["a", "b"]),
    ],
)
def test_a_hunk_that_quotes_nothing(live: list[str], one: Hunk, proof: Proof, expected: list[str]) -> None:
    there = text(*live)
    (outcome,) = located(there, one)
    assert outcome.proof is proof
    assert after(there, outcome) == expected
    if proof is Proof.APPLIED:
        assert outcome.lines == (len(live) - len(one.readings[0].new), len(live))


@pytest.mark.parametrize(("stated", "expected"), [(1, ["a", "new", "b"]), (2, ["a", "b", "new"]), (3, None)])
def test_lines_added_by_number_alone_need_the_blob_id_of_this_text(
    stated: int, expected: list[str] | None
) -> None:
    live = text("a", "b")
    blob = hashlib.sha1(b"blob 4\0a\nb\n", usedforsecurity=False).hexdigest()
    one = evolve(hunk("+new"), header=Header(stated, 0, 1, stated))
    (outcome,) = locate([(0, one)], Target("x.py", live, [], blob))
    assert (None if outcome.refused else after(live, outcome)) == expected


def test_the_line_end_at_the_end() -> None:
    bare = LiveText("a\nb")
    one = hunk("-b", "+b", old_ends_bare=True, new_ends_bare=False)
    (outcome,) = located(bare, one)
    assert (outcome.proof, outcome.lines, outcome.new_ends_bare) == (Proof.EXACT, (1, 2), False)
    (outcome,) = located(text("a", "b", "c"), evolve(one, old_ends_bare=False, new_ends_bare=True))
    assert (outcome.kind, outcome.lines) == (Kind.NOT_FOUND, (1, 3))
    (outcome,) = located(text("a", "b"), one)
    assert (outcome.proof, outcome.lines) == (Proof.APPLIED, (1, 2)), "it ends with a line end already"


def test_what_is_said_of_the_end_holds_for_a_hunk_too() -> None:
    (outcome,) = located(FILE, hunk("-gamma = third(3)", "+g = 3", at_end=True))
    assert (outcome.kind, outcome.lines) == (Kind.NOT_FOUND, (2, 3))
    (outcome,) = located(FILE, hunk(" gamma = third(3)", "-", may_be_cut=True))
    assert (outcome.kind, outcome.lines) == (Kind.MALFORMED, (2, 4))
    (outcome,) = located(FILE, hunk("-delta = fourth(4)", "+d = 4", may_be_cut=True))
    assert outcome.proof is Proof.EXACT, "it ends where the file ends"


# Rows of equal lines: the other hunks tell ----------------------------------------------------------------------------


ROW = text("item()", "item()", "other_call(1)", "last_call(2)")


def test_evidence_for_an_insertion_into_a_row() -> None:
    row = hunk(" item()", " item()", "+item()")
    (outcome,) = located(
        text("item()", "item()", "item()", "x"), evolve(row, header=Header(None, None, None))
    )
    assert outcome.kind is Kind.AMBIGUOUS
    fresh = hunk("-other_call(1)", "+other_call(3)")
    done = hunk(" last_call(2)", "-removed_call()", "+added_call(77)")
    live = text("item()", "item()", "item()", "other_call(1)", "tail()")
    outcomes = located(live, hunk(" item()", " item()", " item()", "+item()"), fresh)
    assert outcomes[0].proof is Proof.EXACT, "the other is still to be made, so this one is too"
    live = text("item()", "item()", "item()", "last_call(2)", "added_call(77)")
    outcomes = located(live, hunk(" item()", " item()", "+item()", " last_call(2)"), done)
    assert outcomes[0].proof is Proof.APPLIED


def test_a_scope_that_the_place_is_not_below_refuses() -> None:
    live = text("def f():", "    only_here(1)", "def g():", "    pass")
    (outcome,) = located(live, hunk("-    only_here(1)", "+    only_here(2)", scopes=("def g():",)))
    assert (outcome.kind, outcome.lines) == (Kind.NOT_FOUND, (1, 2))
    assert "stands at line 2, which is not below 'def g():'" in outcome.reason


def test_one_short_line_at_another_indentation_is_too_little() -> None:
    live = text("    return None", "    unmistakable_call_of_this(1)")
    (outcome,) = located(live, hunk("-return None", "+return 1"))
    assert (outcome.kind, outcome.lines) == (Kind.NOT_FOUND, (0, 1))
    (outcome,) = located(live, hunk("-unmistakable_call_of_this(1)", "+another_call(1)"))
    assert outcome.proof is Proof.SHIFTED
    assert after(live, outcome)[1] == "    another_call(1)"


def test_numbers_decide_among_copies_through_the_whole_way() -> None:
    live = text(*["a", "x", "b", "x", "c", "x", "d"])
    outcomes = located(live, numbered(0, "-a", "+A"), numbered(3, "-x", "+y"), numbered(6, "-d", "+D"))
    assert [one.lines for one in outcomes] == [(0, 1), (3, 4), (6, 7)]
    assert [one.proof for one in outcomes] == [Proof.EXACT] * 3


# Copies that have been changed, and places that merely look alike ---------------------------------------------


COPY = (" begin_it(1)", " check_it(2)", "-run_it(3)", "+run_it(4)", " end_it(5)")


@pytest.mark.parametrize("first", ["old", "new"])
def test_a_copy_that_has_been_changed_makes_the_one_that_is_left_doubtful(first: str) -> None:
    sides = {"old": reading(*COPY).old, "new": reading(*COPY).new}
    order = ("old", "new") if first == "old" else ("new", "old")
    live = text(*sides[order[0]], "between()", *sides[order[1]])
    (outcome,) = located(live, hunk(*COPY, ordered=True))
    assert outcome.kind is Kind.AMBIGUOUS
    at = 0 if first == "old" else 5
    assert outcome.places == ((at, at + 4), (5 - at, 9 - at))


THIN = reading("-return None", "+return 1")
THICK = reading("-return None", "-nowhere_at_all(1)", "+return 1")


@pytest.mark.parametrize("readings", [(THIN, THICK), (THICK, THIN)], ids=["first", "last"])
def test_the_reading_that_fits_is_judged_by_its_own_lines(readings: tuple[Reading, ...]) -> None:
    """Thin is what the place rests on, not what another reading of the same lines would have quoted."""
    (outcome,) = located(text("    return None", "    unmistakable_call_of_this(1)"), Hunk(readings))
    assert (outcome.kind, outcome.lines) == (Kind.NOT_FOUND, (0, 1))
    assert "at line 1 at another indentation" in outcome.reason


def test_one_short_line_below_a_scope_that_the_file_lacks_is_refused_with_its_line() -> None:
    live = text("first()", "x = 1", "last()")
    (outcome,) = located(live, hunk("-x = 1", "+x = 2", scopes=("def missing(a):",)))
    assert (outcome.kind, outcome.lines) == (Kind.NOT_FOUND, (1, 2))
    assert "stands at line 2, but 'def missing(a):'" in outcome.reason


NEARLY = (" alpha_one(1)", " beta_two(2)", "+added_line(9)", " gamma_three(3)", " delta_four(4)")


@pytest.mark.parametrize(
    ("differs", "expected"),
    [(0, (0, 4)), (1, None), (2, None), (3, (0, 4))],
)
def test_a_place_is_passed_over_where_a_line_beside_the_change_differs(
    differs: int, expected: tuple[int, int] | None
) -> None:
    one = reading(*NEARLY)
    lines = list(one.old)
    lines[differs] = "something_else()"
    assert stands_nearly(one, text(*lines, "tail()"), (5, 6)) == expected


def test_a_hunk_that_stands_at_one_place_and_nearly_fits_another_names_both() -> None:
    one = reading(*NEARLY)
    nearly = ["something_else()", *one.old[1:]]
    live = text("head()", *one.new, *nearly)
    (outcome,) = located(live, hunk(*NEARLY))
    assert (outcome.kind, outcome.lines) == (Kind.AMBIGUOUS, (6, 10))
    assert outcome.reason.startswith("its new lines stand at line 2, but at line 7 stands")


def test_of_readings_that_begin_alike_the_longest_names_the_place() -> None:
    live = text("open_it(1)", "other()", "open_it(1)", "close_it(2)")
    longer = reading("-open_it(1)", "-close_it(2)", "+new()")
    shorter = reading("-open_it(1)", "+new()")
    assert [place for _, place in seek(Hunk((longer, shorter)), live).candidates] == [2]
    unlike = reading("-other()", "+new()")
    assert {place for _, place in seek(Hunk((longer, unlike)), live).candidates} == {1, 2}


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 3), True),  # right below
        ((5, 7), True),  # right above
        ((4, 6), False),
        ((0, 4), False),
        ((3, 5), False),
    ],
)
def test_what_is_added_stands_elsewhere_where_it_lies_clear_of_the_place(
    span: tuple[int, int], expected: bool
) -> None:
    live = text("a()", "b()", "c()", "first_new(1)", "second_new(2)", "d()", "e()")
    one = reading(" q()", "+first_new(1)", "+second_new(2)")
    assert added_elsewhere(one, live, span) is expected


def test_a_diff_of_which_one_hunk_stands_nowhere_near_its_line_names_no_copy() -> None:
    copy = ["m", "a", "b", "c", "x", "d", "e", "f"]
    live = text(*copy, *copy)
    lines = (" a", " b", " c", "-x", "+y", " d", " e", " f")
    for stated, proof in ((0, Proof.EXACT), (3, Proof.REFUSED)):
        outcomes = located(live, numbered(stated, "-m", "+M"), numbered(9, *lines))
        assert outcomes[1].proof is proof, stated


def test_copies_that_were_shown_are_named_up_to_six() -> None:
    shown = text("start()", *["x = 1", "mid()"] * 7)
    live = text("start()", "x = 1", *["gone()"] * 3)
    (outcome,) = located(live, hunk("-x = 1", "+x = 2"), base=shown)
    assert outcome.kind is Kind.AMBIGUOUS
    assert "(lines 2, 4, 6, 8, 10, 12)" in outcome.reason
