"""The secrets of a run of lines, read as one text: what each line says by itself, and what one line begins and the
next goes on with.

A document is read in runs of a few lines. What a run comes to depends on its lines, on what is open where it begins,
and on the line below it; so it is kept, and a keystroke costs the run in which it is typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from attrs import define, evolve

from .chaining import Chain
from .following import (
    ends_in_literal,
    goes_on,
    is_wrapped,
    leads_on,
    literal_after,
    stands_aside,
    value_above,
    value_in,
    wrapped,
)
from .opening import Follows, Open
from .scan import KEY_ENDS, LONG, NOTHING, disjoint, facts_of, plain, plain_lines, says_nothing
from .shapes import Span
from .split import LINES, rests
from .spread import Spread, UnderWay
from .tables import Table, in_row
from .values import random_looking

_RUN = 64
"""Lines that are read and kept together."""
_RUN_TEXT = 1 << 13
"""Code points of a run that is kept; longer ones are data."""
_AROUND = " \t\r\n\"'`+,\\;#*/|&.(){}>"
"""What a language puts around the lines of a string or a comment."""
_MATERIAL = re.compile(r"[A-Za-z0-9+/=_:\-]+")
_HEADER = re.compile(r"[\s\"'#*]*(?:Proc-Type|DEK-Info|Version|Comment|Key-Info|Encryption|Hash|Charset): ?")
_KEY_RUN = re.compile(r"[A-Za-z0-9+/=]{40,}")
_LITERAL = re.compile(r"[\"'`]([^\"'`\s\\]{20,256})[\"'`]")
_MOST_KEY = 400
"""Lines of a private key at most."""
# Names that may wait for their values at once, one inside another; deeper nesting is data.
_MOST_OPEN = 8


class State(NamedTuple):
    """What is under way where a line begins."""

    key_lines: int = 0
    """How many lines a private key that has begun may still go on for."""
    opened: tuple[tuple[Open, int], ...] = ()
    """What is open, the innermost last, each with where the line that opened it stands: above, so negative."""
    beside: int = 0
    """For how many lines the secret beside a key's id may follow."""
    table: Table | None = None
    last: str = ""
    """The secret with which the line above ended."""
    joined: bool = False
    """Whether the line above ends with a secret in quotes that this one may go on with."""
    piece: str = ""
    """What the lines above come to, up to the end of the string with which they end, if this one may go on with it."""
    prefix: str = ""
    """What a key begins with, where that stood in a string of its own above and its rest may follow."""
    prefix_lines: int = 0
    """For how many lines it may."""
    wraps: bool = False
    """Whether a backslash ends the line above behind a secret."""
    spread: UnderWay | None = None
    """The call or the command that goes on here."""


START = State()


def below_heading(line: str) -> State:
    """The state some way below a first line, which may head the table that the lines are rows of."""
    return State(table=facts_of(line).table)


def spans_of_lines(lines: Sequence[str]) -> list[tuple[Span, ...]]:
    """The secrets of each line (with its end or without), the lines being read as one text."""
    return spans_of_block(lines, START)[0]


def spans_of_block(
    lines: Sequence[str], state: State, below: Sequence[str] = ()
) -> tuple[list[tuple[Span, ...]], State]:
    """The secrets of each line of a part of a text, and the state behind it.

    Args:
        state: where the part begins.
        below: the line that follows the part, or `MOST_LINES` of them where a call or a command goes on there (`spread`
            of the state behind the part).
    """
    result: list[tuple[Span, ...]] = []
    ends: list[int] = []
    for first in range(0, len(lines), _RUN):
        run = tuple(lines[first : first + _RUN])
        after = lines[first + _RUN] if first + _RUN < len(lines) else below[0] if below else ""
        # Of most runs every line is known to say nothing of secrets, which is seen without a step for each.
        if state == START and says_nothing(run) and (not after or says_nothing((after,))):
            result += [()] * len(run)
            continue
        read = _read_kept if sum(map(len, run)) + len(after) + len(state.last) <= _RUN_TEXT else _read
        spans, state, rows, above = read(run, state, after)
        result += spans
        ends += [first + row for row in rows]
        _add(result, first, above)
    if state.spread is not None:
        spread = Spread(state.spread)
        for row, line in enumerate(below):
            _add(result, len(lines), spread.read(row, plain(line), begins=False))
    for row in ends:
        _cover_back(lines, row, result)
        if row and result[row - 1]:
            whole = (0, facts_of(lines[row]).ends, "private key")
            result[row] = tuple(disjoint([*result[row], whole]))
    return result, state


def _add(result: list[tuple[Span, ...]], first: int, found: Iterable[tuple[int, tuple[Span, ...]]]) -> None:
    """Add what was found on rows, counted from `first`, as far as they are there."""
    for row, spans in found:
        if 0 <= first + row < len(result):
            result[first + row] = _with(result[first + row], spans)


def _read(
    lines: tuple[str, ...], state: State, below: str
) -> tuple[list[tuple[Span, ...]], State, tuple[int, ...], list[tuple[int, tuple[Span, ...]]]]:
    """Of a run of lines the secrets, the state behind it, the rows at which a key ends that began further up, and
    what was found on rows above it (negative)."""
    lines, below = plain_lines(lines), plain(below)
    result: list[tuple[Span, ...]] = [()] * len(lines)
    ends: list[int] = []
    key_lines, kept_open, beside, table, last, joined, piece, prefix, prefix_lines, wraps, under_way = state
    opened = list(kept_open)
    chain = Chain(piece)
    spread = Spread(under_way)
    wider: list[tuple[int, tuple[Span, ...]]] = []
    for number, line in enumerate(lines):
        facts = facts_of(line)
        if facts is NOTHING and not (
            key_lines
            or opened
            or beside
            or joined
            or wraps
            or last
            or chain.text
            or table is not None
            or prefix
        ):
            # It may be a line of what is under way, and that alone.
            if spread.text:
                wider += spread.read(number, line, begins=False)
            continue
        spans = facts.spans
        if table is not None:
            row = in_row(line, table)
            if row is None:
                table = None
            else:
                spans = _with(spans, row)
        if table is None:
            table = facts.table
        if key_lines:
            covered, key_lines = _key_line(line, key_lines)
            if covered:
                result[number] = covered
                chain.clear()
                # A line of a key says nothing else, whatever it looks like.
                continue
        aside = False
        if opened:
            while opened and not goes_on(line, opened[-1][0], number - opened[-1][1]):
                opened.pop()
            if opened and line.strip():
                spans = _with(spans, value_in(line, opened[-1][0]))
                aside = stands_aside(line, opened[-1][0])
                further = leads_on(line, opened[-1][0])
                # One that speaks for the next line alone is done with it.
                if not opened[-1][0].follows.deeper and not aside:
                    opened.pop()
                if further is not None:
                    opened.append((further, number))
        if wraps:
            spans = _with(spans, wrapped(line))
        if prefix:
            prefix_lines -= 1
            spans = _with(spans, tuple(rests(line, prefix)) if len(line) <= LONG else ())
        if facts.prefix:
            prefix, prefix_lines = facts.prefix, LINES
        elif not prefix_lines:
            prefix = ""
        if joined and not spans:
            spans = _with(spans, literal_after(line))
        for at, found in chain.read(number, line, facts):
            if at == number:
                spans = _with(spans, found)
            else:
                result[at] = _with(result[at], found)
        for at, found in spread.read(number, line, facts.spreads) if facts.spreads or spread.text else ():
            if at == number:
                spans = _with(spans, found)
            else:
                wider.append((at, found))
        # Asked for twice, a password stands on two lines.
        if last and not spans and line.strip() == last:
            spans = ((line.index(last), line.index(last) + len(last), "password"),)
        last = line[spans[-1][0] : spans[-1][1]].strip() if spans else ""
        joined = bool(spans) and ends_in_literal(line, spans[-1][1])
        wraps = bool(spans) and is_wrapped(line, spans[-1][1])
        # The id's line and three more: the secret stands next to it.
        if beside or facts.has_id:
            beside = 3 if facts.has_id else beside - 1
            spans = _beside(line, spans)
        if facts.begins >= 0:
            tail = (facts.begins, len(line.rstrip("\r\n")), "private key")
            # Only where key material follows: the marker alone is code that looks for keys.
            inline = _KEY_RUN.search(line, facts.begins) is not None
            if inline or _is_material(lines[number + 1] if number + 1 < len(lines) else below):
                spans = tuple(disjoint([*spans, tail])) if tail[1] > tail[0] else spans
                key_lines = _MOST_KEY
        elif facts.ends >= 0 and not key_lines:
            ends.append(number)
        if facts.opens is not None and facts.opens.follows is Follows.ENTRY and number:
            result[number - 1] = _with(result[number - 1], value_above(lines[number - 1], line, facts.opens))
        if facts.opens is not None and not aside and len(opened) < _MOST_OPEN:
            # `DbPassword:` may head a description of it, in which its default stands (CloudFormation, OpenAPI).
            if facts.opens.follows is Follows.NEXT and line.rstrip().endswith(":"):
                opened.append((evolve(facts.opens, follows=Follows.DEFAULT), number))
            opened.append((facts.opens, number))
        result[number] = spans
    if below:
        opens = facts_of(below).opens
        if opens is not None and opens.follows is Follows.ENTRY:
            result[-1] = _with(result[-1], value_above(lines[-1], below, opens))
    behind = State(
        key_lines,
        tuple((one, row - len(lines)) for one, row in opened),
        beside,
        table,
        last,
        joined,
        chain.text,
        prefix,
        prefix_lines,
        wraps,
        spread.under_way(len(lines)),
    )
    # What the line below completes stands in part here; what goes on is looked at as it is so far.
    _add(result, 0, (*chain.read(len(lines), below, NOTHING), *wider, *spread.found()))
    return result, behind, tuple(ends), [one for one in wider if one[0] < 0]


_read_kept = lru_cache(maxsize=512)(_read)


def _with(spans: tuple[Span, ...], more: tuple[Span, ...]) -> tuple[Span, ...]:
    return tuple(disjoint([*spans, *more])) if more else spans


def _is_material(line: str) -> bool:
    """Whether a line may be one of a private key: base64, whatever a language puts around a string."""
    if len(line) > LONG:
        return False
    # `\n` and `\r` may be written out at the end of a string, as in JSON.
    body = line.strip(_AROUND).removesuffix("n").removesuffix("r").removesuffix("\\").strip(_AROUND)
    return bool(_HEADER.match(line) or _MATERIAL.fullmatch(body)) or _KEY_RUN.search(line) is not None


def _key_line(line: str, left: int) -> tuple[tuple[Span, ...], int]:
    """A line while a private key goes on: what to cover, and how many lines may follow."""
    size = len(line.rstrip("\r\n"))
    start = len(line) - len(line.lstrip())
    if (end := KEY_ENDS.search(line)) is not None:
        return ((min(start, end.start()), end.end(), "private key"),), 0
    if not line.strip():
        return (), left - 1
    if _HEADER.match(line) or _is_material(line):
        return ((start, size, "private key"),) if size > start else (), left - 1
    return (), 0


def _cover_back(lines: Sequence[str], number: int, result: list[tuple[Span, ...]]) -> None:
    """A key whose first lines are not there: its end says what the lines before it are."""
    for row in range(number - 1, max(-1, number - _MOST_KEY), -1):
        line = lines[row]
        # The last line of a key is short: it alone need not be long enough to be known by itself.
        if not _KEY_RUN.search(line) and not (row == number - 1 and _is_material(line)):
            return
        start, size = len(line) - len(line.lstrip()), len(line.rstrip("\r\n"))
        result[row] = ((start, size, "private key"),)


def _beside(line: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Next to the id of a key, a random literal is the key."""
    found = [
        (*match.span(1), "key beside its id")
        for match in _LITERAL.finditer(line)
        if random_looking(match[1], 20, 3.0) or (len(match[1]) == 32 and match[1].isalnum())
    ]
    return tuple(disjoint([*spans, *found])) if found else spans


@define(frozen=True, slots=True)
class Secret:
    """A key found in a text: code points `start` to `end`, and what kind of key it looks like."""

    start: int
    end: int
    kind: str


def find_secrets(text: str) -> list[Secret]:
    """The keys in `text`, in order; offsets are code points. A key of several lines is a secret a line."""
    from dovetail.text import split_lines

    found, offset = [], 0
    lines = split_lines(text)
    for line, spans in zip(lines, spans_of_lines(lines), strict=True):
        found += [Secret(offset + start, offset + end, kind) for start, end, kind in spans]
        offset += len(line)
    return found
