"""The members of an object that a name is bound to, which the text that makes it says: above in the document, or where
the name is imported from."""

from __future__ import annotations

from collections.abc import Sequence

from ..index.evidence import Source
from ..index.lexer import split_indent, words_of
from .above import Above
from .definitions import NONE, Defined, Definitions
from .imports import Origin, origin_of
from .lines import OWN, leaves
from .objects import GO, PYTHON, SCRIPT, Made, exported, made, value_behind

_LINES = 400
"""Lines of an object in the document that are read."""
_FEW_TOKENS, _TOKENS, _FILE_TOKENS = 80, 4_000, 20_000
_PLACES = 256
_BINDERS = {SCRIPT: ("const", "let", "var"), PYTHON: ("\n",), GO: ("var",)}
_BINDS = frozenset(("=", ":="))


class Bindings:
    """Reads objects for one line of a document."""

    def __init__(
        self,
        definitions: Definitions,
        lines: Sequence[str],
        number: int,
        above: Above,
    ) -> None:
        """At line `number` of `lines`; `above` reads those above it."""
        self._definitions = definitions
        self._language = definitions.language
        self._lines = lines
        self._number = number
        self._lines_above = above

    def members(self, chain: Sequence[str]) -> Defined:
        """Those of `chain`, a name and members of members of it; none where no object is known."""
        if self._language not in _BINDERS:
            return NONE
        root, path = chain[0], chain[1:]
        if root in OWN:
            if not path:
                return NONE
            root, path = path[0], path[1:]
        found, bound = self._above(root, path, own=chain[0] in OWN)
        if found is not None or bound or chain[0] in OWN:
            return self._defined(found)
        return self._elsewhere(root, path)

    def _defined(self, found: Made | None) -> Defined:
        # In JavaScript and Python anything may be given to an object later on.
        return Defined(self._definitions.ranks(found.names, 256)) if found is not None else NONE

    # In the document ------------------------------------------------------------------------------------------

    def _above(self, name: str, path: Sequence[str], *, own: bool) -> tuple[Made | None, bool]:
        """The object that the nearest line above binds `name` to, and whether one binds it to anything."""
        later: dict[str, int] = {}
        for number, words in self._lines_above.in_scope(name):
            for at, word in enumerate(words[:-1]):
                if word != name or ((at > 0 and words[at - 1] == ".") != own and not (own and at == 0)):
                    continue
                if words[at + 1] == "." and not path and words[at + 3 : at + 4] == ("=",):
                    later.setdefault(words[at + 2], -1)  # `box.late = 1`
                elif words[at + 1] in _BINDS or (words[at + 1] == ":" and "=" in words[at + 2 :]):
                    texts = self._texts(number, self._number)
                    begin = value_behind(texts, 1 + at + 1)
                    if "require" in texts[begin : begin + 1]:
                        return None, False  # it comes from elsewhere
                    found = made(texts, begin, path, self._language) if begin >= 0 else None
                    if found is not None:
                        return Made({**found.names, **later}, False), True
                    return None, True
        return (Made(later, False) if later else None), False

    def _texts(self, first: int, end: int) -> list[str]:
        """The tokens of some lines, without those of the cursor's line."""
        texts: list[str] = []
        for number in range(first, min(end, first + _LINES, len(self._lines))):
            if number != self._number:
                texts += ("\n", *words_of(self._lines[number]))
        return texts

    def around(self) -> Defined:
        """The members of the object literal in whose method the cursor stands, as far as they are written."""
        if self._language != SCRIPT or self._number >= len(self._lines):
            return NONE
        depth = len(split_indent(self._lines[self._number])[0])
        for number in range(self._number - 1, max(-1, self._number - _LINES), -1):
            indent, rest = split_indent(self._lines[number])
            if not rest.strip() or len(indent) >= depth:
                continue
            depth = len(indent)
            words = words_of(rest)
            if words[-1:] == ("{",) and words[-2:-1] in (("=",), ("default",), (":",)):
                texts = self._texts(number, len(self._lines))
                return self._defined(made(texts, len(words), (), SCRIPT))
        return NONE

    # In other files -------------------------------------------------------------------------------------------

    def _elsewhere(self, name: str, path: Sequence[str]) -> Defined:
        origin = origin_of(self._lines, self._number, name)
        what = ".".join((origin.module, origin.name, *path) if origin else ("", name, *path))
        find = self._definitions

        def read() -> tuple[dict[str, None], bool]:
            found = self._exported(origin, path) if origin and not origin.name else None
            if found is None:
                # Python's types that are made by a call, and Go's packages, which need no import of a name.
                anywhere = origin is not None or (name[:1].isupper() and self._language != SCRIPT)
                found = self._at_margin(origin or Origin("", name), path, anywhere=anywhere)
            return dict.fromkeys(found.names if found else ()), False

        return find.of("object", what, read)

    def _exported(self, origin: Origin, path: Sequence[str]) -> Made | None:
        """What the module gives as a whole."""
        find = self._definitions
        names: dict[str, int] = {}
        known = False
        for source, low, high in find.files(origin.module):
            for place in find.all_of(source, low, min(high, low + _FILE_TOKENS), ("default", "exports")):
                given = exported(find.texts(source, place - 1, 8)) if place > low else None
                if given is None:
                    continue
                name, offset = given
                if name and not path:
                    names[name], known = -1, True
                elif not name or name == path[0]:
                    texts = find.texts(source, place - 1 + offset, _TOKENS)
                    found = made(texts, 0, path[1:] if name else path, self._language)
                    if found is None:  # `export default settings`
                        found = self._at_margin(Origin(origin.module, texts[0]), path, anywhere=False)
                    if found is not None:
                        names.update(found.names)
                        known = True
            if known:
                break
        return Made(names, False) if known else None

    def _at_margin(self, origin: Origin, path: Sequence[str], *, anywhere: bool) -> Made | None:
        """The object bound to a name at the margin of the document, or, if `anywhere`, of the best of other files: one
        of the module that is imported from before those that may only have passed it on."""
        find = self._definitions
        best: Made | None = None
        # Most places only use the name.
        for source, place in find.places(origin.name, _BINDERS[self._language], _PLACES, ("=", ":")):
            ours = source.where is not None
            of_module = not ours and find.is_of(source, place, origin.module)
            if not (ours or anywhere or of_module) or not self._is_at_margin(source, place):
                continue
            begin = self._begin(source, place)
            if begin < 0 or (best is not None and not (ours or of_module)):
                continue
            found = made(find.texts(source, place, _TOKENS), begin, path, self._language)
            if found is not None:
                if ours or of_module:
                    return found
                best = best or found
        return best

    def _begin(self, source: Source, place: int) -> int:
        """Where the object begins that is bound to the name before `place`, in tokens from there; -1 where none is."""
        # Most names are bound to something else, and a few tokens tell.
        texts = self._definitions.texts(source, place, _FEW_TOKENS)
        begin = value_behind(texts)
        return begin if begin >= 0 and made(texts, begin, (), self._language) is not None else -1

    def _is_at_margin(self, source: Source, place: int) -> bool:
        """Whether the line of the name before `place` is not indented."""
        back = 2 if self._language == PYTHON else 3
        before = self._definitions.raw(source, place - back)
        if before.strip() == "export":
            before = self._definitions.raw(source, place - back - 1)
        return bool(before) and leaves(before)
