"""Workspace folders that come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from ..session.uris import path_of

if TYPE_CHECKING:
    from ..server import DovetailServer


def register(server: DovetailServer) -> None:
    session = server.session

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_workspace_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.removed:
            if (path := path_of(folder.uri)) is not None:
                session.folders.remove(path)
        for folder in params.event.added:
            if (path := path_of(folder.uri)) is not None:
                session.folders.add(path)
        session.configure()
        session.start_models()
