"""What became of a suggestion, told by the client or read from the document's changes.

A client that sends no events still changes the document: text that arrives in one piece where a suggestion
stands, and is how the suggestion goes on, was accepted; the same text key by key was typed along; anything else
there means that it was passed by. What is known from both sides is counted once.
"""

from __future__ import annotations

from collections import OrderedDict

from attrs import define, field

from dovetail.fim import Suggestion
from dovetail.text import Encoding, Point, Snapshot, TextEdit, column_at

from ..statistics import Moment

KEPT = 64
"""Suggestions remembered after they left the screen, for events that come late."""
FOLLOWED = 256
"""Accepted suggestions whose place is followed for as long as it is counted whether they are kept."""
_PAIRS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`", "<": ">"}


@define(slots=True, eq=False)
class Offer:
    """A suggestion that went out, under its first id. What is sent again while it is typed along is the same offer."""

    key: str
    uri: str
    language: str
    source: str
    """The generator that made it."""
    text: str
    start: Point
    """Where it begins; follows edits before it (see `Offers.follow`)."""
    done: int = 0
    """Characters of it that stand in the document, accepted or typed."""
    taken: int = 0
    """How far it is known to be accepted, in characters."""
    shown: bool = False
    outcome: str = ""
    moment: Moment | None = None
    """What the statistics remember of it; None where they are off, or keep another in its stead."""

    @property
    def rest(self) -> str:
        return self.text[self.done :]


@define(frozen=True, slots=True)
class Outcome:
    """One thing that became known: "shown", "accepted", "partial", "rejected", "typed" or "passed"."""

    kind: str
    offer: Offer
    text: str = ""


@define(slots=True, eq=False)
class _Screen:
    """What one document shows at its cursor."""

    at: Point
    offers: list[Offer]
    echo: str = ""
    """Text the client said was accepted, which the document has yet to bring."""
    typed: int = 0
    """Characters typed along just now, which backspace takes back."""


@define(slots=True, eq=False)
class Offers:
    """The suggestions that are, or were just now, on screen."""

    _ids: OrderedDict[str, tuple[Offer, int]] = field(factory=OrderedDict)
    """The offer behind an id, and how much of it stood in the document when the id was given."""
    _screens: dict[str, _Screen] = field(factory=dict)
    _followed: list[Offer] = field(factory=list)

    def add(
        self, uri: str, language: str, suggestions: list[Suggestion], *, on_screen: bool = True
    ) -> list[Offer]:
        """Suggestions that are being sent to the client; `on_screen` False where the document has moved on."""
        screen = self._screens.get(uri)
        offers = []
        for s in suggestions:
            # A suggestion that grows keeps its id: its text is replaced behind what was taken already.
            if s.id in self._ids:  # a part of it was sent before
                offer, base = self._ids[s.id]
                offer.text = offer.text[:base] + s.text
                offers.append(offer)
                continue
            # The same rest at the same place, by another id: the user typed along, and it is the same offer.
            same = [o for o in screen.offers if o.rest == s.text] if screen and screen.at == s.start else []
            offer = same[0] if same else Offer(s.id, uri, language, s.origin, s.text, s.start)
            self._ids[s.id] = (offer, offer.done)
            offers.append(offer)
        while len(self._ids) > KEPT:
            self._ids.popitem(last=False)
        if on_screen:
            self._screens.pop(uri, None)
            if offers:
                self._screens[uri] = _Screen(suggestions[0].start, offers)
        return offers

    def get(self, identifier: str) -> Offer | None:
        """The suggestion behind an id, if it was given lately."""
        return self._ids.get(identifier, (None, 0))[0]

    def shown(self, identifier: str) -> Outcome | None:
        """Told by the client."""
        offer, _ = self._ids.get(identifier, (None, 0))
        if offer is None or offer.shown:
            return None
        offer.shown = True
        return Outcome("shown", offer)

    def accepted(self, identifier: str, length: int | None = None) -> Outcome | None:
        """Told by the client: the first `length` characters (all if None) were accepted."""
        offer, base = self._ids.get(identifier, (None, 0))
        if offer is None:
            return None
        # `length` counts from where the text stood when the id was given.
        end = len(offer.text) if length is None else min(base + max(length, 0), len(offer.text))
        before = max(base, offer.taken)
        if end <= before:
            return None  # known already, by the command or from the text
        complete = end == len(offer.text)
        screen = self._screens.get(offer.uri)
        if screen is not None and offer in screen.offers:
            # The client tells before the change arrives: that text is expected, and then no typing.
            if complete:
                del self._screens[offer.uri]
            else:
                screen.offers = [offer]
                screen.echo = offer.text[offer.done : end]
                screen.typed = 0
        offer.taken, offer.done = end, max(offer.done, end)
        offer.outcome = "accepted" if complete else "partial"
        return Outcome(offer.outcome, offer, offer.text[before:end])

    def accepted_units(self, identifier: str, length: int, encoding: Encoding) -> Outcome | None:
        """The same, the length counted in units of the client's encoding."""
        offer, base = self._ids.get(identifier, (None, 0))
        return (
            None
            if offer is None
            else self.accepted(identifier, column_at(offer.text[base:], length, encoding))
        )

    def accepted_text(self, identifier: str, text: str) -> Outcome | None:
        """The same, told by the text itself."""
        offer, base = self._ids.get(identifier, (None, 0))
        if offer is None:
            return None
        return self.accepted(identifier, _agreed(offer.text[base:], _feeds(text)) or 0)

    def rejected(self, identifier: str) -> Outcome | None:
        """Told by the client: dismissed by the user."""
        offer, _ = self._ids.get(identifier, (None, 0))
        if offer is None or offer.outcome in ("accepted", "rejected"):
            return None
        self._leave(offer)
        if not offer.taken:
            offer.outcome = "rejected"
        return Outcome("rejected", offer, offer.rest)

    def follow(self, offer: Offer) -> None:
        """Keep the place of an accepted offer right while the document changes, until `unfollow`. Of very many the
        latest are followed: each costs something at every change."""
        self._followed.append(offer)
        del self._followed[:-FOLLOWED]

    def follows(self, offer: Offer) -> bool:
        return any(one is offer for one in self._followed)

    def unfollow(self, offer: Offer) -> None:
        if offer in self._followed:
            self._followed.remove(offer)

    def close(self, uri: str) -> None:
        self._screens.pop(uri, None)

    def changed(self, before: Snapshot, edit: TextEdit) -> Outcome | None:
        """Read from a change of the document what became of the suggestion on screen there."""
        text = _feeds(edit.text)
        for offer in self._followed:
            # Only what lies before the offer moves it.
            if offer.uri == before.uri and edit.end <= offer.start:
                offer.start = _moved(offer.start, edit, text)
        screen = self._screens.get(before.uri)
        if screen is None:
            return None
        # A change below says nothing of the cursor's line.
        at = screen.at
        if edit.start.line > at.line:
            return None
        if edit.end.line < at.line:
            # Lines came or went above: the same suggestion, further down or up.
            screen.at = _moved(at, edit, text)
            return None
        # An edit that changes nothing.
        if edit.start > at and not text and edit.end == edit.start:
            return None
        # It begins before the cursor: backspace, indentation, or an edit that makes the suggestion pointless.
        if edit.start < at:
            return self._changed_before(screen, before, edit, text)
        start = edit.start
        if start > at and edit.start == edit.end and start.line == at.line:
            # A whole-document change is read as the smallest difference, which may sit further on in equal text.
            # Typing `)` before `)` may be told as an insertion behind the old one.
            between = before.line(at.line)[at.column : start.column]
            if text.endswith(between):
                text, start = between + text[: len(text) - len(between)], at
        if start != at:
            return self._passed(screen)
        return self._inserted(screen, before, text)

    def _inserted(self, screen: _Screen, before: Snapshot, text: str) -> Outcome | None:
        at = screen.at
        if screen.echo:
            echo, screen.echo = screen.echo, ""
            # The text that the client announced. It was counted when it was announced, so it only moves the
            # cursor.
            if _agreed(echo, text) == len(echo):
                screen.at = _behind(at, text)
                return None
        if not text:
            return None  # what stood behind the cursor was taken away
        # The character before the cursor: an opening bracket that was just typed may be closed by the editor.
        left = before.line(at.line)[at.column - 1 : at.column]
        if len(text) == 1 and _PAIRS.get(left) == text and not screen.offers[0].rest.startswith(text):
            return None  # the editor closed a bracket by itself
        # A pair at once: the second half is the editor's, and will be typed over.
        if len(text) == 2 and _PAIRS.get(text[0]) == text[1] and not screen.offers[0].rest.startswith(text):
            text = text[0]
        # Several may begin with what was typed; those that do not are no longer on screen.
        agree = [(offer, n) for offer in screen.offers if (n := _agreed(offer.rest, text))]
        if not agree:
            return self._passed(screen)
        screen.at = _behind(at, text)
        # Single characters are typing; several at once were accepted or pasted.
        if len(text) == 1 or (text[0] == "\n" and not text.strip()):
            for offer, n in agree:
                offer.done += n
            screen.typed += len(text)
            screen.offers = [offer for offer, _ in agree]
            # Typed to its end, key by key: the user had it in mind, and took nothing.
            whole = next((offer for offer in screen.offers if not offer.rest), None)
            return None if whole is None else self._end(whole, "typed", whole.text)
        # The first of those that agree is the one that a client shows.
        offer, n = agree[0]
        piece = offer.rest[:n]
        offer.done += n
        offer.taken = offer.done
        screen.offers, screen.typed = [offer], 0
        if offer.rest:
            offer.outcome = "partial"
            return Outcome("partial", offer, piece)
        return self._end(offer, "accepted", piece)

    def _changed_before(self, screen: _Screen, before: Snapshot, edit: TextEdit, text: str) -> Outcome | None:
        at = screen.at
        back = at.column - edit.start.column
        one_line = edit.start.line == edit.end.line == at.line
        # Backspace takes back just what was typed along: the suggestion is whole again.
        if one_line and edit.end == at and not text and back <= screen.typed:
            for offer in screen.offers:
                offer.done -= back
            screen.typed -= back
            screen.at = edit.start
            return None
        head = before.line(at.line)[: edit.end.column]
        if one_line and edit.end < at and not head.strip() and not text.strip() and "\n" not in text:
            # The editor indents the line by itself.
            screen.at = _moved(at, edit, text)
            return None
        return self._passed(screen)

    def _passed(self, screen: _Screen) -> Outcome:
        offer = screen.offers[0]
        return self._end(offer, "passed", offer.rest)

    def _end(self, offer: Offer, kind: str, text: str) -> Outcome:
        self._leave(offer)
        # A part that was taken is the better news: what is left may be passed by without taking that back.
        if kind == "accepted" or not offer.outcome:
            offer.outcome = kind
        return Outcome(kind, offer, text)

    def _leave(self, offer: Offer) -> None:
        screen = self._screens.get(offer.uri)
        if screen is not None and offer in screen.offers:
            del self._screens[offer.uri]


def _feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _agreed(rest: str, text: str) -> int | None:
    """How many characters of `rest` the inserted `text` stands for; None where they differ. An editor may
    indent new lines as it likes."""
    if rest.startswith(text):
        return len(text)
    if "\n" not in text:
        return None
    i = j = 0
    while j < len(text):
        if i >= len(rest) or rest[i] != text[j]:
            return None
        i, j = i + 1, j + 1
        # After a line end each side's indentation is skipped: the editor may have its own.
        if rest[i - 1] == "\n":
            while i < len(rest) and rest[i] in " \t":
                i += 1
            while j < len(text) and text[j] in " \t":
                j += 1
    # Counted on the side of the suggestion: its indentation may be longer or shorter than what was inserted.
    return i


def _behind(start: Point, text: str) -> Point:
    lines = text.split("\n")
    return Point(start.line + len(lines) - 1, len(lines[-1]) + (start.column if len(lines) == 1 else 0))


def _moved(point: Point, edit: TextEdit, text: str) -> Point:
    """Where `point`, not before the end of `edit`, comes to stand."""
    end = _behind(edit.start, text)
    if point.line > edit.end.line:
        return Point(point.line + end.line - edit.end.line, point.column)
    return Point(end.line, end.column + point.column - edit.end.column)
