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
            # What is left of a dismissed text once its beginning has been typed.
            if dismissed.endswith(text):
                typed = dismissed[: len(dismissed) - len(text)]
                if head.endswith(typed) or head.endswith(typed.rstrip()):
                    return True
        return False
