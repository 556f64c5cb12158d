"""How long a keystroke takes until the new state of the document stands, in a large file.

    python bench/keystroke.py [--lines 35000] [--keys 100000]

Prints JSON. `snapshot` is Dovetail without a syntax tree, `snapshot_tree` with one that is told of each key
(parsed when asked for, which is measured apart as `tree`), `pygls` is the protocol library's own
TextDocument, which keeps a string and splits it into lines when a position is looked up. All see the same
keys at the same places in one run."""

from __future__ import annotations

import argparse
import gc
import json
import platform
import random
import statistics
import sys
from collections.abc import Callable
from time import perf_counter

from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument

from dovetail.text import Encoding, Point, Snapshot, TextEdit

PYGLS_KEYS = 400
"""pygls takes milliseconds a key: enough for a median."""


def source(lines: int) -> str:
    """Python of about `lines` lines, with some characters that are more than one byte or UTF-16 unit."""
    text: list[str] = []
    while len(text) < lines:
        n = len(text)
        text += [
            f"def function_{n}(first, second={n}):",
            f'    """Adds {n} – and says “so” 🙂."""',
            f"    total = first + second * {n}",
            "    if total > 100:",
            f"        return [total, {n}, 'a string of some length']",
            "    return None",
            "",
            "",
        ]
    return "\n".join(text[:lines]) + "\n"


def keys(lines: int, count: int) -> list[tuple[int, str]]:
    """Bursts of typing as people do it: a place, some keys there, some of them taken back, then elsewhere."""
    chance = random.Random(20)
    result: list[tuple[int, str]] = []
    while len(result) < count:
        line = chance.randrange(lines)
        typed = 0
        for _ in range(chance.randrange(5, 60)):
            if typed and chance.random() < 0.45:
                typed -= 1
                result.append((line, "\b"))
            else:
                typed += 1
                result.append((line, chance.choice("abc xyz=.")))
        # What was typed is taken back, so that the file does not grow and the end can be held against the
        # start.
        result += [(line, "\b")] * typed
    return result


def typing(
    snapshot: Snapshot, steps: list[tuple[int, str]], parse: bool
) -> tuple[list[float], list[float], Snapshot]:
    """Milliseconds of each key until the snapshot stands, and of each parse."""
    took: list[float] = []
    parsed: list[float] = []
    for index, (line, key) in enumerate(steps):
        started = perf_counter()
        # As the server does it: the client's position in UTF-16 units, then the edit.
        end = snapshot.point(line, 1 << 20, Encoding.UTF16)
        start = Point(line, end.column - 1) if key == "\b" else end
        snapshot = snapshot.edit(TextEdit(start, end, "" if key == "\b" else key), index)
        took.append((perf_counter() - started) * 1e3)
        if parse:
            started = perf_counter()
            snapshot.tree()
            parsed.append((perf_counter() - started) * 1e3)
    return took, parsed, snapshot


def pygls_typing(text: str, steps: list[tuple[int, str]]) -> list[float]:
    document = TextDocument(
        "file:///a.py", text, 0, "python", sync_kind=types.TextDocumentSyncKind.Incremental,
        position_codec=PositionCodec(types.PositionEncodingKind.Utf16),
    )  # fmt: skip
    took: list[float] = []
    for line, key in steps:
        width = document.position_codec.client_num_units(document.lines[line].rstrip("\n"))
        low = width - 1 if key == "\b" else width
        change = types.TextDocumentContentChangePartial(
            range=types.Range(types.Position(line, low), types.Position(line, width)),
            text="" if key == "\b" else key,
        )
        started = perf_counter()
        document.apply_change(change)
        # Until the next position can be looked up, as for the snapshot.
        _ = document.lines
        took.append((perf_counter() - started) * 1e3)
    return took


def told(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50_ms": round(statistics.median(ordered), 4),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)], 4),
        "max_ms": round(ordered[-1], 3),
    }


def growth(text: str, steps: list[tuple[int, str]]) -> dict[str, object]:
    """Time and memory of the last tenth of the keys against the first, with a parse every hundred keys."""
    snapshot = Snapshot.open("file:///a.py", text)
    snapshot.tree()
    tenth = len(steps) // 10
    memory: list[int] = []
    medians: list[float] = []
    for part in range(10):
        took: list[float] = []
        for first in range(part * tenth, (part + 1) * tenth, 100):
            some, _, snapshot = typing(snapshot, steps[first : first + 100], parse=False)
            snapshot.tree()
            took += some
        medians.append(statistics.median(took))
        del took
        gc.collect()
        memory.append(resident())
    return {
        "keys": tenth * 10,
        "p50_ms_first_tenth": round(medians[0], 4),
        "p50_ms_last_tenth": round(medians[-1], 4),
        "time_ratio": round(medians[-1] / medians[0], 3),
        "resident_mb_after_each_tenth": [round(value / 2**20, 1) for value in memory],
    }


def resident() -> int:
    """Resident memory of this process in bytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * 4096
    except OSError:
        return 0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=35_000)
    parser.add_argument("--keys", type=int, default=100_000)
    options = parser.parse_args(arguments)
    text = source(options.lines)
    steps = keys(options.lines, options.keys)
    result: dict[str, object] = {
        "lines": options.lines,
        "bytes": len(text.encode()),
        "python": platform.python_version(),
        "machine": platform.machine(),
    }
    runs: dict[str, Callable[[], dict[str, object]]] = {
        "snapshot": lambda: dict(told(typing(Snapshot.open("untitled:a", text), steps[:5000], False)[0])),
        "snapshot_tree": lambda: _with_tree(text, steps[:2000]),
        "pygls": lambda: dict(told(pygls_typing(text, steps[:PYGLS_KEYS]))),
        "growth": lambda: growth(text, steps),
    }
    for name, run in runs.items():
        result[name] = run()
    print(json.dumps(result, indent=1))
    return 0


def _with_tree(text: str, steps: list[tuple[int, str]]) -> dict[str, object]:
    snapshot = Snapshot.open("file:///a.py", text)
    started = perf_counter()
    snapshot.tree()
    first = (perf_counter() - started) * 1e3
    took, parsed, _ = typing(snapshot, steps, parse=True)
    return {**told(took), "first_parse_ms": round(first, 1), "tree": told(parsed)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
