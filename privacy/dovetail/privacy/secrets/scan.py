"""What a line says of secrets by itself. It is looked at once: its findings are kept by its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from attrs import define

from .calls import keys_given
from .commands import in_commands
from .comments import named_by_comment
from .following import joined_to
from .names import Value, data_of_secret, values
from .opening import Open
from .pieces import end_of_piece, joined, may_lead
from .places import placed_in
from .shapes import MARKS, RUN, Span, known_shapes
from .split import prefix_in, rests
from .spread import may_spread
from .tables import Table, side_by_side, table_of
from .telling import QUICK
from .values import is_secret

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
KEY_ENDS = re.compile(r"-----END (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----")
_PUTTY = re.compile(r"PuTTY-User-Key-File-|Private-Lines: [0-9]{1,4}")
_ID = re.compile(r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|AC[0-9a-f]{32}|SK[0-9a-f]{32})\b")
_ID_SIGNS = ("AKIA", "ASIA", "AC", "SK")
"""What it begins with: to look for these costs a tenth of what the pattern does."""
LONG = 1 << 14
_SPACES = "\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\u200b\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_WIDE = {ord(wide): ord(sign) for wide, sign in zip("：＝“”„‘’＂＇", ':="""\'\'"\'', strict=True)}
_WIDE |= {ord(space): ord(" ") for space in _SPACES}
"""Signs as they are written beside Chinese and Japanese or come out of a word processor, and whitespace but spaces and
tabs, with what stands for them elsewhere: in as many code points."""
_ODD = re.compile(r"[\v\f\x1c-\x1f]")
_STEP = LONG - 2048
"""A line longer than `LONG` code points is looked at in overlapping parts."""
_KEPT = 1 << 14
_MOST_TEXT = 1 << 24
"""Lines and code points of them whose facts are kept."""


@define(frozen=True, slots=True)
class Facts:
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
    prefix: str = ""
    """The string in it that is nothing but what keys begin with."""
    leads: bool = False
    """Whether it ends with what may be a piece of a secret."""
    spreads: bool = False
    """Whether a call or a command begins in it that may have a secret on the lines below."""


NOTHING = Facts()
"""What most lines say."""
_known: dict[str, Facts] = {}
_silent: set[str] = set()
"""Those of the known lines that say nothing: most, and of a run of lines it is asked whether all are."""
_held = 0


def facts_of(line: str) -> Facts:
    """What a line says."""
    global _held
    known = _known.get(line)
    if known is None:
        _held += len(line)
        if len(_known) >= _KEPT or _held > _MOST_TEXT:
            _known.clear()
            _silent.clear()
            _held = len(line)
        known = _known[line] = _look(line)
        if known is NOTHING:
            _silent.add(line)
    return known


def says_nothing(lines: Iterable[str]) -> bool:
    """Whether of every line it is known already that it says nothing."""
    return _silent.issuperset(lines)


def plain_lines(lines: tuple[str, ...]) -> tuple[str, ...]:
    """As `plain`, for several."""
    whole = "".join(lines)
    return lines if whole.isascii() and _ODD.search(whole) is None else tuple(map(plain, lines))


def plain(line: str) -> str:
    """The line with the signs that stand between a name and its value as code has them. Places in it hold."""
    return line if line.isascii() and _ODD.search(line) is None else line.translate(_WIDE)


def _look(line: str) -> Facts:
    line = plain(line)
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
    placed = placed_in(lower)
    key = "-----" in line or "PuTTY" in line or "Private-Lines" in line
    leads = (
        may_lead(line)
        and end_of_piece(line) >= 0
        and (marked or named or placed is not None or MARKS.search(line[-LONG:]) is not None)
    )
    # Pieces too short to say anything may come to a key.
    whole = joined(line) if len(line) <= LONG else None
    prefix = prefix_in(line) if len(line) <= LONG else None
    spreads = len(line) <= LONG and may_spread(line, named or placed is not None)
    if not (marked or named or placed or key or whole is not None or prefix is not None):
        quiet = data is None and not leads and not spreads
        return NOTHING if quiet else Facts(opens=data, leads=leads, spreads=spreads)
    # Longer lines are data: they are looked at by bounded patterns alone.
    if len(line) > LONG:
        return Facts(_long(line))
    spans: list[Span] = []
    if whole is not None:
        spans += whole.back(facts_of(whole.text).spans)
    if prefix is not None:
        spans += rests(line, prefix[1], prefix.end())
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
        spans += named_by_comment(line, lower)
    if named or placed:
        spans += in_commands(line, lower, placed)
    begins = ends = -1
    if key:
        for match in _BEGIN.finditer(line):
            end = KEY_ENDS.search(line, match.end())
            if end is not None:
                spans.append((match.start(), end.end(), "private key"))
            else:
                begins = match.start()
        # The end of a key whose beginning stands on a line above.
        if begins < 0 and (last := KEY_ENDS.search(line)) is not None and not spans:
            ends = last.end()
        if _PUTTY.search(line) and "Private-Lines" in line:
            # A PuTTY key begins behind its heading, which says only how many lines follow.
            begins = len(line.rstrip("\r\n"))
    has_id = any(sign in line for sign in _ID_SIGNS) and _ID.search(line) is not None
    table = table_of(line) if named else None
    begun = prefix[1] if prefix is not None else ""
    facts = Facts(tuple(disjoint(spans)), opens, begins, ends, has_id, table, begun, leads, spreads)
    return NOTHING if facts == NOTHING else facts


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
        part = line[start : start + LONG]
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
