"""What the code says may come next, wherever it was written before: parameters of the call around the cursor, members
of the object before it, names that were just bound.

All of it is read from tokens, because a line that is being typed seldom parses: a definition is where `def`, `class`
and their like stand before the name, in the document or in anything that is learnt (packages among it).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt
from attrs import define, evolve, field

from ..index.evidence import Source
from ..index.lexer import Vocabulary, is_word, words_of
from ..index.segment import Matches
from .above import LINES, Above
from .bindings import Bindings
from .definitions import NONE, Defined, Definitions, Kept, Ranks
from .lines import BINDS, FUNCTIONS, OWN, bound_by, is_name, opened, type_in
from .literals import kind_behind, kind_of_literal, members_of_literal

_ASKS = frozenset(
    (
        *(
            "",
            "=",
            "(",
            ",",
            "[",
            "{",
            ":",
            "return",
            "in",
            "not",
            "if",
            "and",
            "or",
            "while",
            "await",
            "yield",
        ),
        *(
            "+",
            "-",
            "*",
            "/",
            "%",
            "<",
            ">",
            "==",
            "!=",
            "<=",
            ">=",
            "&&",
            "||",
            "!",
            "+=",
            "-=",
            ":=",
            "is",
            "elif",
        ),
    )
)
"""Behind these a value stands, or a line begins."""
_TIGHT = frozenset(("", "(", "[", "{", "!"))
"""Behind these nothing has a blank before it, as little as behind a point."""
_NAMED_WHOLE = frozenset(
    ("py", "pyi", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "go")
)
"""Languages in which a class names all of its members."""
_SCRIPTS = frozenset(("js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx"))
_IMPORT_LINES = 200
_MOST_BOUND = 12
_CALL_LINES, _BOUND_LINES = 12, 60


@define(frozen=True, slots=True)
class Hints:
    """What may come next."""

    parameters: Ranks = field(factory=dict)
    """Of the function that is being called, without those that the call names already."""
    members: Ranks = field(factory=dict)
    """Of the object before the point, or of the module that is imported from."""
    bound: Ranks = field(factory=dict)
    """Names that were bound above, nearest first."""
    whole: bool = False
    """Whether `members` are all that there are."""
    tight: bool = False
    """Whether no blank comes before them."""

    def likely(self) -> Iterator[int]:
        """All of them, what says most first."""
        yield from self.members
        yield from islice(self.parameters, 3)
        yield from islice(self.bound, 3)

    def fitting(self, fits: npt.NDArray[np.bool_]) -> Hints:
        """Those for whose canonical token `fits` is true."""
        parameters, members, bound = (
            {token: rank for token, rank in ranks.items() if fits[token]}
            for ranks in (self.parameters, self.members, self.bound)
        )
        return Hints(parameters, members, bound, self.whole, self.tight)


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
        kept: Kept,
        path: str = "",
    ) -> None:
        """`kept` is what was read of definitions in these sources; `path` tells the language."""
        self._vocabulary = vocabulary
        self._definitions = Definitions(vocabulary, sources, matches, kept, path)
        self._lines = lines
        self._number = number
        self._path = path
        self._bound: Ranks | None = None
        self._lines_above = Above(lines, number)
        self._bindings = Bindings(self._definitions, lines, number, self._lines_above)

    def at(self, words: Sequence[str]) -> Hints:
        """What may follow `words`, the canonical tokens of the line so far."""
        last = words[-1] if words else ""
        if last in (".", "?.", "->") and len(words) > 1:
            return self._of_members(self._members(_chain(words)), tight=True)
        if last == "::" and len(words) > 1 and self._definitions.language == "rs":
            kind = self._lines_above.class_around() if words[-2] == "Self" else words[-2]
            return self._of_members(self._definitions.path_members(kind), tight=True)
        parameters: Ranks = {}
        if words[:1] == ("from",) and last in (",", "import") and "import" in words:
            return self._of_members(self._importable(words))
        if last in ("(", ",", "{") or (not words and self._above()[-1:] in ("(", ",")):
            before, at = self._opened(words)
            if at > 0 and before[at - 1] == "import":
                return self._of_members(self._importable(before))
            parameters = self._parameters(before, at)
        bound = self._bound_above() if last in _ASKS else {}
        return Hints(parameters, {}, bound, tight=last in _TIGHT) if parameters or bound else NOTHING

    def _of_members(self, found: Defined, *, tight: bool = False) -> Hints:
        whole = found.whole and self._path.rpartition(".")[2].lower() in _NAMED_WHOLE
        return Hints(members=found.ranks, whole=whole, tight=tight) if found.ranks else NOTHING

    # The call around the cursor -------------------------------------------------------------------------------

    def _above(self) -> str:
        return self._lines[self._number - 1].rstrip() if self._number else ""

    def _opened(self, words: Sequence[str]) -> tuple[list[str], int]:
        """The tokens from the line on that opened the innermost bracket, and where that is; -1 for none."""
        before = list(words)
        # A call may span several lines: they are read upwards until its bracket is found.
        for line in reversed(self._lines[max(0, self._number - _CALL_LINES) : self._number]):
            if opened(before) >= 0 or not line.strip():
                break
            before[:0] = words_of(line)
        return before, opened(before)

    def _parameters(self, before: Sequence[str], at: int) -> Ranks:
        if (
            at < 1
            or before[at] != "("
            or not is_name(before[at - 1])
            or (at > 1 and before[at - 2] in FUNCTIONS)
            # The cursor stands in the parameters of a definition: there nothing is passed yet.
        ):
            return {}
        found = self._definitions.parameters(before[at - 1]).ranks
        # Arguments given by name already (`f(a=1, `) are not proposed again.
        named = {before[i] for i in range(at + 1, len(before) - 1) if before[i + 1] == "="}
        find = self._vocabulary.find
        used = {find(name) for name in named}
        return {token: rank for token, rank in found.items() if token not in used}

    def _importable(self, words: Sequence[str]) -> Defined:
        """The names of the module in `from module import …`, without those that stand there already."""
        for at in range(len(words) - 1, 0, -1):
            if words[at] == "import" and "from" in words[:at] and is_name(words[at - 1]):
                found = self._definitions.module(words[at - 1])
                there = {self._vocabulary.find(word) for word in words[at + 1 :]}
                return Defined(
                    {token: rank for token, rank in found.ranks.items() if token not in there}, found.whole
                )
        return NONE

    # The object before the point ------------------------------------------------------------------------------

    def _members(self, chain: Sequence[str]) -> Defined:
        """Those of the last name of `chain`, which stands behind the others with points between."""
        name = chain[-1]
        if literal := kind_behind(name):  # `", ".`
            return self._of_literal(literal)
        if name in OWN:  # what a class gets next is often a member that it has not yet
            if around := self._lines_above.class_around():
                return evolve(self._definitions.members(around), whole=False)
            return self._bindings.around()
        kind = self._class_of(name)
        if kind and (found := self._definitions.members(kind)).ranks:
            return found
        if (found := self._bindings.members(chain)).ranks:
            return found
        if kind and kind != name:  # a type that is known by no definition of its own
            return self._bindings.members([kind])
        if literal := self._literal_of(name):
            return self._of_literal(literal)
        module = self._imported(name)
        return self._definitions.module(module) if module else NONE

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
                if (
                    "'" in words or '"' in words
                ):  # JavaScript: `import * as core from "./core.js"` alone is a module
                    path = [word for word in words[at + 1 :] if is_word(word)]
                    ended = path[-1:] and path[-1] in _SCRIPTS and len(path) > 2
                    return (path[-2] if ended else path[-1]) if words[1] == "*" and len(path) > 1 else ""
                # `import numpy as np`: the name stands behind `as`, the module two words before.
                renamed = at > 1 and words[at - 1] == "as"
                return words[at - 2] if renamed else name
        return ""

    def _class_of(self, name: str) -> str:
        """The type that the nearest binding or annotation above gives to a name; '' for none. A type's own name is
        itself."""
        for _, words in self._lines_above.in_scope(name):
            for at, word in enumerate(words[:-1]):
                if word != name:
                    continue
                # Bound (`x = Foo(`) or annotated (`x: Foo`); of a call the class, of an annotation the type. In Go a
                # parameter stands before its type.
                if words[at + 1] in ("=", ":=", ":"):
                    value = words[at + 2 : at + 12]
                    if kind := type_in(value, annotated=words[at + 1] == ":"):
                        return self._definitions.returned(kind) or kind  # `NewClient(…)` is a function in Go
                    if kind := self._made_by(value):
                        return kind
                    if at == 0 and words[1] != ":":
                        return ""  # bound to something else
                elif words[0] == "func":
                    if kind := type_in(words[at + 1 : at + 4], annotated=True):
                        return kind
                    # Of the package itself a type may have a small letter.
                    kind = next((word for word in words[at + 1 : at + 3] if word != "*"), "")
                    if is_name(kind) and self._definitions.members(kind).ranks:
                        return kind
        return name if name[:1].isupper() else ""

    def _made_by(self, value: Sequence[str]) -> str:
        """The type that the function says to return that `value` calls, which is of this module or class."""
        words = [word for word in value if word not in ("await", ".") and word not in OWN]
        return self._definitions.returned(words[0]) if words[1:2] == ["("] and is_name(words[0]) else ""

    def _literal_of(self, name: str) -> str:
        """The kind of the literal that the nearest binding above gives to a name; '' where it is none."""
        if not is_name(name):
            return ""
        for line in reversed(self._lines[max(0, self._number - LINES) : self._number]):
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

    def _of_literal(self, kind: str) -> Defined:
        names = members_of_literal(self._path, kind)
        for name in names:  # no file of the workspace has to have used one before
            self._vocabulary.add(name)
        return self._definitions.of("literal", kind, lambda: (dict.fromkeys(names), False))

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


def _chain(words: Sequence[str]) -> list[str]:
    """The names before the point that `words` end with, as far as there are only points between them."""
    at = len(words) - 2
    chain = [words[at]]
    while at > 1 and words[at - 1] in (".", "?.") and is_word(words[at - 2]):
        at -= 2
        chain.insert(0, words[at])
    return chain
