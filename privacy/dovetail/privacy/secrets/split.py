"""A key whose prefix stands in a string of its own, and its rest in another, however the two come together: in the next
statement (`p = "sk-"`, `key = p + "…"`), as arguments of a format, or with a comment between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .shapes import PREFIXES, Span, known_shapes, one_of
from .values import random_looking

LINES = 6
"""How many lines below the prefix its rest is looked for."""
_PREFIX = re.compile(rf"[\"'`]({one_of(PREFIXES)})[\"'`]")
_REST = re.compile(r"[\"'`]([A-Za-z0-9_\-]{12,512})(?:[\"'`]|[\r\n]*\Z)")
_HEX = re.compile(r"(?:[0-9a-f\-]+|[0-9A-F\-]+)\Z")


def prefix_in(line: str) -> re.Match[str] | None:
    """The last string of a line that is nothing but what keys of a known form begin with; group 1 is its text."""
    found: re.Match[str] | None = None
    for match in _PREFIX.finditer(line):
        found = match
    return found


def rests(line: str, prefix: str, at: int = 0) -> Iterator[Span]:
    """The strings of a line, from `at` on, that make a key together with a prefix. Without it each is only random, so
    a hash or an id, which is written in hexadecimal, is none."""
    for match in _REST.finditer(line, at):
        rest = match[1]
        if _HEX.match(rest) or not random_looking(rest, 12, 3.0):
            continue
        if any(end - start == len(prefix) + len(rest) for start, end, _ in known_shapes(prefix + rest)):
            yield *match.span(1), "rest of a key"
