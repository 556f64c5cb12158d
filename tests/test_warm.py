"""What stands for a command of ours in tests ends as the command does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import warm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="an interpreter is started everywhere else")


def both(tmp_path: Path, *arguments: str, **more: str) -> list[tuple[int, bytes, bytes]]:
    """How a command ends, and what it prints: in a fork, and in an interpreter of its own."""
    environment = {**os.environ, "DOVETAIL_HOME": str(tmp_path / "home"), **more}
    ended = []
    for command in (warm.dovetail(*arguments), [sys.executable, "-m", "dovetail.cli", *arguments]):
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, input=b"x = 1\n", capture_output=True, timeout=170
        )
        ended.append((done.returncode, done.stdout, done.stderr))
    return ended


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["no such command"],
        ["stats"],
        ["apply", "no such file"],
        ["settings", "--from"],
        ["acp"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_it_says_the_same_and_ends_with_the_same_code(tmp_path: Path, arguments: list[str]) -> None:
    here, alone = both(tmp_path, *arguments)
    assert here == alone and any(alone)


def test_another_encoding_is_another_interpreter(tmp_path: Path) -> None:
    (tmp_path / "a.diff").write_text("--- a/é.py\n+++ b/é.py\n@@ -1 +1 @@\n-x\n+y\n", encoding="utf-8")
    here, alone = both(tmp_path, "apply", "a.diff", PYTHONIOENCODING="ascii")
    assert here == alone and b"\\xe9" in here[1] + here[2]


def test_at_a_terminal_that_a_test_made_it_is_a_fork_that_knows_it(tmp_path: Path) -> None:
    """It asks, and what it asks is there before the answer is."""
    pty = pytest.importorskip("pty")
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "reply").write_text("a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n")
    ours, theirs = pty.openpty()
    environment = {**os.environ, "DOVETAIL_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}
    command = warm.dovetail("apply", "reply", "--pick")
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=theirs, stdout=theirs)
    os.close(theirs)
    shown = b""
    while b"REPLACE" not in shown and b"?" not in shown and b"]" not in shown:
        shown += os.read(ours, 4096)
    stands = Path(f"/proc/{process.pid}/cmdline").read_bytes()
    os.write(ours, b"y\n")
    assert process.wait(170) == 0, shown
    os.close(ours)
    assert b"warm_start.py" in stands
    assert (tmp_path / "a.py").read_text(encoding="utf-8") == "x = 2\n"


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_signals_reach_it(tmp_path: Path, sent: signal.Signals) -> None:
    environment = {**os.environ, "DOVETAIL_HOME": str(tmp_path / "home")}
    process = subprocess.Popen(
        warm.dovetail("acp"), env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": 1}}
    process.stdin.write(json.dumps(hello).encode() + b"\n")
    process.stdin.flush()
    assert b"result" in process.stdout.readline()
    process.send_signal(sent)
    assert process.wait(60) == (-sent if sent == signal.SIGKILL else 128 + sent)
    assert process.stdout.read() == b"", "it still runs"
    process.stdin.close()
