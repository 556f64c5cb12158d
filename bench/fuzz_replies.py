"""Replies made of pieces of every format, shuffled, cut and spoilt: none may crash or hang, or write what does
not parse back.

    python bench/fuzz_replies.py [--count 100000] [--seed 0] [--slow 2.0]

Prints JSON: how many replies came to which end, and what crashed or took longer than `--slow` seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import traceback
from collections import Counter
from time import perf_counter

from dovetail.edits import MemoryWorkspace, make_plan, read_reply

FILES = {
    "a.py": "import os\n\n\ndef f():\n    return 1\n\n\nclass C:\n    def g(self):\n        return 2\n",
    "src/b.txt": "one\ntwo\ntwo\nthree\n",
    "n.json": '{\n "a": 1\n}\n',
    "README.md": "# T\n\n```\nmake\n```\n\nEnd.\n",
}
PIECES = [
    "a.py\n",
    "`src/b.txt`\n",
    "File: n.json\n",
    "## CI/CD\n",
    "Option A:\n",
    "Or as a diff:\n",
    "Then run `a.py`:\n",
    "\n",
    "\n\n",
    "```\n",
    "```python\n",
    "```diff\n",
    "````md\n",
    "~~~\n",
    "   ```\n",
    "> ",
    "    ",
    "<think>\n",
    "</think>\n",
    "<<<<<<< SEARCH\n",
    "=======\n",
    ">>>>>>> REPLACE\n",
    "<<<<<<< HEAD\n",
    ">>>>>>> topic\n",
    "------- SEARCH\n",
    "+++++++ REPLACE\n",
    ":start_line:3\n",
    "--- a/a.py\n+++ b/a.py\n",
    "@@ -1,3 +1,4 @@\n",
    "@@ ... @@\n",
    "@@ class C:\n",
    "@@@ -1 -1 +1 @@@\n",
    "diff --git a/a.py b/a.py\n",
    "index 1234567..89abcde 100644\n",
    "new file mode 120000\n",
    "rename from a.py\nrename to c.py\n",
    "*** Begin Patch\n",
    "*** Update File: a.py\n",
    "*** Add File: x/y.py\n",
    "*** Delete File: src/b.txt\n",
    "*** Move to: z.py\n",
    "*** End Patch\n",
    '{"file_path": "a.py", "old_string": "    return 1", "new_string": "    return 3"}\n',
    '{"path": "a.py", "old_str": "x',
    "<edit>\n<path>a.py</path>\n<search>\n    return 1\n</search>\n<replace>\n    return 4\n</replace>\n</edit>\n",
    "<search>\n",
    "</replace>\n",
    '<file path="q.py">\n',
    "</file>\n",
    "# ... existing code ...\n",
    "// rest unchanged\n",
    " def f():\n",
    "-    return 1\n",
    "+    return 9\n",
    "def f():\n    return 5\n",
    "class C:\n",
    "one\n",
    "two\n",
    "\\ No newline at end of file\n",
    "\x1b[31m",
    "\0",
    "\r\n",
    "\u2028",
    "\f",
    "1 | one\n",
    "*** a.py\n--- a.py\n",
    "1c1\n< one\n",
]


def reply(chooser: random.Random) -> str:
    """One reply: pieces in any order, now and then cut or with a character that does not belong there."""
    text = "".join(chooser.choice(PIECES) for _ in range(chooser.randint(1, 24)))
    if chooser.random() < 0.2:
        text = text[: chooser.randint(0, len(text))]
    if chooser.random() < 0.1 and text:
        at = chooser.randrange(len(text))
        text = text[:at] + chr(chooser.choice([0, 9, 10, 32, 96, 8238, 65279])) + text[at:]
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slow", type=float, default=2.0, help="seconds past which a reply counts as a hang")
    options = parser.parse_args()
    ends: Counter[str] = Counter()
    crashed: list[dict[str, str]] = []
    slow: list[str] = []
    start = perf_counter()
    for number in range(options.count):
        text = reply(random.Random(f"{options.seed}:{number}"))
        began = perf_counter()
        try:
            plan = make_plan(read_reply(text), MemoryWorkspace(FILES))
        except Exception:
            crashed.append({"reply": text, "trouble": traceback.format_exc()[-600:]})
            continue
        if perf_counter() - began > options.slow:
            slow.append(text)
        ends["applied" if plan.ok else "refused" if plan.outcomes else "no edit"] += 1
    seconds = round(perf_counter() - start, 1)
    print(json.dumps({"replies": options.count, "ends": ends, "crashed": crashed[:20], "slow": slow[:20],
                      "seconds": seconds}, indent=1))  # fmt: skip
    return 1 if crashed or slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
