"""Policies of an organisation, as tests write them and gather the settings below them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.settings import Gathered, _policy, gather

ROOT = sys.platform != "win32" and os.getuid() == 0


MINE = "https://models.corp.example/v1"


THEIRS = "https://elsewhere.example/v1"


@pytest.fixture(autouse=True)
def ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only an administrator can make a policy; who runs these tests need not be one."""
    if not ROOT:
        monkeypatch.setattr(_policy, "_of_administrator", lambda path: True)
        monkeypatch.setattr(_policy, "_writable_by_others", lambda path: "")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def gathered(
    tmp_path: Path, managed: str, user: str = "", said: Any = (), workspace: str = "", machine: str = ""
) -> Gathered:
    write(tmp_path / "user" / "dovetail.toml", user)
    write(tmp_path / "work" / "dovetail.toml", workspace)
    return gather(
        tmp_path / "user",
        [tmp_path / "work"],
        said,
        machine=write(tmp_path / "site" / "dovetail.toml", machine),
        managed=write(tmp_path / "site" / "managed.toml", managed),
    )
