"""Files, disks and moments that are wrong: the text is never touched, nothing hangs, and one sentence says what is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from dovetail.server.session.uris import uri_of

URI = "untitled:work"
SCRIPT = {"total = ": [["compute(rows)"]], "x = ": [["y"]]}
LINES = "".join(f"def function_{i}(a, b):\n    return a + b + {i}\n\n" for i in range(11_667))


def off(server: Any) -> str:
    status = server.command("dovetail.status", {})
    assert status["state"] == "off"
    message: str = status["message"]
    assert message in [m["params"]["message"] for m in server.seen if m.get("method") == "dovetail/status"]
    return message


@pytest.mark.parametrize(
    ("name", "text", "line", "character"),
    [
        ("crlf", "a = 1\r\ntotal = \r\n", 1, 8),
        ("mixed line ends", "a\rb\r\nc\ntotal = \r", 3, 8),
        ("byte order mark", "\ufefftotal = ", 0, 9),
        ("form feed", "a\x0cb\ntotal = \n", 1, 8),
        ("separators", "a\u2028b\u2029c\x85d\x1ce\ntotal = \n", 1, 8),
        ("emoji", "s = '👩‍👩‍👧'\ntotal = '😀'\n", 1, 8),
        ("lone surrogate", "s = '\ud800'\ntotal = \n", 1, 8),
        ("replacement characters", "s = '\ufffd\ufffd'\ntotal = \n", 1, 8),
        ("35,000 lines", LINES + "total = \n", 35_001, 8),
    ],
)
def test_texts_with_something_special(running, name: str, text: str, line: int, character: int) -> None:
    """A suggestion comes at the right place, and edits that follow stay in step."""
    running.open(URI, text)
    items = running.inline(URI, line, character, manual=True)
    if name == "emoji":
        assert items == [] or items[0]["range"]["start"] == {"line": line, "character": character}
    elif name == "byte order mark":
        assert running.command("dovetail.why", {"uri": URI})["decisions"]
    else:
        assert items[0]["insertText"] == "compute(rows)", running.command("dovetail.why", {"uri": URI})
    running.change(
        URI, 2, (line, character, line, character, "z"), (line, character, line, character + 1, "")
    )
    running.change(URI, 3, (line, 0, line, 0, "x = \n"))
    assert running.inline(URI, line, 4, manual=True)[0]["insertText"] == "y"


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a\0b", 0, "Off here: the file holds binary data."),
        (
            "x" * 5_000_000,
            0,
            "Off here: line 1 is 5,000,000 characters long, near the cursor at most 20,000 are read.",
        ),
        (
            "a\n" + "x" * 5_000_000 + "\ntotal = \n",
            2,
            "Off here: line 2 is 5,000,000 characters long, near the cursor at most 20,000 are read.",
        ),
    ],
)
def test_texts_that_can_have_no_suggestion(running, text: str, line: int, sentence: str) -> None:
    """It is said in the status; typing in them goes on."""
    running.open(URI, text)
    assert running.inline(URI, line, 1) == []
    assert off(running) == sentence
    for version in range(2, 30):
        running.change(URI, version, (line, 1, line, 1, "k"))
    assert running.inline(URI, line, 1) == []
    running.open("untitled:good", "total = \n")
    assert running.inline("untitled:good", 0, 8)


def test_an_empty_file(running) -> None:
    """And places outside of it."""
    running.open(URI, "")
    for line, character in [(0, 0), (0, 5), (3, 0)]:
        assert running.inline(URI, line, character, manual=True) == []


def test_changes_out_of_order(running) -> None:
    """The document rests, says why, and is good again when it is opened again."""
    running.open(URI, "total = \n", version=5)
    running.change(URI, 3, (0, 0, 0, 1, ""))
    assert running.inline(URI, 0, 8) == []
    assert "changes came out of order, version 3 after 5; close and open the file again" in off(running)
    running.notify("textDocument/didClose", {"textDocument": {"uri": URI}})
    running.open(URI, "total = \n")
    assert running.inline(URI, 0, 8)


@pytest.mark.own_process
def test_ten_thousand_keystrokes_at_once(launch) -> None:
    """Each with a request, as fast as a pipe takes them: all are answered, the last one with its suggestion."""
    server = launch(SCRIPT)
    server.start()
    server.open(URI, "\n" * 2000)
    parts, version = [], 1
    for i in range(10_000):
        version += 1
        place = {"line": 1000, "character": i % 60}
        change = {"range": {"start": place, "end": place}, "text": "k" if i % 60 < 59 else "\n"}
        for message in (
            {
                "method": "textDocument/didChange",
                "params": {"textDocument": {"uri": URI, "version": version}, "contentChanges": [change]},
            },
            {
                "id": f"r{i}",
                "method": "textDocument/inlineCompletion",
                "params": {"textDocument": {"uri": URI}, "position": place, "context": {"triggerKind": 2}},
            },
        ):
            body = json.dumps({"jsonrpc": "2.0", **message}).encode()
            parts.append(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    server.raw(b"".join(parts))
    server.change(URI, version + 1, "total = \n")
    assert server.inline(URI, 0, 8)[0]["insertText"] == "compute(rows)"
    answers = {m["id"] for m in server.seen if str(m.get("id", "")).startswith("r")}
    assert len(answers) == 10_000


def processes_with(mark: str) -> list[int]:
    """Every process whose environment holds `mark` (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see all processes")
@pytest.mark.own_process
def test_a_killed_server_leaves_nothing_running(launch, workspace: Path) -> None:
    """Child processes, if there are any, end too; the next server starts on what it left."""
    for i in range(50):
        (workspace / f"m{i}.py").write_text(LINES[:20_000], encoding="utf-8")
    server = launch()
    server.start(folders=(workspace,))
    server.open(uri_of(workspace / "m0.py"), LINES[:20_000])
    server.inline(uri_of(workspace / "m0.py"), 1, 4, manual=True)
    mark = f"DOVETAIL_HOME={server.home}"
    assert server.process.pid in processes_with(mark)
    server.process.kill()
    server.ended()
    until = monotonic() + 20
    while left := processes_with(mark):
        assert monotonic() < until, left
        subprocess.run([sys.executable, "-c", ""], check=True)
    again = launch()
    again.start(folders=(workspace,))
    again.command("dovetail.status", {})
    assert again.stop() == 0
    assert "defect" not in again.log()


def test_the_workspace_is_deleted_under_it(launch, workspace: Path) -> None:
    """Suggestions come from what is open; nothing breaks."""
    file = workspace / "deep" / "a.py"
    file.parent.mkdir()
    file.write_text("total = \n", encoding="utf-8")
    (workspace / ".gitignore").write_text("x\n", encoding="utf-8")
    server = launch(SCRIPT)
    server.start(folders=(workspace,))
    server.open(uri_of(file), "total = \n")
    assert server.inline(uri_of(file), 0, 8)
    shutil.rmtree(workspace)
    server.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri_of(file), "type": 3}]})
    server.notify("textDocument/didSave", {"textDocument": {"uri": uri_of(file)}})
    server.change(uri_of(file), 2, (0, 0, 0, 0, "\n"))
    assert server.inline(uri_of(file), 1, 8)
    assert server.stop() == 0
    assert "defect" not in server.log()


@pytest.mark.own_process
def test_the_product_in_a_workspace_deleted_while_it_starts(launch, workspace: Path) -> None:
    """The real models, which read the folder."""
    (workspace / "a.py").write_text(LINES, encoding="utf-8")
    server = launch()
    server.start(folders=(workspace,))
    shutil.rmtree(workspace)
    server.open(uri_of(workspace / "a.py"), "import os\nimport sys\nimp\n")
    server.inline(uri_of(workspace / "a.py"), 2, 3, manual=True)
    assert server.stop() == 0
    assert "defect" not in server.log()


def let_others_in(folder: Path, request: pytest.FixtureRequest) -> None:
    """Let others into a folder for the time of a test."""
    mode = folder.stat().st_mode & 0o777
    folder.chmod(mode | 0o011)
    request.addfinalizer(lambda: folder.chmod(mode))


@pytest.mark.parametrize("kind", ["a file in the way", "read only"])
@pytest.mark.own_process
def test_folders_that_cannot_be_written(
    launch, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """Suggestions come; log and statistics go without a file."""
    if kind == "read only" and os.name == "nt":
        pytest.skip("Windows has no folders that are read-only to their owner")
    home = tmp_path / "home"
    home.mkdir()
    command = None
    if kind == "read only" and os.geteuid() == 0:
        # To root nothing is read-only: the server becomes somebody else once it is imported.
        for folder in (tmp_path, *tmp_path.parents[:2]):
            let_others_in(folder, request)
        code = (
            "import os, sys, dovetail.server.app; sys.argv = sys.argv[1:]; sys.path.insert(0, sys.argv[0]);"
            "import scripted; import sqlite3, logging.handlers; os.setuid(65534); scripted.main()"
        )
        command = [sys.executable, "-c", code, str(Path(__file__).parent), str(home), json.dumps(SCRIPT)]
    for name in ("state", "cache"):
        if kind == "read only":
            (home / name).mkdir(mode=0o500)
        else:
            (home / name).write_text("", encoding="utf-8")
    server = launch(None if command else SCRIPT, command=command, home=home)
    server.start(options={"client": {"events": True}})
    server.open(URI, "total = \n", "plaintext")  # no grammar: nothing more to import
    (item,) = server.inline(URI, 0, 8)
    server.notify("dovetail/didAccept", {"id": item["command"]["arguments"][0]["id"]})
    status = server.command("dovetail.status", {})
    assert status["statistics"]["counts"]["accepted"] == 1
    assert "Statistics are not kept" in status["detail"]
    assert server.stop() == 0
    assert "no log file" in server.stderr()
    assert "Traceback" not in server.stderr()


@pytest.mark.skipif(sys.platform != "linux", reason="uses a limit on file sizes, as a full disk")
def test_a_full_disk(launch, tmp_path: Path) -> None:
    """No file can grow by a byte: suggestions come, and the person is told that nothing is kept."""
    home = tmp_path / "home"
    home.mkdir()
    limited = (
        "import resource, signal, runpy, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); sys.argv = sys.argv[1:];"
        "sys.path.insert(0, sys.argv[0].rpartition('/')[0]); runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    script = Path(__file__).with_name("scripted.py")
    command = [sys.executable, "-c", limited, str(script), str(home), json.dumps(SCRIPT)]
    server = launch(command=command, home=home)
    server.start(options={"client": {"events": True}})
    server.open(URI, "total = \n")
    name = server.inline(URI, 0, 8)[0]["command"]["arguments"][0]["id"]
    server.notify("dovetail/didAccept", {"id": name})
    status = server.command("dovetail.status", {})
    assert status["statistics"]["counts"]["accepted"] == 1
    assert "Statistics are not kept" in status["detail"]
    assert server.inline(URI, 0, 8)
    assert server.stop() == 0


@pytest.mark.own_process
def test_two_servers_on_one_workspace(launch, workspace: Path) -> None:
    """They share log, statistics and cache, and do not disturb each other."""
    (workspace / "a.py").write_text("total = \n", encoding="utf-8")
    uri = uri_of(workspace / "a.py")
    servers = [launch(SCRIPT) for _ in range(2)]
    for server in servers:
        server.start(folders=(workspace,))
        server.open(uri, "total = \n")
        assert server.inline(uri, 0, 8)
        server.change(uri, 2, (0, 8, 0, 8, "compute(rows)"))
        assert server.statistics()["counts"]["accepted"] >= 1
    assert servers[0].statistics()["counts"]["accepted"] == 2
    assert [server.stop() for server in servers] == [0, 0]
    assert len(list((servers[0].home / "state" / "why").glob("*.json"))) == 2
    assert "defect" not in servers[0].log()


@pytest.mark.own_process
def test_no_code_is_in_the_log_above_debug(launch, workspace: Path) -> None:
    """After a session in which much went wrong; with debug it may be, and the setting says so."""
    secret = "very_private_name"
    for level, there in (("info", False), ("debug", True)):
        server = launch({**SCRIPT, secret + " = ": [["!!"]]})
        server.start(folders=(workspace,), options={"log": {"level": level}})
        server.open(URI, f"{secret} = \ntotal = \n")
        server.inline(URI, 0, len(secret) + 3)
        server.inline(URI, 1, 8)
        server.notify(
            "textDocument/didChange", {"textDocument": {"uri": URI}, "contentChanges": [{"text": secret}]}
        )
        server.ask("textDocument/inlineCompletion", {"textDocument": secret})
        server.ask("workspace/executeCommand", {"command": "dovetail.why", "arguments": secret})
        server.raw(b"Content-Length: 20\r\n\r\n" + secret.encode() + b"   ")
        server.notify("dovetail/didAccept", {"id": secret})
        server.open("untitled:b", secret)
        assert server.stop() == 0
        assert (secret in server.log() + server.stderr()) is there
