"""How much ordinary code is taken for a secret: spans in 1,000 lines of real repositories, and the time it takes.

    python bench/false_redactions.py [--show] [CORPUS]

CORPUS is a folder of `*.jsonl.xz` (first line: `{"repo", "files": {path: text}}`), by default `history` in
`$DOVETAIL_CORPORA`; or a folder of source files. A span counts as false unless the text is a credential by its form
(the header or the URL of a test): nobody can tell those from real ones. `--show` lists all of them.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from dovetail.privacy import find_secrets, shown_at
from dovetail.text import Lines, Point

_CREDENTIAL = re.compile(r"password in a URL|Basic credentials|bearer token|private key|web token")


def repositories(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Name and files, by path, of each repository."""
    archives = sorted(folder.glob("*.jsonl.xz"))
    for path in archives:
        with lzma.open(path, "rt", encoding="utf-8") as file:
            first = json.loads(next(file))
        yield first["repo"], first["files"]
    if not archives:
        files = {}
        for path in folder.rglob("*"):
            if path.is_file() and path.suffix in {
                ".py",
                ".go",
                ".ts",
                ".js",
                ".rs",
                ".java",
                ".c",
                ".md",
                ".yml",
                ".toml",
            }:
                files[str(path.relative_to(folder))] = path.read_text(encoding="utf-8", errors="replace")
        yield folder.name, files


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "corpus", nargs="?", type=Path, default=Path(os.environ.get("DOVETAIL_CORPORA", ".")) / "history"
    )
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    print(
        f"{'repository':<24}{'lines':>8}{'spans':>7}{'by form':>9}{'false':>7}{'per 1,000':>11}{'µs a line':>11}"
    )
    for repo, files in repositories(options.corpus):
        lines = spent = 0
        kinds: Counter[str] = Counter()
        for path, text in files.items():
            started = time.thread_time()
            found = find_secrets(text)
            spent += time.thread_time() - started
            lines += text.count("\n") + 1
            for secret in found:
                form = "form" if _CREDENTIAL.search(secret.kind) else "false"
                kinds[form] += 1
                if options.show:
                    low, high = text.rfind("\n", 0, secret.start) + 1, text.find("\n", secret.end)
                    line = text[low:high].strip()[:110]
                    print(
                        f"  {form:<6}{secret.kind:<20}{path}: {line}  >>{text[secret.start : secret.end][:40]}<<"
                    )
        rate = 1000 * kinds["false"] / max(lines, 1)
        row = f"{repo:<24}{lines:>8}{kinds.total():>7}{kinds['form']:>9}{kinds['false']:>7}{rate:>11.2f}"
        print(f"{row}{1e6 * spent / max(lines, 1):>11.1f}")
    print(f"a key in a file of 10,000 lines: {keystroke_ms():.2f} ms of CPU time (median of 100)")


def keystroke_ms() -> float:
    """What a prompt's window costs after one more character, in ms of this thread's CPU time."""
    lines = Lines.from_text(
        "".join(f"def function_{n}(token, key):\n    return token.value + {n}\n" for n in range(5000))
    )
    spent = []
    for _ in range(100):
        lines = lines.replace(Point(5000, 4), Point(5000, 4), "x")
        started = time.thread_time()
        shown = shown_at(lines, Point(5000, 5))
        shown.between(Point(4760, 0), Point(5000, 5))
        shown.between(Point(5000, 5), Point(5064, 0))
        spent.append(1000 * (time.thread_time() - started))
    return sorted(spent)[len(spent) // 2]


if __name__ == "__main__":
    main()
