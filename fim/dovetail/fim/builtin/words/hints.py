"""What the code says may come next, wherever it was written before: parameters of the call around the cursor, members
of the object before it, names that were just bound.

All of it is read from tokens, because a line that is being typed seldom parses: a definition is where `def`, `class`
and their like stand before the name, in the document or in anything that is learnt (packages among it).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from attrs import define, field

from ..index.evidence import Source
from ..index.lexer import Vocabulary, split_indent, words_of
from ..index.segment import Matches
from .definitions import Definitions, Ranks
from .lines import BINDS, FUNCTIONS, OWN, bound_by, is_name, opened, type_in
from .literals import kind_behind, kind_of_literal, members_of_literal

_ASKS = frozenset(
    ("=", "(", ",", "[", "{", ":", "return", "in", "not", "if", "and", "or", "while", "await", "yield", "+")
)
_IMPORT_LINES = 200
_MOST_BOUND = 12
_CALL_LINES, _OBJECT_LINES, _BOUND_LINES = 12, 300, 60


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
        self._definitions = Definitions(vocabulary, sources, matches, kept)
        self._lines = lines
        self._number = number
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
        found = self._definitions.of("call", before[at - 1])
        # Arguments given by name already (`f(a=1, `) are not proposed again.
        named = {before[i] for i in range(at + 1, len(before) - 1) if before[i + 1] == "="}
        find = self._vocabulary.find
        used = {find(name) for name in named}
        return {token: rank for token, rank in found.items() if token not in used}

    # The object before the point ------------------------------------------------------------------------------

    def _members(self, name: str) -> Ranks:
        if literal := kind_behind(name):  # `", ".`
            return self._of_literal(literal)
        kind = self._class_around() if name in OWN else self._class_of(name)
        if kind:
            return self._definitions.of("class", kind)
        if literal := self._literal_of(name):
            return self._of_literal(literal)
        module = self._imported(name)
        return self._definitions.of("module", module) if module else {}

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
        return self._definitions.kept("literal", kind, lambda kind: members_of_literal(self._path, kind))

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
            self._bound = self._definitions.ranks(names, _MOST_BOUND)
        return self._bound
