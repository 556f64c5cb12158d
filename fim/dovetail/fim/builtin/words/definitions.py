"""What definitions say, wherever they stand: the parameters of a function, the members of a class, the names of a
module, in the documents and in all that is learnt (packages among it)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise

from ...types import INSTALLED
from ..index.evidence import Source
from ..index.lexer import NEWLINE, Vocabulary
from ..index.search import defined_by
from ..index.segment import Matches, Segment
from .lines import FUNCTIONS, OWN, is_name, leaves, parameters_of

_TYPES = ("class", "interface", "type", "struct", "trait", "enum")
_MAKERS = ("__init__", "constructor")
_DEFINITIONS = 3
"""Definitions of one name that are read."""
_PARAMETER_TOKENS, _CLASS_TOKENS = 200, 5_000
_MODULE_FILES, _MODULE_TOKENS = 12, 20_000
_MOST_PARAMETERS, _MOST_MEMBERS = 24, 64

Ranks = dict[int, int]
"""Canonical tokens, each with its place among its like."""


class Definitions:
    """Reads definitions in some sources."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        sources: Sequence[Source],
        matches: Matches,
        kept: dict[tuple[str, str], Ranks],
    ) -> None:
        """`kept` is what was read in these sources before."""
        self._vocabulary = vocabulary
        self._sources = sources
        self._matches = matches
        self._kept = kept

    def of(self, what: str, name: str) -> Ranks:
        """The parameters of a "call" of `name`, the members of a "class" or the names of a "module" of that name."""
        some = {"call": self._call, "class": self._class, "module": self._module}[what]
        return self.kept(what, name, some, _MOST_PARAMETERS if what == "call" else _MOST_MEMBERS)

    def kept(
        self, what: str, name: str, names: Callable[[str], Iterable[str]], most: int = _MOST_MEMBERS
    ) -> Ranks:
        """The names that `names(name)` gives, read once."""
        found = self._kept.get((what, name))
        if found is None:
            found = self._kept[what, name] = self.ranks(dict.fromkeys(names(name)), most)
        return found

    def ranks(self, names: Iterable[str], most: int) -> Ranks:
        """The tokens of the first `most` of some names; what is nowhere in the vocabulary is left out."""
        find = self._vocabulary.find
        ids = [token for token in map(find, names) if token >= 0]
        return {token: rank for rank, token in enumerate(ids[:most])}

    def _call(self, name: str) -> Iterator[str]:
        for segment, place in self._places(name, FUNCTIONS):
            yield from parameters_of(self._texts(segment, place, _PARAMETER_TOKENS))
        # Called by the name of a class: the parameters are those of what makes its objects.
        for segment, place in self._places(name, ("class",)):
            texts = self._texts(segment, place, _CLASS_TOKENS)
            for at in range(1, len(texts)):
                if texts[at] in _MAKERS:
                    yield from parameters_of(texts[at + 1 : at + _PARAMETER_TOKENS])
                    break
                if leaves(texts[at]):
                    break

    def _class(self, name: str, inherited: int = 2) -> Iterator[str]:
        """The members that a class has of its own, then those of its bases, `inherited` levels up."""
        bases: dict[str, None] = {}
        for segment, place in self._places(name, _TYPES):
            texts = self._texts(segment, place, _CLASS_TOKENS)
            if texts[:1] == ["("] or "extends" in texts[:4]:
                bases.update(dict.fromkeys(text for text in texts[1:8] if is_name(text) and text != name))
            # Up to the first line at the margin, where the class is over.
            for at in range(len(texts) - 2):
                text = texts[at]
                if leaves(text):
                    break
                # `self.x` anywhere in it, or a definition: both name a member.
                if text in FUNCTIONS or (text == "." and at and texts[at - 1] in OWN):
                    if is_name(texts[at + 1]):
                        yield texts[at + 1]
                # A field at the start of a line: `name: str`, `name = 1`, `name(…) {`.
                elif text[0] == "\n" and is_name(texts[at + 1]) and texts[at + 2] in ("(", ":", "=", "?"):
                    yield texts[at + 1]
        for segment, place in self._places(")", (name,)):  # methods by their receivers, as in Go
            texts = self._texts(segment, place, 2)
            if len(texts) == 2 and texts[1] == "(" and is_name(texts[0]):
                yield texts[0]
        if inherited:
            for base in islice(bases, 2):
                yield from self._class(base, inherited - 1)

    def _module(self, name: str) -> Iterator[str]:
        """What the files of a module or package define: of one in the workspace `name.py` or `name/__init__.py`, of an
        installed one all files at its top."""
        # Files by their path alone: `json` is `…/json.py`, `…/json/__init__.py`, or what is installed as
        # `json`.
        inside = re.compile(
            rf"(?:\A|.*/){re.escape(name)}(?:\.\w+|/(?:__init__|index|mod)\.\w+)\Z"
            rf"|{re.escape(INSTALLED)}\w+/{re.escape(name)}/[^/]+\Z"
        )
        texts, canon = self._vocabulary.texts, self._vocabulary.canon
        left = _MODULE_FILES
        for source in self._sources:
            segment = source.segment
            if source.where is not None or len(segment.paths) < 1:
                continue
            for number, path in enumerate(segment.paths):
                if not inside.match(path) or number in source.hidden:
                    continue
                low = int(segment.starts[number])
                end = (
                    int(segment.starts[number + 1])
                    if number + 1 < len(segment.starts)
                    else len(segment.tokens)
                )
                tokens: list[int] = segment.tokens[low : min(end, low + _MODULE_TOKENS)].tolist()
                begins = [at for at, token in enumerate(tokens) if canon[token] == NEWLINE]
                for begin, stop in pairwise([*begins, len(tokens)]):
                    # Only lines at the margin: what is indented belongs to a definition.
                    if leaves(texts[tokens[begin]]):
                        words = [texts[token].lstrip() for token in tokens[begin + 1 : min(stop, begin + 12)]]
                        if found := defined_by(words, indented=False):
                            yield found
                left -= 1
                if not left:
                    return

    def _places(self, name: str, before: Sequence[str]) -> Iterator[tuple[Segment, int]]:
        """Places right behind `name` where one of `before` stands in front of it."""
        find = self._vocabulary.find
        token, left = find(name), _DEFINITIONS
        for first in [find(word) for word in before]:
            if first < 0 or token < 0:
                continue
            for source in self._sources:
                ranges = self._matches.of(source.segment, (first, token), 2)
                if len(ranges) < 2:
                    continue
                low, high = ranges[1]
                # Any of them will do: they stand in the order of what is written before, not of importance.
                for place in source.segment.exact.places[low : min(high, low + left)]:
                    yield source.segment, place
                    left -= 1
                if left <= 0:
                    return

    def _texts(self, segment: Segment, place: int, most: int) -> list[str]:
        """The tokens from a place on; line starts as they are, the others canonical."""
        texts = self._vocabulary.texts
        found = [texts[token] for token in segment.tokens[place : place + most].tolist()]
        return [text if text[0] == "\n" else text.lstrip() for text in found]
