"""Settings as they change: pushed, pulled, or saved in a file."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from lsprotocol import types

from ..lsp.values import plain
from ..settings import json_schema
from .registry import Registry

log = logging.getLogger(__name__)
ANSWER_S = 5.0


def pushed(settings: object) -> Mapping[str, Any] | None:
    """Our part of what a client pushes: below "dovetail", or as a whole where it holds a setting of ours. None
    if it holds nothing for us."""
    if not isinstance(settings, Mapping):
        return None
    if "dovetail" in settings:
        inner = settings["dovetail"]
        return inner if isinstance(inner, Mapping) else None
    ours = set(json_schema()["properties"])
    # Some clients push the section's content bare, others all settings of all servers.
    return settings if any(str(key).split(".")[0] in ours for key in settings) else None


async def pull(to: Registry) -> None:
    """Ask the client for section `dovetail`, where it can be asked."""
    workspace = to.client.capabilities.workspace
    if not workspace or not workspace.configuration:
        return
    try:
        request = types.ConfigurationParams([types.ConfigurationItem(section="dovetail")])
        answer = await asyncio.wait_for(to.server.workspace_configuration_async(request), ANSWER_S)
    except Exception as error:  # whatever a client answers, the settings we have hold
        log.warning("the client did not give its settings: %s", error or type(error).__name__)
        return
    found = plain(answer[0]) if answer else None
    if found is None or isinstance(found, Mapping):
        # Nothing at all is news too: the user may have taken a setting out again.
        found = found or {}
        to.session.configure({k: v for k, v in found.items() if v is not None})


async def watch(to: Registry) -> None:
    """Ask the client to watch the workspace, so that the model learns what changes outside the editor."""
    workspace = to.client.capabilities.workspace
    watched = workspace and workspace.did_change_watched_files
    if not watched or not watched.dynamic_registration:
        return
    # Everything: which files are source files, and which hold rules, is sorted out here.
    options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher("**/*")])
    registration = types.Registration("dovetail-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    try:
        params = types.RegistrationParams([registration])
        await asyncio.wait_for(to.server.client_register_capability_async(params), ANSWER_S)
    except Exception as error:  # the server works without: it learns what is saved in the editor
        log.warning("the client does not watch files: %s", error or type(error).__name__)


def register(to: Registry) -> None:
    session = to.session

    @to.in_task(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(params: types.DidChangeConfigurationParams) -> None:
        settings = plain(params.settings)
        inner = pushed(settings)
        if inner is None:
            await pull(to)
        else:
            session.configure(inner)

    @to.on_loop(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_watched_files(params: Any) -> None:
        # As plain values (see `protocol`): twenty thousand changes come in one message.
        changes = params.get("changes") if isinstance(params, dict) else None
        # Nothing is trusted to have the protocol's shape: these parameters were never made into types.
        changes = changes if isinstance(changes, list) else []
        uris = [c["uri"] for c in changes if isinstance(c, dict) and isinstance(c.get("uri"), str)]
        # Before the rules: what is excluded may be written there.
        if any(uri.endswith("/dovetail.toml") for uri in uris):
            session.configure()
        session.rules_saved(uri.rpartition("/")[2] for uri in uris)
        session.models.touched(uris)
