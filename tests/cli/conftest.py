"""What the tests of the command line share: a chat server whose answers are written down, a folder to apply to."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat_server import ChatServer


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
