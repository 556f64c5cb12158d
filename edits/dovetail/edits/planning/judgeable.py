"""What a syntax tree cannot judge: code that a preprocessor reads first; and what it judges too mildly: JSON."""

from __future__ import annotations

import json
import re

_MACROS = frozenset({"c", "cpp", "objc", "objective-c", "cuda"})
# Comments, strings, character literals, directives (with their word) and brackets: all that may hold or be
# one.
_PIECE = re.compile(
    r"//|/\*|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|^[ \t]*#[ \t]*(\w*)|([()\[\]{}])", re.MULTILINE
)
_WITH_COMMENTS = re.compile(
    r"(?:^|/)(?:[jt]sconfig[\w.-]*|\.(?:eslintrc|babelrc|swcrc|jshintrc|jslintrc|hintrc|jscsrc)|devcontainer|deno|nx|turbo|"
    r"angular|biome|typedoc|api-extractor|wrangler|language-configuration)\.json$|(?:^|/)\.(?:vscode|devcontainer|zed)/",
    re.IGNORECASE,
)
"""Files named .json whose programs read comments and commas at the end: the syntax tree judges those alone."""
_PAIRS = {")": "(", "]": "[", "}": "{"}
MAX_JSON = 8_000_000
"""Characters of a JSON file that is read to see whether it still is one."""


def reads_macros(language: str) -> bool:
    """Whether unknown macros may make errors of what is right."""
    return language in _MACROS


def is_balanced(text: str) -> bool:
    """Whether the brackets of C code come in pairs, of each `#if` only the first side counted."""
    stack: list[str] = []
    # For each open `#if`: the brackets at its start, and those at the end of its first side.
    saved: list[tuple[list[str], list[str] | None]] = []
    at = 0
    while found := _PIECE.search(text, at):
        word, bracket, at = found[1], found[2], found.end()
        if found[0] == "/*":
            # No expression for the comment: what does not close would be tried again from every `/*`.
            at = text.find("*/", at)
            if at < 0:
                return False
        elif found[0] == "//" or word is not None:
            # A directive's own line is not counted: `#define BEGIN {` is balanced by another one.
            at = _line_end(text, at)
        if word is not None:
            # Every side starts from the same brackets, and behind `#endif` those of the first side hold: `#if
            # A` / `if (a) {` / `#else` / `if (b) {` / `#endif` opens one bracket, not two.
            if word.startswith("if"):
                saved.append((list(stack), None))
            elif word.startswith("el") and saved:
                before, first = saved[-1]
                saved[-1] = (before, list(stack) if first is None else first)
                stack = list(before)
            elif word == "endif" and saved:
                _, first = saved.pop()
                stack = stack if first is None else first
        elif bracket and bracket in _PAIRS:
            if not stack or stack.pop() != _PAIRS[bracket]:
                return False
        elif bracket:
            stack.append(bracket)
    return not stack


def _line_end(text: str, at: int) -> int:
    """The end of a line that may go on behind a backslash."""
    while (end := text.find("\n", at)) >= 0:
        if text[end - 1] != "\\":
            return end
        at = end + 1
    return len(text)


def json_breaks(path: str, before: str | None, after: str) -> str:
    """Why a file that is JSON, or is to be, no longer would be; '' where it is."""
    if not path.lower().endswith((".json", ".ipynb", ".webmanifest")) or len(after) > MAX_JSON:
        return ""
    if _WITH_COMMENTS.search(path):
        return ""
    if before is not None and _json_trouble(before):
        return ""  # comments and the like: not JSON by the letter before either
    # A new file may be JSON with comments, as `tsconfig.json` is; a notebook never is.
    if before is None and not path.lower().endswith(".ipynb"):
        return ""
    return _json_trouble(after)


def _json_trouble(text: str) -> str:
    try:
        json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError) as error:
        return str(error)
    return ""
