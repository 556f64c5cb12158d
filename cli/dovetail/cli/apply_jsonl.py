"""`dovetail apply --jsonl`: many edits in memory, one a line, for whoever measures."""

from __future__ import annotations

import sys
from typing import TextIO

from .apply import APPLIED


def run_apply_jsonl(lines: TextIO | None = None, out: TextIO | None = None) -> int:
    """One task a line from standard input, one answer a line to standard output; all in memory."""
    from dovetail.edits import run_line

    if lines is None:
        import io

        # Surrogates keep bytes that are no UTF-8 as they are, there and back.
        lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape", newline="\n")
    target = out or sys.stdout
    for line in lines:
        if line.strip():
            target.write(run_line(line) + "\n")
            # Line by line, since whoever measures reads an answer before it sends the next task.
            target.flush()
    return APPLIED
