"""Answers that were typed against, and where what was typed since comes back to one of them.

A model that has one word wrong seldom has the rest of the line wrong too, and each answer covers some lines. When the
answer that is shown goes wrong, a former one may have the word that is being typed: it is shown while the endpoint is
asked anew.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque

from attrs import define, field

from ..anchor import CursorAnchor
from ..types import Candidate

KEPT = 6
"""Answers of a document that are kept."""
DOCUMENTS = 8
LONGEST = 4_000
"""Characters of an answer that are kept."""
LEAST = 3
"""Characters that must agree before the cursor."""
_LINE = re.compile(r"[^\n]*\S[^\n]*|[ \t]*\n(?:[ \t]*\n){0,3}[^\n]*\S[^\n]*")
"""The rest of a line, or the next one that is not blank."""
_TOKEN = re.compile(r"\w+|[^\w\s]")
_NAME = re.compile(r"[^\W\d]\w+")


@define(frozen=True, slots=True)
class _Former:
    anchor: CursorAnchor
    text: str
    """Its whole lines."""
    source: str


@define(slots=True)
class FormerAnswers:
    """The last answers of endpoints, by document."""

    _answers: OrderedDict[str, deque[_Former]] = field(factory=OrderedDict)

    def put(self, anchor: CursorAnchor, text: str, source: str) -> None:
        """Remember the whole lines of what was answered at `anchor`, in place of what had come of it before."""
        kept = self._answers.setdefault(anchor.uri, deque(maxlen=KEPT))
        self._answers.move_to_end(anchor.uri)
        # The same question again, or more of the same answer.
        if kept and kept[-1].anchor == anchor:
            kept.pop()
        kept.append(_Former(anchor, text[:LONGEST], source))
        while len(self._answers) > DOCUMENTS:
            self._answers.popitem(last=False)

    def find(self, here: CursorAnchor) -> Candidate | None:
        """What follows in the newest answer that what was typed has come back to: the rest of the line, or the next one
        where nothing is left of it; None where there is no such answer."""
        for former in reversed(self._answers.get(here.uri, ())):
            for typed in former.anchor.typed_since(here):
                at = came_back(former.text, typed)
                if at is None:
                    continue
                goes_on = _LINE.match(former.text, at)
                rest = goes_on.group() if goes_on else ""
                if rest.strip() and not _speaks_of_gone(rest, former.text[:at], here):
                    return Candidate(rest, former.source, None, "line")
        return None

    def forget(self, uri: str | None = None) -> None:
        """Forget the answers of a document, or all."""
        if uri is None:
            self._answers.clear()
        else:
            self._answers.pop(uri, None)


def came_back(text: str, typed: str) -> int | None:
    """Where in `text` the cursor stands, whose `typed` went another way somewhere before: on the same line, behind the
    same characters. None where that cannot be told."""
    *before, line = typed.split("\n")
    lines = text.split("\n")
    if len(before) >= len(lines) or not line.strip():
        return None
    start = sum(len(one) + 1 for one in lines[: len(before)])
    there = lines[len(before)]
    # The line of the answer starts just as typed: the cursor stands in it.
    if there.startswith(line):
        return start + len(line)
    tokens = list(_TOKEN.finditer(line))
    # Else the longest end of what was typed that stands in the answer's line exactly once; the first tail is
    # the longest.
    for token in tokens[:-1]:
        tail = line[token.start() :]
        # A few signs agree anywhere; shorter tails, which come next, even more so.
        if len(tail) < LEAST or not any(character.isalpha() for character in tail):
            return None
        found = there.find(tail)
        if found < 0 or there.find(tail, found + 1) >= 0:
            continue
        # `bar` inside `foobar` is another word.
        inside = found > 0 and (there[found - 1].isalnum() or there[found - 1] == "_")
        if not (inside and (tail[0].isalnum() or tail[0] == "_")):
            return start + found + len(tail)
    return None


def _speaks_of_gone(rest: str, before: str, here: CursorAnchor) -> bool:
    """Whether `rest` has a name that `before` had and the document has not: one that was typed against."""
    names = set(_NAME.findall(rest)) & set(_NAME.findall(before))
    return bool(names and names - set(_NAME.findall(here.before)) - set(_NAME.findall(here.after)))
