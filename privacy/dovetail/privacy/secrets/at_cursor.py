"""The secrets of the line in which somebody types: what is being typed is one from its first character on."""

from __future__ import annotations

from collections.abc import Sequence

from .commands import in_commands
from .names import values
from .pieces import joined
from .places import placed_in
from .scan import LONG, disjoint, facts_of, plain
from .shapes import MARKS, Span, prefix_at
from .spread import MOST_LINES, Spread, may_go_on
from .tables import Table, cell_at, in_row, signs_in
from .telling import QUICK
from .values import Telling, random_looking


def spans_of_line_at(
    line: str, column: int, spans: tuple[Span, ...], above: Sequence[str] = ()
) -> tuple[Span, ...]:
    """The secrets of the line in which the user types at `column`; `spans` are those of the line as it stands.

    What is being typed is not complete, so there a value behind a telling name counts from its first character
    on, and so does the body of a token of known prefix, what stands in a column of secrets of a table, and an argument
    of a call or a command that the lines `above` begin.
    """
    line = plain(line)
    extra: list[Span] = []
    table = _table(line, above)
    if above and may_go_on(above[-1]):
        extra += _spread(above).typed(line, column)
    whole = joined(line) if len(line) <= LONG else None
    if whole is not None:
        extra += whole.back(spans_of_line_at(whole.text, whole.at(column), ()))
    if table is not None and (typed_cell := cell_at(line, column, table)) is not None:
        extra.append(typed_cell)
    # A line of data is not judged by what is being typed in it.
    lower = line.lower() if len(line) <= LONG else ""
    placed = placed_in(lower)
    if placed or QUICK.search(lower) or MARKS.search(line[:LONG] if lower else ""):
        extra += in_commands(line, lower, placed, column)
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


def _table(line: str, lines: Sequence[str]) -> Table | None:
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
            table = facts_of(above).table
    return table


def _spread(lines: Sequence[str]) -> Spread:
    """The call or the command under way behind the lines."""
    spread = Spread(seeks=False)
    for row, line in enumerate(lines[-MOST_LINES:]):
        text = plain(line)
        for _ in spread.read(row, text, facts_of(text).spreads):
            pass  # nothing is found, for nothing is sought; to be read it must be asked
    return spread


def _dense(text: str) -> bool:
    return len(text) >= 8 and any(character.isdigit() for character in text)
