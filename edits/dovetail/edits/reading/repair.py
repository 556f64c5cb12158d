"""Readings of a hunk that undo what happened to its text on the way here.

Each undoes one kind of damage to all lines of the hunk alike, and each is tried only where the text as
written is found nowhere. What it makes of the quoted lines has to be found in the file character by
character; that is the proof that the damage was there. Where the added lines do not show the same damage
throughout, what they should be cannot be told, and the reading is not offered.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum

from attrs import define

from ..live import LiveText, indent_of
from ..model import ADD, KEEP, Reading, Tagged
from .gutter import number_of, numbered_from, without_numbers


class Damage(StrEnum):
    """What may have happened to the lines of a reply, in words for a person."""

    ENTITIES = "HTML entities were turned back into characters"
    QUOTES = "typographic quotes and spaces were turned back into plain ones"
    NUMBERS = "line numbers in front of the lines were dropped"
    LITERAL_TABS = "\\t at the start of lines was turned back into tabs"
    TABS = "the indentation was turned back into the file's tabs"
    BLANKS = "the indentation was turned back into that of the file"
    TRAILING = "spaces at the ends of lines were left aside"
    FIRST = "the indentation that the first line lost was taken from the file"


@define(frozen=True, slots=True)
class Repaired:
    """A reading, and what it undoes."""

    reading: Reading
    damage: Damage


_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|apos|nbsp|#39|#34|#x27|#x22|#60|#62|#38);")
_PLAIN = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
     "\u00a0": " ", "\u2011": "-"}
)  # fmt: skip
_CURLY = re.compile("[\u2018\u2019\u201a\u201c\u201d\u201e\u00a0\u2011]")
_OPEN_STRINGS = ("`", '"""', "'''", "<<")
_LITERAL = re.compile(r"^(?:\\t)+")


def has_entities(line: str) -> bool:
    return "&" in line and bool(_ENTITY.search(line))


def may_be_escaped(lines: Sequence[str]) -> bool:
    """Whether escaping on the way may have put the entities of these lines there: an escaped quote beside a plain
    one of its kind was written so, and so was an escaped apostrophe in a string between plain quotes."""
    found = {match[0] for line in lines for match in _ENTITY.finditer(line)}
    quotes = {"&quot;", "&#34;", "&#x22;", "&apos;", "&#39;", "&#x27;"}
    return bool(found - quotes) or not any(mark in line for line in lines for mark in "\"'")


def has_curly(line: str) -> bool:
    return not line.isascii() and bool(_CURLY.search(line))


def has_literal_tabs(line: str) -> bool:
    return line.startswith("\\t")


def uniformly_escaped(lines: Sequence[str]) -> bool:
    """Whether no line holds a character that escaping would have replaced."""
    return not any(re.search(r"[<>]|&(?!(?:\w+|#\d+|#x[0-9a-fA-F]+);)", line) for line in lines)


def repaired_readings(reading: Reading, live: LiveText) -> Iterator[Repaired]:
    """The readings that undo one kind of damage, where there is a sign of it."""
    # What was escaped was escaped everywhere. A line with a bare `<` beside an entity shows that it was not.
    quoted, every = reading.old, [text for _, text in reading.lines]
    if any(map(has_entities, quoted)) and uniformly_escaped(every):
        yield _mapped(reading, html.unescape, Damage.ENTITIES)
    if any(map(has_curly, every)):
        yield _mapped(reading, lambda line: line.translate(_PLAIN), Damage.QUOTES)
    if any(map(has_literal_tabs, quoted)):
        yield _mapped(reading, _tabs, Damage.LITERAL_TABS)
    numbered = _without_numbers(reading)
    if numbered:
        yield Repaired(numbered, Damage.NUMBERS)
    yield from _reindented(reading, live)
    first = _first_line(reading, live)
    if first:
        yield Repaired(first, Damage.FIRST)


# On added lines as well: the damage came on the way, and the same line may be on both sides.
def _mapped(reading: Reading, function: Callable[[str], str], damage: Damage) -> Repaired:
    lines = tuple((tag, function(text)) for tag, text in reading.lines)
    return Repaired(Reading(lines, _words(reading, damage)), damage)


def _words(reading: Reading, damage: Damage) -> str:
    return f"{reading.repaired}; {damage.value}" if reading.repaired else damage.value


# Two characters (backslash and `t`) for each tab.
def _tabs(line: str) -> str:
    found = _LITERAL.match(line)
    return "\t" * (found.end() // 2) + line[found.end() :] if found else line


def without_line_numbers(lines: Sequence[str]) -> list[str] | None:
    """The lines without the numbers in front, where all have one, counting from 1 by one; None otherwise."""
    if len(lines) < 2 or numbered_from(lines) != 1:
        return None
    return without_numbers(lines)


def _without_numbers(reading: Reading) -> Reading | None:
    """The lines without the numbers in front, where all quoted lines have one and they count up by one."""
    if numbered_from(reading.old) is None:
        return None
    added = [text for tag, text in reading.lines if tag == ADD]
    # Added lines either all carry numbers, or none does.
    marked = [number_of(text) is not None for text in added if text.strip()]
    if any(marked) and not all(marked):
        return None
    numbered = [text for tag, text in reading.lines if tag != ADD or (any(marked) and text.strip())]
    bare = iter(without_numbers(numbered) or ())
    lines = tuple(
        (tag, text if tag == ADD and not (any(marked) and text.strip()) else next(bare))
        for tag, text in reading.lines
    )
    return Reading(lines, _words(reading, Damage.NUMBERS))


def _reindented(reading: Reading, live: LiveText) -> Iterator[Repaired]:
    """Tabs for spaces and the other way round, where one width explains every quoted line."""
    indents = [indent_of(text) for _, text in reading.lines if text.strip()]
    if not any(indents):
        # The file says which width is right: only one of them is found there.
        return
    if all(set(indent) <= {" "} for indent in indents):
        for width in (4, 2, 8):
            if all(len(indent) % width == 0 for indent in indents):
                yield _mapped(reading, lambda line, w=width: _to_tabs(line, w), Damage.TABS)  # type: ignore[misc]
    elif all(set(indent) <= {"\t"} for indent in indents):
        for width in (4, 2, 8):
            yield _mapped(reading, lambda line, w=width: _to_blanks(line, w), Damage.BLANKS)  # type: ignore[misc]


def has_spaces_for_tabs(lines: Sequence[str], live: LiveText) -> bool:
    """Whether a block is indented with spaces alone, and the file it is of with tabs alone."""
    indents = {indent_of(line) for line in lines if line.strip()}
    there = {indent_of(line) for line in live.lines if line.strip()}
    return (
        any(len(indent) > 1 for indent in indents)
        and all(set(indent) <= {" "} for indent in indents)
        and any("\t" in indent for indent in there)
        and not any(" " in indent for indent in there)
    )


def with_tabs(lines: Sequence[str], live: LiveText) -> list[str] | None:
    """Such a block with the file's tabs, where the lines that both have tell how many spaces stand for one; None where
    nothing tells it, or not all of them agree."""
    # Inside a string of several lines spaces are text.
    if any(mark in line for line in lines for mark in _OPEN_STRINGS):
        return None
    known, bare = set(live.lines), {line.strip() for line in live.lines}
    inner = [line for line in lines if line.strip() in bare and indent_of(line)]
    indents = {indent_of(line) for line in lines if line.strip()}
    # A method shown at the left margin stands deeper in the file, all of it by the same.
    fitting = {
        width
        for width in (4, 2, 8, 3)
        for base in range(4)
        if all(len(indent) % width == 0 for indent in indents)
        and inner
        and all("\t" * base + _to_tabs(line, width) in known for line in inner)
    }
    return [_to_tabs(line, min(fitting)) for line in lines] if len(fitting) == 1 else None


def _to_blanks(line: str, width: int) -> str:
    return indent_of(line).replace("\t", " " * width) + line.lstrip(" \t")


def _to_tabs(line: str, width: int) -> str:
    indent = indent_of(line)
    if not line.strip():
        return line
    return "\t" * (len(indent) // width) + line[len(indent) :]


def _first_line(reading: Reading, live: LiveText) -> Reading | None:
    """Where only the first line, a kept one, lost its indentation and the rest stands once."""
    if len(reading.old) < 2 or not reading.lines or reading.lines[0][0] != KEEP:
        return None
    first = reading.old[0]
    if not first.strip() or first != first.lstrip(" \t"):
        return None
    # Three are enough: more places than that name none, and only those below the right first line count.
    places = live.find(reading.old[1:], 3)
    fitting = [place for place in places if place and live.lines[place - 1].lstrip(" \t") == first]
    if len(fitting) != 1:
        return None
    lines: Tagged = ((KEEP, live.lines[fitting[0] - 1]), *reading.lines[1:])
    return Reading(lines, _words(reading, Damage.FIRST))


def loose_reading(reading: Reading, live: LiveText, place: int) -> Reading | None:
    """The reading with the quoted lines as they stand at `place`.

    None where spaces were put behind some lines and it cannot be told what to take off the added ones: only
    where all quoted lines have the same spaces too many, and all added lines end with those, is that known.
    """
    extra: set[str] = set()
    at = place
    for tag, text in reading.lines:
        if tag == ADD:
            continue
        # Pairwise: how much longer each quoted line is than the file's own.
        there = live.lines[at]
        at += 1
        if text.strip():
            extra.add(text[len(there) :] if len(text) > len(there) else "")
    noise = next(iter(extra)) if len(extra) == 1 else ""
    added = [text for tag, text in reading.lines if tag == ADD and text.strip()]
    if extra != {""} and added:
        trailing = [text for text in added if text != text.rstrip(" \t")]
        if trailing and (not noise or any(not text.endswith(noise) for text in added)):
            return None
    lines: list[tuple[str, str]] = []
    at = place
    for tag, text in reading.lines:
        if tag == ADD:
            lines.append((tag, text.removesuffix(noise) if noise else text))
        else:
            lines.append((tag, live.lines[at]))
            at += 1
    return Reading(tuple(lines), _words(reading, Damage.TRAILING))
