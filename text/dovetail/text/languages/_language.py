"""One language: what it is called, how its files are named, how it is parsed."""

from __future__ import annotations

import importlib
import logging
from functools import cache

from attrs import define
from tree_sitter import Language as Grammar
from tree_sitter import Query, QueryError

from ._patterns import query_patterns

log = logging.getLogger(__name__)


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
        return _query(self.name, self.module, self.entry, ())

    def query(self, *captures: str) -> Query | None:
        """Only the patterns of `queries` that hold one of `captures` (`definition` also means
        `definition.name`): a question at a key must not pay for the captures it does not ask for.

        None without a grammar, a query file or such a capture.
        """
        return _query(self.name, self.module, self.entry, captures)


_ABSENT: set[tuple[str, str]] = set()


@cache
def _grammar(module: str, entry: str) -> Grammar | None:
    try:
        return Grammar(getattr(importlib.import_module(module), entry)())
    except (ImportError, AttributeError, ValueError):
        _ABSENT.add((module, entry))
        return None


@cache
def _query(name: str, module: str, entry: str, captures: tuple[str, ...]) -> Query | None:
    grammar = _grammar(module, entry)
    if grammar is None:
        return None
    patterns = [text for text, held in query_patterns(name) if not captures or held.intersection(captures)]
    try:
        return Query(grammar, "\n".join(patterns)) if patterns else None
    except QueryError as error:
        # A later grammar may have renamed its nodes: the language still works, by indentation.
        log.warning("%s: the installed %s does not know all that is asked of it: %s", name, module, error)
        return None
