"""The client as the session sees it: what can be said to it, and what it said of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import define


class Client(Protocol):
    """What the session says to the editor."""

    def notify(self, method: str, params: Any) -> None: ...

    def show_message(self, text: str, *, error: bool = False) -> None: ...

    def progress_begin(self, title: str) -> None: ...

    def progress_report(self, text: str, percentage: int) -> None: ...

    def progress_end(self) -> None: ...


@define(frozen=True, slots=True)
class ClientOptions:
    """What the client said of itself (docs/protocol.md, Initialization)."""

    events: bool = False
    partial_results: bool = False
    replace_range: bool = False
    debounce_ms: float = 0.0
    speaks_dovetail: bool = False
    diagnostics: bool = False
    """The client answers `dovetail/diagnostics`."""
    visible_ms: bool = False
    """The client says how long a suggestion has been on the screen."""
    trusted: bool = True
    """False in a workspace that the user does not trust: nothing of it is obeyed, nothing is sent, no edits."""
    asks: bool = False
    """The client has a command `dovetail.askEdit` that asks for an instruction."""

    @classmethod
    def read(cls, data: object) -> ClientOptions:
        if not isinstance(data, Mapping):
            return cls()
        wait = data.get("debounceMs")
        return cls(
            data.get("events") is True,
            data.get("partialResults") is True,
            data.get("replaceRange") is True,
            float(wait)
            if isinstance(wait, int | float) and not isinstance(wait, bool) and wait >= 0
            else 0.0,
            True,
            data.get("diagnostics") is True,
            data.get("visibleMs") is True,
            data.get("trusted") is not False,
            data.get("asks") is True,
        )
