"""Syntax that is newer than a grammar, said as an older one would say it: in as many characters, so that every place
stays where it is and the rest of the text can be judged."""

from __future__ import annotations

import re

_SPACES = ""
_TYPES = r"\[(?:[^\[\]\n]|\[[^\[\]\n]*\])*\]"
_OF_SCRIPTS = (
    (r"\bimport(\s+(?:defer|source))\s+[*\w{]", _SPACES),
    (r"^[ \t]*(?:static\s+)?(accessor)\s+[#\w]", _SPACES),
)
_OF_TYPES = (*_OF_SCRIPTS, (r"[<,]\s*(in\s+out)\s+\w", _SPACES))
_RULES: dict[str, tuple[tuple[str, str], ...]] = {
    "c": (
        (r"(#\s*embed\b[^\n]*)", _SPACES),
        (r"\benum(?:\s+\w+)?\s*(:\s*[A-Za-z_][\w ]*)", _SPACES),
        (r"^[ \t]*(defer)\b", _SPACES),
    ),
    "cpp": (
        (r"(#\s*embed\b[^\n]*)", _SPACES),
        (r"^[ \t]*((?:export\s+)?import\s+[\w.:<>\"/]+)\s*;", "int x"),
        (r"\(\s*(this)\s", _SPACES),
        (r"\bif\s+(!?consteval)\b", "(1)"),
        (r"\b(template\s+)for\b", _SPACES),
    ),
    "csharp": ((r"\w(\?)\.[\w.]+\s*=[^=]", _SPACES), (r"^(#[:!][^\n]*)", _SPACES)),
    "css": ((r"\(\s*[\w-]+\s*([<>]=?)\s*[\w.]+\s*\)", ":"),),
    "go": ((r"\b(new)\((?!\s*(?:[\[*]|(?:map|struct|chan|func|interface)\b))", "one"),),
    "java": ((r"\bimport(\s+module)\s", _SPACES), (r"^[ \t]*(super|this)\(", "call")),
    "javascript": _OF_SCRIPTS,
    "typescript": _OF_TYPES,
    "tsx": _OF_TYPES,
    "kotlin": (
        (r"(\$\$+)\"", _SPACES),
        (r"^[ \t]*(context\([^()\n]*\))", _SPACES),
        (r"^[ \t]*!?(?:is|in)\s+[\w.]+\s+(if\b(?:(?!->)[^\n{]){1,200})->", _SPACES),
    ),
    "python": (
        (rf"\b(?:def|class|type)\s+\w+\s*({_TYPES})", _SPACES),
        # A line may not begin with more spaces than the others.
        (r"^[ \t]*(lazy )(?:import|from)\b", "if 1:"),
    ),
    "rust": (
        (r"\b(safe)\s+(?:fn|static)\b", _SPACES),
        (r"&(raw\s+(?:const|mut))\s", _SPACES),
        (r"\bimpl\s+(const)\b", _SPACES),
        (r"\bfor\s+(await)\b", _SPACES),
        (r"\b(gen)\s+fn\b", _SPACES),
    ),
    "toml": ((r"\\([ex])", "t"),),
}
"""For each language: a pattern, and what stands in place of its group, filled up with spaces."""
_OLDER = {
    name: [(re.compile(pattern, re.MULTILINE), older) for pattern, older in rules]
    for name, rules in _RULES.items()
}


def as_older(language: str, text: str) -> str:
    """`text` with what is newer than the grammar of `language` replaced, in as many characters."""
    for pattern, older in _OLDER.get(language, ()):
        out, at = [], 0
        for match in pattern.finditer(text):
            start, end = match.span(1)
            out += [text[at:start], older.ljust(end - start)]
            at = end
        text = "".join([*out, text[at:]])
    return text
