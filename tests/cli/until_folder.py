"""A repository, and `dovetail edit --until` in it, as tests call it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from chat_server import ChatServer
from warm import dovetail

FILE = "def a():\n    return 1\n\n\ndef b():\n    return 2\n"


OTHER = "def c():\r\n    return 3\r\n"


CHECK = "from a import a, b\nprint('a is', a(), 'b is', b())\nraise SystemExit(a() != 10 or b() != 20)\n"


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def block(old: str, new: str, path: str = "a.py") -> str:
    old = old and old + "\n"
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}\n>>>>>>> REPLACE\n```\n\n"


A, B = block("    return 1", "    return 10"), block("    return 2", "    return 20")
GREEN = FILE.replace("return 1", "return 10").replace("return 2", "return 20")


WHERE = pytest.mark.parametrize("where", [[], ["--worktree"]], ids=["in place", "work tree"])


class Folder:
    """A repository, and `dovetail edit` in it."""

    def __init__(self, folder: Path, chat: ChatServer) -> None:
        self.root, self.home, self.chat = folder / "root", folder / "home", chat
        self.root.mkdir()
        (self.root / "a.py").write_text(FILE, encoding="utf-8")
        (self.root / "other.py").write_bytes(OTHER.encode())
        (self.root / "check.py").write_text(CHECK, encoding="utf-8")
        (self.root / ".gitignore").write_text("__pycache__\n", encoding="utf-8")
        self.git("init", "-q")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "DOVETAIL_HOME": str(self.home),
            "NO_COLOR": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        ).stdout

    @property
    def files(self) -> dict[str, bytes]:
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and ".git" not in path.relative_to(self.root).parts
        }

    def arguments(self, *options: str, until: str | None = None, yes: bool = True) -> list[str]:
        check = until if until is not None else f'"{sys.executable}" check.py'
        arguments = ["edit", "make a ten times", "a.py", "--root", str(self.root)]
        arguments += ["--endpoint", self.chat.url, "--model", "m", "--until", check, *options]
        return [*arguments, "--yes"] if yes else arguments

    def __call__(
        self, *options: str, until: str | None = None, yes: bool = True
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            dovetail(*self.arguments(*options, until=until, yes=yes)),
            cwd=self.root,
            env=self.environment,
            input="",
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def started(self, *options: str, until: str | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            dovetail(*self.arguments(*options, until=until)),
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def dovetail(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = dovetail(*arguments)
        return subprocess.run(
            command, cwd=self.root, env=self.environment, input="", capture_output=True, text=True, timeout=60
        )


def eventually(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
