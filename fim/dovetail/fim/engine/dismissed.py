"""Texts that the user dismissed stay away for a moment."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field

PAUSE_S = 5.0
"""How long a dismissed text stays away."""


@define(slots=True)
class Dismissed:
    """What was dismissed, by document."""

    clock: Callable[[], float]
    _texts: dict[tuple[str, str], float] = field(factory=dict)

    def add(self, uri: str, text: str) -> None:
        now = self.clock()
        # What is over goes when something new comes: no timer is needed for so few.
        self._texts = {key: at for key, at in self._texts.items() if now - at < PAUSE_S}
        self._texts[uri, text.strip()] = now

    def lift(self, uri: str, head: str, text: str) -> None:
        """`text` was asked for by hand: whoever wants it back wants it while it is typed along, too."""
        text = text.strip()
        held = [key for key in self._texts if key[0] == uri and _left_of(key[1], head, text)]
        for key in held:
            del self._texts[key]

    def holds(self, uri: str, head: str, text: str, *, growing: bool = False) -> bool:
        """Whether `text`, after `head`, is a dismissed text or what is left of one that is being typed; `growing`:
        or may become one."""
        text = text.strip()
        now = self.clock()
        for (where, dismissed), at in self._texts.items():
            if where != uri or now - at >= PAUSE_S:
                continue
            if growing and text in dismissed:
                return True
            if _left_of(dismissed, head, text):
                return True
        return False


def _left_of(dismissed: str, head: str, text: str) -> bool:
    """Whether `text`, after `head`, is what is left of `dismissed` once its beginning has been typed, or all of it."""
    if not dismissed.endswith(text):
        return False
    typed = dismissed[: len(dismissed) - len(text)]
    return head.endswith(typed) or head.endswith(typed.rstrip())
