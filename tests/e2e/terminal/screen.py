"""A terminal that a test types into and reads: tmux, with a program in it that has nothing of the user's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 40.0
"""Seconds after which what does not come to the screen fails the test."""
SERVE = [sys.executable, "-P", "-m", "dovetail.cli", "serve"]


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
        """Press keys, by tmux's names ("Escape", "C-n")."""
        self._run("send-keys", "-t", "main", *names)

    def type(self, text: str) -> None:
        """Type text, a key at a time."""
        for character in text:
            self._run("send-keys", "-t", "main", *(["Enter"] if character == "\n" else ["-l", character]))

    def text(self) -> str:
        """What is on the screen, without trailing spaces."""
        return self._run("capture-pane", "-t", "main", "-p")

    def wait(self, pattern: str, *, gone: bool = False, patience: float = PATIENCE) -> str:
        """Wait until something is on the screen (`gone`: is not); the screen then."""
        end, pause = time.monotonic() + patience, threading.Event()
        while True:
            text = self.text()
            if bool(re.search(pattern, text)) is not gone:
                return text
            if time.monotonic() > end:
                raise AssertionError(f"{'still' if gone else 'never'} on the screen: {pattern}\n{text}")
            pause.wait(0.05)

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
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, check=False, env=self.environment)


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
