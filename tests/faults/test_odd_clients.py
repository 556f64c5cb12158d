"""`initialize` with every field that is read, and some that are not, put to every kind of value: no client is refused
for one of them, and the answer is that of a client which had left the field out or of one that knows it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.app import make_server
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels

VALUES: tuple[Any, ...] = (None, -1, "\ud800", [None, "utf-8", {}], {"valueSet": [0, -7, "x"], "": None})
FIELDS = """
    processId
    rootUri
    rootPath
    locale
    trace
    clientInfo
    clientInfo.name
    clientInfo.version
    workspaceFolders
    initializationOptions
    initializationOptions.client
    initializationOptions.client.events
    initializationOptions.client.trusted
    initializationOptions.dovetail
    initializationOptions.completion
    initializationOptions.completion.maxLines
    initializationOptions.endpoints
    capabilities
    capabilities.experimental
    capabilities.general
    capabilities.general.positionEncodings
    capabilities.general.markdown
    capabilities.window
    capabilities.window.workDoneProgress
    capabilities.window.showDocument
    capabilities.notebookDocument
    capabilities.workspace
    capabilities.workspace.applyEdit
    capabilities.workspace.configuration
    capabilities.workspace.workspaceEdit
    capabilities.workspace.workspaceEdit.resourceOperations
    capabilities.workspace.workspaceEdit.failureHandling
    capabilities.workspace.didChangeWatchedFiles
    capabilities.workspace.symbol
    capabilities.textDocument
    capabilities.textDocument.codeAction
    capabilities.textDocument.codeAction.codeActionLiteralSupport
    capabilities.textDocument.codeAction.codeActionLiteralSupport.codeActionKind
    capabilities.textDocument.completion
    capabilities.textDocument.completion.completionItem
    capabilities.textDocument.inlineCompletion
    capabilities.textDocument.semanticTokens
    capabilities.textDocument.publishDiagnostics
    capabilities.textDocument.synchronization
    a.field.of.the.future
""".split()  # noqa: SIM905 - fewer lines to read than a list


def with_value(field: str, value: Any) -> dict[str, Any]:
    """Parameters that are right but for one field."""
    whole: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}
    at = whole
    *way, last = field.split(".")
    for name in way:
        at = at.setdefault(name, {})
    at[last] = value
    return whole


class Wire:
    """A client in this process: what it sends is handled at once, what it gets is kept."""

    def __init__(self, folder: Path) -> None:
        self.app = make_server(Places(folder, folder, folder), lambda session: NoModels())
        self.got: list[dict[str, Any]] = []
        self.app.server.protocol.set_writer(self)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        self.got.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def send(self, method: str, params: Any, identifier: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self.app.server.protocol.handle(message if identifier is None else {**message, "id": identifier})

    async def answer(self, identifier: int) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while True:
                for message in self.got:
                    if message.get("id") == identifier and "method" not in message:
                        return message
                await asyncio.sleep(0)


@pytest.mark.parametrize("field", FIELDS)
async def test_no_value_of_any_field_keeps_a_client_out(field: str, tmp_path: Path) -> None:
    for number, value in enumerate(VALUES):
        wire = Wire(tmp_path / str(number))
        wire.send("initialize", with_value(field, value), 1)
        first = await wire.answer(1)
        assert first.get("result", {}).get("capabilities"), (value, first)
        wire.send("initialized", {})
        wire.send("workspace/executeCommand", {"command": "dovetail.status"}, 2)
        status = await wire.answer(2)
        assert "result" in status, (value, status)
        assert not wire.app.server.left.is_set(), value
        await wire.app.session.close()
