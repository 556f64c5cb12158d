"""`dovetail apply`, `undo` and agents beside an editor that has the files open: a real server, real commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

sys.path.insert(0, str(Path(__file__).parent))

import editing
from editing import CODE, Editor

from dovetail.server.agents.session import AgentSession
from dovetail.server.agents.trouble import AgentError
from dovetail.server.bridge import call
from dovetail.server.bridge.register import entries, register, run_folder
from dovetail.server.places import Places

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no bridge on Windows")


def places(home: Path) -> Places:
    return Places(home / "config", home / "cache", home / "state")


class Beside:
    """An editor with one file open, and commands that are run beside it."""

    def __init__(self, server: Any, editor: Editor, workspace: Path, uri: str, home: Path) -> None:
        self.server, self.editor, self.workspace, self.uri, self.home = server, editor, workspace, uri, home
        while not entries(home / "state"):
            self.attended(lambda: None)

    def attended(self, work: Callable[[], Any]) -> Any:
        """Do something in a thread; whatever the server asks of the editor meanwhile is answered. On a busy machine
        the server may not answer in time; what is said then is to try again, for nothing was done."""
        for _ in range(10):
            result = self._attended(work)
            if "Try again when it answers" not in str(result):
                break
        if isinstance(result, Exception):
            raise result
        return result

    def _attended(self, work: Callable[[], Any]) -> Any:
        result: list[Any] = []
        over: list[int] = []

        def run() -> None:
            try:
                result.append(work())
            except Exception as error:
                result.append(error)
            over.append(self.server.last_id + 1)
            assert self.server.ask("workspace/executeCommand", {"command": "dovetail.status"}) == over[0]

        thread = threading.Thread(target=run)
        thread.start()
        while True:
            message = self.server.wait(lambda m: True)
            if over and "method" not in message and message.get("id") == over[0]:
                break
            self.editor.attend(message)
        thread.join()
        return result[0]

    def run(self, *arguments: str, text: str = "") -> tuple[int, Any]:
        """The exit code of a command, and the JSON that it prints."""

        def work() -> tuple[int, Any]:
            done = subprocess.run(
                dovetail(*arguments, "--root", str(self.workspace), "--json"),
                input=text.encode(),
                capture_output=True,
                env={**os.environ, "DOVETAIL_HOME": str(self.home)},
                timeout=120,
                check=False,
            )
            assert b"Traceback" not in done.stderr, done.stderr
            return done.returncode, json.loads(done.stdout) if done.stdout.strip() else done.stderr.decode()

        found: tuple[int, Any] = self.attended(work)
        return found

    @property
    def disk(self) -> str:
        return (self.workspace / "shapes.py").read_text()

    @property
    def text(self) -> str:
        return self.editor.text(self.uri)


@pytest.fixture
def beside(launch_process: Callable[..., Any], tmp_path: Path) -> Beside:
    server, editor, workspace, uri = editing.started(launch_process, tmp_path)
    return Beside(server, editor, workspace, uri, tmp_path / "home")


def search(path: str, old: str, new: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


RETURN = "    return width * height"
EDIT = search("shapes.py", RETURN, RETURN + "  # exact")


def test_unsaved_text_is_proved_against_and_edited_in_the_editor(beside: Beside) -> None:
    beside.editor.type(beside.uri, 0, 0, "# typed, not saved\n")
    code, said = beside.run("apply", text=EDIT)
    assert code == 0 and said["applied"] and said["unsaved"] == ["shapes.py"], said
    assert said["hunks"][0]["lines"] == [CODE.split("\n").index(RETURN) + 2] * 2
    assert beside.disk == CODE
    assert beside.text == "# typed, not saved\n" + CODE.replace(RETURN, RETURN + "  # exact", 1)
    beside.editor.type(beside.uri, 0, 0, "# more\n")
    code, said = beside.run("undo")
    assert code == 0 and said["applied"] and beside.disk == CODE, said
    assert beside.text == "# more\n# typed, not saved\n" + CODE


def test_a_request_shows_the_model_the_unsaved_text_and_edits_it_in_the_editor(beside: Beside) -> None:
    beside.editor.type(beside.uri, 0, 0, "# typed, not saved\n")
    with editing.chat_server(EDIT) as chat:
        asked = ["edit", "say that it is exact", str(beside.workspace / "shapes.py"), "--apply"]
        code, said = beside.run(*asked, "--endpoint", chat.url, "--model", "m")
    assert code == 0 and said["applied"], said
    shown = "\n".join(message["content"] for message in chat.asked[0]["messages"])
    assert "# typed, not saved" in shown
    assert beside.disk == CODE
    assert beside.text == "# typed, not saved\n" + CODE.replace(RETURN, RETURN + "  # exact", 1)


def test_what_was_typed_over_is_refused_though_the_disk_has_it(beside: Beside) -> None:
    line = CODE.split("\n").index(RETURN)
    beside.editor.type(beside.uri, line, 4, "assert width\n    ")
    gone = search("shapes.py", CODE.split("\n")[line - 1] + "\n" + RETURN, "gone")
    code, said = beside.run("apply", text=gone)
    assert code == 1 and not said["applied"] and beside.disk == CODE and not beside.editor.edits, said


def test_files_that_are_not_open_are_written_and_can_be_taken_back(beside: Beside) -> None:
    (beside.workspace / "other.py").write_text("a = 1\n")
    code, said = beside.run("apply", text=search("other.py", "a = 1", "a = 2"))
    assert code == 0 and "unsaved" not in said and not beside.editor.edits
    assert (beside.workspace / "other.py").read_text() == "a = 2\n"
    # Opened and changed since: nothing is written behind that.
    uri = beside.editor.open(beside.workspace / "other.py")
    beside.editor.type(uri, 1, 0, "b = 1\n")
    code, said = beside.run("undo")
    assert code == 1 and "not saved" in said["message"]
    assert (beside.workspace / "other.py").read_text() == "a = 2\n"


def test_agents_see_and_merge_unsaved_text(beside: Beside) -> None:
    session = AgentSession(places(beside.home))
    root = beside.workspace.resolve()
    shown = beside.attended(lambda: session.show(root, "shapes.py"))
    assert shown["text"] == CODE and not shown["unsaved"]
    beside.editor.type(beside.uri, len(CODE.split("\n")) - 1, 0, "\n\n\nLAST = 1\n")
    whole = f"The whole new file:\n\nshapes.py\n```python\n{CODE.replace(RETURN, RETURN + '  # merged')}```\n"
    value = beside.attended(lambda: session.edit(root, whole, base=[shown["version"]], write=True))
    assert value["applied"] and value["hunks"][0]["proof"] == "merged" and value["unsaved"], value
    assert "# merged" in beside.text and beside.text.endswith("LAST = 1\n") and beside.disk == CODE
    assert beside.attended(lambda: session.show(root, "shapes.py"))["unsaved"]
    listed = beside.attended(lambda: session.edits(root))["edits"]
    assert [(one["edit"], one["own"]) for one in listed] == [(value["edit"], True)]
    assert beside.attended(lambda: session.undo(root))["applied"] and "# merged" not in beside.text


def test_an_edit_of_the_person_is_not_taken_back_for_a_command(beside: Beside) -> None:
    code, said = beside.run("apply", text=EDIT)
    assert code == 0
    second = search("shapes.py", RETURN + "  # exact", RETURN)
    beside.editor.command("dovetail.applyDiff", {"text": second, "uri": beside.uri})
    session = AgentSession(places(beside.home))
    undone = beside.attended(lambda: session.undo(beside.workspace.resolve(), said["edit"]))
    assert not undone["applied"] and "since" in undone["message"]


def test_text_that_changes_between_look_and_edit_refuses_it(beside: Beside) -> None:
    root = beside.workspace.resolve()
    (editor,) = beside.attended(lambda: call.editors(root, beside.home / "state"))
    beside.editor.type(beside.uri, 0, 0, "# typed meanwhile\n")
    file = {"path": "shapes.py", "op": "edit", "before": CODE, "after": CODE + "x = 1\n", "newPath": ""}
    done, text, _ = beside.attended(lambda: editor.apply(root, [file]))
    assert not done and "meanwhile" in text and not beside.editor.edits
    for bad in (
        {**file, "path": "../x.py", "before": None, "op": "create"},
        {**file, "path": ".env", "before": None, "op": "create"},
        {**file, "op": "delete"},
        {"path": 1},
        [],
    ):
        done, text, _ = beside.attended(lambda bad=bad: editor.apply(root, [bad]))
        assert not done and text, bad
    assert not beside.editor.edits


def test_an_editor_that_lies_is_not_believed(beside: Beside) -> None:
    beside.editor.lies = True
    code, said = beside.run("apply", text=EDIT)
    assert code == 1 and not said["applied"] and beside.disk == CODE, said


# Hung, killed, and of others


def test_a_hung_editor_is_waited_for_a_moment_and_nothing_is_written(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, "TEXTS_S", 0.5)
    root, state = beside.workspace.resolve(), beside.home / "state"
    os.kill(beside.server.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(call.EditorError, match="does not answer"):
            call.editors(root, state)
        session = AgentSession(places(beside.home))
        with pytest.raises(AgentError, match="does not answer"):
            session.edit(root, EDIT, write=True)
        # A folder that it does not serve is none of its business.
        other = beside.home / "elsewhere"
        other.mkdir()
        assert call.editors(other.resolve(), state) == []
    finally:
        os.kill(beside.server.process.pid, signal.SIGCONT)
    assert beside.disk == CODE


def test_a_server_that_wakes_up_too_late_does_nothing(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = beside.workspace.resolve()
    (editor,) = beside.attended(lambda: call.editors(root, beside.home / "state"))
    monkeypatch.setattr(call, "BEGIN_S", 0.3)
    monkeypatch.setattr(call, "APPLY_S", 0.6)
    file = {"path": "shapes.py", "op": "edit", "before": CODE, "after": CODE + "x = 1\n", "newPath": ""}
    os.kill(beside.server.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(call.EditorError, match="look at its text"):
            editor.apply(root, [file])
    finally:
        os.kill(beside.server.process.pid, signal.SIGCONT)
    for _ in range(3):
        beside.attended(lambda: None)
    assert not beside.editor.edits and beside.text == CODE


def test_a_killed_server_leaves_nothing_that_stands_in_the_way(beside: Beside) -> None:
    beside.server.process.kill()
    beside.server.process.wait()
    session = AgentSession(places(beside.home))
    assert session.edit(beside.workspace.resolve(), EDIT, write=True)["applied"]
    assert "# exact" in beside.disk
    assert list(run_folder(beside.home / "state").iterdir()) == []


def test_a_server_that_ends_takes_its_entry_with_it(beside: Beside) -> None:
    assert beside.server.stop() == 0
    assert list(run_folder(beside.home / "state").iterdir()) == []


def test_nobody_else_may_enter(beside: Beside) -> None:
    folder = run_folder(beside.home / "state")
    assert folder.stat().st_mode & 0o777 == 0o700
    (entry,) = entries(beside.home / "state")
    assert entry.socket.stat().st_mode & 0o777 == 0o600 and entry.file.stat().st_mode & 0o777 == 0o600
    # What lies in a folder that others may write to is not believed.
    folder.chmod(0o777)
    assert entries(beside.home / "state") == []


def test_entries_that_are_none(tmp_path: Path) -> None:
    """Words that are no entry, a link, a pipe: nobody holds a lock on them."""
    own = register(tmp_path)
    folder = run_folder(tmp_path)
    (folder / "a.json").write_text("{")
    (folder / "b.json").write_text(json.dumps({"pid": 1, "socket": "/etc/passwd", "folders": ["/"]}))
    (folder / "c.json").symlink_to("/etc/passwd")
    os.mkfifo(folder / "d.json")
    assert entries(tmp_path) == []
    assert Path("/etc/passwd").exists()
    own.write([tmp_path])
    assert [entry.folders for entry in entries(tmp_path)] == [(tmp_path,)]
    # It is registered and does not listen: its text is not known.
    with pytest.raises(call.EditorError):
        call.editors(tmp_path, tmp_path)
    own.close()
    assert entries(tmp_path) == []


def test_a_folder_of_another_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_folder(tmp_path).mkdir(parents=True)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(PermissionError):
        register(tmp_path)
    assert entries(tmp_path) == []


def test_noise_on_the_socket_ends_nothing(beside: Beside) -> None:
    import asyncio

    (entry,) = entries(beside.home / "state")

    async def send(data: bytes) -> bytes:
        reader, writer = await asyncio.open_unix_connection(str(entry.socket))
        writer.write(data)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
        return answer

    for data in (
        b"",
        b"\0\xff\n",
        b"[]\n",
        b"{}\n",
        b"[" * 9000 + b"\n",
        b'{"v": 1, "ask": "quit", "root": "/"}\n',
    ):
        assert beside.attended(lambda data=data: asyncio.run(send(data))) == b""
    future = b'{"v": 99, "ask": "texts", "root": "/"}\n'
    assert b"another version" in beside.attended(lambda: asyncio.run(send(future)))
    code, said = beside.run("apply", text=EDIT)
    assert code == 0 and said["applied"]
