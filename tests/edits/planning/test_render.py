"""Changes of lines as a text again, against texts written out by hand; and what is checked of the result."""

from __future__ import annotations

import pytest

from dovetail.edits.live import LiveText
from dovetail.edits.model import Change
from dovetail.edits.planning.diff import quoted_path, reads_back, unified_diff
from dovetail.edits.planning.judgeable import is_balanced, json_breaks
from dovetail.edits.planning.render import inverse, line_edits, overlap, render, unique_changes
from dovetail.edits.planning.threeway import merge_texts
from dovetail.edits.planning.verify import round_trip, syntax_delta
from dovetail.text import Lines, Point, Snapshot, TextEdit, apply_edits


def change(low: int, high: int, *lines: str) -> Change:
    return Change(low, high, lines)


@pytest.mark.parametrize(
    ("before", "changes", "bare", "after"),
    [
        ("a\nb\n", [change(0, 1, "x")], None, "x\nb\n"),
        ("a\nb", [change(1, 2, "x")], None, "a\nx"),
        ("a\nb", [change(2, 2, "x")], None, "a\nb\nx"),  # appended behind a line without an end
        ("a\nb", [change(1, 2), change(2, 2, "x")], None, "a\nx"),
        ("a\nb\nc", [change(0, 1, "y"), change(3, 3, "x")], None, "y\nb\nc\nx"),
        ("a\nb", [change(1, 2)], None, "a"),  # the one before becomes the last
        ("a\nb\nc", [change(1, 2, "y"), change(2, 3)], None, "a\ny"),
        ("a\nb\nc", [change(0, 1, "y"), change(2, 3)], None, "y\nb"),
        ("a\nb", [change(0, 2)], None, ""),
        ("a\nb\n", [change(1, 2)], None, "a\n"),
        ("a\nb\n", [change(1, 2, "x")], True, "a\nx"),
        (
            "a\nb\n",
            [change(0, 1, "x")],
            True,
            "x\nb",
        ),  # the last line loses its end, though no hunk touches it
        ("a\nb", [change(0, 1, "x")], False, "x\nb\n"),
        ("a\nb", [change(0, 1, "x")], True, "x\nb"),
        ("a\nb\n", [], True, "a\nb"),
        ("a\nb", [], False, "a\nb\n"),
        ("a\nb", [change(1, 2, "x")], False, "a\nx\n"),
        ("a\nb", [change(2, 2, "x", "y")], False, "a\nb\nx\ny\n"),
        ("a\nb", [change(1, 2, "x"), change(2, 2, "y")], False, "a\nx\ny\n"),
        ("", [change(0, 0, "x", "y")], None, "x\ny\n"),
        ("", [change(0, 0, "x")], True, "x"),
        ("a\r\nb\n", [change(0, 1, "x", "y")], None, "x\r\ny\r\nb\n"),  # as the line that it replaces
        ("a\r\nb\n", [change(1, 1, "x")], None, "a\r\nx\r\nb\n"),  # as the line before it
        ("a\r\nb\nc\r\n", [change(2, 2, "x")], None, "a\r\nb\nx\nc\r\n"),
        ("a\r\nb\n", [change(0, 0, "x")], None, "x\r\na\r\nb\n"),  # as the first
        ("a\r\nb\nc\n", [change(0, 2, "x", "y", "z")], None, "x\r\ny\nz\nc\n"),
        ("a\r\nb\r\nc", [change(3, 3, "x")], None, "a\r\nb\r\nc\r\nx"),  # as most of them
        ("a\r\nb", [change(1, 2, "x", "y")], None, "a\r\nx\r\ny"),
        ("a\rb\rc", [change(1, 2, "x")], None, "a\rx\rc"),
    ],
)
def test_a_text_after_changes(before: str, changes: list[Change], bare: bool | None, after: str) -> None:
    live = LiveText(before)
    text, edits = render(live, changes, bare)
    assert text == after
    assert apply_edits(Lines.from_text(before), edits).text == after
    assert all(edit.text != live.text[0:0] or edit.start != edit.end for edit in edits), (
        "no edit does nothing"
    )
    assert round_trip(Lines.from_text(before), after, edits)
    assert (not edits) is (before == after)


def test_edits_are_no_larger_than_the_changes() -> None:
    _, edits = render(LiveText("a\nb\nc\n"), [change(0, 1, "a"), change(1, 2, "x")], None)
    assert edits == (TextEdit(Point(1, 0), Point(2, 0), "x\n"),), "what stays the same is no edit"
    _, edits = render(LiveText("a\nb"), [change(1, 2, "x")], None)
    assert edits == (TextEdit(Point(1, 0), Point(1, 1), "x"),), (
        "a last line without an end ends at its column"
    )
    _, edits = render(LiveText("a\nbcd"), [change(2, 2, "x")], None)
    assert edits == (TextEdit(Point(1, 0), Point(1, 3), "bcd\nx"),)


@pytest.mark.parametrize(
    ("before", "after", "spans"),
    [
        ("a\nb\nc\n", "a\nx\nc\n", [((1, 0), (2, 0), "x\n")]),
        ("a\nb", "a\nb\n", [((1, 0), (1, 1), "b\n")]),
        ("a\n", "a\nb", [((1, 0), (1, 0), "b")]),
        ("a\nb\nc", "a\nc", [((1, 0), (2, 0), "")]),
        ("", "a\n", [((0, 0), (0, 0), "a\n")]),
        ("same\n", "same\n", []),
    ],
)
def test_the_lines_that_differ_as_edits(
    before: str, after: str, spans: list[tuple[tuple[int, int], tuple[int, int], str]]
) -> None:
    edits = line_edits(before, after)
    assert edits == tuple(TextEdit(Point(*low), Point(*high), text) for low, high, text in spans)
    assert apply_edits(Lines.from_text(before), edits).text == after


@pytest.mark.parametrize(
    ("edits", "turned"),
    [
        ([(0, 0, 0, 0, "x\ny\n")], [(0, 0, 2, 0, "")]),
        ([(0, 1, 0, 1, "zz")], [(0, 1, 0, 3, "")]),
        ([(0, 0, 1, 0, ""), (2, 0, 3, 0, "n\nm\n")], [(0, 0, 0, 0, "ab\n"), (1, 0, 3, 0, "ef\n")]),
        ([(2, 0, 2, 0, "q\n"), (0, 1, 1, 1, "w\nv")], [(0, 1, 1, 1, "b\nc"), (2, 0, 3, 0, "")]),
    ],
)
def test_an_inverse_speaks_of_the_text_afterwards(
    edits: list[tuple[object, ...]], turned: list[tuple[object, ...]]
) -> None:
    def made(rows: list[tuple[object, ...]]) -> list[TextEdit]:
        return [TextEdit(Point(a, b), Point(c, d), t) for a, b, c, d, t in rows]  # type: ignore[arg-type]

    before = Lines.from_text("ab\ncd\nef\n")
    assert list(inverse(before, made(edits))) == made(turned)
    assert apply_edits(apply_edits(before, made(edits)), made(turned)).text == before.text


def test_a_round_trip_that_is_none() -> None:
    edits = (TextEdit(Point(0, 0), Point(0, 1), "x"),)
    assert round_trip(Lines.from_text("a\n"), "x\n", edits)
    assert not round_trip(Lines.from_text("a\n"), "y\n", edits)


@pytest.mark.parametrize(
    ("changes", "pairs"),
    [
        ([change(0, 2, "x"), change(1, 3, "y")], [(0, 1)]),
        ([change(0, 2, "x"), change(2, 3, "y")], []),  # they touch
        ([change(2, 2, "x"), change(2, 2, "y")], [(0, 1)]),  # other lines at one place
        ([change(2, 2, "x"), change(2, 2, "x")], []),  # the same
        ([change(2, 2, "x"), change(2, 4, "y")], []),
        ([change(3, 3, "x"), change(2, 4, "y")], [(0, 1)]),
        ([change(5, 6), change(0, 9), change(1, 2)], [(1, 2), (0, 1)]),
    ],
)
def test_changes_that_cannot_both_be_made(changes: list[Change], pairs: list[tuple[int, int]]) -> None:
    assert [(one.first, one.second) for one in overlap(list(enumerate(changes)))] == pairs


def test_each_change_once_and_in_order() -> None:
    assert unique_changes([change(3, 4), change(1, 2, "x"), change(3, 4)]) == [
        change(1, 2, "x"),
        change(3, 4),
    ]


# Syntax ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "touched", "grew", "at"),
    [
        (None, "def f(:\n", [(0, 1)], True, 0),
        (None, "x = 1\n", [(0, 1)], False, None),
        ("x = 1\n", "x = (1\n", [(0, 1)], True, 0),
        ("def f(:\n", "def f():\n    pass\n", [(0, 2)], False, None),
        ("def f(:\n    pass\n\n\n\n\nx = 1\n", "def f(:\n    pass\n\n\n\n\nx = = 1\n", [(6, 7)], True, 6),
        # As many errors, elsewhere: not these lines' doing.
        ("a = = 1\nb = 1\n", "a = = 1\nb = 2\n", [(1, 2)], False, None),
    ],
)
def test_syntax_errors_that_came(
    before: str | None, after: str, touched: list[tuple[int, int]], grew: bool, at: int | None
) -> None:
    old = None if before is None else Snapshot.open("file:///x.py", before)
    verdict = syntax_delta(old, Snapshot.open("file:///x.py", after), touched)
    assert verdict.checked and verdict.grew is grew
    assert (verdict.problems[0].start.line if verdict.problems else None) == at


def test_errors_of_a_broken_file_are_counted_near_the_touched_lines() -> None:
    """One that stood there goes and two come further down: of the touched lines' own there are no more."""
    gap = "\n" * 12
    before = f"a = = 1\n{gap}b = 1\nc = 1\n"
    after = f"a = = 1\n{gap}b = = 1\nc = 1\n"
    snapshots = [Snapshot.open("file:///x.py", text) for text in (before, after)]
    assert syntax_delta(*snapshots, [(13, 14)]).grew
    assert not syntax_delta(*snapshots, [(2, 3)]).grew, "the new error is far from what was touched"
    longer = Snapshot.open("file:///x.py", f"n = 1\nn = 1\na = = 1\n{gap}b = = 1\nc = 1\n")
    assert not syntax_delta(snapshots[1], longer, [(0, 2)]).grew
    assert syntax_delta(snapshots[0], longer, [(0, 2), (15, 16)]).grew


def test_an_error_two_lines_below_a_touched_line_is_not_its_own() -> None:
    before = "a = = 1\n" + "\n" * 12 + "b = 1\nc = 1\nd = 1\ne = 1\n"
    for line, grew in (("c = 1", True), ("d = 1", False)):
        after = before.replace("b = 1", "b = 2").replace(line, line.replace("=", "= ="))
        snapshots = [Snapshot.open("file:///x.py", text) for text in (before, after)]
        assert syntax_delta(*snapshots, [(13, 14)]).grew is grew, line


def test_a_long_file_is_parsed_whole() -> None:
    """What is too long to be parsed while somebody types is parsed for a plan all the same."""
    line = "value = compute(1, 2, 3)\n"
    long = line * 8000  # 200 000 bytes
    verdict = syntax_delta(None, Snapshot.open("file:///x.py", long + "def f(:\n"), [(0, 1)])
    assert verdict.checked and verdict.grew


@pytest.mark.parametrize(
    ("text", "balanced"),
    [
        ("int f() { return g(1); }", True),
        ("// a ( b\n{", False),  # the comment ends with its line
        ("// a ( b\n{ }", True),
        ("// a \\\n( b\n{ }", True),  # a line that goes on behind a backslash
        ("// the last line (", True),
        ("#define BEGIN {\n}", False),
        ("/* ( */ }", False),
        ("/* ( ", False),
        ("#if A\nif (a) {\n#else\nif (b) {\n#endif\n}", True),
        ("#if A\nif (a) {\n#endif\n", False),
        ("char c = '('; char *s = \")\";", True),
        ("(]", False),
    ],
)
def test_brackets_in_pairs(text: str, balanced: bool) -> None:
    assert is_balanced(text) is balanced


@pytest.mark.parametrize(
    ("path", "before", "after", "breaks"),
    [
        ("a.json", '{"a": 1}', '{"a": 1,}', True),
        ("a.json", '{"a": 1}', '{"a": 2}', False),
        ("a.json", "{ // words\n}", "{ // more\n}", False),  # it was none by the letter
        ("a.json", None, "{ // words\n}", False),  # a new one may have comments
        ("n.IPYNB", None, "{ // words\n}", True),  # a notebook may not
        ("n.ipynb", None, '{"cells": []}', False),
        ("tsconfig.json", "{}", "{ // words\n}", False),
        (".vscode/tasks.json", "{}", "{ // words\n}", False),
        ("a.txt", "{}", "{", False),
    ],
)
def test_json_that_would_be_none_any_more(path: str, before: str | None, after: str, breaks: bool) -> None:
    assert bool(json_breaks(path, before, after)) is breaks


def test_a_language_that_is_not_known_is_taken_as_checked() -> None:
    assert syntax_delta(None, Snapshot.open("file:///x.nothing", "((("), [(0, 1)]).checked


# Diffs -------------------------------------------------------------------------------------------------------


def test_a_diff_has_three_lines_around_and_joins_what_is_near() -> None:
    old = "".join(f"{number}\n" for number in range(1, 25))
    new = old.replace("4\n", "four\n", 1).replace("\n11\n", "\neleven\n").replace("\n20\n", "\ntwenty\n")
    diff = unified_diff("a b.txt", old, new)
    heads = [line for line in diff.splitlines() if line.startswith("@@")]
    assert heads == ["@@ -1,14 +1,14 @@", "@@ -17,7 +17,7 @@"], "six lines between share a hunk, eight do not"
    assert reads_back(diff, old, new)
    seven = old.replace("4\n", "four\n", 1).replace("\n12\n", "\ntwelve\n")
    heads = [line for line in unified_diff("x", old, seven).splitlines() if line.startswith("@@")]
    assert heads == ["@@ -1,7 +1,7 @@", "@@ -9,7 +9,7 @@"]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, "a\n", "new file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n"),
        ("a\n", None, "deleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"),
        ("a", "a\n", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"),
        ("a\nb\n", "a\n", "--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n a\n-b\n"),
        ("b\n", "a\nb\n", "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n+a\n b\n"),
        ("", "a\nb\n", "--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n"),
        (None, "", "new file mode 100644\n"),
    ],
)
def test_small_diffs(before: str | None, after: str | None, expected: str) -> None:
    assert unified_diff("x", before, after) == "diff --git a/x b/x\n" + expected
    if "@@" in expected:
        assert reads_back(unified_diff("x", before, after), before, after)


def test_names_and_modes() -> None:
    assert unified_diff("x", "a\n", "a\n") == ""
    assert unified_diff("x", "a\n", "a\n", "y") == "diff --git a/x b/y\nrename from x\nrename to y\n"
    assert (
        unified_diff("x", "a\n", "a\n", modes=(False, True))
        == "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n"
    )
    assert "new file mode 100755\n" in unified_diff("x", None, "a\n", modes=(None, True))
    assert quoted_path("plain-name.py") == "plain-name.py"
    assert quoted_path('q"\\\té~') == '"q\\"\\\\\\011\\303\\251~"'


@pytest.mark.parametrize(
    ("diff", "before", "after"),
    [
        ("", "a\n", "b\n"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+c\n", "a\n", "b\n"),
        ("--- a/x\n+++ b/x\n@@ -1,9 +1 @@\n-a\n+b\n", "a\n", "b\n"),
        ("no diff", "a\n", "b\n"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n", "a\n", "b\n"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n", "a\n", "b\n"),
    ],
)
def test_a_diff_that_says_something_else_is_seen(diff: str, before: str, after: str) -> None:
    assert not reads_back(diff, before, after)
    assert reads_back("", "a\n", "a\n")


# Taking back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("a\nb\nc\n", "a\nb\nc\nd\n", "x\nb\nc\n", "x\nb\nc\nd\n"),
        ("a\nb\nc\n", "a\nq\nc\n", "a\nw\nc\n", None),
        ("a\nb\nc\n", "a\nq\nc\n", "a\nq\nc\n", "a\nq\nc\n"),
        ("a\nb\n", "a\r\nb\r\n", "x\nb\n", "x\r\nb\r\n"),  # the line ends were changed as a whole
        ("a\r\nb\r\n", "a\nb\n", "x\r\nb\r\n", "x\nb\n"),
        ("a\nb\n", "a\r\nb\r\n", "x\r\nb\n", None),  # theirs has two kinds
        ("a\nb\n", "a\r\nb\n", "x\nb\n", None),
        ("a\nb\n", "q\r\nb\r\n", "x\nb\n", None),
    ],
)
def test_merges_of_whole_texts(base: str, ours: str, theirs: str, merged: str | None) -> None:
    assert merge_texts(base, ours, theirs) == merged


def test_an_error_on_the_line_above_what_was_touched_counts() -> None:
    """Where an error is reported is the parser's guess: one line either way."""
    old = Snapshot.open("file:///x.py", "a = 1\nb = (2,\nc = 3)\nd = 4\n")
    new = Snapshot.open("file:///x.py", "a = 1\nb = (2,\nc = 3))\nd = 4\n")
    assert not syntax_delta(old, old, [(0, 4)]).grew
    assert syntax_delta(old, new, [(3, 4)]).grew
    broken = Snapshot.open("file:///x.py", "a = )\nb = (2,\nc = 3)\nd = 4\n")
    worse = Snapshot.open("file:///x.py", "a = )\nb = (2,\nc = 3))\nd = 4\n")
    assert syntax_delta(broken, worse, [(3, 4)]).grew
    assert syntax_delta(broken, worse, [(1, 2)]).grew


def test_as_many_errors_as_before_are_good_enough_wherever_they_are() -> None:
    old = Snapshot.open("file:///x.py", "a = )\nb = 2\nc = 3\nd = 4\n")
    new = Snapshot.open("file:///x.py", "a = 1\nb = 2\nc = 3\nd = )\n")
    assert not syntax_delta(old, new, [(0, 1), (3, 4)]).grew
    assert syntax_delta(old, Snapshot.open("file:///x.py", "a = )\nb = 2\nc = 3\nd = )\n"), [(3, 4)]).grew
