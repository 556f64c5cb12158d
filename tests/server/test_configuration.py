"""Settings as they reach a running server: at the start, pushed, pulled, from files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.session.uris import uri_of

URI = "untitled:work"
SCRIPT = {"total = ": [["compute(rows)"]]}
PULL = {"workspace": {"configuration": True}}


def shown(server: Any, part: str) -> str:
    text: str = server.notification("window/showMessage", lambda p: part in p["message"])["message"]
    return text


def pulled(server: Any, answer: Any) -> None:
    request = server.wait(lambda m: m.get("method") == "workspace/configuration")
    assert request["params"]["items"] == [{"section": "dovetail"}]
    server.send({"jsonrpc": "2.0", "id": request["id"], "result": [answer]})


def test_wrong_settings_are_named_once_and_the_rest_holds(launch) -> None:
    """In a message and in the status; suggestions come all the same."""
    server = launch(SCRIPT)
    server.start(options={"completion": {"maxline": 3, "maxTokens": "many", "automatic": True}, "client": {}})
    assert "completion.maxline is not a setting; did you mean completion.maxLines?" in shown(
        server, "maxline"
    )
    said = "completion.maxTokens must be a whole number, not 'many'. Using the default, 128."
    assert said in shown(server, "maxTokens")
    status = server.command("dovetail.status", {})
    assert len(status["problems"]) == 2
    assert "maxline" in status["detail"]
    server.open(URI, "total = \n")
    assert server.inline(URI, 0, 8)
    server.notify("workspace/didChangeConfiguration", {"settings": {"dovetail": {"enabled": True}}})
    assert server.inline(URI, 0, 8)
    assert len([m for m in server.seen if m.get("method") == "window/showMessage"]) == 2


def test_settings_are_pulled_before_anything_is_learnt(launch, workspace: Path) -> None:
    """What is excluded must be known first."""
    server = launch(SCRIPT)
    server.start(folders=(workspace,), capabilities=PULL)
    server.open(URI, "total = \n")
    assert server.inline(URI, 0, 8)
    assert not [
        m for m in server.seen if m.get("method") == "test/generator" and m["params"]["event"] == "start"
    ]
    pulled(server, {"enabled": False})
    assert server.generator("start")["roots"] == [str(workspace)]
    assert server.inline(URI, 0, 8) == []


def test_a_client_that_answers_a_pull_badly(launch) -> None:
    """An error, null, something else: what holds goes on to hold."""
    for answer in (
        {"error": {"code": 1, "message": "no"}},
        {"result": None},
        {"result": 5},
        {"result": [[1]]},
    ):
        server = launch(SCRIPT)
        server.start(capabilities=PULL)
        request = server.wait(lambda m: m.get("method") == "workspace/configuration")
        server.send({"jsonrpc": "2.0", "id": request["id"], **answer})
        server.generator("start")
        server.open(URI, "total = \n")
        assert server.inline(URI, 0, 8)


def test_settings_pushed_later_take_effect_and_keep_those_of_the_start(launch) -> None:
    """Key by key. A push without content makes the server pull."""
    server = launch(SCRIPT)
    server.start(options={"completion": {"stop": ["rows"]}, "client": {}}, capabilities=PULL)
    pulled(server, None)
    server.open(URI, "total = \n")
    assert "rows" not in server.inline(URI, 0, 8)[0]["insertText"]
    server.notify("workspace/didChangeConfiguration", {"settings": {"dovetail": {"enabled": False}}})
    assert server.inline(URI, 0, 8) == []
    server.notify("workspace/didChangeConfiguration", {"settings": None})
    pulled(server, {"enabled": True})
    server.notification("dovetail/status", lambda p: p["state"] == "off")
    server.notification("dovetail/status", lambda p: p["state"] == "idle" and server.seen[-1]["params"] is p)
    assert "rows" not in server.inline(URI, 0, 8)[0]["insertText"]


def test_files_of_the_user_and_of_the_workspace(launch, tmp_path: Path, workspace: Path) -> None:
    """Both are read; what a workspace may not set is refused by name; saving the file takes effect."""
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "dovetail.toml").write_text(
        "[completion]\nlanguages = {go = false}\n", encoding="utf-8"
    )
    file = workspace / "dovetail.toml"
    file.write_text('"chat.url" = "http://evil.example"\n[completion]\nmaxLines = 0\n', encoding="utf-8")
    server = launch(SCRIPT, home=home)
    server.start(folders=(workspace,))
    assert str(file) in shown(server, "chat.url")
    assert "completion.maxLines must be a number from 1 to 200" in shown(server, "maxLines")
    server.open(URI, "total = \n", "go")
    assert server.inline(URI, 0, 8) == []
    assert "go" in server.command("dovetail.why", {})["decisions"][0]["outcome"]
    file.write_text("[completion]\nlanguages = {go = true}\n", encoding="utf-8")
    server.notify("textDocument/didSave", {"textDocument": {"uri": uri_of(file)}})
    assert server.inline(URI, 0, 8)
    file.write_text("enabled = false\n", encoding="utf-8")
    changes = [{"uri": uri_of(file), "type": 2}, {"uri": uri_of(workspace / "a.py"), "type": 1}]
    server.notify("workspace/didChangeWatchedFiles", {"changes": changes})
    assert server.inline(URI, 0, 8) == []
    assert server.generator("touched", path=str(workspace / "a.py"))


def test_files_are_watched_where_the_client_can(launch) -> None:
    """The model learns what changes outside of the editor."""
    server = launch(SCRIPT)
    server.start(capabilities={"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}})
    request = server.wait(lambda m: m.get("method") == "client/registerCapability")
    (registration,) = request["params"]["registrations"]
    assert registration["method"] == "workspace/didChangeWatchedFiles"
    assert registration["registerOptions"]["watchers"][0]["globPattern"] == "**/*"
    # The client never answers; nothing waits for it.
    server.generator("start")


def test_workspace_folders_come_and_go(launch, tmp_path: Path, workspace: Path) -> None:
    """Rules of a folder hold while it is there."""
    (workspace / ".gitignore").write_text("out/\n", encoding="utf-8")
    uri = uri_of(workspace / "out" / "a.py")
    server = launch(SCRIPT)
    server.start(options={"client": {}})
    server.open(uri, "total = \n")
    assert server.inline(uri, 0, 8)
    folder = {"uri": workspace.as_uri(), "name": "w"}
    server.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
    assert server.generator("start", roots=[str(workspace)])
    assert server.inline(uri, 0, 8) == []
    status = server.notification("dovetail/status", lambda p: p["state"] == "off")
    assert status["message"] == "Off in this file: ignored by .gitignore."
    server.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
    assert server.inline(uri, 0, 8)
    assert server.notification("dovetail/status", lambda p: p["state"] == "idle")


def test_an_exclusion_that_is_no_pattern(launch) -> None:
    """Is named; the others hold."""
    server = launch(SCRIPT)
    server.start(options={"completion": {"exclude": ["!", "work"]}})
    assert "'!' is not a pattern" in shown(server, "completion.exclude")


def test_snooze(launch) -> None:
    """Nothing by itself until then, said in the status; by hand as ever; 0 minutes end it."""
    server = launch(SCRIPT)
    server.start(options={"client": {}})
    server.open(URI, "total = \n")
    until = server.command("dovetail.snooze", {"minutes": 30})["until"]
    assert re.fullmatch(r"\d\d:\d\d", until)
    status = server.notification("dovetail/status", lambda p: p["state"] == "off")
    assert (status["message"], status["snoozedUntil"]) == (f"Snoozed until {until}.", until)
    assert server.inline(URI, 0, 8) == []
    assert until in server.command("dovetail.why", {})["decisions"][0]["outcome"]
    assert server.inline(URI, 0, 8, manual=True)
    assert server.command("dovetail.snooze", {"minutes": 0}) == {"until": ""}
    assert server.inline(URI, 0, 8)


@pytest.mark.parametrize(("mode", "expected"), [("automatic", 1), ("subtle", 1), ("manual", 0)])
def test_mode(launch, mode: str, expected: int) -> None:
    """By hand always; while typing unless the mode is manual; the client is told the mode."""
    server = launch(SCRIPT)
    server.start(options={"client": {}, "completion": {"mode": mode}})
    server.open(URI, "total = \n")
    assert len(server.inline(URI, 0, 8)) == expected
    assert len(server.inline(URI, 0, 8, manual=True)) == 1
    assert server.command("dovetail.status", {})["mode"] == mode


def test_toggle(launch) -> None:
    """All of it, or one language, for this session."""
    server = launch(SCRIPT)
    server.start(options={"client": {}})
    server.open(URI, "total = \n")
    assert server.command("dovetail.toggle", {}) == {"enabled": False}
    assert (
        server.notification("dovetail/status", lambda p: p["state"] == "off")["message"]
        == "Dovetail is off (turned off in this session; dovetail.toggle turns it on)."
    )
    assert server.inline(URI, 0, 8) == []
    assert server.command("dovetail.toggle", {"on": True}) == {"enabled": True}
    assert server.inline(URI, 0, 8)
    answer = server.command("dovetail.toggle", {"language": "python"})
    assert answer == {"enabled": False, "language": "python"}
    assert server.inline(URI, 0, 8) == []
    status = server.notification("dovetail/status", lambda p: "python" in p["message"])
    assert status["state"] == "off"
    server.command("dovetail.toggle", {"language": "python", "on": True})
    assert server.inline(URI, 0, 8)
