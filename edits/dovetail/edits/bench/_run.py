"""`dovetail bench edits FILE…`: everything that is measured of edits, as one JSON value."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ._generate import SEED, run_generated
from ._replay import run_chats, run_replay
from ._rivals import run_rivals

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
        rivals: whether GNU patch, `git apply` and aider run on `rival_cases` of the cases as well.
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
