"""Blocks between written marks: what begins one, what ends it, and which lines of a makefile are a recipe's."""

import pytest

from dovetail.text import Point, Snapshot, in_recipe, is_makefile, opens_block, worded_block
from dovetail.text.structure._openers import openers_of


@pytest.mark.parametrize(
    ("path", "header"),
    [
        ("a.j2", "{% for x in xs %}"),
        ("a.html", "  {%- if user.is_admin -%}"),
        ("a.sql", "{% else %}"),
        ("chart.yaml", '  {{- with .Values.labels "x" }}'),
        ("a.hbs", "{{#each items as |item|}}"),
        ("a.erb", "<% xs.each do |x| %>"),
        ("a.ejs", "<% } else { %>"),
        ("a.blade.php", "@foreach ($xs as $x)"),
        ("a.svelte", "{#each xs as { a, b } (a)}"),
        ("a.tex", "\\begin{tabular}{l|p{3cm}}[t]"),
        ("Makefile", "ifeq ($(CC),gcc)"),
        ("src/CMakeLists.txt", "foreach(x IN LISTS XS)"),
        ("a.nix", "  buildPhase = ''"),
    ],
)
def test_a_mark_begins_a_block(path, header):
    assert worded_block(f"file:///w/{path}", header) is not None


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("a.j2", "{% if x %}Hello"),
        ("a.j2", "{% if x %}Hello{% endif %}"),
        ("a.j2", "{{ block.title }}"),
        ("a.j2", "{% set x = 1 %}"),
        ("a.vue", "{{ with }}"),
        ("a.py", "if (x)"),
        ("a.py", "ifdef"),
        ("a.svelte", "{/if}"),
        ("a.tex", "\\begin{a} x \\end{a}"),
        ("a.tex", "\\begin{itemize} \\item one"),
        ("Makefile", "endif"),
        ("a.nix", "x = ''a''"),
        ("a.ejs", "<%= { a: 1 } %>"),
    ],
)
def test_other_lines_begin_none(path, line):
    assert worded_block(f"file:///w/{path}", line) is None


@pytest.mark.parametrize(
    ("path", "text", "opens"),
    [
        ("a.tex", "\\begin{itemize}$0\n\\end{itemize}\n", True),
        ("a.tex", "\\begin{itemize}\n$0\n\\end{itemize}\n", True),
        ("a.tex", "\\begin{itemize}$0\n\\item one\n\\end{itemize}\n", False),
        ("a.tex", "\\begin{itemize}$0\n\nA paragraph of its own.\n", True),
        ("Makefile", "ifdef A$0\nelse\nB = 1\nendif\n", True),
        ("Makefile", "ifdef A$0\nifdef B\nendif\nendif\n", False),
        ("Makefile", "app: a.o b.o$0\n", True),
        ("Makefile", "A := b$0\n", False),
        ("a.j2", "{% if a %}$0\n{% endif %}\n", True),
    ],
)
def test_an_empty_block_is_told_by_its_marks(path, text, opens):
    before, _, after = text.partition("$0")
    snapshot = Snapshot.open(f"file:///w/{path}", before + after)
    lines = before.split("\n")
    assert opens_block(snapshot, Point(len(lines) - 1, len(lines[-1]))) is opens


@pytest.mark.parametrize(
    ("above", "recipe"),
    [
        (["all: a.o"], True),
        (["all:", "\tmake a", "ifdef B"], True),
        (["all:", "\tmake a", "", "ifdef B"], False),
        (["A = b"], False),
        (["A = b \\", "\tc \\"], False),
        (["all:", "\tcd a && \\"], True),
        (["# a: b"], False),
        ([], False),
    ],
)
def test_recipes_are_told_by_what_stands_above(above, recipe):
    assert in_recipe(above) is recipe


@pytest.mark.parametrize(
    "name", ["Makefile", "GNUmakefile", "makefile.am", "MAKEFILE", "a.mk", "a.mak", "a.make"]
)
def test_what_is_a_makefile_is_one_everywhere(name: str) -> None:
    snapshot = Snapshot.open(f"file:///{name}", "all: a\n")
    assert is_makefile(snapshot)
    assert openers_of(None, snapshot.uri) == openers_of(None, "file:///Makefile")
    assert worded_block(snapshot.uri, "ifeq ($(A),b)") is not None
