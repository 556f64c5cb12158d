"""Every way by which a command or a face for agents takes text out: what it prints, what it asks of servers, what it
leaves on the disk, with what may not leave planted on each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from warm import ENDING, dovetail

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "cli"))

from outgoing import PIECE, Recorder, forms, hidden, leaks, like, secret


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


class Place:
    """A folder that holds what may not leave beside what may, a home with settings, and two models."""

    def __init__(self, base: Path) -> None:
        self.root, self.home = (base / "work").resolve(), base / "home"
        self.root.mkdir()
        (self.home / "config").mkdir(parents=True)
        self.fim, self.chat = Recorder("qwen2.5-coder"), Recorder("big")
        subprocess.run(["git", "init", "-q"], cwd=self.root, check=True)
        self.write(".gitignore", "private/\n")
        self.write("private/rules.py", like(hidden("ignored, by commands")))
        self.write("excl/own.py", like(hidden("excluded, by commands")))
        self.write(".env", f"DB_PASSWORD={secret('.env, by commands')}\n")
        self.write(
            "paid.py",
            f'API_KEY = "{secret("paid")}"\npassword = "{secret("paid, short", 14)}"\n\n\n'
            "def total(items):\n    return sum(items)\n\n\n" + forms("paid"),
        )
        self.write("seen.py", like("seen_beside"))
        self.settings()

    def settings(self, more: str = "") -> None:
        (self.home / "config" / "dovetail.toml").write_text(
            f'{more}\n[completion]\nexclude = ["excl/"]\n[chat]\nurl = "{self.chat.url}/v1"\nmodel = "big"\n'
            f'[[endpoints]]\nname = "fim"\nurl = "{self.fim.url}"\n'
        )

    def write(self, name: str, text: str) -> None:
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text, encoding="utf-8")

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DOVETAIL_HOME": str(self.home), "COLUMNS": "400"}

    def run(self, *arguments: str, given: str = "") -> str:
        """All that a command prints."""
        ran = subprocess.run(
            dovetail(*arguments), cwd=self.root, env=self.environment, input=given, timeout=120, check=False,
            capture_output=True, text=True, encoding="utf-8",
        )  # fmt: skip
        assert "Traceback" not in ran.stderr, ran.stderr
        return ran.stdout + ran.stderr

    def sent(self) -> list[str]:
        """What the models were asked."""
        return [one for one in self.fim.asked + self.chat.asked if one.startswith("POST")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("commands"))
    yield made
    made.fim.close()
    made.chat.close()


# Commands ----------------------------------------------------------------------------------------------------------


def test_search_prints_neither_keys_nor_excluded_files(place: Place) -> None:
    for how in ("--json", "--text"):
        out = place.run("search", "total", "rate", "items", "password", "key", how)
        assert "seen_beside" in out and "paid.py" in out
        assert leaks(out) == [], out


def test_complete_sends_and_prints_neither(place: Place) -> None:
    place.fim.text = f'"ghp_{secret("suggested to a command", 36)}"'
    out = place.run("complete", "paid.py", "--line", "6", "--json")
    # What a server answers is told to the one who asked; nothing else.
    assert set(leaks(out)) <= {"suggested to a command"} and json.loads(out)["why"]
    place.fim.text = "total(items)"
    assert "ignored by" in place.run("complete", "private/rules.py", "--line", "2", "--json")
    assert any("def total" in one for one in place.sent())
    assert [leaks(one) for one in place.sent()] == [[]] * len(place.sent())


@pytest.mark.parametrize("answer", ["private/rules.py", ".env", "excl/own.py", "paid.py"])
def test_an_edit_sends_neither_whatever_the_answer_names(place: Place, answer: str) -> None:
    place.chat.answers = [block(answer, "def tariff_x():\n    return 1", "x")] * 3
    before = (place.root / answer).read_text()
    out = place.run(
        "edit", "use fsum, as private/rules.py does, with API_KEY", "paid.py", "--json", "--apply", "--yes"
    )
    assert any("def total" in one for one in place.chat.asked)
    assert [leaks(one) for one in place.sent()] == [[]] * len(place.sent())
    assert leaks(out) == [], out
    assert (place.root / answer).read_text() == before


def test_a_file_that_is_excluded_is_asked_about_nowhere(place: Place) -> None:
    count = len(place.chat.asked)
    for name in ("private/rules.py", ".env", "excl/own.py"):
        assert "not sent to a model" in place.run("edit", "shorter", name)
    assert len(place.chat.asked) == count


def test_a_report_names_no_keys(place: Place) -> None:
    """Of an address only what is no credential; of a key that stands where its variable's name should, nothing."""
    pasted = f"hf_{secret('pasted as a name', 34)}"
    assert "keyEnv" in (out := place.run("init", "--url", place.fim.url, "--key-env", pasted, "--print"))
    assert leaks(out) == [], out
    for url in (
        f"http://bob:{secret('address', 14)}@127.0.0.1:1/",
        f"bob:{secret('bare address', 14)}@localhost:1",
        f"http://127.0.0.1:1/v1?key={secret('query')}",
    ):
        assert leaks(place.run("init", "--url", url, "--print")) == []
        assert leaks(place.run("complete", "seen.py", "--line", "2", "--endpoint", url)) == []
    try:
        place.settings(
            f'[statistics.share]\nurl = "https://bob:{secret("share", 14)}@stats.example/x'
            f'?token={secret("share query")}"\n'
            f'[next]\nurl = "{place.fim.url}"\nkeyEnv = "sk_live_{secret("settings")}"\n'
        )
        for report in (
            ("doctor",),
            ("doctor", "--json"),
            ("settings", "--from"),
            ("settings", "--from", "--json"),
        ):
            assert "stats.example" in (out := place.run(*report)) or report[0] == "doctor"
            assert leaks(out) == [], out
    finally:
        place.settings()


def test_refusals_and_reports_of_apply_quote_neither(place: Place) -> None:
    for path in ("private/rules.py", ".env", "excl/own.py"):
        for how in ("--json", "--check"):
            out = place.run("apply", how, given=block(path, "DB=1", "x"))
            assert path in out and "tariff_" not in out and leaks(out) == [], out


# Agents ------------------------------------------------------------------------------------------------------------


async def test_the_face_for_mcp_tells_neither(place: Place) -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    from mcp_calls import agent

    key = f"ghp_{secret('suggested to an agent', 36)}"
    place.fim.text = f'"{key}"'
    told: list[str] = []
    async with agent(place.home, roots=[place.root]) as client:

        async def call(tool: str, **arguments: Any) -> str:
            result = await client.call_tool(tool, arguments)
            told.append(repr(result))
            return told[-1]

        told.append(repr(await client.list_tools()))
        assert "def total" in await call("show_file", path="paid.py")
        for path in (
            ".env",
            "private/rules.py",
            "excl/own.py",
            "./private/../.env",
            "../home/config/dovetail.toml",
        ):
            assert "Not shown" in await call("show_file", path=path)
            await call("complete", path=path, line=1, column=1)
            await call("complete", path=path, line=1, column=1, text=like("x"))
            for edit in (block(path, "DB=1", "x"), f"{path}\n```\nx\n```\n"):
                await call("check_edit", edit=edit)
                await call("apply_edit", edit=edit)
        assert "why" in await call("complete", path="paid.py", line=6, column=5)
        for old, new in (
            ("def total(items):", "def totals(items):"),
            ("def total(item):\n    return sum(item)", "x"),
            ('API_KEY = "?"\npassword = "?"', "x"),
        ):
            await call("check_edit", edit=block("paid.py", old, new))
        await call("apply_edit", edit=block("paid.py", "def total(items):", "def totals(items):"))
        await call("list_edits")
        await call("undo_edit")
        await call("apply_edit", edit=block("paid.py", secret("paid"), "x"))
    given = json.dumps(place.sent())
    assert leaks("\n".join(told)) == [], [one for one in told if leaks(one)]
    assert leaks(given) == []
    place.fim.text = "total(items)"


async def test_the_face_for_acp_sends_neither(place: Place) -> None:
    pytest.importorskip("acp", reason="the extra acp is not installed")
    from acp import schema, spawn_agent_process
    from acp.helpers import text_block
    from test_acp import Editor

    names = ("paid.py", "private/rules.py", "excl/own.py", ".env")
    editor = Editor(place.root, {name: (place.root / name).read_text() for name in names}, answer="refuse")
    files = schema.FileSystemCapabilities(read_text_file=True, write_text_file=True)
    start = len(place.chat.asked)
    async with spawn_agent_process(  # type: ignore[arg-type]
        editor, *dovetail("acp"), env=place.environment, transport_kwargs=ENDING
    ) as (client, _):
        can = schema.ClientCapabilities(fs=files)
        await client.initialize(protocol_version=1, client_capabilities=can)
        session = await client.new_session(cwd=str(place.root), mcp_servers=[])
        for name in names:
            uri = (place.root / name).as_uri()
            link = schema.ResourceContentBlock(type="resource_link", name=name, uri=uri)
            whole = schema.EmbeddedResourceContentBlock(
                type="resource", resource=schema.TextResourceContents(uri=uri, text=editor.buffers[name])
            )
            place.chat.answers = [block(name, "def tariff_x():\n    return 1", "x")] * 3
            asks = (
                [text_block(f"Shorten {name} and paid.py")],
                [text_block("Shorten it, and paid.py"), link],
                [text_block("Shorten it, and paid.py"), whole],
            )
            for blocks in asks:
                await client.prompt(session_id=session.session_id, prompt=blocks)
    asked = place.chat.asked[start:]
    assert any("def total" in one for one in asked)
    assert [leaks(one) for one in asked] == [[]] * len(asked)
    assert "not sent to a model" in editor.text and leaks(editor.text) == [], editor.text


async def test_next_edits_by_acp_send_neither(place: Place) -> None:
    pytest.importorskip("acp", reason="the extra acp is not installed")
    from acp import schema
    from acp.stdio import spawn_stdio_connection

    predicts = Recorder("sweep-next-edit-1.5b")

    async def nothing(method: str, params: Any, is_notification: bool) -> Any:
        return None

    places = "\n\ndef one(cart):\n    return cart.sum(1)\n\n\ndef two(cart):\n    return cart.count(2)\n"
    texts = {
        "private/rules.py": f"# {hidden('next edit, by acp')}\n{places}",
        "shop.py": f'API_KEY = "{secret("next edit, by acp, key")}"\n{places}',
    }
    try:
        place.settings(f'[next]\nurl = "{predicts.url}"\n')
        async with spawn_stdio_connection(nothing, *dovetail("acp"), env=place.environment, **ENDING) as (
            client,
            _,
        ):
            await client.send_request("initialize", {"protocolVersion": 1, "clientCapabilities": {}})
            started = await client.send_request("nes/start", {"workspaceUri": place.root.as_uri()})
            session = {"sessionId": schema.StartNesResponse.model_validate(started).session_id}
            for name, text in texts.items():
                uri = (place.root / name).as_uri()
                document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
                await client.send_notification("document/didOpen", {**session, **document})
                where = {"start": {"line": 4, "character": 16}, "end": {"line": 4, "character": 19}}
                change = {"contentChanges": [{"range": where, "text": "total"}], "version": 2}
                await client.send_notification("document/didChange", {**session, "uri": uri, **change})
                ask = {"position": {"line": 8, "character": 4}, "triggerKind": "manual", "version": 2}
                await client.send_request("nes/suggest", {**session, "uri": uri, **ask})
    finally:
        place.settings()
        predicts.close()
    asked = [one for one in predicts.asked if one.startswith("POST")]
    assert any("cart.total(1)" in one for one in asked)
    assert [leaks(one) for one in asked] == [[]] * len(asked)


def test_nothing_of_it_is_left_on_the_disk(place: Place) -> None:
    """Journals of edits hold the files themselves, by which they are taken back; nothing else does."""
    for path in sorted(place.home.rglob("*")):
        if path.is_file() and path.name != "dovetail.toml" and "edits" not in path.parts:
            data = path.read_bytes().decode("utf-8", "replace")
            assert leaks(data) == [], path
    assert PIECE < 14, "or a short password in whole would not be told"
