"""The diffs that Dovetail writes are read by git as they are meant."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dovetail.edits import unified_diff
from dovetail.edits.planning.diff import reads_back

PAIRS = [
    ("a = 1\nb = 2\n", "a = 1\nb = 3\n"),
    ("a\nb", "a\nb\n"),
    ("a\nb\n", "a\nb"),
    ("", "new\n"),
    ("gone\n", ""),
    ("a\r\nb\r\nc\r\n", "a\r\nB\r\nc\r\n"),
    ("".join(f"{n}\n" for n in range(60)), "".join(f"{n}\n" for n in range(60) if n not in (5, 30, 31, 58))),
    ("x\u2028y\n\x0c\n", "x\u2028z\n\x0c\n"),
    (None, "made\n"),
    ("dropped\n", None),
]


@pytest.mark.skipif(shutil.which("git") is None and not os.environ.get("CI"), reason="git is not installed")
@pytest.mark.parametrize("path", ["a.txt", "a folder/ä b.txt"])
@pytest.mark.parametrize("pair", PAIRS, ids=range(len(PAIRS)))
def test_git_applies_what_is_emitted(tmp_path: Path, pair: tuple[str | None, str | None], path: str) -> None:
    before, after = pair
    diff = unified_diff(path, before, after)
    assert reads_back(diff, before, after)
    target = tmp_path / path
    target.parent.mkdir(exist_ok=True)
    if before is not None:
        target.write_bytes(before.encode())
    for arguments in (["--check"], []):
        command = ["git", "-c", "core.autocrlf=false", "apply", *arguments, "-"]
        done = subprocess.run(command, cwd=tmp_path, input=diff.encode(), capture_output=True, timeout=30)
        assert done.returncode == 0, (diff, done.stderr)
    assert (target.read_bytes().decode() if target.exists() else None) == after


@pytest.mark.skipif(shutil.which("git") is None and not os.environ.get("CI"), reason="git is not installed")
def test_git_takes_a_rename(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\ntwo\n")
    diff = unified_diff("a.txt", "one\ntwo\n", "one\n2\n", "b.txt")
    done = subprocess.run(
        ["git", "apply", "-"], cwd=tmp_path, input=diff.encode(), capture_output=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "b.txt").read_bytes() == b"one\n2\n"
