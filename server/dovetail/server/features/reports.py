"""What the client tells of suggestions: shown, accepted, rejected."""

from __future__ import annotations

from typing import Any

from ..lsp.values import plain
from .registry import Registry

COUNTS_MS = 750
"""A suggestion counts as shown when it has been on the screen for so long (as Cody counts), where clients tell."""


def _identifier(params: Any) -> tuple[str, dict[str, Any]]:
    data = plain(params)
    data = data if isinstance(data, dict) else {}
    identifier = data.get("id")
    return identifier if isinstance(identifier, str) else "", data


def register(to: Registry) -> None:
    session = to.session

    @to.on_loop("dovetail/didShow")
    def did_show(params: Any) -> None:
        identifier, data = _identifier(params)
        visible = data.get("visibleMs")
        # A client that does not tell how long is believed.
        long_enough = isinstance(visible, int | float) and visible >= COUNTS_MS
        if long_enough or not session.options.visible_ms:
            session.outcomes.record(session.offers.shown(identifier))

    @to.on_loop("dovetail/didAccept")
    def did_accept(params: Any) -> None:
        identifier, data = _identifier(params)
        length, text = data.get("length"), data.get("text")
        # A length in the client's units, the text itself, or neither: then all of it.
        if isinstance(length, int) and not isinstance(length, bool):
            session.outcomes.record(session.offers.accepted_units(identifier, length, session.encoding))
        elif isinstance(text, str):
            session.outcomes.record(session.offers.accepted_text(identifier, text))
        else:
            session.outcomes.record(session.offers.accepted(identifier))

    @to.on_loop("dovetail/notUseful")
    def not_useful(params: Any) -> None:
        identifier, data = _identifier(params)
        # Without an id the last one that was shown there is meant.
        uri = data.get("uri")
        session.outcomes.not_useful(identifier, uri if isinstance(uri, str) else "")

    @to.on_loop("dovetail/didReject")
    def did_reject(params: Any) -> None:
        session.outcomes.record(session.offers.rejected(_identifier(params)[0]))
