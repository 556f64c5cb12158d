"""The process that learns: `python -P -m dovetail.fim.builtin.learner.worker`.

One JSON object comes on standard input and says what to learn; JSON lines go out: `{"progress": [done,
total]}`, `{"begun": true}` where the store holds the first files and more are to come, at the end
`{"learnt": {...}}` or `{"error": sentence}`. The process must not outlive the server that
started it, however that ended (`end_with_parent`).
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, TextIO

from attrs import asdict

from .learn import learn
from .store import Store

_LEAST_BETWEEN = 0.1
_PR_SET_PDEATHSIG = 1
STUCK_S = 120.0
"""How long the interpreter's lock may be held before the process is ended, in seconds."""


def main() -> None:
    """Read the order, learn, report."""
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    end_with_parent(order.get("parent", 0))
    if order.get("steps_back", True):
        _step_back()
    told = 0.0

    def progress(done: int, total: int) -> None:
        nonlocal told
        now = time.monotonic()
        # Seldom enough to cost nothing, but never without the last one.
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
            installed_limit=order.get("installed_limit", 0),
            progress=progress,
            begun=lambda: _say({"begun": True}),
        )
    except OSError as error:
        _say({"error": str(error)})
    else:
        _say({"learnt": asdict(learnt)})


def _say(message: dict[str, Any]) -> None:
    try:
        print(json.dumps(message), flush=True)
    except OSError:
        # Nobody listens any more, and what was written to the store is whole or not there.
        os._exit(1)


def end_with_parent(parent: int) -> None:
    """Whatever this process is at when `parent` ends, or for how long it holds the interpreter's lock: it ends too.

    Three ways, as no one of them serves always: the end of standard input, which a thread waits for and which does
    where Python runs; the kernel, on Linux, which needs nothing of ours; and a watchdog in C, everywhere, for a
    process that has not come to run one line of Python for `STUCK_S`.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if parent and os.getppid() != parent:  # it has ended already
            os._exit(1)
    threading.Thread(target=_wait_for_the_end, daemon=True).start()
    # Set before the thread that feeds it: what comes next may hold the lock before that thread has run at all.
    nowhere = open(os.devnull, "w")  # noqa: SIM115 - open as long as the process
    faulthandler.dump_traceback_later(STUCK_S, exit=True, file=nowhere)
    threading.Thread(target=_feed_the_watchdog, args=(nowhere,), daemon=True).start()


def _wait_for_the_end() -> None:
    sys.stdin.read()
    os._exit(1)


def _feed_the_watchdog(nowhere: TextIO) -> None:
    while True:
        faulthandler.dump_traceback_later(STUCK_S, exit=True, file=nowhere)
        time.sleep(STUCK_S / 10)


def _step_back() -> None:
    """The person's own work goes first."""
    if hasattr(os, "nice"):
        os.nice(10)


if __name__ == "__main__":
    main()
