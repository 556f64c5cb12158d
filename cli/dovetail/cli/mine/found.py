"""The file in which a run keeps what it has found, so that the next one goes on there: one JSON object a line."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def store_of(folder: Path, *parts: object) -> Path:
    """The file of a run: one for everything that decides the result."""
    # Whatever would change the result changes the name, so that nothing of another run is taken over.
    key = hashlib.sha256(json.dumps([str(part) for part in parts]).encode()).hexdigest()[:24]
    return folder / "bench-mine" / f"{key}.jsonl"


def read_found(store: Path) -> dict[str, dict[str, Any]]:
    """What earlier runs found, by its key; a line that was cut off is left out."""
    try:
        text = store.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        try:
            data = json.loads(line)
            found[str(data["key"])] = dict(data["found"])
        except (ValueError, KeyError, TypeError):
            continue
    return found


def add_found(store: Path, key: str, found: Mapping[str, Any]) -> None:
    """Add one finding, on a line of its own also where the last one was cut off."""
    store.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Appended, so that a run that is killed loses one line at most.
    handle = os.open(store, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with open(handle, "rb+") as out:
        end = out.seek(0, os.SEEK_END)
        # The last run may have been killed within a line: what follows must not be glued to it.
        cut = end > 0 and out.seek(end - 1) >= 0 and out.read(1) != b"\n"
        line = json.dumps({"key": key, "found": found})
        out.write(b"\n" * cut + line.encode() + b"\n")
