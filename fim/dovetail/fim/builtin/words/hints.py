"""What the code says may come next, wherever it was written before: parameters of the call around the cursor, members
of the object before it, names that were just bound.

All of it is read from tokens, because a line that is being typed seldom parses: a definition is where `def`, `class`
and their like stand before the name, in the document or in anything that is learnt (packages among it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from attrs import define, field

from ...types import INSTALLED
from ..index.evidence import Source
from ..index.lexer import NEWLINE, Vocabulary, split_indent, words_of
from ..index.search import defined_by
from ..index.segment import Matches, Segment
from .lines import BINDS, FUNCTIONS, OWN, bound_by, is_name, leaves, opened, parameters_of, type_in
from .literals import kind_behind, kind_of_literal, members_of_literal

_TYPES = ("class", "interface", "type", "struct", "trait", "enum")
_MAKERS = ("__init__", "constructor")
_ASKS = frozenset(
    ("=", "(", ",", "[", "{", ":", "return", "in", "not", "if", "and", "or", "while", "await", "yield", "+")
)
_DEFINITIONS = 3
"""Definitions of one name that are read."""
_PARAMETER_TOKENS, _CLASS_TOKENS = 200, 5_000
_MODULE_FILES, _MODULE_TOKENS, _IMPORT_LINES = 12, 20_000, 200
_MOST_PARAMETERS, _MOST_MEMBERS, _MOST_BOUND = 24, 64, 12
_CALL_LINES, _OBJECT_LINES, _BOUND_LINES = 12, 300, 60

Ranks = dict[int, int]
"""Canonical tokens, each with its place among its like."""


@define(frozen=True, slots=True)
class Hints:
    """What may come next."""

    parameters: Ranks = field(factory=dict)
    """Of the function that is being called, without those that the call names already."""
    members: Ranks = field(factory=dict)
    """Of the object before the point."""
    bound: Ranks = field(factory=dict)
    """Names that were bound above, nearest first."""

    def likely(self) -> Iterator[int]:
        """All of them, what says most first."""
        yield from self.members
        yield from islice(self.parameters, 3)
        yield from islice(self.bound, 3)


NOTHING = Hints()


class Hinter:
    """Finds the hints at one line of a document."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        sources: Sequence[Source],
        matches: Matches,
        lines: Sequence[str],
        number: int,
        kept: dict[tuple[str, str], Ranks],
        path: str = "",
    ) -> None:
        """`kept` is what was read of definitions in these sources; `path` tells the language."""
        self._vocabulary = vocabulary
        self._sources = sources
        self._matches = matches
        self._lines = lines
        self._number = number
        self._read = kept
        self._path = path
        self._bound: Ranks | None = None

    def at(self, words: Sequence[str]) -> Hints:
        """What may follow `words`, the canonical tokens of the line so far."""
        last = words[-1] if words else ""
        if last in (".", "?.", "->") and len(words) > 1:
            return Hints(members=self._members(words[-2]))
        parameters: Ranks = {}
        if last in ("(", ",", "{"):
            parameters = self._parameters(words)
        bound = self._bound_above() if last in _ASKS else {}
        return Hints(parameters, {}, bound) if parameters or bound else NOTHING

    # The call around the cursor -------------------------------------------------------------------------------

    def _parameters(self, words: Sequence[str]) -> Ranks:
        before = list(words)
        # A call may span several lines: they are read upwards until its bracket is found.
        for line in reversed(self._lines[max(0, self._number - _CALL_LINES) : self._number]):
            if (at := opened(before)) >= 0 or not line.strip():
                break
            before[:0] = words_of(line)
        at = opened(before)
        if (
            at < 1
            or before[at] != "("
            or not is_name(before[at - 1])
            or (at > 1 and before[at - 2] in FUNCTIONS)
            # The cursor stands in the parameters of a definition: there nothing is passed yet.
        ):
            return {}
        found = self._known("call", before[at - 1])
        # Arguments given by name already (`f(a=1, `) are not proposed again.
        named = {before[i] for i in range(at + 1, len(before) - 1) if before[i + 1] == "="}
        find = self._vocabulary.find
        used = {find(name) for name in named}
        return {token: rank for token, rank in found.items() if token not in used}

    def _call(self, name: str) -> Iterator[str]:
        for segment, place in self._definitions(name, FUNCTIONS):
            yield from parameters_of(self._texts(segment, place, _PARAMETER_TOKENS))
        # Called by the name of a class: the parameters are those of what makes its objects.
        for segment, place in self._definitions(name, ("class",)):
            texts = self._texts(segment, place, _CLASS_TOKENS)
            for at in range(1, len(texts)):
                if texts[at] in _MAKERS:
                    yield from parameters_of(texts[at + 1 : at + _PARAMETER_TOKENS])
                    break
                if leaves(texts[at]):
                    break

    # The object before the point ------------------------------------------------------------------------------

    def _members(self, name: str) -> Ranks:
        if literal := kind_behind(name):  # `", ".`
            return self._of_literal(literal)
        kind = self._class_around() if name in OWN else self._class_of(name)
        if kind:
            return self._known("class", kind)
        if literal := self._literal_of(name):
            return self._of_literal(literal)
        module = self._imported(name)
        return self._known("module", module) if module else {}

    def _class(self, name: str, inherited: int = 2) -> Iterator[str]:
        """The members that a class has of its own, then those of its bases, `inherited` levels up."""
        bases: dict[str, None] = {}
        for segment, place in self._definitions(name, _TYPES):
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
        for segment, place in self._definitions(")", (name,)):  # methods by their receivers, as in Go
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

    def _imported(self, name: str) -> str:
        """The module that `name` stands for; '' where no import above says so."""
        if not name or not is_name(name):
            return ""
        for line in self._lines[: min(self._number, _IMPORT_LINES)]:
            if name not in line or "import" not in line:
                continue
            words = words_of(line)
            if name in words and words[0] in ("import", "from"):
                at = words.index(name)
                # `import numpy as np`: the name stands behind `as`, the module two words before.
                renamed = at > 1 and words[at - 1] == "as"
                return words[at - 2] if renamed else name
        return ""

    def _class_of(self, name: str) -> str:
        """The type that the nearest binding or annotation above gives to a name; '' for none. A type's own name is
        itself."""
        for line in reversed(self._lines[max(0, self._number - _OBJECT_LINES) : self._number]):
            if name not in line:
                continue
            words = words_of(line)
            for at, word in enumerate(words[:-2]):
                if (
                    word == name
                    # Bound (`x = Foo(`) or annotated (`x: Foo`); of a call the class, of an annotation the
                    # type.
                    and words[at + 1] in ("=", ":=", ":")
                    and (kind := type_in(words[at + 2 : at + 10]))
                ):
                    return kind
        return name if name[:1].isupper() else ""

    def _literal_of(self, name: str) -> str:
        """The kind of the literal that the nearest binding above gives to a name; '' where it is none."""
        if not is_name(name):
            return ""
        for line in reversed(self._lines[max(0, self._number - _OBJECT_LINES) : self._number]):
            if name not in line:
                continue
            words = words_of(line)
            for at, word in enumerate(words[:-1]):
                if word != name or (at and words[at - 1] == "."):
                    continue
                # `x = …`, `x := …`, and behind a type `x: str = …`; what is bound to nothing says nothing.
                rest = words[at + 1 :]
                if rest[0] == ":" and "=" in rest[:8]:
                    rest = rest[rest.index("=") :]
                if rest[0] in BINDS:
                    return kind_of_literal(rest[1:])
        return ""

    def _of_literal(self, kind: str) -> Ranks:
        found = self._read.get(("literal", kind))
        if found is None:
            names = dict.fromkeys(members_of_literal(self._path, kind))
            found = self._read["literal", kind] = self._ranks(names, _MOST_MEMBERS)
        return found

    def _class_around(self) -> str:
        # Outwards along the indentation: each line that is indented less opens the block around.
        depth = len(split_indent(self._lines[self._number])[0]) if self._number < len(self._lines) else 0
        for line in reversed(self._lines[max(0, self._number - 2_000) : self._number]):
            indent, rest = split_indent(line)
            if rest.strip() and len(indent) < depth:
                words = words_of(line)
                if "class" in words[:4] and len(words) > words.index("class") + 1:
                    return words[words.index("class") + 1]
                depth = len(indent)
        return ""

    # Names that were just bound -------------------------------------------------------------------------------

    def _bound_above(self) -> Ranks:
        if self._bound is None:
            names: dict[str, None] = {}
            for line in reversed(self._lines[max(0, self._number - _BOUND_LINES) : self._number]):
                words = words_of(line)
                names.update(dict.fromkeys(bound_by(words)))
                # At the first definition: names further up are of another function.
                if len(names) >= _MOST_BOUND or any(word in FUNCTIONS for word in words[:4]):
                    break
            self._bound = self._ranks(names, _MOST_BOUND)
        return self._bound

    # Definitions ----------------------------------------------------------------------------------------------

    def _known(self, what: str, name: str) -> Ranks:
        found = self._read.get((what, name))
        if found is None:
            some = {"call": self._call, "class": self._class, "module": self._module}[what](name)
            most = _MOST_PARAMETERS if what == "call" else _MOST_MEMBERS
            found = self._read[what, name] = self._ranks(dict.fromkeys(some), most)
        return found

    def _ranks(self, names: dict[str, None], most: int) -> Ranks:
        find = self._vocabulary.find
        ids = [token for token in map(find, names) if token >= 0]
        return {token: rank for rank, token in enumerate(ids[:most])}

    def _definitions(self, name: str, before: Sequence[str]) -> Iterator[tuple[Segment, int]]:
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
