"""Mixed traffic for a long time: does memory level off, do handles, threads and children stay flat?

    python -m bench.soak --minutes 60 [--every 30] [--output soak.json]

Opens, types, asks for suggestions, takes and rejects some, saves, changes files outside the editor, applies and
undoes diffs, asks for code actions and the status, closes. Prints a line for each sample (minute, MB resident, handles,
threads, children) and at the end the growth from the tenth minute (from a quarter of a shorter run) on. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from .driver import Driver

MODULE = '''def area_{n}(width, height):
    """The area of shape {n}."""
    total = width * height + {n}
    return total


class Shape{n}:
    def __init__(self, width, height):
        self.width = width
        self.height = height

    def area(self):
        return area_{n}(self.width, self.height)


'''
DIFF = """--- a/m{n}.py
+++ b/m{n}.py
@@ -1,4 +1,4 @@
 def area_{n}(width, height):
-    \"\"\"The area of shape {n}.\"\"\"
+    \"\"\"The area, in square metres, of shape {n}.\"\"\"
     total = width * height + {n}
     return total
"""


def sample(pid: int) -> dict[str, float]:
    """What a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    children = sum(1 for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == pid)
    return {
        "mb": int(fields["VmRSS"].split()[0]) / 1024,
        "handles": len(os.listdir(f"/proc/{pid}/fd")),
        "threads": int(fields["Threads"]),
        "children": children,
    }


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return -1


class Traffic:
    """What a busy person does, faster."""

    def __init__(self, driver: Driver, root: Path, seed: int) -> None:
        self.driver, self.root, self.random = driver, root, random.Random(seed)
        self.versions: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        driver.on_edit = self._edit

    def _edit(self, edit: dict[str, Any]) -> None:
        for change in edit.get("documentChanges", []):
            uri = change["textDocument"]["uri"]
            for one in sorted(change["edits"], key=lambda e: -e["range"]["start"]["line"]):
                start, end = one["range"]["start"], one["range"]["end"]
                self._change(
                    uri, one["newText"], (start["line"], start["character"]), (end["line"], end["character"])
                )

    def _change(self, uri: str, text: str, start: tuple[int, int], end: tuple[int, int]) -> None:
        lines = [*self.texts[uri].splitlines(keepends=True), ""]
        low = sum(map(len, lines[: start[0]])) + start[1]
        high = sum(map(len, lines[: end[0]])) + end[1]
        self.texts[uri] = self.texts[uri][:low] + text + self.texts[uri][high:]
        self.versions[uri] += 1
        self.driver.change(uri, self.versions[uri], text, start, end)

    def round(self) -> None:
        """A few seconds of work in one file."""
        number = self.random.randrange(len(list(self.root.glob("m*.py"))))
        path = self.root / f"m{number}.py"
        uri = path.as_uri()
        self.texts[uri], self.versions[uri] = path.read_text(), 1
        self.driver.open(uri, self.texts[uri])
        line = self.texts[uri].count("\n")
        typed = f"def use_{self.random.randrange(10**6)}(shape):\n    total = shape.ar"
        for character in typed:
            row = self.texts[uri].count("\n")
            column = len(self.texts[uri]) - self.texts[uri].rfind("\n") - 1
            self._change(uri, character, (row, column), (row, column))
            answer, _ = self.driver.inline(
                uri, row + (character == "\n"), 0 if character == "\n" else column + 1
            )(60)
            if answer and answer["items"]:
                kind = self.random.choice(("dovetail/didShow", "dovetail/didReject", "dovetail/didAccept"))
                self.driver.notify(kind, {"id": answer["items"][0]["command"]["arguments"][0]["id"]})
            time.sleep(0.005)
        rows = self.texts[uri].count("\n")
        self._change(uri, "", (line, 0), (rows, len(self.texts[uri]) - self.texts[uri].rfind("\n") - 1))
        where = {"start": {"line": 0, "character": 0}, "end": {"line": 3, "character": 0}}
        self.driver.request(
            "textDocument/codeAction",
            {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": []}},
        )
        self.driver.command("dovetail.applyDiff", {"text": DIFF.format(n=number), "uri": uri})
        self.driver.command("dovetail.undoEdit")
        self.driver.command("dovetail.status")
        self.driver.command("dovetail.why", {"uri": uri})
        path.write_text(MODULE.format(n=number) * self.random.randrange(1, 6))
        self.driver.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        other = self.root / f"m{(number + 1) % 40}.py"
        self.driver.notify(
            "workspace/didChangeWatchedFiles", {"changes": [{"uri": other.as_uri(), "type": 2}]}
        )
        self.driver.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def slope(samples: list[dict[str, float]], start: float) -> tuple[float, float]:
    """MB a minute from `start` on (least squares), and the growth in percent of the line there."""
    late = [s for s in samples if s["minute"] >= start]
    if len(late) < 3:
        return 0.0, 0.0
    n = len(late)
    mean_x, mean_y = sum(s["minute"] for s in late) / n, sum(s["mb"] for s in late) / n
    spread = sum((s["minute"] - mean_x) ** 2 for s in late)
    rate = sum((s["minute"] - mean_x) * (s["mb"] - mean_y) for s in late) / spread
    first = mean_y + rate * (late[0]["minute"] - mean_x)
    return rate, 100 * rate * (late[-1]["minute"] - late[0]["minute"]) / first


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--every", type=float, default=30, help="seconds between samples")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--output", type=Path)
    chosen = options.parse_args()
    samples: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="dovetail-soak-") as name:
        root = Path(name) / "work"
        root.mkdir()
        for i in range(40):
            (root / f"m{i}.py").write_text(MODULE.format(n=i))
        driver = Driver(Path(name) / "home", folders=(root,))
        traffic = Traffic(driver, root, chosen.seed)
        begun = time.monotonic()
        rounds, next_at = 0, 0.0
        while (passed := time.monotonic() - begun) < chosen.minutes * 60:
            traffic.round()
            rounds += 1
            if passed >= next_at:
                next_at = passed + chosen.every
                samples.append({"minute": passed / 60, "rounds": rounds, **sample(driver.process.pid)})
                print(json.dumps({k: round(v, 2) for k, v in samples[-1].items()}), flush=True)
        driver.close()
    start = 10.0 if chosen.minutes >= 20 else chosen.minutes / 4
    rate, percent = slope(samples, start)
    halves = slope(samples, chosen.minutes / 2)[0]
    result = {
        "from_minute": start,
        "mb_per_minute": round(rate, 3),
        "mb_per_minute_second_half": round(halves, 3),
        "growth_percent": round(percent, 2),
        "rounds": rounds,
        "samples": samples,
    }
    if chosen.output:
        chosen.output.write_text(json.dumps(result, indent=1))
    print({key: value for key, value in result.items() if key != "samples"})
    sys.exit(percent > 2)


if __name__ == "__main__":
    main()
