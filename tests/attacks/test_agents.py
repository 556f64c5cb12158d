"""An agent, or whoever writes in its name, asks for what it may not see and writes where it may not."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dovetail.server.agents.roots import allowed_roots, chosen_root
from dovetail.server.agents.session import AgentSession
from dovetail.server.agents.trouble import AgentError
from dovetail.server.places import Places

KEY = "sk-proj-" + "Ab3" * 14
SETTINGS = f'NAME = "a"\nOPENAI_API_KEY = "{KEY}"\nLEVEL = 1\n\n\ndef twice(n):\n    return n * 2\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = (tmp_path / "root").resolve()
    folder.mkdir()
    (folder / "settings.py").write_text(SETTINGS)
    (folder / ".env").write_text("TOKEN=1\n")
    (folder / ".gitignore").write_text("private/\n")
    (folder / "private").mkdir()
    (folder / "private" / "plan.py").write_text("hush = 1\nother = 2\n")
    (tmp_path / "outside.py").write_text("x = 1\n")
    return folder


@pytest.fixture
def session(tmp_path: Path) -> AgentSession:
    return AgentSession(Places(tmp_path / "c", tmp_path / "h", tmp_path / "s"))


def search(path: str, old: str, new: str) -> str:
    return f"{path}\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def test_a_secret_is_shown_as_stars_and_survives_edits_around_it(root: Path, session: AgentSession) -> None:
    shown = session.show(root, "settings.py")
    assert KEY not in json.dumps(shown) and "***" in shown["text"]
    line = shown["text"].split("\n")[1]
    value = session.edit(root, search("settings.py", f"{line}\nLEVEL = 1", f"{line}\nLEVEL = 2"), write=True)
    assert value["applied"] and KEY not in json.dumps(value)
    assert (root / "settings.py").read_text() == SETTINGS.replace("LEVEL = 1", "LEVEL = 2")
    # Nor is it written over by what was shown for it.
    stars = search("settings.py", "LEVEL = 2", f"LEVEL = 2\nCOPY = {line.split('= ')[1]}")
    value = session.edit(root, stars, write=True)
    assert not value["applied"] and KEY not in json.dumps(value)


def test_no_part_of_a_result_holds_a_secret(root: Path, session: AgentSession) -> None:
    """A refusal quotes the file, a diff has lines around it, a deletion holds all of it."""
    for edit in (
        search("settings.py", 'NAME = "b"\nOPENAI_API_KEY = "?"\nLEVEL = 1', "x"),
        search("settings.py", f'NAME = "a"\nOPENAI_API_KEY = "{KEY}"', 'NAME = "b"'),
        search("settings.py", 'NAME = "a"', 'NAME = "b"'),
        "diff --git a/settings.py b/settings.py\ndeleted file mode 100644\n--- a/settings.py\n+++ /dev/null\n",
        f"settings.py\n```python\n{SETTINGS.replace('LEVEL = 1', 'LEVEL = 3')}```\n",
    ):
        sent = KEY in edit
        value = session.edit(root, edit, write=False)
        assert KEY not in json.dumps(value), (value, sent)


@pytest.mark.parametrize(
    "path", [".env", "private/plan.py", "./private/../private/plan.py", "../outside.py", "/etc/passwd"]
)
def test_what_is_excluded_is_neither_shown_nor_written_nor_quoted(
    root: Path, session: AgentSession, path: str
) -> None:
    with pytest.raises(AgentError):
        session.show(root, path)
    with pytest.raises(AgentError):
        session.text(root, path, "typed")
    for edit in (
        search(path, "hush = 2", "x"),
        search(path, "hush = 1", "x"),
        f"{path}\n```\nall of it\n```\n",
        f"*** Begin Patch\n*** Delete File: {path}\n*** End Patch\n",
    ):
        value = session.edit(root, edit, write=True)
        assert not value["ok"] and not value["applied"], value
        assert "hush = 1\nother" not in json.dumps(value) and "other = 2" not in json.dumps(value)
    assert (root / "private" / "plan.py").read_text() == "hush = 1\nother = 2\n"
    assert (root / ".env").read_text() == "TOKEN=1\n"


def test_what_is_excluded_meanwhile_is_no_base_and_not_shown(root: Path, session: AgentSession) -> None:
    version = session.show(root, "settings.py")["version"]
    (root / ".gitignore").write_text("private/\nsettings.py\n")
    with pytest.raises(AgentError, match="excluded"):
        session.show(root, "settings.py")
    value = session.edit(root, search("settings.py", "LEVEL = 1", "LEVEL = 2"), base=[version], write=True)
    assert not value["ok"] and "excluded" in value["hunks"][0]["reason"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own there")
def test_links_that_lead_out_are_refused(root: Path, session: AgentSession, tmp_path: Path) -> None:
    (root / "out").symlink_to(tmp_path)
    (root / "one.py").symlink_to(tmp_path / "outside.py")
    (root / "in.py").symlink_to(root / "private" / "plan.py")
    for path in ("out/outside.py", "one.py", "in.py"):
        with pytest.raises(AgentError):
            session.show(root, path)
        assert not session.edit(root, search(path, "x = 1", "x = 2"), write=True)["applied"]
    assert (tmp_path / "outside.py").read_text() == "x = 1\n"


def test_files_that_run_code_wait_for_a_person(root: Path, session: AgentSession, tmp_path: Path) -> None:
    edit = "conftest.py\n```python\nimport os\n```\n"
    value = session.edit(root, edit, write=True)
    assert value["ok"] is False and not value["applied"] and "person" in value["error"] and value["marks"]
    assert not (root / "conftest.py").exists()
    allowed = AgentSession(session.places, may_mark=True)
    assert allowed.edit(root, edit, write=True)["applied"]


def test_edits_of_others_are_not_taken_back_unasked(root: Path, session: AgentSession) -> None:
    other = AgentSession(session.places)
    made = other.edit(root, search("settings.py", "LEVEL = 1", "LEVEL = 2"), write=True)
    assert not session.undo(root)["applied"]
    assert not session.undo(root, "1-00000000")["applied"]
    assert session.undo(root, made["edit"])["applied"]
    # Its number is given again: the old name means nothing any more.
    session.edit(root, search("settings.py", "LEVEL = 1", "LEVEL = 3"), write=True)
    assert not other.undo(root, made["edit"])["applied"]


def test_no_folder_is_taken_that_nobody_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for working in (Path(tmp_path.anchor), tmp_path):
        with pytest.raises(AgentError, match="--root"):
            allowed_roots(None, None, working)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    roots = allowed_roots(None, [(tmp_path / "a").as_uri(), "https://x/y", "file:///none/such"], tmp_path)
    assert roots == [(tmp_path / "a").resolve()]
    for wanted in (str(tmp_path / "b"), "..", "../b", str(tmp_path), "a\0b", (tmp_path / "b").as_uri()):
        with pytest.raises(AgentError):
            chosen_root(wanted, roots)
