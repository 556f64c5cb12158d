"""Clients that are newer, older or odder than the protocol's types: they are served all the same."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.app import App, make_server
from dovetail.server.lsp.lenient import reduced
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels

GOOD: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}


def able(**capabilities: Any) -> dict[str, Any]:
    return {**GOOD, "capabilities": capabilities}


ODD: dict[str, Any] = {
    "tags of Visual Studio": able(
        textDocument={"publishDiagnostics": {"tagSupport": {"valueSet": [1, 2, -1, -2]}}}
    ),
    "unknown symbol kinds": able(workspace={"symbol": {"symbolKind": {"valueSet": [1, 26, 27, 99]}}}),
    "unknown operations": able(workspace={"workspaceEdit": {"resourceOperations": ["create", "copy"]}}),
    "unknown trace": {**GOOD, "trace": "compact"},
    "folder without a name": {**GOOD, "workspaceFolders": [{"uri": "file:///w"}]},
    "folders that are none": {**GOOD, "workspaceFolders": [None, 5, {"name": "x"}, {"uri": 7}]},
    "capabilities null": {**GOOD, "capabilities": None},
    "groups null": able(general=None, window=None, workspace=None, textDocument=None),
    "groups of another kind": able(general=[], workspace="yes", window={"workDoneProgress": "yes"}),
    "process id as text": {**GOOD, "processId": "12"},
    "client info without a name": {**GOOD, "clientInfo": {"version": "1"}},
    "encodings of another kind": able(general={"positionEncodings": ["utf-7", 5, "utf-8"]}),
    "nothing at all": {},
    "null": None,
    "a list": [],
}


class Wire:
    """A client in this process: what it sends is handled at once, what it gets is kept."""

    def __init__(self, tmp_path: Path) -> None:
        self.app: App = make_server(Places(tmp_path, tmp_path, tmp_path), lambda session: NoModels())
        self.got: list[dict[str, Any]] = []
        self.app.server.protocol.set_writer(self)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        self.got.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def send(self, method: str, params: Any, identifier: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self.app.server.protocol.handle(message if identifier is None else {**message, "id": identifier})

    async def request(self, method: str, params: Any, identifier: int) -> dict[str, Any]:
        self.send(method, params, identifier)
        async with asyncio.timeout(30):
            while True:
                found = [m for m in self.got if m.get("id") == identifier and "method" not in m]
                if found:
                    return found[0]
                await asyncio.sleep(0)


@pytest.mark.parametrize("kind", ODD)
async def test_initialize_does_not_fail(kind: str, tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    answer = await wire.request("initialize", ODD[kind], 1)
    assert answer.get("result", {}).get("capabilities"), answer
    assert (await wire.request("workspace/executeCommand", {"command": "dovetail.why"}, 2))["result"] == {
        "decisions": []
    }
    await wire.app.session.close()


def test_what_is_read_is_kept() -> None:
    capabilities = {
        "general": {"positionEncodings": ["utf-8", 3]},
        "workspace": {
            "applyEdit": True,
            "configuration": 1,
            "workspaceEdit": {"resourceOperations": ["create", "copy"]},
        },
    }
    options = {"completion": {"maxLines": 3}}
    found = reduced(
        {"processId": 5, "capabilities": capabilities, "initializationOptions": options, "trace": "x"}
    )
    assert found["processId"] == 5 and found["initializationOptions"] == options and "trace" not in found
    assert found["capabilities"]["general"] == {"positionEncodings": ["utf-8"]}
    assert found["capabilities"]["workspace"] == {
        "applyEdit": True,
        "workspaceEdit": {"resourceOperations": ["create"]},
    }


async def test_a_tag_that_nobody_knows_is_no_reason_to_refuse_code_actions(tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    await wire.request("initialize", GOOD, 1)
    document = {"uri": "untitled:a", "languageId": "python", "version": 1, "text": "x\n"}
    wire.send("textDocument/didOpen", {"textDocument": document})
    where = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    problem = {"range": where, "message": "m", "severity": 1, "tags": [1, -1]}
    params = {
        "textDocument": {"uri": "untitled:a"},
        "range": where,
        "context": {"diagnostics": [problem], "triggerKind": 9},
    }
    answer = await wire.request("textDocument/codeAction", params, 2)
    assert "error" not in answer, answer
    await wire.app.session.close()


@pytest.mark.parametrize("version", [None, "3", 1.5, ...])
async def test_a_whole_text_is_taken_whatever_its_version(version: Any, tmp_path: Path) -> None:
    wire = Wire(tmp_path)
    await wire.request("initialize", GOOD, 1)
    document = {"uri": "untitled:a", "languageId": "python", "version": 4, "text": "x\n"}
    wire.send("textDocument/didOpen", {"textDocument": document})
    place = {"uri": "untitled:a"} if version is ... else {"uri": "untitled:a", "version": version}
    wire.send("textDocument/didChange", {"textDocument": place, "contentChanges": [{"text": "y\n"}]})
    await asyncio.sleep(0)
    documents = wire.app.session.documents
    assert documents.get("untitled:a").text == "y\n"  # type: ignore[union-attr]
    assert documents.adrift("untitled:a") is None
    where = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
    part = [{"text": "z", "range": where}]
    wire.send(
        "textDocument/didChange",
        {"textDocument": {"uri": "untitled:a", "version": None}, "contentChanges": part},
    )
    await asyncio.sleep(0)
    assert documents.adrift("untitled:a") is not None
    await wire.app.session.close()


@pytest.mark.parametrize("spelled", ["(shop)/page.tsx", "a b's!.py"])
async def test_a_uri_that_is_spelled_otherwise_is_the_same_document(spelled: str, tmp_path: Path) -> None:
    from urllib.parse import quote

    from dovetail.server.session.uris import uri_of

    wire = Wire(tmp_path)
    await wire.request("initialize", GOOD, 1)
    path = tmp_path / spelled
    uri = "file://" + quote(str(path), safe="/()!'*")
    assert uri != uri_of(path)
    document = {"uri": uri, "languageId": "python", "version": 1, "text": "in the editor"}
    wire.send("textDocument/didOpen", {"textDocument": document})
    await asyncio.sleep(0)
    found = wire.app.session.documents.get(uri_of(path))
    assert found is not None and found.text == "in the editor"
    wire.send("textDocument/didClose", {"textDocument": {"uri": uri}})
    await asyncio.sleep(0)
    assert wire.app.session.documents.get(uri_of(path)) is None
    await wire.app.session.close()


async def test_settings_of_an_untrusted_workspace_do_not_hold(tmp_path: Path) -> None:
    """Not even those that a workspace may set; and code actions, which all edit, are not offered."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "dovetail.toml").write_text("[completion]\nmaxLines = 7\n")
    for trusted, lines in ((True, 7), (False, None)):
        wire = Wire(tmp_path / str(trusted))
        folders = [{"uri": work.as_uri(), "name": "work"}]
        options = {"client": {"trusted": trusted}}
        await wire.request(
            "initialize", {**GOOD, "workspaceFolders": folders, "initializationOptions": options}, 1
        )
        settings = wire.app.session.settings
        assert (settings.completion.max_lines == 7) is (lines == 7)
        await wire.app.session.close()
