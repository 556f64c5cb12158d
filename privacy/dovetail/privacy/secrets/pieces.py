"""Strings that are written in pieces (`"sk-" + "…"`, literals side by side, one a line), read as the one that they
come to: no piece of a key need look like one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from attrs import define

from .shapes import Span

_JOINS = r"\+{1,2}|\.{1,2}|&|<>|\|\||~|\^|\.?concat␣\(|\.append␣\(|\.push␣\(".replace("␣", r"[ \t]{0,4}")
"""What languages put between two strings to make one of them; some put nothing there but spaces."""
_STRING_PREFIX = r"[bBrRuUfFLN@$]{0,2}"
_BETWEEN = re.compile(
    rf"(?:[ \t]{{1,8}}|[ \t]{{0,8}}(?:\)[ \t]{{0,4}})?(?:{_JOINS})[ \t]{{0,8}}){_STRING_PREFIX}"
)
_IN_LIST = re.compile(rf"[ \t]{{0,8}},[ \t]{{0,8}}{_STRING_PREFIX}")
_LISTS = re.compile(r"\bjoin\b|\bconcat\w{0,8}\b|\bimplode\b")
"""What makes one string of the items of a list."""
_QUICK = re.compile(
    rf"[\"'`](?:[ \t]{{1,8}}|[ \t]{{0,8}}(?:\)[ \t]{{0,4}})?(?:{_JOINS}|,)[ \t]{{0,8}}){_STRING_PREFIX}[\"'`]"
)
_STRING = re.compile(
    r"\"((?:[^\"\\\r\n]|\\.){0,2048})(?:\"|(?=[\r\n]*\Z))|'((?:[^'\\\r\n]|\\.){0,2048})(?:'|(?=[\r\n]*\Z))|"
    r"`((?:[^`\\\r\n]|\\.){0,2048})(?:`|(?=[\r\n]*\Z))"
)
_END = re.compile(rf"[\"'`][ \t]{{0,8}}(?:{_JOINS})?[ \t]{{0,8}}[\\_]?[ \t]{{0,8}}[\r\n]*\Z")
_TAILS = frozenset("\"'`+.&>|~^\\_(")
"""What a line may end with that the next goes on with."""
_BEGIN = re.compile(rf"[ \t]*(?:(?:{_JOINS})[ \t]{{0,8}})?{_STRING_PREFIX}[\"'`](?![\"'`])")
_INNER = r"[ \t]{0,4}([\"'`])((?:[^\"'`\\\r\n{}]|\\.){1,512})\1[ \t]{0,4}\}"
_PUT_IN = re.compile(rf"[$#]\{{{_INNER}")
"""A string within a string, as a shell, JavaScript, Kotlin and Ruby have it (`${"…"}`)."""
_PUT_IN_BARE = re.compile(rf"\{{{_INNER}")
"""The same where the string around it is marked as one that takes them (`f"{'…'}"`, `$"{"…"}"`)."""
_TAKES = re.compile(r"(?:\b[fF][rR]?|\b[rR][fF]|\$@?|@\$)[\"']")
MOST = 1 << 12
"""Code points of a string that is put together of several lines."""


@define(frozen=True, slots=True)
class Joined:
    """A line whose strings in pieces are written as one."""

    text: str
    parts: tuple[tuple[int, int, int], ...]
    """Of the text the code points from, to (exclusive), and where the first of them stands in the line."""

    def back(self, spans: Iterable[Span]) -> Iterator[Span]:
        """Where in the line the spans of the text are: what lies in several pieces is several."""
        for low, high, kind in spans:
            for start, end, column in self.parts:
                if low < end and start < high:
                    yield max(low, start) - start + column, min(high, end) - start + column, kind

    def at(self, column: int) -> int:
        """The place in the text of a column of the line."""
        found = 0
        for start, end, first in self.parts:
            if column >= first:
                found = start + min(column - first, end - start)
        return found


def joined(line: str) -> Joined | None:
    """The line with its strings in pieces as one each; None if it has none."""
    # Counting is cheaper than the pattern: two strings have four quotes, of which the last may be missing.
    if line.count('"') + line.count("'") + line.count("`") < 3:
        return None
    within = _put_in(line) if "{" in line else []
    if within:
        return _without(line, within)
    if _QUICK.search(line) is None:
        return None
    listed = _LISTS.search(line) is not None
    cuts: list[tuple[int, int]] = []
    for one, other in pairwise(_STRING.finditer(line)):
        gap = _BETWEEN.fullmatch(line, one.end(), other.start())
        # In a list that is joined, commas part the pieces.
        if gap is None and listed:
            gap = _IN_LIST.fullmatch(line, one.end(), other.start())
        if gap is not None and one[0] not in ('""', "''", "``"):
            cuts.append((one.end(one.lastindex or 0), other.start(other.lastindex or 0)))
    return _without(line, cuts) if cuts else None


def _put_in(line: str) -> list[tuple[int, int]]:
    """What stands around the strings that are put into others: without it, they are one."""
    takes = _TAKES.search(line)
    cuts: list[tuple[int, int]] = []
    for match in (_PUT_IN if takes is None else _PUT_IN_BARE).finditer(line):
        start = match.start() - (line[match.start() - 1 : match.start()] in ("$", "#") and takes is not None)
        # Outside of any string it is a table or a set.
        if start and (takes is None or takes.end() <= start):
            cuts += [(start, match.start(2)), (match.end(2), match.end())]
    return cuts


def _without(line: str, cuts: list[tuple[int, int]]) -> Joined:
    parts, text, at = [], "", 0
    for low, high in [*cuts, (len(line), len(line))]:
        parts.append((len(text), len(text) + low - at, at))
        text += line[at:low]
        at = high
    return Joined(text, tuple(parts))


def may_lead(line: str) -> bool:
    """Whether a line may end with a piece of a string; quick, for it is asked of every line."""
    return line.rstrip()[-1:] in _TAILS


def end_of_piece(line: str) -> int:
    """Where the string with which a line ends, and which the next may go on with, has its last character; -1 if it
    does not end so."""
    # From the right: the mark stands near the end, and the line may be long.
    end = _END.search(line, max(0, len(line) - 48))
    return end.start() if end is not None else -1


def begin_of_piece(line: str) -> int:
    """Where the text of a string begins that goes on with one of the line above; -1 if none does."""
    begin = _BEGIN.match(line)
    return begin.end() if begin is not None else -1
