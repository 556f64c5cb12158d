"""The members of what is made without a class of its own: object literals, enums, `SimpleNamespace(…)` and its like,
structs without a name. All are read from canonical tokens, in which line starts stand as they are."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define

from ..index.lexer import is_word
from .classes import go_fields
from .lines import is_name

SCRIPT, PYTHON, GO = "ts", "py", "go"
"""Languages in which there is something to read, as `definitions.language_of` names them."""
_OPENERS, _CLOSERS = frozenset(("(", "[", "{")), frozenset((")", "]", "}"))
_QUOTES = frozenset(("'", '"', "`", '"""', "'''"))
_LONG_QUOTES = frozenset(("`", '"""', "'''"))
"""Behind these a text may go on for several lines."""
_BEFORE_A_PATTERN = frozenset(("(", ",", "=", ":", "[", "!", "&&", "||", "?", "{", "=>", "return"))
"""Behind these a slash begins a regular expression."""
_BEHIND_A_KEY = frozenset((":", ",", "}", "(", "=", "?", "{", "<", ";"))
_GOES_ON = frozenset((".", "?.", "[", "("))
"""What makes something else of the object before it."""
_FROZEN = ("Object.freeze(", "Object.seal(")
_NAMESPACES, _LISTED = (
    frozenset(("SimpleNamespace", "Namespace")),
    frozenset(("namedtuple", "Enum", "IntEnum", "StrEnum")),
)
_ANNOTATION = 60
"""Tokens of a type that are read over."""


@define(frozen=True, slots=True)
class Made:
    """What some text makes."""

    names: dict[str, int]
    """Its members, each with where its value begins among the tokens; -1 where none can be read."""
    whole: bool
    """Whether it has no others."""


def value_behind(texts: Sequence[str], at: int = 0) -> int:
    """Where the value begins that is bound to the name before `at`, behind its type if one is said; -1 for none."""
    for place in range(at, min(len(texts), at + _ANNOTATION)):
        if texts[place] in ("=", ":="):
            return place + 1
        if place == at and texts[place] != ":":
            return -1
    return -1


def made(texts: Sequence[str], at: int, path: Sequence[str], language: str) -> Made | None:
    """What the value that begins at `at` has, or its member at `path`; None where it is no such object."""
    found = _read(texts, at, language)
    for name in path:
        begin = found.names.get(name, -1) if found is not None else -1
        found = _read(texts, begin, language) if begin >= 0 else None
    return found


def braced(texts: Sequence[str], at: int) -> tuple[Made, int]:
    """The members between the brace at `at` and the one that closes it, and the place behind that."""
    names: dict[str, int] = {}
    whole = True
    at += 1
    while at < len(texts):
        text = texts[at]
        if text in _CLOSERS:  # another bracket's end: this one was never closed
            return Made(names, whole and text == "}"), at + 1
        if text in (",", ";", "*") or text[0] == "\n" or text in ("//", "/*"):
            at = _over(texts, at)
            continue
        if text == "#" and texts[at + 1 : at + 2] == ["["]:  # an attribute, as in Rust
            at = _over(texts, at + 1)
            continue
        end = at + 1
        if text in _QUOTES:
            end = _over(texts, at)
            inner = texts[at + 1 : end - 1]
            name = inner[0] if len(inner) == 1 and is_word(inner[0]) else ""
        elif is_word(text):
            name = text
            if texts[end : end + 1] and is_word(texts[end]):  # `get size() {`, `readonly width: number`
                at = end
                continue
        else:  # computed, or taken from elsewhere
            name, whole, end = "", False, at
        if texts[end : end + 1] == ["?"]:
            end += 1
        behind = texts[end] if end < len(texts) else "}"
        if name and not name[0].isdigit() and (behind in _BEHIND_A_KEY or behind[0] == "\n"):
            names[name] = end + 1 if behind in (":", "=") else -1
        at = _to_comma(texts, end)
    return Made(names, False), at  # cut off before it ends


def _read(texts: Sequence[str], at: int, language: str) -> Made | None:
    while at < len(texts) and texts[at][0] == "\n":
        at += 1
    if at >= len(texts):
        return None
    if language == SCRIPT:
        if "".join(texts[at : at + 4]) in _FROZEN:
            at += 4
        if texts[at : at + 1] != ["{"]:
            return None
        found, end = braced(texts, at)
        return found if texts[end : end + 1] == [] or texts[end] not in _GOES_ON else None
    if language == GO:
        return _fields(texts, at + 1) if texts[at : at + 2] == ["struct", "{"] else None
    if language == PYTHON:
        while texts[at + 1 : at + 2] == ["."]:
            at += 2
        if texts[at + 1 : at + 2] == ["("] and texts[at] in _NAMESPACES:
            return _keywords(texts, at + 1)
        if texts[at + 1 : at + 2] == ["("] and texts[at] in _LISTED:
            return _listed(texts, at + 1)
    return None


def _keywords(texts: Sequence[str], at: int) -> Made:
    """The names of the arguments of the call whose bracket is at `at`."""
    names: dict[str, int] = {}
    whole = True
    at += 1
    while at < len(texts) and texts[at] not in _CLOSERS:
        if texts[at] in (",", ";", "#") or texts[at][0] == "\n":
            at = _over(texts, at)
            continue
        if is_name(texts[at]) and texts[at + 1 : at + 2] == ["="]:
            names[texts[at]] = at + 2
        else:
            whole = False
        at = _to_comma(texts, at)
    return Made(names, whole and texts[at : at + 1] == [")"])


def _listed(texts: Sequence[str], at: int) -> Made:
    """The words that stand in the texts of the second argument."""
    begin = _to_comma(texts, at + 1)
    end = _to_comma(texts, begin + 1)
    names: dict[str, int] = {}
    quote = ""
    for text in texts[begin:end]:
        if text in _QUOTES:
            quote = "" if quote == text else quote or text
        elif quote and is_name(text):
            names[text] = -1
    return Made(names, end < len(texts))


def _fields(texts: Sequence[str], at: int) -> Made:
    """Those of a struct in Go whose brace is at `at`."""
    end = _over(texts, at)
    names: dict[str, None] = {}
    bases: list[str] = []
    line: list[str] = []
    for text in texts[at + 1 : end]:
        if text[0] == "\n" or text in (";", "}"):
            if line and line[0] != "//":
                go_fields(line, names, bases)
            line = []
        else:
            line.append(text)
    return Made(dict.fromkeys(names, -1), not bases and end < len(texts))


def _to_comma(texts: Sequence[str], at: int) -> int:
    """The comma or semicolon at the end of what stands at `at`, or the bracket that closes what is around."""
    while at < len(texts) and texts[at] not in (",", ";") and texts[at] not in _CLOSERS:
        at = _over(texts, at)
    return at


def _over(texts: Sequence[str], at: int) -> int:
    """The place behind the bracket, text, comment or other token at `at`."""
    text = texts[at]
    if text in _OPENERS:
        # Brackets inside one another, of whatever kinds: a wrong one ends what is around, too.
        depth = 0
        while at < len(texts):
            if texts[at] in _OPENERS:
                depth += 1
            elif texts[at] in _CLOSERS:
                depth -= 1
                if not depth:
                    return at + 1
            at = at + 1 if texts[at] in _OPENERS else _over(texts, at)
        return at
    if text in _QUOTES:
        return _behind(texts, at, text, lines=text in _LONG_QUOTES)
    if text == "/*":
        return _behind(texts, at, "*/", lines=True)
    if text in ("//", "#"):
        return _behind(texts, at, "\n", lines=False)
    if text == "/" and at and (texts[at - 1] in _BEFORE_A_PATTERN or texts[at - 1][0] == "\n"):
        return _behind(texts, at, "/", lines=False)
    return at + 1


def _behind(texts: Sequence[str], at: int, closing: str, *, lines: bool) -> int:
    """The place behind the next `closing`; without `lines`, at the end of the line at the latest."""
    at += 1
    while at < len(texts):
        if not lines and texts[at][0] == "\n":
            return at
        if texts[at] == closing:
            return at + 1
        at += 2 if texts[at] == "\\" else 1
    return at


def exported(texts: Sequence[str]) -> tuple[str, int] | None:
    """What a file gives to those that import it as a whole, by the tokens from the one before `default` or `exports`
    on: behind `export default` and `module.exports =` '' and where the value begins, behind `exports.name =` the name,
    too."""
    if texts[:2] == ["export", "default"]:
        return "", 2
    if texts[1:2] == ["exports"] and (texts[0][0] == "\n" or texts[0] == "."):
        if texts[2:3] == ["="]:
            return "", 3
        if texts[2:3] == ["."] and texts[4:5] == ["="] and is_word(texts[3]):
            return texts[3], 5
    return None
