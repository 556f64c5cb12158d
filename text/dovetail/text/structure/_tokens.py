"""What one line says by itself: strings, comments, indentation. Used where there is no tree, or a broken
one."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from ..languages import Language

Context = Literal["string", "comment"]

# Languages where ' does not open a string of its own: lifetimes, primes in names, apostrophes in prose.
_CHARACTER_QUOTE = frozenset(
    {"rust", "haskell", "ocaml", "ocaml_interface", "scala", "zig", "swift", "kotlin", "elixir"}
)
_NO_QUOTE = frozenset({"markdown", "html"})
_BACKTICK = frozenset({"javascript", "typescript", "tsx", "go", "bash"})
_TRIPLE = frozenset({"python", "kotlin", "swift", "scala", "elixir", "toml"})
_MORE_COMMENTS = {"php": ["#"], "sql": ["#"]}


@cache
def _scanner(language: Language | None) -> re.Pattern[str]:
    name = language.name if language else ""
    parts = []
    if language is None:
        parts.append(r"(?P<comment>(?:#|//|--|;;|%%)(?:\s.*)?$|^\s*[#;%*].*|/\*.*?(?:\*/|$)|//.*)")
    else:
        comments = [language.line_comment] if language.line_comment else []
        comments += _MORE_COMMENTS.get(name, [])
        # `#` counts only behind a blank (`$#`, `${x#y}`, `#{…}` are none), but in Python everywhere outside
        # of strings.
        rules = [(r"(?<!\S)" if mark == "#" else "") + re.escape(mark) + ".*" for mark in comments]
        if language.block_comment:
            opener, closer = map(re.escape, language.block_comment)
            rules.insert(0, f"{opener}.*?(?:{closer}|$)")
        if name == "python":
            rules[0] = "#.*"
        if rules:
            parts.append(f"(?P<comment>{'|'.join(rules)})")
    strings = []
    if name not in _NO_QUOTE:
        if name in _TRIPLE:
            strings += (
                ['"""(?:.*?(?P<t>""")|.*$)', "'''(?:.*?(?P<u>''')|.*$)"]
                if name != "kotlin"
                else ['"""(?:.*?(?P<t>""")|.*$)']
            )
        # In SQL a backslash is a character like any other.
        inner = r"\\.|[^'\\]" if name != "sql" else r"''|[^']"
        # Up to the closing quote or, where it is missing, to the end of the line.
        strings.append(r'"(?:\\.|[^"\\])*(?P<d>"|$)' if name != "sql" else r'"[^"]*(?P<d>"|$)')
        if name in _CHARACTER_QUOTE:
            # A single quote may also start a lifetime or a label (`'a`): only a whole character literal is a
            # string.
            strings.append(r"'(?:\\.[^']{0,8}|[^'\\])(?P<s>')")
        else:
            strings.append(rf"'(?:{inner})*(?P<s>'|$)")
        if name in _BACKTICK:
            strings.append(r"`(?:\\.|[^`\\])*(?P<b>`|$)")
    if strings:
        parts.append(f"(?P<string>{'|'.join(strings)})")
    return re.compile("|".join(parts) or r"(?P<comment>$^)")


def line_context(language: Language | None, line: str, column: int) -> Context | None:
    """Whether `column` of a line that starts outside of both is in a string or a comment, by quotes alone."""
    for match in _scanner(language).finditer(line):
        if match.start() >= column:
            return None
        groups = match.groupdict()
        if groups.get("comment") is not None:
            closer = language.block_comment[1] if language and language.block_comment else "*/"
            closed = match[0].endswith(closer)
            if column < match.end() or not closed:
                return "comment"
        elif column < match.end() or not any(groups.get(key) for key in "tudsb"):
            return "string"
    return None


def code_of(language: Language | None, line: str) -> str:
    """The line with comments and the insides of strings blanked, at the same length."""

    def blank(match: re.Match[str]) -> str:
        text = match[0]
        if match.groupdict().get("comment") is not None or len(text) < 2:
            return " " * len(text)
        # Quotes stay, so that what reads the blanked line still sees a literal; the same length keeps
        # columns.
        closed = text[-1] == text[0]
        return text[0] + "_" * (len(text) - 1 - closed) + text[-1] * closed

    # Most lines have no mark that could start either.
    if not any(mark in line for mark in "\"'`#/-;%*({<"):
        return line
    return _scanner(language).sub(blank, line)


def width(line: str, tab: int = 8) -> int:
    """The columns that the line's indentation takes up on a screen."""
    return len(line[: len(line) - len(line.lstrip(" \t"))].expandtabs(tab))
