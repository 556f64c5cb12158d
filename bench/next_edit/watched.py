"""The real server, with its event loop watched: `python bench/next_edit/watched.py FILE serve --stdio`.

When the server ends, FILE has a line of JSON for each thing that is worth a look:

- `{"at", "loop", "what"}`: one callback or step of a task used the loop's thread for `loop` ms of its own CPU time;
- `{"at", "collected", "generation"}`: a collection of garbage took so many ms, in whatever thread it came up; it is
  part of the `loop` or `held` of that moment;
- `{"at", "held"}`: a heartbeat of the loop came late by `held` ms, while the process used CPU time: another thread had
  the interpreter's lock. Counted is the wall's time or the process's CPU time, whichever is less, so that a machine
  which is busy with other processes is not blamed on the server; it remains an upper bound.

`at` is of `time.perf_counter`, which processes of one machine share on Linux.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

LEAST_MS = 0.5
BEAT_S = 0.002


def watch(file: Path) -> None:
    """Watch every event loop of this process from now on."""
    found: list[dict[str, Any]] = []
    run = asyncio.events.Handle._run  # type: ignore[attr-defined]
    beating: set[asyncio.AbstractEventLoop] = set()
    beats = [0]
    began = [0.0]

    def timed(handle: Any) -> Any:
        loop = handle._loop
        if loop not in beating:
            beating.add(loop)
            # Tasks in Python say whose step it was, which those in C do not.
            loop.set_task_factory(lambda loop, coro, **more: asyncio.tasks._PyTask(coro, loop=loop, **more))  # type: ignore[attr-defined]
            beat(loop)
        begun = time.thread_time()
        try:
            return run(handle)
        finally:
            took = (time.thread_time() - begun) * 1000
            if took >= LEAST_MS:
                callback = handle._callback
                what = repr(getattr(callback, "__self__", None) or callback)[:300]
                found.append({"at": time.perf_counter(), "loop": round(took, 2), "what": what})

    def beat(loop: asyncio.AbstractEventLoop) -> None:
        due, spent = time.perf_counter() + BEAT_S, time.process_time()

        def came() -> None:
            late = min(time.perf_counter() - due, time.process_time() - spent) * 1000
            beats[0] += 1
            if late >= LEAST_MS:
                found.append({"at": time.perf_counter(), "held": round(late, 2)})
            beat(loop)

        loop.call_later(BEAT_S, came)

    def collecting(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            began[0] = time.thread_time()
        elif (took := (time.thread_time() - began[0]) * 1000) >= LEAST_MS:
            gen = info["generation"]
            found.append({"at": time.perf_counter(), "collected": round(took, 2), "generation": gen})

    def write() -> None:
        lines = [*found, {"beats": beats[0]}]
        file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    asyncio.events.Handle._run = timed  # type: ignore[attr-defined]
    gc.callbacks.append(collecting)
    # The server ends without the interpreter's own end, since a thread may be blocked in a read.
    leave = os._exit

    def written(code: int) -> Any:
        write()
        leave(code)

    os._exit = written  # type: ignore[assignment]
    atexit.register(write)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
    sys.argv = ["dovetail", *sys.argv[2:]]
    from dovetail.cli.main import main

    main()
