"""Trust that is taken away, or given, while the server runs."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))

import editing
from editing import CODE, FIT, WRONG, with_chat

from dovetail.fim.anchor import CursorAnchor
from dovetail.fim.types import Candidate
from dovetail.server.app import make_server
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels
from dovetail.text import Point, Snapshot


def tell(server: Any, trusted: object) -> None:
    server.notify("dovetail/didChangeTrust", {"trusted": trusted})


def test_after_trust_is_lost_no_edit_is_made_and_given_back_they_are(
    launch: Callable[..., Any], tmp_path: Path
) -> None:
    """Neither a new one, nor one that was planned before, nor an undo."""
    with editing.chat_server() as chat:
        server, editor, _, uri = editing.started(launch, tmp_path, with_chat(chat))
        shown = editor.command("dovetail.applyDiff", {"text": FIT, "uri": uri, "preview": True})
        tell(server, False)
        for command, argument in (
            ("applyDiff", {"text": FIT, "uri": uri}),
            ("applyPlan", {"id": shown["id"]}),
            ("edit", {"uri": uri, "instruction": "x"}),
            ("fix", {"uri": uri}),
            ("undoEdit", {}),
            ("nextEdit", {"id": "n1"}),
        ):
            answer = editor.command(f"dovetail.{command}", argument)
            assert answer["applied"] is False and "not trusted" in answer["message"]
        assert (editor.text(uri), editor.edits, chat.asked) == (CODE, [], [])
        tell(server, True)
        assert editor.command("dovetail.applyPlan", {"id": shown["id"]})["applied"] is True


@pytest.mark.parametrize("reply", [FIT, WRONG], ids=["an answer that fits", "one that is asked for again"])
def test_trust_lost_while_a_model_writes_ends_the_edit(
    reply: str, launch: Callable[..., Any], tmp_path: Path
) -> None:
    with editing.chat_server(reply, reply, pause_s=0.05) as chat:
        server, editor, _, uri = editing.started(launch, tmp_path, with_chat(chat))
        command = {"command": "dovetail.edit", "arguments": [{"uri": uri, "instruction": "x"}]}
        asked = server.ask("workspace/executeCommand", command)
        while not chat.asked:
            editor.attend(server.wait(lambda m: True))
        tell(server, False)
        answer = editor.wait_for(asked)
    assert answer["applied"] is False and "not trusted" in answer["message"]
    assert (editor.text(uri), editor.edits, len(chat.asked)) == (CODE, [], 1)


@pytest.mark.parametrize("said", [{"trusted": False}, {}, {"trusted": "yes"}, [], None])
async def test_endpoints_and_settings_go_with_the_trust_whatever_is_said_but_true(
    said: object, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "dovetail.toml").write_text("[completion]\nmaxLines = 7\n")
    app = make_server(Places(tmp_path, tmp_path, tmp_path), lambda session: NoModels())
    session = app.session
    app.server.protocol.set_writer(io.BytesIO())  # type: ignore[arg-type]

    def send(**message: Any) -> None:
        app.server.protocol.handle({"jsonrpc": "2.0", **message})

    url = "http://127.0.0.1:9/v1"
    options = {"client": {}, "endpoints": [{"url": url}], "chat": {"url": url}}
    folders = [{"uri": work.as_uri(), "name": "work"}]
    start = {"capabilities": {}, "workspaceFolders": folders, "initializationOptions": options}
    send(id=1, method="initialize", params=start)

    def holding() -> tuple[bool, int, str]:
        settings = session.settings
        return settings.completion.max_lines == 7, len(settings.endpoints), settings.chat.url

    assert holding() == (True, 1, url)
    snapshot = Snapshot.open((work / "a.py").as_uri(), "a = 1\n")
    session.engine.cache.put(CursorAnchor.at(snapshot, Point(0, 1)), [Candidate(" = 1", "g")])
    send(method="dovetail/didChangeTrust", params=said)
    assert (holding(), len(session.engine.cache)) == ((False, 0, ""), 0)
    session.configure()  # whatever changes next, it stays so
    assert holding() == (False, 0, "")
    send(method="dovetail/didChangeTrust", params={"trusted": True})
    assert holding() == (True, 1, url)
    await session.close()
