"""What the server is doing, in one word and one sentence, told to the client only when it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

BLIND = "experiment under way: two arms take turns; `dovetail stats` shows how far it is"
NOT_TRUSTED = "no server is asked, because this workspace is not trusted"
EMBEDDED = "built-in model: learnt from this workspace"


@define(slots=True)
class Status:
    """The state is derived from what is known; nobody sets it."""

    send: Callable[[dict[str, Any]], None] | None = None
    """Set once the client may be told."""
    enabled: bool = True
    why_off: str = ""
    """Which setting turned it off, and where that is."""
    source: str = "embedded"
    description: str = EMBEDDED
    learning: str = ""
    """How far learning is, in words; empty when it is not under way."""
    trouble: str = ""
    """One sentence about an endpoint that does not answer; empty if all is well."""
    answers: bool = False
    """Whether the endpoint that `trouble` is about is there and answers, but with nothing that can be used."""
    overload: str = ""
    """One sentence about an endpoint that has too much to do; empty if it has not."""
    mode: str = "automatic"
    """When suggestions are shown (setting completion.mode)."""
    snoozed: str = ""
    """Until when suggestions are snoozed, as a time of day; empty if they are not."""
    silent: str = ""
    """The endpoint that has said nothing for so long that the built-in model answers meanwhile."""
    here_off: str = ""
    """Why there are no suggestions in the document that was last looked at."""
    notes: list[str] = field(factory=list)
    """Sentences that stay until the cause is gone: wrong settings, a cache folder that cannot be written."""
    nobody: Callable[[], str] = lambda: ""
    """Why there is nobody to ask, as a sentence; empty if there is somebody."""
    withheld: bool = False
    """Whether servers are set that are not asked, because the workspace is not trusted."""
    blind: bool = False
    """Whether an experiment is under way: which of its arms has its turn is not told."""
    _flying: int = 0
    _last: dict[str, Any] = field(factory=dict)

    def current(self) -> dict[str, Any]:
        """The status as it is sent (docs/protocol.md)."""
        # The most telling state wins: what the user set, then what is wrong, then what goes on.
        state, message = "idle", BLIND if self.blind else self.description
        if self.withheld:
            message = f"{message}; {NOT_TRUSTED}"
        if not self.enabled:
            state, message = "off", self.off
        elif self.snoozed:
            state, message = "off", f"Snoozed until {self.snoozed}."
        elif self.here_off:
            state, message = "off", self.here_off
        elif nobody := self.nobody():
            state, message = "off", nobody
        elif self.trouble:
            state, message = "error" if self.answers else "offline", self.trouble
        elif self.overload:
            state, message = "busy", self.overload
        elif self.silent:
            state = "busy"
            who = "the server" if self.blind else self.silent
            message = f"Waiting for {who}; the built-in model suggests meanwhile."
        elif self._flying:
            state = "busy"
            # The built-in model answers while it learns, and does not say meanwhile that it has learnt.
            if self.learning and self.source == "embedded" and not self.blind:
                message = self.learning
        elif self.learning:
            state, message = "learning", self.learning
        result: dict[str, Any] = {
            "state": state,
            "source": "experiment" if self.blind else self.source,
            "message": message,
            "mode": self.mode,
        }
        if self.snoozed:
            result["snoozedUntil"] = self.snoozed
        if self.notes:
            result["detail"] = "\n".join(self.notes)
        return result

    @property
    def off(self) -> str:
        """What is said where all of Dovetail is off."""
        return f"Dovetail is off ({self.why_off})." if self.why_off else "Dovetail is off."

    def use(self, source: str, description: str) -> None:
        """What suggestions come from; the built-in model where `source` is empty."""
        # Another source than before: what was wrong with the old one is over.
        self.trouble = self.overload = ""
        self.source, self.description = source or "embedded", description or EMBEDDED
        self.changed()

    def note(self, text: str) -> None:
        """A sentence that stays."""
        if text not in self.notes:
            self.notes.append(text)
            self.changed()

    def changed(self) -> None:
        """Tell the client, if there is news."""
        now = self.current()
        if self.send is not None and now != self._last:
            self._last = now
            self.send(now)

    def busy_soon(
        self, later: Callable[[float, Callable[[], None]], Any], seconds: float
    ) -> Callable[[], None]:
        """Say "busy" if what begins now is not over after `seconds`. To be called when it is over."""
        said = False

        def begin() -> None:
            nonlocal said
            said = True
            self.took_off()

        # Said only of what takes long: a status that flickers at each key tells nobody anything.
        handle = later(seconds, begin)

        def over() -> None:
            handle.cancel()
            if said:
                self.landed()

        return over

    def took_off(self) -> None:
        self._flying += 1
        self.changed()

    def landed(self) -> None:
        self._flying = max(0, self._flying - 1)
        self.changed()
