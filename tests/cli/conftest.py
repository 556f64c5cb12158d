"""What the tests of the command line share: a chat server whose answers are written down, a folder to apply to, a
repository to try edits in."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat_server import ChatServer
from until_folder import Folder


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    server = ChatServer([])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.py").write_bytes(b"x = 1\ny = 1\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path, chat: ChatServer) -> Iterator[Folder]:
    made = Folder(tmp_path, chat)
    yield made
    trees = made.home / "state" / "worktrees"
    assert not trees.exists() or not list(trees.iterdir())
    assert len(made.git("worktree", "list").splitlines()) == 1
    assert made.git("diff", "--cached", "--name-only") == "", "the index is the user's"
