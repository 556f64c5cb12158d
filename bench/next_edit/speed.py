"""What one next edit costs with 500 files and a document of 10,000 lines, in CPU milliseconds.

    python -m bench.next_edit.speed

First the ranker is prepared, as the server does at the first question. Then an edit in the long document settles (its
texts are compared), and the predictor proposes, with every file looked through. Printed are the median, the 95th
percentile and the most of the process's CPU time. All of it happens in a thread; the event loop only notes which lines
a key touched.
"""

from __future__ import annotations

import json
import random
import time
from typing import Any

from dovetail.nextedit import AUTOMATIC, Predictor, Settling, Text

FILES, LINES, LONG = 500, 250, 10_000
EDITS = 40
_CALLS = (
    "shop.total_of(cart, {n})",
    "rates.of({n})",
    "log.debug('x %s', {n})",
    "cart.items[{n}]",
    "load(path_{n})",
)


def lines_of(seed: int, count: int) -> tuple[str, ...]:
    """A file of functions that look alike, as real ones do."""
    chance = random.Random(seed)
    found: list[str] = []
    while len(found) < count:
        found.append(f"def name_{seed}_{len(found)}(cart, path_{chance.randrange(50)}):")
        found += [f"    value_{n} = {chance.choice(_CALLS).format(n=chance.randrange(40))}" for n in range(6)]
        found += ["    return value_0", "", ""]
    return tuple(found[:count])


def measure(files: int = FILES, long: int = LONG, edits: int = EDITS) -> dict[str, Any]:
    """Figures in ms of CPU time."""
    texts = {f"f{seed}.py": Text(f"f{seed}.py", lines_of(seed, LINES), "python") for seed in range(files)}
    lines = lines_of(files, long)
    predictor, settling, chance = Predictor(), Settling(), random.Random(1)
    settling.opened("long.py", lines)
    texts["long.py"] = Text("long.py", lines, "python")
    times: dict[str, list[float]] = {"prepare": [], "settle": [], "propose": []}
    began = time.process_time()
    predictor.prepare()
    times["prepare"].append(time.process_time() - began)
    for number in range(edits):
        at = chance.randrange(len(lines))
        if number % 4 == 0:
            lines = (*lines[:at], f"    check(cart, {number % 3})", *lines[at:])
        else:
            lines = (
                *lines[:at],
                lines[at].replace("cart", "basket").replace("rates", "prices") + "  # new",
                *lines[at + 1 :],
            )
        began = time.process_time()
        settling.settle("long.py", lines, predictor, number)
        texts["long.py"] = Text("long.py", lines, "python")
        times["settle"].append(time.process_time() - began)
        began = time.process_time()
        predictor.propose(texts, ("long.py", at), AUTOMATIC)
        times["propose"].append(time.process_time() - began)
    return {name: _figures(each) for name, each in times.items()}


def _figures(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(ordered[len(ordered) // 2] * 1000, 2),
        "p95": round(ordered[int(len(ordered) * 0.95)] * 1000, 2),
        "most": round(ordered[-1] * 1000, 2),
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
