"""Syntax that is newer than a grammar is judged as an older equivalent of the same length."""

import pytest

from dovetail.fim.rules.filters.older import as_older
from dovetail.text import Snapshot, syntax_errors

NEWER = [
    ("c", 'const char a[] = {\n#embed "a.bin"\n};'),
    ("c", "enum E : unsigned char { A, B };"),
    ("c", "void f(void)\n{\n    defer {\n        g();\n    }\n}"),
    ("cpp", "export import a.b:c;"),
    ("cpp", "struct A { template <class S> auto f(this S&& s) { return s.x; } };"),
    ("cpp", "int f() { if !consteval { return 1; } return 2; }"),
    ("cpp", "void f() { template for (auto x : xs) { g(x); } }"),
    ("csharp", "#:package A@1.0\nvar x = 1;"),
    ("css", "@media (width >= 600px) { a { b: c } }"),
    ("go", "package a\nfunc f() *int64 { return new(int64(3)) }"),
    ("java", "import module java.base;\nclass A {}"),
    ("java", "class A extends B { A(int x) {\n    check();\n    super(x, 1);\n} }"),
    ("javascript", 'import defer * as x from "y";'),
    ("javascript", "class A {\n  accessor x = 1;\n  static accessor #y = 2;\n}"),
    ("typescript", "type A<in out T> = T;"),
    ("kotlin", 'val s = $$"""a $b $$c"""'),
    ("kotlin", "context(a: Logger)\nfun f() { g() }"),
    ("kotlin", "fun f(x: Any) = when (x) {\n    is Int if x > 1 -> 1\n    else -> 2\n}"),
    ("python", "lazy import pandas as pd\nx = 1"),
    ("python", "def f[T = int](x: T) -> T:\n    return x"),
    ("rust", 'unsafe extern "C" {\n    pub safe fn sqrt(x: f64) -> f64;\n}'),
    ("rust", "impl const Default for A {}"),
    ("toml", 'a = "\\e[0m"'),
]


def errors(language, text):
    snapshot = Snapshot.open("file:///a", text, language_id=language)
    snapshot.tree()
    return [problem.message for problem in syntax_errors(snapshot)]


@pytest.mark.parametrize(("language", "text"), NEWER)
def test_the_older_text_parses(language, text):
    older = as_older(language, text)
    assert len(older) == len(text)
    assert not errors(language, older), older


@pytest.mark.parametrize(("language", "text"), NEWER)
def test_each_is_needed(language, text):
    """The grammar itself does not know it: a rule that a newer grammar needs no more can go."""
    assert errors(language, text)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("go", "x := new([]int)"),
        ("csharp", "a?.b == c"),
        ("python", "x = d[T]"),
        ("kotlin", "val x = if (a) b else c"),
        ("rust", "let raw = &x;"),
        ("java", "super.f(x);"),
    ],
)
def test_what_the_grammar_knows_stays(language, text):
    assert as_older(language, text) == text
