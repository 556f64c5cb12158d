"""Names in a reply that are not what they look like, on this file system or on another."""

from __future__ import annotations

import pytest

from dovetail.edits import MemoryWorkspace, Unresolved, make_plan, read_reply, relative_path

DECEPTIVE = [
    ".g\u200cit/config", ".gi\u200dt/hooks/pre-commit", "\ufeff.git/config", ".git\u2060/config", "\uff0egit/config",
    ".GIT/config", ".git./config", ".git /config", "git~1/config", "GIT~2/config", ".git::$INDEX_ALLOCATION/config",
    "a.py::$DATA", "a.py:x:$DATA", "COM\u00b9.txt", "com1", "LPT\u00b3", "con .txt", "aux.c", "nul", "PRN.tar.gz",
    "x\u202etxt.py", "a\u2066b\u2069.py", "a\u200b.py", "a.py.", "b /a.py", "dir./a.py", "a\u00ad.py", "a\x1b[2J.py",
    "file://[x", ".ssh/config", "home/.aws/credentials", ".env\u200b", "secrets.yml", "id_ed25519",
]  # fmt: skip
PLAIN = [
    "src/app.py", "docs/a b.md", "src/a:b.py", "console.py", "auxiliary.c", "git/config.py", ".gitignore",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.txt", "\U0001f468\u200d\U0001f469.md", "nul_check.py",
    "secrets/provider.py", "com10.txt", "lpt.py",
]  # fmt: skip


@pytest.mark.parametrize("path", DECEPTIVE)
def test_names_that_deceive_are_refused(path: str) -> None:
    assert isinstance(relative_path(path), Unresolved)


@pytest.mark.parametrize("path", PLAIN)
def test_names_that_are_merely_unusual_are_not(path: str) -> None:
    assert relative_path(path) == path


@pytest.mark.parametrize(
    "path", [".ssh/config", ".aws/config", ".gnupg/x.conf", "deploy/secrets.yml", ".env"]
)
def test_what_is_not_read_is_not_written_either(path: str) -> None:
    reply = f"{path}\n<<<<<<< SEARCH\na = 1\n=======\na = 2\n>>>>>>> REPLACE\n"
    plan = make_plan(read_reply(reply), MemoryWorkspace({path: "a = 1\n"}))
    assert plan.refused and not plan.files
