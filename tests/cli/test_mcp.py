"""`dovetail mcp`: the SDK's own client over pipes, and messages that an older one sent."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from warm import dovetail

pytest.importorskip("mcp", reason="the extra mcp is not installed")
sys.path.insert(0, str(Path(__file__).parent))
from mcp.types import ElicitRequestParams, ElicitResult
from mcp_calls import agent, call, environment, refused

EDIT = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"

HELLO = {
    "jsonrpc": "2.0",
    "id": 7,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    },
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.py").write_bytes(b"x = 1\ny = 1\n")
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_seen_proved_applied_merged_and_taken_back(root: Path, home: Path, mode: str) -> None:
    async with agent(home, roots=[root], mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {
            "apply_edit",
            "check_edit",
            "show_file",
            "undo_edit",
            "complete",
            "list_edits",
        }
        for name, tool in tools.items():
            assert tool.title and tool.description and tool.output_schema and tool.annotations
            assert tool.annotations.read_only_hint is (name not in ("apply_edit", "undo_edit"))
            assert tool.input_schema["additionalProperties"] is False
        shown = await call(client, "show_file", path="a.py")
        assert (shown["text"], shown["lines"], shown["complete"]) == ("x = 1\ny = 1\n", 2, True)
        checked = await call(client, "check_edit", edit=EDIT)
        assert checked["ok"] and not checked["applied"] and (root / "a.py").read_bytes() == b"x = 1\ny = 1\n"
        # A person types meanwhile.
        (root / "m.py").write_bytes(b"x = 1\n\n\nkept = 0\n\n\ny = 1\n")
        shown = await call(client, "show_file", path="m.py")
        (root / "m.py").write_bytes(b"x = 1\n\n\nkept = 0\n\n\ny = 3\n")
        whole = "Here is the whole new file:\n\nm.py\n```python\nx = 2\n\n\nkept = 0\n\n\ny = 1\n```\n"
        merged = await call(client, "apply_edit", edit=whole, base=[shown["version"]])
        assert merged["applied"] and [hunk["proof"] for hunk in merged["hunks"]] == ["merged"], merged
        assert (root / "m.py").read_bytes() == b"x = 2\n\n\nkept = 0\n\n\ny = 3\n"
        edits = (await call(client, "list_edits"))["edits"]
        assert [one["edit"] for one in edits if one["own"]] == [merged["edit"]]
        undone = await call(client, "undo_edit")
        assert undone["applied"] and (root / "m.py").read_bytes().startswith(b"x = 1\n")
        assert not (await call(client, "undo_edit"))["applied"]
        first = await call(client, "apply_edit", edit=EDIT)
        assert first["applied"] and (root / "a.py").read_bytes() == b"x = 2\ny = 1\n"
        again = await call(client, "apply_edit", edit=EDIT)
        assert again["ok"] and again["files"] == [] and again["hunks"][0]["proof"] == "already applied"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize(
    ("answer", "applied"),
    [({"apply": True}, True), ({"apply": False}, False), (None, False), ("typed", False)],
    ids=["yes", "no", "declined", "changed meanwhile"],
)
async def test_what_needs_a_person_is_asked_of_the_person(
    root: Path, home: Path, mode: str, answer: object, applied: bool
) -> None:
    """Once, with the diff; and only that diff is applied then."""
    asked: list[str] = []
    edit = EDIT + EDIT.replace("a.py", "conftest.py")
    (root / "conftest.py").write_bytes(b"x = 1\n")

    async def person(context: object, question: ElicitRequestParams) -> ElicitResult:
        asked.append(question.message)
        if answer == "typed" and len(asked) == 1:
            (root / "conftest.py").write_bytes(b"x = 1\nimport os\n")
        if answer is None:
            return ElicitResult(action="decline")
        return ElicitResult(
            action="accept", content=answer if isinstance(answer, dict) else {"apply": len(asked) == 1}
        )

    async with agent(home, roots=[root], mode=mode, person=person) as client:
        value = await call(client, "apply_edit", edit=edit)
        assert value["applied"] is applied, value["error"]
        assert "conftest.py" in asked[0] and "+x = 2" in asked[0]
        assert (root / "a.py").read_bytes() == (b"x = 2\ny = 1\n" if applied else b"x = 1\ny = 1\n")
        seen = len(asked)
        plain = await call(client, "apply_edit", edit=EDIT.replace("x = ", "y = "))
        assert plain["applied"] and len(asked) == seen, "there is nothing to ask about"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_asks_nobody_is_told_what_a_person_can_do(
    root: Path, home: Path, mode: str
) -> None:
    (root / "conftest.py").write_bytes(b"x = 1\n")
    async with agent(home, roots=[root], mode=mode) as client:
        value = await call(client, "apply_edit", edit=EDIT.replace("a.py", "conftest.py"))
    assert not value["applied"] and "dovetail apply" in value["error"]
    assert (root / "conftest.py").read_bytes() == b"x = 1\n"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_an_edit_against_a_stale_version_is_merged_or_refused(
    root: Path, home: Path, mode: str
) -> None:
    """By the version that it names; one that nobody was shown is an error, and the newest is no stand-in for it."""
    whole = "a.py\n```python\nx = 2\ny = 1\n```\n"
    async with agent(home, roots=[root], mode=mode) as client:
        first = (await call(client, "show_file", path="a.py"))["version"]
        (root / "a.py").write_bytes(b"x = 9\ny = 1\n")
        second = (await call(client, "show_file", path="a.py"))["version"]
        stale = await call(client, "apply_edit", edit="Here is the whole new file:\n\n" + whole, base=[first])
        assert not stale["applied"] and stale["retry"], stale
        assert (root / "a.py").read_bytes() == b"x = 9\ny = 1\n"
        fresh = await call(
            client, "apply_edit", edit="Here is the whole new file:\n\n" + whole, base=[second]
        )
        assert fresh["applied"] and (root / "a.py").read_bytes() == b"x = 2\ny = 1\n"
        assert "show_file again" in await refused(client, "apply_edit", edit=EDIT, base=["0" * 16])


async def test_a_refusal_says_what_to_answer_and_writes_nothing(root: Path, home: Path) -> None:
    async with agent(home, cwd=root) as client:
        value = await call(client, "apply_edit", edit=EDIT.replace("x = 1", "y = 1 # gone"))
        assert not value["ok"] and not value["applied"] and value["hunks"][0]["kind"] == "not found"
        assert "a.py" in value["retry"] and (root / "a.py").read_bytes() == b"x = 1\ny = 1\n"
        some = await call(client, "apply_edit", edit=EDIT + EDIT.replace("x = 1", "z = 1"), only=[1])
        assert some["applied"] and [hunk["id"] for hunk in some["hunks"]] == [1]


async def test_calls_that_make_no_sense_are_answered_in_words(root: Path, home: Path) -> None:
    async with agent(home, "--root", str(root)) as client:
        assert "no argument 'chek'" in await refused(client, "apply_edit", edit=EDIT, chek=True)
        assert (root / "a.py").read_bytes() == b"x = 1\ny = 1\n"
        assert "edit: " in await refused(client, "apply_edit", check=True)
        assert "path: " in await refused(client, "show_file", path=["a.py"])
        assert "no file b.py" in await refused(client, "show_file", path="b.py")
        assert "has 2 lines" in await refused(client, "show_file", path="a.py", first=9)
        assert "not known here" in await refused(client, "apply_edit", edit=EDIT, base=["0123"])
        assert "no hunk 7" in await refused(client, "apply_edit", edit=EDIT, only=[7])
        assert "not a folder" in await refused(client, "show_file", path="a.py", root="/")
        assert "no tool 'rm'" in await refused(client, "rm")
        assert "lies outside" in await refused(client, "complete", path="a.py", line=9, column=9)
        for text in ("", "\0", "no edit at all", "\ud800".encode("utf-8", "replace").decode()):
            assert not (await call(client, "apply_edit", edit=text))["ok"]


async def test_roots_only(root: Path, home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.py").write_bytes(b"b = 1\n")
    (tmp_path / "c.py").write_bytes(b"c = 1\n")
    async with agent(home, roots=[root, other], cwd=tmp_path) as client:
        assert "one of" in await refused(client, "show_file", path="a.py")
        assert (await call(client, "show_file", path="b.py", root=str(other)))["text"] == "b = 1\n"
        assert "not a folder" in await refused(client, "show_file", path="c.py", root=str(tmp_path))
    async with agent(home, "--root", str(root), roots=[other]) as client:
        assert (await call(client, "show_file", path="a.py"))["lines"] == 2
        assert "not a folder" in await refused(client, "show_file", path="b.py", root=str(other))
    async with agent(home, roots=[]) as client:
        assert "no folder open" in await refused(client, "show_file", path="a.py")
    async with agent(home, cwd=Path(root.anchor)) as client:
        assert "--root" in await refused(client, "show_file", path="a.py")


async def test_completes_from_the_folder(root: Path, home: Path) -> None:
    body = "".join(
        f"def total_{n}(items):\n    return sum(item.price for item in items)\n\n\n" for n in range(9)
    )
    (root / "b.py").write_text(body)
    async with agent(home, cwd=root) as client:
        text = body + "def total_of(items):\n    return sum("
        value = await call(client, "complete", path="c.py", line=38, column=16, text=text)
        assert value["suggestions"] and value["suggestions"][0]["text"].startswith("item.price"), value


RECORDED = Path(__file__).with_name("mcp_recorded.jsonl")


def test_an_older_client_as_it_was_recorded(root: Path, home: Path) -> None:
    """Each message that it sent, in its order; standard output holds answers and nothing else."""
    lines = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()]
    process = subprocess.Popen(
        dovetail("mcp"), cwd=root, env=environment(home), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    answers = {}
    for message in lines:
        if "method" not in message:  # its answer to roots/list, which comes when it is asked
            continue
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()
        while "id" in message:
            answer = json.loads(process.stdout.readline())
            assert answer["jsonrpc"] == "2.0"
            if answer.get("method") == "roots/list":
                listed = {"roots": [{"uri": root.as_uri(), "name": "root"}]}
                process.stdin.write(
                    json.dumps({"jsonrpc": "2.0", "id": answer["id"], "result": listed}).encode() + b"\n"
                )
                process.stdin.flush()
            elif answer.get("id") == message["id"]:
                answers[message["id"]] = answer
                break
    process.stdin.close()
    assert process.stdout.read() == b"" and process.wait(30) == 0
    assert all("result" in answer for answer in answers.values()), answers
    assert answers[0]["result"]["protocolVersion"] == lines[0]["params"]["protocolVersion"]
    applied = [
        json.loads(a["result"]["content"][0]["text"]) for a in answers.values() if "content" in a["result"]
    ]
    assert [value.get("applied") for value in applied] == [None, True, True]
    assert (root / "a.py").read_bytes() == b"x = 1\ny = 1\n"


def test_without_the_extra_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dovetail.cli import extras

    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert extras.run_face("mcp", root=None, yes=False) == 1
    assert "dovetail[mcp]" in capsys.readouterr().err


def test_noise_on_standard_input_ends_nothing(root: Path, home: Path) -> None:
    noise = (
        b'\xff\xfe\n{"jsonrpc": \nnull\n[]\n{"jsonrpc":"2.0","id":1,"method":"nothing/here"}\n'
        + b"[" * 5000
        + b"\n"
    )
    done = subprocess.run(
        dovetail("mcp"),
        cwd=root,
        env=environment(home),
        input=noise + json.dumps(HELLO).encode() + b"\n",
        capture_output=True,
        timeout=120,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert any(one.get("id") == 7 and "result" in one for one in answers), done
    assert b"Traceback" not in done.stderr and done.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_ends_it_at_once(root: Path, home: Path) -> None:
    """Its thread waits for the next message, which nobody writes."""
    with subprocess.Popen(
        dovetail("mcp"),
        cwd=root,
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write(json.dumps(HELLO).encode() + b"\n")
        process.stdin.flush()
        assert b"result" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert b"Traceback" not in process.stderr.read()
