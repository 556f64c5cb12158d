"""What the client tells of suggestions: shown, accepted, rejected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..lsp.protocol import plain

if TYPE_CHECKING:
    from ..server import DovetailServer


COUNTS_MS = 750
"""A suggestion counts as shown when it has been on the screen for so long (as Cody counts), where clients tell."""


def _identifier(params: Any) -> tuple[str, dict[str, Any]]:
    data = plain(params)
    data = data if isinstance(data, dict) else {}
    identifier = data.get("id")
    return identifier if isinstance(identifier, str) else "", data


def register(server: DovetailServer) -> None:
    session = server.session

    @server.feature("dovetail/didShow")
    def did_show(params: Any) -> None:
        identifier, data = _identifier(params)
        visible = data.get("visibleMs")
        long_enough = isinstance(visible, int | float) and visible >= COUNTS_MS
        if long_enough or not session.options.visible_ms:
            session.record(session.offers.shown(identifier))

    @server.feature("dovetail/didAccept")
    def did_accept(params: Any) -> None:
        identifier, data = _identifier(params)
        length, text = data.get("length"), data.get("text")
        if isinstance(length, int) and not isinstance(length, bool):
            session.record(session.offers.accepted_units(identifier, length, session.encoding))
        elif isinstance(text, str):
            session.record(session.offers.accepted_text(identifier, text))
        else:
            session.record(session.offers.accepted(identifier))

    @server.feature("dovetail/didReject")
    def did_reject(params: Any) -> None:
        session.record(session.offers.rejected(_identifier(params)[0]))
