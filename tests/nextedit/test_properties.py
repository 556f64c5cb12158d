"""What holds for any texts and edits."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.nextedit import Edit, Predictor, Proposal, Ranker, Regions, Settling, Text, edits_between

LINES = st.lists(
    st.sampled_from(
        ["a = f(x)", "b = f(y)", "    return f(x)", "", "import f", "g(a, b)", "x: 1,", "f(x, 2)", "}"]
    ),
    max_size=14,
).map(tuple)


def put(lines: tuple[str, ...], edit: Edit | Proposal) -> tuple[str, ...]:
    return (*lines[: edit.line], *edit.new, *lines[edit.line + len(edit.old) :])


@given(LINES, LINES)
def test_the_edits_turn_one_text_into_the_other(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    lines = before
    for edit in edits_between("a", before, after):
        assert lines[edit.line : edit.line + len(edit.old)] == edit.old
        lines = put(lines, edit)
    assert lines == after


@settings(deadline=None)
@given(LINES, LINES, LINES)
def test_a_proposal_quotes_what_stands_there_and_changes_it(
    before: tuple[str, ...], after: tuple[str, ...], other: tuple[str, ...]
) -> None:
    texts = {"a.py": Text("a.py", after), "b.py": Text("b.py", other)}
    answers = []
    for _ in range(2):
        predictor = Predictor(Ranker(5.0, ()))
        for edit in edits_between("a.py", before, after):
            predictor.made(edit)
        answers.append(predictor.propose(texts, ("a.py", 0), 0.1))
    assert answers[0] == answers[1]  # no clock, no chance
    if isinstance(answers[0], Proposal):
        found = answers[0]
        lines = texts[found.uri].lines
        assert lines[found.line : found.line + len(found.old)] == found.old
        assert put(lines, found) != lines


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), LINES, st.booleans()), min_size=1, max_size=8))
def test_what_was_found_before_is_what_is_found_anew(steps: list[tuple[str, tuple[str, ...], bool]]) -> None:
    """One predictor is asked after each step, the other for the first time at the end; files come and go meanwhile."""
    asked, fresh = Predictor(Ranker(5.0, ())), Predictor(Ranker(5.0, ()))
    texts: dict[str, Text] = {}
    for uri, lines, kept in steps:
        before = texts[uri].lines if uri in texts else ()
        texts[uri] = Text(uri, lines)
        for edit in edits_between(uri, before, lines):
            asked.made(edit)
            fresh.made(edit)
        asked.candidates(texts if kept else {uri: texts[uri]}, (uri, 0))
    answers = [
        ([(each.location, each.row, each.rule.key) for each in found], refused)
        for found, refused in (each.candidates(texts, ("a", 0)) for each in (asked, fresh))
    ]
    assert answers[0] == answers[1]


def test_what_is_everywhere_is_found_again_once_it_is_not() -> None:
    predictor = Predictor(Ranker(5.0, ()))
    many = Text("a", tuple(f"f(x{n})" for n in range(300)))
    for n in range(2):
        predictor.made(Edit("b", n, (f"f(y{n})",), (f"g(y{n})",)))
        assert predictor.candidates({"a": many}, ("a", 0))[0] == []
    found, _ = predictor.candidates({"a": Text("a", many.lines[:3])}, ("a", 0))
    assert [each.location.new for each in found] == [("g(x0)",), ("g(x1)",), ("g(x2)",)]
    assert {len(each.rule.examples) for each in found} == {2}


@given(LINES, LINES)
def test_an_edit_that_is_taken_back_teaches_nothing(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    settling, predictor = Settling(), Predictor(Ranker(5.0, ()))
    settling.opened("a", before)
    settling.settle("a", after, predictor, 1.0)
    settling.settle("a", before, predictor, 2.0)
    assert all(edit.new != edit.old for edit in predictor.edits)
    if len(edits_between("a", before, after)) == len(edits_between("a", after, before)) == 1:
        assert predictor.edits == ()
        if edits_between("a", before, after) and settling.undone_at == 2.0:
            assert settling.resting(6.9)
            assert not settling.resting(7.1)


def test_an_edit_is_over_when_the_cursor_leaves_it_or_time_has_passed() -> None:
    regions = Regions()
    assert regions.over("a", 1, now=0.0)
    assert not regions.touch("a", 1, 1, 0, now=10.0)
    assert not regions.over("a", 1, now=10.3)
    assert regions.over("a", 4, now=10.3)
    assert regions.over("a", 1, now=10.8)
    assert not regions.touch("a", 2, 2, 3, now=10.3)  # three lines came in beside it
    assert not regions.over("a", 5, now=10.4)
    assert regions.touch("a", 9, 9, 0, now=10.4)  # another region: the first edit is over
    assert regions.under_way() == ["a"]
