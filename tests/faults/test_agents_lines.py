"""What an agent's client sends that is no message, and names of files that are no text: each request is answered, and
the process goes on."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from warm import dovetail

from dovetail.server.agents.completing import Completions
from dovetail.server.agents.roots import allowed_roots, chosen_root
from dovetail.server.agents.session import AgentSession
from dovetail.server.agents.trouble import AgentError
from dovetail.server.places import Places
from dovetail.server.session.uris import path_of, uri_of

HELLO = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "t", "version": "1"},
}
EDIT = "{}\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"


class Agent:
    """A client of `dovetail mcp` that may write anything."""

    def __init__(self, root: Path, home: Path) -> None:
        self.process = subprocess.Popen(
            dovetail("mcp", "--root", str(root)),
            env={**os.environ, "DOVETAIL_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.last = 0
        assert "result" in self.ask("initialize", HELLO)
        self.write(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode("utf-8", "surrogatepass") + b"\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def ask(self, method: str, params: Any) -> dict[str, Any]:
        self.last += 1
        self.write(json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}))
        found = self.answer()
        assert found["id"] == self.last, found
        return found

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self.ask("tools/call", {"name": tool, "arguments": arguments})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = (tmp_path / "root").resolve()
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    return folder


@pytest.fixture
def odd_name(root: Path) -> Path:
    """A file whose name is not UTF-8."""
    name = os.fsdecode(b"b\xff.py")
    try:
        (root / name).write_text("x = 1\n")
    except (OSError, UnicodeError):
        pytest.skip("this file system takes no such name")
    return root / name


def test_no_line_is_left_without_an_answer(root: Path, tmp_path: Path) -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    agent = Agent(root, tmp_path / "home")
    nested: list[Any] = []
    for _ in range(500):
        nested = [nested]
    try:
        for arguments in ({"edit": "\ud83d"}, {"edit": "x", "only": nested}, {"\udcff": 1}):
            answer = agent.call("check_edit", **arguments)
            assert answer["error"]["code"] == -32600, answer
        assert "half of a character" in agent.call("show_file", path="\ud83d")["error"]["message"]
        odd = ("nope", "[" * 100_000, "[]", "5", '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","id":[]}')
        for line in odd:
            agent.write(line)
            assert agent.answer()["error"]["code"] in (-32700, -32600), line
        # Controls: the same with both halves, and the next call.
        assert (
            agent.call("check_edit", edit=EDIT.format("a.py") + "\ud83d\ude42")["result"]["isError"] is False
        )
        assert agent.call("show_file", path="a.py")["result"]["structuredContent"]["text"] == "x = 1\n"
        assert agent.process.stdin is not None
        agent.process.stdin.close()
        assert agent.process.wait(30) == 0
    finally:
        agent.process.kill()
        agent.process.wait()


def test_a_name_that_is_no_text_ends_no_answer(root: Path, odd_name: Path, tmp_path: Path) -> None:
    """One such file anywhere in the folder made each edit of a file that is not there fail."""
    session = AgentSession(Places(tmp_path, tmp_path, tmp_path))
    value = session.edit(root, EDIT.format("none.py"), write=True)
    assert value["hunks"][0]["reason"] == "there is no file none.py"
    value = session.edit(root, EDIT.format(odd_name.name), write=True)
    assert not value["applied"] and odd_name.read_text() == "x = 1\n"
    assert session.edit(root, EDIT.format("a.py"), write=True)["applied"]


def test_what_is_no_text_is_sent_as_a_question_mark() -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    from dovetail.cli.mcp_lines import as_sent

    assert as_sent({"a": ["b\udcff", 1, None]}) == {"a": ["b?", 1, None]}
    fine = {"a": "größe 🙂"}
    assert as_sent(fine) is fine


LONG = ["x" * 300 + ".py", "🙂" * 100 + ".py", "/".join(["y" * 200] * 40) + ".py", "x" * 300_000]


@pytest.mark.parametrize("name", LONG, ids=len)
def test_a_name_longer_than_any_is_a_sentence(name: str, root: Path, tmp_path: Path) -> None:
    session = AgentSession(Places(tmp_path, tmp_path, tmp_path))
    with pytest.raises(AgentError) as error:
        session.show(root, name)
    assert len(str(error.value)) < 700
    value = session.edit(root, EDIT.format(name), write=True)
    assert not value["applied"] and len(value["hunks"][0]["reason"]) < 700
    value = session.edit(root, f"{name}\n```python\nx = 2\n```\n", write=True)
    assert not value["applied"]
    with pytest.raises(AgentError, match="not a folder"):
        chosen_root(name, [root])
    with pytest.raises(AgentError, match="no folder"):
        allowed_roots(None, [uri_of(root / name)], root)


@pytest.mark.parametrize("name", LONG, ids=len)
async def test_an_editor_that_is_an_agents_client_is_told_so(name: str, root: Path) -> None:
    pytest.importorskip("acp", reason="the extra acp is not installed")
    from acp import RequestError

    from dovetail.cli.acp import Face

    with pytest.raises(RequestError) as error:
        await Face(None).new_session(str(root / name))
    assert len(str(error.value.data)) < 400
    said = await answered(root, EDIT.format(name))
    assert "othing was changed" in said and len(said) < 1_000


async def answered(root: Path, text: str) -> str:
    """What is said to a prompt by a client that has no file open."""
    from dovetail.server.agents.through_client import Prompted, answer_through
    from dovetail.server.headless import headless_session

    class Files:
        async def read(self, path: Path) -> str | None:
            return None

    return (await answer_through(Files(), headless_session(root), root, Prompted(text, ()))).text  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value", [None, True, 0, -1, 1.5, "", [], {}, [None], {"fs": 1}, {"positionEncodings": 5}]
)
async def test_no_capability_keeps_an_agents_client_out(value: Any) -> None:
    pytest.importorskip("acp", reason="the extra acp is not installed")
    from dovetail.cli.acp import Face, handler

    for given in (value, {"fs": value}, {"positionEncodings": value}, {"fs": {"readTextFile": value}}):
        params = {"protocolVersion": 1, "clientCapabilities": given}
        answer = await handler(Face(None))("initialize", params, False)
        assert answer is not None, given


NUMBERS = ["1e400", "-1e400", "1e308", "1" + "0" * 400, "-1", "1.5"]


@pytest.mark.parametrize("number", [*NUMBERS, "NaN", "Infinity", "-Infinity"])
async def test_no_number_is_a_failure_here(number: str) -> None:
    """`1e400` is JSON, reads as infinity, and no whole number can be made of that."""
    pytest.importorskip("acp", reason="the extra acp is not installed")
    from acp import RequestError

    from dovetail.cli.acp import Face, handler
    from dovetail.cli.acp_messages import Lines

    class Writer:
        said = b""

        def write(self, data: bytes) -> None:
            self.said += data

        async def drain(self) -> None:
            pass

    reader, writer = asyncio.StreamReader(), Writer()
    line = '{"jsonrpc":"2.0","id":#,"method":"initialize","params":{"protocolVersion":#}}'.replace(
        "#", number
    )
    reader.feed_data(line.encode() + b"\n")
    reader.feed_eof()
    lines = Lines(reader, writer)  # type: ignore[arg-type]
    message = await lines.receive()
    if number not in NUMBERS:
        assert message is None and b"not JSON" in writer.said
        return
    assert message is not None and not writer.said
    refused: RequestError | None = None
    answer: Any = None
    try:
        answer = await handler(Face(None))("initialize", message["params"], False)
    except RequestError as error:
        refused = error
    assert refused is None or "failed here" not in str(refused.data)
    result = answer.model_dump(mode="json", by_alias=True) if answer is not None else None
    await lines.send({"id": message["id"], "result": result})
    json.loads(writer.said, parse_constant=pytest.fail)


async def test_a_number_that_came_another_way_is_told_of() -> None:
    pytest.importorskip("acp", reason="the extra acp is not installed")
    from acp import RequestError

    from dovetail.cli.acp import Face, handler

    with pytest.raises(RequestError) as error:
        await handler(Face(None))("initialize", {"protocolVersion": float("inf")}, False)
    assert "too large" in str(error.value.data)


def test_a_long_name_of_an_edit_is_not_repeated(root: Path, tmp_path: Path) -> None:
    session = AgentSession(Places(tmp_path, tmp_path, tmp_path))
    made = session.edit(root, EDIT.format("a.py"), write=True)
    message = session.undo(root, "y" * 200_000)["message"]
    assert "is not the last of this folder" in message and made["edit"] in message and len(message) < 300
    assert session.undo(root, made["edit"])["applied"]  # control


def test_any_message_keeps_its_end_and_has_a_bound() -> None:
    message = str(AgentError("There is no " + "x" * 200_000 + "; call show_file again."))
    assert message.startswith("There is no x") and message.endswith("; call show_file again.")
    assert len(message) < 2_001
    assert str(AgentError("y" * 2_000)) == "y" * 2_000


async def test_a_folder_that_is_being_learnt_gets_an_answer(root: Path, tmp_path: Path) -> None:
    """A client waits for 20 or 30 seconds; learning a large folder on a busy machine takes longer."""
    completions = Completions(AgentSession(Places(tmp_path, tmp_path, tmp_path)), patience=0.0)
    try:
        value = await completions.complete(root, "a.py", 1, 1)
        assert value["learning"] is True and "still being learnt" in value["why"][0]["detail"]
        completions.patience = 60.0
        value = await completions.complete(root, "a.py", 1, 1)
        assert "learning" not in value and value["why"][0]["name"] != "learning"
    finally:
        await completions.close()


async def test_no_escape_sequence_reaches_an_agents_client(root: Path) -> None:
    pytest.importorskip("acp", reason="the extra acp is not installed")
    from dovetail.cli.acp import Face

    class Connection:
        told = ""

        async def send_notification(self, method: str, params: dict[str, Any]) -> None:
            self.told += params["update"]["content"]["text"]

    face = Face(None)
    face.client = Connection()  # type: ignore[assignment]
    await face._say("s", "- b\x1b]0;x\x07.py: \u202e refused\n")
    assert face.client.told == "- b\\e]0;x\\x07.py: \\u202e refused\n"  # type: ignore[attr-defined]


@pytest.mark.skipif(os.name != "posix", reason="names are text there")
@pytest.mark.parametrize("name", ["b\udcff.py", "a b%.py", "größe🙂.py", "\ufffd.py", "a\nb\x1b.py", "#?.py"])
def test_a_file_is_found_again_by_its_uri(name: str, tmp_path: Path) -> None:
    assert path_of(uri_of(tmp_path / name)) == tmp_path / name
