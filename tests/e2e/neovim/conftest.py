from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from harness import Editor, Script, each_version, neovim


@pytest.fixture(params=each_version(), scope="session")
def program(request: pytest.FixtureRequest) -> Path:
    """Each Neovim in turn."""
    return neovim(request.param)


@pytest.fixture
def editor(program: Path, tmp_path: Path) -> Iterator[Editor]:
    home = tmp_path / "home"
    home.mkdir()
    child = Editor(program, home)
    yield child
    child.close()


@pytest.fixture
def script() -> Iterator[Script]:
    server = Script()
    yield server
    server.close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    return folder


@pytest.fixture
def start(editor: Editor, script: Script, project: Path) -> Callable[..., Editor]:
    """Set the plugin up on a file with this text, attached, cursor at its end, in normal mode."""

    def begin(text: str = "", name: str = "main.py", **options: Any) -> Editor:
        path = project / name
        path.write_bytes(text.encode())
        debounce = options.pop("debounce", 0)
        editor.lua("require('dovetail').setup(...)", {"cmd": script.command, "debounce": debounce} | options)
        editor.edit(path)
        script.expect("textDocument/didOpen")
        editor.wait("require('dovetail.client').get(0) ~= nil and true")
        editor.nvim.command("normal! G$")
        return editor

    return begin
