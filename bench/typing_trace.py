"""What a person sees while typing, with a scripted endpoint:

    python bench/typing_trace.py [--history FOLDER] [--runs 5]

`side_by_side`: a typed trace of 260 events (reference: "Clients side by side"), an endpoint that needs 300 ms (and 0
ms) to its first word and gets 12 % of the words wrong. `on_screen`: share of the time in which the next word or sign
shown at the cursor is right; `right_soon`: share of the keys 50 ms after which it is. `history`: lines that real
commits added, typed key by key against 300 ms, with and without asking ahead. `window`: share of a prompt's bytes
that stay from key to key.

Time is virtual (an event loop whose clock jumps): the same run gives the same figures. The person's rhythm is drawn
from a seed: log-normal with medians of 160 ms inside words, 220 ms between them and 450 ms at line ends, so that
about two keys in five are followed by more than 200 ms: what the reference's 90 requests of a client that waits
200 ms say of its 260 events. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import difflib
import itertools
import json
import lzma
import random
import statistics
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


import simulate  # noqa: E402
import virtual  # noqa: E402

from dovetail.endpoints import FAMILIES, build_prompt  # noqa: E402
from dovetail.fim import Debounce, Engine, EngineSettings, GenerationRequest, fim_request, window_at  # noqa: E402
from dovetail.fim.prompt.context import OwnDefinitions  # noqa: E402
from dovetail.text import Point, Snapshot, TextEdit  # noqa: E402

WRONG = 0.12
"""Share of an endpoint's words that are wrong."""

BEFORE = '''"""Orders of a small shop."""

from dataclasses import dataclass


@dataclass
class Line:
    name: str
    price: float
    count: int = 1


class Order:
    def __init__(self, lines):
        self.lines = lines

'''
TYPED = """    def total(self, discount=0.0):
        amount = sum(line.price * line.count for line in self.lines)
        return round(amount * (1 - discount), 2)

    def names(self):
        return sorted({line.name for line in self.lines})

    def count(self):
        return sum(line.count for line in self.lines)

"""
AFTER = """

def load(path):
    return Order([Line("tea", 2.5)])
"""


class Workspace:
    """Nothing else is open."""

    def open_documents(self) -> list[tuple[str, Snapshot]]:
        return []

    def read(self, path: str, asked: str) -> str | None:
        return None


async def typed(
    path: str,
    before: str,
    text: str,
    after: str,
    keys: list[tuple[str, float]],
    *,
    latency_ms: float,
    wrong: float,
    speculate: bool = True,
    seed: int = 1,
) -> tuple[simulate.Result, simulate.Endpoint]:
    """One person, one endpoint, one stretch of text."""
    loop = asyncio.get_running_loop()
    endpoint = simulate.Endpoint(
        lambda: (before, text + after),
        latency_ms=latency_ms,
        wrong=wrong,
        seed=seed,
        word_ms=10.0 if latency_ms else 0.0,
    )
    debounce = Debounce()
    engine = Engine(
        lambda request: (endpoint,),
        Workspace(),
        (),
        EngineSettings(speculate=speculate),
        delay_ms=debounce.delay_ms,
        on_finished=debounce.finished,
        clock=loop.time,
    )
    snapshot = Snapshot.open("file:///" + path, before + after)
    snapshot.tree()
    editor = simulate.Editor(engine, snapshot, snapshot.lines.point(len(before)), path)
    done = ""
    for key, pause in keys:
        editor.key(key)
        done = done[:-1] if key == "\b" else done + key
        editor.rest = text[len(done) :] if text.startswith(done) else ""
        if editor.rest:
            await editor.watch(pause)
        else:
            await asyncio.sleep(pause)
    editor.stop()
    await asyncio.sleep(0)
    return editor.result, endpoint


def side_by_side(latency_ms: float, runs: int) -> dict[str, Any]:
    rows = []
    for seed in range(runs):
        keys = simulate.events(TYPED, random.Random(seed))[:260]
        result, endpoint = virtual.run(
            typed("shop.py", BEFORE, TYPED, AFTER, keys, latency_ms=latency_ms, wrong=WRONG, seed=seed)
        )
        rows.append(
            {
                "keys": result.keys,
                "on_screen": result.right_s / result.total_s,
                "right_soon": result.right_soon / result.looked,
                "requests": endpoint.requests,
                "speculative": endpoint.speculative,
                "closed": endpoint.closed,
                "editor_requests": result.asked,
            }
        )
    return {name: round(statistics.mean(row[name] for row in rows), 3) for name in rows[0]}


def additions(folder: Path, most: int) -> list[tuple[str, str, str, str]]:
    """(path, before, added, after) for hunks that only add lines, 3 to 12 of them, of each repository."""
    found = []
    for file in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(file, "rt", encoding="utf-8") as stream:
            rows = [json.loads(line) for line in stream]
        files, here = dict(rows[0]["files"]), []
        for row in rows[1:]:
            for path, text in row["files"].items():
                old = files.get(path)
                if old and text:
                    here += [(path, *hunk) for hunk in hunks(old, text)]
                if text is None:
                    files.pop(path, None)
                else:
                    files[path] = text
        random.Random(7).shuffle(here)
        found += here[:most]
    return found


def hunks(old: str, new: str) -> list[tuple[str, str, str]]:
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    found = []
    for tag, i1, _, j1, j2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag != "insert" or not 3 <= j2 - j1 <= 12:
            continue
        # Where the same lines stand on both sides a difference can slide; people begin with the outermost line.
        slides = [0]
        while (n := slides[-1]) + j2 < len(after) and after[j1 + n] == after[j2 + n] == before[i1 + n]:
            slides.append(n + 1)
        n = 0
        while j1 + n > 0 and i1 + n > 0 and after[j1 + n - 1] == after[j2 + n - 1] == before[i1 + n - 1]:
            n -= 1
            slides.append(n)
        slide = min(slides, key=lambda n: (indentation(after[j1 + n]), -n))
        added = "".join(after[j1 + slide : j2 + slide])
        if len(added) < 600:
            # On a line of its own, as one opens it.
            rest = "\n" + "".join(before[i1 + slide :])
            found.append(("".join(after[: j1 + slide]), added.removesuffix("\n"), rest))
    return found


def indentation(line: str) -> int:
    """In columns; a blank line is the deepest."""
    text = line.expandtabs(4)
    return len(text) - len(text.lstrip()) if text.strip() else 1_000


def history(folder: Path, most: int) -> dict[str, Any]:
    table: dict[str, Any] = {}
    places = additions(folder, most)
    ways = {"300 ms": (300.0, True), "300 ms, not speculating": (300.0, False), "0 ms": (0.0, True)}
    for name, (latency_ms, speculate) in ways.items():
        total = simulate.Result()
        best = best_time = 0.0
        requests = words = closed = ahead = 0
        for number, (path, before, text, after) in enumerate(places):
            keys = simulate.events(text, random.Random(number))
            result, endpoint = virtual.run(
                typed(
                    path,
                    before,
                    text,
                    after,
                    keys,
                    latency_ms=latency_ms,
                    wrong=WRONG,
                    speculate=speculate,
                    seed=number,
                )
            )
            for part in simulate.Result.__slots__:
                if part != "__weakref__":
                    setattr(total, part, getattr(total, part) + getattr(result, part))
            bound = simulate.ceiling(text, keys, WRONG)
            best, best_time = best + bound["best"], best_time + bound["best_time"]
            requests += endpoint.requests
            words += endpoint.words
            closed += endpoint.closed
            ahead += endpoint.speculative
        table[name] = {
            "stretches": len(places),
            "keys": total.keys,
            "keys_with_a_suggestion": round(total.keys_shown / total.looked, 3),
            "keys_without_a_request_of_their_own": round(1 - (requests - ahead) / total.keys, 3),
            "on_screen": round(total.right_s / total.total_s, 3),
            "ceiling": round(best / best_time, 3),
            "right_soon": round(total.right_soon / total.looked, 3),
            "requests": requests,
            "asked_ahead": ahead,
            "words_sent": words,
            "closed_early": closed,
        }
    return table


def window() -> dict[str, Any]:
    """Type 600 keys in the middle of a file of 1,000 lines, with context from the file's own definitions."""

    async def prompts() -> dict[str, list[str]]:
        from dovetail.fim.prompt.context import Gathered, Gatherer

        body = "".join(f"def function_{n}(a, b):\n    return a + b * {n}\n\n" for n in range(330))
        snapshot = Snapshot.open("file:///big.py", body)
        position = Point(480, 0)
        gatherer, found = Gatherer(), {"prefix first": [], "suffix first": []}
        for key, _ in simulate.events(TYPED * 2, random.Random(3), typos=0.0):
            snapshot = snapshot.edit(TextEdit(position, position, key))
            lines = key.split("\n")
            position = Point(
                position.line + len(lines) - 1, len(lines[-1]) + (position.column if len(lines) == 1 else 0)
            )
            request = simulate.SuggestionRequest(snapshot, position, "big.py")
            at = window_at(snapshot, position)
            gathered = gatherer.start((OwnDefinitions(),), request, at, Workspace())
            snippets = (gathered if isinstance(gathered, Gathered) else await gathered).snippets
            request = GenerationRequest(snapshot, position, at, "big.py", snippets=snippets)
            for name, family, suffix_first in (
                ("prefix first", FAMILIES["qwen"], False),
                ("suffix first", FAMILIES["codestral"], True),
            ):
                found[name].append(build_prompt(family, fim_request(request, suffix_first=suffix_first)))
        return found

    table = {}
    for name, made in virtual.run(prompts()).items():
        shares, redone = [], []
        for a, b in itertools.pairwise(made):
            same = next(
                (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
            )
            shares.append(same / len(b))
            redone.append(len(b) - same)
        table[name] = {
            "keys": len(shares),
            "unchanged": round(statistics.mean(shares), 4),
            "unchanged_p50": round(statistics.median(shares), 4),
            "bytes_redone_per_key": round(statistics.mean(redone)),
            "bytes_redone_p50": round(statistics.median(redone)),
            "prompt_bytes": round(statistics.mean(map(len, made))),
        }
    return table


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--history", type=Path, help="a folder of *.jsonl.xz (corpora/history)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--most", type=int, default=10, help="stretches of each repository")
    options = parser.parse_args()
    table: dict[str, Any] = {
        "clock": "virtual",
        "side_by_side": {f"{ms:g} ms": side_by_side(ms, options.runs) for ms in (300.0, 0.0)},
        "window": window(),
    }
    if options.history:
        table["history"] = history(options.history, options.most)
    print(json.dumps(table, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
