"""What the tests of the command line share: a chat server whose answers are written down, a folder to apply to, a
repository to try edits in."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chat_server import ChatServer
from mining import EXCLUDED, SECRET, git
from until_folder import Folder


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    server = ChatServer([])
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
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


@pytest.fixture
def repository(shop: Path, tmp_path: Path) -> Path:
    """Five commits of a shop, with a key in one file and one file that is excluded."""
    return Path(shutil.copytree(shop, tmp_path / "shop", symlinks=True))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `repository` is a copy of."""
    root = tmp_path_factory.mktemp("repository") / "shop"
    root.mkdir()
    git(root, "init", "-q")
    for number in range(1, 6):
        code = "".join(
            f"def price_{i}(item, amount):\n    total = item.price * amount\n    return round(total, {i})\n\n\n"
            for i in range(number)
        )
        (root / "shop.py").write_text(f'import math\n\nACCESS = "{SECRET}"\n\n\n{code}', encoding="utf-8")
        (root / ".env").write_text(f"SHOP_TOKEN={EXCLUDED}\n", encoding="utf-8")
        (root / "dovetail.toml").write_text('[completion]\nexclude = ["private/"]\n', encoding="utf-8")
        (root / "private").mkdir(exist_ok=True)
        (root / "private" / "plan.py").write_text(
            f"{EXCLUDED} = {number}\nsecond_line = {EXCLUDED}\n", encoding="utf-8"
        )
        git(root, "add", "-A", "-f")
        git(root, "commit", "-q", "-m", f"step {number}")
    return root
