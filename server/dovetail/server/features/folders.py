"""Workspace folders that come and go."""

from __future__ import annotations

from lsprotocol import types

from ..session.uris import path_of
from .registry import Registry


def register(to: Registry) -> None:
    session = to.session

    @to.on_loop(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def did_change_workspace_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        for folder in params.event.removed:
            if (path := path_of(folder.uri)) is not None:
                session.folders.remove(path)
        for folder in params.event.added:
            if (path := path_of(folder.uri)) is not None:
                session.folders.add(path)
        session.configure()
        session.start_models()
