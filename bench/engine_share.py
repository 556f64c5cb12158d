"""The engine's own share of a suggestion, in a file of 10,000 lines, with a generator that answers at once:

    python bench/engine_share.py [--keys 400]

`asked`: a key that goes all the way (gate, generator, filters, syntax delta); at the `first_key_at_a_place` context
is gathered too. `typed_along`: keys of a
suggestion, answered from the cache. Wall time (`…_ms`) and the thread's own processor time
(`cpu_p50_ms`, which a busy machine does not lengthen); prints JSON. The parse after a key is most of it, so it is
given apart: `parse` is the same keys with nothing but the syntax tree.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator
from time import perf_counter, thread_time
from typing import Any

from dovetail.fim import Engine, EngineSettings, GenerationRequest, Piece, SuggestionRequest
from dovetail.fim.prompt.context import ImportedSignatures, OpenFiles, OwnDefinitions, RecentEdits
from dovetail.text import Point, Snapshot, TextEdit

SUGGESTED = "compute(first, second) + third"


class Instant:
    """Answers at once."""

    name = "instant"
    wants_context = True
    slots = 2

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        yield Piece(SUGGESTED, done=True)


class Workspace:
    def open_documents(self) -> list[tuple[str, Snapshot]]:
        return []

    def read(self, path: str, asked: str) -> str | None:
        return None


def document() -> Snapshot:
    body = "    total = first + second\n    value = total\n    return value\n\n"
    unit = "def function_{n}(first, second, third):\n" + body
    text = "".join(unit.format(n=n) for n in range(2000))
    snapshot = Snapshot.open("file:///large.py", text)
    snapshot.tree()
    return snapshot


def summary(times: list[tuple[float, float]]) -> dict[str, Any]:
    values = sorted(wall for wall, _ in times)
    spent = sorted(cpu for _, cpu in times)
    at = lambda share: round(values[min(len(values) - 1, int(share * len(values)))], 3)  # noqa: E731
    return {
        "n": len(values),
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "max_ms": round(values[-1], 3),
        "cpu_p50_ms": round(spent[len(spent) // 2], 3),
        "cpu_p99_ms": round(spent[int(len(spent) * 0.99)], 3),
    }


async def measure(keys: int) -> dict[str, Any]:
    snapshot = document()
    sources = (ImportedSignatures(), OwnDefinitions(), OpenFiles(), RecentEdits())
    engine = Engine(lambda request: (Instant(),), Workspace(), sources, EngineSettings(speculate=False))
    at_place, asked, parsed, parse, along, hits = [], [], [], [], [], 0

    async def ask(column: int) -> tuple[tuple[float, float], Any]:
        began, spent = perf_counter(), thread_time()
        found = await engine.suggest(SuggestionRequest(snapshot, Point(line, column), "large.py"))
        took = (perf_counter() - began) * 1000, (thread_time() - spent) * 1000
        await asyncio.sleep(0)
        return took, found

    for number in range(keys):
        line = 5 * (10 + number * 7 % 1900) + 2
        column = len(snapshot.line(line))
        start = column
        for key in f" + {'abcdefghij'[number % 10]}{number}_":
            snapshot = snapshot.edit(TextEdit(Point(line, column), Point(line, column), key))
            column += 1
        gc.collect(0)
        began, spent = perf_counter(), thread_time()
        snapshot.edit(TextEdit(Point(line, 0), Point(line, 0), "")).tree()
        parse.append(((perf_counter() - began) * 1000, (thread_time() - spent) * 1000))
        at_place.append((await ask(column))[0])
        snapshot = snapshot.edit(TextEdit(Point(line, column), Point(line, column), "x"))
        column += 1
        asked.append((await ask(column))[0])
        snapshot = snapshot.edit(TextEdit(Point(line, column), Point(line, column), "y"))
        column += 1
        snapshot.tree()
        parsed.append((await ask(column))[0])
        for key in SUGGESTED[:8]:
            snapshot = snapshot.edit(TextEdit(Point(line, column), Point(line, column), key))
            column += 1
            took, found = await ask(column)
            along.append(took)
            hits += bool(found) and found[0].source == "cache"
        snapshot = snapshot.edit(TextEdit(Point(line, start), Point(line, column), ""))
        snapshot.tree()
    engine.stop()
    return {
        "lines": len(snapshot.lines),
        "first_key_at_a_place": summary(at_place),
        "asked": summary(asked),
        "asked_with_the_tree_parsed": summary(parsed),
        "parse": summary(parse),
        "typed_along": {**summary(along), "from_cache": round(hits / len(along), 4)},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keys", type=int, default=400)
    print(json.dumps(asyncio.run(measure(parser.parse_args().keys)), indent=2))
    sys.exit(0)
