"""The file of a policy: who can make one, where it is looked for, and what one that cannot be read means."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from policies import MINE, ROOT, THEIRS, gathered, ours, write  # noqa: F401 (a fixture by its name)

from dovetail.server.places import Places
from dovetail.server.settings import _policy, gather


@pytest.mark.parametrize(
    ("managed", "said"),
    [
        ("policy = 1", "must be an object"),
        ("[policy]\nendpoints = 1", "policy.endpoints must be a list"),
        ('[policy]\nendpoints = "https://x"', "policy.endpoints must be a list"),
        ('[policy]\nendpoints = ["corp.example"]', "'corp.example' is no pattern of addresses"),
        ('[policy]\nallowedEndpoints = ["https://x"]', "policy.allowedEndpoints is not a setting"),
        ('[policy]\nminimumVersion = "new"', "is no version"),
        ('[policy]\nexcludeRepositories = ["[a"]', "is no address"),
        ('[policy]\ndeniedEndpoints = ["http://10.5:*"]', "'http://10.5:*' is no pattern of addresses"),
        ("[policy", "managed.toml"),
        ("\x00", "managed.toml"),
    ],
)
def test_a_policy_that_is_not_understood_lets_nothing_leave(managed: str, said: str, tmp_path: Path) -> None:
    """What it was meant to forbid is not known. The rest works: the built-in model, the user's other settings."""
    user = f'completion.maxLines = 3\n[[endpoints]]\nurl = "{MINE}"\n[chat]\nurl = "{MINE}"'
    found = gathered(tmp_path, managed, user=user)
    assert (found.settings.endpoints, found.settings.chat.url) == ((), "")
    assert found.settings.completion.max_lines == 3
    assert any(said in problem.text for problem in found.problems), found.problems
    assert any("Tell your administrator" in problem.text for problem in found.problems)


def test_the_least_version(tmp_path: Path) -> None:
    user = f'endpoints = [{{url = "{MINE}"}}]'
    old = gathered(tmp_path, '[policy]\nminimumVersion = "999"', user=user)
    assert old.settings.endpoints == ()
    assert "Update Dovetail" in old.problems[0].text
    assert gathered(tmp_path, '[policy]\nminimumVersion = "0.0.1"', user=user).settings.endpoints != ()


@pytest.mark.skipif(not ROOT, reason="files of another owner take root to make")
@pytest.mark.parametrize(
    ("mode", "folder", "owner", "closed", "holds"),
    [
        (0o644, 0o755, 0, False, True),
        (0o600, 0o755, 0, False, True),
        (0o664, 0o755, 0, True, False),
        (0o646, 0o755, 0, True, False),
        (0o644, 0o777, 0, True, False),
        (0o644, 0o1777, 0, False, True),
        (0o644, 0o755, 12345, False, False),
    ],
)
def test_only_an_administrator_makes_a_policy(
    mode: int, folder: int, owner: int, closed: bool, holds: bool, tmp_path: Path
) -> None:
    """Somebody's own file is none; one of an administrator's that others can write is a mistake, and closes."""
    user = f'endpoints = [{{url = "{THEIRS}"}}]'
    gathered(tmp_path, "", user)
    managed = write(tmp_path / "site" / "managed.toml", f'[policy]\nendpoints = ["{MINE}"]\nlocked = ["log"]')
    managed.chmod(mode)
    managed.parent.chmod(folder)
    os.chown(managed, owner, 0)
    found = gather(tmp_path / "user", [], managed=managed)
    assert bool(found.policy.closed) is closed
    assert found.policy.locks("log.level") is holds
    assert [one.url for one in found.settings.endpoints] == ([] if closed or holds else [THEIRS])
    assert found.problems and all(str(managed.parent) in problem.text for problem in found.problems)


@pytest.mark.skipif(not ROOT, reason="files of another owner take root to make")
@pytest.mark.parametrize("through", ["a folder", "a second link", "a link to a folder"])
def test_a_link_to_where_others_can_write_is_no_policy(through: str, tmp_path: Path) -> None:
    """Who owns the folder could put another file of root's there, such as an empty one."""
    user = f'endpoints = [{{url = "{THEIRS}"}}]'
    write(tmp_path / "user" / "dovetail.toml", user)
    theirs, site = tmp_path / "theirs", tmp_path / "site"
    allowed = f'[policy]\nendpoints = ["{MINE}"]'
    site.mkdir()
    target = write(tmp_path / "ours" / "managed.toml", allowed)
    theirs.mkdir()
    os.chown(theirs, 12345, 0)
    if through == "a folder":
        (site / "managed.toml").symlink_to(write(theirs / "managed.toml", allowed))
    elif through == "a second link":
        (theirs / "link").symlink_to(target)
        (site / "managed.toml").symlink_to(theirs / "link")
    else:
        (theirs / "folder").symlink_to(target.parent)
        (site / "managed.toml").symlink_to(theirs / "folder" / "managed.toml")
    found = gather(tmp_path / "user", [], managed=site / "managed.toml")
    assert found.settings.endpoints == () and str(theirs) in found.policy.closed
    # Of root's own making from one end to the other it is one.
    (site / "managed.toml").unlink()
    (site / "managed.toml").symlink_to(Path("..") / "ours" / "managed.toml")
    found = gather(tmp_path / "user", [], managed=site / "managed.toml")
    assert not found.policy.closed and found.settings.endpoints == ()


@pytest.mark.skipif(not ROOT, reason="files of another owner take root to make")
def test_a_link_to_nowhere_and_a_round_of_links_let_nothing_leave(tmp_path: Path) -> None:
    managed = tmp_path / "managed.toml"
    for target in (tmp_path / "gone", managed):
        managed.symlink_to(target)
        assert "leads nowhere" in gather(tmp_path, [], managed=managed).policy.closed
        managed.unlink()


def test_a_folder_that_cannot_be_looked_into_lets_nothing_leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it holds a policy is not known. One that is not there has none."""
    assert gather(tmp_path, [], managed=tmp_path / "no" / "managed.toml").policy.closed == ""

    def refuse(path: Any) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(_policy.os, "lstat", refuse)
    assert "folder cannot be read" in gather(tmp_path, [], managed=tmp_path / "managed.toml").policy.closed


@pytest.mark.parametrize("named", [True, False])
def test_a_file_that_a_variable_names_is_bound_by_the_locks(named: bool, tmp_path: Path) -> None:
    """`DOVETAIL_CONFIG` names any file: the user's own, too. The file beside the policy is the administrator's."""
    managed = write(tmp_path / "site" / "managed.toml", '[policy]\nlocked = ["log.level", "endpoints"]')
    text = f'log.level = "debug"\ncompletion.maxLines = 3\nendpoints = [{{url = "{MINE}"}}]'
    machine = write(tmp_path / ("home" if named else "site") / "dovetail.toml", text)
    found = gather(tmp_path / "user", [], machine=machine, managed=managed)
    assert found.settings.completion.max_lines == 3
    assert (found.settings.log.level, len(found.settings.endpoints)) == (
        ("info", 0) if named else ("debug", 1)
    )
    assert [problem.name for problem in found.problems] == (["log.level", "endpoints"] if named else [])


@pytest.mark.skipif(not ROOT, reason="files of another owner take root to make")
def test_a_file_of_somebody_elses_beside_the_policy_is_bound_too(tmp_path: Path) -> None:
    managed = write(tmp_path / "site" / "managed.toml", '[policy]\nlocked = ["log.level"]')
    machine = write(tmp_path / "site" / "dovetail.toml", 'log.level = "debug"')
    os.chown(machine, 12345, 0)
    assert gather(tmp_path / "user", [], machine=machine, managed=managed).settings.log.level == "info"


def test_no_variable_of_the_user_moves_the_policy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = Places.of_user().managed
    for name in ("DOVETAIL_HOME", "DOVETAIL_CONFIG", "XDG_CONFIG_DIRS", "XDG_CONFIG_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    places = Places.of_user()
    assert places.managed == before
    assert (places.config, places.machine) == (tmp_path / "config", tmp_path)
