"""What of a plan a person should look at first: files that run or configure code, deletions that nothing asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from planned import patch, planned

from dovetail.edits import (
    MemoryWorkspace,
    make_plan,
    read_reply,
)
from dovetail.edits.planning.marks import runs_code
from dovetail.edits.planning.plan import Asked, MarkKind

RUNS = [
    ".github/workflows/ci.yml", ".github/actions/x/action.yml", ".husky/pre-commit", "conftest.py",
    "tests/conftest.py", "sitecustomize.py", ".venv/bin/dovetail", "venv/lib/x.pth", ".exrc", ".dir-locals.el",
    "Makefile", ".pre-commit-config.yaml", ".gitattributes", ".gitmodules", ".bashrc", "home/.zshenv",
    ".vscode/tasks.json", ".vscode/settings.json", "dovetail.toml", "package.json", ".nvim.lua", ".cargo/config.toml",
    "setup.py", "noxfile.py", "tox.ini", "justfile", "Dockerfile", "docker/api.Dockerfile", "compose.yaml",
    "Jenkinsfile", ".gitlab-ci.yml", "azure-pipelines.yml", "build.rs", "build.gradle.kts", "vite.config.ts",
    ".eslintrc.cjs", ".devcontainer/devcontainer.json", ".idea/runConfigurations/x.xml", ".claude/settings.json",
    "node_modules/x/index.js", "Vagrantfile", "Rakefile", ".envrc", "x.code-workspace", "autogen.sh", ".gdbinit",
]  # fmt: skip


QUIET = [
    "src/app.py", "tests/test_app.py", "docs/makefiles.md", "README.md", "src/hooks/useThing.ts", "login.html",
    ".github/CODEOWNERS.md", ".github/ISSUE_TEMPLATE/bug.md", "app/config.py", "src/setup_view.py",
    "src/package.json.py", "workspace.py", "src/profile.py",
]  # fmt: skip


@pytest.mark.parametrize("path", RUNS)
def test_what_runs_or_configures_code_is_marked(path: str) -> None:
    assert runs_code(path)


@pytest.mark.parametrize("path", QUIET)
def test_ordinary_files_are_not(path: str) -> None:
    assert not runs_code(path)


def test_marks_of_a_plan() -> None:
    reply = patch(
        "*** Update File: Makefile\n-all:\n+all: x\n",
        "*** Delete File: gone.py\n",
        "*** Update File: b.py\n-1\n+2\n",
    )
    files = {"Makefile": "all:\n", "gone.py": "x = 1\n", "b.py": "1\n", "a.py": "1\n"}
    plan = make_plan(read_reply(reply), MemoryWorkspace(files), asked=Asked(frozenset({"b.py"})))
    assert plan.ok
    assert {(mark.path, mark.kind) for mark in plan.marks} == {
        ("Makefile", MarkKind.RUNS_CODE),
        ("Makefile", MarkKind.NOT_ASKED),
        ("gone.py", MarkKind.DELETES_UNSEEN),
        ("gone.py", MarkKind.NOT_ASKED),
    }


def test_a_deletion_that_says_what_goes_needs_no_mark() -> None:
    quoted = "diff --git a/g.py b/g.py\ndeleted file mode 100644\n--- a/g.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x = 1\n"
    assert planned({"g.py": "x = 1\n"}, quoted).marks == ()
    seen = MemoryWorkspace({"g.py": "x = 1\n"}, {"g.py": ("x = 1\n",)})
    assert make_plan(read_reply(patch("*** Delete File: g.py\n")), seen).marks == ()


def test_a_new_file_that_runs_code_is_marked_and_one_that_goes_is_not() -> None:
    made = planned({"a.txt": "x\n"}, patch("*** Add File: Makefile\n+all:\n"))
    assert [mark.kind for mark in made.marks] == [MarkKind.RUNS_CODE]
    gone = planned({"Makefile": "all:\n"}, patch("*** Delete File: Makefile\n"))
    assert MarkKind.RUNS_CODE not in [mark.kind for mark in gone.marks]
