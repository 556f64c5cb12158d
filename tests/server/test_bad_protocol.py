"""Messages that are wrong in every way: each request gets an answer, nothing ends or hangs, no traceback is sent."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import Any

import pytest

URI = "untitled:work"
SCRIPT = {"total = ": [["compute(rows)"]]}


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def still_works(server: Any) -> None:
    """A suggestion comes."""
    server.open(URI, "total = \n")
    assert server.inline(URI, 0, 8)[0]["insertText"] == "compute(rows)"


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Length: x\r\n\r\n{}",
        b"Content-Length: 99999999999999\r\n\r\n{}",
        b"Content-Length: 5\r\n\r\n{}",
        b"Content-Length: 1\r\n\r\n{}",
        b"garbage\r\n\r\n",
        frame(b"not json"),
        frame(b"\xff\xfe"),
        frame(b"[" * 200_000),
        frame(b"[]"),
        frame(b'[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]'),
        frame(b"null"),
        frame(b"{}"),
        frame(b'{"jsonrpc":"1.0","id":1,"method":"shutdown"}'),
        frame(b'{"jsonrpc":"2.0","id":{},"method":"shutdown"}'),
        frame(b'{"jsonrpc":"2.0","id":1.5,"method":"shutdown"}'),
        frame(b'{"jsonrpc":"2.0","id":true,"method":"shutdown"}'),
        frame(b'{"jsonrpc":"2.0","id":9}'),
        frame(b'{"jsonrpc":"2.0","method":5}'),
    ],
)
def test_what_is_no_message_gets_an_error(running, data: bytes) -> None:
    """With JSON-RPC's codes; the session goes on."""
    server = running
    server.raw(data + frame(b'{"jsonrpc":"2.0","method":"$/after","params":{}}'))
    error = server.wait(lambda m: "error" in m)["error"]
    assert error["code"] in (-32700, -32600)
    assert "Traceback" not in json.dumps(error)
    still_works(server)


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/inlineCompletion", None),
        ("textDocument/inlineCompletion", []),
        ("textDocument/inlineCompletion", {"textDocument": URI}),
        ("textDocument/inlineCompletion", {"textDocument": {"uri": URI}, "position": {"line": "0"}}),
        (
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": 5},
                "position": {"line": 0, "character": 0},
                "context": {"triggerKind": 2},
            },
        ),
        (
            "textDocument/inlineCompletion",
            {
                "textDocument": {"uri": URI},
                "position": {"line": 0, "character": 0},
                "context": {"triggerKind": 99},
            },
        ),
        ("workspace/executeCommand", {"command": 5}),
        ("workspace/executeCommand", None),
        ("no/such/method", {"a": 1}),
        ("$/no/such", None),
    ],
)
def test_requests_with_wrong_parameters_get_an_answer(running, method: str, params: Any) -> None:
    """An error in a sentence, or an empty list where the meaning is clear."""
    server = running
    answer = server.answer(server.ask(method, params))
    if "error" in answer:
        assert answer["error"]["code"] in (-32602, -32601)
        assert method in answer["error"]["message"] or "'5'" in answer["error"]["message"]
        assert "data" not in answer["error"]
        assert "\n" not in answer["error"]["message"]
    else:
        assert answer["result"] == {"items": []}
    still_works(server)


@pytest.mark.parametrize(
    "method",
    [
        "textDocument/didOpen", "textDocument/didChange", "textDocument/didSave", "textDocument/didClose",
        "workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles", "$/setTrace", "$/cancelRequest",
        "workspace/didChangeWorkspaceFolders", "window/workDoneProgress/cancel", "no/such/method",
        "notebookDocument/didOpen", "dovetail/didAccept",
    ],
)  # fmt: skip
def test_notifications_with_wrong_parameters_are_left_out(running, method: str) -> None:
    """Whatever they hold."""
    server = running
    before = len(server.seen)
    for params in (None, [], {}, 5, {"textDocument": None}, {"event": {"added": 1}}, {"changes": [None]}):
        server.notify(method, params)
    still_works(server)
    assert not [m for m in server.seen[before:] if "error" in m]
    assert "defect" not in server.log()


def test_a_change_that_cannot_be_read_puts_its_document_adrift(launch) -> None:
    """Nothing is suggested on a text that is not the editor's, and it is said; sent whole it is good again."""
    server = launch(SCRIPT)
    server.start(options={"client": {}})
    server.open(URI, "total = \n")
    changes = [{"range": "nonsense", "text": "x"}]
    server.notify(
        "textDocument/didChange", {"textDocument": {"uri": URI, "version": 2}, "contentChanges": changes}
    )
    assert server.inline(URI, 0, 8) == []
    status = server.notification("dovetail/status", lambda p: p["state"] == "off")
    assert "a change could not be read; close and open the file again" in status["message"]
    server.change(URI, 3, "total = \n")
    assert server.inline(URI, 0, 8)


@pytest.mark.parametrize(
    "params",
    [
        {"capabilities": {}, "rootUri": "not a uri", "processId": None},
        {"capabilities": {}, "rootUri": "http://[::1", "processId": None},
        {"capabilities": {}, "rootUri": "file:///no/such/folder", "processId": None},
        {"capabilities": {}, "rootUri": "file:///a%00b", "processId": -5},
        {"capabilities": {}, "rootUri": None, "rootPath": "/no/such", "processId": 2**40},
        {"capabilities": {"general": {"positionEncodings": ["utf-7"]}}, "rootUri": None, "processId": None},
        {"capabilities": {"general": {"positionEncodings": []}}, "rootUri": None, "processId": None},
        {"capabilities": {}, "rootUri": None, "processId": None, "initializationOptions": [1]},
        {"capabilities": {}, "rootUri": None, "processId": None, "initializationOptions": {"client": 5}},
        {"capabilities": {}, "rootUri": None, "processId": None, "initializationOptions": {"dovetail": []}},
    ],
)
def test_strange_initialize_parameters(launch, params: Any) -> None:
    """The server starts all the same."""
    server = launch(SCRIPT)
    assert "capabilities" in server.request("initialize", params)
    server.notify("initialized", {})
    still_works(server)


def test_initialize_whose_capabilities_cannot_be_read_is_answered_all_the_same(launch) -> None:
    """An editor that says something odd of itself gets a server; it is taken to be able to do nothing special."""
    server = launch(SCRIPT)
    answer = server.answer(server.ask("initialize", {"capabilities": 5}))
    assert answer["result"]["capabilities"]
    server.notify("initialized", {})
    still_works(server)


def test_answers_to_what_was_never_asked(running) -> None:
    """Are nothing."""
    server = running
    for more in ({"result": 1}, {"error": {"code": 1, "message": "x"}}, {"result": None, "error": 5}):
        server.send({"jsonrpc": "2.0", "id": "never", **more})
    still_works(server)


def test_a_gigantic_message(launch) -> None:
    """40 MB of text: opened; nothing is suggested in it, and that is said."""
    server = launch(SCRIPT)
    server.start(options={"client": {}})
    server.open("untitled:huge", "x = 1\n" * 7_000_000)
    assert server.inline("untitled:huge", 0, 5) == []
    status = server.notification("dovetail/status", lambda p: p["state"] == "off")
    assert status["message"] == "Off here: the file is larger than 20 million characters."
    still_works(server)


def test_a_client_that_stops_reading(launch) -> None:
    """What is to be sent waits; the server goes on to read, and ends when the client is gone."""
    server = launch(command=[
        sys.executable, "-c",
        # A client of its own: it writes without ever reading what comes.
        "import subprocess, sys, json\n"
        "p = subprocess.Popen([sys.executable, '-m', 'dovetail.cli', 'serve'], stdin=-1, stdout=-1)\n"
        "def send(m):\n"
        "    b = json.dumps({'jsonrpc': '2.0', **m}).encode()\n"
        "    p.stdin.write(b'Content-Length: %d\\r\\n\\r\\n%b' % (len(b), b)); p.stdin.flush()\n"
        "send({'id': 0, 'method': 'initialize', 'params': {'processId': None, 'rootUri': None, 'capabilities': {}}})\n"
        "send({'method': 'initialized', 'params': {}})\n"
        "for i in range(20000): send({'id': i, 'method': 'no/such/' + 'x' * 200, 'params': {}})\n"
        "p.stdin.close()\n"
        "sys.exit(p.wait(60))\n",
    ])  # fmt: skip
    assert server.ended() == 1


@pytest.mark.parametrize("address", ["0.0.0.0:0", "example.org:1", "nonsense"])
def test_tcp_elsewhere_is_refused(address: str) -> None:
    """Exit code 2 and a sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "dovetail.cli", "serve", "--tcp", address],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "--tcp" in done.stderr
    assert "Traceback" not in done.stderr


def test_tcp_where_another_listens() -> None:
    """A sentence, exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "dovetail.cli", "serve", "--tcp", f"127.0.0.1:{port}"],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"cannot serve on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
