"""A workspace that the built-in model learns."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fim.builtin.learnt import write


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    write(
        root,
        {
            "app/main.py": "def start(server):\n    server.listen(8080)\n",
            "app/other.py": "def stop(server):\n    server.close()\n",
            "lib/tool.go": "package lib\n\nfunc Tool() int {\n\treturn 1\n}\n",
        },
    )
    return root
