"""Values that are named by the comment behind them: `"hunter2-x9"  # the admin password`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .placing import is_unlike_name
from .shapes import Span
from .values import Telling, has_digit

_WORDS = (
    "pass(?:word|wd|phrase|code|wort)|pwd|kennwort|wachtwoord|contrase(?:n|ñ)a|mot de passe|senha|salasana|parola|"
    "has[lł]o|heslo|l[oö]senord|şifre|пароль|密[码碼]|パスワード"
)
_SUBJECT = re.compile(_WORDS)
_COMMENT = re.compile(
    r"[\"'`,;)}\]\w!@#$%*?&=+~^.\-][ \t]{0,16}(?:#|//|--|/\*|<!--|;|%%|\brem\b)"
    r"[ \t#;*/!]{0,4}(?:[\w'\-]{1,24}[ \t]){0,5}"
    rf"(?:{_WORDS})"
    r"(?=[.,;:!)]|[ \t]*(?:\*/|-->|[\r\n]*\Z)|"
    r"[ \t]{1,4}(?:[(\[\-–—]|(?:of|for|from|on|in|at|to|used|by|here|von|für|de|van)\b))",
    re.IGNORECASE,
)
"""A comment whose subject is a password: not one that goes on about what happens to it."""
_MARKS = ("#", "//", "--", "/*", ";", "%%", "rem")
_LITERAL = re.compile(r"\"([^\"\s\\]{6,128})\"|'([^'\s\\]{6,128})'|`([^`\s\\]{6,128})`")
_BARE = re.compile(
    r"[ \t]*(?:- )?(?:[\w.\-\"']{1,64}[ \t]{0,4}[:=]{1,2}[ \t]{0,4})?([^\s\"'`(){}\[\]<>|]{6,128}?)[,;]?[ \t]*\Z"
)


def named_by_comment(line: str, lower: str) -> Iterator[Span]:
    """The values of a line (`lower`: in lower case) whose comment says that a password stands there."""
    word = _SUBJECT.search(lower)
    while word is not None and not any(mark in lower[: word.start()] for mark in _MARKS):
        word = _SUBJECT.search(lower, word.end())
    if word is None:
        return
    comment = _COMMENT.search(line)
    if comment is None:
        return
    code = line[: comment.start() + 1]
    literals = [match.span(match.lastindex or 0) for match in _LITERAL.finditer(code)]
    bare = None if literals else _BARE.match(code)
    if bare is not None and has_digit(bare[1]) and not bare[1].isdecimal():
        literals = [bare.span(1)]
    for start, end in literals:
        if is_unlike_name(line[start:end]):
            yield start, end, Telling.PASSWORD.value
