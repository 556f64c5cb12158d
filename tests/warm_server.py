"""The process that has imported everything and forks for `warm_start.py`: `warm_server.py ALIVE`, a pipe whose other
end is closed when it shall end. Prints where it listens."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import dovetail

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # a process with threads must not fork

IMPORTED = (
    *("acp", "mcp", "mcp.server", "numpy", "numpy.typing", "sqlite3", "importlib.resources.readers"),
    *("httpx", "httpcore", "truststore", "anyio._backends._asyncio", "openai.resources.chat.chat"),
    *("filelock", "platformdirs.unix", "tree_sitter_python", "typer._adapters", "typer._click.decorators"),
    *("rich.console", "rich.prompt", "rich._emoji_codes"),
)
"""Beside all of `dovetail`; much of it is imported only when a command comes to need it."""
ANOTHER = ("PYTHON", "LC_", "LANG", "LD_")
"""What an interpreter reads at its start, by the beginning of its name."""
AS_WELL = {"PYTHONDONTWRITEBYTECODE"}
"""What can be set later too."""


def settings(environment: dict[str, str]) -> dict[str, str]:
    """What makes an interpreter another one."""
    return {
        name: value for name, value in environment.items() if name.startswith(ANOTHER) and name not in AS_WELL
    }


class Server:
    """Forks for whoever connects, tells them how it ended, and hands on their signals."""

    def __init__(self, alive: int) -> None:
        self.alive = alive
        self.here = settings(dict(os.environ))
        self.folder = tempfile.mkdtemp(prefix="dovetail-warm-")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{self.folder}/s")
        self.listener.listen(64)
        self.ended, self.woken = os.pipe()
        for end in (self.ended, self.woken):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.set_wakeup_fd(self.woken, warn_on_full_buffer=False)
        self.running: dict[int, socket.socket] = {}

    def run(self) -> dict[str, Any] | None:
        """In the process that was forked: what to do. In this one: None, at the end."""
        while True:
            waits = [self.alive, self.ended, self.listener, *self.running.values()]
            for ready in select.select(waits, [], [])[0]:
                if ready is self.alive:
                    return self._end()
                if ready is self.ended:
                    self._reap()
                elif ready is self.listener:
                    connection, _ = self.listener.accept()
                    if (request := self._fork(connection)) is not None:
                        return request
                else:
                    self._hand_on(ready)

    def _fork(self, connection: socket.socket) -> dict[str, Any] | None:
        streams: list[int] = []
        try:
            _, streams, _, _ = socket.recv_fds(connection, 1, 3)
            with connection.makefile("rb") as read:
                request: dict[str, Any] = json.loads(read.read(int.from_bytes(read.read(4), "big")))
            if settings(request["environment"]) != self.here:
                connection.sendall(b"n")
                connection.close()
                return None
            connection.sendall(b"y")
            child = os.fork()
            if child == 0:
                for stream, number in zip(streams, (0, 1, 2), strict=True):
                    os.dup2(stream, number)
                self._forget(connection)
                return request
            self.running[child] = connection
        except (OSError, ValueError):  # it went away, or has a terminal
            connection.close()
        finally:
            for stream in streams:
                os.close(stream)
        return None

    def _forget(self, connection: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for one in (self.listener, connection, *self.running.values()):
            one.close()
        for end in (self.alive, self.ended, self.woken):
            os.close(end)

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self.ended, 4096)
        while self.running:
            child, status = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            with contextlib.suppress(OSError), self.running.pop(child) as connection:
                connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())

    def _hand_on(self, connection: socket.socket) -> None:
        child = next((pid for pid, one in self.running.items() if one is connection), None)
        if child is None:
            return  # it ended meanwhile
        try:
            number = connection.recv(1)
        except OSError:
            number = b""
        os.kill(child, number[0] if number else signal.SIGKILL)
        if not number:  # who stood for it was killed
            os.waitpid(child, 0)
            self.running.pop(child).close()

    def _end(self) -> None:
        for child in self.running:
            os.kill(child, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)


def fork_what_it_starts(address: str) -> None:
    """What a command starts with an interpreter for `dovetail` again (`bench mine` a server) is a fork, too."""
    ours, start = (sys.executable, "-P", "-m", "dovetail.cli"), str(Path(__file__).with_name("warm_start.py"))
    create = asyncio.create_subprocess_exec

    async def instead(*line: Any, **options: Any) -> asyncio.subprocess.Process:
        if line[:4] == ours:
            line = (sys.executable, "-IS", start, address, "-P", *line[4:])
        return await create(*line, **options)

    asyncio.create_subprocess_exec = instead


def become(request: dict[str, Any], address: str) -> None:
    """Do what `python -m dovetail.cli` does in that folder, with that environment."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.dont_write_bytecode = bool(os.environ.get("PYTHONDONTWRITEBYTECODE"))
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        was = getattr(sys, f"__{name}__")
        stream = open(  # noqa: SIM115
            number, mode, encoding=was.encoding, errors=was.errors, closefd=False
        )
        stream.reconfigure(
            line_buffering=was.line_buffering or stream.isatty(), write_through=was.write_through
        )
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    arguments = request["arguments"]
    if arguments[:1] == ["-P"]:
        del sys.path[0], arguments[0]
    else:
        sys.path[0] = request["folder"]
    sys.argv = ["dovetail", *arguments]
    fork_what_it_starts(address)
    runpy.run_module("dovetail.cli", run_name="__main__", alter_sys=True)


def main() -> None:
    ours = pkgutil.walk_packages(dovetail.__path__, "dovetail.", onerror=lambda name: None)
    for name in (*IMPORTED, *(one.name for one in ours if not one.name.endswith("__main__"))):
        with contextlib.suppress(ModuleNotFoundError):  # an extra that is not installed
            importlib.import_module(name)
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()
    server = Server(int(sys.argv[1]))
    print(f"{server.folder}/s", flush=True)
    os.dup2(0, 1)  # /dev/null: whoever started this reads to the end
    if (request := server.run()) is not None:
        become(request, f"{server.folder}/s")


main()
