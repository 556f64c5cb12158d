"""What `structure` does where text is broken, deep, strange, or of no known language."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dovetail.text import (
    LANGUAGES,
    Member,
    Point,
    Snapshot,
    TextEdit,
    call_at,
    context_at,
    definitions,
    enclosing,
    enclosing_node_range,
    error_count,
    imports,
    in_comment,
    in_string,
    indent_unit,
    member_at,
    names_in_scope,
    opens_block,
    syntax_errors,
)
from dovetail.text.languages._patterns import query_patterns, split_patterns
from dovetail.text.structure._tokens import line_context

TABLES = Path(__file__).parent / "structure"
SAMPLES = {
    path.stem: path.read_text(encoding="utf-8").split("== sample\n")[1].split("== definitions")[0]
    for path in TABLES.glob("*.txt")
}
ODD = [
    "\r",
    "\r\n",
    "\x0c",
    "\u2028",
    "é漢🙂",
    "\ud83d",
    '"""',
    "'",
    "`",
    "/*",
    "(",
    "{",
    "}",
    "\t",
    "",
    ".",
    ",",
]


def _unknown(text: str) -> tuple[Snapshot, Point]:
    offset = text.index("$0")
    snapshot = Snapshot.open("file:///a.unknown", text.replace("$0", ""))
    assert snapshot.language is None
    return snapshot, snapshot.lines.point(offset)


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from([*sorted(SAMPLES), "unknown"]), st.integers(0, 4000), st.sampled_from(ODD), st.integers(0,
    200), st.data()
)  # fmt: skip
def test_no_question_fails_on_text_that_is_cut_anywhere(
    name: str, at: int, odd: str, gone: int, data: st.DataObject
) -> None:
    """A sample loses a piece and gains odd characters; places lie in and outside it."""
    text = SAMPLES.get(name, SAMPLES["python"])
    at = min(at, len(text))
    text = text[:at] + odd + text[at + gone :]
    language = next((item for item in LANGUAGES if item.name == name), None)
    snapshot = Snapshot.open("file:///x", text, language_id=language.ids[0] if language else "")
    near = snapshot.lines.point(at)
    point = data.draw(
        st.sampled_from([near, Point(near.line + 1, 2), Point(0, 0), Point(9999, 9), Point(3, 999)])
    )
    end = snapshot.lines.end
    assert context_at(snapshot, point) in ("string", "comment", None)
    assert opens_block(snapshot, point) in (True, False)
    names_in_scope(snapshot, point)
    call_at(snapshot, point)
    member_at(snapshot, point)
    low, high = enclosing_node_range(snapshot, point, point)
    assert low <= high <= end
    for item in (*enclosing(snapshot, point), *definitions(snapshot)):
        assert item.range[0] <= item.name_range[0] <= item.name_range[1] <= item.range[1] <= end
    imports(snapshot)
    for problem in syntax_errors(snapshot):
        assert problem.start <= problem.end <= end
        assert problem.message


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(0, 3), st.booleans(), st.integers(0, 400)), max_size=25
    )
)
def test_names_carried_over_edits_are_those_of_a_fresh_look(edits: list[tuple[int, int, bool, int]]) -> None:
    """Lines come and go at places far apart while names are asked for in between."""
    text = "".join(f"name_{i} = {i}\n" if i % 4 else f"def call_{i}(a, b):\n    c = a\n" for i in range(200))
    snapshot = Snapshot.open("file:///a.py", text)
    snapshot.tree()
    for number, (line, gone, module, cursor) in enumerate(edits):
        line = min(line, len(snapshot.lines) - 1)
        while snapshot.line(line).startswith("    "):
            line -= 1
        last = min(line + gone, len(snapshot.lines) - 1)
        while last < len(snapshot.lines) - 1 and snapshot.line(last).startswith("    "):
            last += 1
        new = f"new_{number} = 1\n" if module else f"import mod_{number}\n"
        snapshot = snapshot.edit(TextEdit(Point(line, 0), Point(last, 0), new))
        fresh = Snapshot.open("file:///a.py", snapshot.text)
        at = Point(min(cursor, len(snapshot.lines) - 1), 0)
        assert names_in_scope(snapshot, at) == names_in_scope(fresh, at)


def test_deep_trees_are_walked_without_recursion() -> None:
    text = "x = " + "(" * 5000 + "1" + ")" * 4999 + "\n"
    snapshot = Snapshot.open("file:///a.py", text)
    assert syntax_errors(snapshot)
    assert error_count(snapshot.tree()) >= 1
    middle = Point(0, 4000)
    assert not opens_block(snapshot, middle)
    assert not in_string(snapshot, middle)
    names_in_scope(snapshot, middle)
    enclosing_node_range(snapshot, middle, middle)
    call_at(snapshot, middle)


def test_errors_are_told_only_where_they_are_asked_for() -> None:
    text = "a = (\n" + "b = 1\n" * 5 + "\ndef f(:\n    pass\n"
    snapshot = Snapshot.open("file:///a.js", "let a = 1;\nlet b = ;\nlet c = 1;\nlet d = (1;\n")
    assert [p.start.line for p in syntax_errors(snapshot)] == [1, 3]
    assert [p.start.line for p in syntax_errors(snapshot, Point(2, 0), Point(3, 10))] == [3]
    assert syntax_errors(snapshot, Point(0, 0), Point(0, 10)) == []
    assert [p.missing for p in syntax_errors(snapshot)] == [False, True]
    assert "missing" in syntax_errors(snapshot)[1].message
    assert error_count(Snapshot.open("file:///a.py", text).tree()) > 0
    assert error_count(None) == 0
    assert error_count(Snapshot.open("file:///a.py", "a = 1\n").tree()) == 0


def test_ranges_hold_after_line_ends_that_the_grammar_does_not_count() -> None:
    text = "a = 1\rb = '\u2028'\rdef f():\r    return 2\r\nclass G:\n    pass\n"
    snapshot = Snapshot.open("file:///a.py", text)
    assert [d.name_range[0] for d in definitions(snapshot) if d.kind != "variable"][-1] == Point(4, 6)


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("proc f {a} {\n    $0\n}\n", True),
        ("proc f {a} {\n    x\n    $0\n}\n", False),
        ("sub f:\n    $0\n", True),
        ("sub f:\n    $0\n    x\n", False),
        ("while a do\n  $0\nend\n", True),
        ("x = 1$0\n", False),
        ("if a then$0\n", True),
        ("a ${$0}", False),
        ("# note:\n  $0", False),
    ],
)
def test_an_unknown_language_opens_blocks_by_its_tokens(text: str, opens: bool) -> None:
    snapshot, point = _unknown(text)
    assert opens_block(snapshot, point) is opens


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ('say "a$0b"', "string"),
        ('say "ab$0', "string"),
        ('say "ab"$0', None),
        ("# a$0", "comment"),
        ("x // a$0", "comment"),
        ("/* a\n b$0 */", "comment"),
        ("/* a */ b$0", None),
        ("a - b$0", None),
    ],
)
def test_an_unknown_language_has_strings_and_comments_by_its_quotes(text: str, context: str | None) -> None:
    snapshot, point = _unknown(text)
    assert context_at(snapshot, point) == context
    assert in_string(snapshot, point) is (context == "string")
    assert in_comment(snapshot, point) is (context == "comment")


def test_an_unknown_language_has_blocks_by_indentation() -> None:
    snapshot, point = _unknown("top a\n  one b\n  two $0c\nend\nfar d\n")
    assert snapshot.tree() is None
    assert enclosing_node_range(snapshot, point, point) == (Point(2, 2), Point(2, 7))
    assert enclosing_node_range(snapshot, Point(0, 0), Point(0, 1)) == (Point(0, 0), Point(3, 3)) or (
        enclosing_node_range(snapshot, Point(0, 0), Point(0, 1)) == (Point(0, 0), Point(2, 7))
    )
    assert names_in_scope(snapshot, point)[:3] == ["two", "one", "top"]
    assert definitions(snapshot) == imports(snapshot) == ()
    assert enclosing(snapshot, point) == syntax_errors(snapshot) == []


def test_an_unknown_language_has_calls_and_members_by_its_brackets() -> None:
    snapshot, point = _unknown("x = obj.run(1, (2, 3), $0")
    call = call_at(snapshot, point)
    assert call is not None
    assert (call.name, call.argument, call.start) == ("obj.run", 2, Point(0, 12))
    snapshot, point = _unknown("obj.fi$0")
    assert member_at(snapshot, point) == Member("obj", ".", "fi")


@pytest.mark.parametrize(
    ("name", "text", "unit"),
    [
        ("a.py", "def f():\n  if a:\n    b\n  c\n", "  "),
        ("a.py", "def f():\n\tif a:\n\t\tb\n", "\t"),
        ("a.py", "def f(a,\n        b):\n    c\n\ndef g(a,\n        b):\n    c\n", "    "),
        ("a.py", "x = 1\n", "    "),
        ("a.js", "", "  "),
        ("a.go", "", "\t"),
        ("a.unknown", "a\n   b\n", "   "),
        ("a.unknown", "", "    "),
        ("a.c", "/*\n * a\n * b\n */\nint f() {\n   a;\n}\n", "   "),
    ],
)
def test_the_unit_of_indentation_is_what_the_document_shows(name: str, text: str, unit: str) -> None:
    assert indent_unit(Snapshot.open(f"file:///{name}", text)) == unit


def test_query_files_are_taken_apart_into_patterns() -> None:
    source = '; a (comment)\n(a "(;\\"" @x)\n[(b) (c)] @y.z @w\n"d" @v'
    assert split_patterns(source) == ['( a "(;\\"" @x )', "[ ( b ) ( c ) ] @y.z @w", '"d" @v']
    assert query_patterns("no such language") == ()
    own = {text for text, _ in query_patterns("typescript")}
    assert {text for text, _ in query_patterns("_ecma")} < own
    assert any({"definition", "definition.name"} <= held for _, held in query_patterns("python"))


def test_a_definition_is_asked_for_without_paying_for_calls() -> None:
    python = next(language for language in LANGUAGES if language.name == "python")
    (part,) = python.parts("definition")
    assert python.queries is not None
    assert part.query.pattern_count < python.queries.pattern_count
    assert "call" not in {part.query.capture_name(index) for index in range(part.query.capture_count)}
    assert python.parts("no such capture") == ()


def test_a_backslash_in_sql_is_a_character() -> None:
    line = r"select 'C:\dir' as x from t where "
    language = next(language for language in LANGUAGES if language.name == "sql")
    assert line_context(language, line, len(line)) is None
    assert line_context(language, line, line.index("dir")) == "string"
    assert line_context(language, "select 'it''s", 13) == "string"
