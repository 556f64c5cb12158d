"""What serves ends in order when it is told to, from its first line on: with the exit code that the documents name, an
edit that is being written whole, and no child left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent these there")
NAMES = ["SIGTERM", "SIGINT", "SIGHUP"]
FACES = ["serve", "mcp", "acp"]
_SIGNALLED = """
import os, sys
sent, moment, sys.argv[1:] = int(sys.argv[1]), sys.argv[2], sys.argv[3:]

class Moment:
    def find_spec(self, name, *rest):
        if name == moment:
            os.kill(os.getpid(), sent)

sys.meta_path.insert(0, Moment())
from dovetail.cli.main import main
main()
"""
"""The command, which is sent a signal when it imports a module."""
_SIGNALLED_EACH = """
import os, sys
moment, folder, signals, sys.argv[1:] = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]

class Moment:
    there = False

    def find_spec(self, name, *rest):
        if name != moment or self.there:
            return
        self.there = True
        for sent in signals.split():
            child = os.fork()
            if child == 0:
                for stream in (1, 2):
                    os.dup2(os.open(f"{folder}/{sent}.{stream}", os.O_WRONLY | os.O_CREAT), stream)
                os.kill(os.getpid(), int(sent))
                return
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            with open(f"{folder}/{sent}.code", "w") as file:
                file.write(str(code))
        os._exit(0)

sys.meta_path.insert(0, Moment())
from dovetail.cli.main import main
main()
"""
"""The command, of which a copy is made for each signal when it imports a module: what comes before is done once."""
_IN_THE_MIDDLE = """
import os, sys
sent, sys.argv[1:] = int(sys.argv[1]), sys.argv[2:]
replace = os.replace

def replaced(source, target, **more):
    replace(source, target, **more)
    if str(target).endswith("f1.txt"):
        os.kill(os.getpid(), sent)

os.replace = replaced
from dovetail.cli.main import main
main()
"""
"""The command, which is sent a signal when the second of the files of an edit is written."""


def code(face: str, name: str) -> int:
    """The documented exit code."""
    return 1 if face == "serve" else 128 + int(getattr(signal, name))


def needs(face: str) -> None:
    if face != "serve":
        pytest.importorskip(face, reason=f"the extra {face} is not installed")


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "DOVETAIL_HOME": str(home)}


def as_usual() -> None:
    """In the child: the signals as a terminal or an editor leaves them, also where the tests run under nohup."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("face", "moment"),
    [
        ("serve", "dovetail.cli.terminal"),
        ("serve", "dovetail.cli.serve"),
        ("serve", "lsprotocol"),
        ("serve", "dovetail.server.lsp.transport"),
        ("mcp", "dovetail.cli.terminal"),
        ("mcp", "typer"),
        ("mcp", "mcp.server"),
        ("mcp", "dovetail.cli.mcp_results"),
        ("acp", "dovetail.cli.terminal"),
        ("acp", "acp"),
        ("acp", "dovetail.cli.acp_messages"),
    ],
)
def test_in_the_first_moment(tmp_path: Path, face: str, moment: str) -> None:
    """It was killed raw, or drew a traceback out of whatever was being imported."""
    needs(face)
    sent = {name: str(int(getattr(signal, name))) for name in NAMES}
    subprocess.run(
        [sys.executable, "-c", _SIGNALLED_EACH, moment, str(tmp_path), " ".join(sent.values()), face],
        env=environment(tmp_path), cwd=tmp_path, preexec_fn=as_usual, stdin=subprocess.DEVNULL, timeout=120, check=True,
    )  # fmt: skip
    for name, number in sent.items():
        ended, said, errors = (tmp_path / f"{number}.{what}" for what in ("code", "1", "2"))
        told = errors.read_bytes()
        assert int(ended.read_text(encoding="ascii")) == code(face, name), (name, told)
        assert said.read_bytes() == b"", name
        assert told.count(b"told to end") == 1 and b"Traceback" not in told, (name, told)


def test_a_hang_up_that_is_ignored_stays_so_in_the_first_moment(tmp_path: Path) -> None:
    """`nohup dovetail serve`."""
    said = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"capabilities": {}}},
        {"jsonrpc": "2.0", "id": 2, "method": "shutdown"},
        {"jsonrpc": "2.0", "method": "exit"},
    ]
    lines = [json.dumps(one).encode() for one in said]
    done = subprocess.run(
        [sys.executable, "-c", _SIGNALLED, str(int(signal.SIGHUP)), "lsprotocol", "serve"],
        env=environment(tmp_path), cwd=tmp_path,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        input=b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(line), line) for line in lines),
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout, done


def test_other_commands_end_as_ever(tmp_path: Path) -> None:
    """A shell must see that a command was killed; only what serves has an order to end in."""
    done = subprocess.run(
        [sys.executable, "-c", _SIGNALLED, str(int(signal.SIGTERM)), "typer", "stats"],
        env=environment(tmp_path), cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGTERM


class Lines:
    """A client of one JSON object a line."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.number = 0

    def tell(self, method: str, **params: Any) -> None:
        self._write({"jsonrpc": "2.0", "method": method, "params": params})

    def send(self, method: str, **params: Any) -> int:
        self.number += 1
        self._write({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        return self.number

    def answer(self, identifier: Any, result: Any) -> None:
        self._write({"jsonrpc": "2.0", "id": identifier, "result": result})

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = self.send(method, **params)
        while True:
            message = self.next()
            if message.get("id") == number and "method" not in message:
                return message

    def next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read()
        message: dict[str, Any] = json.loads(line)
        return message

    def _write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(message).encode() + b"\n")
        self.process.stdin.flush()


@contextmanager
def face(what: str, home: Path, root: Path, *program: str) -> Iterator[Lines]:
    """`dovetail mcp` or `dovetail acp` over a folder, after `initialize`."""
    needs(what)
    home.mkdir(exist_ok=True)
    with subprocess.Popen(
        [sys.executable, *(program or ("-m", "dovetail.cli")), what], env=environment(home), cwd=root,
        preexec_fn=as_usual, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        client = Lines(process)
        try:
            if what == "mcp":
                info = {"name": "t", "version": "1"}
                client.ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=info)
                client.tell("notifications/initialized")
            else:
                can = {"fs": {"readTextFile": True, "writeTextFile": True}}
                client.ask("initialize", protocolVersion=1, clientCapabilities=can)
            yield client
        finally:
            process.kill()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    for number in range(6):
        (folder / f"f{number}.txt").write_text("one\ntwo\n", encoding="utf-8")
    return folder


EDIT = "\n".join(
    f"f{number}.txt\n<<<<<<< SEARCH\none\n=======\nONE\n>>>>>>> REPLACE\n" for number in range(6)
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", ["mcp", "acp"])
def test_while_it_waits_for_a_message(tmp_path: Path, root: Path, what: str, name: str) -> None:
    with face(what, tmp_path / "home", root) as client:
        client.process.send_signal(getattr(signal, name))
        assert client.process.wait(timeout=60) == code(what, name)
        assert client.process.stderr is not None and b"Traceback" not in client.process.stderr.read()


@pytest.mark.parametrize("name", NAMES)
def test_an_edit_of_an_agent_is_written_to_its_end(tmp_path: Path, root: Path, name: str) -> None:
    """It is written in a thread, which the mask of `dovetail apply` does not protect from a signal to the process."""
    sent = str(int(getattr(signal, name)))
    with face("mcp", tmp_path / "home", root, "-c", _IN_THE_MIDDLE, sent) as client:
        client.send("tools/call", name="apply_edit", arguments={"edit": EDIT})
        assert client.process.wait(timeout=60) == code("mcp", name)
    assert [path.read_text(encoding="utf-8") for path in sorted(root.iterdir())] == ["ONE\ntwo\n"] * 6
    assert not list((tmp_path / "home").rglob("journal.json")), (
        "nothing is left for the next command to finish"
    )


def test_no_child_is_left(tmp_path: Path, root: Path) -> None:
    """Told to end while the built-in model learns, which it does in a process of its own."""
    for number in range(300):
        lines = "".join(f"    total_{number}_{row} = sum(items, {row})\n" for row in range(400))
        (root / f"a{number}.py").write_text(f"def total(items):\n{lines}", encoding="utf-8")
    with face("mcp", tmp_path / "home", root) as client:
        client.send("tools/call", name="complete", arguments={"path": "a1.py", "line": 1, "column": 1})
        while not (children := children_of(client.process.pid)):
            assert client.process.poll() is None
        client.process.send_signal(signal.SIGTERM)
        assert client.process.wait(timeout=60) == code("mcp", "SIGTERM")
    deadline = time.monotonic() + 30
    while any(runs(child) for child in children):
        assert time.monotonic() < deadline, children
        time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=,ppid=", "-A"], capture_output=True, text=True, check=True)
    rows = [tuple(map(int, line.split())) for line in listed.stdout.splitlines()]
    return [child for child, parent in rows if parent == pid]


def runs(pid: int) -> bool:
    """Not ended; who was ended and is not yet fetched by its parent runs no more."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(told.stdout.strip()) and not told.stdout.strip().startswith("Z")


@pytest.mark.parametrize("name", NAMES)
def test_what_a_person_said_yes_to_is_written_by_the_editor(tmp_path: Path, root: Path, name: str) -> None:
    """All six files, though the signal comes while the editor writes the first."""
    with face("acp", tmp_path / "home", root) as client:
        session = client.ask("session/new", cwd=str(root), mcpServers=[])["result"]["sessionId"]
        client.send("session/prompt", sessionId=session, prompt=[{"type": "text", "text": EDIT}])
        written: list[str] = []
        while len(written) < 6:
            message = client.next()
            method, params = message.get("method"), message.get("params", {})
            if method == "fs/read_text_file":
                client.answer(message["id"], {"content": Path(params["path"]).read_text(encoding="utf-8")})
            elif method == "session/request_permission":
                client.answer(message["id"], {"outcome": {"outcome": "selected", "optionId": "apply"}})
            elif method == "fs/write_text_file":
                if not written:
                    client.process.send_signal(getattr(signal, name))
                Path(params["path"]).write_text(params["content"], encoding="utf-8")
                written.append(Path(params["path"]).name)
                client.answer(message["id"], {})
        assert client.process.wait(timeout=60) == code("acp", name)
    assert sorted(written) == [f"f{number}.txt" for number in range(6)]
