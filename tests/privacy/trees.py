"""Folders and repositories for tests of what is ignored."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dovetail.privacy import Beside


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class Held(ThreadPoolExecutor):
    """A thread for `Beside` that reads only what it is let: what is asked meanwhile does not hang on how fast it is."""

    def __init__(self) -> None:
        super().__init__(1)
        self.hold()

    def hold(self) -> None:
        self._go = threading.Event()
        self.submit(self._go.wait, 60)

    def let(self, load: Beside) -> None:
        """Have it read, and wait until it has."""
        self._go.set()
        read_beside(load)


def read_beside(load: Beside) -> None:
    deadline = time.monotonic() + 60
    while not load.news() and time.monotonic() < deadline:
        time.sleep(0.01)
