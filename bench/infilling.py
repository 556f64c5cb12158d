"""What the pipeline loses of a model's true answers:

    python bench/infilling.py --tasks FOLDER [--history FOLDER] [--verbose] [--most N]

A scripted model says the canonical middle, in pieces, and then goes on as models do: with the text that stands
below already, or with another function. What comes out, taken, must give the document that the task was cut from. Two
kinds of places: the tasks of HumanEval-Infilling (`HumanEval-SingleLineInfilling.jsonl.gz`), where one line is missing,
and every function body of up to 24 lines in the files of `--history`, cut out behind its header.

A run with a client that takes parts also checks that what is sent only grows. Prints JSON; `whole` is the share of
places whose text came out as it was.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import itertools
import json
import lzma
import random
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import virtual  # noqa: E402

from dovetail.fim import Engine, EngineSettings, GenerationRequest, Piece, SuggestionRequest, Trigger  # noqa: E402
from dovetail.text import Snapshot, block_header, definitions  # noqa: E402

OTHERS = {
    ".py": "\n\n\ndef another(value):\n    return value + 1\n",
    ".go": "\n\nfunc another(value int) int {\n\treturn value + 1\n}\n",
    ".ts": "\n\nfunction another(value: number) {\n\treturn value + 1;\n}\n",
}
LONGEST = 24


class Workspace:
    """Nothing else is open."""

    def open_documents(self) -> list[tuple[str, Snapshot]]:
        return []

    def read(self, path: str, asked: str) -> str | None:
        return None


class Model:
    """Says what it is told to, in pieces of one to twelve characters, 5 ms apart."""

    name = "scripted"
    wants_context = True
    slots = 1

    def __init__(self, text: str, seed: int) -> None:
        self.text, self.random = text, random.Random(seed)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        at = 0
        while at < len(self.text):
            size = self.random.randint(1, 12)
            yield Piece(self.text[at : at + size])
            await asyncio.sleep(0.005)
            at += size
        yield Piece("", done=True)


def tasks(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """(path, before, middle, after) of the tasks."""
    with gzip.open(folder / "HumanEval-SingleLineInfilling.jsonl.gz", "rt", encoding="utf-8") as stream:
        for line in stream:
            row = json.loads(line)
            middle = row["canonical_solution"]
            # A missing line leaves an empty one, in which the cursor stands.
            after = "\n" * middle.endswith("\n") + row["suffix"]
            yield "task.py", row["prompt"], middle.removesuffix("\n"), after


def bodies(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """(path, before, middle, after) of the function bodies in the last state of each history."""
    for file in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(file, "rt", encoding="utf-8") as stream:
            files = json.loads(next(stream))["files"]
        for path, text in sorted(files.items()):
            if Path(path).suffix not in OTHERS:
                continue
            snapshot = Snapshot.open("file:///" + path, text)
            snapshot.tree()
            yield from _bodies_of(path, snapshot)


def _bodies_of(path: str, snapshot: Snapshot) -> Iterator[tuple[str, str, str, str]]:
    lines = snapshot.lines
    for definition in definitions(snapshot):
        first, last = definition.range[0].line, definition.range[1].line
        if not 1 <= last - first <= LONGEST:
            continue
        for header in range(first, min(first + 8, last)):
            end = type(definition.range[0])(header, len(snapshot.line(header)))
            if block_header(snapshot, end) is not None:
                closed = not path.endswith(".py")
                stop = last - 1 if closed else last
                if stop > header:
                    low, high = lines.offset(end), lines.offset(type(end)(stop, len(snapshot.line(stop))))
                    text = lines.text
                    yield path, text[:low], text[low:high], text[high:]
                break


async def ask(
    path: str, before: str, answer: str, after: str, seed: int, *, parts: bool
) -> tuple[str | None, str, bool]:
    """The document with the suggestion taken (None: there was none), why, and whether what was sent only grew."""
    snapshot = Snapshot.open("file:///" + path, before + after)
    snapshot.tree()
    position = snapshot.lines.point(len(before))
    model = Model(answer, seed)
    engine = Engine(
        lambda question: (model,),
        Workspace(),
        (),
        EngineSettings(speculate=False, surplus_lines=0, max_tokens=1_000, deadline_ms=10_000),
        clock=asyncio.get_running_loop().time,
    )
    seen: list[str] = []
    found = await engine.suggest(
        SuggestionRequest(snapshot, position, path, Trigger.AUTOMATIC, replace_range=True),
        (lambda some: seen.append(some[0].text)) if parts else None,
    )
    decision = engine.why.last()[0]
    why = "; ".join(f"{step.name}: {step.detail}" for step in decision.steps)
    engine.stop()
    if not found:
        return None, why, not seen
    grew = all(more.startswith(less) for less, more in itertools.pairwise([*seen, found[0].text]))
    taken = snapshot.lines.replace(found[0].start, found[0].end, found[0].text).text
    return taken, why, grew


def measure(places: list[tuple[str, str, str, str]], *, parts: bool, verbose: bool) -> dict[str, Any]:
    """The share of places whose text came out whole, with each kind of run-on text."""
    whole = grew = asked = 0
    for number, (path, before, middle, after) in enumerate(places):
        runs_on = [after[:300], OTHERS[Path(path).suffix], ""][number % 3]
        if middle.endswith("\n") or not runs_on.startswith("\n"):
            runs_on = runs_on and "\n" + runs_on
        taken, why, grown = virtual.run(ask(path, before, middle + runs_on, after, number, parts=parts))
        asked += 1
        grew += grown
        right = taken is not None and _plain(taken) == _plain(before + middle + after)
        whole += right
        if verbose and not right:
            print(
                f"--- {path} {number}: {before[-60:]!r} | {middle!r} | {after[:60]!r}\n    {why}",
                file=sys.stderr,
            )
            if taken is not None:
                print(
                    f"    came out as {taken[len(before) - 10 : len(taken) - len(after) + 10]!r}",
                    file=sys.stderr,
                )
    return {
        "asked": asked,
        "whole": round(whole / max(asked, 1), 4),
        "only grew": round(grew / max(asked, 1), 4),
    }


def _plain(text: str) -> list[str]:
    """Lines without spaces at their ends and without blank ones, which a suggestion does not bring."""
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--history", type=Path)
    parser.add_argument("--most", type=int, default=10_000, help="places of each kind, a seeded choice")
    parser.add_argument("--verbose", action="store_true", help="print each place that was not whole")
    given = parser.parse_args()
    found: dict[str, Any] = {}
    kinds = [("tasks", list(tasks(given.tasks)))]
    if given.history:
        kinds.append(("bodies", list(bodies(given.history))))
    for name, places in kinds:
        random.Random(5).shuffle(places)
        for parts in (False, True):
            key = f"{name}, {'growing' if parts else 'at once'}"
            found[key] = measure(places[: given.most], parts=parts, verbose=given.verbose)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
