"""Secrets in columns: a heading (`user,password`, `| Service | API key |`) tells what the lines below it hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from attrs import define

from .shapes import Span
from .telling import telling
from .values import Telling, is_secret

_NAME = re.compile(
    r"[\"'`*_ \t]{0,8}([A-Za-z_\u00c0-\u024f][\w\u00c0-\u024f.\-/#]{0,48}(?: [\w.\-/#()]{1,32}){0,3})[\"'`*_ \t]{0,8}"
)
"""What a column is called: up to four words, perhaps quoted or in bold."""
_CODE = re.compile(
    r"[ \t]*(?:import|from|return|yield|del|print|def|let|var|const|use|using|global|nonlocal|raise|assert|case|if|for|"
    r"with|select|export|type|throw|await|new)\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"[ \t]*(?:>|#|\*|//|--|;)?[ \t]*")
_BAR = re.compile(r"(?<!\\)\|")
_DOUBLE_BAR = re.compile(r"\|\|")
_RULE = re.compile(r"[\s|+:=\-#*>/]*")
_FIELD = re.compile(r"[ \t]*(?:\"((?:[^\"]|\"\"){0,4096})\"|([^,;\t\"\r\n]{0,4096}))[ ]*")
_HTML = re.compile(r"<t[hd]\b[^<>]{0,120}>(?:<\w{1,10}>){0,2}([^<>]{0,512})")
_BETWEEN_HTML = re.compile(r"\s*(?:</?(?:tr|tbody|thead|table)\b[^<>]{0,120}>\s*){1,8}")
_COPY = re.compile(r"\bCOPY[ \t]+[\w.\"]{1,128}[ \t]*\(([^()]{3,2000})\)[ \t]+FROM[ \t]+stdin", re.IGNORECASE)
_INSERT = re.compile(
    r"\binsert[ \t]+(?:\w{1,12}[ \t]+)?into[ \t]+[\w.\"`\[\]]{1,128}[ \t]*\(([^()]{3,2000})\)[ \t]*+(?:values[ \t]*+)?"
    r"[\r\n]*+\Z",
    re.IGNORECASE,
)
_ARGUMENTS = re.compile(r"\(?[\"']((?:\w{1,48}, ?){1,11}\w{1,48})[\"'],[ \t]*\[?[ \t]*[\r\n]*\Z")
_QUOTED_NAMES = re.compile(
    r"[ \t]*[(\[]((?:[\"'][\w \-]{1,48}[\"'], ?){1,11}[\"'][\w \-]{1,48}[\"']),?[)\]],?[ \t]*[\r\n]*\Z"
)
_TUPLE = re.compile(r"'((?:[^'\\\n]|\\.){0,4096})'|\"((?:[^\"\\\n]|\\.){0,4096})\"|([(\[])|(,)")
_BEFORE_TUPLES = re.compile(r"[ \t]*+(?:(?:[\[(]|values)[ \t]*+)?[\r\n]*+\Z", re.IGNORECASE)
_OF_TUPLES = re.compile(r"[ \t]*(?:values[ \t]*|pytest\.param)?[(\[]", re.IGNORECASE)
_SEPARATORS = ",;\t"
_MOST_LINE = 1 << 13
"""Code points of a line of a table."""
Cell = tuple[int, int]


@define(frozen=True, slots=True)
class Table:
    """What a heading says of the lines below it."""

    sign: str
    """What parts its columns; "(" for tuples of literals, "<" for rows of HTML."""
    width: int
    """How many columns there are."""
    columns: tuple[tuple[int, Telling], ...]
    """Those with telling names."""


def signs_in(line: str) -> list[str]:
    """What of the signs that part columns stands in a line."""
    return [sign for sign in "|,;\t(<" if sign in line]


def table_of(line: str) -> Table | None:
    """What the line says of those below it, if it is the heading of a table in which a column has a telling name."""
    if len(line) > _MOST_LINE:
        return None
    if "|" in line:
        found = _headed("|", line, _bars(line))
        if found is not None:
            return found
    if "<t" in line:
        return _headed("<", line, [match.span(1) for match in _HTML.finditer(line)])
    # What SQL and parametrised tests say by their syntax is told before what only looks like columns.
    for pattern, sign in ((_COPY, "\t"), (_INSERT, "("), (_ARGUMENTS, "("), (_QUOTED_NAMES, "(")):
        if (match := pattern.search(line)) is not None:
            return _of_names(sign, match[1].split(","))
    # `import a, token` is no heading.
    if _CODE.match(line):
        return None
    for sign in _SEPARATORS:
        if sign in line and (found := _headed(sign, line, _fields(line, sign))) is not None:
            return found
    return None


def _headed(sign: str, line: str, cells: Sequence[Cell]) -> Table | None:
    return _of_names(sign, [line[start:end] for start, end in cells])


def _of_names(sign: str, names: Sequence[str]) -> Table | None:
    # One column is no table, and hundreds are data.
    if not 2 <= len(names) <= 64:
        return None
    columns = []
    for number, name in enumerate(names):
        match = _NAME.fullmatch(name.strip(" \t\r\n`[]"))
        # One cell that is no name, and the line is a row or prose: no heading at all.
        if match is None:
            return None
        if (kind := telling(match[1].replace(" ", "_"))) is not None:
            columns.append((number, kind))
    return Table(sign, len(names), tuple(columns)) if columns else None


def in_row(line: str, table: Table) -> tuple[Span, ...] | None:
    """The secrets of a line of the table; None where the table is over."""
    cells = _row(line, table)
    if cells is None:
        return None
    kinds = dict(table.columns)
    found = []
    for number, (low, high) in cells:
        start, end = _bare(line, low, high)
        if (
            (kind := kinds.get(number)) is not None
            and start < end
            and is_secret(line[start:end], kind, quoted=True)
        ):
            found.append((start, end, kind.value))
    return tuple(found)


def cell_at(line: str, column: int, table: Table) -> Span | None:
    """The value in which the user types, if its column has the name of a secret."""
    kinds = dict(table.columns)
    for number, (low, high) in _row(line, table) or ():
        kind = kinds.get(number)
        if kind is None or kind in (Telling.WEAK, Telling.NAMED):
            continue
        start, end = _bare(line, low, high)
        if start <= column <= end and start < end:
            return start, end, kind.value
    return None


def _row(line: str, table: Table) -> Sequence[tuple[int, Cell]] | None:
    """The cells of a row with their columns; none of a line between rows; None where the table is over."""
    if len(line) > _MOST_LINE:
        return None
    # Tuples may begin below the heading, on lines of their own; any other line ends the table.
    if table.sign == "(":
        if _BEFORE_TUPLES.match(line):
            return ()
        return _tuples(line) if _OF_TUPLES.match(line) else None
    if table.sign == "<":
        cells = [match.span(1) for match in _HTML.finditer(line)]
        if not cells:
            return () if _BETWEEN_HTML.fullmatch(line) else None
    elif table.sign == "|":
        if _RULE.fullmatch(line):
            return ()
        cells = _bars(line)
    else:
        cells = _fields(line, table.sign)
    return tuple(enumerate(cells)) if len(cells) == table.width else None


def _bars(line: str) -> list[Cell]:
    begins = _COMMENT.match(line).end()  # type: ignore[union-attr]
    ends = len(line.rstrip())
    if ends <= begins:
        return []
    # Confluence's headings have two bars.
    double = line.startswith("||", begins)
    bars = [match.span() for match in (_DOUBLE_BAR if double else _BAR).finditer(line, begins, ends)]
    if not bars:
        return []
    edges = [(begins, begins), *bars, (ends, ends)]
    cells = [(low, high) for (_, low), (high, _) in pairwise(edges)]
    if line[begins : begins + 1] == "|":
        cells = cells[1:]
    # A bar at the end closes the last cell; without it what is empty is a cell of its own.
    if cells and not line[cells[-1][0] : cells[-1][1]].strip():
        cells = cells[:-1] if line[ends - 1] == "|" else cells
    return cells


def _fields(line: str, sign: str) -> list[Cell]:
    cells: list[Cell] = []
    at, ends = 0, len(line.rstrip("\r\n"))
    while True:
        match = _FIELD.match(line, at, ends)
        if match is None or len(cells) > 64:
            return []
        cells.append(match.span(match.lastindex or 2))
        at = match.end()
        if at >= ends:
            return cells
        if line[at] != sign:
            return []
        at += 1


def _tuples(line: str) -> list[tuple[int, Cell]]:
    """The literals of each tuple of a line, with their columns."""
    cells = []
    column = 0
    for match in _TUPLE.finditer(line):
        if match[3]:
            column = 0
        elif match[4]:
            column += 1
        else:
            cells.append((column, match.span(match.lastindex or 0)))
    return cells


def _bare(line: str, start: int, end: int) -> Cell:
    """A cell without the spaces and marks around its value."""
    marks = " \t`\"'*"
    while start < end and line[start] in marks:
        start += 1
    while end > start and line[end - 1] in marks:
        end -= 1
    return start, end


# Names and values side by side -------------------------------------------------------------------------------------

_PAIRS = re.compile(
    r"(?<![\w.])[(\[]?((?:[$@]?\w{1,48}[ \t]{0,2},[ \t]{0,2}){1,7}[$@]?\w{1,48})[)\]]?[ \t]{0,4}:?=(?![=>])[ \t]{0,4}"
)
_OF_WORDS = re.compile(
    r"(?:%[wWiI]|qw[ \t]?)[\[({<|/!]([^\])}>|/!\n]{0,2000})|[\"']([^\"'\n]{0,2000})[\"']\.split\(\)"
)
_LIST_OF_WORDS = re.compile(
    r"\b([A-Za-z_$@][\w$]{0,60}[sS])[ \t]{0,4}=>?[ \t]{0,4}(?:%[wW]|qw[ \t]?)[\[({<|/!]([^\])}>|/!\n]{0,2000})"
)
_WORD = re.compile(r"[^\s]{1,512}")
_LITERALS = re.compile(r"'((?:[^'\\\n]|\\.){0,512})'|\"((?:[^\"\\\n]|\\.){0,512})\"|`([^`\n]{0,512})`")
_BEGINS_LITERALS = re.compile(
    r"(?:Pair|Triple|tuple|std::make_pair)?[(\[{]{0,2}[ \t]{0,2}[bBrRuUfF@$]{0,2}[\"'`]"
)
_VALUE_FIRST = re.compile(
    r"[\"']?value[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']([^\"'\n]{4,512})[\"'][ \t]{0,4},[ \t]{0,4}"
    r"[\"']?(?:key|name|id|field)[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']([\w.\- ]{2,64})[\"']",
    re.IGNORECASE,
)


def side_by_side(line: str) -> Iterator[Span]:
    """Values whose names stand apart from them in the line: `user, password = "…", "…"`, `%w[…]`, a value before its
    name."""
    if "value" in line.lower():
        for match in _VALUE_FIRST.finditer(line):
            kind = telling(match[2].replace(" ", "_"))
            if kind is not None and is_secret(match[1], kind, quoted=True):
                yield *match.span(1), kind.value
    if "=" not in line:
        return
    if (several := _LIST_OF_WORDS.search(line)) is not None:
        kind = telling(several[1])
        for word in _WORD.finditer(line, several.start(2), several.end(2)) if kind is not None else ():
            if is_secret(word[0], kind, quoted=True):  # type: ignore[arg-type]
                yield *word.span(), kind.value  # type: ignore[union-attr]
    if "," not in line:
        return
    for match in _PAIRS.finditer(line):
        kinds = [telling(name.strip(" \t$@")) for name in match[1].split(",")]
        if not any(kinds):
            continue
        words = _OF_WORDS.match(line, match.end())
        if words is not None:
            group = words.lastindex or 0
            values = [one.span() for one in _WORD.finditer(line, *words.span(group))]
        elif not _BEGINS_LITERALS.match(line, match.end()):
            continue  # a call, whose arguments are no values of these names
        else:
            values = [one.span(one.lastindex or 0) for one in _LITERALS.finditer(line, match.end())]
        # Names and values are paired by their number; with others missing each could be another's.
        if len(values) != len(kinds):
            continue
        for kind, (start, end) in zip(kinds, values, strict=True):
            if kind is not None and is_secret(line[start:end], kind, quoted=True):
                yield start, end, kind.value
