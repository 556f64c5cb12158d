"""An edit that is being written is written to its end, whatever asks the process to go meanwhile."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

_WRITING = threading.Lock()
"""Held while an edit is written, by whichever thread does."""


def hold_edits(seconds: float) -> bool:
    """Wait, at most so long, until no edit is being written, and let none begin from now on: for a process that is
    about to end, whose edits are written in threads. False where the time was not enough; the journal then finishes
    the edit at the next command.
    """
    return _WRITING.acquire(timeout=seconds)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """What asks the process to end waits until the edit is whole; a second's work, and the journal stands behind it.

    The mask is of this thread, which in the command line is the only one; a process with more of them asks
    `hold_edits`.
    """
    with _WRITING:
        if sys.platform == "win32":
            yield
        else:
            ends = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
            before = signal.pthread_sigmask(signal.SIG_BLOCK, ends)
            try:
                yield
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
