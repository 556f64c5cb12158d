"""How long replies of many shapes take to read, in CPU seconds: reading has to grow with a reply's length, not faster.

    python bench/reply_shapes.py [--bytes 5000000] [--shape NAME] [--limit 2.0]

Each shape is read at half the size and at the whole size. Prints a row a shape: seconds at the whole size and the
ratio of the two (2 is linear). Exit 1 where a shape took longer than `--limit`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from time import process_time

from dovetail.edits import read_reply

LINE = "Then we change the function so that it handles the empty list, too.\n"
CODE = "    value = compute(item, index) + offset\n"
JSON_CALL = {"file_path": "a.py", "old_string": "x = 1", "new_string": ""}


def _many(unit: str) -> Callable[[int], str]:
    return lambda size: unit * max(size // len(unit), 1)


def _around(head: str, unit: str, tail: str) -> Callable[[int], str]:
    return lambda size: head + unit * max((size - len(head) - len(tail)) // len(unit), 1) + tail


def _call(size: int) -> str:
    return json.dumps(JSON_CALL | {"new_string": CODE * (size // len(CODE))}) + "\n"


def _calls(size: int) -> str:
    one = json.dumps(JSON_CALL | {"new_string": CODE}) + "\n"
    return one * (size // len(one))


SHAPES: dict[str, Callable[[int], str]] = {
    "prose": _many(LINE),
    "prose with paths": _many("See `src/app/main.py` and src/util.ts for how it is done (line 3).\n"),
    "blank lines": _many("\n"),
    "one fence": _around("a.py\n```python\n", CODE, "```\n"),
    "one fence without a path": _around("```python\n", CODE, "```\n"),
    "an open fence": _around("a.py\n```python\n", CODE, ""),
    "many fences": _many("Run this:\n\n```bash\nmake all\n```\n\n"),
    "many files": _many("a.py\n```python\nx = 1\ny = 2\n```\n"),
    "Markdown fences in one": _around("a.md\n````md\n", "```python\nx = 1\n```\n", "````\n"),
    "indented fences": _many("1. Do:\n   ```python\n   x = 1\n   ```\n"),
    "one diff of one hunk": _around(
        "--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n", "-x = 1\n+x = 2\n y = 3\n", ""
    ),
    "a diff in a fence": _around(
        "```diff\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n", "-x = 1\n+x = 2\n", "```\n"
    ),
    "a diff of bare lines": _around("--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,3 @@\n-x\n+y\n", "z = 1\n", ""),
    "a diff of blank lines": _around("--- a/a.py\n+++ b/a.py\n@@ -1,3 +1,900000 @@\n-x\n+y\n", "\n", "+z\n"),
    "diffs": _many("--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-x = 1\n+x = 2\n y\n"),
    "a diff without numbers": _around("a.py\n```diff\n", "-x = 1\n+x = 2\n", "```\n"),
    "one block": _around("a.py\n<<<<<<< SEARCH\nx = 1\n=======\n", CODE, ">>>>>>> REPLACE\n"),
    "blocks": _many("a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"),
    "starts of blocks": _many("<<<<<<< SEARCH\nx = 1\n"),
    "dividers": _around("a.py\n<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n"),
    "starts of conflicts": _many("<<<<<<< HEAD\nx = 1\n"),
    "a patch": _around(
        "*** Begin Patch\n*** Update File: a.py\n@@\n", "-x = 1\n+x = 2\n y\n", "*** End Patch\n"
    ),
    "sections of a patch": _around(
        "*** Begin Patch\n", "*** Update File: a.py\n@@\n-x\n+y\n z\n", "*** End Patch\n"
    ),
    "a call": _call,
    "calls": _calls,
    "open braces": _many('{"a": [\n'),
    "open brackets in one line": _many("["),
    "a file in tags": _around('<file path="a.py">\n', CODE, "</file>\n"),
    "tags that do not close": _many("<edit>\n<path>a.py</path>\n<search>\n"),
    "tags": _many("<edit>\n<path>a.py</path>\n<search>x</search>\n<replace>y</replace>\n</edit>\n"),
    "HTML": _many('<li class="a">x</li>\n'),
    "HTML of short lines": _many("<div>x</div>\n"),
    "HTML, indented": _many("    <p>x</p>\n"),
    "HTML in a fence without a path": _around("```html\n", "<p>text</p>\n", "```\n"),
    "words that take back": _around(
        "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n",
        "Wait, this one is wrong, too.\n",
        "",
    ),
    "pairs of blocks": _many(f"In a.py, replace:\n```\n{CODE * 20}```\nwith:\n```\n{CODE * 20}```\n"),
    "base64 in lines": _many("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ego=\n"),
    "base64 in one line": _many("QUJDREVG"),
    "one line": _many("word "),
    "backticks in one line": _many("`"),
    "backticks": _many("`a`\n"),
    "fence marks": _many("```\n"),
    "at signs": _many("@@\n"),
    "at signs with text": _many("@@ x @@\n"),
    "headings": _many("## `src/a.py`\n"),
    "headings of words": _many("### Option A: first\n"),
    "lists": _many("- `src/a.py`: changed\n"),
    "quotes": _many("> quoted line of a mail\n"),
    "quoted diffs": _many("> --- a/a.py\n> +++ b/a.py\n> @@ -1 +1 @@\n> -x\n> +y\n\n"),
    "quotes within quotes": _many("> > > text\n> > x\n> y\n"),
    "indented lines": _many("    @@ -1 +1 @@\n"),
    "indented code": _many("        return value\n"),
    "thinking": _around("<think>\n", LINE, "</think>\nDone.\n"),
    "ends of thinking": _many("</think>\n"),
    "starts of thinking": _many("<think>\n"),
    "numbers": _many("12 | x = 1\n"),
    "colours": _many("\x1b[31m-x = 1\x1b[0m\n"),
    "stars": _many("*** a.py\n"),
    "minus signs": _many("--- a\n"),
    "rules": _many("---\n"),
    "equal signs": _many("=======\n"),
    "a table": _many("| a.py | b.py | c |\n"),
    "links": _many("[a.py](a.py) "),
    "carriage returns": _many("a\r"),
}


def cpu(text: str) -> float:
    """CPU seconds of reading a reply."""
    start = process_time()
    read_reply(text)
    return process_time() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bytes", type=int, default=5_000_000, help="size of a reply")
    parser.add_argument("--shape", choices=sorted(SHAPES))
    parser.add_argument("--limit", type=float, default=2.0, help="CPU seconds that a reply may take")
    options = parser.parse_args()
    late = 0
    for name, make in SHAPES.items():
        if options.shape in (None, name):
            half, whole = cpu(make(options.bytes // 2)), cpu(make(options.bytes))
            late += whole > options.limit
            said = "  LATE" if whole > options.limit else ""
            print(f"{name:28} {whole:6.2f} s  x {whole / max(half, 0.001):.1f}{said}", flush=True)
    return 1 if late else 0


if __name__ == "__main__":
    raise SystemExit(main())
