"""One language: what it is called, how its files are named, how it is parsed."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from functools import cache

from attrs import define
from tree_sitter import Language as Grammar
from tree_sitter import Query, QueryError

from ._patterns import definition_types, query_patterns

log = logging.getLogger(__name__)

_TOGETHER = frozenset({"scope", "definition", "local", "parameter", "import"})
"""Captures that questions ask for in one mixture or the other. Their patterns are compiled once, for all of them: the
compiler looks at how all states of a grammar go on, which takes C++ 160 ms for these, and took it for each mixture."""
SLOW = 2_500
"""States of a grammar from which on its patterns take long to compile."""
LARGE = 7_000
"""States of a grammar from which on its patterns are compiled…"""
PIECE = 5
"""…so many at a time, as the interpreter's lock is held meanwhile: some 30 ms for each of six pieces of C++, one of the
worst. In more pieces each question would be dearer, as each of them looks through the tree."""


@define(frozen=True, slots=True)
class Language:
    """A language. Grammar and queries are loaded when first used."""

    name: str
    """Dovetail's own name, also the stem of the query file."""
    ids: tuple[str, ...]
    """LSP language identifiers."""
    suffixes: tuple[str, ...]
    """File name endings, with the dot, lower case."""
    module: str
    """The module of the grammar's wheel."""
    entry: str = "language"
    """The function of `module` that gives the grammar."""
    filenames: tuple[str, ...] = ()
    """Whole file names that belong to this language."""
    line_comment: str | None = None
    block_comment: tuple[str, str] | None = None
    offside: bool = False
    """Whether indentation alone delimits blocks, as in Python."""
    indent: str = "    "
    """The unit of indentation where a file shows none."""

    @property
    def grammar(self) -> Grammar | None:
        """The tree-sitter grammar; None where its wheel is not installed or too new for the binding."""
        return _grammar(self.module, self.entry)

    @property
    def lacks_grammar(self) -> bool:
        """Whether `grammar` was asked for and is None. Unlike that it loads nothing, which takes up to 20 ms."""
        return (self.module, self.entry) in _ABSENT

    @property
    def queries(self) -> Query | None:
        """The captures of `queries/<name>.scm`; None without a grammar or a query file."""
        text = "\n".join(text for text, _ in query_patterns(self.name))
        return _query(self.name, self.module, self.entry, text)

    def parts(self, *captures: str) -> tuple[Part, ...]:
        """The patterns of `queries` that hold one of `captures` (`definition` also means `definition.name`), and few
        others: a question at a key must not pay for what it does not ask for.

        Empty without a grammar, a query file or such a capture.
        """
        return _parts(self.name, self.module, self.entry, captures)

    @property
    def large(self) -> bool:
        """Whether all its patterns together take more than 10 ms to compile, and hold the interpreter's lock."""
        return self.grammar is not None and self.grammar.parse_state_count >= SLOW

    @property
    def definition_types(self) -> Mapping[str, frozenset[str]]:
        """The types of nodes that are definitions, with their kinds; see `definition_types`."""
        return definition_types(self.name)


@define(frozen=True, slots=True)
class Part:
    """Some of the patterns of a language's queries."""

    first: int
    """The number of the first of them; those of later parts are higher."""
    query: Query


_ABSENT: set[tuple[str, str]] = set()


@cache
def _grammar(module: str, entry: str) -> Grammar | None:
    try:
        return Grammar(getattr(importlib.import_module(module), entry)())
    except (ImportError, AttributeError, ValueError):
        _ABSENT.add((module, entry))
        return None


@cache
def _parts(name: str, module: str, entry: str, captures: tuple[str, ...]) -> tuple[Part, ...]:
    grammar = _grammar(module, entry)
    if grammar is None:
        return ()
    parts: list[Part] = []
    for first, text in _texts(name, grammar.parse_state_count, captures):
        query = _query(name, module, entry, text)
        if query is None:
            return ()
        parts.append(Part(first, query))
    return tuple(parts)


def _texts(name: str, states: int, captures: tuple[str, ...]) -> list[tuple[int, str]]:
    """The patterns that answer for `captures`, in pieces of bounded work, each with its first pattern's number."""
    patterns = query_patterns(name)
    asked = {capture for capture in captures if capture.partition(".")[0] not in _TOGETHER}
    together = [i for i, (_, held) in enumerate(patterns) if held & _TOGETHER]
    alone = [i for i, (_, held) in enumerate(patterns) if held & asked and not held & _TOGETHER]
    if not any(patterns[i][1].intersection(captures) for i in together):
        together = []
    if not captures:
        alone, together = list(range(len(patterns))), []
    step = PIECE if states >= LARGE else len(patterns) or 1
    return [
        (chosen[at], "\n".join(patterns[i][0] for i in chosen[at : at + step]))
        for chosen in (alone, together)
        for at in range(0, len(chosen), step)
    ]


@cache
def _query(name: str, module: str, entry: str, patterns: str) -> Query | None:
    grammar = _grammar(module, entry)
    try:
        return Query(grammar, patterns) if grammar is not None and patterns else None
    except QueryError as error:
        # A later grammar may have renamed its nodes: the language still works, by indentation.
        log.warning("%s: the installed %s does not know all that is asked of it: %s", name, module, error)
        return None
