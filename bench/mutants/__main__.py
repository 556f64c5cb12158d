"""Plant faults in the rooms that must not have any, and see whether a test notices.

    python -m bench.mutants [--sample 300] [--seed 1] [--jobs 1] [--room NAME]… [--budget S] [--tests PATH]…
    python -m bench.mutants --again            # survivors meet the tests as they are now

Needs cosmic-ray, which makes the mutants (one operator, constant, comparison, condition or loop changed at a time),
and coverage: `pip install cosmic-ray coverage`. A seeded sample is drawn over all rooms. The tests run once as they
are, and what each of them covers is kept; a mutant then meets only the tests that reach its line, the quickest first,
until one fails or `--budget` CPU seconds of tests are over (see `worker`); one that has survived by then has survived.
What is known is kept in FOLDER, so a run that was stopped goes on where it was; mutants are drawn from the code as it
was then.
Prints a line a room, each survivor with the change, and a closing figure for all.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .worker import TESTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("text", "privacy", "endpoints", "fim", "edits", "nextedit", "server", "cli")
ROOMS = {
    "locating": "edits/dovetail/edits/locating",
    "planning": "edits/dovetail/edits/planning",
    "privacy": "privacy/dovetail/privacy",
    "rules": "fim/dovetail/fim/rules",
}
CONSTANTS = "core/NumberReplacer"
"""Mostly changes tuning constants, which no test should pin; a tenth of its mutants is taken."""
UNIONS = "core/ReplaceBinaryOperator_BitOr"
"""`|` stands in annotations, which nobody evaluates; none of its mutants is taken."""
IDENTITY = tuple(
    f"core/ReplaceComparisonOperator_{change}" for change in ("Eq_Is", "NotEq_IsNot", "Is_Eq", "IsNot_NotEq")
)
"""`is` instead of `==` and the reverse: short strings, small numbers and members of an enum are one object wherever
they are equal, so this changes nothing; none of these mutants is taken."""


def work_items(folder: Path) -> list[Any]:
    """Every mutant of the Python files below a folder."""
    from cosmic_ray.commands.init import _all_work_items

    files = [path for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py"]
    return list(_all_work_items(files, {}))


def drawn(sample: int, seed: int, rooms: list[str]) -> list[dict[str, Any]]:
    """A seeded sample over the rooms, in proportion to their mutants, each with the text of its file."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    chance = random.Random(seed)
    found = []
    for room in rooms:
        for item in work_items(ROOT / ROOMS[room]):
            (mutation,) = item.mutations
            name = mutation.operator_name
            if (
                name in IDENTITY
                or name.startswith(UNIONS)
                or (name.startswith(CONSTANTS) and chance.random() > 0.1)
            ):
                continue
            found.append((room, mutation))
    mutants = []
    for room, mutation in chance.sample(found, min(sample, len(found))):
        original = mutation.module_path.read_text(encoding="utf-8")
        operator = get_operator(mutation.operator_name)(**mutation.operator_args)
        changed = mutate_code(original, operator, mutation.occurrence)
        if changed is None or changed == original:
            continue
        line = mutation.start_pos[0]
        mutants.append(
            {
                "number": len(mutants),
                "room": room,
                "file": mutation.module_path.relative_to(ROOT).as_posix(),
                "line": line,
                "operator": mutation.operator_name.removeprefix("core/"),
                "was": original.splitlines()[line - 1].strip(),
                "is": changed.splitlines()[line - 1].strip(),
                "text": changed,
            }
        )
    return mutants


def clone(target: Path, below: str = "") -> Path:
    """The tracked files below a folder as they are now, committed or not."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout  # fmt: skip
    for name in listed.decode().split("\0"):
        source = ROOT / name
        if name.startswith(below) and source.is_file() and not name.startswith("clients/"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(source.read_bytes())
    return target


def start(
    folder: Path, number: int, jobs: int, only: str, budget: float, wanted: Sequence[str]
) -> subprocess.Popen[bytes]:
    """A worker on its share of the mutants in `folder`, or one that takes the coverage (`only`)."""
    place = folder / f"clone{number}"
    if not place.exists():
        clone(place)
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(place), *(str(place / package) for package in PACKAGES)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MUTANTS": json.dumps(
            {"folder": str(folder), "share": number, "jobs": jobs, "only": only, "budget": budget}
        ),
    }
    tests = [name for name in wanted if (place / name).exists()]
    with open(folder / f"worker{number}.log", "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "bench.mutants.worker", "-p", "no:cacheprovider",
             "--hypothesis-seed=1", f"--basetemp={folder / f'temporary{number}'}", *tests],
            cwd=place, env=environment, stdout=log, stderr=log,
        )  # fmt: skip


def results(folder: Path) -> list[dict[str, Any]]:
    """What is known so far."""
    found: dict[int, dict[str, Any]] = {}
    for path in folder.glob("results*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            result = json.loads(line)
            found[result["number"]] = result
    return [found[number] for number in sorted(found)]


def anew(folder: Path) -> None:
    """Forget what survived, and bring the tests as they are now into the clones."""
    for path in folder.glob("results*.jsonl"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(
            "".join(line for line in lines if json.loads(line)["outcome"] == "killed"), encoding="utf-8"
        )
    for place in folder.glob("clone*"):
        shutil.rmtree(place / "tests")
        clone(place, "tests/")


def report(found: list[dict[str, Any]]) -> None:
    """A line a room, the survivors, the sum."""
    for room in ROOMS:
        mine = [result for result in found if result["room"] == room]
        if mine:
            killed = sum(result["outcome"] == "killed" for result in mine)
            print(f"{room:10} {killed} of {len(mine)} killed ({killed / len(mine):.0%})")
    for result in found:
        if result["outcome"] == "survived":
            print(f"\n{result['file']}:{result['line']}  {result['operator']}  ({result['tests']} tests)")
            print(f"- {result['was']}\n+ {result['is']}")
    killed = sum(result["outcome"] == "killed" for result in found)
    print(f"\n{killed} of {len(found)} mutants killed ({killed / max(len(found), 1):.0%})")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--room", choices=ROOMS, action="append")
    parser.add_argument("--folder", type=Path, default=ROOT / ".cache" / "mutants", help="what is known")
    parser.add_argument(
        "--tests", action="append", metavar="PATH", help="only the tests of this file or folder"
    )
    parser.add_argument("--budget", type=float, default=60.0, help="CPU seconds of tests a mutant meets")
    parser.add_argument(
        "--again", action="store_true", help="judge the survivors again, by the tests as they are"
    )
    parser.add_argument("--report", action="store_true", help="only print what is known so far")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    if not arguments.report:
        (folder / "covers").mkdir(parents=True, exist_ok=True)
        if not (folder / "mutants.json").exists():
            mutants = drawn(arguments.sample, arguments.seed, arguments.room or list(ROOMS))
            (folder / "mutants.json").write_text(json.dumps(mutants), encoding="utf-8")
        if arguments.again:
            anew(folder)
        for only in ("covers", ""):
            wanted = arguments.tests or TESTS
            for worker in [
                start(folder, number, arguments.jobs, only, arguments.budget, wanted)
                for number in range(arguments.jobs)
            ]:
                worker.wait()
        for path in sorted((folder / "covers").glob("*.json")):
            for name in json.loads(path.read_text(encoding="utf-8"))["failed"]:
                print(f"fails as things are, so it is left out: {name}")
    report(results(folder))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
