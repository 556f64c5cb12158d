"""How deep each line of a piece of code is nested, told by its tokens alone.

A piece that is still being written (by a person or by a model) seldom parses, so nesting is read from brackets,
tags and fences, with strings and comments skipped as the language writes them: also those that run over several
lines, where indentation says nothing. Keywords are left to the caller.
"""

from __future__ import annotations

import re
from functools import cache

from attrs import define

from ..languages import Language
from ._heredocs import ANY as ANY_HEREDOC
from ._heredocs import PATTERNS as HEREDOCS

_CHARACTER = frozenset({
    "rust", "haskell", "ocaml", "ocaml_interface", "scala", "zig", "swift", "kotlin", "elixir", "c", "cpp", "java",
    "csharp", "go",
})  # fmt: skip
"""Languages where ' holds one character, or marks a lifetime or a name, but never a text."""
_TRIPLE = {
    "python": ('"""', "'''"), "toml": ('"""', "'''"), "kotlin": ('"""',), "swift": ('"""',), "scala": ('"""',),
    "elixir": ('"""', "'''"), "java": ('"""',), "csharp": ('"""',),
}  # fmt: skip
_SPANNING = {
    "javascript": "`", "typescript": "`", "tsx": "`", "go": "`", "rust": '"', "ruby": "\"'`", "php": "\"'",
    "bash": "\"'`", "sql": "'", "ocaml": '"', "ocaml_interface": '"', "elixir": '"',
}  # fmt: skip
"""Quotes whose strings may run over the end of a line."""
# A backslash is an ordinary character between these.
_VERBATIM = {"sql": "'\"", "go": "`", "bash": "'"}
_REGEX = frozenset({"javascript", "typescript", "tsx", "ruby"})
_NO_QUOTES = frozenset({"html", "markdown"})
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr"


@define(frozen=True, slots=True)
class LineNesting:
    """One line of a piece of text; depths count from 0 at the piece's start, and what closes more than the
    piece opened makes them negative."""

    inside: str
    """What the line begins inside of: `string`, `comment`, or '' for code."""
    before: int
    """The depth at its start."""
    low: int
    """The smallest depth on the line, its start included."""
    depth: int
    """The depth at its end."""
    closes: tuple[int, ...]
    """Columns of each token (its first character) that goes below the line's smallest depth so far."""


@define(frozen=True, slots=True)
class _Lexicon:
    token: re.Pattern[str]
    spanning: str
    """Quotes whose strings may run over the end of a line."""
    verbatim: str = ""
    """Quotes in whose strings a backslash is itself."""


@cache
def _lexicon(language: Language | None) -> _Lexicon:
    name = language.name if language else ""
    parts = []
    if name == "html":
        parts += [
            r"(?P<block><!--)",
            rf"(?P<close></[A-Za-z][^<>]*>)|(?P<open><(?!(?:{_VOID})\b)[A-Za-z](?:[^<>\"'/]|\"[^\"]*\"|'[^']*'|/(?!>))*>)",
        ]
        return _Lexicon(re.compile("|".join(parts)), "")
    # A fence without a language is taken to close: most that open name theirs.
    if name == "markdown":
        return _Lexicon(
            re.compile(r"^[ \t]*(?:(?P<close>(?:```+|~~~+)(?=[ \t]*$))|(?P<open>```+|~~~+))", re.MULTILINE),
            "",
        )
    if name in HEREDOCS:
        parts.append(f"(?P<heredoc>{HEREDOCS[name]})")
    if language is None:
        parts.append(f"(?P<heredoc>{ANY_HEREDOC})")
    if language and language.block_comment:
        parts.append(f"(?P<block>{re.escape(language.block_comment[0])})")
    marks = [language.line_comment] if language and language.line_comment else []
    if language is None:
        parts.append(r"(?P<block>/\*)")
        marks = ["#", "//"]
    marks += {"php": ["#"], "sql": ["#"]}.get(name, [])
    if marks:
        # A # inside a word is none: `$#`, `${x#y}`, `#{…}`.
        parts.append(
            "(?P<line>"
            + "|".join((r"(?<![\w$&{\\])" if mark == "#" else "") + re.escape(mark) for mark in marks)
            # Earlier alternatives win: `"""` has to stand before `"`, comments before anything that they may hold.
            + ")"
        )
    # A line of Zig's multi-line strings, which has no closing mark.
    if name == "zig":
        parts.append(r"(?P<rest>\\\\)")
    parts += [f"(?P<triple{at}>{quotes})" for at, quotes in enumerate(_TRIPLE.get(name, ()))]
    if name == "rust":
        parts.append(r"(?P<raw>\bb?r(?P<hashes>#+)\")")
    if name == "csharp":
        parts.append(r"(?P<verbatim>\$?@\$?\")")
    if name == "lua":
        parts.append(r"(?P<long>\[(?P<level>=*)\[)")
    if name in _REGEX:
        # A slash behind an operator, a bracket or at a line's start begins a pattern, not a division.
        parts.append(
            r"(?P<pattern>(?<=[(,=:\[!&|?{};\n])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n\[])+/)"
        )
    if name in _CHARACTER:
        parts.append(r"(?P<character>'(?:\\[^\n][^'\n]{0,8}|[^'\\\n])')")
    quotes = "" if name in _NO_QUOTES else '"' + ("" if name in _CHARACTER else "'")
    quotes += "`" if "`" in _SPANNING.get(name, "`" if language is None else "") else ""
    if quotes:
        # An apostrophe inside a word ("don't", as text between tags has them) opens no string; r'…' does.
        word = "" if name == "python" else "(?<![a-z][a-z](?='))"
        parts.append(f"(?P<quote>{word}[{quotes}])")
    if name == "bash":
        # ) ends a pattern of `case` there, so that only braces can be counted.
        parts.append(r"(?P<open>(?<!\\)\{)|(?P<close>(?<!\\)\})")
    else:
        parts.append(r"(?P<open>[(\[{])|(?P<close>[)\]}])")
    return _Lexicon(
        re.compile("|".join(parts), re.MULTILINE), _SPANNING.get(name, ""), _VERBATIM.get(name, "")
    )


def nesting(language: Language | None, text: str) -> list[LineNesting]:
    """The nesting of each line of `text` (split at `\\n`), which begins in code, outside of strings and comments."""
    events, spans = _read(_lexicon(language), language, text)
    lines: list[LineNesting] = []
    depth = offset = 0
    # Both lists are in the order of the text: each is walked once, beside the lines.
    event = span = 0
    for line in text.split("\n"):
        end = offset + len(line)
        while span < len(spans) and spans[span][1] <= offset:
            span += 1
        # Begun before this line and not over: the line starts inside of it.
        inside = spans[span][2] if span < len(spans) and spans[span][0] < offset else ""
        before = low = depth
        closes = []
        while event < len(events) and events[event][0] < end:
            at, change = events[event]
            depth += change
            if depth < low:
                low = depth
                closes.append(max(at - offset, 0))
            event += 1
        lines.append(LineNesting(inside, before, low, depth, tuple(closes)))
        offset = end + 1
    return lines


def _read(
    lexicon: _Lexicon, language: Language | None, text: str
) -> tuple[list[tuple[int, int]], list[tuple[int, int, str]]]:
    """Where depth changes (the start of each bracket or tag, and by how much), and what spans lines: strings,
    comments."""
    events: list[tuple[int, int]] = []
    spans: list[tuple[int, int, str]] = []
    waiting: list[tuple[str, bool]] = []
    """Here-documents announced on this line, which begin on the next one."""
    at = 0
    while (found := lexicon.token.search(text, at)) is not None:
        # The line that announced here-documents ends before the next token: they come first.
        if waiting and (line_end := text.find("\n", at)) >= 0 and line_end < found.start():
            at = _skip_heredocs(text, line_end, waiting, spans)
            continue
        kind = found.lastgroup or ""
        start, at = found.span()
        groups = found.groupdict()
        if groups.get("open") is not None:
            events.append((start, 1))
        elif groups.get("close") is not None:
            events.append((start, -1))
        elif groups.get("heredoc") is not None:
            waiting.append((groups["tag"] or groups.get("bare") or "", bool(groups["trim"])))
        elif groups.get("line") is not None or groups.get("rest") is not None:
            at = _line_end(text, at)
        elif groups.get("block") is not None:
            closer = language.block_comment[1] if language and language.block_comment else "*/"
            at = _behind(text, closer, at)
            spans.append((start, at, "comment"))
        # Known to end on their line, and hold no brackets that count.
        elif kind in ("pattern", "character"):
            continue
        else:
            at = _string_end(lexicon, text, found)
            spans.append((start, at, "string"))
    if waiting and (line_end := text.find("\n", at)) >= 0:
        _skip_heredocs(text, line_end, waiting, spans)
    return events, spans


def _string_end(lexicon: _Lexicon, text: str, opened: re.Match[str]) -> int:
    groups, at = opened.groupdict(), opened.end()
    if groups.get("raw") is not None:
        return _behind(text, '"' + groups["hashes"], at)
    if groups.get("long") is not None:
        return _behind(text, f"]{groups['level']}]", at)
    if groups.get("verbatim") is not None:
        return _quoted(text, '"', at, escapes=False, spanning=True)
    for name, quotes in groups.items():
        if name.startswith("triple") and quotes is not None:
            return _quoted(text, quotes, at, escapes=quotes == '"""', spanning=True)
    quote = groups["quote"]
    return _quoted(text, quote, at, escapes=quote not in lexicon.verbatim, spanning=quote in lexicon.spanning)


def _quoted(text: str, quotes: str, at: int, *, escapes: bool, spanning: bool) -> int:
    """Behind the closing `quotes`, or the end of the line (of the text, if `spanning`) where there are none."""
    end = len(text) if spanning else _line_end(text, at)
    while at < end:
        closing = text.find(quotes, at, end)
        if closing < 0:
            return end
        backslash = closing
        # An odd number of backslashes escapes the quote; an even one only themselves.
        while backslash > at and text[backslash - 1] == "\\":
            backslash -= 1
        if not escapes or (closing - backslash) % 2 == 0:
            return closing + len(quotes)
        at = closing + 1
    return end


def _skip_heredocs(
    text: str, line_end: int, waiting: list[tuple[str, bool]], spans: list[tuple[int, int, str]]
) -> int:
    """The end of the last here-document that begins behind `line_end`."""
    at = line_end
    for tag, trim in waiting:
        start, closed = at, False
        while at < len(text) and not closed:
            line_start, at = at + 1, _line_end(text, at + 1)
            line = text[line_start:at]
            # `<<-` and `~` allow the closing tag to be indented; PHP's may be followed by `;` or `,`.
            closed = (line.strip() if trim else line.rstrip().rstrip(";,)")) == tag
        spans.append((start, at, "string"))
    waiting.clear()
    return at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _behind(text: str, closer: str, at: int) -> int:
    end = text.find(closer, at)
    return len(text) if end < 0 else end + len(closer)
