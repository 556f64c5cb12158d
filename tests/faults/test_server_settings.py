"""Settings that are wrong in ways nobody would write by hand: a sentence, never a server that does not start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.client import ClientOptions, Nobody
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels
from dovetail.server.session.notices import MOST_NOTICES
from dovetail.server.session.session import Session
from dovetail.server.settings import Settings, gather, read, read_toml

NUMBERS = (10**400, 10**5000, -(10**400), float("inf"), float("-inf"), float("nan"), 1e300)


@pytest.mark.parametrize("value", NUMBERS, ids=list("abcdefg"))
@pytest.mark.parametrize("name", ["maxLines", "deadlineMs", "leastConfidence"])
def test_numbers_that_no_setting_is(name: str, value: Any) -> None:
    settings, problems = read({"completion": {name: value}})
    assert settings == Settings()
    (problem,) = problems
    assert problem.text.startswith(f"completion.{name} must be a") and len(problem.text) < 200


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(8 << 30)


def _folder(path: Path) -> None:
    path.mkdir()


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _outside(path: Path) -> None:
    other = path.parents[1] / "other.toml"
    other.write_text("enabled = false", encoding="utf-8")
    path.symlink_to(other)


WRONG = {
    "binary": lambda path: path.write_bytes(b"\0\xff\xfe" * 100),
    "no toml": lambda path: path.write_text("= = ["),
    "deep arrays": lambda path: path.write_text("a = " + "[" * 20_000),
    "deep tables": lambda path: path.write_text("[" + ".".join("a" * 3_000) + "]\nx = 1"),
    "a number without end": lambda path: path.write_text("[completion]\nmaxLines = 1" + "0" * 5_000),
    "pipe": _pipe,
    "sparse": _sparse,
    "folder": _folder,
    "device": _device,
    "outside": _outside,
}


@pytest.mark.timeout(20)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
@pytest.mark.parametrize("kind", WRONG)
def test_a_settings_file_that_is_none(kind: str, tmp_path: Path) -> None:
    """One problem, said in one sentence that names the file; the rest of the settings hold."""
    root = tmp_path / "work"
    root.mkdir()
    WRONG[kind](root / "dovetail.toml")
    found = gather(tmp_path / "config", [root], [{"completion": {"maxLines": 7}}])
    settings, problems = found.settings, found.problems
    assert settings.completion.max_lines == 7 and settings.enabled
    (problem,) = problems
    assert str(root / "dovetail.toml") in problem.text and problem.text.endswith(".")


def test_the_users_own_file_may_be_a_link(tmp_path: Path) -> None:
    """Settings are often kept in a repository of their own."""
    (tmp_path / "dotfiles").write_text("enabled = false", encoding="utf-8")
    (tmp_path / "dovetail.toml").symlink_to(tmp_path / "dotfiles")
    assert read_toml(tmp_path / "dovetail.toml") == ({"enabled": False}, [])


class _Client(Nobody):
    def __init__(self) -> None:
        self.said: list[str] = []

    def show_message(self, text: str, *, error: bool = False) -> None:
        self.said.append(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("count", [1, 3, 4, 3_000])
def test_few_notices_at_the_start(count: int, tmp_path: Path) -> None:
    client = _Client()
    session = Session(client, Places(tmp_path, tmp_path, tmp_path), lambda session: NoModels())
    session.options = ClientOptions()
    session.configure({f"noSuchThing{i}": i for i in range(count)}, at_start=True)
    assert len(client.said) == min(count, MOST_NOTICES)
    assert len(session.status.notes) <= 20
    if count > MOST_NOTICES:
        assert "more problems with settings" in client.said[-1]
    said = list(client.said)
    session.configure()
    assert client.said == said
