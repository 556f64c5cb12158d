"""Query files, taken apart into their patterns so that a question compiles only what it needs.

A file may begin with `; inherits: javascript, …` to take in the patterns of other files.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from itertools import pairwise

_TOKEN = re.compile(r';[^\n]*|"(?:\\.|[^"\\])*"|[()\[\]]|[^\s()\[\]";]+')
_KIND = re.compile(r'#set! kind "(\w+)"')
_INHERITS = re.compile(r"^; inherits:(.*)$", re.MULTILINE)


@cache
def query_patterns(name: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """The patterns of `queries/<name>.scm`, inherited ones first, each with the captures it holds.

    `@definition.name` counts as `definition` and as `definition.name`. Empty where there is no such file.
    """
    file = files("dovetail.text").joinpath("queries", f"{name}.scm")
    if not file.is_file():
        return ()
    source = file.read_text(encoding="utf-8")
    inherited = [parent.strip() for names in _INHERITS.findall(source) for parent in names.split(",")]
    own = tuple((text, _captures(text)) for text in split_patterns(source))
    return tuple(pattern for parent in inherited for pattern in query_patterns(parent)) + own


def split_patterns(source: str) -> list[str]:
    """The top-level patterns of a query, each with the captures behind it, without comments."""
    patterns: list[list[str]] = []
    depth = 0
    for token in _TOKEN.findall(source):
        # A comment between patterns belongs to none of them, and one inside may hold unbalanced brackets.
        if token.startswith(";"):
            continue
        # What follows at depth 0 without a bracket or a quote (`@name`, `*`, `?`) belongs to the pattern
        # before.
        if depth == 0 and token[0] in '(["':
            patterns.append([])
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token, 0)
        patterns[-1].append(token)
    return [" ".join(tokens) for tokens in patterns]


@cache
def definition_types(name: str) -> dict[str, frozenset[str]]:
    """The types of nodes that the patterns of a language take for definitions, each with the kinds that it may be.

    A type that is one kind or the other, and of which no pattern knows a body, is left out: nothing stands in it.
    """
    kinds: dict[str, set[str]] = {}
    with_body = set()
    for text, captures in query_patterns(name):
        kind = _KIND.search(text)
        if "definition" not in captures or kind is None:
            continue
        for node in _outermost(text):
            kinds.setdefault(node, set()).add(kind[1])
            if "definition.body" in captures:
                with_body.add(node)
    return {node: frozenset(found) for node, found in kinds.items() if len(found) == 1 or node in with_body}


def _outermost(pattern: str) -> list[str]:
    """The types that a node may have which fits `((type …) @definition …)` or `([(type …) (type …)] @definition …)`."""
    found = []
    depth = listed = 0
    for token, following in pairwise(_TOKEN.findall(pattern)):
        listed |= token == "[" and depth == 1
        if token == "(" and depth == 1 + listed and following[0] not in "([#":
            found.append(following)
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token, 0)
    return found


def _captures(pattern: str) -> frozenset[str]:
    names = {token[1:] for token in _TOKEN.findall(pattern) if token.startswith("@")}
    return frozenset(names | {name.split(".")[0] for name in names})
