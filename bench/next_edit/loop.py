"""What next edits cost on the event loop of a real server, and what they add to a key.

    python -m bench.next_edit.loop [--keys 4000] [--edits 40] [--output FILE]

500 documents of 250 lines are open, and one of 10,000 lines. Printed as JSON:

- `keys`: CPU ms of the server for one key (all its threads), by `next.mode` automatic and off. Two servers get the
  same keys by turns of 40, so that what else the machine does falls on both; `ratio` is of the medians.
- `questions`: the loop's own CPU time in each callback while questions were answered (`loop`), how long it was kept
  from the interpreter by other threads (`held`, an upper bound: bench/next_edit/watched.py), how long collections of
  garbage took, and CPU ms of the server for a whole question (`cpu`).

Wanted: `loop` at most 5 ms, and a ratio of 1. The first question, which reads the ranker, is left out; so is what the
server does at its start.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.driver import Driver, compile_all

from .speed import FILES, LINES, LONG, lines_of

TURN = 40
"""Keys that a server gets before the other has its turn."""
SETTLES_S = 60.0
IDLE_MS = 5.0
"""CPU that a server may take in a tenth of a second and count as idle."""


class Editor:
    """One server with the documents open, and what they hold."""

    def __init__(
        self,
        home: Path,
        mode: str,
        *,
        files: int,
        long: int,
        program: tuple[str, ...] = ("-m", "dovetail.cli"),
    ) -> None:
        self.server = Driver(home, {"next": {"mode": mode}}, program=program)
        self.uri = (home / "long.py").as_uri()
        self.lines = list(lines_of(files, long))
        self.version = 1
        for seed in range(files):
            self.server.open((home / f"f{seed}.py").as_uri(), "\n".join(lines_of(seed, LINES)) + "\n")
        self.server.open(self.uri, "\n".join(self.lines) + "\n")
        self.barrier()

    def barrier(self) -> float:
        """Wait until all that was sent is done; the server's CPU clock then, in ms."""
        self.server.command("dovetail.accept", {"id": "none"})
        return self.server._cpu() * 1000

    def settle(self) -> None:
        """Wait until what was set off in threads is over: a tenth of a second in which the server does next to nothing.

        Raises:
            TimeoutError: it goes on working.
        """
        until = time.monotonic() + SETTLES_S
        before = self.barrier()
        while time.monotonic() < until:
            time.sleep(0.1)
            now = self.barrier()
            if now - before < IDLE_MS:
                return
            before = now
        raise TimeoutError(f"the server was still at work after {SETTLES_S:g} s")

    def put(self, line: int, start: int, end: int, text: str) -> None:
        """One change within a line."""
        self.version += 1
        old = self.lines[line]
        self.lines[line] = old[:start] + text + old[end:]
        self.server.change(self.uri, self.version, text, (line, start), (line, end))

    def ask(self, line: int) -> Any:
        where = {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": 0}}
        return self.server.request("dovetail/nextEdit", {**where, "manual": True})


def keys(folder: Path, count: int, files: int, long: int) -> dict[str, Any]:
    """CPU ms of a key, by turns."""
    editors = {mode: Editor(folder / mode, mode, files=files, long=long) for mode in ("automatic", "off")}
    chance = random.Random(2)
    found: dict[str, list[float]] = {mode: [] for mode in editors}
    try:
        for editor in editors.values():
            editor.settle()
        for turn in range(count // TURN):
            # A place of its own for each turn, as a person goes on elsewhere: there an edit settles.
            line = chance.randrange(long)
            order = list(editors.items())
            for mode, editor in order if turn % 2 else reversed(order):
                begun = editor.barrier()
                for key in range(TURN):
                    at = len(editor.lines[line])
                    editor.put(line, at, at, "abcdefgh "[key % 9])
                found[mode].append((editor.barrier() - begun) / TURN)
    finally:
        for editor in editors.values():
            editor.server.close()
    figures = {mode: round(statistics.median(times[3:]), 3) for mode, times in found.items()}
    return {**figures, "ratio": round(figures["automatic"] / figures["off"], 3)}


def questions(folder: Path, count: int, files: int, long: int) -> dict[str, Any]:
    """The loop's share while questions are answered."""
    file = folder / "watched.jsonl"
    program = (str(Path(__file__).with_name("watched.py")), str(file))
    editor = Editor(folder / "watched", "automatic", files=files, long=long, program=program)
    chance = random.Random(1)
    spans: list[tuple[float, float]] = []
    spent: list[float] = []
    shown = 0
    try:
        editor.ask(0)
        editor.settle()
        for number in range(count):
            line = chance.randrange(long)
            old = editor.lines[line]
            new = old.replace("cart", "basket").replace("rates", "prices")
            editor.put(line, 0, len(old), new + "  # new" if number % 4 else f"    check(cart, {number % 3})")
            cpu, begun = editor.barrier(), time.perf_counter()
            shown += editor.ask(line).get("edit") is not None
            spent.append(editor.server._cpu() * 1000 - cpu)
            spans.append((begun, time.perf_counter()))
    finally:
        editor.server.close()
    seen = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    during = [one for one in seen if "at" in one and any(a <= one["at"] <= b for a, b in spans)]
    loop = sorted((one for one in during if "loop" in one), key=lambda one: -one["loop"])
    held = sorted((one["held"] for one in during if "held" in one), reverse=True)
    ordered = sorted(spent)
    return {
        "questions": count,
        "shown": shown,
        "cpu": {"p50": round(ordered[count // 2], 1), "p95": round(ordered[int(count * 0.95)], 1)},
        "loop": {"most": loop[0]["loop"] if loop else 0, "over 5": sum(one["loop"] > 5 for one in loop)},
        "dearest on the loop": [(one["loop"], one["what"][:160]) for one in loop[:3]],
        "collections": sorted((one["collected"] for one in during if "collected" in one), reverse=True)[:8],
        "held": {"most": held[0] if held else 0, "over 5": sum(one > 5 for one in held), "times": held[:8]},
    }


def main() -> int:
    """Measure and print. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--keys", type=int, default=4_000)
    parser.add_argument("--edits", type=int, default=40)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--long", type=int, default=LONG)
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    compile_all()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {
            "questions": questions(folder, asked.edits, asked.files, asked.long),
            "keys": keys(folder, asked.keys, asked.files, asked.long),
        }
    text = json.dumps(found, indent=1)
    print(text)
    if asked.output is not None:
        asked.output.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
