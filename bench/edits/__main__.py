"""Measure edits: replayed blocks, real chats, generated corruptions, and other tools beside them; prints JSON.

    python -m bench.edits FILE... [--cases 20000] [--seed N] [--rivals]

Run it in the root of the checkout. Each FILE is a corpus or a source tree; each is known by what it holds.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .generate import SEED, run_generated
from .replay import run_chats, run_replay
from .rivals import run_rivals

RIVAL_CASES = 4000


def run_bench_edits(
    files: Sequence[Path],
    *,
    cases: int = 20_000,
    seed: int = SEED,
    rivals: bool = False,
    rival_cases: int = RIVAL_CASES,
) -> dict[str, Any]:
    """Measure on what is given.

    Args:
        files: an edit-replay folder (`blocks.jsonl.xz`), a udiff-chats folder (`*_chat`), history files
            (`*.jsonl.xz`) and source trees; each is known by what it holds.
        cases: how many cases the generator makes of the histories and trees.
        rivals: whether GNU patch, `git apply`, aider and codex run on `rival_cases` of the cases as well.
    """
    result: dict[str, Any] = {"python": platform.python_version(), "machine": platform.machine()}
    sources: list[Path] = []
    for path in files:
        if path.is_dir() and (path / "blocks.jsonl.xz").is_file():
            result["replay"] = run_replay(path)
        elif path.is_file() and path.name == "blocks.jsonl.xz":
            result["replay"] = run_replay(path.parent)
        elif path.is_dir() and any(path.glob("*_chat")):
            result["chats"] = run_chats(path)
        elif path.is_dir() and any(path.glob("*.jsonl.xz")):
            sources += sorted(path.glob("*.jsonl.xz"))
        else:
            sources.append(path)
    if sources:
        result["generated"] = run_generated(sources, cases, seed)
        if rivals:
            result["sideBySide"] = run_rivals(sources, rival_cases, seed)
    return result


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.edits", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="corpora of edits, or source trees")
    parser.add_argument("--cases", type=int, default=20_000, help="generated cases")
    parser.add_argument("--seed", type=int, default=SEED, help="for the generator")
    parser.add_argument(
        "--rivals", action="store_true", help="run patch, git apply, aider and codex beside it"
    )
    parser.add_argument("--rival-cases", type=int, default=RIVAL_CASES, help="cases for that")
    options = parser.parse_args()
    absent = [str(file) for file in options.files if not file.exists()]
    if absent:
        parser.error(f"no such file: {', '.join(absent)}")
    result = run_bench_edits(
        options.files,
        cases=options.cases,
        seed=options.seed,
        rivals=options.rivals,
        rival_cases=options.rival_cases,
    )
    print(json.dumps(result, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
