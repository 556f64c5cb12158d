"""The secrets of a run of lines: what each line says by itself, and what spans lines.

A line is looked at once (its findings are kept by its text); a second pass follows what one line begins and the next
goes on with: a private key, a value on the line below its name, a block of YAML, the secret beside a key's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from attrs import define, evolve

from .calls import keys_given
from .commands import in_commands
from .following import ends_in_literal, goes_on, joined_to, literal_after, stands_aside, value_above, value_in
from .names import Value, data_of_secret, values
from .opening import Follows, Open
from .places import PLACED
from .shapes import MARKS, RUN, Span, known_shapes, prefix_at
from .tables import Table, cell_at, in_row, side_by_side, signs_in, table_of
from .telling import QUICK
from .values import Telling, is_secret, random_looking

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_PUTTY = re.compile(r"PuTTY-User-Key-File-|Private-Lines: [0-9]{1,4}")
_AROUND = " \t\r\n\"'`+,\\;#*/|&.(){}>"
"""What a language puts around the lines of a string or a comment."""
_MATERIAL = re.compile(r"[A-Za-z0-9+/=_:\-]+")
_HEADER = re.compile(r"[\s\"'#*]*(?:Proc-Type|DEK-Info|Version|Comment|Key-Info|Encryption|Hash|Charset): ?")
_RUN = re.compile(r"[A-Za-z0-9+/=]{40,}")
_ID = re.compile(r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|AC[0-9a-f]{32}|SK[0-9a-f]{32})\b")
_LITERAL = re.compile(r"[\"'`]([^\"'`\s\\]{20,256})[\"'`]")
_MOST_KEY = 400
"""Lines of a private key at most."""
# Names that may wait for their values at once, one inside another; deeper nesting is data.
_MOST_OPEN = 8
_LONG = 1 << 14
_STEP = _LONG - 2048
"""A line longer than `_LONG` code points is looked at in overlapping parts."""
_KEPT = 1 << 14
_MOST_TEXT = 1 << 24
"""Lines and code points of them whose facts are kept."""


@define(frozen=True, slots=True)
class Secret:
    """A key found in a text: code points `start` to `end`, and what kind of key it looks like."""

    start: int
    end: int
    kind: str


@define(frozen=True, slots=True)
class _Facts:
    """What a line says by itself."""

    spans: tuple[Span, ...] = ()
    opens: Open | None = None
    begins: int = -1
    """Where a private key begins that does not end in this line; -1 if none does."""
    ends: int = -1
    """Where the end of a private key ends that did not begin in this line."""
    has_id: bool = False
    table: Table | None = None
    """What it says of the lines below, if it is the heading of a table."""


_NONE = _Facts()
_known: dict[str, _Facts] = {}
_held = 0


def _facts(line: str) -> _Facts:
    global _held
    known = _known.get(line)
    if known is None:
        _held += len(line)
        if len(_known) >= _KEPT or _held > _MOST_TEXT:
            _known.clear()
            _held = len(line)
        known = _known[line] = _look(line)
    return known


def _look(line: str) -> _Facts:
    lower = line.lower()
    data = data_of_secret(line) if "data:" in lower else None
    named = QUICK.search(lower) is not None
    # Cheap signs first, for this is done for every line of every file that is read, and most have none.
    marked = (
        RUN.search(line) is not None
        or ("://" in line and "@" in line)
        or "basic" in lower
        or "bearer" in lower
    )
    placed = PLACED.search(lower) is not None
    key = "-----" in line or "PuTTY" in line or "Private-Lines" in line
    if not (marked or named or placed or key):
        return _NONE if data is None else _Facts(opens=data)
    # Longer lines are data: they are looked at by bounded patterns alone.
    if len(line) > _LONG:
        return _Facts(_long(line))
    spans: list[Span] = []
    opens = data
    if marked:
        spans += known_shapes(line)
        spans += ((start, end, "key given to a function") for start, end in keys_given(line))
    if named:
        found, opened = values(line)
        opens = opened or opens
        behind_names = [span for value in found if (span := _judged(line, value))]
        spans += behind_names
        spans += (more for span in behind_names for more in joined_to(line, span[1]))
        spans += side_by_side(line)
    if named or placed:
        spans += in_commands(line, lower)
    begins = ends = -1
    if key:
        for match in _BEGIN.finditer(line):
            end = _END.search(line, match.end())
            if end is not None:
                spans.append((match.start(), end.end(), "private key"))
            else:
                begins = match.start()
        # The end of a key whose beginning stands on a line above.
        if begins < 0 and (last := _END.search(line)) is not None and not spans:
            ends = last.end()
        if _PUTTY.search(line) and "Private-Lines" in line:
            # A PuTTY key begins behind its heading, which says only how many lines follow.
            begins = len(line.rstrip("\r\n"))
    has_id = _ID.search(line) is not None
    table = table_of(line) if named else None
    facts = _Facts(tuple(disjoint(spans)), opens, begins, ends, has_id, table)
    return _NONE if facts == _NONE else facts


def _judged(line: str, value: Value) -> Span | None:
    text = line[value.start : value.end]
    kept = text.strip()
    if not value.quoted:
        # Without quotes the comma or semicolon belongs to the language.
        kept = kept.rstrip(",;")
    if not kept:
        return None
    start = value.start + text.index(kept)
    if not is_secret(kept, value.telling, quoted=value.quoted):
        return None
    return start, start + len(kept), value.telling.value


def _long(line: str) -> tuple[Span, ...]:
    """A long line in parts that overlap, so that what stands on a border is found in one of them."""
    spans: list[Span] = []
    for start in range(0, len(line), _STEP):
        part = line[start : start + _LONG]
        spans += ((start + low, start + high, kind) for low, high, kind in _look(part).spans)
    return tuple(disjoint(spans))


def disjoint(spans: list[Span]) -> Iterator[Span]:
    """The spans in order, without overlaps: what lies over an earlier one goes on behind it."""
    end = 0
    # At one start the longest first, so that a part of a secret never hides the rest of it.
    for low, high, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if low >= end:
            yield low, high, kind
        elif high > end:
            yield end, high, kind
        end = max(end, high)


def spans_of_lines(lines: Sequence[str], head: str = "") -> list[tuple[Span, ...]]:
    """The secrets of each line (with its end or without), the lines being read as one text.

    Args:
        head: the first line of the text, where these do not begin with it: the heading of the table that they may be.
    """
    result: list[tuple[Span, ...]] = [()] * len(lines)
    # Of most blocks every line is known to say nothing of secrets, which is seen without a step for each.
    if all(facts is _NONE for facts in map(_known.get, lines)):
        return result
    key_lines = 0
    opened: list[tuple[Open, int]] = []  # what is open, the innermost last, each with the line that opened it
    beside = 0
    table = _facts(head).table if head else None
    last = ""  # the secret with which the line above ended
    joined = False  # whether the last line ends with a secret in quotes that the next one may go on with
    for number, line in enumerate(lines):
        facts = _known.get(line) or _facts(line)
        if (
            facts is _NONE
            and not key_lines
            and not opened
            and not beside
            and not joined
            and not last
            and table is None
        ):
            last = ""
            continue
        # What the line says by itself, then what its place in a table, a key or a block adds.
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
                # A line of a key says nothing else, whatever it looks like.
                continue
        aside = False
        if opened:
            while opened and not goes_on(line, opened[-1][0], number - opened[-1][1]):
                opened.pop()
            if opened and line.strip():
                spans = _with(spans, value_in(line, opened[-1][0]))
                aside = stands_aside(line, opened[-1][0])
                # One that speaks for the next line alone is done with it.
                if not opened[-1][0].follows.deeper and not aside:
                    opened.pop()
        if joined and not spans:
            spans = _with(spans, literal_after(line))
        # Asked for twice, a password stands on two lines.
        if last and not spans and line.strip() == last:
            spans = ((line.index(last), line.index(last) + len(last), "password"),)
        last = line[spans[-1][0] : spans[-1][1]].strip() if spans else ""
        joined = bool(spans) and ends_in_literal(line, spans[-1][1])
        # The id's line and three more: the secret stands next to it.
        if beside or facts.has_id:
            beside = 3 if facts.has_id else beside - 1
            spans = _beside(line, spans)
        if facts.begins >= 0:
            tail = (facts.begins, len(line.rstrip("\r\n")), "private key")
            # Only where key material follows: the marker alone is code that looks for keys.
            inline = _RUN.search(line, facts.begins) is not None
            if inline or (number + 1 < len(lines) and _is_material(lines[number + 1])):
                spans = tuple(disjoint([*spans, tail])) if tail[1] > tail[0] else spans
                key_lines = _MOST_KEY
        elif facts.ends >= 0 and not key_lines:
            _cover_back(lines, number, result)
            spans = tuple(disjoint([*spans, (0, facts.ends, "private key")])) if result[number - 1] else spans
        if facts.opens is not None and facts.opens.follows is Follows.ENTRY and number:
            result[number - 1] = _with(result[number - 1], value_above(lines[number - 1], line, facts.opens))
        if facts.opens is not None and not aside and len(opened) < _MOST_OPEN:
            # `DbPassword:` may head a description of it, in which its default stands (CloudFormation, OpenAPI).
            if facts.opens.follows is Follows.NEXT and line.rstrip().endswith(":"):
                opened.append((evolve(facts.opens, follows=Follows.DEFAULT), number))
            opened.append((facts.opens, number))
        result[number] = spans
    return result


def _with(spans: tuple[Span, ...], more: tuple[Span, ...]) -> tuple[Span, ...]:
    return tuple(disjoint([*spans, *more])) if more else spans


def _is_material(line: str) -> bool:
    """Whether a line may be one of a private key: base64, whatever a language puts around a string."""
    if len(line) > _LONG:
        return False
    # `\n` and `\r` may be written out at the end of a string, as in JSON.
    body = line.strip(_AROUND).removesuffix("n").removesuffix("r").removesuffix("\\").strip(_AROUND)
    return bool(_HEADER.match(line) or _MATERIAL.fullmatch(body)) or _RUN.search(line) is not None


def _key_line(line: str, left: int) -> tuple[tuple[Span, ...], int]:
    """A line while a private key goes on: what to cover, and how many lines may follow."""
    size = len(line.rstrip("\r\n"))
    start = len(line) - len(line.lstrip())
    if (end := _END.search(line)) is not None:
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
        if not _RUN.search(line) and not (row == number - 1 and _is_material(line)):
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


def spans_of_line_at(
    line: str, column: int, spans: tuple[Span, ...], table: Table | None = None
) -> tuple[Span, ...]:
    """The secrets of the line in which the user types at `column`; `spans` are those of the line as it stands.

    What is being typed is not complete, so there a value behind a telling name counts from its first character
    on, and so does the body of a token of known prefix, and what stands in a column of secrets of `table`.
    """
    extra: list[Span] = []
    if table is not None and (typed_cell := cell_at(line, column, table)) is not None:
        extra.append(typed_cell)
    # A line of data is not judged by what is being typed in it.
    lower = line.lower() if len(line) <= _LONG else ""
    if QUICK.search(lower) or PLACED.search(lower) or MARKS.search(line[:_LONG] if lower else ""):
        extra += in_commands(line, lower, column)
        if (span := prefix_at(line, column)) is not None:
            extra.append(span)
        for value in values(line)[0]:
            # What is typed counts from its first character; the judgement by shape would come only with the
            # last.
            typed = value.near and value.start <= column <= value.end
            if typed and value.telling is Telling.WEAK:
                if random_looking(line[value.start : value.end], 10, 2.8):
                    extra.append((value.start, value.end, value.telling.value))
                continue
            if (
                typed
                and value.telling is not Telling.NAMED
                and (value.quoted or _dense(line[value.start : value.end]))
            ):
                extra.append((value.start, value.end, value.telling.value))
    return tuple(disjoint([*spans, *extra])) if extra else spans


def heads_table(line: str) -> bool:
    """Whether a line is the heading of a table that has a column of secrets."""
    return _facts(line).table is not None


def table_above(line: str, lines: Sequence[str]) -> Table | None:
    """The table in which `line` may be a row, by the lines above it."""
    signs = signs_in(line)
    if not signs:
        return None
    # Only as far up as every line may be a row of the same table.
    first = len(lines)
    while first and any(sign in lines[first - 1] for sign in signs):
        first -= 1
    table: Table | None = None
    for above in lines[first:]:
        if table is not None and in_row(above, table) is None:
            table = None
        if table is None:
            table = _facts(above).table
    return table


def _dense(text: str) -> bool:
    return len(text) >= 8 and any(character.isdigit() for character in text)


def find_secrets(text: str) -> list[Secret]:
    """The keys in `text`, in order; offsets are code points. A key of several lines is a secret a line."""
    from dovetail.text import split_lines

    found, offset = [], 0
    lines = split_lines(text)
    for line, spans in zip(lines, spans_of_lines(lines), strict=True):
        found += [Secret(offset + start, offset + end, kind) for start, end, kind in spans]
        offset += len(line)
    return found
