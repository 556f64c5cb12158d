"""A terminal that a test types into and reads: tmux, with a program in it that has nothing of the user's."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

import pytest
import warm

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 90.0
"""Seconds after which what does not come to the screen fails the test: only a machine that is starved comes near."""
GROWING = (4, 4, 8, 16, 32, 64)
"""Seconds to wait before what may have come to nothing is asked for again."""
NO_COMPILER = "(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil)\n"
"""For an Emacs out of its place, which has no compiler, and at its start looks for one in processes of its own."""
REQUEST_S = 120
"""Seconds that an editor may wait for an answer. Their own limits, 10 s and less, say more of the machine than of the
server where more runs than there are processors."""


def serve() -> list[str]:
    """The command line of the server."""
    # In the locale of the tests, not in that of the screen: a warm process serves no other.
    locale = [f"LC_ALL={os.environ['LC_ALL']}"] if "LC_ALL" in os.environ else ["-u", "LC_ALL"]
    return ["env", *locale, *warm.dovetail("serve")]


@cache
def editor(name: str) -> Path:
    """The program of `scripts/get-editor NAME`, or the one named by DOVETAIL_NAME; skips the test, or fails it
    under CI, where it cannot be had."""
    if named := os.environ.get(f"DOVETAIL_{name.upper().replace('-', '_')}"):
        return Path(named)
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/get-editor", name], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        reason = f"{name}: {done.stderr.strip()}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return Path(done.stdout.strip())


class Screen:
    """A program in a terminal of 100 columns and 30 rows."""

    def __init__(self, command: list[str], folder: Path, home: Path, **environment: str) -> None:
        self.tmux = [shutil.which("tmux") or str(editor("tmux")), "-S", str(home / "tmux"), "-f", os.devnull]
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "TMUX", "TERM", "EDITOR"))}
        own = {
            "HOME": str(home),
            "DOVETAIL_HOME": str(home / "dovetail"),
            "TERM": "xterm-256color",
            "LC_ALL": "C.UTF-8",
        }
        self.environment = {**clean, **own, **environment}
        # Errors that a program writes before its screen is set up are there to read.
        self._run("new-session", "-d", "-x", "100", "-y", "30", "-s", "main", "-c", str(folder), *command)
        self._run("set-option", "-g", "remain-on-exit", "on")

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.tmux, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=self.environment,
            timeout=30,
        )
        return done.stdout

    def keys(self, *names: str) -> None:
        """Press keys, by tmux's names ("Escape", "C-n").

        Comes back after Escape when the program has read it: a key that is there with it would be one with Alt.
        """
        assert "Escape" not in names[:-1], "what follows on Escape is pressed after it was read"
        self._run("send-keys", "-t", "main", *names)
        if names[-1] == "Escape":
            self._be_read()

    def _be_read(self) -> None:
        """Wait until no key that was pressed is still to be read by the program."""
        tty = self._run("display-message", "-t", "main", "-p", "#{pane_tty}").strip()
        self.text()  # tmux has written what it was told to press before
        end, pause = time.monotonic() + PATIENCE, threading.Event()
        while _unread(tty):
            assert time.monotonic() < end, f"the program does not read its keys\n{self.text()}"
            pause.wait(0.01)

    def type(self, text: str) -> None:
        """Type text, a key at a time."""
        for character in text:
            self._run("send-keys", "-t", "main", *(["Enter"] if character == "\n" else ["-l", character]))

    def text(self) -> str:
        """What is on the screen, without trailing spaces."""
        return self._run("capture-pane", "-t", "main", "-p")

    def wait(self, pattern: str, *, gone: bool = False, patience: float = PATIENCE) -> str:
        """Wait until something is on the screen (`gone`: is not); the screen then."""
        end, pause, seconds = time.monotonic() + patience, threading.Event(), 0.03
        while True:
            text = self.text()
            if bool(re.search(pattern, text)) is not gone:
                return text
            if time.monotonic() > end:
                raise AssertionError(f"{'still' if gone else 'never'} on the screen: {pattern}\n{text}")
            pause.wait(seconds)
            seconds = min(seconds * 1.2, 0.2)  # each look is a process, which takes from what is waited for

    def insist(self, pattern: str, *names: str, gone: bool = False) -> None:
        """Press keys that may be pressed again without harm until something is on the screen, as a person does whose
        message or menu was covered by one that came late."""
        for _ in range(20):
            self.keys(*names)
            try:
                self.wait(pattern, gone=gone, patience=2)
            except AssertionError:
                continue
            return
        self.wait(pattern, gone=gone, patience=2)

    def picture(self, path: Path) -> None:
        """Keep the screen with its colours, for whoever draws it."""
        path.write_text(self._run("capture-pane", "-t", "main", "-p", "-e"), encoding="utf-8")

    def cursor(self) -> tuple[int, int]:
        """Column and row of the terminal's cursor, from 0."""
        column, row = self._run("display-message", "-t", "main", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(column), int(row)

    def close(self) -> None:
        """End the program, and what it started in its terminal: one that outlives its terminal takes a processor."""
        try:
            program = int(self._run("display-message", "-t", "main", "-p", "#{pane_pid}"))
        except (subprocess.SubprocessError, ValueError):  # it ended, and tmux with it
            program = 0
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, check=False, env=self.environment)
        if program > 1:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program, signal.SIGKILL)  # a pane's program leads its session


def _unread(tty: str) -> int:
    """How many bytes stand in a terminal that its program has not read."""
    import fcntl  # not on Windows, where these tests are left out and this file is read all the same
    import struct
    import termios

    number = os.open(tty, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        (count,) = struct.unpack("i", fcntl.ioctl(number, termios.FIONREAD, b"\0" * 4))
    finally:
        os.close(number)
    return int(count)


CODE = """\
def check_types(instance, attribute, value):
    if not isinstance(value, attribute.type):
        raise TypeError(attribute.name)


def check_names(instance, attribute, value):
    if not value.isidentifier():
        raise ValueError(attribute.name)

"""
FIT = """\
```diff
--- a/checks.py
+++ b/checks.py
@@ -90,3 +90,4 @@
 def check_names(instance, attribute, value):
+    value = str(value)
     if not value.isidentifier():
         raise ValueError(attribute.name)
```
"""
MISFIT = """\
```diff
--- a/checks.py
+++ b/checks.py
@@ -1,3 +1,3 @@
 def check_types(instance, attribute, value):
-    if not isinstance(value, attribute.kind):
+    if not isinstance(value, attribute.sort):
         raise TypeError(attribute.name)
```
"""
