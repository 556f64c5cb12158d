"""What the machine that the tests run on has, and what runs on it."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest


@cache
def llama_trouble(python: str) -> str:
    """Why llama.cpp's server cannot be loaded by an environment's Python; "" if it can. Its wheel needs libgomp, which
    a system without a compiler need not have."""
    done = subprocess.run(
        [python, "-P", "-c", "import xllamacpp"], capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["no reason"])[-1]


def needs_llama(python: str = sys.executable) -> None:
    """Skip the test where llama.cpp's server cannot be loaded. In CI its absence is a failure of the test."""
    if not os.environ.get("CI") and (trouble := llama_trouble(python)):
        pytest.skip(f"llama.cpp's server cannot be loaded: {trouble}")


def processes() -> dict[int, str]:
    """The command lines of all that runs, by process id; POSIX only. `ps` need not be installed."""
    if not Path("/proc/self/cmdline").exists():
        listed = subprocess.run(
            ["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True
        ).stdout
        rows = (line.split(None, 1) for line in listed.splitlines())
        return {int(row[0]): row[1] if len(row) > 1 else "" for row in rows}
    found = {}
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes()
        except OSError:  # it has ended meanwhile
            continue
        found[int(file.parent.name)] = line.replace(b"\0", b" ").decode("utf-8", "replace")
    return found
