"""Where a suggestion is asked for, and for one line or many."""

import pytest

from dovetail.fim import gate


@pytest.mark.parametrize(
    ("text", "asked", "multiline", "reason"),
    [
        ("x = $0\n", True, False, "not at the start"),
        ("pri$0nt\n", False, False, "middle of a word"),
        ("foo($0)\n", True, False, "to the right"),
        ("foo($0):\n", True, False, "to the right"),
        ("foo({'a': [$0]})\n", True, False, "to the right"),
        ("foo($0 + 1)\n", False, False, "more than closing brackets"),
        ("$0x = 1\n", False, False, "more than closing brackets"),
        ("def f():$0\n", True, True, "many lines"),
        ("def f():\n    $0\n", True, True, "many lines"),
        ("def f():\n    $0\n    return 1\n", True, False, "one line"),
        ("# what fol$0\n", True, False, "not at the start"),
        ('x = "abc $0\n', True, False, "one line"),
        ("x" * 2100 + "$0\n", False, False, "longer than"),
    ],
)
def test_decision(tools, text, asked, multiline, reason):
    """Word middles and code to the right refuse; an empty block asks for many lines; all else for one."""
    gated = gate(tools.ask_at(text))
    assert (gated.asks, gated.multiline) == (asked, multiline)
    assert reason in gated.reason


def test_manual_asks_before_code(tools):
    """A manual request is answered before other text too, but never inside a word."""
    assert gate(tools.ask_at("foo($0 + 1)\n", trigger=tools.Trigger.MANUAL)).asks
    assert not gate(tools.ask_at("pri$0nt\n", trigger=tools.Trigger.MANUAL)).asks


@pytest.mark.parametrize(
    ("path", "text", "asked"),
    [
        ("a.md", "_$0_\n", True),
        ("a.md", "bal$0loon\n", False),  # two letters that are alike are no signs
        ("a.md", "_$0x\n", False),
        ("a.c", "_$0_\n", False),  # a name
        ("a.py", "a$0b\n", False),
    ],
)
def test_between_the_signs_of_an_emphasis_is_no_middle_of_a_word(tools, path, text, asked):
    assert gate(tools.ask_at(text, path, trigger=tools.Trigger.MANUAL)).asks is asked


def test_setting_overrides_the_tree(tools):
    """The user's `multiline` wins over what the tree says."""
    request = tools.ask_at("def f():\n    $0\n")
    assert not gate(request, multiline=False).multiline
    assert gate(tools.ask_at("x = $0\n"), multiline=True).multiline


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.js", "function f() {\n  $0\n}\n"),
        ("a.ts", "function f(): void {\n  $0\n}\n"),
        ("a.go", "func f() {\n\t$0\n}\n"),
        ("a.rs", "fn f() {\n    $0\n}\n"),
        ("a.java", "class A {\n    void f() {\n        $0\n    }\n}\n"),
        ("a.c", "int f(void) {\n    $0\n}\n"),
        ("a.rb", "def f\n  $0\nend\n"),
        ("a.lua", "function f()\n    $0\nend\n"),
        ("a.xyz", "begin:\n    $0\n"),
    ],
)
def test_empty_blocks_of_languages(tools, path, text):
    """An empty block is one in every language, also in one without a grammar."""
    assert gate(tools.ask_at(text, path)).multiline
