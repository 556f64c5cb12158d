"""`dovetail apply` as tests call it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dovetail.cli.apply import ApplyOptions
from dovetail.cli.apply import run_apply as run


def reply(tmp_path: Path, text: str) -> str:
    path = tmp_path / "reply.txt"
    path.write_bytes(text.encode("utf-8"))
    return str(path)


def run_apply(reply: str, *, root: Path, state: Path | None = None, **options: Any) -> int:
    return run(reply, ApplyOptions(root, **options), state=state)
