"""Where the server is put together: the connection first, which answers `initialize` alone, then the session and what
answers everything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import define
from lsprotocol import types

from .lsp.server import DovetailServer
from .places import Places

if TYPE_CHECKING:
    from .session.acceptance import Offer
    from .session.generators import Models
    from .session.session import Session


@define(slots=True, eq=False)
class App:
    """One server for one client and any number of workspace folders.

    An editor waits for the answer to `initialize` before it does anything with a server. What it takes is the
    connection; the session, its engine and the features are half of all that is imported, so they are loaded when
    the answer is on its way (`tests/server/test_start.py` holds what is not).
    """

    server: DovetailServer
    places: Places
    make_models: Callable[[Session], Models]
    alone: bool = False
    """Whether its event loop has the thread for itself, so that the thread may refuse long work."""
    _session: Session | None = None

    @property
    def session(self) -> Session:
        """What a running server knows; made, with the features around it, when it is first asked for."""
        if self._session is None:
            self._session = self._load()
        return self._session

    def begin(self, params: types.InitializeParams) -> None:
        """`initialize` is answered: load the rest, and take what the client said."""
        session = self.session
        # Imported here and below, not at the top: see the docstring of this class.
        from dovetail.text import no_long_parses_here

        from .features import lifecycle

        if self.alone:
            no_long_parses_here()

        lifecycle.begin(session, self.server, params)

    async def close(self) -> None:
        """End all work; nothing to do where no client has come."""
        if self._session is not None:
            await self._session.close()

    def _load(self) -> Session:
        from . import features
        from .session.session import Session

        server = self.server
        session = Session(server, self.places, self.make_models)
        registry = features.Registry(server, session)
        for module in features.ALL:
            module.register(registry)
        # Fails where the features and what is announced are not the same.
        registry.complete()

        def accepted(offer: Offer) -> None:
            # Looking for errors in accepted lines is only of use where a chat can be asked to fix them.
            settings = session.settings
            if settings.edits.offer_fix and settings.chat.url and registry.edits.applied.looks is not None:
                last = offer.start.line + offer.text.count("\n")
                registry.edits.applied.looks.accepted(offer.uri, offer.start.line, last)

        def refused(method: str, params: Any) -> None:
            # A change that could not be read leaves our text behind the editor's: the document must not be
            # trusted any more.
            if method == types.TEXT_DOCUMENT_DID_CHANGE:
                features.documents.change_refused(session, params)

        session.outcomes.on_accepted = accepted
        server.on_refused = refused
        return session


def workspace_models(session: Session) -> Models:
    """The models as users have them."""
    from .models.models import WorkspaceModels

    return WorkspaceModels(session)


def make_server(
    places: Places | None = None, make_models: Callable[[Session], Models] = workspace_models
) -> App:
    """A server that waits for `initialize`."""
    app = App(DovetailServer(), places or Places.of_user(), make_models)
    app.server.on_begin = app.begin
    return app
