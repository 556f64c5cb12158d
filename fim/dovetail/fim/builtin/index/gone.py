"""What the saved file holds and the open document no longer does: lines that were just deleted or written over.

What takes the place of a line is mostly like it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from attrs import define

from .evidence import ABOVE, BELOW, Source
from .lexer import NEWLINE, Ids, Vocabulary
from .segment import Segment

_MOST_TOKENS = 100_000
"""Of a saved file; a longer one is not compared."""
_MOST_LINES_SAVED = 8_000
_MOST_LINES = 120
"""Lines on each side of the cursor that are kept, the nearest."""
_ANCHOR = 60
"""Lines above the cursor among which one that is saved is looked for."""
_KEPT = 8


@define(frozen=True, slots=True)
class Gone:
    """The lines that are gone, as evidence."""

    sources: tuple[Source, ...] = ()
    words: frozenset[int] = frozenset()
    """Their canonical tokens."""


NOTHING = Gone()


@define(frozen=True, slots=True)
class _File:
    lines: list[str]
    """Those that are not blank."""
    places: dict[str, list[int]]
    """Where each line stands, by its text without spaces around."""

    @classmethod
    def of(cls, lines: list[str]) -> _File:
        places: dict[str, list[int]] = {}
        for index, line in enumerate(lines):
            places.setdefault(line.strip(), []).append(index)
        return cls(lines, places)


class Saved:
    """Saved files by line, for comparing them with documents. Threads may share it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._files: OrderedDict[str, tuple[object, _File]] = OrderedDict()

    def gone(self, path: str, saved: Ids, version: object, lines: Sequence[str], number: int) -> Gone:
        """What stands in `saved`, the raw tokens of the file `path`, and not in the document's `lines`, of which
        `number` is being typed. `version` is another object for another text of the file."""
        if len(saved) > _MOST_TOKENS:
            return NOTHING
        file = self._read(path, saved, version)
        if len(file.lines) > _MOST_LINES_SAVED:
            return NOTHING  # of so long a document not all lines are looked at
        # Without their indentation: a line that was only moved or indented is not gone.
        here = {line.strip() for line in lines}
        out = sorted(index for line, places in file.places.items() if line not in here for index in places)
        if not out:
            return NOTHING
        old = file.lines
        # The saved file and the document count their lines differently by now: a line that both have tells
        # what is above the cursor.
        anchor = _anchor(file, lines, number)
        above = [index for index in out if index <= anchor][-_MOST_LINES:]
        below = [index for index in out if index > anchor][:_MOST_LINES]
        sources = []
        for where, indexes in ((ABOVE, above), (BELOW, below)):
            if indexes:
                segment = Segment.build(self._vocabulary, [("", self._tokens(old, indexes))])
                sources.append(Source(segment, where))
        canon = self._vocabulary.canon
        words = {int(token) for source in sources for token in canon.take(source.segment.tokens).tolist()}
        return Gone(tuple(sources), frozenset(words - {NEWLINE}))

    def _tokens(self, old: Sequence[str], indexes: Sequence[int]) -> list[int]:
        """Tokens of these lines, each run of them led by the line before it, which says where it stood."""
        wanted: list[str] = []
        last = -1
        for index in indexes:
            if index - 1 > last:
                wanted.append(old[index - 1])
            wanted.append(old[index])
            last = index
        return self._vocabulary.file(wanted)

    def _read(self, path: str, saved: Ids, version: object) -> _File:
        known = self._files.get(path)
        # Read once for each saved text: its lines are compared at every key.
        if known is None or known[0] is not version:
            texts = self._vocabulary.texts
            text = "".join([texts[token] for token in saved.tolist()])
            known = self._files[path] = version, _File.of([line for line in text.split("\n") if line.strip()])
            while len(self._files) > _KEPT:
                self._files.popitem(last=False)
        return known[1]


def _anchor(file: _File, lines: Sequence[str], number: int) -> int:
    """The saved line that stands nearest above the cursor; of several equal ones that nearest to its share of the
    file. -1 where there is none."""
    share = number / max(1, len(lines)) * len(file.lines)
    for line in reversed(lines[max(0, number - _ANCHOR) : number]):
        if found := file.places.get(line.strip()):
            return min(found, key=lambda index: abs(index - share))
    return -1
