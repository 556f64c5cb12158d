"""Workspace folders that come and go, and whether the user trusts them."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from ..lsp.values import plain
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
        # A folder brings its own settings file, or takes it away.
        session.configure()
        session.start_models()

    @to.on_loop("dovetail/didChangeTrust")
    def did_change_trust(params: Any) -> None:
        # A message of its own, not a setting: settings may come from a file of the very workspace.
        data = plain(params)
        session.trust(isinstance(data, dict) and data.get("trusted") is True)
