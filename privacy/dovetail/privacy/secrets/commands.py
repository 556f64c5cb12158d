"""Passwords by their place: options of commands, arguments of functions that log in, columns of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .names import telling
from .shapes import Span
from .values import Telling, is_secret

_USER = re.compile(r"(?:\s-u|--user|--proxy-user)(?:[ =]|\b)[\"']?[^\s:\"'$/]{1,64}:([^\s\"'$]{3,128})")
_SQL = re.compile(r"\bidentified (?:with \w{1,32} )?by ['\"]([^'\"\n]{4,128})", re.IGNORECASE)
_MYSQL = re.compile(
    r"\b(?:mysql|mysqldump|mysqladmin|mariadb|sshpass|mongo|mongosh|7z|zip)\b[^|;&\n]{0,200}?\s-p[\"']?([^\s\"'$]{4,64})"
)
_OPTION = re.compile(
    r"\b(?:sshpass|docker|podman|redis-cli|openssl|gpg|htpasswd|7z|unzip)\b[^|;&\n]{0,200}?\s-(?:p|a|k|P|pass)[ =]"
    r"(?:pass:)?"
    r"[\"']?([^\s\"'$:]{6,128})"
)
_PAIR = re.compile(
    r"(?:log_?in|sign_?in|(?:basic_?)?auth\w{0,16}|credentials?|bind|connect)[ \t]{0,4}(?:=?[ \t]{0,4}\(|[ \t])"
    r"[ \t]{0,4}(?:[\"'][^\"'\n]{1,64}[\"']|[\w.]{1,64})[ \t]{0,4},[ \t]{0,4}"
    r"[\"']([^\"'\n]{4,128})[\"'][ \t]{0,4}(?:\)|[\r\n]*\Z)",
    re.IGNORECASE,
)
"""A user and a password side by side, as functions that log in take them."""
_FERNET = re.compile(r"Fernet\([ \t]{0,4}b?[\"']([A-Za-z0-9_\-]{20,64}=?)")
_THIRD = re.compile(
    r"\b(?:PDO|mysqli|\w{0,8}connect|getConnection|createConnection)[ \t]{0,4}\([ \t]{0,4}"
    r"[\"'][^\"'\n]{0,200}[\"'][ \t]{0,4},[ \t]{0,4}[^,\n]{1,64},[ \t]{0,4}[\"']([^\"'\n]{4,128})[\"']"
)
"""An address, a user and a password, as functions that open a database take them."""
_ECHO = re.compile(
    r"\b(?:echo|printf)[ \t]{1,4}(?:-\w{1,2}[ \t]{1,4})?[\"']?([^\"'|$\n]{4,128}?)[\"']?[ \t]{0,4}\|[ \t]{0,4}"
    r"(?:sudo (?:-\w )?-S|sudo -S|passwd|chpasswd|[^|\n]{0,120}--(?:password|passphrase|token)-(?:stdin|fd))"
)
_ORACLE = re.compile(
    r"(?:\b(?:sqlplus|expdp|impdp|sqlldr)[ \t][\"']?(?:-\w )?|:thin:)[\w$#]{1,64}/([^\s/\"']{4,64})@"
)
_PROSE = re.compile(
    r"\b(?:password|passwd|passphrase|pwd)(?: for [\w.@-]{1,64})? (?:is|was|=|:)[: ]{0,2}[\"'`]?([^\s\"'`<>()]{6,64})",
    re.IGNORECASE,
)
_PAIR_OF_WORDS = re.compile(
    r"\b(?:user(?:name)?|login)[ ]?/[ ]?password[: |]{1,4}[`\"']?[\w.@-]{1,64}[`\"']? ?/ ?[`\"']?([^\s`\"']{5,64})",
    re.IGNORECASE,
)
_INSERT = re.compile(
    r"\(([\w\s,`\"\[\].]{3,400})\)[ \t]{0,4}values[ \t]{0,4}\(([^\n]{3,2000})", re.IGNORECASE
)
_ITEM = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|[^,'\"]+")


def in_commands(line: str) -> Iterator[Span]:
    """The passwords of a line that stand where a command, a function or a statement has its password."""
    for pattern in (_USER, _MYSQL, _SQL):
        for match in pattern.finditer(line):
            yield *match.span(1), "password"
    for pattern in (_OPTION, _PAIR, _FERNET, _THIRD, _ECHO, _ORACLE, _PAIR_OF_WORDS):
        for match in pattern.finditer(line):
            if is_secret(match[1], Telling.PASSWORD, quoted=True):
                yield *match.span(1), "password"
    for match in _PROSE.finditer(line):
        value = match[1].rstrip(".,;!?")
        if any(map(str.isdigit, value)) and is_secret(value, Telling.PASSWORD, quoted=False):
            yield match.start(1), match.start(1) + len(value), "password"
    if (insert := _INSERT.search(line)) is not None:
        yield from _columns(insert)


def _columns(insert: re.Match[str]) -> Iterator[Span]:
    """Of `(name, password) VALUES ('a', 'b')` the values of the columns with telling names."""
    names = [name.strip(' \t`"[]').rpartition(".")[2] for name in insert[1].split(",")]
    column = 0
    for item in _ITEM.finditer(insert[2]):
        text = item[0]
        if not text.strip(" \t();"):
            column = 0 if ")" in text else column  # the row ends: the next one has the same columns
            continue
        kind = telling(names[column]) if text[0] in "'\"" and column < len(names) else None
        if kind is not None and is_secret(text[1:-1], kind, quoted=True):
            start = insert.start(2) + item.start() + 1
            yield start, start + len(text) - 2, kind.value
        column = 0 if ")" in text and text[0] not in "'\"" else column + 1
