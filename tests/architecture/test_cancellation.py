"""Nobody swallows a cancellation. `with suppress(CancelledError): await task` ends by two that look alike: that of
`task`, and that of whoever waits for it; who was told to stop goes on. `asyncio.wait([task])` tells them apart."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def swallowed(source: str) -> list[int]:
    """The lines at which `suppress` is given a cancellation."""
    return [
        call.lineno
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).rpartition(".")[2] == "suppress"
        and any(
            ast.unparse(given).rpartition(".")[2] in {"CancelledError", "BaseException"}
            for given in call.args
        )
    ]


def test_a_planted_one_is_found() -> None:
    assert swallowed("with suppress(ValueError, asyncio.CancelledError):\n    await task\n") == [1]
    assert swallowed("with contextlib.suppress(BaseException):\n    await task\n") == [1]
    assert swallowed("with suppress(ValueError):\n    await task\n") == []


def test_no_cancellation_is_swallowed() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.py"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    assert len(paths) > 300
    found = {str(path): swallowed(path.read_text(encoding="utf-8")) for path in paths if path.is_file()}
    assert {name: lines for name, lines in found.items() if lines} == {}
