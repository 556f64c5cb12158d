"""`dovetail acp`: the SDK's own client over pipes. For `nes/*` that has models and no methods, so its connection and
models are used."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from warm import ENDING, dovetail

pytest.importorskip("acp", reason="the extra acp is not installed")
from acp import RequestError, schema, spawn_agent_process
from acp.helpers import text_block
from acp.stdio import spawn_stdio_connection
from chat_server import ChatServer

sys.path.insert(0, str(Path(__file__).parents[1] / "server"))
from next_server import served

EDIT = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"


class Editor:
    """A client with buffers of its own: the disk behind them holds another text."""

    def __init__(self, root: Path, buffers: dict[str, str], answer: str = "apply") -> None:
        self.root, self.buffers, self.answer = root, buffers, answer
        self.asked: list[Any] = []
        self.told: list[Any] = []
        self.fails = ""
        self.meanwhile = ""

    async def read_text_file(self, path: str, session_id: str, **rest: Any) -> schema.ReadTextFileResponse:
        name = Path(path).relative_to(self.root).as_posix()
        if name not in self.buffers:
            raise RequestError.resource_not_found(path)
        return schema.ReadTextFileResponse(content=self.buffers[name])

    async def write_text_file(self, content: str, path: str, session_id: str, **rest: Any) -> None:
        name = Path(path).relative_to(self.root).as_posix()
        if name == self.fails:
            raise RequestError.internal_error({"details": "read only"})
        self.buffers[name] = content

    async def request_permission(self, options: Any, session_id: str, tool_call: Any, **rest: Any) -> Any:
        self.asked.append(tool_call)
        if self.meanwhile:
            self.buffers["a.py"] += self.meanwhile
        outcome = (
            {"outcome": "selected", "optionId": self.answer} if self.answer else {"outcome": "cancelled"}
        )
        return schema.RequestPermissionResponse.model_validate({"outcome": outcome})

    async def session_update(self, session_id: str, update: Any, **rest: Any) -> None:
        self.told.append(update)

    def on_connect(self, connection: Any) -> None: ...

    @property
    def text(self) -> str:
        return "\n".join(one.content.text for one in self.told if one.session_update == "agent_message_chunk")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = (tmp_path / "root").resolve()
    folder.mkdir()
    (folder / "a.py").write_text("x = 0\n")
    return folder


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "DOVETAIL_HOME": str(tmp_path / "home")}


async def prompted(editor: Editor, tmp_path: Path, text: str, *, fs: bool = True) -> str:
    """Send a prompt; the reason why the turn ended."""
    can = schema.ClientCapabilities(fs=schema.FileSystemCapabilities(read_text_file=fs, write_text_file=fs))
    async with spawn_agent_process(  # type: ignore[arg-type]
        editor, *dovetail("acp"), env=environment(tmp_path), transport_kwargs=ENDING
    ) as (agent, _):
        answer = await agent.initialize(protocol_version=1, client_capabilities=can)
        assert answer.agent_info and answer.agent_info.name == "dovetail" and answer.agent_capabilities
        assert answer.agent_capabilities.nes is not None
        session = await agent.new_session(cwd=str(editor.root), mcp_servers=[])
        done = await agent.prompt(session_id=session.session_id, prompt=[text_block(text)])
        return str(done.stop_reason)


async def test_a_pasted_edit_is_proved_against_buffers_asked_about_and_written(
    root: Path, tmp_path: Path
) -> None:
    editor = Editor(root, {"a.py": "# not saved\nx = 1\n"})
    assert await prompted(editor, tmp_path, f"Apply this:\n\n{EDIT}") == "end_turn"
    assert editor.buffers == {"a.py": "# not saved\nx = 2\n"} and (root / "a.py").read_text() == "x = 0\n"
    (asked,) = editor.asked
    (diff,) = asked.content
    assert (diff.path, diff.old_text, diff.new_text) == (
        str(root / "a.py"),
        "# not saved\nx = 1\n",
        "# not saved\nx = 2\n",
    )
    assert "applied" in editor.text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": "refuse"}, "not allowed"),
        ({"answer": ""}, "not allowed"),
        ({"meanwhile": "# typed\n"}, "changed meanwhile"),
        ({"fails": "b.py"}, "did not write b.py"),
    ],
)
async def test_nothing_is_half_written(root: Path, tmp_path: Path, change: dict[str, str], says: str) -> None:
    editor = Editor(root, {"a.py": "x = 1\n", "b.py": "b = 1\n"})
    for name, value in change.items():
        setattr(editor, name, value)
    reason = await prompted(editor, tmp_path, EDIT + EDIT.replace("a.py", "b.py").replace("x = ", "b = "))
    assert reason == ("cancelled" if change == {"answer": ""} else "end_turn")
    assert editor.buffers["a.py"].startswith("x = 1\n") and editor.buffers["b.py"] == "b = 1\n"
    assert says in editor.text, editor.text


async def test_what_does_not_fit_is_refused_without_a_question(root: Path, tmp_path: Path) -> None:
    editor = Editor(root, {"a.py": "x = 3\n"})
    for text in (EDIT, EDIT.replace("a.py", "../out.py"), EDIT.replace("a.py", ".env"), "Hello.", ""):
        editor.told = []
        await prompted(editor, tmp_path, text)
        assert editor.text and not editor.asked
    assert editor.buffers == {"a.py": "x = 3\n"}
    assert await prompted(editor, tmp_path, EDIT, fs=False) == "refusal"


async def asked_in_words(
    editor: Editor, tmp_path: Path, chat: ChatServer | None, blocks: list[Any], settings: str = ""
) -> str:
    (tmp_path / "home" / "config").mkdir(parents=True, exist_ok=True)
    lines = f'{settings}\n[chat]\nurl = "{chat.url}"\nmodel = "m"\n' if chat else settings
    (tmp_path / "home" / "config" / "dovetail.toml").write_text(lines, encoding="utf-8")
    can = schema.ClientCapabilities(
        fs=schema.FileSystemCapabilities(read_text_file=True, write_text_file=True)
    )
    async with spawn_agent_process(  # type: ignore[arg-type]
        editor, *dovetail("acp"), env=environment(tmp_path), transport_kwargs=ENDING
    ) as (agent, _):
        await agent.initialize(protocol_version=1, client_capabilities=can)
        session = await agent.new_session(cwd=str(editor.root), mcp_servers=[])
        return str((await agent.prompt(session_id=session.session_id, prompt=blocks)).stop_reason)


async def test_a_request_in_words_is_asked_proved_shown_and_written(
    root: Path, tmp_path: Path, chat: ChatServer
) -> None:
    """The model sees the unsaved text; the person sees the diff; nothing is written before they agree."""
    editor = Editor(root, {"a.py": "# not saved\nx = 1\n"})
    chat.answers = [EDIT]
    attached = schema.ResourceContentBlock(type="resource_link", name="a.py", uri=(root / "a.py").as_uri())
    assert (
        await asked_in_words(editor, tmp_path, chat, [text_block("Count from two"), attached]) == "end_turn"
    )
    assert (
        "# not saved" in chat.asked[0] and "Count from two" in chat.asked[0] and "x = 0" not in chat.asked[0]
    )
    assert editor.buffers == {"a.py": "# not saved\nx = 2\n"} and (root / "a.py").read_text() == "x = 0\n"
    ((diff,),) = [one.content for one in editor.asked]
    assert (diff.old_text, diff.new_text) == ("# not saved\nx = 1\n", "# not saved\nx = 2\n")

    editor.buffers["a.py"], editor.answer = "x = 1\n", "refuse"
    await asked_in_words(editor, tmp_path, chat, [text_block("Count from two in a.py, please.")])
    assert editor.buffers == {"a.py": "x = 1\n"} and "not allowed" in editor.text


@pytest.mark.parametrize(
    ("words", "answers", "says"),
    [
        ("Count from two.", [EDIT], "Say which files"),
        ("Count from two in a.py", [EDIT.replace("x = 1", "x = 7")], "not found"),
        ("What is a.py for?", ["It counts."], "It counts."),
        ("Show me keys.env", [EDIT], "not sent to a model"),
        ("Count from two in a.py", [EDIT.replace("a.py", "../out.py")], "outside"),
    ],
    ids=["no file", "does not fit", "a question", "a file of secrets", "outside"],
)
async def test_what_words_come_to_otherwise(
    root: Path, tmp_path: Path, chat: ChatServer, words: str, answers: list[str], says: str
) -> None:
    (root / "keys.env").write_text("TOKEN=1\n", encoding="utf-8")
    editor = Editor(root, {"a.py": "x = 1\n", "keys.env": "TOKEN=1\n"})
    chat.answers = answers
    await asked_in_words(editor, tmp_path, chat, [text_block(words)])
    assert says in editor.text and not editor.asked, editor.text
    assert editor.buffers == {"a.py": "x = 1\n", "keys.env": "TOKEN=1\n"} and "TOKEN" not in "".join(
        chat.asked
    )


async def test_words_without_a_chat_server_say_what_to_set(root: Path, tmp_path: Path) -> None:
    editor = Editor(root, {"a.py": "x = 1\n"})
    await asked_in_words(editor, tmp_path, None, [text_block("Count from two in a.py")])
    assert "No chat server is set" in editor.text


OLD = [f"log.warn('m{n}', {n})" for n in range(6)]


async def test_next_edits(root: Path, tmp_path: Path) -> None:
    """The same rewrite in two lines, then the third is proposed; a rejected one does not come again."""
    text = "\n".join(["import log", *OLD, ""])
    uri = (root / "a.py").as_uri()

    async def nothing(method: str, params: Any, is_notification: bool) -> Any:
        return None

    async with spawn_stdio_connection(nothing, *dovetail("acp"), env=environment(tmp_path), **ENDING) as (
        connection,
        _,
    ):
        can = {"positionEncodings": ["utf-32"]}
        answer = await connection.send_request(
            "initialize", {"protocolVersion": 1, "clientCapabilities": can}
        )
        said = schema.InitializeResponse.model_validate(answer)
        assert said.agent_capabilities and said.agent_capabilities.position_encoding == "utf-32"
        started = schema.StartNesResponse.model_validate(
            await connection.send_request("nes/start", {"workspaceUri": root.as_uri()})
        )
        session = {"sessionId": started.session_id}
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        await connection.send_notification("document/didOpen", {**session, **document})
        for number, line in enumerate((1, 2), 2):
            where = {"start": {"line": line, "character": 4}, "end": {"line": line, "character": 8}}
            change = {"range": where, "text": "warning"}
            params = {**session, "uri": uri, "version": number, "contentChanges": [change]}
            await connection.send_notification("document/didChange", params)

        async def suggest(version: int = 3) -> list[Any]:
            ask = {"position": {"line": 2, "character": 11}, "triggerKind": "manual", "version": version}
            found = await connection.send_request("nes/suggest", {**session, "uri": uri, **ask})
            return list(schema.SuggestNesResponse.model_validate(found).suggestions)

        (first,) = await suggest()
        (edit,) = first.edits
        assert (first.kind, first.uri, edit.range.start.line) == ("edit", uri, 3)
        assert edit.new_text == "log.warning('m2', 2)\n"
        assert await suggest(version=2) == []
        await connection.send_notification("nes/reject", {**session, "id": first.id, "reason": "rejected"})
        again = await suggest()
        assert all(one.edits[0].range.start.line != 3 for one in again)
        with pytest.raises(RequestError):
            await connection.send_request("nes/suggest", {**session, "uri": uri})
        with pytest.raises(RequestError):
            await connection.send_request("nes/close", {"sessionId": "n0"})
        await connection.send_notification("document/didChange", {"uri": 3})
        await connection.send_request("nes/close", session)


async def test_next_edits_of_a_model(root: Path, tmp_path: Path) -> None:
    """With a server under `[next]` the proposal is the model's, proved against the buffer that the client holds."""
    text = "def one(cart):\n    return cart.sum(1)\n\n\ndef two(cart):\n    return cart.count(2)\n"
    uri = (root / "shop.py").as_uri()
    (root / "shop.py").write_text("# the disk holds another text\n")

    async def nothing(method: str, params: Any, is_notification: bool) -> Any:
        return None

    with served(lambda window: window.replace("cart.count(2)", "cart.total(2)")) as model:
        (tmp_path / "home" / "config").mkdir(parents=True)
        settings = f'[next]\nurl = "{model.url}"\n'
        (tmp_path / "home" / "config" / "dovetail.toml").write_text(settings, encoding="utf-8")
        async with spawn_stdio_connection(nothing, *dovetail("acp"), env=environment(tmp_path), **ENDING) as (
            connection,
            _,
        ):
            can = {"positionEncodings": ["utf-16"]}
            await connection.send_request("initialize", {"protocolVersion": 1, "clientCapabilities": can})
            started = await connection.send_request("nes/start", {"workspaceUri": root.as_uri()})
            session = {"sessionId": schema.StartNesResponse.model_validate(started).session_id}
            document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
            await connection.send_notification("document/didOpen", {**session, **document})
            where = {"start": {"line": 1, "character": 16}, "end": {"line": 1, "character": 19}}
            change = {"contentChanges": [{"range": where, "text": "total"}], "version": 2}
            await connection.send_notification("document/didChange", {**session, "uri": uri, **change})

            async def suggest() -> list[Any]:
                ask = {"position": {"line": 5, "character": 4}, "triggerKind": "manual", "version": 2}
                found = await connection.send_request("nes/suggest", {**session, "uri": uri, **ask})
                return list(schema.SuggestNesResponse.model_validate(found).suggestions)

            (first,) = await suggest()
            (edit,) = first.edits
            assert (first.kind, first.uri, edit.range.start.line) == ("edit", uri, 5)
            assert edit.new_text == "    return cart.total(2)\n"
            assert "cart.total(1)" in model.asked[-1]["prompt"] and "the disk" not in str(model.asked)
            await connection.send_notification(
                "nes/reject", {**session, "id": first.id, "reason": "rejected"}
            )
            assert await suggest() == [], "what was rejected does not come again"
            await connection.send_request("nes/close", session)


@pytest.mark.parametrize(
    "sent", ["garbage", "[]", "5", '"x"', "null", "[" * 100_000, "{}", '{"id": 3}', "\udcff"]
)
def test_a_line_that_is_no_message_ends_nothing(root: Path, tmp_path: Path, sent: str) -> None:
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": 1}}
    ran = subprocess.run(
        dovetail("acp"), env=environment(tmp_path), cwd=root, capture_output=True, timeout=60,
        input=f"{sent}\n{json.dumps(hello)}\n".encode("utf-8", "surrogateescape"),
    )  # fmt: skip
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert answers[-1]["id"] == 1 and "result" in answers[-1], ran.stderr
    assert ran.returncode == 0 and b"Traceback" not in ran.stderr, ran.stderr
    if not sent.startswith("{"):
        assert answers[0]["id"] is None and answers[0]["error"]["code"] in (-32700, -32600)


async def test_of_two_prompts_at_once_one_is_answered(root: Path, tmp_path: Path) -> None:
    editor = Editor(root, {"a.py": "x = 1\n"})
    can = schema.ClientCapabilities(
        fs=schema.FileSystemCapabilities(read_text_file=True, write_text_file=True)
    )
    async with spawn_agent_process(  # type: ignore[arg-type]
        editor, *dovetail("acp"), env=environment(tmp_path), transport_kwargs=ENDING
    ) as (agent, _):
        await agent.initialize(protocol_version=1, client_capabilities=can)
        session = await agent.new_session(cwd=str(root), mcp_servers=[])
        prompt = [text_block(f"Apply this:\n\n{EDIT}")]
        asked = [agent.prompt(session_id=session.session_id, prompt=prompt) for _ in range(2)]
        done = await asyncio.gather(*asked, return_exceptions=True)
    (failed,) = [one for one in done if isinstance(one, RequestError)]
    assert "under way" in str(failed.data)
    assert editor.buffers == {"a.py": "x = 2\n"} and len(editor.asked) == 1
