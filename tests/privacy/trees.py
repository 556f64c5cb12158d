"""Folders and repositories for tests of what is ignored."""

from __future__ import annotations

import time
from pathlib import Path

from dovetail.privacy import Beside


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def read_beside(load: Beside) -> None:
    deadline = time.monotonic() + 60
    while not load.news() and time.monotonic() < deadline:
        time.sleep(0.01)
