"""The process that learns: `python -P -m dovetail.fim.builtin.learner.worker`.

One JSON object comes on standard input and says what to learn; JSON lines go out: `{"progress": [done,
total]}`, at the end `{"learnt": {...}}` or `{"error": sentence}`. The process ends at once when its standard
input is closed: it must not outlive the server that started it, however that ended.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from attrs import asdict

from .learn import learn
from .store import Store

_LEAST_BETWEEN = 0.1


def main() -> None:
    """Read the order, learn, report."""
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _step_back()
    told = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _LEAST_BETWEEN or done == total:
            told = now
            _say({"progress": [done, total]})

    try:
        learnt = learn(
            Store(Path(order["store"])),
            [Path(root) for root in order["roots"]],
            near=Path(order["near"]) if order["near"] else None,
            extra_globs=order["extra_globs"],
            limit=order["limit"],
            progress=progress,
        )
    except OSError as error:
        _say({"error": str(error)})
    else:
        _say({"learnt": asdict(learnt)})


def _say(message: dict[str, Any]) -> None:
    try:
        print(json.dumps(message), flush=True)
    except OSError:
        os._exit(1)


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(1)


def _step_back() -> None:
    """The person's own work goes first."""
    if hasattr(os, "nice"):
        os.nice(10)


if __name__ == "__main__":
    main()
