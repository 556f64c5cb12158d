"""The block at a cursor, where a text leaves it, and an answer's indentation in the buffer's unit."""

from __future__ import annotations

import pytest

from dovetail.fim.rules.block import Block
from dovetail.fim.rules.twice import width
from dovetail.fim.rules.units import Units
from dovetail.text import LANGUAGES, Point

PYTHON = next(one for one in LANGUAGES if one.name == "python")

# Blocks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "columns"), [("a", 0), ("  a", 2), ("\ta", 4), (" \ta", 4), ("\t  a", 6), ("    ", 4)]
)
def test_columns(line: str, columns: int) -> None:
    assert width(line) == columns


@pytest.mark.parametrize(
    ("path", "before", "floor", "header", "opened", "below", "closer_below", "blank"),
    [
        ("x.py", "def f():$0\n", 1, 0, 0, "", False, False),
        ("x.py", "def f():\n    $0\n", 4, 0, 0, "", False, True),
        ("x.py", "def f():\n$0\n", 1, 0, 0, "", False, True),
        ("x.py", "class A:\n    def f(self):$0\n\n\n    x = 1\n", 5, 4, 0, "    x = 1", False, False),
        ("x.py", "class A:\n    def f(self):\n  $0\n", 5, 4, 0, "", False, True),
        ("x.js", "if (a) {$0\n}\n", 1, 0, 1, "}", True, False),
        ("x.js", "if (a) {$0\n  b\n}\n", 1, 0, 1, "  b", False, False),
        ("x.js", "if (a) {\n\n\n  $0\n", 2, 0, 1, "", False, True),
        ("x.js", "  if (a) {$0\n}\n", 3, 2, 1, "}", False, False),
        ("x.py", "x = 1\n    y = $0\n", 5, 4, 0, "", False, False),
        ("x.py", "x = 1\ny$0\n", 0, 0, 0, "", False, False),
        ("x.py", "f(a$0\n)\n", 1, 0, 1, ")", True, False),
        ("x.md", "```\n$0\n", 0, None, 0, "", False, True),
    ],
)
def test_the_block_at_a_cursor(
    tools,
    path: str,
    before: str,
    floor: int,
    header: int | None,
    opened: int,
    below: str,
    closer_below: bool,
    blank: bool,
) -> None:
    request = tools.ask_at(before, path)
    block = Block.at(request.snapshot, request.position)
    assert (block.floor, block.header, block.opened) == (floor, header, opened)
    assert (block.below, block.closer_below, block.blank) == (below, closer_below, blank)


@pytest.mark.parametrize(
    ("path", "before", "text", "expected"),
    [
        ("x.py", "def f():$0\n", "\n    a\n    b\nc\n", ("left", 3, 0)),
        ("x.py", "def f():$0\n", "\n    a\n\n    b\n", None),
        ("x.py", "if a:$0\n", "\n    b\nelif c:\n    d\nelse:\n    e\nf\n", ("left", 6, 0)),
        ("x.py", "for a in b:$0\n", "\n    c\nelif d:\n", ("left", 2, 0)),
        ("x.py", "try:$0\n", "\n    a\nexcept B:\n    c\nfinally:\n    d\nwith e:\n", ("left", 6, 0)),
        ("x.py", "def f():$0\n\nend_of_it = 1\n", "\n    a\nend_of_it = 1\n", ("below", 2, 0)),
        ("x.py", "def f():$0\n", '\n    a = """\nb\n"""\n    c\nd\n', ("left", 5, 0)),
        ("x.py", "def f():$0\n", "\n    a\n```\n", ("fence", 2, 0)),
        ("x.js", "function f() {$0\n", "\n  a();\n}\nb();\n", ("closed", 2, 1)),
        ("x.js", "function f() {$0\n}\n", "\n  a();\n}\nb();\n", ("closed", 2, 0)),
        ("x.js", "if (a) {$0\n}\n", "\n  b();\n  c(); }\n", ("closed", 2, 6)),  # up to the bracket
        ("x.js", "if (a) {$0\n", "\n  b();\n} else {\n  c();\n}\nd();\n", ("closed", 4, 1)),
        ("x.js", "switch (a) {$0\n", "\ncase 1:\n  b();\ndefault:\n  c();\n}\n", ("closed", 5, 1)),
        ("x.js", "f($0)\n", "a)\nb\n", ("closed", 0, 2)),
        ("x.c", "void f() {$0\n", "\n  a();\n#if X\n  b();\n#endif\nagain:\n  c();\n}\n", ("closed", 7, 1)),
        ("x.yaml", "a:$0\n", "\n- b\n- c\nd: 1\n", ("left", 3, 0)),
        ("x.sh", "cat <<EOF$0\n", "\na\n  b\nEOF\nc\n", ("closed", 3, 3)),
        ("x.sh", "cat <<EOF$0\nEOF\n", "\na\nEOF\n", ("closed", 2, 0)),
        ("x.sh", "case $a in$0\n", "\nb)\n  c ;;\nesac\nd\n", ("closed", 3, 4)),
        ("x.rb", "def f$0\n", "\n  a\nend\nb\n", ("closed", 2, 3)),
        ("x.lua", "if a then$0\n", "\n  b()\nelse\n  c()\nend\nd()\n", ("closed", 4, 3)),
        ("x.go", "func f() {$0\n", "\n\ta()\n}\n\nfunc g() {\n", ("closed", 2, 1)),
    ],
)
def test_where_a_text_leaves_its_block(tools, path: str, before: str, text: str, expected: object) -> None:
    request = tools.ask_at(before, path)
    lines = text.split("\n")
    assert Block.at(request.snapshot, request.position).end(lines, len(lines) - 1) == expected


@pytest.mark.parametrize(
    ("above", "below", "fences"),
    [
        ("", "", False),
        ('"""\n```\nf()\n```\n"""\n' + "a = 1\n" * 40, "", True),
        ("", "a = 1\n" * 40 + '"""\n~~~\nf()\n~~~\n"""\n', True),
        ('"""\n```\nf()\n```\n"""\n' + "a = 1\n" * 240, "", False),  # too far away
    ],
)
def test_whether_a_document_has_fences_of_its_own(tools, above: str, below: str, fences: bool) -> None:
    request = tools.ask_at(above + "def f():$0\n" + below, "x.py")
    assert Block.at(request.snapshot, request.position).fences is fences


# Units of indentation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "columns", "header", "margins", "expected"),
    [
        ("    ", 0, True, ["  ", "    "], ["    ", "        "]),  # two a level in the answer
        ("    ", 0, True, ["    ", "        "], ["    ", "        "]),
        ("  ", 0, True, ["    ", "        "], ["  ", "    "]),
        (
            "    ",
            4,
            True,
            ["    ", "      "],
            ["    ", "      "],
        ),  # no deeper than the cursor's own line: nothing is told
        ("    ", 0, True, ["\t", "\t\t"], ["    ", "        "]),
        ("\t", 0, True, ["    ", "      "], ["\t", "\t  "]),
        ("\t", 0, True, ["  ", "    "], ["\t", "\t\t"]),
        ("\t", 4, True, ["      "], ["\t\t"]),  # three a level
        ("\t", 0, False, ["  ", "    "], ["\t", "\t\t"]),  # no level is known: the likely unit
        ("\t", 0, False, ["   ", "      "], ["\t", "\t\t"]),
        (None, 0, True, ["  "], ["  "]),
        ("    ", 0, False, ["  "], ["  "]),  # nothing says which level it is
        ("    ", 2, True, ["  "], ["  "]),  # the cursor's own line stands at no level
        ("    ", 0, True, [""], [""]),
    ],
)
def test_an_answers_margins_in_the_buffers_unit(
    unit: str | None, columns: int, header: bool, margins: list[str], expected: list[str]
) -> None:
    units = Units(unit, columns, PYTHON, header)
    before, made = "", []
    for margin in margins:
        before += "\n"
        made.append(units.margin(margin, before))
        before += margin + "x = 1"
    assert made == expected


def test_a_line_inside_a_string_keeps_its_margin() -> None:
    units = Units("    ", 0, PYTHON, True)
    assert units.margin("  ", "\n") == "    "
    assert units.margin("  ", '\n  x = """\n') == "  "
    assert units.margin("  ", '\n  x = """\n  """\n') == "    "


def test_the_first_indented_line_settles_the_unit() -> None:
    units = Units("    ", 0, PYTHON, True)
    assert units.margin("    ", "\n") == "    "
    assert units.margin("    ", "\n    x = {\n") == "    ", "the bracket that closes stands at its line"


@pytest.mark.parametrize(
    ("columns", "margin", "expected"),
    [
        (0, "  ", "  "),  # the cursor's line stands at no level
        (4, "  ", "    "),
        (4, "    ", "  "),
        (4, "\t\t", "  "),  # tabs tell nothing of spaces
        (8, "   ", "  "),  # no whole number of levels
    ],
)
def test_the_unit_that_the_cursors_own_line_shows(columns: int, margin: str, expected: str) -> None:
    units = Units("    ", columns, PYTHON)
    units.first(margin)
    assert units.margin("  ", "\n    x = 1\n") == expected


def test_the_unit_is_read_from_the_buffer(tools) -> None:
    request = tools.ask_at("\tdef f():\n\t\tx = $0\n", "x.py")
    units = Units.at(request.snapshot, request.position, Block.at(request.snapshot, request.position))
    assert (units.unit, units.columns) == ("\t", 8)
    assert Point(1, 6) == request.position
