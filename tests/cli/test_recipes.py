"""The hook and the action of docs/agents.md, as they stand there, in a real repository."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from warm import dovetail

PAGE = Path(__file__).parents[2] / "docs" / "agents.md"
pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or (shutil.which("git") is None and not os.environ.get("CI")),
    reason="needs git and a POSIX shell",
)
FITS = "a.py\n<<<<<<< SEARCH\nx = 1\n=======\nx = 2\n>>>>>>> REPLACE\n"


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return found


@pytest.fixture
def git(tmp_path: Path) -> object:
    """Runs commands in a repository with one commit, `dovetail` on the path."""
    root, tools = tmp_path / "r", tmp_path / "bin"
    root.mkdir()
    tools.mkdir()
    (tools / "dovetail").write_text(f'#!/bin/sh\nexec {shlex.join(dovetail())} "$@"\n')
    (tools / "dovetail").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "DOVETAIL_HOME": str(tmp_path / "home"),
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        **{f"GIT_{who}_{what}": "t@t" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    }

    def run(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=root,
            env={**environment, **more},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    (root / "a.py").write_text("x = 1\ny = 1\n")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        assert run("git", *command).returncode == 0
    run.root = root  # type: ignore[attr-defined]
    return run


def test_the_hook_lets_through_what_fits_and_nothing_else(git: object) -> None:
    root: Path = git.root  # type: ignore[attr-defined]
    hook = root / ".git" / "hooks" / "pre-commit"
    hook.write_text(block("sh"))
    hook.chmod(0o755)

    def commit(name: str, text: str) -> tuple[bool, str]:
        (root / name).write_text(text)
        git("git", "add", "-A")  # type: ignore[operator]
        ran = git("git", "commit", "-qm", name)  # type: ignore[operator]
        return ran.returncode == 0, ran.stderr

    assert commit("b.py", "b = 1\n")[0]
    assert commit("fits.proposed.diff", FITS)[0]
    assert commit("-a name\u00fc.proposed.diff", FITS)[0], "a name that could be an option"
    done, said = commit("stale.proposed.diff", FITS.replace("x = 1", "x = 9"))
    assert not done and "not found" in said and "'x = 9'" in said, "why is seen"
    assert (root / "a.py").read_text() == "x = 1\ny = 1\n"


def test_the_steps_of_the_action_apply_or_annotate(git: object) -> None:
    root: Path = git.root  # type: ignore[attr-defined]
    step = block("yaml").split("- name: apply\n        run: |\n")[1].split("      - name: push")[0]
    script = "set -e\n" + re.sub(r"(?m)^ {10}", "", step)
    bad = git("sh", "-c", script, ANSWER=FITS.replace("x = 1", "x = 9"), BASE="HEAD")  # type: ignore[operator]
    assert bad.returncode != 0 and "::error file=a.py" in bad.stdout, bad
    hostile = git("sh", "-c", script, ANSWER='$(touch pwned) `touch pwned`"; touch pwned', BASE="HEAD")  # type: ignore[operator]
    assert hostile.returncode != 0 and not (root / "pwned").exists()
    answer = FITS + "\nnew.py\n<<<<<<< SEARCH\n=======\nz = 3\n>>>>>>> REPLACE\n"
    good = git("sh", "-c", script, ANSWER=answer, BASE="HEAD")  # type: ignore[operator]
    assert good.returncode == 0, good
    assert (root / "a.py").read_text() == "x = 2\ny = 1\n"
    push = block("yaml").split("- name: push\n        run: |\n")[1]
    git("git", "init", "-q", "--bare", str(root.parent / "origin"))  # type: ignore[operator]
    git("git", "remote", "add", "origin", str(root.parent / "origin"))  # type: ignore[operator]
    pushed = git("sh", "-c", "set -e\n" + re.sub(r"(?m)^ {10}", "", push), GITHUB_RUN_ID="7")  # type: ignore[operator]
    assert pushed.returncode == 0, pushed
    made = git("git", "--git-dir", str(root.parent / "origin"), "show", "answer-7:new.py")  # type: ignore[operator]
    assert made.stdout == "z = 3\n", "a file that the answer makes is in the branch"
