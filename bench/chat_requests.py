"""The requests of `chat_real`: small files in three languages, what is asked, and a check written for each."""

from __future__ import annotations

import ast

from bench.chat_checks import Check, both, calls, functions, holds, shapes

FILES = {
    "shapes.py": (
        "import math\n\n\ndef area(radius):\n    return math.pi * radius * radius\n\n\n"
        "def double(number):\n    return number + number\n\n\ndef label(name):\n    return name.title()\n"
    ),
    "cart.js": (
        "function total(items) {\n  let sum = 0;\n  for (const item of items) {\n    sum += item.price;\n  }\n"
        "  return sum;\n}\n\nfunction first(items) {\n  return items[0];\n}\n\nmodule.exports = { total, first };\n"
    ),
    "greet.go": (
        'package greet\n\nimport "fmt"\n\n'
        'func Hello(name string) string {\n\treturn fmt.Sprintf("Hello, %s", name)\n}\n\n'
        'func Bye(name string) string {\n\treturn "Bye, " + name\n}\n'
    ),
}

JS = ("function total(", "function first(", "module.exports")
GO = ("func Hello(", "func Bye(", "package greet")
REQUESTS: list[tuple[str, str, list[str], Check]] = [
    (
        "region-product",
        "Use number * 2 instead of the sum",
        ["shapes.py:8-9"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "* 2")),
    ),
    ("region-docstring", "Add a docstring", ["shapes.py:4-5"], both(shapes, holds("shapes.py", '"""'))),
    (
        "region-return-early",
        "Return an empty string if name is empty",
        ["shapes.py:12-13"],
        both(
            shapes, calls("label", "", gives=""), calls("label", "ab", gives="Ab"), holds("shapes.py", "if ")
        ),
    ),
    (
        "region-upper",
        "Return the name in upper case",
        ["shapes.py:12-13"],
        both(shapes, calls("label", "ab", gives="AB")),
    ),
    (
        "region-argument",
        "Add an argument times with the default 2 and multiply by it",
        ["shapes.py:8-9"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "times")),
    ),
    (
        "region-type-hints",
        "Add type hints",
        ["shapes.py:8-9"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "->")),
    ),
    ("region-one-line", "Use radius ** 2", ["shapes.py:5"], both(shapes, holds("shapes.py", "radius ** 2"))),
    (
        "file-product",
        "In double, use number * 2 instead of the sum",
        ["shapes.py"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "* 2")),
    ),
    (
        "file-rename",
        "Rename the function label to title",
        ["shapes.py"],
        both(lambda f: shapes(f, names=("area", "double", "title")), calls("title", "ab", gives="Ab")),
    ),
    (
        "file-docstrings",
        "Add a docstring to each function",
        ["shapes.py"],
        both(shapes, lambda f: f["shapes.py"].count('"""') >= 6),
    ),
    (
        "file-new-function",
        "Add a function half(number) that returns number / 2",
        ["shapes.py"],
        both(shapes, calls("half", 4, gives=2)),
    ),
    (
        "file-module-docstring",
        "Add a docstring at the top of the file",
        ["shapes.py"],
        both(shapes, lambda f: bool(ast.get_docstring(ast.parse(f["shapes.py"])))),
    ),
    (
        "file-delete",
        "Delete the function label",
        ["shapes.py"],
        lambda f: shapes(f, names=("area", "double")) and "def label" not in f["shapes.py"],
    ),
    (
        "js-region-comment",
        "Add a comment that says what it does",
        ["cart.js:9-11"],
        both(
            holds("cart.js", *JS, "return items[0]", once=JS),
            lambda f: "//" in f["cart.js"] or "/*" in f["cart.js"],
        ),
    ),
    ("js-region-guard", "Return null if items is empty", ["cart.js:9-11"], holds("cart.js", "null", once=JS)),
    (
        "js-file-rename",
        "Rename the function first to head",
        ["cart.js"],
        holds("cart.js", "function head(", "total, head", once=("function total(",)),
    ),
    ("js-file-const", "Use items.reduce in total", ["cart.js"], holds("cart.js", "reduce", once=JS)),
    (
        "js-region-price",
        "Multiply item.price by item.count",
        ["cart.js:4"],
        holds("cart.js", "item.price * item.count", once=JS),
    ),
    (
        "go-region-comment",
        "Add a comment above the function",
        ["greet.go:9-11"],
        holds("greet.go", "// ", once=GO),
    ),
    (
        "go-region-text",
        "Say Goodbye instead of Bye",
        ["greet.go:9-11"],
        holds("greet.go", '"Goodbye, "', once=GO),
    ),
    (
        "go-file-new",
        "Add a function Thanks(name string) string",
        ["greet.go"],
        holds("greet.go", "func Thanks(", once=GO),
    ),
    (
        "go-file-text",
        "In Hello, greet with Hi instead of Hello",
        ["greet.go"],
        holds("greet.go", '"Hi, %s"', once=GO),
    ),
    (
        "two-files",
        "Rename label to title in shapes.py, and total to sum in cart.js",
        ["shapes.py", "cart.js"],
        both(lambda f: "title" in functions(f["shapes.py"]), holds("cart.js", "function sum(")),
    ),
    (
        "tests",
        "Write tests for double in a new file test_shapes.py",
        ["shapes.py"],
        both(shapes, lambda f: "double" in f.get("test_shapes.py", "")),
    ),
    # The same wishes in other words and at other places, as people write them.
    (
        "region-rename-argument",
        "Rename radius to r",
        ["shapes.py:4-5"],
        both(shapes, holds("shapes.py", "def area(r)")),
    ),
    (
        "region-comment",
        "Add a comment above the return",
        ["shapes.py:4-5"],
        both(shapes, holds("shapes.py", "#")),
    ),
    (
        "region-raise",
        "Raise ValueError if radius is negative",
        ["shapes.py:4-5"],
        both(shapes, holds("shapes.py", "raise ValueError")),
    ),
    (
        "region-strip",
        "Strip the name before it is capitalised",
        ["shapes.py:12-13"],
        both(shapes, calls("label", " ab ", gives="Ab")),
    ),
    (
        "region-lower",
        "lower case instead of title case please",
        ["shapes.py:12-13"],
        both(shapes, calls("label", "AB", gives="ab")),
    ),
    (
        "region-default",
        "Give number the default 1",
        ["shapes.py:8-9"],
        both(shapes, calls("double", gives=2)),
    ),
    (
        "region-variable",
        "Put the result into a variable before returning it",
        ["shapes.py:8-9"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "    return ", " = ")),
    ),
    (
        "region-two",
        "Add docstrings",
        ["shapes.py:4-9"],
        both(shapes, lambda f: f["shapes.py"].count('"""') >= 4),
    ),
    ("region-import", "Import os as well", ["shapes.py:1"], both(shapes, holds("shapes.py", "import os"))),
    (
        "region-return-only",
        "Return number times two",
        ["shapes.py:9"],
        both(shapes, calls("double", 4, gives=8), lambda f: "number + number" not in f["shapes.py"]),
    ),
    (
        "file-rename-double",
        "Rename double to twice",
        ["shapes.py"],
        both(lambda f: shapes(f, names=("area", "twice", "label")), calls("twice", 4, gives=8)),
    ),
    (
        "file-hints",
        "Add type hints to all functions",
        ["shapes.py"],
        both(shapes, lambda f: f["shapes.py"].count("->") >= 3),
    ),
    (
        "file-constant",
        "Add a constant TAU = 2 * math.pi below the import",
        ["shapes.py"],
        both(shapes, holds("shapes.py", "TAU = ")),
    ),
    (
        "file-main",
        "Add a main guard that prints area(1)",
        ["shapes.py"],
        both(shapes, holds("shapes.py", "__main__")),
    ),
    (
        "file-perimeter",
        "Add a function perimeter(radius)",
        ["shapes.py"],
        both(shapes, holds("shapes.py", "def perimeter(")),
    ),
    (
        "file-upper",
        "label should return upper case",
        ["shapes.py"],
        both(shapes, calls("label", "ab", gives="AB")),
    ),
    (
        "file-square",
        "Write radius ** 2 instead of radius * radius",
        ["shapes.py"],
        both(shapes, lambda f: "**" in f["shapes.py"]),
    ),
    (
        "file-early",
        "double should return 0 for None",
        ["shapes.py"],
        both(shapes, calls("double", None, gives=0)),
    ),
    (
        "file-delete-double",
        "Remove double",
        ["shapes.py"],
        lambda f: shapes(f, names=("area", "label")) and "def double" not in f["shapes.py"],
    ),
    (
        "js-region-rename",
        "Rename items to list",
        ["cart.js:9-11"],
        holds("cart.js", "first(list)", "list[0]"),
    ),
    (
        "js-region-arrow",
        "Use a default of [] for items",
        ["cart.js:9-11"],
        holds("cart.js", "items = []", once=JS),
    ),
    ("js-region-jsdoc", "Add a JSDoc comment", ["cart.js:1-7"], holds("cart.js", "/**", once=JS)),
    ("js-region-round", "Round the sum to two digits", ["cart.js:1-7"], holds("cart.js", "toFixed", once=JS)),
    ("js-region-const", "Use items.forEach", ["cart.js:1-7"], holds("cart.js", "forEach", once=JS)),
    ("js-region-export", "Export only total", ["cart.js:13"], holds("cart.js", "{ total }", once=JS[:2])),
    ("js-file-last", "Add a function last(items)", ["cart.js"], holds("cart.js", "function last(", once=JS)),
    ("js-file-strict", "Add 'use strict' at the top", ["cart.js"], holds("cart.js", "use strict", once=JS)),
    ("js-file-comments", "Add a comment to each function", ["cart.js"], holds("cart.js", "//", once=JS)),
    (
        "go-region-upper",
        "Return the name in upper case too",
        ["greet.go:5-7"],
        holds("greet.go", "ToUpper", once=GO),
    ),
    (
        "go-region-empty",
        "Return Nobody if name is empty",
        ["greet.go:5-7"],
        holds("greet.go", "Nobody", once=GO),
    ),
    (
        "go-region-sprintf",
        "Use fmt.Sprintf",
        ["greet.go:9-11"],
        both(holds("greet.go", once=GO), lambda f: f["greet.go"].count("Sprintf") == 2),
    ),
    ("go-region-line", "Say Hi instead of Hello", ["greet.go:6"], holds("greet.go", '"Hi, %s"', once=GO)),
    (
        "go-file-rename",
        "Rename Bye to Farewell",
        ["greet.go"],
        holds("greet.go", "func Farewell(", once=GO[:1]),
    ),
    ("go-file-comments", "Add doc comments", ["greet.go"], holds("greet.go", "// ", once=GO)),
    ("go-file-const", "Put Bye, into a constant", ["greet.go"], holds("greet.go", "const ", once=GO)),
    (
        "two-files-comments",
        "Add a comment at the top of each file",
        ["shapes.py", "cart.js"],
        both(shapes, holds("cart.js", "//", once=JS)),
    ),
    (
        "region-and-context",
        "Use the words of greet.go: Hello and the name",
        ["shapes.py:12-13", "greet.go"],
        both(shapes, holds("shapes.py", "Hello")),
    ),
    (
        "tests-js",
        "Write tests for first in a new file cart.test.js",
        ["cart.js"],
        both(holds("cart.js", once=JS), lambda f: "first" in f.get("cart.test.js", "")),
    ),
]
