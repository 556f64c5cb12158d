"""What became of a suggestion, told by the client or read from the document's changes.

A client that sends no events still changes the document: text that arrives in one piece where a suggestion
stands, and is how the suggestion goes on, was accepted; the same text key by key was typed along; anything else
there means that it was passed by.
"""

from __future__ import annotations

import re
from collections import OrderedDict

from attrs import define, evolve, field
from dovetail.fim import Suggestion
from dovetail.text import Encoding, Point, Snapshot, TextEdit, column_at

KEPT = 64


@define(frozen=True, slots=True)
class Offer:
    """A suggestion that went out: what is left of it, and where it would go on."""

    suggestion: Suggestion
    uri: str
    language: str
    rest: str
    at: Point
    shown: bool = False
    accepted: int = 0
    """Characters taken so far."""
    typed: int = 0
    """Characters typed by hand along it so far."""


@define(frozen=True, slots=True)
class Outcome:
    """One thing that became known: "shown", "accepted", "partial", "rejected", "typed" or "passed"."""

    kind: str
    offer: Offer
    text: str = ""


@define(slots=True)
class Offers:
    """The suggestions that are, or were just now, on screen."""

    _by_id: OrderedDict[str, Offer] = field(factory=OrderedDict)
    _current: dict[str, str] = field(factory=dict)

    def add(self, uri: str, language: str, suggestions: list[Suggestion]) -> None:
        """Suggestions that are being sent to the client."""
        for suggestion in suggestions:
            self._by_id[suggestion.id] = Offer(suggestion, uri, language, suggestion.text, suggestion.start)
        if suggestions:
            self._current[uri] = suggestions[0].id
        while len(self._by_id) > KEPT:
            self._by_id.popitem(last=False)

    def get(self, identifier: str) -> Offer | None:
        return self._by_id.get(identifier)

    def shown(self, identifier: str) -> Outcome | None:
        offer = self._by_id.get(identifier)
        if offer is None or offer.shown:
            return None
        self._by_id[identifier] = offer = evolve(offer, shown=True)
        self._current[offer.uri] = identifier
        return Outcome("shown", offer)

    def accepted(self, identifier: str, length: int | None = None) -> Outcome | None:
        """Told by the client: the first `length` characters (all if None) were accepted."""
        offer = self._by_id.get(identifier)
        if offer is None:
            return None
        whole = offer.suggestion.text
        taken = whole if length is None else whole[:length]
        complete = len(taken) >= len(whole)
        if offer.accepted >= len(taken):
            return None  # already known, by the command or from the text
        self._by_id[identifier] = offer = evolve(offer, accepted=len(taken), rest=whole[len(taken) :])
        if complete:
            self._forget(identifier)
        return Outcome("accepted" if complete else "partial", offer, taken)

    def accepted_units(self, identifier: str, length: int, encoding: Encoding) -> Outcome | None:
        """The same, the length counted in units of the client's encoding."""
        offer = self._by_id.get(identifier)
        if offer is None:
            return None
        return self.accepted(identifier, column_at(offer.suggestion.text, length, encoding))

    def rejected(self, identifier: str) -> Outcome | None:
        offer = self._by_id.get(identifier)
        if offer is None:
            return None
        self._forget(identifier)
        return Outcome("rejected", offer, offer.rest)

    def changed(self, before: Snapshot, edit: TextEdit) -> Outcome | None:
        """Read from a change of the document what became of the suggestion on screen there."""
        identifier = self._current.get(before.uri)
        offer = self._by_id.get(identifier) if identifier else None
        if identifier is None or offer is None:
            return None
        text = edit.text.replace("\r\n", "\n")
        if edit.start == offer.at and text and _same_start(offer.rest, text):
            rest = offer.rest[len(text) :]
            after = _behind(edit.start, text)
            by_hand = len(text) == 1 or (not offer.typed and text == offer.rest and len(text) < 2)
            if by_hand and rest:
                self._by_id[identifier] = evolve(offer, rest=rest, at=after, typed=offer.typed + 1)
                return None
            if by_hand:
                self._forget(identifier)
                return Outcome("typed", offer, offer.suggestion.text)
            done = offer.accepted + offer.typed + len(text)
            offer = evolve(offer, rest=rest, at=after, accepted=done)
            self._by_id[identifier] = offer
            if not rest:
                self._forget(identifier)
            return Outcome("partial" if rest else "accepted", offer, text)
        if edit.start == offer.at and edit.end >= edit.start and not text:
            return None
        if edit.start.line == offer.at.line:
            self._forget(identifier)
            return Outcome("passed", offer)
        return None

    def _forget(self, identifier: str) -> None:
        offer = self._by_id.pop(identifier, None)
        if offer is not None and self._current.get(offer.uri) == identifier:
            del self._current[offer.uri]


def _same_start(rest: str, text: str) -> bool:
    if rest.startswith(text):
        return True
    # An editor may indent inserted lines by itself.
    flat = re.sub(r"\n[ \t]*", "\n", rest)
    return "\n" in text and flat == re.sub(r"\n[ \t]*", "\n", text)


def _behind(start: Point, text: str) -> Point:
    lines = text.split("\n")
    return Point(start.line + len(lines) - 1, len(lines[-1]) + (start.column if len(lines) == 1 else 0))
