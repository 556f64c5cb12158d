"""Plant faults in the rooms that must not have any, and see whether a test notices.

    python -m bench.mutants [--sample 300] [--seed 1] [--jobs 2] [--room NAME]… [--out FILE]

Needs cosmic-ray (`pip install cosmic-ray`), which makes the mutants: one operator, constant, comparison, condition or
loop changed at a time. A seeded sample is drawn over all rooms; each mutant is put into a clone of the repository, and
the tests of its room run until the first one fails. Prints a line a room, each survivor with its diff, and a closing
figure for all.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("text", "privacy", "endpoints", "fim", "edits", "nextedit", "server", "cli")
ROOMS = {
    "locating": ("edits/dovetail/edits/locating", ("tests/edits",)),
    "planning": ("edits/dovetail/edits/planning", ("tests/edits", "tests/faults", "tests/cli")),
    "privacy": ("privacy/dovetail/privacy", ("tests/privacy", "tests/attacks")),
    "rules": ("fim/dovetail/fim/rules", ("tests/fim/engine",)),
}
"""Room to its folder and the tests that speak of it."""
TIMEOUT_S = 300.0
CONSTANTS = "core/NumberReplacer"
"""Mostly changes tuning constants, which no test should pin; a tenth of its mutants is taken."""
UNIONS = "core/ReplaceBinaryOperator_BitOr"
"""`|` stands in annotations, which nobody evaluates; none of its mutants is taken."""


def work_items(folder: Path) -> list[Any]:
    """Every mutant of the Python files below a folder."""
    from cosmic_ray.commands.init import _all_work_items

    files = [path for path in sorted(folder.rglob("*.py")) if path.name != "__init__.py"]
    return list(_all_work_items(files, {}))


def drawn(sample: int, seed: int, rooms: list[str]) -> list[tuple[str, Any]]:
    """A seeded sample over the rooms, in proportion to their mutants."""
    chance = random.Random(seed)
    found = []
    for room in rooms:
        for item in work_items(ROOT / ROOMS[room][0]):
            (mutation,) = item.mutations
            name = mutation.operator_name
            if name.startswith(UNIONS) or (name.startswith(CONSTANTS) and chance.random() > 0.1):
                continue
            found.append((room, mutation))
    return chance.sample(found, min(sample, len(found)))


def clone(folder: Path) -> Path:
    """The tracked files as they are now, committed or not."""
    target = Path(tempfile.mkdtemp(dir=folder)) / "dovetail"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True,
    ).stdout  # fmt: skip
    for name in listed.decode().split("\0"):
        source = ROOT / name
        if name and source.is_file() and not name.startswith("clients/vscode/media"):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(source.read_bytes())
    return target


def failing(room: str, place: Path) -> str:
    """The end of what pytest says where a test of the room fails in the clone at `place`; '' where all pass."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(str(place / package) for package in PACKAGES),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    tests = [name for name in ROOMS[room][1] if (place / name).exists()]
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *tests],
            cwd=place, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"not done within {TIMEOUT_S:.0f} s"  # it hangs, and somebody would notice
    return (done.stdout + done.stderr)[-2000:] or "failed without a word" if done.returncode else ""


def judge(room: str, mutation: Any, place: Path) -> dict[str, Any]:
    """Whether the tests of a room notice a mutant, planted in the clone at `place`."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    path = place / mutation.module_path.relative_to(ROOT)
    original = path.read_text(encoding="utf-8")
    operator = get_operator(mutation.operator_name)(**mutation.operator_args)
    changed = mutate_code(original, operator, mutation.occurrence)
    if changed is None:
        return {"room": room, "outcome": "none"}
    path.write_text(changed, encoding="utf-8")
    try:
        killed = bool(failing(room, place))
    finally:
        path.write_text(original, encoding="utf-8")
    line = mutation.start_pos[0]
    return {
        "room": room,
        "outcome": "killed" if killed else "survived",
        "file": mutation.module_path.relative_to(ROOT).as_posix(),
        "line": line,
        "operator": mutation.operator_name,
        "was": original.splitlines()[line - 1].strip(),
        "is": changed.splitlines()[line - 1].strip(),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sample", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--room", choices=ROOMS, action="append")
    parser.add_argument("--out", type=Path, help="JSON lines, one a mutant")
    arguments = parser.parse_args()
    mutants = drawn(arguments.sample, arguments.seed, arguments.room or list(ROOMS))
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(arguments.jobs) as pool:
        places: Queue[Path] = Queue()
        for _ in range(arguments.jobs):
            places.put(clone(Path(folder)))
        # Where a test fails without any mutant, every mutant would count as killed.
        for room in arguments.room or ROOMS:
            if trouble := failing(room, places.queue[0]):
                print(f"{room}: its tests fail as they are; nothing was measured.\n{trouble}")
                return 1

        def one(mutant: tuple[str, Any]) -> dict[str, Any]:
            place = places.get()
            try:
                return judge(*mutant, place)
            finally:
                places.put(place)

        for result in pool.map(one, mutants):
            results.append(result)
            if arguments.out:
                with arguments.out.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(result) + "\n")
    real = [result for result in results if result["outcome"] != "none"]
    for room in ROOMS:
        mine = [result for result in real if result["room"] == room]
        if mine:
            killed = sum(result["outcome"] == "killed" for result in mine)
            print(f"{room:10} {killed} of {len(mine)} killed ({killed / len(mine):.0%})")
    for result in real:
        if result["outcome"] == "survived":
            print(
                f"\n{result['file']}:{result['line']}  {result['operator']}\n- {result['was']}\n+ {result['is']}"
            )
    killed = sum(result["outcome"] == "killed" for result in real)
    print(f"\n{killed} of {len(real)} mutants killed ({killed / max(len(real), 1):.0%})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
