"""The port to the editor: what a session and the edits may ask of it, and what it said of itself.

`lsp.server` implements it over the protocol, `headless` for the command line, tests by a fake of eight methods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from attrs import define

if TYPE_CHECKING:
    # A third of a second, which the command line need not pay: it has no editor.
    from lsprotocol import types


class Work(Protocol):
    """Progress of one piece of long work. All may be called where the client shows none: then they do nothing."""

    cancelled: bool
    """Whether the user stopped it."""

    async def begin(self, title: str, message: str = "", *, cancellable: bool = True) -> bool:
        """Show it; whether it is shown."""

    def report(self, message: str, percent: float | None = None) -> None:
        """How far it is, in a few words; `percent` from 0 to 100."""

    def end(self, message: str = "") -> None:
        """It is over. Further calls do nothing."""


@define(frozen=True, slots=True)
class Answered:
    """What the editor answered to a workspace edit."""

    applied: bool
    reason: str = ""
    """Why it was not, in words that fit behind a colon; '' if nothing was said."""


class Client(Protocol):
    """What may be asked of the editor. On the event loop."""

    @property
    def capabilities(self) -> types.ClientCapabilities:
        """What it said it can do; nothing before `initialize`."""

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""

    def show_message(self, text: str, *, error: bool = False) -> None:
        """One plain sentence for the person at the editor; held back until the client may be sent messages."""

    async def apply_edit(self, edit: types.WorkspaceEdit) -> Answered:
        """Have an edit applied. Answers within `ANSWER_S` of the client, whatever that does."""

    async def show_document(self, uri: str) -> bool:
        """Have the editor open a document for the person; whether it did. Only where it says that it can."""

    async def choose(self, text: str, options: Sequence[str]) -> str | None:
        """Ask the person; the option taken, None for none, also where they cannot be asked or do not answer."""

    async def diagnostics(self, uri: str) -> list[Any] | None:
        """What language servers say of a document, as LSP diagnostics; None where the client cannot tell."""

    def work(self, on_cancel: Callable[[], None] = lambda: None) -> Work:
        """Long work to be shown. `on_cancel` is called if the user stops it."""


class Unseen:
    """Work that nobody watches."""

    cancelled = False

    async def begin(self, title: str, message: str = "", *, cancellable: bool = True) -> bool:
        return False

    def report(self, message: str, percent: float | None = None) -> None: ...

    def end(self, message: str = "") -> None: ...


class Nobody:
    """A client that is not there: for the command line and for tests."""

    @cached_property
    def capabilities(self) -> types.ClientCapabilities:
        from lsprotocol import types

        return types.ClientCapabilities()

    def notify(self, method: str, params: Any) -> None: ...

    def show_message(self, text: str, *, error: bool = False) -> None: ...

    async def apply_edit(self, edit: types.WorkspaceEdit) -> Answered:
        return Answered(False, "there is no editor")

    async def show_document(self, uri: str) -> bool:
        return False

    async def choose(self, text: str, options: Sequence[str]) -> str | None:
        return None

    async def diagnostics(self, uri: str) -> list[Any] | None:
        return None

    def work(self, on_cancel: Callable[[], None] = lambda: None) -> Work:
        return Unseen()


NOT_TRUSTED = "This workspace is not trusted, so Dovetail makes no edits in it."


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
    more: bool = False
    """The client asks again on `dovetail/moreToCome`: it takes no parts."""

    @classmethod
    def read(cls, data: object) -> ClientOptions:
        # Each field is taken only where it is exactly what the protocol page says: a client that gets one
        # wrong loses that ability and nothing else.
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
            # It sent the group, so it is a client that knows Dovetail.
            True,
            data.get("diagnostics") is True,
            data.get("visibleMs") is True,
            data.get("trusted") is not False,
            data.get("asks") is True,
            data.get("more") is True,
        )
