"""initialize … shutdown, over real pipes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Launch = Callable[..., object]


@pytest.mark.own_process
def test_a_session_from_initialize_to_exit(launch, workspace: Path) -> None:
    """Capabilities are announced, the server says who it is, and leaves with code 0."""
    server = launch()
    result = server.start(folders=(workspace,))
    assert result["serverInfo"]["name"] == "dovetail"
    capabilities = result["capabilities"]
    assert capabilities["inlineCompletionProvider"] == {}
    assert capabilities["textDocumentSync"]["change"] == 2
    assert capabilities["textDocumentSync"]["openClose"] is True
    assert capabilities["workspace"]["workspaceFolders"]["supported"] is True
    assert set(capabilities["executeCommandProvider"]["commands"]) >= {
        "dovetail.accept", "dovetail.why", "dovetail.status", "dovetail.toggle", "dovetail.restartModel",
    }  # fmt: skip
    assert server.stop() == 0


@pytest.mark.own_process
def test_exit_without_shutdown_is_code_1(launch) -> None:
    """As LSP asks."""
    server = launch()
    server.start()
    server.notify("exit")
    assert server.ended() == 1


@pytest.mark.own_process
def test_a_client_that_closes_the_pipe_ends_the_server(launch) -> None:
    """Without a word: the server goes as well, and its log says why."""
    server = launch()
    server.start()
    server.process.stdin.close()
    assert server.ended() == 1
    assert "the editor has closed the connection; the server ends" in server.log()


SOON = (
    "import sys; from dovetail.server.lsp import server; server.CHECK_S = 0.05; "
    "from dovetail.cli.serve import serve_command; sys.exit(serve_command(['--stdio']))"
)
"""The server, with its parent looked for twenty times a second."""


def test_an_editor_that_was_killed_ends_the_server(launch) -> None:
    """Also where something else still holds the pipe open."""
    editor = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        server = launch(command=[sys.executable, "-c", SOON])
        server.start(processId=editor.pid)
        assert server.command("dovetail.status", {})
        assert server.process.poll() is None
    finally:
        editor.kill()
        editor.communicate()
    assert server.ended() == 1
    assert "the editor's process has ended; the server ends" in server.log()


def test_a_process_that_was_never_seen_is_not_waited_for(launch) -> None:
    """The number may be one of another machine or container."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    server = launch(command=[sys.executable, "-c", SOON])
    server.start(processId=ended.pid)
    for _ in range(3):
        assert server.command("dovetail.status", {})
    assert server.stop() == 0
    assert "has ended" not in server.log()


@pytest.mark.parametrize(
    ("offered", "chosen", "character"),
    [
        (["utf-8"], "utf-8", 13),
        (["utf-16", "utf-8"], "utf-16", 11),
        (["utf-32"], "utf-32", 10),
        (None, "utf-16", 11),
    ],
)
def test_position_encodings(launch, offered: list[str] | None, chosen: str, character: int) -> None:
    """The client's first choice is taken, and both directions count in it."""
    server = launch({"s = '😀' + ": [["other(1)"]], "s = '😀'xx + ": [["other(1)"]]})
    capabilities = {"general": {"positionEncodings": offered}} if offered else {}
    result = server.start(capabilities=capabilities)
    assert result["capabilities"]["positionEncoding"] == chosen
    server.open("untitled:a", "s = '😀' + \n")
    (item,) = server.inline("untitled:a", 0, character)
    assert item["insertText"] == "other(1)"
    place = {"line": 0, "character": character}
    assert item["range"] == {"start": place, "end": place}
    behind = character - 3
    server.change("untitled:a", 2, (0, behind, 0, behind, "xx"))
    (item,) = server.inline("untitled:a", 0, character + 2)
    assert item["range"]["start"]["character"] == character + 2


def test_requests_before_initialize_and_after_shutdown_are_refused(launch) -> None:
    """With the codes LSP has for it; none is left without an answer."""
    server = launch()
    early = server.answer(server.ask("textDocument/inlineCompletion", {}))
    assert early["error"]["code"] == -32002
    server.start()
    again = server.answer(server.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}}))
    assert again["error"]["code"] == -32600
    server.request("shutdown")
    late = server.answer(server.ask("workspace/executeCommand", {"command": "dovetail.status"}))
    assert late["error"]["code"] == -32600
    server.notify("exit")
    assert server.ended() == 0


def test_nothing_is_said_before_initialized(launch, workspace: Path) -> None:
    """LSP forbids it; a client may break on it. What is to be said waits."""
    server = launch()
    params = {"processId": None, "rootUri": workspace.as_uri(), "capabilities": {}}
    server.request("initialize", {**params, "initializationOptions": {"nonsense": 1, "client": {}}})
    assert [m for m in server.seen if "method" in m] == []
    server.notify("initialized", {})
    assert "nonsense is not a setting" in server.notification("window/showMessage")["message"]
    assert server.notification("dovetail/status")["state"] in ("idle", "learning")
