"""Commands of ours as processes that do not import everything anew.

Most of what a command costs in a test is the start of an interpreter and the import of packages that do not change from
one test to the next. `dovetail(…)` gives a command line like `python -m dovetail.cli …`: run, it hands its standard
streams, folder, environment and arguments to a process that has imported everything already, which forks. What runs is
a process of its own all the same, with its own exit code, and signals reach it.

For tests of what a command does. What is about the start itself (what is imported when, signals in the first
milliseconds, isolation from the present folder) takes `sys.executable`. Where there is no fork, at the terminal that
the tests themselves run at, or where the environment asks for another interpreter (`PYTHONIOENCODING`, another locale),
one is started after all. A server that such a command starts is a fork, too.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


ENDING = {"shutdown_timeout": 60.0}
"""For ACP's clients, which send a signal to what has not ended 2 s after its input did: on a busy machine it ends in
that moment, and they fail at a process that is not there."""


def dovetail(*arguments: str) -> list[str]:
    """The command line of `dovetail` with these arguments."""
    if sys.platform != "linux":
        return [sys.executable, "-m", "dovetail.cli", *arguments]
    return [sys.executable, "-IS", str(HERE / "warm_start.py"), _address(), *arguments]


@functools.cache
def _address() -> str:
    """Where the process listens that forks; it is started here, and ends when this one does."""
    alive, held = os.pipe()
    server = subprocess.Popen(
        [sys.executable, str(HERE / "warm_server.py"), str(alive)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        pass_fds=[alive],
    )
    os.close(alive)
    assert server.stdout is not None
    with server.stdout as said:
        address = said.readline().strip()
    assert address, "the process that forks did not start"
    _RUNNING.append((server, held))
    return address


_RUNNING: list[tuple[subprocess.Popen[str], int]] = []


def end() -> None:
    """End it, if it runs."""
    while _RUNNING:
        server, held = _RUNNING.pop()
        os.close(held)
        server.wait(60)
    _address.cache_clear()
