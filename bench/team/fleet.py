"""A running `python -m team`, seen from outside: its address, its replicas, and how they are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "deploy" / "ray"
ENVIRONMENT = ROOT / ".cache" / "team"
PYTHON = ENVIRONMENT / "bin" / "python"
MODEL = ENVIRONMENT / "noise-fim.gguf"

KINDS = {"engine.py": "engine", "bin/haproxy": "haproxy", "Proxy": "proxy", "ServeReplica": "replica"}
"""A part of a process's command, and what it is; the first that fits."""


def free_port() -> int:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@define
class Fleet:
    """A team's server."""

    url: str
    process: subprocess.Popen[str]
    said: str
    """What it printed once it was ready."""
    seen: set[int] = field(factory=set)
    """Every process that belonged to it."""

    def status(self) -> dict[str, Any]:
        """Of whichever replica answers."""
        with urllib.request.urlopen(f"{self.url}/team/status", timeout=10) as answer:
            return dict(json.load(answer))

    def replicas(self, wanted: int = 2, *, within_s: float = 60) -> dict[str, dict[str, Any]]:
        """The status of each replica by its id, once `wanted` of them answer, each with its engine's numbers.

        Raises:
            TimeoutError: fewer do within the time.
        """
        until, since = time.monotonic() + within_s, 0
        found: dict[str, dict[str, Any]] = {}
        while time.monotonic() < until:
            try:
                one = self.status()
            except (urllib.error.URLError, OSError, ValueError):
                time.sleep(0.05)
                continue
            found[one["replica"]] = one
            since += 1
            gone = [name for name, each in found.items() if not alive(each["pid"])]
            for name in gone:
                del found[name]
            if len(found) >= wanted:
                return found
            time.sleep(0.02)
        raise TimeoutError(f"{len(found)} of {wanted} replicas answered in {within_s:.0f} s")

    def family(self) -> set[int]:
        """The processes that belong to it now."""
        children: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parent = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
                except (OSError, IndexError):
                    continue
                children.setdefault(parent, []).append(int(entry.name))
        todo, found = [self.process.pid], set()
        while todo:
            one = todo.pop()
            found.add(one)
            todo += children.get(one, [])
        self.seen |= found
        return found

    def processor_s(self) -> dict[str, float]:
        """Seconds of processor time so far, by kind of process."""
        found: dict[str, float] = {}
        for pid in self.family():
            try:
                command = (
                    Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                )
                part = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            kind = next((kind for sign, kind in KINDS.items() if sign in command), "ray")
            seconds = (int(part[11]) + int(part[12])) / os.sysconf("SC_CLK_TCK")
            found[kind] = found.get(kind, 0.0) + seconds
        return found


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


class TooSlow(RuntimeError):
    """Ray gives a node 30 s to start, which nothing can change: a busy machine needs longer."""


TOO_SLOW = "The current node timed out during startup"


@contextmanager
def fleet(*options: str, model: Path = MODEL, ready_s: float = 300, starts: int = 5) -> Iterator[Fleet]:
    """Start one, and end it as Ctrl-C does. Where Ray gave up too early it is started anew, `starts` times in all.

    Raises:
        RuntimeError: it does not start; its last lines are in the text.
    """
    with ExitStack() as stack:
        for left in reversed(range(starts)):
            try:
                running = stack.enter_context(_fleet(*options, model=model, ready_s=ready_s))
            except TooSlow:
                if not left:
                    raise
            else:
                break
        yield running


@contextmanager
def _fleet(*options: str, model: Path, ready_s: float) -> Iterator[Fleet]:
    port = free_port()
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [PYTHON, "-m", "team", f"--model={model}", f"--port={port}", *options],
            cwd=PACKAGE, text=True, stdout=subprocess.PIPE, stderr=errors, start_new_session=True,
        )  # fmt: skip
        try:
            said = _read(process, ready_s)
            if "Ctrl-C" not in said:
                errors.seek(0)
                why = errors.read()
                kind = TooSlow if TOO_SLOW in why else RuntimeError
                raise kind(f"the team's server did not start: {why[-2000:]}")
            running = Fleet(f"http://127.0.0.1:{port}", process, said)
            running.family()
            yield running
            running.family()
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                print("bench.team: it did not end within 60 s of Ctrl-C", file=sys.stderr)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _read(process: subprocess.Popen[str], seconds: float) -> str:
    """All that is printed until it is ready, has ended, or the time is over."""
    import threading

    lines: list[str] = []
    done = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        done.set()

    threading.Thread(target=read, daemon=True).start()
    done.wait(seconds)
    return "".join(lines)


@define
class Alone:
    """One engine without a gateway, as `llama-server` is."""

    url: str
    key: str
    process: subprocess.Popen[bytes]


@contextmanager
def alone(*options: str, model: Path = MODEL) -> Iterator[Alone]:
    """Start an engine and wait for its model."""
    program = PACKAGE / "team" / "engine.py"
    process = subprocess.Popen(
        [PYTHON, program, f"--model={model}", *options],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        said = json.loads(process.stdout.readline())
        yield Alone(said["url"], said["key"], process)
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
