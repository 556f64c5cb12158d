"""`dovetail bench …`: measurements a person can repeat on data of their own."""

from __future__ import annotations

import json
from pathlib import Path

from .terminal import say


def run_bench_history(files: list[Path], seed: int) -> int:
    """Temporal replay of recorded histories through the built-in model, as a JSON table."""
    from dovetail.fim.builtin import replay

    absent = [str(file) for file in files if not file.is_file()]
    if absent:
        say(f"dovetail: no such file: {', '.join(absent)}.", err=True)
        return 2
    say(json.dumps(replay(files, seed=seed), indent=1))
    return 0
