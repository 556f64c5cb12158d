"""Lines that end where a value is to follow: what follows them, and those that are known by their form alone."""

from __future__ import annotations

import re
from enum import Enum

from attrs import define

from .telling import telling
from .values import Telling


class Follows(Enum):
    """Where the value of a name stands whose line ends without it."""

    NEXT = "next"
    """On the next line."""
    ENTRY = "entry"
    """On the next line, if that says that it is the value (`value: …`)."""
    BLOCK = "block"
    """In all deeper lines, as they are (a block scalar in YAML)."""
    EACH = "each"
    """In each of the deeper lines, as an item or behind a name of its own (`passwords:`, `api_keys = [`)."""
    DEFAULT = "default"
    """In that of the deeper lines which says that it is the value (`variable "password" {` … `default = …`)."""
    BYTES = "bytes"
    """In the deeper lines, as numbers or characters (`key[16] = {`)."""
    ENCODED = "encoded"
    """In each of the deeper lines, in base64 (the `data:` of a Kubernetes secret)."""

    DATA = "data"
    """In the deeper lines of what one of them heads (`resource "kubernetes_secret" …` over `data = {`)."""
    RETURN = "return"
    """On the next line, if that does nothing but give a string (`def api_token():` over `return "…"`)."""

    @property
    def deeper(self) -> bool:
        """Whether it goes on as long as the lines are indented further."""
        return self not in (Follows.NEXT, Follows.ENTRY, Follows.RETURN)


@define(frozen=True, slots=True)
class Open:
    """A line that ends where a value is to follow."""

    telling: Telling
    indent: int
    follows: Follows


_EXPLICIT = re.compile(r"[ \t]*(?:- )?\?[ \t]{1,8}[\"']?([\w.\-]{2,128})[\"']?[ \t]*[\r\n]*\Z")
"""A key of YAML that is marked as one; its value stands on the next line behind a colon."""
_PART = re.compile(r"\bform-data;[ \t]{0,4}name=\"?([\w.\-]{2,64})\"?[ \t]{0,4}[\r\n]*\Z")
"""The heading of a field in a posted form; its value stands below an empty line."""
_HERE = r"<<[\-~]?[ \t]?[\"']?\w{1,32}[\"']?[ \t]*[\r\n]*\Z"
_READ = re.compile(rf"\bread\b[^\n<|;]{{0,80}}?\b(\w{{2,64}})[ \t]{{0,4}}{_HERE}")
"""A here-document that is read into a variable."""
_PUT = re.compile(rf"\b(\w{{2,64}})=[\"']?\$\([ \t]*cat[ \t]*{_HERE}")
_GIVEN = re.compile(
    r"\b(?:sudo[ \t][^\n<|;]{0,80}-S|(?:ch|sasl|smb)?passwd|kinit|cryptsetup|(?:docker|podman|helm|gh|gpg|npm|oras)"
    rf"[ \t][^\n<|;]{{0,120}}--(?:password|passphrase|token)-(?:stdin|fd))\b[^\n<|;]{{0,120}}{_HERE}"
)
"""One that is given to what asks for a password."""
_GIVES = re.compile(
    r"\b(\w{2,64})[ \t]{0,2}(?:\([^()\n\"']{0,80}\))?[ \t]{0,2}(?:(?:->|:)[ \t]{0,2}[^\n\"'={}()]{1,40})?[{:]?"
    r"[ \t]*[\r\n]*\Z"
)
_FUNCTION = re.compile(
    r"[ \t]*(?:\w{1,16}[ \t]{1,4}){0,4}(?:\([^()\n]{0,60}\)[ \t]{1,2})?\w{2,64}[ \t]{0,2}\("
)
"""A function whose body is on the lines below."""
_BYTES = re.compile(
    r"\b(\w{1,48})[ \t]{0,4}(?:\[[\w ]{0,24}\])?[ \t]{0,4}(?::[^=\n]{1,40})?=[ \t]{0,4}[^\n{\[=]{0,40}"
    r"(?:\[[\w; ]{0,24}\][ \t]{0,4}\w{0,12}[ \t]{0,2})?[({\[]{1,2}[ \t]*[\r\n]*\Z"
)
_TYPE_OF_BYTES = re.compile(r"\b(?:u?int8(?:_t)?|u?char|bytes?|u8|uint8array|bytearray)\b", re.IGNORECASE)
_KEY = re.compile(r"(?:key|secret|seed|passw\w{0,4}|pwd)\d{0,4}\Z", re.IGNORECASE)


_OBJECT = re.compile(
    r"[ \t]*(?:resource[ \t]{1,4}\"kubernetes_secret(?:_v1)?\"[^\n]{0,160}\{|secretGenerator:)[ \t]*[\r\n]*\Z"
)
"""The head of an object all of whose data is secret."""
_ENCODED = re.compile(
    r"[ \t]*(\w{2,64})[ \t]{0,8}=[ \t]{0,8}(?:json|yaml|base64)encode\((?:jsonencode\()?\{[ \t]*[\r\n]*\Z"
)
"""Values that are written as one text."""


def led_on(line: str) -> Open | None:
    """What follows a line that ends with a here-document, with a marked key, or where the bytes of a key begin."""
    if "?" in line and (key := _EXPLICIT.match(line)) is not None:
        kind = telling(key[1])
        return Open(kind, indent_of(line), Follows.ENTRY) if kind is not None else None
    if "form-data" in line and (part := _PART.search(line)) is not None:
        kind = telling(part[1])
        return Open(kind, indent_of(line), Follows.NEXT) if kind is not None else None
    if "(" in line and _FUNCTION.match(line) is not None and (gives := _GIVES.search(line)) is not None:
        kind = telling(gives[1])
        return Open(kind, indent_of(line), Follows.RETURN) if kind is not None else None
    if "encode(" in line and (encoded := _ENCODED.match(line)) is not None:
        kind = telling(encoded[1])
        return Open(kind, indent_of(line), Follows.EACH) if kind is not None else None
    if _OBJECT.match(line) is not None:
        return Open(Telling.PASSWORD, indent_of(line), Follows.DATA)
    if "<<" in line:
        named = _READ.search(line) or _PUT.search(line)
        kind = telling(named[1]) if named is not None else None
        # No name tells, but the program does: it reads a password from its input.
        if kind is None and _GIVEN.search(line):
            kind = Telling.PASSWORD
        return Open(kind, indent_of(line), Follows.NEXT) if kind is not None else None
    # Bytes only where the type says so: rows of numbers are mostly anything else.
    if "=" in line and _TYPE_OF_BYTES.search(line) and (array := _BYTES.search(line)) is not None:
        # Both: `keyboard` is no key by its end, and `monkey` none by its words.
        key_like = _KEY.search(array[1]) is not None and telling(array[1]) is not None
        return Open(Telling.SECRET, indent_of(line), Follows.BYTES) if key_like else None
    return None


def indent_of(line: str) -> int:
    """Code points of the whitespace before a line's text."""
    return len(line) - len(line.lstrip(" \t"))
