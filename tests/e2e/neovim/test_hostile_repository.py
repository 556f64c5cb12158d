"""A cloned repository that holds what Python, a shell or an editor might run when it is opened."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import Editor, Script

NAMES = (
    "argparse.py",
    "json.py",
    "typing.py",
    "encodings.py",
    "sitecustomize.py",
    "usercustomize.py",
    "dovetail/__init__.py",
    "dovetail/cli/__init__.py",
    "typer.py",
    "pygls/__init__.py",
)
PROGRAMS = ("dovetail", "bin/dovetail", ".venv/bin/dovetail", "node_modules/.bin/dovetail", "git", "python")
SETTINGS = """
[[endpoints]]
url = "http://127.0.0.1:9/v1"
keyCommand = ["{told}"]
[chat]
url = "http://127.0.0.1:9/v1"
[local]
path = "m.gguf"
[edits]
untilCommand = "{told}"
[log]
file = "{told}"
"""


@pytest.fixture
def hostile(project: Path, tmp_path: Path) -> Path:
    """A repository full of traps; gives the file that is there once one has been run."""
    told = tmp_path / "told"
    trap = f"open({str(told)!r}, 'a').write(__file__ + '\\n')\n"
    for name in NAMES:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trap)
    for name in PROGRAMS:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_dir():
            path.write_text(f"#!{sys.executable} -IS\n{trap}")
            path.chmod(0o755)
    (project / "dovetail.toml").write_text(SETTINGS.format(told=told))
    (project / ".nvim.lua").write_text(f"io.open({str(told)!r}, 'a'):write('exrc')\n")
    (project / "main.py").write_text("import os\n")
    return told


def test_the_real_server_runs_nothing_of_the_repository(editor: Editor, project: Path, hostile: Path) -> None:
    editor.nvim.command(f"cd {project}")
    editor.lua(
        "require('dovetail').setup(...)",
        {
            "cmd": [sys.executable, "-m", "dovetail.cli", "serve", "--stdio"],
            "env": {"XDG_CACHE_HOME": str(editor.home / "cache")},
        },
    )
    editor.edit(project / "main.py")
    editor.wait("require('dovetail.client').get(0) ~= nil")
    editor.lua(
        """local ask = { command = 'dovetail.status', arguments = { vim.empty_dict() } }
        local client = require('dovetail.client').get(0)
        require('dovetail.client').execute(client, ask, function(status) dovetail_status = status end)"""
    )
    editor.wait("dovetail_status ~= nil")
    assert not hostile.exists(), hostile.read_text()
    assert "127.0.0.1:9" not in str(editor.value("dovetail_status"))


@pytest.mark.skipif(sys.platform == "win32", reason="programs are scripts here")
def test_a_program_of_the_repository_is_not_taken_for_the_server(
    editor: Editor, script: Script, project: Path, hostile: Path, tmp_path: Path
) -> None:
    """However PATH leads to it by a relative folder; what the user put on it as a whole path is taken."""
    own = tmp_path / "own"
    own.mkdir()
    (own / "dovetail").write_text(f"#!/bin/sh\npwd > {tmp_path}/where\nexec {' '.join(script.command)}\n")
    (own / "dovetail").chmod(0o755)
    editor.nvim.command(f"cd {project}")
    for relative in (".", "", "bin", "./node_modules/.bin", ".venv/bin"):
        editor.lua("vim.env.PATH = ...", os.pathsep.join((relative, str(own), os.environ["PATH"])))
        found = editor.value("require('dovetail.program').find()")
        assert found == str(own / "dovetail"), relative
    editor.lua("require('dovetail').setup(...)", {"debounce": 0})
    editor.edit(project / "main.py")
    script.expect("textDocument/didOpen")
    assert not hostile.exists(), hostile.read_text()
    assert Path((tmp_path / "where").read_text().strip()) == editor.home  # not in the repository
    for program in ("./dovetail", "bin/dovetail", "../project/dovetail", ".venv/bin/dovetail"):
        editor.lua("require('dovetail.config').current.cmd = { ..., 'serve', '--stdio' }", program)
        assert editor.value("require('dovetail.program').find()") is None, program


def test_a_workspace_that_is_not_trusted_has_a_server_of_its_own(
    editor: Editor, script: Script, project: Path, tmp_path: Path
) -> None:
    other = tmp_path / "own work"
    (other / ".git").mkdir(parents=True)
    for folder in (project, other):
        (folder / "main.py").write_text("x = 1\n")
    editor.lua(
        """local command = ...
        require('dovetail').setup({ cmd = command, trusted = function(root)
          if root:find('broken') then error('no') end
          return root:find('own work') ~= nil
        end })""",
        script.command,
    )
    for count, (path, trusted) in enumerate(((project, False), (other, True)), start=1):
        editor.edit(path / "main.py")
        options = script.expect("initialize", count)["params"]["initializationOptions"]
        assert options["client"]["trusted"] is trusted
        script.expect("textDocument/didOpen", count)
    third = tmp_path / "broken"  # the function fails there: not trusted, and served with the first
    (third / ".git").mkdir(parents=True)
    (third / "main.py").write_text("x = 1\n")
    editor.edit(third / "main.py")
    script.expect("textDocument/didOpen", 3)
    assert len(script.all("initialize")) == 2


@pytest.mark.parametrize("value", ["yes", 1, {}])
def test_who_writes_nonsense_is_told(start: Callable[..., Editor], value: object) -> None:
    editor = start("x", trusted=value)
    assert 'Option "trusted" must be' in editor.messages
