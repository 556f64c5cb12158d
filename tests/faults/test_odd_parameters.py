"""Every request, notification and command that is announced, with each of its fields put to each kind of value: it is
answered or left out, never a defect, and the server goes on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from dovetail.server.announced import COMMANDS, METHODS
from dovetail.server.app import make_server
from dovetail.server.lsp.lenient import make_converter
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels

TEXT = "import os\n\n\ndef alpha(first, second):\n    total = first + second\n    return total\n"
DIFF = "--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n-import os\n+import sys\n \n"
NOTES = "# notes\n\n```diff\n" + DIFF + "```\n"
GONE = object()
VALUES: tuple[Any, ...] = (
    GONE, None, True, -1, 1.5, 10**400, 2**31 - 1, float("nan"), float("inf"), "", "\ud800", "a\0\x1b]0;x\x07\n", "²",
    [], {}, [None], [[[]]], [1, "x", {}], {"": {}}, "x" * 5_000, "file:///%zz%00/../../etc/passwd", "http://[::1",
    "src/" + "x" * 300 + ".py",
)  # fmt: skip
CAN = {
    "workspace": {"applyEdit": True, "workspaceEdit": {"documentChanges": True}},
    "textDocument": {"codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}}},
}
U = "URI"
AT = {"line": 4, "character": 8}
RANGE = {"start": {"line": 0, "character": 0}, "end": {"line": 5, "character": 4}}
ASKED = {
    "textDocument": {"uri": U, "version": 1},
    "position": AT,
    "context": {"triggerKind": 2},
    "manual": True,
}
SAID = {"range": RANGE, "message": "undefined", "severity": 1, "code": "E1", "source": "x", "tags": [1]}
PARAMETERS: dict[str, Any] = {
    "initialized": {},
    "workspace/didChangeConfiguration": {
        "settings": {"dovetail": {"completion": {"maxLines": 3}, "next": {}}}
    },
    "workspace/didChangeWatchedFiles": {"changes": [{"uri": U, "type": 2}]},
    "workspace/didChangeWorkspaceFolders": {"event": {"added": [{"uri": U, "name": "x"}], "removed": []}},
    "textDocument/didOpen": {"textDocument": {"uri": U, "languageId": "python", "version": 1, "text": TEXT}},
    "textDocument/didChange": {
        "textDocument": {"uri": U, "version": 2},
        "contentChanges": [{"range": RANGE, "rangeLength": 3, "text": "x"}, {"text": TEXT}],
    },
    "textDocument/didSave": {"textDocument": {"uri": U}, "text": TEXT},
    "textDocument/didClose": {"textDocument": {"uri": U}},
    "textDocument/inlineCompletion": {
        "textDocument": {"uri": U},
        "position": AT,
        "context": {"triggerKind": 2, "selectedCompletionInfo": {"range": RANGE, "text": "total"}},
        "workDoneToken": "t",
        "partialResultToken": "p",
    },
    "textDocument/completion": {
        "textDocument": {"uri": U},
        "position": AT,
        "context": {"triggerKind": 2, "triggerCharacter": "."},
    },
    "textDocument/codeAction": {
        "textDocument": {"uri": U},
        "range": RANGE,
        "context": {"diagnostics": [SAID], "only": ["quickfix"], "triggerKind": 1},
    },
    "textDocument/copilotInlineEdit": ASKED,
    "dovetail/nextEdit": ASKED,
    "dovetail/didAcceptNextEdit": {"id": "x"},
    "dovetail/didRejectNextEdit": {"id": "x"},
    "dovetail/didSettleRename": {"oldName": "alpha", "newName": "gamma"},
    "dovetail/didShow": {"id": "x", "visibleMs": 900},
    "dovetail/didAccept": {"id": "x", "acceptedLength": 3},
    "dovetail/didReject": {"id": "x"},
    "dovetail/notUseful": {"id": "x", "uri": U},
    "dovetail/didChangeTrust": {"trusted": True},
    "$/cancelRequest": {"id": 5},
    "$/setTrace": {"value": "verbose"},
    "window/workDoneProgress/cancel": {"token": "t"},
    "dovetail.accept": {"id": "x"},
    "dovetail.why": {"uri": U},
    "dovetail.status": {},
    "dovetail.notUseful": {"id": "x", "uri": U},
    "dovetail.stats": {"days": 7},
    "dovetail.toggle": {"on": True, "language": "python"},
    "dovetail.snooze": {"minutes": 0},
    "dovetail.restartModel": {},
    "dovetail.applyDiff": {"text": DIFF, "uri": U, "preview": True, "hunks": ["0"]},
    "dovetail.edit": {
        "uri": U,
        "instruction": "do it",
        "range": RANGE,
        "files": [U],
        "preview": True,
        "kind": "edit",
    },
    "dovetail.filesFor": {"uri": U, "instruction": "do it", "range": RANGE, "files": [U]},
    "dovetail.fix": {"uri": U, "range": RANGE, "diagnostics": [SAID], "preview": True},
    "dovetail.applyPlan": {"id": "PLAN", "hunks": ["0"]},
    "dovetail.discardPlan": {"id": "PLAN"},
    "dovetail.undoEdit": {},
    "dovetail.explainRefusal": {"id": "PLAN", "hunk": 0},
    "dovetail.acceptNextEdit": {"id": "x"},
    "dovetail.nextEdit": {"id": "x", "all": True, "preview": True},
    "dovetail.renameInstead": {"uri": U, "old": "gamma", "new": "alpha", "line": 3, "column": 4},
}
NOTIFIED = [
    name
    for name in PARAMETERS
    if name.startswith(
        ("initialized", "workspace/did", "textDocument/did", "dovetail/did", "dovetail/not", "$/", "w")
    )
]


def with_values(value: Any) -> Iterator[Any]:
    """`value` with each of its parts, and itself, replaced by each of the values, or left out."""

    def places(at: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        yield way
        for key in at if isinstance(at, dict) else range(len(at)) if isinstance(at, list) else ():
            yield from places(at[key], (*way, key))

    for way in places(value):
        for other in VALUES:
            if not way:
                if other is not GONE:
                    yield other
                continue
            whole = at = deepcopy(value)
            for key in way[:-1]:
                at = at[key]
            if other is GONE:
                del at[way[-1]]
            else:
                at[way[-1]] = other
            yield whole


@pytest.fixture(autouse=True)
def defects_alone() -> Iterator[None]:
    """What is logged of a message that was left out may hold half of a character, which no report can carry."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


class Wire:
    """A client in this process, with a file that is open."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.uri = (folder / "a.py").as_uri()
        (folder / "a.py").write_text(TEXT)
        self.app = make_server(Places(folder, folder, folder), lambda session: NoModels())
        self.answers: dict[Any, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.last = 0
        self.app.server.protocol.set_writer(self)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        message = json.loads(data.partition(b"\r\n\r\n")[2])
        if "method" not in message:
            self.answers[message["id"]] = message
        elif "id" in message:  # whatever is asked of this client, it knows nothing of it
            self.asked.append(message["method"])
            error = {"code": -32601, "message": "unknown"}
            self._later(lambda: self._send(id=message["id"], error=error))

    def _later(self, call: Any) -> None:
        asyncio.get_running_loop().call_soon(call)

    def _send(self, **message: Any) -> None:
        self.app.server.protocol.handle({"jsonrpc": "2.0", **message})

    def notify(self, method: str, params: Any) -> None:
        self._send(method=method, params=params)

    async def ask(self, method: str, params: Any) -> dict[str, Any]:
        self.last += 1
        self._send(id=self.last, method=method, params=params)
        async with asyncio.timeout(30):
            while self.last not in self.answers:  # noqa: ASYNC110 - what answers it sets no event
                await asyncio.sleep(0)
        return self.answers.pop(self.last)

    async def command(self, name: str, argument: Any) -> Any:
        answer = await self.ask("workspace/executeCommand", {"command": name, "arguments": [argument]})
        return answer["result"]

    async def begin(self) -> None:
        folders = [{"uri": self.uri.rpartition("/")[0], "name": "x"}]
        await self.ask("initialize", {"processId": None, "capabilities": CAN, "workspaceFolders": folders})
        self.notify("initialized", {})
        self.opened()

    def opened(self) -> None:
        self.notify("dovetail/didChangeTrust", {"trusted": True})
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
        # A diff stands in it, so that code actions have something to read.
        document = {"uri": self.uri, "languageId": "python", "version": 1, "text": TEXT + NOTES}
        self.notify("textDocument/didOpen", {"textDocument": document})


def test_nothing_that_is_announced_is_left_out() -> None:
    assert {*METHODS, *COMMANDS} - {types.SHUTDOWN} <= set(PARAMETERS)


@pytest.mark.parametrize("name", PARAMETERS)
async def test_no_value_of_any_field_is_a_defect(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(tmp_path / "w")
    await wire.begin()
    plan = await wire.command("dovetail.applyDiff", {"text": DIFF, "uri": wire.uri, "preview": True})
    assert plan["message"] == "1 hunk fits, in 1 file.", plan
    right = json.loads(json.dumps(PARAMETERS[name]).replace(U, wire.uri).replace("PLAN", str(plan["id"])))
    for params in with_values(right):
        if name in NOTIFIED:
            wire.notify(name, params)
            answer = {}
        elif name in COMMANDS:
            given = {"command": name, "arguments": [params]}
            answer = await wire.ask("workspace/executeCommand", given)
        else:
            answer = await wire.ask(name, params)
        said = ascii(params)[:300]
        assert answer.get("error", {}).get("code") != -32603, (said, ascii(answer))
        assert await wire.command("dovetail.accept", {"id": "none"}) is None
        assert not [ascii(record.message) for record in caplog.records], said
        if name in NOTIFIED:
            wire.opened()
    await wire.app.session.close()


@pytest.mark.parametrize("token", [[], {}, [1], {"a": 1}, None, 1.5])
async def test_no_token_of_a_command_is_a_defect(
    token: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire(tmp_path / "w")
    await wire.begin()
    for name in ("dovetail.edit", "dovetail.fix"):
        params = {
            "command": name,
            "arguments": [{"uri": wire.uri, "instruction": "x"}],
            "workDoneToken": token,
        }
        assert "result" in await wire.ask("workspace/executeCommand", params)
    answer = await wire.ask("workspace/executeCommand", {"command": "x" * 300_000})
    assert len(answer["error"]["message"]) < 200
    assert not caplog.records
    await wire.app.session.close()


async def test_a_choice_that_cannot_be_read_chooses_nothing(tmp_path: Path) -> None:
    wire = Wire(tmp_path / "w")
    await wire.begin()
    for hunks in ("0", 0, {}, {"0": True}, True, ["²"], [], [None], [9], [float("inf")], ["1" * 5_000]):
        argument = {"text": DIFF, "uri": wire.uri, "hunks": hunks}
        assert not (await wire.command("dovetail.applyDiff", argument))["applied"], hunks
        assert "workspace/applyEdit" not in wire.asked, hunks
    for hunks in (None, ["0"], [0], [0.0]):  # controls
        argument = {"text": DIFF, "uri": wire.uri, "hunks": hunks}
        await wire.command("dovetail.applyDiff", argument)
        assert wire.asked.pop() == "workspace/applyEdit", hunks
    await wire.app.session.close()


class Counted(list[Any]):
    """A list that counts what is taken out of it."""

    taken = 0

    def __iter__(self) -> Iterator[Any]:
        for one in super().__iter__():
            self.taken += 1
            yield one


def test_a_long_list_that_is_wrong_is_read_no_further_than_its_first_fault() -> None:
    """All faults with their tracebacks took seconds on the event loop."""
    converter = make_converter()
    changes = Counted([{"text": "a"}, *[1] * 50_000])
    params = {"textDocument": {"uri": "a", "version": 2}, "contentChanges": changes}
    with pytest.raises((TypeError, ValueError)) as error:
        converter.structure(params, types.DidChangeTextDocumentParams)
    assert not isinstance(error.value, BaseExceptionGroup) and changes.taken == 2
    params["contentChanges"] = changes[:1]
    assert converter.structure(params, types.DidChangeTextDocumentParams).content_changes[0].text == "a"


@pytest.mark.parametrize("text", [1, True, ["a"], {"a": 1}, None])
def test_what_is_no_text_is_not_spelt_out_as_one(text: Any) -> None:
    document = {"uri": "a", "languageId": "x", "version": 1, "text": text}
    with pytest.raises(TypeError):
        make_converter().structure({"textDocument": document}, types.DidOpenTextDocumentParams)
