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
from .objects import braced

_TYPES = ("class", "interface", "type", "struct", "trait")
_MORE = ("impl", "for")
"""Words before a type's name where more of its members stand, as in Rust."""
_MAKERS = ("__init__", "constructor")
_DEFINITIONS, _RECEIVERS, _LOOKED_AT = 3, 256, 256
"""Definitions of one name that are read; methods of one receiver; places that are looked at for them."""
_MORE_BEHIND = 16
"""How many times as many are looked at where what stands behind the name tells most of them apart."""
_PARAMETER_TOKENS, _MAKER_TOKENS, _CLASS_TOKENS = 200, 3_000, 30_000
_ENUM_TOKENS, _ENUM_HEAD = 2_000, 24
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
_Names = tuple[list[str], list[str]]
_FILES: WeakKeyDictionary[Segment, dict[int, _Names]] = WeakKeyDictionary()
"""Of each segment, what files of modules that were asked for define and import, by where they begin."""
_FILES_KEPT = 256
_MODULES: WeakKeyDictionary[Segment, dict[str, list[int]]] = WeakKeyDictionary()
"""Of each segment, the numbers of the files of each module."""


class Definitions:
    """Reads definitions in some sources."""

    def __init__(
        self, vocabulary: Vocabulary, sources: Sequence[Source], matches: Matches, kept: Kept, path: str
    ) -> None:
        """`kept` is what was read in these sources before; definitions in the language of `path` are read."""
        self.language = language_of(path)
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

    def path_members(self, name: str) -> Defined:
        """What may stand behind `name::` in Rust: the variants of an enum, what a type or trait has."""

        def read() -> _Read:
            names, _ = self._class(name)
            return {**self._variants(name)[0], **names}, False

        return self.of("path", name, read)

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
        for source, place in self.places(name, FUNCTIONS):
            texts = self.texts(source, place, _PARAMETER_TOKENS)
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
        for source, place in self.places(name, FUNCTIONS):
            yield from parameters_of(self.texts(source, place, _PARAMETER_TOKENS))
        # Called by the name of a class: the parameters are those of what makes its objects.
        for source, place in self.places(name, ("class",)):
            texts = self.texts(source, place, _MAKER_TOKENS)
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
        for source, place in self.places(name, _TYPES):
            body = self._body(source, place)
            names.update(dict.fromkeys(body.names))
            bases.update(dict.fromkeys(body.bases))
            number += 1
            whole = whole and body.whole
        if self.language != "rs":  # there a value has none of them
            values, count, all_of_them = self._variants(name)
            names.update(values)
            number += count
            whole = whole and all_of_them
        for source, place in self.places(name, _MORE):
            names.update(dict.fromkeys(self._body(source, place).names))
        if self.language == "go":  # methods by their receivers
            for source, place in self.places(")", (name,), _RECEIVERS):
                texts = self.texts(source, place, 2)
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

    def _variants(self, name: str) -> tuple[dict[str, None], int, bool]:
        """The values of the enums called `name`, how many enums these are, and whether they have no others."""
        names: dict[str, None] = {}
        number, whole = 0, True
        for source, place in self.places(name, ("enum",)):
            texts = self.texts(source, place, _ENUM_TOKENS)
            begin = texts.index("{") if "{" in texts[:_ENUM_HEAD] else len(texts)
            found, _ = braced(texts, begin)
            names.update(dict.fromkeys(found.names))
            number += 1
            whole = whole and found.whole
        return names, number, whole

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
        """What the files of a module or package define, then what they import. There may be more: what is meant is
        often a module of the language's library, and names are imported in many ways."""
        names: dict[str, None] = {}
        imported: dict[str, None] = {}
        for source, low, high in self.files(name):
            defined, brought = self._names_of(source.segment, low, high)
            names.update(dict.fromkeys(defined))
            imported.update(dict.fromkeys(brought))
        return {**names, **imported}

    def files(self, module: str) -> Iterator[tuple[Source, int, int]]:
        """The learnt files of a module or package, some at most, each with where it begins and ends in its segment: of
        one in the workspace `name.py` or `name/__init__.py`, of an installed one all files at its top."""
        left = _MODULE_FILES
        for source in self._sources:
            segment = source.segment
            if source.where is not None:
                continue
            for number in _modules_of(segment).get(module, ()):
                if number in source.hidden or language_of(segment.paths[number]) != self.language:
                    continue
                if not left:
                    return
                left -= 1
                last = number + 1 == len(segment.starts)
                end = len(segment.tokens) if last else int(segment.starts[number + 1])
                yield source, int(segment.starts[number]), end

    def all_of(self, source: Source, low: int, high: int, words: Sequence[str]) -> list[int]:
        """Where some words stand between two places of a source."""
        symbols = self._vocabulary.canon.take(source.segment.tokens[low:high])
        wanted = np.array([self._vocabulary.find(word) for word in words], np.int32)
        found: list[int] = (np.flatnonzero(np.isin(symbols, wanted)) + low).tolist()
        return found

    def is_of(self, source: Source, place: int, module: str) -> bool:
        """Whether a place of a learnt source lies in a file of a module."""
        number = int(source.segment.starts.searchsorted(place, side="right")) - 1
        return number in _modules_of(source.segment).get(module, ())

    def _names_of(self, segment: Segment, low: int, high: int) -> _Names:
        """What the learnt file between two places defines at its margin, and what it imports; read once."""
        files = _FILES.setdefault(segment, {})
        found = files.get(low)
        if found is None:
            texts, canon = self._vocabulary.texts, self._vocabulary.canon
            tokens = segment.tokens[low : min(high, low + _MODULE_TOKENS)]
            begins: list[int] = np.flatnonzero(canon.take(tokens) == NEWLINE).tolist()
            defined, imported = list[str](), list[str]()
            for begin, stop in pairwise([*begins, len(tokens)]):
                # Only lines at the margin: what is indented belongs to a definition.
                if leaves(texts[tokens.item(begin)]):
                    words = self.texts_of(tokens[begin + 1 : min(stop, begin + 24)])
                    if name := defined_by(words, indented=False):
                        defined.append(name)
                    elif "import" in words[:8]:
                        behind = words[words.index("import") + 1 :]
                        imported += [word for word in behind if is_name(word)]
            if len(files) >= _FILES_KEPT:
                files.clear()
            found = files[low] = defined, imported
        return found

    def places(
        self, name: str, before: Sequence[str], most: int = _DEFINITIONS, behind: Sequence[str] = ()
    ) -> Iterator[tuple[Source, int]]:
        """Places right behind `name` where one of `before` stands in front of it and, if any are given, one of `behind`
        at the place itself."""
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
                most_looked = _LOOKED_AT * (_MORE_BEHIND if behind else 1)
                places = source.segment.exact.order[low : min(high, low + most_looked)]
                if behind:  # all at once, which is quick
                    following = self._vocabulary.canon.take(source.segment.tokens.take(places, mode="clip"))
                    places = places[np.isin(following, [find(word) for word in behind])]
                for place in places.tolist():
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
        if source.where is not None or not self.language:
            return True
        segment = source.segment
        path = segment.paths[int(segment.starts.searchsorted(place, side="right")) - 1]
        return not path or language_of(path) == self.language

    def _tokens(self, source: Source, place: int, most: int) -> Ids:
        """The raw tokens from a place on. What begins in a piece of the open document goes on in the next one."""
        parts = [source.segment.tokens[place : place + most]]
        following = self._next.get(id(source))
        while following is not None and (left := most - sum(map(len, parts))) > 0:
            parts[-1] = parts[-1][:-1]  # without what closes the piece
            parts.append(following.segment.tokens[:left])
            following = self._next.get(id(following))
        return np.concatenate(parts)

    def texts(self, source: Source, place: int, most: int) -> list[str]:
        """The same; line starts as they are, the others canonical."""
        return self.texts_of(self._tokens(source, place, most))

    def texts_of(self, tokens: Ids) -> list[str]:
        """Raw tokens as texts: line starts as they are, the others canonical."""
        texts = self._vocabulary.texts
        found = [texts[token] for token in tokens.tolist()]
        return [text if text[0] == "\n" else text.lstrip() for text in found]

    def raw(self, source: Source, place: int) -> str:
        """The token at a place as it stands there; '' for none."""
        return self._vocabulary.texts[source.segment.tokens.item(place)] if place >= 0 else ""


def language_of(path: str) -> str:
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
