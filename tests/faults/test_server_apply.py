"""An editor that does not answer `workspace/applyEdit`, or answers when nobody waits any more."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.app import make_server
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels

DIFF = "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"
ABLE = {"workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}}}


@pytest.mark.parametrize(
    "late", [None, {"result": {"applied": True}}, {"error": {"code": 1, "message": "no"}}]
)
async def test_it_ends_in_a_sentence_and_a_late_answer_does_no_harm(late: Any, tmp_path: Path) -> None:
    app = make_server(Places(tmp_path, tmp_path, tmp_path), lambda session: NoModels())
    app.server.apply_s = 0.05
    got: list[dict[str, Any]] = []

    class Writer:
        def write(self, data: bytes) -> None:
            got.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    app.server.protocol.set_writer(Writer())  # type: ignore[arg-type]

    def send(**message: Any) -> None:
        app.server.protocol.handle({"jsonrpc": "2.0", **message})

    async def answer(number: int) -> Any:
        async with asyncio.timeout(30):
            while True:
                found = [m for m in got if m.get("id") == number and "method" not in m]
                if found:
                    return found[0]["result"]
                await asyncio.sleep(0)

    path = tmp_path / "a.py"
    path.write_text("a = 1\n")
    folders = [{"uri": tmp_path.as_uri(), "name": "w"}]
    options: dict[str, Any] = {"client": {}}
    start = {"capabilities": ABLE, "workspaceFolders": folders, "initializationOptions": options}
    send(id=1, method="initialize", params=start)
    await answer(1)
    document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": "a = 1\n"}
    send(method="textDocument/didOpen", params={"textDocument": document})
    command = {"command": "dovetail.applyDiff", "arguments": [{"text": DIFF, "uri": path.as_uri()}]}
    send(id=2, method="workspace/executeCommand", params=command)
    result = await answer(2)
    assert result["applied"] is False
    assert result["message"] == "The editor did not apply the edit (it has not answered for 0.05 s)."
    (asked,) = [m for m in got if m.get("method") == "workspace/applyEdit"]
    if late is not None:
        send(id=asked["id"], **late)
    # Nothing counts as applied, and the next command is answered.
    send(id=3, method="workspace/executeCommand", params={"command": "dovetail.undoEdit", "arguments": [{}]})
    assert "no edit of Dovetail's" in (await answer(3))["message"]
    await app.session.close()
