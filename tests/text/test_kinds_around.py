"""Which definitions a place stands in, told without the patterns of a large grammar."""

from __future__ import annotations

from pathlib import Path

import pytest

from dovetail.text import LANGUAGES, Point, Snapshot, enclosing, kinds_around
from dovetail.text.languages import Language, _language

FIXTURES = Path(__file__).parent / "structure"
CALLED = {"function", "method"}
TYPES = {"class", "type"}
LARGE = [language for language in LANGUAGES if language.grammar is not None and language.large]

PLACES = [
    ("cpp", "int f(int a) {\n  return a$;\n}\n", "called"),
    ("cpp", "int Shelf::find(int a) {\n  int b = a$;\n}\n", "called"),
    ("cpp", "class Shelf {\n  int a$;\n};\n", "type"),
    ("cpp", "class Shelf {\n  int f() { return 1$; }\n};\n", "called"),
    ("cpp", "namespace a {\nint b = $1;\n}\n", ""),
    ("cpp", "int b = $1;\n", ""),
    ("csharp", "class A {\n  int F(int a) { return a$; }\n}\n", "called"),
    ("csharp", "interface A {\n  int B { get; $set; }\n}\n", "type"),
    ("csharp", "class A {\n  int F() { int g(int b) { return b$; } return g(1); }\n}\n", "called"),
    ("kotlin", "fun find(key: String): Book? {\n    return a$\n}\n", "called"),
    ("kotlin", "interface Holder {\n    val a: Int$\n}\n", "type"),
    ("swift", "func f(a: Int) -> Int {\n  return a$\n}\n", "called"),
    ("swift", "struct A {\n  init(a: Int) {\n    self.a = a$\n  }\n}\n", "called"),
    ("elixir", "defmodule A do\n  def f(a) do\n    a$\n  end\nend\n", "called"),
    ("ocaml", "let f a =\n  a + $1\n", "called"),
]


def innermost(kinds: list[str]) -> str:
    for kind in reversed(kinds):
        if kind in CALLED:
            return "called"
        if kind in TYPES:
            return "type"
    return ""


def of(name: str) -> Language:
    return next(one for one in LANGUAGES if one.name == name)


@pytest.mark.parametrize(("name", "marked", "wanted"), PLACES)
def test_what_a_place_stands_in(name: str, marked: str, wanted: str) -> None:
    before, _, after = marked.partition("$")
    snapshot = Snapshot.open("file:///a", before + after, language_id=of(name).ids[0])
    place = Point(before.count("\n"), len(before) - before.rfind("\n") - 1)
    assert innermost([kind for kind, _ in kinds_around(snapshot, place)]) == wanted


@pytest.mark.parametrize("language", LARGE, ids=lambda one: one.name)
def test_nearly_everywhere_the_answer_is_that_of_the_patterns(language: Language) -> None:
    """They differ at a definition's own border, and in declarations without a body."""
    same = other = 0
    for part in (FIXTURES / f"{language.name}.txt").read_text().split("\n== "):
        text = part.partition("\n")[2].replace("$0", "")
        snapshot = Snapshot.open("file:///a", text, language_id=language.ids[0])
        for line in range(len(snapshot.lines)):
            for column in range(len(snapshot.line(line)) + 1):
                place = Point(line, column)
                told = innermost([kind for kind, _ in kinds_around(snapshot, place)])
                found = innermost([one.kind for one in enclosing(snapshot, place)])
                same, other = same + (told == found), other + (told != found)
    assert same > 500 and other < 0.03 * same


@pytest.mark.parametrize("name", ["cpp", "csharp", "kotlin", "swift", "scala"])
def test_no_pattern_is_compiled_for_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(*_: object) -> None:
        raise AssertionError("a pattern was compiled")

    monkeypatch.setattr(_language, "_parts", compiled)
    snapshot = Snapshot.open("file:///a", "class A {\n  int f;\n}\n", language_id=of(name).ids[0])
    kinds_around(snapshot, Point(1, 4))
