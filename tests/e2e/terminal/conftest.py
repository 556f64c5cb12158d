from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from screen import CODE, FIT, MISFIT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a file of code, and two answers of a chat: one that fits, one that does not."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    for name, text in {"checks.py": CODE, "fit.md": FIT, "misfit.md": MISFIT}.items():
        (folder / name).write_text(text)
    return folder
