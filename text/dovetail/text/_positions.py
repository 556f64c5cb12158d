"""Positions in a text, and the units in which a client counts them.

Inside Dovetail a place is a `Point`: a line and a column in *code points* (Python's own string index). LSP
clients count columns in UTF-8 bytes, UTF-16 code units or code points, as negotiated; the two functions here
are the only conversion. Lone surrogates (a client may send them as JSON escapes) count as one unit each.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Point(NamedTuple):
    """A place in a document: zero-based line, zero-based column in code points."""

    line: int
    column: int


class Encoding(StrEnum):
    """What one unit of an LSP `Position.character` is (LSP 3.17, `PositionEncodingKind`)."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


def utf8_length(text: str) -> int:
    """Length of `text` in UTF-8 bytes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def units_before(line: str, column: int, encoding: Encoding) -> int:
    """How many units of `encoding` stand before code point `column` of `line`."""
    if encoding is Encoding.UTF32 or line.isascii():
        return min(column, len(line))
    head = line[:column]
    if encoding is Encoding.UTF8:
        return utf8_length(head)
    # Two bytes are one UTF-16 unit, so that a character outside the BMP counts as two.
    return len(head.encode("utf-16-le", "surrogatepass")) // 2


def column_at(line: str, units: int, encoding: Encoding) -> int:
    """The code point column `units` into `line`; inside a character, the column where it starts.

    Values outside the line are clamped to it, as LSP asks ("defaults back to the line length").
    """
    if units <= 0:
        return 0
    if encoding is Encoding.UTF32 or line.isascii():
        return min(units, len(line))
    if encoding is Encoding.UTF8:
        # "ignore" drops the bytes of a character that was cut in two, and only those: the rest is valid.
        head = line.encode("utf-8", "surrogatepass")[:units]
        while head:
            try:
                return len(head.decode("utf-8", "surrogatepass"))
            except UnicodeDecodeError as error:
                head = head[: error.start]
        return 0
    # UTF-16: a column inside a surrogate pair falls back to the character that the pair stands for.
    column = 0
    for character in line:
        units -= 2 if ord(character) > 0xFFFF else 1
        if units < 0:
            break
        column += 1
    return column
