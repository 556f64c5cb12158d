"""What stands behind the cursor on its line, and how much of it a text brings itself."""

from __future__ import annotations

import re

from attrs import define

from .brackets import PAIRS, quote_at, scan

_SIGN = re.compile(r"</[\w:.\-]*+>|-->|\*/|-?%}|%>|\?>")
"""Closing signs of more than one character: tags, comments, template signs."""
_MARK = re.compile(r"\*{1,3}+|_{1,3}+|~~|\${1,2}+|\|")
"""Signs that open and close alike."""
_LONG_QUOTE = re.compile(r"(?P<triple>\"{3}|'{3})|\bb?r(?P<hashes>#{1,8}+)\"")
"""What opens a string that a single quote does not close."""
_PATTERN = re.compile(
    r"(?:(?<=[(,=:\[!&|?{};~])|^|\breturn)\s*+/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*+\]|[^/\\\[])*+\Z"
)
"""A regular expression that is open at the end of a line's beginning."""
_SLASH = re.compile(r"(?:\\.|\[(?:\\.|[^\]\\\n])*+\]|[^/\\\[\n])*+/")
"""The rest of one, with the slash that ends it."""
PATTERNS = frozenset({"javascript", "typescript", "tsx", "ruby"})
"""Languages that write regular expressions between slashes."""
_CLOSED_BY = {opener: closer for closer, opener in PAIRS.items()}
_CLOSING = frozenset(")]}>\"'`|")
_ENDS = frozenset(")]}>\"'`|*_~$(;,:{ \t=")
"""What may stand between and behind closers that an editor typed."""


@define(frozen=True, slots=True)
class Overlap:
    """What a text and the rest of the line have in common."""

    covered: int
    """Characters of the tail that the text brings too."""
    first: int
    """Where in the text the first of them stands."""


def closers_of(head: str, tail: str, *, patterns: bool = False) -> list[str]:
    """The closing marks that `tail` begins with, as far as something before the cursor may have opened them.
    `patterns`: whether the language writes regular expressions between slashes."""
    found: list[str] = []
    rest = tail.lstrip()
    if patterns and rest.startswith("/") and _PATTERN.search(head):
        found.append("/")
        rest = rest[1:].lstrip()
    # Signs of several characters first: three quotes are not a quote and an empty string.
    quotes = _long_quote(head)
    if quotes and rest.startswith(quotes):
        found.append(quotes)
        rest = rest[len(quotes) :].lstrip()
    # Such a mark closes only what the same mark right before the cursor has opened.
    mark = _MARK.match(rest)
    if mark is not None and head.endswith(mark.group()):
        found.append(mark.group())
        rest = rest[mark.end() :].lstrip()
    while rest:
        sign = _SIGN.match(rest)
        if sign is not None:
            found.append(sign.group())
        # A `|` alone is an operator; behind another closer it ends a block's parameters.
        elif rest[0] in _CLOSING and (rest[0] != "|" or found):
            found.append(rest[0])
        else:
            break
        rest = rest[len(found[-1]) :].lstrip()
    return found


def _long_quote(head: str) -> str:
    """What closes the string of three quotes, or the raw one, that `head` leaves open; '' where it leaves none."""
    at = 0
    while (opened := _LONG_QUOTE.search(head, at)) is not None:
        closer = opened["triple"] or f'"{opened["hashes"]}'
        end = head.find(closer, opened.end())
        if end < 0:
            return closer
        at = end + len(closer)
    return ""


def overlap(head: str, text: str, tail: str, *, patterns: bool = False) -> Overlap | None:
    """How much of `tail` the text closes by itself; None where it closes nothing of it. `patterns`: see
    `closers_of`."""
    closers = closers_of(head, tail, patterns=patterns)
    if not closers:
        return None
    places = _closed(head, text, closers)
    if not places:
        return None
    at = 0
    # In the tail there may be spaces between closers, hence the search for each.
    for closer in closers[: len(places)]:
        at = tail.index(closer, at) + len(closer)
    rest, more = tail[at:], text[places[-1][1] :]
    if _opened_again(more, closers[: len(places)]):
        return None
    if rest.strip():
        if more.strip().startswith(rest.strip()) or _brings(more, rest):
            at = len(tail)
        elif more.strip():
            # What follows differs on both sides: keep to what comes before the first closer.
            at = 0
    return Overlap(at, places[0][0])


def _opened_again(more: str, closers: list[str]) -> bool:
    """Whether `more`, what the text says behind `closers`, leaves open what they close (`a) and (b`): the ones that
    stand behind the cursor close that."""
    opened = [_CLOSED_BY.get(more[at]) for at in reversed(scan(more).openers)]
    return bool(closers) and opened == closers


def _closed(head: str, text: str, closers: list[str]) -> list[tuple[int, int]]:
    """Where the text closes `closers`, in order: (start, end) of each in the text."""
    places: list[tuple[int, int]] = []
    at = 0
    inside = quote_at(head, closers[0])
    for closer in closers:
        if closer == "/":
            slash = _SLASH.match(text, at)
            found = (slash.end() - 1, slash.end()) if slash is not None else None
        elif len(closer) > 1 or _MARK.fullmatch(closer):
            # Signs of several characters need no counting: nothing else looks like them.
            start = text.find(closer, at)
            found = (start, start + len(closer)) if start >= 0 else None
        else:
            angle = closer == ">"
            position = _first_closer(text[at:], inside, angle)
            found = None
            if position is not None and text[at + position] == closer:
                found = at + position, at + position + 1
        if found is None:
            # In order only: a closer that is not there leaves those behind it unclosed as well.
            break
        places.append(found)
        at, inside = found[1], ""
    return places


def _first_closer(text: str, inside: str, angle: bool) -> int | None:
    if angle:
        return _first_angle(text)
    found = scan(text, inside).closers
    return found[0] if found else None


def _first_angle(text: str) -> int | None:
    """Where the first > stands that closes more than the text opened; arrows and comparisons are none."""
    depth = 0
    for index, character in enumerate(text):
        if character == "<":
            depth += 1
        elif character == ">" and text[index - 1 : index] not in ("-", "="):
            depth -= 1
            if depth < 0:
                return index
        # A generic ends within its statement: a comparison was read as its start.
        elif character in ";\n":
            return None
    return None


def _brings(more: str, rest: str) -> bool:
    """Whether `more` holds all that an editor left of a statement behind the cursor (`()`, `);`), in that order."""
    if any(character not in _ENDS for character in rest):
        return False
    at = 0
    for character in rest:
        if not character.isspace():
            at = more.find(character, at) + 1
            if not at:
                return False
    return True
