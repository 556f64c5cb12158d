"""What definitions say, wherever they stand: the parameters of a function, the members of a class, the names of a
module, in the documents and in all that is learnt (packages among it)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from weakref import WeakKeyDictionary

import numpy as np
from attrs import define

from ...types import INSTALLED
from ..index.evidence import ABOVE, Source
from ..index.lexer import NEWLINE, Ids, Vocabulary
from ..index.search import defined_by
from ..index.segment import Matches, Segment
from .classes import Body, body_of
from .lines import FUNCTIONS, is_name, leaves, parameters_of, type_in

_TYPES = ("class", "interface", "type", "struct", "trait")
_MORE = ("impl", "for", "enum")
"""Words before a type's name where more of its members stand, as in Rust."""
_MAKERS = ("__init__", "constructor")
_DEFINITIONS, _RECEIVERS, _LOOKED_AT = 3, 256, 256
"""Definitions of one name that are read; methods of one receiver; places that are looked at for them."""
_PARAMETER_TOKENS, _MAKER_TOKENS, _CLASS_TOKENS = 200, 3_000, 30_000
_MODULE_FILES, _MODULE_TOKENS = 12, 20_000
_MOST_PARAMETERS, _MOST_MEMBERS = 24, 256
_SAME = {
    "pyi": "py",
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "tsx", "mts", "cts", "vue", "svelte"), "ts"),
}
"""Endings of one language."""
_PACKAGE_FILES = frozenset(("__init__", "index", "mod"))

Ranks = dict[int, int]
"""Canonical tokens, each with its place among its like."""


@define(frozen=True, slots=True)
class Defined:
    """Names that some definition gives."""

    ranks: Ranks
    whole: bool = False
    """Whether there are no others."""


NONE = Defined({})
Kept = dict[tuple[str, str], Defined]
_Read = tuple[dict[str, None], bool]
"""Names, and whether there are no others."""

_BODIES: WeakKeyDictionary[Segment, dict[int, Body]] = WeakKeyDictionary()
"""Of each segment that is learnt, the classes that were read, by the places behind their names."""
_BODIES_KEPT = 256
_MODULES: WeakKeyDictionary[Segment, dict[str, list[int]]] = WeakKeyDictionary()
"""Of each segment, the numbers of the files of each module."""


class Definitions:
    """Reads definitions in some sources."""

    def __init__(
        self, vocabulary: Vocabulary, sources: Sequence[Source], matches: Matches, kept: Kept, path: str
    ) -> None:
        """`kept` is what was read in these sources before; definitions in the language of `path` are read."""
        self._language = _language(path)
        self._vocabulary = vocabulary
        self._sources = sources
        self._matches = matches
        self._kept = kept
        self._with: dict[int, list[Source]] = {}
        # The pieces of the open document in the order of its text.
        above = [source for source in sources if source.where == ABOVE]
        document = [
            *reversed(above),
            *(each for each in sources if each.where is not None and each.where != ABOVE),
        ]
        # What begins in one piece of the document may go on in the next (see `_tokens`).
        self._next = dict(zip(map(id, document), document[1:], strict=False))

    def parameters(self, name: str) -> Defined:
        """Those of a call of `name`."""
        return self.of("call", name, lambda: (dict.fromkeys(self._call(name)), False), _MOST_PARAMETERS)

    def members(self, name: str) -> Defined:
        """Those of the class `name`."""
        return self.of("class", name, lambda: self._class(name))

    def module(self, name: str) -> Defined:
        """The names of the module `name`."""
        return self.of("module", name, lambda: (self._module(name), False))

    def of(self, what: str, name: str, read: Callable[[], _Read], most: int = _MOST_MEMBERS) -> Defined:
        """The names that `read` gives, read once for `what` and `name`."""
        found = self._kept.get((what, name))
        if found is None:
            names, whole = read()
            found = self._kept[what, name] = Defined(self.ranks(names, most), whole and len(names) <= most)
        return found

    def ranks(self, names: Iterable[str], most: int) -> Ranks:
        """The tokens of the first `most` of some names; what is nowhere in the vocabulary is left out."""
        find = self._vocabulary.find
        ids = [token for token in map(find, names) if token >= 0]
        return {token: rank for rank, token in enumerate(ids[:most])}

    def returned(self, name: str) -> str:
        """The type that the functions called `name` say to return; '' where they say none, or not the same."""
        found = self.of("returned", name, lambda: (dict.fromkeys(self._returned(name)), True))
        return self._vocabulary.texts[next(iter(found.ranks))] if len(found.ranks) == 1 else ""

    def _returned(self, name: str) -> Iterator[str]:
        for source, place in self._places(name, FUNCTIONS):
            texts = self._texts(source, place, _PARAMETER_TOKENS)
            depth = 0
            for at, text in enumerate(texts):
                depth += (text == "(") - (text == ")")
                if text == ")" and not depth:
                    # Up to where the body begins; a colon is before a type in TypeScript, and behind it in Python.
                    behind = texts[at + 1 : at + 10]
                    if behind[:1] in (["->"], [":"]):
                        del behind[:1]
                    end = next(
                        (i for i, word in enumerate(behind) if word[0] == "\n" or word in ("{", ":")),
                        len(behind),
                    )
                    if kind := type_in(behind[:end], annotated=True):
                        yield kind
                    break

    def _call(self, name: str) -> Iterator[str]:
        for source, place in self._places(name, FUNCTIONS):
            yield from parameters_of(self._texts(source, place, _PARAMETER_TOKENS))
        # Called by the name of a class: the parameters are those of what makes its objects.
        for source, place in self._places(name, ("class",)):
            texts = self._texts(source, place, _MAKER_TOKENS)
            for at in range(1, len(texts)):
                if texts[at] in _MAKERS:
                    yield from parameters_of(texts[at + 1 : at + _PARAMETER_TOKENS])
                    break
                if leaves(texts[at]):
                    break

    def _class(self, name: str, inherited: int = 2) -> _Read:
        """The members that a class has of its own, then those of its bases, `inherited` levels up."""
        names: dict[str, None] = {}
        bases: dict[str, None] = {}
        whole, number = True, 0
        for source, place in self._places(name, _TYPES):
            body = self._body(source, place)
            names.update(dict.fromkeys(body.names))
            bases.update(dict.fromkeys(body.bases))
            number += 1
            whole = whole and body.whole
        for source, place in self._places(name, _MORE):
            names.update(dict.fromkeys(self._body(source, place).names))
        for source, place in self._places(")", (name,), _RECEIVERS):  # methods by their receivers, as in Go
            texts = self._texts(source, place, 2)
            if len(texts) == 2 and texts[1] == "(":
                names[texts[0]] = None
        # A base of the same name, from another module, would be this class once more.
        bases.pop(name, None)
        for maker in _MAKERS:  # called by the name of the class
            names.pop(maker, None)
        # Bases that are not looked at any more may bring others.
        if not inherited:
            whole = whole and not bases
        for base in islice(bases, 4 if inherited else 0):
            more, all_of_them = self._class(base, inherited - 1)
            names.update(more)
            whole = whole and all_of_them
        # Of two classes of one name nobody knows which is meant.
        return names, whole and number == 1 and bool(names)

    def _body(self, source: Source, place: int) -> Body:
        if source.where is not None:
            return body_of(self._vocabulary, self._tokens(source, place, _CLASS_TOKENS))
        # What is learnt does not change, so a class of it is read once, not anew for each line that asks.
        bodies = _BODIES.setdefault(source.segment, {})
        body = bodies.get(place)
        if body is None:
            if len(bodies) >= _BODIES_KEPT:
                bodies.clear()
            body = bodies[place] = body_of(self._vocabulary, self._tokens(source, place, _CLASS_TOKENS))
        return body

    def _module(self, name: str) -> dict[str, None]:
        """What the files of a module or package define, then what they import: of one in the workspace `name.py` or
        `name/__init__.py`, of an installed one all files at its top. There may be more: what is meant is often a
        module of the language's library, and names are imported in many ways."""
        texts, canon = self._vocabulary.texts, self._vocabulary.canon
        names: dict[str, None] = {}
        imported: dict[str, None] = {}
        left = _MODULE_FILES
        for source in self._sources:
            segment = source.segment
            if source.where is not None:
                continue
            for number in _modules_of(segment).get(name, ()):
                if number in source.hidden or _language(segment.paths[number]) != self._language:
                    continue
                if not left:
                    return {**names, **imported}
                left -= 1
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
                        words = [texts[token].lstrip() for token in tokens[begin + 1 : min(stop, begin + 24)]]
                        if found := defined_by(words, indented=False):
                            names[found] = None
                        elif "import" in words[:8]:
                            behind = words[words.index("import") + 1 :]
                            imported.update(dict.fromkeys(word for word in behind if is_name(word)))
        return {**names, **imported}

    def _places(
        self, name: str, before: Sequence[str], most: int = _DEFINITIONS
    ) -> Iterator[tuple[Source, int]]:
        """Places right behind `name` where one of `before` stands in front of it."""
        find = self._vocabulary.find
        token, left = find(name), most
        sources = self._sources_with(token)
        # By the two tokens "class Name": a lookup in the sorted places, whatever the size of the workspace.
        for first in [find(word) for word in before]:
            if first < 0 or token < 0:
                continue
            for source in sources:
                ranges = self._matches.of(source.segment, (first, token), 2)
                if len(ranges) < 2:
                    continue
                low, high = ranges[1]
                borders = source.borders if source.hidden else None
                # Any of them will do: they stand in the order of what is written before, not of importance.
                for place in source.segment.exact.places[low : min(high, low + _LOOKED_AT)]:
                    # An odd number of borders before a place: it lies in a hidden file.
                    if borders is not None and borders.searchsorted(place, side="right") & 1:
                        continue
                    if not self._is_ours(source, place):
                        continue
                    yield source, place
                    left -= 1
                    if left <= 0:
                        return

    def _sources_with(self, token: int) -> list[Source]:
        """Those in which a token stands: a document has many pieces, and most names are in few of them."""
        found = self._with.get(token)
        if found is None:
            tables = [(source, source.segment.exact.first(token)) for source in self._sources]
            found = self._with[token] = [source for source, (low, high) in tables if low < high]
        return found

    def _is_ours(self, source: Source, place: int) -> bool:
        """Whether a place is in a file of the document's language."""
        if source.where is not None or not self._language:
            return True
        segment = source.segment
        path = segment.paths[int(segment.starts.searchsorted(place, side="right")) - 1]
        return not path or _language(path) == self._language

    def _tokens(self, source: Source, place: int, most: int) -> Ids:
        """The raw tokens from a place on. What begins in a piece of the open document goes on in the next one."""
        parts = [source.segment.tokens[place : place + most]]
        following = self._next.get(id(source))
        while following is not None and (left := most - sum(map(len, parts))) > 0:
            parts[-1] = parts[-1][:-1]  # without what closes the piece
            parts.append(following.segment.tokens[:left])
            following = self._next.get(id(following))
        return np.concatenate(parts)

    def _texts(self, source: Source, place: int, most: int) -> list[str]:
        """The same; line starts as they are, the others canonical."""
        texts = self._vocabulary.texts
        found = [texts[token] for token in self._tokens(source, place, most).tolist()]
        return [text if text[0] == "\n" else text.lstrip() for text in found]


def _language(path: str) -> str:
    """What tells which files may use each other's definitions; '' for a file without an ending."""
    ending = path.rpartition("/")[2].rpartition(".")[2].lower() if "." in path else ""
    return _SAME.get(ending, ending)


def _modules_of(segment: Segment) -> dict[str, list[int]]:
    """The numbers of the files of each module: `json` is `…/json.py`, `…/json/__init__.py`, or what is installed as
    `json`."""
    found = _MODULES.get(segment)
    if found is None:
        found = {}
        for number, path in enumerate(segment.paths):
            folders = path.split("/")
            stem = folders[-1].rpartition(".")[0]
            names = {stem}
            top = path.startswith(INSTALLED) and path.count("/") == INSTALLED.count("/") + 2
            if len(folders) > 1 and (stem in _PACKAGE_FILES or top):
                names.add(folders[-2])
            for name in names:
                found.setdefault(name, []).append(number)
        _MODULES[segment] = found
    return found
