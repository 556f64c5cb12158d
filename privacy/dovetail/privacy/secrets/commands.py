"""Passwords by their place: options of commands, arguments of functions that log in, columns of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .places import places_of, signs_in
from .shapes import Span
from .telling import telling
from .values import is_placeholder, is_secret

_INSERT = re.compile(
    r"\(([\w\s,`\"\[\].]{3,400})\)[ \t]{0,4}values[ \t]{0,4}\(([^\n]{3,2000})", re.IGNORECASE
)
_ITEM = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|[^,'\"]+")


def in_commands(line: str, lower: str, placed: re.Match[str] | None, typed: int = -1) -> Iterator[Span]:
    """The passwords of a line that stand where a command, a function or a statement has its password.

    Args:
        lower: the line in lower case.
        placed: what `placed_in` finds in that.
        typed: where the user is typing (code points); what stands there is one from its first characters on.
    """
    if "values" in lower and (insert := _INSERT.search(line)) is not None:
        yield from _columns(insert)
    # All signs of the line at once: then only the patterns of their places are tried, not those of all.
    signs = signs_in(lower, placed)
    if not signs:
        return
    for place in places_of(signs):
        for match in place.found_in(line):
            begun = match.start(1) <= typed <= match.end(1) and not is_placeholder(match[1])
            if begun or place.judge(match[1]):
                yield *match.span(1), "password"


def _columns(insert: re.Match[str]) -> Iterator[Span]:
    """Of `(name, password) VALUES ('a', 'b')` the values of the columns with telling names."""
    names = [name.strip(' \t`"[]').rpartition(".")[2] for name in insert[1].split(",")]
    column = 0
    for item in _ITEM.finditer(insert[2]):
        text = item[0]
        if not text.strip(" \t();"):
            column = 0 if ")" in text else column  # the row ends: the next one has the same columns
            continue
        # Only literals: a column without quotes is a number, a call or `NULL`.
        kind = telling(names[column]) if text[0] in "'\"" and column < len(names) else None
        if kind is not None and is_secret(text[1:-1], kind, quoted=True):
            start = insert.start(2) + item.start() + 1
            yield start, start + len(text) - 2, kind.value
        column = 0 if ")" in text and text[0] not in "'\"" else column + 1
