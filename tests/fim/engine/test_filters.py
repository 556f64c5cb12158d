"""What becomes of a generator's text: each filter, in their order, for every language."""

import pytest

from dovetail.fim import Trigger
from dovetail.fim.rules.filters import FILTERS
from dovetail.text import LANGUAGES

CASES = {
    # name: (before, generated, expected, filters that fired)
    "control token": ("x = $0\n", "1<|fim_middle|>2", "x = 1$0\n", ["control tokens"]),
    "control token alone": ("x = $0\n", "<|endoftext|>", None, ["control tokens"]),
    "control token of DeepSeek": ("x = $0\n", "1<｜end▁of▁sentence｜>", "x = 1$0\n", ["control tokens"]),
    "control token in a document of them": (
        't = "<|fim_middle|>"\nx = $0\n',
        '"<|fim_middle|>"',
        't = "<|fim_middle|>"\nx = "<|fim_middle|>"$0\n',
        [],
    ),
    "repetition": ("x = $0\n", "ab " * 40, None, ["repetition"]),
    "a rule of one sign": ("# $0\n", "-" * 60, "# " + "-" * 60 + "$0\n", []),
    "equal next line": ("a = 1\n$0\nb = 2\n", "b = 2", None, ["equal next line"]),
    "equal words further in": (
        "if a:\n    if b:\n$0\n    return False\n",
        "        return False",
        "if a:\n    if b:\n        return False$0\n    return False\n",
        [],
    ),
    "equal next line, typed in part": ("a = 1\nb $0\nb = 2\n", "= 2", None, ["equal next line"]),
    "closers of another block": (
        "f(() => {\n  if (x) {\n    y\n  $0\n});\n",
        "}",
        "f(() => {\n  if (x) {\n    y\n  }$0\n});\n",
        [],
    ),
    "the same closer": ("x = [\n    1,\n$0\n]\n", "]", None, ["equal next line"]),
    "balanced call": ("print($0)\n", "f(x)", "print(f(x)$0)\n", []),
    "closer behind": ("print($0)\n", "x)", "print(x$0)\n", ["suffix overlap"]),
    "closer behind a call": ("print($0)\n", "f(x))", "print(f(x)$0)\n", ["suffix overlap"]),
    "two closers behind": ("f(g($0))\n", "x))", "f(g(x$0))\n", ["suffix overlap"]),
    "one of two closers": ("f(g($0))\n", "x)", "f(g(x$0))\n", ["suffix overlap"]),
    "quote and closer": ('print("$0")\n', 'hello")', 'print("hello$0")\n', ["suffix overlap"]),
    "quote, more, closer": ('print("$0")\n', 'hello", x)', 'print("hello$0")\n', ["suffix overlap"]),
    "colon": ("if f($0):\n    pass\n", "x):", "if f(x$0):\n    pass\n", ["suffix overlap"]),
    "comma": ("x = [\n    $0,\n]\n", "1,", "x = [\n    1$0,\n]\n", ["suffix overlap"]),
    "only what stands behind": ("print($0)\n", ")", None, ["suffix overlap"]),
    "no second blank": ("x = $0\n", " 5", "x = 5$0\n", ["spacing"]),
    "indentation not doubled": (
        "def f():\n    $0\n",
        "    return 1",
        "def f():\n    return 1$0\n",
        [],
    ),
    "indentation from column 0": ("def f():\n$0\n", "    return 1", "def f():\n    return 1$0\n", []),
    "deeper than the cursor": (
        "def f():\n    if x:\n    $0\n",
        "        return 1",
        "def f():\n    if x:\n        return 1$0\n",
        [],
    ),
    "less than the cursor": ("def f():\n    x = 1\n        $0\n", "    return 1", None, []),
    "spaces at the end": ("x = $0\n", "1   ", "x = 1$0\n", ["nothing left"]),
    "nothing but spaces": ("x =$0\n", "   ", None, ["nothing left"]),
    "escape sequence": ("x = $0\n", "a + \x1b[2Jb", None, ["hidden characters"]),
    "control character of the second set": ("x = $0\n", "a  # \x9b2J", None, ["hidden characters"]),
    "sign without width": ("x = $0\n", "a\u200b + b", None, ["hidden characters"]),
    "text that runs backwards": ("x = $0\n", '"\u202eabc"', None, ["hidden characters"]),
    "a sign that the document has": (
        's = "\u200b"\nt = $0\n',
        '"\u200b"',
        's = "\u200b"\nt = "\u200b"$0\n',
        [],
    ),
    "joined emoji": ("x = $0\n", '"\U0001f469\u200d\U0001f52c"', 'x = "\U0001f469\u200d\U0001f52c"$0\n', []),
    "a placeholder is no token": (
        "print('$0')\n",
        "usage: <filename> <PRE>",
        "print('usage: <filename> <PRE>$0')\n",
        [],
    ),
    "zeros in a row": ("x = [$0]\n", "0, " * 11 + "0", "x = [" + "0, " * 11 + "0$0]\n", []),
    "closer on the cursor's own line": ("f(a,\n  g(b$0\n)\n", "))", "f(a,\n  g(b))$0\n)\n", []),
    "a notebook's magic": ("$0\n", "files = !ls", "files = !ls$0\n", []),
    "the same sort of error elsewhere": (
        "a = foo ?? 1\n\n\n\n\n\nb = $0\n",
        "bar ?? 2",
        "a = foo ?? 1\n\n\n\n\n\nb = bar ?? 2$0\n",
        [],
    ),
    "new syntax error": ("x = 1\ny = $0\n", "1)) 2", None, ["syntax delta"]),
    "unfinished is not an error": ("x = $0\n", "foo(", "x = foo($0\n", []),
    "carriage returns": (
        "def f():$0\n",
        "\r\n    return 1\r\n",
        "def f():\n    return 1$0\n",
        ["nothing left"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_case(check, name):
    """Each case: the text that is left, and the filters that the trace names."""
    before, generated, expect, fired = CASES[name]
    assert check(before=before, generated=generated, expect=expect)[:-1] == fired


def test_order():
    """The order is the one that was agreed on (rule 16), with what the user said before the costly last."""
    assert [f.__name__ for f in FILTERS] == [
        "line_ends", "hidden_characters", "control_tokens", "stop_strings", "sentence", "repetition",
        "equal_next_line", "suffix_overlap", "extra_closer", "spacing", "nothing_left", "popup_selection",
        "just_rejected", "typed_against", "syntax_delta",
    ]  # fmt: skip


def test_several_filters_fire_in_order(check):
    """One text that needs three filters: the trace names them in their order."""
    fired = check(before="print( $0)\n", generated=" x)<|endoftext|>", expect="print( x$0)\n")
    assert fired == ["control tokens", "suffix overlap", "spacing", "suggested"]


def test_replaced_range(check):
    """A client that takes a range gets the closers replaced, so that text behind them can be proposed too."""
    assert check(before="print($0)\n", generated="x);", expect="print(x);$0\n", replace_range=True)
    assert check(before='print("$0")\n', generated='a", b)', expect='print("a", b)$0\n', replace_range=True)
    assert check(
        before="if (x$0) {\n", generated=" > 0) {", expect="if (x > 0) {$0\n", path="a.js", replace_range=True
    )


PAIRS = [
    # path, before, generated, expected
    (
        "a.tsx",
        "const [a] = useState<$0>();\n",
        "string | null>(null);",
        "const [a] = useState<string | null>(null);$0\n",
    ),
    ("a.cpp", "std::map<int, std::vector<$0>>\n", "int>> xs;", "std::map<int, std::vector<int>> xs;$0\n"),
    ("a.rs", "let f = xs.map(|$0|)\n", "x| x + 1).sum();", "let f = xs.map(|x| x + 1).sum();$0\n"),
    ("a.rb", "xs.each { |$0| }\n", "x| puts x }", "xs.each { |x| puts x }$0\n"),
    ("a.md", "This is **$0**\n", "important** and new", "This is **important** and new$0\n"),
    ("a.html", "<li>$0</li>\n", "One</li>", "<li>One</li>$0\n"),
    ("a.css", "/* $0 */\n", "page head */", "/* page head */$0\n"),
    ("a.html", "<!-- $0 -->\n", "main -->", "<!-- main -->$0\n"),
    ("a.js", "if (a < $0) {\n}\n", "b && c > d", "if (a < b && c > d$0) {\n}\n"),
    ("a.js", "xs.map(x => $0)\n", "x > 1", "xs.map(x => x > 1$0)\n"),
    ("a.sh", "ls $0\n", "| wc -l", "ls | wc -l$0\n"),
    ("a.py", "x = 2$0 ** 3\n", " + 1", "x = 2 + 1$0 ** 3\n"),
]


@pytest.mark.parametrize(("path", "before", "generated", "expect"), PAIRS)
def test_pairs_that_the_editor_closed(check, path, before, generated, expect):
    """Angle brackets, bars, Markdown's marks, tags and comments are pairs where they were opened, and only there."""
    manual = {"trigger": Trigger.MANUAL, "replace_range": True}
    check(before=before, generated=generated, expect=expect, path=path, **manual)


DIALECTS = [
    ("a.sql", "select *\nfrom $0\n", "{{ ref('orders') }}"),
    ("p.sql", "CREATE PROCEDURE p AS\nBEGIN\n  $0\nEND\n", "DECLARE @x INT = 1;"),
    ("y.yaml", "spec:\n  $0\n", "{{- toYaml .Values | nindent 4 }}"),
    ("y.yaml", "spec:\n  - a\n$0\n", "{% if boats %}"),
    ("n.py", "$0\n", "%load_ext autoreload"),
    ("n.py", "$0\n", "!pip install numpy"),
    ("a.lua", "$0\n", "local count: number = 1"),
    ("a.c", "void f(void)\n{\n\t$0\n}\n", "list_for_each_entry(pos, head, list) {"),
    ("a.html", "<p>\n  $0\n</p>\n", "<% if (x < 1) { %>"),
]


@pytest.mark.parametrize(("path", "before", "generated"), DIALECTS)
def test_what_a_grammar_cannot_judge(check, path, before, generated):
    """Templates, dialects, magics and macros are errors only to the grammar: the syntax filter leaves them alone."""
    check(before=before, generated=generated, expect=before.replace("$0", generated + "$0"), path=path)


def test_stop_string(check):
    """The user's own stop strings end a text."""
    check(before="x = $0\n", generated="1 // end", expect="x = 1$0\n", settings={"stops": ("//",)})


def test_popup(check):
    """With an entry selected in the pop-up, only what goes on from it is shown."""
    fired = check(before="x.ap$0\n", generated="ply(1)", expect=None, popup="append")
    assert fired == ["popup selection", "nothing to suggest"]
    check(before="x.ap$0\n", generated="pend(1)", expect="x.append(1)$0\n", popup="append")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("unit", ["\t", "  ", "    "])
def test_block_in_the_buffers_unit(check, unit, end):
    """Tabs stay tabs, spaces stay spaces, whatever the model writes; line ends are the editor's business."""
    body = (
        f"function f() {{{end}{unit}a();{end}{unit}b();{end}}}{end}function g() {{{end}{unit}$0{end}}}{end}"
    )
    for generated in (f"if (x) {{\n{unit * 2}y();\n{unit}}}\n}}", "\tif (x) {\n\t\ty();\n\t}\n}"):
        expected = body.replace("$0", f"if (x) {{\n{unit * 2}y();\n{unit}}}$0")
        check(before=body, generated=generated, expect=expected, path="a.js")


def test_spaces_become_tabs(check):
    """A model that answers with spaces in a buffer of tabs: its steps become tabs, two spaces or four."""
    body = "func f() {\n\ta()\n}\nfunc g() {\n\t$0\n}\n"
    expected = body.replace("$0", "if x {\n\t\ty()\n\t}$0")
    for step in ("  ", "    "):
        generated = f"{step}if x {{\n{step * 2}y()\n{step}}}\n}}"
        check(before=body, generated=generated, expect=expected, path="a.go")


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.name)
class TestEveryLanguage:
    """The rules that hold whatever the language."""

    def test_closer_behind(self, check, language):
        """A closing bracket that stands behind the cursor is not doubled, nor one of the text's own taken."""
        path = "file" + language.suffixes[0]
        check(before="foo($0)\n", generated="bar)", expect="foo(bar$0)\n", path=path)
        check(before="foo($0)\n", generated="bar)", expect="foo(bar)$0\n", path=path, replace_range=True)

    def test_quote_behind(self, check, language):
        """The same for a string's end."""
        path = "file" + language.suffixes[0]
        check(before='foo("$0")\n', generated='bar")', expect='foo("bar$0")\n', path=path)

    def test_next_line(self, check, language):
        """The line that follows is not proposed."""
        path = "file" + language.suffixes[0]
        check(before="abc\n$0\nthe next line\n", generated="the next line", expect=None, path=path)

    def test_indentation_once(self, check, language):
        """On an indented blank line the answer's own indentation is not added to it."""
        path = "file" + language.suffixes[0]
        unit = language.indent
        before = f"abc\n{unit}abc\n{unit}$0\n{unit}abc\n"
        expect = before.replace("$0", "word$0")
        check(before=before, generated=f"{unit}word", expect=expect, path=path)
        check(before=before, generated="word", expect=expect, path=path)


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.go"])
def test_syntax_in_a_large_document(check, path):
    """In a large document the same texts are dropped and kept as in a small one."""
    unit = {
        "a.py": "def f_{n}(a):\n    b = a\n    return b\n\n",
        "a.js": "function f_{n}(a) {{\n  let b = a;\n  return b;\n}}\n",
        "a.go": "func f_{n}(a int) int {{\n\tb := a\n\treturn b\n}}\n",
    }[path]
    body = "".join(unit.format(n=n) for n in range(700))
    marked = body.replace("f_400(a", "f_400(a", 1)
    head, _, rest = marked.partition("f_400")
    at = rest.index("b")
    line = rest.index("\n", at)
    before = head + "f_400" + rest[:line].removesuffix(";").removesuffix("a") + "$0" + rest[line:]
    assert len(before.split("\n")) > 2000
    check(before=before, generated="a + 1", expect=before.replace("$0", "a + 1$0"), path=path)
    check(before=before, generated=")) 2", expect=None, path=path)


@pytest.mark.parametrize(
    "text", ["x = $0\n" + "\n" * 3000, "\n" * 3000 + "x = $0\n", "\n" * 1500 + "$0" + "\n" * 1500]
)
def test_large_document_with_nothing_around(check, text):
    """No statement before, or none behind the cursor: nothing crashes."""
    check(before=text, generated="abc", expect=text.replace("$0", "abc$0"))
