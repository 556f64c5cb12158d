"""initialize … shutdown."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lsprotocol import types

from dovetail.text import Encoding

from ..lsp.server import DovetailServer
from ..lsp.values import plain
from ..session.session import Session
from ..session.uris import path_of
from .registry import Registry


def begin(session: Session, server: DovetailServer, params: types.InitializeParams) -> None:
    """Take what `initialize` says into the session. The request itself is answered already (see `app.App`)."""
    options = plain(params.initialization_options)
    options = options if isinstance(options, Mapping) else {}
    session.options = server.options
    # From the newest way to say it to the oldest.
    roots = [path_of(folder.uri) for folder in params.workspace_folders or []]
    if not roots and params.root_uri:
        roots = [path_of(params.root_uri)]
    elif not roots and params.root_path and "\0" not in params.root_path:
        roots = [Path(params.root_path)]
    for root in roots:
        if root is not None:
            session.folders.add(root)
    session.documents.encoding = Encoding(server.protocol.position_encoding)
    # The user's settings may sit below "dovetail", as in a client's own settings tree.
    inner = options.get("dovetail")
    session.configure(inner if isinstance(inner, Mapping) else options, at_start=True)
    # What is here now stays: the collector need not look at it again (see `serve_command`).
    gc.freeze()
    gc.enable()


def register(to: Registry) -> None:
    session = to.session

    def send_status(params: dict[str, Any]) -> None:
        if session.options.speaks_dovetail:
            to.client.notify("dovetail/status", params)

    @to.in_task(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        from ..bridge.listen import Listener
        from ..lsp.memory import collect_seldom, collect_when_idle, few_arenas, give_back_in_turns
        from .configuration import pull, watch

        to.server.client_is_ready()
        few_arenas()
        collect_seldom()
        # Only now: before `initialized` a client may be told nothing.
        session.status.send = send_status
        session.status.changed()
        session.timers.spawn(watch(to))
        await pull(to)  # what is excluded must be known before anything is read
        session.timers.spawn(Listener(session, to.load_edits).run())
        # After the settings are all there, so that nothing is learnt that is excluded.
        session.start_models()

        def typed() -> object:
            # Changes whenever a document does: what "busy" is for the two below.
            return [(one.uri, one.version) for one in session.documents.recent()]

        session.timers.spawn(collect_when_idle(typed))
        session.timers.spawn(give_back_in_turns(typed))

    @to.in_task(types.SHUTDOWN)
    async def shutdown(params: None) -> None:
        await session.close()
