"""A cursor anchor: a cursor as the text on both its sides, by which the cache and in-flight requests find it again.

Line numbers play no part, so an anchor survives scrolling and edits further up. Line ends count as `\\n`.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define

from dovetail.text import Point, Snapshot

BEFORE = 400
"""Characters before the cursor that must agree."""
AFTER_LINES = 3
"""Lines behind the cursor (the rest of its own counted) that must agree."""
MOST_CLOSED = 3
"""Closing characters that an editor may have added behind the cursor while the user typed."""

_OPENER = {")": "(", "]": "[", "}": "{", '"': '"', "'": "'", "`": "`"}


@define(frozen=True, slots=True)
class CursorAnchor:
    """The text around a cursor, cut to what must agree."""

    uri: str
    before: str
    after: str
    from_start: bool = False
    """Whether `before` reaches to the start of the document."""

    @classmethod
    def at(cls, snapshot: Snapshot, position: Point, reach: int = 0) -> CursorAnchor:
        """The anchor at `position`, its `before` longer by `reach` characters."""
        before = snapshot.lines[position.line][: position.column]
        line = position.line
        # Line by line would join the text again and again; more at a time where much is wanted.
        while line > 0 and len(before) <= BEFORE + reach:
            step = 48 if reach else 16
            before = "".join(snapshot.lines.slice(line - step, line)) + before
            line = max(line - step, 0)
        before = with_plain_ends(before)
        end = min(position.line + AFTER_LINES, len(snapshot.lines)) - 1
        after = with_plain_ends(snapshot.lines.between(position, Point(end, len(snapshot.lines[end]))))
        # Known to be the start only where nothing was cut off: the same characters further down are another
        # place.
        from_start = line == 0 and len(before) <= BEFORE + reach
        return cls(snapshot.uri, before[-(BEFORE + reach) :], after.rstrip(), from_start)

    def advanced(self, text: str) -> CursorAnchor:
        """The anchor after `text` was typed here."""
        before = self.before + text
        # It still reaches to the start of the document, which is a place of its own.
        if self.from_start and len(before) <= BEFORE:
            return CursorAnchor(self.uri, before, self.after, True)
        return CursorAnchor(self.uri, before[-BEFORE:], self.after)

    def typed_since(self, here: CursorAnchor) -> Iterator[str]:
        """What may have been typed from this anchor to `here`, shortest first. `here` should reach further back.

        More than one answer is possible only where the text before the cursor repeats itself.
        """
        if here.uri != self.uri:
            return
        closed = closed_behind(here.after, self.after)
        if closed is None:
            return
        for tail in self._tails(here):
            # An editor adds a closer only where its opener was typed: without one something else stands there
            # now.
            if all(_OPENER[character] in tail for character in closed):
                yield tail

    def _tails(self, here: CursorAnchor) -> Iterator[str]:
        mine, before = self.before, here.before
        if self.from_start:
            if here.from_start and before.startswith(mine):
                yield before[len(mine) :]
            return
        # From the end backwards: the shortest that may have been typed is the likeliest.
        at = before.rfind(mine)
        for _ in range(8):
            if at < 0:
                return
            yield before[at + len(mine) :]
            at = before.rfind(mine, 0, at + len(mine) - 1)


def closed_behind(after: str, was: str) -> str | None:
    """What stands in `after` before what `was` there: '' or closing characters of an editor that types pairs;
    None if something else changed."""
    more = len(after) - len(was)
    if not 0 <= more <= MOST_CLOSED or not after.endswith(was):
        # The line end that was stripped with the text's last spaces is back once a closer stands before it.
        return None
    closed = after[:more]
    return closed if all(character in _OPENER for character in closed) else None


def with_plain_ends(text: str) -> str:
    """`text` with `\\n` for every line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
