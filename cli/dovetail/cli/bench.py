"""`dovetail bench …`: measurements a person can repeat on data of their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def run_bench_history(files: list[Path], seed: int) -> int:
    """Temporal replay of recorded histories through the built-in model, as a JSON table."""
    from dovetail.fim.builtin import replay

    absent = [str(file) for file in files if not file.is_file()]
    if absent:
        print(f"dovetail: no such file: {', '.join(absent)}.", file=sys.stderr)
        return 2
    print(json.dumps(replay(files, seed=seed), indent=1))
    return 0
