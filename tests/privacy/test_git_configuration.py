"""What git's configuration says of a repository: the user's ignore file, its addresses; large and endless ones too."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from trees import Held, read_beside, write

from dovetail.privacy import Beside, Exclusions
from dovetail.privacy.ignore.config import entries
from dovetail.privacy.ignore.remotes import remotes

pytestmark = pytest.mark.usefixtures("own_home")


def repository(top: Path, config: str) -> None:
    write(top, {".git/HEAD": "ref: refs/heads/main\n", ".git/config": config, "mine": "secret.py\n"})


NOTES = "".join(f'[branch "b{i}"]\n\tremote = origin\n\tmerge = refs/heads/b{i}\n' for i in range(15_000))


@pytest.mark.parametrize("shape", ["one large file", "many includes", "one file included often", "a chain"])
def test_a_large_configuration_is_read_beside(shape: str, tmp_path: Path) -> None:
    """However it comes to be large; until it is read nothing is let through that the user's own rules may forbid."""
    top = tmp_path / "top"
    head = f"[core]\n\texcludesFile = {(top / 'mine').as_posix()}\n"
    if shape == "one large file":
        repository(top, head + NOTES)
    elif shape == "many includes":
        repository(top, head + "".join(f"[include]\n\tpath = x{i}\n" for i in range(600)))
    elif shape == "one file included often":
        repository(top, head + "[include]\n\tpath = x\n" * 20)
        write(top, {".git/x": NOTES[:100_000]})
    else:
        repository(top, head + "[include]\n\tpath = x0\n")
        write(top, {f".git/x{i}": NOTES[:3_000] + f"\n[include]\n\tpath = x{i + 1}\n" for i in range(12)})
    held = Held()
    load = Beside(thread=held)
    exclusions = Exclusions(top, load=load)
    begun = time.thread_time()
    verdict = exclusions.allows("open.py")
    assert not verdict and "git's configuration" in verdict.reason
    assert not exclusions.allows("secret.py")
    assert time.thread_time() - begun < 0.5
    held.let(load)
    assert exclusions.allows("open.py")
    assert not exclusions.allows("secret.py")


def test_nothing_is_allowed_where_a_configuration_has_no_end(tmp_path: Path) -> None:
    """Nobody knows then which file of the user's says what is ignored, or where the repository is from."""
    repository(tmp_path, "[include]\n\tpath = x\n" * 100)
    write(tmp_path, {".git/x": "[include]\n\tpath = x\n" * 100})
    load = Beside()
    exclusions = Exclusions(tmp_path, load=load)
    exclusions.allows("open.py")
    begun = time.process_time()
    read_beside(load)
    assert time.process_time() - begun < 10
    verdict = exclusions.allows("open.py")
    assert not verdict and "too large to be read" in verdict.reason
    write(tmp_path, {".git/config": "[core]\n"})
    assert exclusions.allows("open.py")


def test_a_repository_of_unknown_addresses_is_excluded_by_address(tmp_path: Path) -> None:
    """A large configuration is no way past a pattern for repositories, for as long as it is being read either."""
    address = '[remote "origin"]\n\turl = git@host.example:secret/app.git\n'
    repository(tmp_path, address + "# a comment\n" * 4_000)
    globs = ("repository:host.example/secret/*",)

    def slow(path: Path, read: Any, meanwhile: Any, *, large: bool = False) -> Any:
        return meanwhile if large else read(path)

    reading = Exclusions(tmp_path, load=slow, extra_globs=globs, ignore_files=False)
    assert "addresses are not known" in reading.allows("open.py").reason
    whole = Exclusions(tmp_path, extra_globs=globs, ignore_files=False)
    assert "that the settings exclude" in whole.allows("open.py").reason


def test_an_included_configuration_is_followed_when_it_changes(tmp_path: Path) -> None:
    repository(tmp_path, "[include]\n\tpath = more\n")
    exclusions = Exclusions(tmp_path)
    assert exclusions.allows("secret.py")  # the file that it includes is not there yet
    write(tmp_path, {".git/more": f"[core]\n\texcludesFile = {(tmp_path / 'mine').as_posix()}\n"})
    assert not exclusions.allows("secret.py")
    write(tmp_path, {".git/more": "[core]\n\texcludesFile =\n"})
    assert exclusions.allows("secret.py")


def test_the_longest_beginning_that_is_rewritten_counts() -> None:
    config = """
[remote "origin"]
url = work:team/app.git
[url "https://git.corp.example/"]
insteadOf = work:
[url "https://git.team.example/"]
insteadOf = work:team/
"""
    assert remotes(entries(config)) == ("work/team/app", "git.team.example/app")
    many = "".join(f'[url "https://h{i}/"]\ninsteadOf = w\ninsteadOf = w{i}\n' for i in range(20_000))
    begun = time.thread_time()
    assert len(remotes(entries(many + '[remote "o"]\nurl = w7:x\n' * 100)) or ()) in (1, 2, 3)
    assert time.thread_time() - begun < 5


def test_an_address_of_a_megabyte_is_not_known_and_takes_no_time() -> None:
    begun = time.thread_time()
    assert remotes(entries(f'[remote "o"]\nurl = https://x/{"a/" * 400_000}\n')) is None
    rewritten = f'[url "https://x/{"a/" * 400_000}"]\ninsteadOf = w:\n[remote "o"]\nurl = w:app\n'
    assert remotes(entries(rewritten)) is None
    assert time.thread_time() - begun < 5


@pytest.mark.parametrize(
    ("text", "values"),
    [
        # A comment ends with its line, whatever stands at its end.
        ("[core]\n# see C:\\\nexcludesfile = ign\n", ["ign"]),
        ("[core]\n; C:\\\nexcludesfile = ign\n", ["ign"]),
        ("[core]\nexcludesfile = a # c\\\nexcludesfile = b\n", ["a", "b"]),
        ('[core]\nexcludesfile = "a # c\\\nd"\n', ["a # cd"]),
        # Pairs of backslashes are backslashes; what is left over goes on with the next line.
        ("[core]\nexcludesfile = a\\\\\nexcludesfile = b\n", ["a\\", "b"]),
        ("[core]\nexcludesfile = a\\\\\\\nb\n", ["a\\b"]),
        ("[core]\nexcludesfile = a\\\nb\n", ["ab"]),
    ],
)
def test_where_a_line_goes_on(tmp_path: Path, text: str, values: list[str]) -> None:
    assert [one.value for one in entries(text) if one.key == "core.excludesfile"] == values
    (tmp_path / "config").write_text(text, encoding="utf-8")
    command = ["git", "config", "--file", str(tmp_path / "config"), "--get-all", "core.excludesfile"]
    if shutil.which("git"):
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert said.splitlines() == values


def test_of_too_many_remotes_nothing_is_known() -> None:
    config = "".join(f'[remote "r{i}"]\nurl = https://h{i}/app\n' for i in range(64))
    assert len(remotes(entries(config)) or ()) == 64
    assert remotes(entries(config + '[remote "last"]\nurl = https://secret.example/app\n')) is None
