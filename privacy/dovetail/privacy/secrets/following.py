"""What follows a line that ends where a value is to come, and how one value goes on over several lines."""

from __future__ import annotations

import re
from functools import lru_cache

from .opening import Follows, Open, indent_of
from .shapes import Span
from .values import (
    Telling,
    is_encoded_text,
    is_placeholder,
    is_reference,
    is_secret,
    made_of_words,
    random_looking,
)

_MOST_DEEPER = 200
"""Lines at most that a name speaks for: fewer than are read together with a block of a document."""
_MOST_ASIDE = 3
_LONG, _LONG_TO_KEEP = 1 << 14, 1 << 10
"""Code points of a line that are looked at, and of one whose answer is kept."""
_VALUE_OF = re.compile(
    r"[ \t]*(?:- )?(?:[\"']?(?:value|default|default_?value)[\"']?[ \t]{0,8}[:=]|:(?=[ \t])|"
    r"<(?:\w{1,16}-)?(?:string|value|data)>|"
    r"(?:\w{1,32}\.)?send\w{0,16}[ (])",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"[ \t]*[\"']?(?:type|kind|secret|secure|sensitive|masked|protected|enabled|description|variable_type|"
    r"environment_scope)[\"']?[ \t]{0,8}[:=]|[ \t]*(?:#|//|<!--)",
    re.IGNORECASE,
)
"""What may stand between a name and its value; a comment may, too."""
_MEANS_VALUE = re.compile(
    r"[ \t]*[\"']?(?:default|value|content|data|plain_?text)[\"']?[ \t]{0,8}(?:=>|[:=])", re.IGNORECASE
)
_FIRST_LITERAL = re.compile(r"[^\"'`\n]{0,80}?[\"'`]([^\"'`\n]{4,4096})(?:[\"'`]|[\r\n]*\Z)")
_FIRST_BARE = re.compile(
    r"[ \t]*(?:<[\w\-]{1,32}>)?([^\s\"'`<>(){}\[\],;]{4,512})[ \t]*(?:</[\w\-]{1,32}>)?[ \t]*[\r\n]*\Z"
)
_COMMENTED = re.compile(r"[ \t]*(?:#|//|--|;|\*)[ \t]{1,4}")
"""The mark of a comment: where a name ends one, its value may be the next."""
_HOLDS = re.compile(
    r"[ \t]*(?:string_?data|binary_?data|data|literals)[ \t]{0,8}(?::|=?[ \t]{0,8}\{)[ \t]*[\r\n]*\Z"
)
"""What holds the values of an object that is a secret as a whole."""
_GIVEN = re.compile(
    r"[ \t]*(?:return[ \t(]{1,4})?[bBrRuU@$]{0,2}([\"'`])([^\"'`\s]{4,4096})\1[;)]{0,2}[ \t]*[\r\n]*\Z"
)
"""A line that gives a string and does nothing else."""
_ITEM = re.compile(r"[ \t]*(?:-[ \t]{1,8})?(?:[\"']?[\w.\-]{1,128}[\"']?[ \t]{0,8}(?::=|=>|[:=])[ \t]{0,8})?")
_LITERAL = re.compile(r"\"([^\"\\\n]{0,4096})\"|'([^'\\\n]{0,4096})'|`([^`\\\n]{0,4096})`")
_PLAIN = re.compile(r"[\w+/=.\-~!@#$%^&*:]+")
_MATERIAL = re.compile(r"[A-Za-z0-9+/=_\-.~]+(?:\\n)?")
_ENDS = re.compile(r"(?:\\n)?[\"'`][ \t]{0,8}(?:\+|\.{1,2}|\\|&|<>|\|\|)?[ \t]{0,8}[\r\n]*\Z")
_CLOSES = re.compile(r"[\"'`](?=[ \t]{0,8}(?:\+|\.{1,2}|&|<>|\|\|)?[ \t]{0,8}[\"'`])")
_BLOCK = re.compile(r"[ \t]*[|>][+\-0-9]{0,2}[ \t]*[\r\n]*\Z")
_WRAPS = re.compile(r"\\[\r\n]*\Z")
_WRAPPED = re.compile(r"[ \t]*([A-Za-z0-9+/=_\-.~]{4,})(?:\\|[\"'`;,]{0,2})[\r\n]*\Z")
_GOES_ON = re.compile(
    r"[ \t]*(?:\+|\.{1,2}|&|<>|\|\|)?[ \t]{0,8}[bBrRuUfF@$]{0,2}(?:\"([^\"\n]{4,4096})\"|'([^'\n]{4,4096})'|"
    r"`([^`\n]{4,4096})`)"
)


def goes_on(line: str, opened: Open, lines: int) -> bool:
    """Whether `line`, so many `lines` below the one that opened it, still belongs to what is open."""
    if not line.strip():
        # A blank line ends nothing: blocks of YAML and lists may hold some.
        return lines <= _MOST_DEEPER
    if not opened.follows.deeper:
        return lines == 1 or opened.follows is Follows.NEXT or lines <= _MOST_ASIDE
    indent = len(line) - len(line.lstrip(" \t"))
    # YAML lets the items of a list stand as deep as the name of the list.
    if (
        opened.follows in (Follows.EACH, Follows.DATA)
        and indent == opened.indent
        and line.lstrip().startswith("- ")
    ):
        return True
    return indent > opened.indent and lines <= _MOST_DEEPER


def value_in(line: str, opened: Open) -> tuple[Span, ...]:
    """What of a line is the secret that an earlier one led to."""
    if len(line) > _LONG:
        return _value_in(line[:_LONG], opened)
    return _kept_value_in(line, opened) if len(line) <= _LONG_TO_KEEP else _value_in(line, opened)


def _value_in(line: str, opened: Open) -> tuple[Span, ...]:
    kind = opened.telling
    if opened.follows is Follows.BLOCK:
        indent = len(line) - len(line.lstrip(" \t"))
        body = line.strip()
        if is_secret(body, kind, quoted=True) or random_looking(body, 20, 3.0) or RUN_OF_KEY.search(body):
            return ((indent, indent + len(body), kind.value),)
        return ()
    if opened.follows in (Follows.EACH, Follows.ENCODED):
        return tuple(_each(line, opened))
    if opened.follows is Follows.BYTES:
        row = ROW_OF_BYTES.match(line)
        return ((*row.span(1), kind.value),) if row is not None else ()
    if opened.follows is Follows.RETURN:
        given = _GIVEN.match(line)
        # A body that does anything else has the value from elsewhere.
        if given is None or not is_secret(given[2], kind, quoted=True):
            return ()
        return ((*given.span(2), kind.value),)
    if opened.follows is Follows.DATA:
        return ()
    at = 0
    # For `ENTRY` and `DEFAULT` the line must say that it is the value; for `NEXT` its place says so.
    if opened.follows is not Follows.NEXT:
        value = (_VALUE_OF if opened.follows is Follows.ENTRY else _MEANS_VALUE).match(line)
        if value is None:
            return ()
        at = value.end()
    elif (comment := _COMMENTED.match(line)) is not None:
        at = comment.end()
    literal, bare = _FIRST_LITERAL.match(line, at), _FIRST_BARE.match(line, at)
    match = literal or bare
    if match is not None and is_secret(
        match[1], kind, quoted=literal is not None or opened.follows is not Follows.NEXT
    ):
        return ((*match.span(1), kind.value),)
    return ()


_kept_value_in = lru_cache(maxsize=4096)(_value_in)
_BYTE = r"(?:0x[0-9a-fA-F]{1,2}|\d{1,3}|'[^'\n]{1,2}')"
ROW_OF_BYTES = re.compile(
    rf"[ \t]*({_BYTE}(?:[ \t]{{0,4}},[ \t]{{0,4}}{_BYTE}){{1,63}})[ \t]{{0,4}},?[ \t]{{0,4}}(?://.{{0,80}})?"
    r"[};)\]]{0,3}[\r\n]*\Z"
)
RUN_OF_KEY = re.compile(r"[A-Za-z0-9+/=]{40,}")


def _each(line: str, opened: Open) -> list[Span]:
    """The values of a line of a list or a table whose name tells."""
    found = [match.span(match.lastindex or 0) for match in _LITERAL.finditer(line)]
    item = _ITEM.match(line)
    # Without quotes only behind a dash or a name of its own: a bare word alone may be anything.
    if not found and item is not None and item.end() and (bare := _FIRST_BARE.match(line, item.end())):
        if is_reference(bare[1]):
            return []
        found = [bare.span(1)]
    return [(start, end, opened.telling.value) for start, end in found if _is_one(line[start:end], opened)]


def _is_one(value: str, opened: Open) -> bool:
    # In base64 a chosen word looks like anything: text that decodes counts, however it looks.
    if opened.follows is Follows.ENCODED:
        return is_encoded_text(value, 8) or (random_looking(value, 16, 3.0) and not value.islower())
    kind = opened.telling
    if not kind.chosen and kind is not Telling.PHRASE and (len(value) < 10 or not _PLAIN.fullmatch(value)):
        return False  # patterns and prose of a table of tokens
    return is_secret(value, kind, quoted=True)


def leads_on(line: str, opened: Open) -> Open | None:
    """What follows a line that says that it is the value, and has it in the lines below (`value: >-`, `data = {`)."""
    if opened.follows is Follows.DATA:
        held = _HOLDS.match(line) is not None
        return Open(opened.telling, indent_of(line), Follows.EACH) if held else None
    if opened.follows is not Follows.ENTRY or (value := _VALUE_OF.match(line)) is None:
        return None
    if _BLOCK.match(line, value.end()) is None:
        return None
    return Open(opened.telling, len(line) - len(line.lstrip(" \t")), Follows.BLOCK)


def stands_aside(line: str, opened: Open) -> bool:
    """Whether a line between a name and its value says something else of them."""
    return opened.follows is Follows.ENTRY and _ASIDE.match(line) is not None


def value_above(line: str, name: str, opened: Open) -> tuple[Span, ...]:
    """The value on the line above its name (`value: …` over `name: DB_PASSWORD`)."""
    if len(line) > _LONG or _indent_of(line) != _indent_of(name) or ":" in line[:1]:
        return ()
    return _value_in(line, opened)


def _indent_of(line: str) -> int:
    """How far the text of an item is indented, whatever mark of a list stands before it."""
    return len(line) - len(line.lstrip(" \t-"))


def ends_in_literal(line: str, end: int) -> bool:
    """Whether the secret that ends at `end` ends a string, and that the line: the next may go on with it."""
    return _ENDS.match(line, end) is not None


def is_wrapped(line: str, end: int) -> bool:
    """Whether the secret that ends at `end` goes on below: a backslash ends the line, behind it or as its last
    character."""
    return _WRAPS.match(line, end) is not None or _WRAPS.match(line, end - 1) is not None


def wrapped(line: str) -> tuple[Span, ...]:
    """What of a line goes on with a secret that was wrapped on the line above."""
    match = _WRAPPED.match(line)
    return ((*match.span(1), "key that goes on"),) if match is not None else ()


def joined_to(line: str, end: int) -> tuple[Span, ...]:
    """The strings of a line that are joined to the one with which a secret ends at `end`."""
    found: tuple[Span, ...] = ()
    while (close := _CLOSES.match(line, end)) is not None and (more := literal_after(line, close.end())):
        found += more
        end = more[0][1]
    return found


def literal_after(line: str, at: int = 0) -> tuple[Span, ...]:
    """The string at the head of a line, or at `at`, that goes on with a secret."""
    match = _GOES_ON.match(line, at)
    if match is None:
        return ()
    group = match.lastindex or 0
    value = match[group]
    # Strings stand below one another for many reasons: only what a key is written with goes on with one.
    if not _MATERIAL.fullmatch(value) or is_placeholder(value) or made_of_words(value):
        return ()
    return ((*match.span(group), "key that goes on"),)
