"""initialize … shutdown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dovetail.text import Encoding
from lsprotocol import types

from ..folders import path_of
from ..protocol import plain
from ..session import ClientOptions

if TYPE_CHECKING:
    from ..server import DovetailServer


def register(server: DovetailServer) -> None:
    session = server.session

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        options = plain(params.initialization_options)
        options = options if isinstance(options, Mapping) else {}
        if "client" in options:
            session.options = ClientOptions.read(options["client"])
        uris = [folder.uri for folder in params.workspace_folders or []]
        if not uris and (
            root := params.root_uri or (Path(params.root_path).as_uri() if params.root_path else None)
        ):
            uris = [root]
        for uri in uris:
            if (path := path_of(uri)) is not None:
                session.folders.add(path)
        encoding = server.workspace.position_encoding
        session.documents.encoding = Encoding(getattr(encoding, "value", encoding))
        # The user's settings may sit below "dovetail", as in a client's own settings tree.
        inner = options.get("dovetail")
        session.configure(inner if isinstance(inner, Mapping) else options)

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        from .configuration import pull, watch

        server.client_is_ready()
        await watch(server)
        await pull(server)
        session.spawn(session.models.start())

    @server.feature(types.SHUTDOWN)
    async def shutdown(params: None) -> None:
        await session.close()
