"""Whether a grammar can judge a document at all.

A grammar knows one dialect of one language. Templates, other dialects, magics of notebooks and macros are right where
they stand, and errors only to it; a document that holds such errors already is none that it can judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from dovetail.text import Language, Snapshot, SyntaxProblem, syntax_errors

from .older import as_older

MOST_ERRORS = 50
"""Errors of the document that are looked at."""

_NEVER = frozenset({"sql", "markdown"})
"""SQL is a family of dialects, of which the grammar knows the common part; Markdown has no wrong text."""
_TEMPLATE = re.compile(r"\{\{-?\s|\{\{[^{}\n]*+\}\}|\{%|<%|\{#-?\s|\$\{\{|\{\{[#/^!>]")
_BRACED = frozenset({
    "python", "javascript", "typescript", "tsx", "go", "rust", "java", "c", "cpp", "csharp", "php", "kotlin", "swift",
    "scala", "zig", "ruby", "lua", "haskell", "elixir", "ocaml", "ocaml_interface",
})  # fmt: skip
_TEMPLATE_OF_CODE = re.compile(r"\{%[-+]?\s|<%|\{\{\s*[\w.]++\s*(?:\||\}\})")
"""In languages where {{ may well be code."""
_MAGIC = re.compile(r"^\s*(?:%{1,2}[A-Za-z]|[!?][\w/.]|\w[\w.]*\?{1,2}\s*$)|=\s*[%!][A-Za-z]", re.MULTILINE)
_MACRO = r"\b[A-Z_][A-Z0-9_]{2,}\s*(?:\(|$)|\b(?:(?!for_?each)\w)*+for_?each\w*+\s*+\("
_DIALECTS = {
    "lua": re.compile(
        r"^--!|\blocal\s+\w+\s*:\s*\w|\)\s*:\s*[\w{(]|[\w\])]\s*(?:\+|-|\*|/|\.\.)=|^\s*(?:export\s+)?type\s+\w|`|\^=|^\s*continue\b",
        re.MULTILINE,
    ),
    "c": re.compile(rf"{_MACRO}|__\w+", re.MULTILINE),
    "cpp": re.compile(rf"{_MACRO}|\bforever\b|__\w+", re.MULTILINE),
}  # fmt: skip
_SCRIPT = r"\bimport\s+(?:defer|source|type)\b|\bin\s+out\s+\w|\baccessor\s+[#\w]|=\s*do\s*\{"
_NEWER = {
    "bash": r"\$\{[ |]",
    "c": r"#\s*embed\b|\benum\s+\w*\s*:|\bdefer\b",
    "cpp": r"#\s*embed\b|\bimport\b|\(\s*this\b|\bif\s+!?consteval\b|\)\s*(?:pre|post)\s*\(|\.\.\.\w|\^\^"
    r"|\btemplate\s+for\b|\.\w+\{",
    "csharp": r"\bextension\s*[<(]|\?\.[\w.]+\s*=|\ballows\s+ref\b|^#[:!]",
    "css": r"[<>]=|\bif\(|@function\b|@import\b|--[\w-]*\*|@(?:utility|custom-variant|container)\b|\bstyle\(",
    "go": r"\bnew\(",
    "haskell": r'"""|\bthen\s+group\b',
    "java": r"\bimport\s+module\b|^\s*(?:super|this)\(",
    "javascript": _SCRIPT, "typescript": _SCRIPT, "tsx": _SCRIPT,
    "kotlin": r"^\s*context\(|\bif\b[^\n{]{0,200}->|\$\$\"|\bfun\s+interface\b|^\s*field\s*=",
    "python": r"\b(?:def|class|type)\s+\w+\s*\[|^\s*lazy\s+(?:import|from)\b",
    "ruby": r"\bdef\s+[\w.?!]+(?:\([^()\n]{0,200}\))?\s*=\s*\w",
    "rust": r"\bsafe\s+(?:fn|static)\b|&raw\s|\bfor\s+await\b|\bgen\s+(?:fn\b|move\b|\{)|\bimpl\s+const\b",
    "scala": r"\bcase\s+\w+\s*,",
    "toml": r"\\[ex]",
    "zig": r"\basm\b",
}  # fmt: skip
"""What a language can say and its grammar here does not know yet; each was tried with the grammar."""
_TOO_NEW = {name: re.compile(pattern, re.MULTILINE) for name, pattern in _NEWER.items()}
_OTHER_IDS = frozenset({
    "objective-c", "objective-cpp", "objc", "objcpp", "cuda-cpp", "cuda", "arduino", "metal", "luau", "cython",
    "snakemake", "phoenix-heex",
})  # fmt: skip
"""Languages that are read with the grammar of one they grew out of."""
_OTHER_FILES = re.compile(r"\.(?:m|mm|cu|ino|metal|luau|pyx|pxd|pxi|smk|heex|leex)$|(?:^|/)Snakefile$")
_FLOW = frozenset({"javascript", "tsx"})
_TOO_LOOSE = {
    "csharp": re.compile(
        r"^[ \t]*(?:bool|byte|char|decimal|double|float|int|long|object|short|string|uint|ulong)\s*=[^=>]",
        re.MULTILINE,
    ),
    "swift": re.compile(r"^[ \t]*(?:let|var)\s*=[^=]", re.MULTILINE),
}
"""What a grammar takes and its language does not: a declaration without a name."""
_NEVER_LACKS = frozenset({"bash"})
"""Its grammar misses a word where a redirection ends a command."""
_A_NAME = re.compile(r"(?:\w+ )*(?:identifier|number) is missing")
_ZSH = re.compile(r"\.zsh(?:rc|env)?$|\.zprofile$")


def cannot_judge(language: Language, snapshot: Snapshot, text: str) -> str:
    """Why the grammar cannot judge `text` in this document; '' if it can."""
    name = language.name
    if snapshot.language_id in _OTHER_IDS or _OTHER_FILES.search(snapshot.uri):
        return f"{snapshot.language_id or 'its language'} is more than the grammar of {name} knows"
    if name in _NEVER:
        return f"{name} has more dialects than its grammar knows"
    # `{{` opens a template in most languages; in those of code it may as well be two brackets.
    template = _TEMPLATE_OF_CODE if name in _BRACED else _TEMPLATE
    if template.search(text):
        return "it is a template"
    if name == "python" and _MAGIC.search(text):
        return "it is a notebook's magic"
    if name == "bash" and (
        snapshot.language_id == "zsh" or _ZSH.search(snapshot.uri) or "zsh" in snapshot.line(0)
    ):
        return "zsh is more than its grammar knows"
    # Told by signs in the text and its own line, not in the whole document.
    dialect = _DIALECTS.get(name)
    if dialect is not None and dialect.search(text):
        return "it is of a dialect, or has macros"
    if line_beyond(name, as_older(name, text)) == 0:
        return f"it may be newer than the grammar of {name}"
    if name in _FLOW and "@flow" in "".join(snapshot.lines.slice(0, 10)):
        return "Flow is more than its grammar knows"
    return ""


def line_beyond(language: str, text: str) -> int | None:
    """The first line of `text` that may be newer than the grammar, counted from 0. What a parser met above it is not
    due to it; nothing is known of what it says below."""
    newer = _TOO_NEW.get(language)
    found = newer.search(text) if newer is not None else None
    return None if found is None else text.count("\n", 0, found.end())


def too_loose(language: str, text: str) -> bool:
    """Whether `text` has what no version of the language takes, though the grammar does."""
    found = _TOO_LOOSE.get(language)
    return found is not None and found.search(text) is not None


def lacks_name(language: str, problem: SyntaxProblem) -> bool:
    """Whether a name or a value is absent at `problem`. What ends a statement is absent wherever one is being
    written."""
    return problem.missing and language not in _NEVER_LACKS and _A_NAME.match(problem.message) is not None


def stands_elsewhere(new: Iterable[SyntaxProblem], before: Snapshot, first: int, last: int) -> bool:
    """Whether `before`, outside of the lines `first` to `last`, has an error of the same sort as one of `new`."""
    sorts = {_sort(problem) for problem in new}
    # What the document has elsewhere is how it is written, whatever the grammar thinks.
    return any(
        not first <= problem.start.line <= last and _sort(problem) in sorts
        for problem in islice(syntax_errors(before), MOST_ERRORS)
    )


def _sort(problem: SyntaxProblem) -> str:
    """The punctuation in what the grammar did not understand, or its first word where there are none."""
    if problem.missing:
        return problem.message
    said = problem.message.partition(" ")[2]
    signs = " ".join(re.findall(r"[^\w\s']+", said))
    return signs or said.split(" ")[0].strip("'").lower()
