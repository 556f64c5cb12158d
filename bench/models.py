"""How well a model fills in single lines, and what our rules lose of that:

    python bench/models.py --tasks FOLDER --execute (--endpoint URL [--model M] [--family F] [--key-env NAME] | --true)
                           [--most 200] [--verbose]

The single lines of HumanEval-Infilling (`HumanEval-SingleLineInfilling.jsonl.gz`) are asked of any endpoint, with the
prompt that an editor's request makes. `raw`: the share of tasks whose tests pass with the model's answer as it came,
whole or its first line. `shown`: with what is left after our stop rules and filters. `lost`: tasks that pass raw and
not as shown; `gained`: the other way round (an answer that ran on). `floor`: with nothing in the gap. With `--true` the
answers are scripted: the missing line in pieces, and then the text that models usually go on with, so that `shown`
should be all.

The tests of a task are run with what the model wrote, in a process of its own with limits on time and memory, in an
empty folder and without the environment; it is still code of a model, so nothing is run without `--execute`. Prints
JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from attrs import define, field

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from infilling import OTHERS, Model, Workspace  # noqa: E402

from dovetail.endpoints import Endpoint, EndpointConfig, Router  # noqa: E402
from dovetail.fim import (  # noqa: E402
    EndpointGenerator,
    Engine,
    EngineSettings,
    GenerationRequest,
    GeneratorError,
    Piece,
    SuggestionRequest,
    Trigger,
)
from dovetail.text import Snapshot  # noqa: E402

LONGEST_S = 10
LIMITED = """
import sys
try:
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (8, 8))
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
except ImportError:
    pass
exec(compile(sys.stdin.read(), "task", "exec"), {"__name__": "task"})
"""


@define
class Whole:
    """Reads a generator's answer to its end before it gives it on, and keeps it."""

    inner: Any
    raw: str = ""
    error: str = ""
    name: str = "asked"
    wants_context: bool = True
    slots: int = 1

    async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
        pieces: list[Piece] = []
        try:
            async for piece in self.inner.generate(request):
                pieces.append(piece)  # noqa: PERF401
        except GeneratorError as error:
            self.error = str(error)
            raise
        finally:
            self.raw = "".join(piece.text for piece in pieces)
        for piece in pieces:
            yield piece


@define
class Tally:
    """What came of the tasks."""

    asked: int = 0
    failed: int = 0
    """Requests without an answer."""
    nothing: int = 0
    """Answers of which nothing was shown."""
    raw: int = 0
    shown: int = 0
    lost: int = 0
    gained: int = 0
    floor: int = 0
    errors: set[str] = field(factory=set)


def passes(task: dict[str, Any], document: str) -> bool:
    """Whether the task's tests pass with `document` for its program."""
    program = f"{document}\n{task['test']}\ncheck({task['entry_point']})\n"
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-S", "-c", LIMITED],
                input=program.encode("utf-8", "replace"),
                cwd=folder,
                env={},
                timeout=LONGEST_S,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


async def suggested(before: str, after: str, generator: Whole) -> tuple[str, str]:
    """The document with the first suggestion taken (as it was where there is none), and why."""
    snapshot = Snapshot.open("file:///task.py", before + after)
    snapshot.tree()
    settings = EngineSettings(speculate=False, surplus_lines=0, total_ms=60_000)
    engine = Engine(lambda request: (generator,), Workspace(), (), settings)
    place = snapshot.lines.point(len(before))
    found = await engine.suggest(
        SuggestionRequest(snapshot, place, "task.py", Trigger.AUTOMATIC, replace_range=True)
    )
    decision = engine.why.last()[0]
    engine.stop()
    if not found:
        return before + after, decision.sentence or decision.outcome
    steps = "; ".join(f"{step.name}: {step.detail}" for step in decision.steps)
    return snapshot.lines.replace(found[0].start, found[0].end, found[0].text).text, steps


async def measure(given: argparse.Namespace, tasks: list[dict[str, Any]]) -> Tally:
    """Ask for each task, and run its tests with what came and with what is left of it."""
    tally = Tally()
    inner: Any = None
    router: Router | None = None
    if not given.true:
        config = EndpointConfig(
            name="asked", url=given.endpoint, model=given.model, family=given.family, key_env=given.key_env
        )
        router = Router([Endpoint(config)])
        inner = EndpointGenerator(router)
    for number, task in enumerate(tasks):
        middle = task["canonical_solution"]
        before, after = task["prompt"], "\n" * middle.endswith("\n") + task["suffix"]
        if given.true:
            goes_on = [after[:300], OTHERS[".py"], ""][number % 3]
            goes_on = goes_on if goes_on.startswith("\n") or not goes_on else f"\n{goes_on}"
            inner = Model(middle.removesuffix("\n") + goes_on, number)
        generator = Whole(inner)
        document, why = await suggested(before, after, generator)
        tally.asked += 1
        if generator.error:
            tally.failed += 1
            tally.errors.add(generator.error)
            continue
        tally.nothing += document == before + after
        answers = dict.fromkeys([generator.raw, generator.raw.lstrip("\n").split("\n", 1)[0]])
        raw = False
        for answer in answers:
            raw = raw or await asyncio.to_thread(passes, task, before + answer + after)
        shown = await asyncio.to_thread(passes, task, document)
        tally.raw += raw
        tally.shown += shown
        tally.lost += raw and not shown
        tally.gained += shown and not raw
        tally.floor += await asyncio.to_thread(passes, task, before + after)
        if given.verbose and raw and not shown:
            print(f"--- {task['task_id']}: {generator.raw!r}\n    {why}", file=sys.stderr)
    if router is not None:
        await router.aclose()
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=Path, required=True)
    parser.add_argument("--execute", action="store_true", help="run the tasks' tests with the model's code")
    parser.add_argument("--true", action="store_true", help="scripted true answers instead of an endpoint")
    parser.add_argument("--endpoint", default="", metavar="URL")
    parser.add_argument("--model", default="")
    parser.add_argument("--family", default="auto")
    parser.add_argument("--key-env", default=None, metavar="NAME")
    parser.add_argument("--most", type=int, default=200, help="tasks, a seeded choice")
    parser.add_argument("--verbose", action="store_true", help="print each task that was lost")
    given = parser.parse_args()
    if not given.execute:
        parser.error("the tests run code that a model wrote; say --execute if that is what you want here")
    if given.true == bool(given.endpoint):
        parser.error("name an endpoint, or say --true")
    with gzip.open(given.tasks / "HumanEval-SingleLineInfilling.jsonl.gz", "rt", encoding="utf-8") as stream:
        tasks = [json.loads(line) for line in stream]
    random.Random(5).shuffle(tasks)
    tally = asyncio.run(measure(given, tasks[: given.most]))
    answered = max(tally.asked - tally.failed, 1)
    shares = {
        name: round(getattr(tally, name) / answered, 4)
        for name in ("raw", "shown", "lost", "gained", "floor")
    }
    counts = {"asked": tally.asked, "failed": tally.failed, "nothing shown": tally.nothing}
    print(json.dumps({**counts, **shares, "errors": sorted(tally.errors)[:5]}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
