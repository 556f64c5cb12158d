"""The same server through the client of another library (pytest-lsp on pygls): types and checks are not ours."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

URI = "untitled:work"
SCRIPT = '{"total = ": [["compute(rows)"]]}'
HERE = Path(__file__).parent
HOME = tempfile.mkdtemp(prefix="dovetail-test-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)


@pytest_lsp.fixture(
    config=ClientServerConfig(
        server_command=[sys.executable, str(HERE / "scripted.py"), HOME, SCRIPT],
    )
)
async def client(lsp_client: LanguageClient) -> AsyncIterator[None]:
    """A session from `initialize` to `exit`."""
    capabilities = types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind.Utf8])
    )
    await lsp_client.initialize_session(types.InitializeParams(capabilities=capabilities, root_uri=None))
    yield
    await lsp_client.shutdown_session()


async def test_a_suggestion(client: LanguageClient) -> None:
    """Every message passes the library's own checks of the specification."""
    item = types.TextDocumentItem(URI, "python", 1, "total = \n")
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    answer = await client.text_document_inline_completion_async(
        types.InlineCompletionParams(
            types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            types.TextDocumentIdentifier(URI),
            types.Position(0, 8),
        )
    )
    assert isinstance(answer, types.InlineCompletionList)
    assert answer.items[0].insert_text == "compute(rows)"
    assert answer.items[0].range == types.Range(types.Position(0, 8), types.Position(0, 8))
    assert answer.items[0].command is not None
    command = answer.items[0].command
    params = types.ExecuteCommandParams(command.command, command.arguments)
    assert await client.workspace_execute_command_async(params) is None
    assert client.error is None
