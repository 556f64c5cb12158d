"""What already stands behind the cursor, and which rests of a line lead up to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..index.evidence import Occurrence
from ..index.lexer import is_word

_CLOSERS = re.compile(r"\s*+[)>}\]\"'`]*+\s*+[:{;,]?+\s*+\Z")
_WORDS = re.compile(r"\w++")


def is_closed(tail: str) -> bool:
    """Whether nothing but closing signs stands behind the cursor."""
    return _CLOSERS.match(tail) is not None


class Tail:
    """The text behind the cursor on its line, without spaces around."""

    def __init__(self, text: str, text_of: Callable[[int], str]) -> None:
        """`text_of` gives the text of a raw token."""
        self._text = text
        self._signs = _WORDS.sub("", text)
        self._text_of = text_of
        self._lasts: dict[int, tuple[bool, bool]] = {}

    def ends(self, text: str) -> bool:
        """Whether a rest of the line with this text leads up to it."""
        return text.rstrip().endswith(self._text)

    def may_end(self, exact: Iterable[Occurrence], alike: Iterable[Occurrence]) -> bool:
        """Whether the rest at one of these places may lead up to it: at those `alike` in shape also in other words."""
        return any(self._ends(place.rest) for place in exact) or any(
            self._ends_renamed(place.rest) for place in alike
        )

    def _ends(self, rest: tuple[int, ...]) -> bool:
        return self._last(rest)[0] and self.ends(self._joined(rest))

    def _ends_renamed(self, rest: tuple[int, ...]) -> bool:
        """Whether it may end so with other words in it: the signs between them stay."""
        return self._last(rest)[1] and _WORDS.sub("", self._joined(rest)).rstrip().endswith(self._signs)

    def _joined(self, rest: tuple[int, ...]) -> str:
        return "".join(map(self._text_of, rest))

    def _last(self, rest: tuple[int, ...]) -> tuple[bool, bool]:
        """Whether a rest with the last token of `rest` may lead up to it: as it stands, and with other words in it. It
        is asked first, as there are few of them and most are others."""
        if not rest:
            return False, False
        known = self._lasts.get(rest[-1])
        if known is None:
            last = self._text_of(rest[-1]).rstrip()
            # Of a last token that is blank the one before decides, so all of it is looked at.
            fits = self._text.endswith(last) or last.endswith(self._text)
            known = self._lasts[rest[-1]] = fits, fits or is_word(last.lstrip())
        return known
