"""Which parts of a document are short enough to be read for context."""

from __future__ import annotations

from dovetail.text import Lines

LONGEST_LINE = 20_000
"""Characters of a line. What is longer was written by a machine, is of no use in a prompt, and takes a second a million
characters to be searched for secrets."""
AROUND = 1500
"""Lines around a part that are searched for secrets with it, at most."""


def short_lines(lines: Lines, start: int, stop: int) -> bool:
    """Whether no line from `start` to `stop` (exclusive), or so near that it would be searched too, is too long."""
    return all(len(line) <= LONGEST_LINE for line in lines.slice(max(start - AROUND, 0), stop + AROUND))
