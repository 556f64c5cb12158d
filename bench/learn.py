"""How long and how much memory the built-in model needs for a big workspace, and how fast it then answers.

    python bench/learn.py [--lines 1000000] [--queries 300]

The workspace is real source: files of this Python's standard library and installed packages, copied until
the number of lines is reached. Prints JSON: CPU seconds and peak memory of the learning process, time and
memory to take the result over, p50/p95/p99 of the processor's time for an answer: while lines of those files are typed,
at the first key at a place, and after a jump within a file of 40,000 lines; and of a search of the index, by words and
for a prompt. Processor's time, so that what else runs on the machine counts less. It still counts, since caches and
cores are shared: `yardstick` is the processor's time of a million turns of a small loop in the same run, to compare
runs by.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import resource
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import Any

from dovetail.fim.builtin import AUTOMATIC, BuiltinModel
from dovetail.fim.builtin.learner.learn import learn, load
from dovetail.fim.builtin.learner.store import Store
from dovetail.fim.prompt.context.index import PIECES, words_around
from dovetail.server.lsp.memory import collect_seldom
from dovetail.text import Point, Snapshot, TextEdit

JUMPS = 300
"""So many that half a second of a neighbour on the machine does not decide about their slowest twentieth."""


def fill(folder: Path, lines: int) -> int:
    """Copy source files into `folder` until they have `lines` lines."""
    count = 0
    paths = sysconfig.get_paths()
    for base in (paths["stdlib"], paths["purelib"]):
        for source in sorted(Path(base).rglob("*.py")):
            try:
                text = source.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            if len(text) > 1 << 20 or (base == paths["stdlib"] and "site-packages" in source.parts):
                continue
            name = source.relative_to(base)
            target = folder / "lib" / name.parent / name.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
            count += text.count("\n")
            if count >= lines:
                return count
    return count


def in_child(folder: Path, store: Path) -> dict[str, Any]:
    """Learn in a forked child, so that its peak memory is its own."""
    read, write = os.pipe()
    started = time.perf_counter()
    if os.fork() == 0:
        learnt = learn(Store(store), [folder])
        usage = resource.getrusage(resource.RUSAGE_SELF)
        answer = {
            "files": learnt.files,
            "tokens": learnt.tokens,
            "cpu s": round(usage.ru_utime + usage.ru_stime, 1),
            "peak MB": round(usage.ru_maxrss / 1024),
        }
        os.write(write, json.dumps(answer).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = json.loads(pipe.read())
    os.wait()
    return {**answer, "elapsed s": round(time.perf_counter() - started, 1)}


def percentiles(times: list[float]) -> dict[int, float]:
    times = sorted(times)
    return {p: round(times[int(len(times) * p / 100)], 2) for p in (50, 95, 99)} if times else {}


def yardstick() -> float:
    """The processor's time of a million turns of a loop, ms."""
    times = []
    for _ in range(5):
        busy, turns = time.process_time(), 0
        for turn in range(1_000_000):
            turns += turn & 3
        times.append((time.process_time() - busy) * 1e3)
    return round(min(times), 1)


def resident() -> float:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=300)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, store = Path(name, "work"), Path(name, "store")
        result: dict[str, Any] = {"lines": fill(folder, arguments.lines)}
        result["learn"] = in_child(folder, store)
        before, started = resident(), time.perf_counter()
        model = BuiltinModel()
        library = load(Store(store))
        assert library is not None
        model.adopt(library)
        # As the server has it (`server/lsp/memory.py`), there and below.
        gc.collect()
        gc.freeze()
        collect_seldom()
        result["take over"] = {
            "s": round(time.perf_counter() - started, 2),
            "MB more": round(resident() - before),
            "MB in all": round(resident()),
            "segments": model.stats.segments,
        }
        chance = random.Random(0)
        most = 0.0
        files = sorted(folder.rglob("*.py"))
        typed: list[float] = []
        first: list[float] = []

        def ask(snapshot: Snapshot, line: int, column: int, path: str) -> float:
            busy = time.process_time()
            model.complete(snapshot, Point(line, column), path, bar=AUTOMATIC)
            took = (time.process_time() - busy) * 1e3
            nonlocal most
            most = max(most, resident())
            model.release()  # as the generator does
            return took

        for path in chance.sample(files, min(len(files), arguments.queries // 5)):
            lines = path.read_text(encoding="utf-8").split("\n")
            name = path.relative_to(folder).as_posix()
            long = [number for number, line in enumerate(lines) if 20 <= len(line.strip()) <= 100]
            prepared = False
            for number in sorted(chance.sample(long, min(3, len(long)))):
                line = lines[number]
                begin = len(line) - len(line.lstrip())
                snapshot = Snapshot.open(
                    path.as_uri(), "\n".join((*lines[:number], line[:begin], *lines[number + 1 :]))
                )
                for column in range(begin, len(line)):
                    if column > begin:  # each key is an edit, as in the server
                        place = Point(number, column - 1)
                        snapshot = snapshot.edit(TextEdit(place, place, line[column - 1]))
                    if not prepared:
                        model.prepare(snapshot, Point(number, column))
                        prepared = True
                    took = ask(snapshot, number, column, name)
                    typed.append(took)
                    if column == begin:
                        first.append(took)
        result["answer while typing, CPU ms"] = percentiles(typed)
        result["answer to the first key of a line, CPU ms"] = percentiles(first)
        text = "\n".join(path.read_text(encoding="utf-8") for path in files[:200])
        snapshot = Snapshot.open("file:///long.py", "\n".join(text.split("\n")[:40_000]))
        model.prepare(snapshot)
        # Once a document is open and nobody types, what there is is set aside.
        gc.collect()
        gc.freeze()
        jumps = []
        for _ in range(JUMPS):
            line = chance.randrange(len(snapshot.lines))
            jumps.append(ask(snapshot, line, len(snapshot.line(line)) // 2, "long.py"))
        result["answer after a jump in 40,000 lines, CPU ms"] = percentiles(jumps)
        found, prompts = [], []
        for path in chance.sample(files, min(len(files), 40)):
            lines = path.read_text(encoding="utf-8").split("\n")
            line = chance.randrange(len(lines))
            busy = time.process_time()
            model.search("\n".join(lines[max(0, line - 24) : line + 8]), most=3)
            found.append((time.process_time() - busy) * 1e3)
            name = path.relative_to(folder).as_posix()
            words = words_around(Snapshot.open(path.as_uri(), "\n".join(lines)), line, name)
            busy = time.process_time()
            model.parts(words, most=PIECES, path=name)
            prompts.append((time.process_time() - busy) * 1e3)
        result["search, CPU ms"] = percentiles(found)
        result["search for a prompt, CPU ms"] = percentiles(prompts)
        result["most while asked, MB in all"] = round(most)
        result["yardstick, CPU ms"] = yardstick()
    json.dump(result, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
