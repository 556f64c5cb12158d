"""Where the server is put together: the connection, the session, and what answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define

from . import features
from .features.registry import Registry
from .lsp.server import DovetailServer
from .places import Places
from .session.acceptance import Offer
from .session.generators import Models
from .session.session import Session


@define(frozen=True, slots=True)
class App:
    """One server for one client and any number of workspace folders."""

    server: DovetailServer
    session: Session


def workspace_models(session: Session) -> Models:
    """The models as users have them."""
    from .models.models import WorkspaceModels

    return WorkspaceModels(session)


def make_server(
    places: Places | None = None, make_models: Callable[[Session], Models] = workspace_models
) -> App:
    """A server that waits for `initialize`."""
    server = DovetailServer()
    session = Session(server, places or Places.of_user(), make_models)
    registry = Registry(server, session)
    for module in features.ALL:
        module.register(registry)

    def accepted(offer: Offer) -> None:
        settings = session.settings
        if settings.edits.offer_fix and settings.chat.url and registry.edits.looks is not None:
            last = offer.start.line + offer.text.count("\n")
            registry.edits.looks.accepted(offer.uri, offer.start.line, last)

    def refused(method: str, params: Any) -> None:
        if method == "textDocument/didChange":
            features.documents.change_refused(session, params)

    session.outcomes.on_accepted = accepted
    server.on_refused = refused
    server.has_extras = lambda: session.options.speaks_dovetail
    server.tells_diagnostics = lambda: session.options.diagnostics
    return App(server, session)
