"""What is known of messages whose turn has not come: which are cancelled, and which are asked anew further back."""

from __future__ import annotations

from typing import Any

from lsprotocol import types


class LookAhead:
    """Told of each message as it arrives; asked when its turn has come."""

    def __init__(self) -> None:
        self._newest: dict[str, Any] = {}
        """The id of the last inline completion request of each document."""
        self._cancelled: set[Any] = set()

    def arrived(self, message: dict[str, Any]) -> None:
        """Note what is cancelled, or asked anew, before its turn comes: it is not worth an answer."""
        method, params = message.get("method"), message.get("params")
        if not isinstance(params, dict):
            return
        if method == types.CANCEL_REQUEST:
            if isinstance(params.get("id"), str | int):
                self._cancelled.add(params["id"])
        elif method == types.TEXT_DOCUMENT_INLINE_COMPLETION and (uri := _uri(params)):
            self._newest[uri] = message.get("id")

    def cancelled(self, identifier: Any) -> bool:
        """Whether a request was cancelled before its turn came. Once: then it is forgotten."""
        cancelled = identifier in self._cancelled
        self._cancelled.discard(identifier)
        return cancelled

    def seen(self, identifier: Any) -> None:
        """The turn of a cancellation has come: there is nothing to look ahead for any more."""
        self._cancelled.discard(identifier)

    def dropped(self) -> None:
        """A notification is not handled, as before `initialize`: the cancellations among them are forgotten too."""
        self._cancelled.clear()

    def asked_anew(self, identifier: Any, params: dict[str, Any]) -> bool:
        """Whether a newer inline completion request of the same document is already here, so that nobody looks at the
        answer: the user has typed on. One by hand is answered in any case."""
        newest = self._newest.get(_uri(params), identifier)
        if newest == identifier:
            self._newest.pop(_uri(params), None)
            return False
        return _automatic(params)


def _uri(params: dict[str, Any]) -> str:
    document = params.get("textDocument")
    uri = document.get("uri") if isinstance(document, dict) else None
    return uri if isinstance(uri, str) else ""


def _automatic(params: dict[str, Any]) -> bool:
    context = params.get("context")
    kind = context.get("triggerKind") if isinstance(context, dict) else None
    return kind == types.InlineCompletionTriggerKind.Automatic.value
