"""What stands around a repository: variables of the environment, conditions, odd `.git` files, work trees and
submodules of all kinds. git is the judge wherever it will judge; nothing that it ignores may be read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from test_ignore import git, ignored_by_git, needs_git
from trees import write

from dovetail.privacy import Exclusions

pytestmark = [pytest.mark.usefixtures("own_home"), needs_git]
NAMES = ["secret.py", "Secret.py", "d/secret.py", "open.py"]
PROGRAMS = """
core.fsmonitor core.sshCommand core.pager core.editor core.alternateRefsCommand core.gitProxy diff.external
filter.x.clean filter.x.smudge filter.x.process diff.x.textconv merge.x.driver credential.helper gpg.program
alias.check-ignore alias.status
"""
MORE = "[core]\n\texcludesFile = ~/rules\n"


@pytest.fixture
def home(own_home: Path) -> Path:
    write(own_home, {"rules": "secret.py\n", "more": MORE})
    return own_home


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


def same_as_git(folder: Path, names: list[str] = NAMES) -> set[str]:
    """What is not read, which is what git ignores."""
    exclusions = Exclusions(folder)
    refused = {name for name in names if not exclusions.allows(name)}
    assert refused == ignored_by_git(folder, names)
    return refused


IN_ENVIRONMENT = {
    "count": {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "user.name",
        "GIT_CONFIG_VALUE_0": "x",
        "GIT_CONFIG_KEY_1": "core.excludesFile",
        "GIT_CONFIG_VALUE_1": "HOME/rules",
    },
    "an include": {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "include.path",
        "GIT_CONFIG_VALUE_0": "HOME/more",
    },
    "git -c": {"GIT_CONFIG_PARAMETERS": "'user.name'='a b' 'core.excludesfile'='HOME/rules'"},
    "git -c, older": {"GIT_CONFIG_PARAMETERS": "'core.excludesfile=HOME/rules'"},
}


@pytest.mark.parametrize("way", IN_ENVIRONMENT)
def test_settings_of_the_environment_hold(
    way: str, repo: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert same_as_git(repo) == set()
    for name, value in IN_ENVIRONMENT[way].items():
        monkeypatch.setenv(name, value.replace("HOME", str(home)))
    assert same_as_git(repo) == {"secret.py", "d/secret.py"}


@pytest.mark.parametrize(
    "variables",
    [
        {"GIT_CONFIG_COUNT": "9" * 30},
        {"GIT_CONFIG_COUNT": "-1"},
        {"GIT_CONFIG_COUNT": "3"},
        {"GIT_CONFIG_PARAMETERS": "'"},
        {"GIT_CONFIG_PARAMETERS": "x=" * 10_000},
    ],
)
def test_an_environment_that_makes_no_sense_says_nothing(
    variables: dict[str, str], repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo, {".gitignore": "secret.py\n"})
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    exclusions = Exclusions(repo)
    assert exclusions.allows("open.py") and not exclusions.allows("secret.py")


CONDITIONS = [
    ("onbranch:main", True),
    ("onbranch:feat/", False),
    ("onbranch:ma*", True),
    ("onbranch:**/main", True),
    ("hasconfig:remote.*.url:https://corp.example/**", True),
    ("hasconfig:remote.*.url:https://*.example/a/*", True),
    ("hasconfig:remote.*.url:https://corp.example/", False),
    ("hasconfig:remote.*.url:git@**", False),
    ("hasconfig:remote.origin.url:https://corp.example/**", False),
    ("nonsense:main", False),
]


@pytest.mark.parametrize(("condition", "holds"), CONDITIONS)
def test_conditions_are_gits(condition: str, holds: bool, repo: Path, home: Path) -> None:
    write(home, {".gitconfig": f'[includeIf "{condition}"]\n\tpath = more\n'})
    git(repo, "remote", "add", "o", "https://corp.example/a/b.git")
    assert (same_as_git(repo) == {"secret.py", "d/secret.py"}) is holds


def test_another_branch_brings_other_rules(repo: Path, home: Path) -> None:
    write(home, {".gitconfig": '[includeIf "onbranch:feat/"]\n\tpath = more\n'})
    exclusions = Exclusions(repo)
    assert exclusions.allows("secret.py")
    git(repo, "checkout", "-q", "-b", "feat/x")
    assert not exclusions.allows("secret.py")
    git(repo, "checkout", "-q", "-b", "other")
    assert exclusions.allows("secret.py")


@pytest.mark.parametrize("where", [".gitignore", ".git/info/exclude", "HOME"])
def test_case_counts_for_nothing_where_the_repository_says_so(where: str, repo: Path, home: Path) -> None:
    if where == "HOME":
        write(home, {".config/git/ignore": "SECRET.py\n"})
    else:
        write(repo, {where: "SECRET.py\n"})
    git(repo, "config", "core.ignoreCase", "false")
    exclusions = Exclusions(repo)
    if os.name == "posix" and os.uname().sysname == "Linux":
        assert exclusions.allows("secret.py")
    git(repo, "config", "core.ignoreCase", "true")
    assert not exclusions.allows("secret.py"), "it is followed when it changes"
    assert same_as_git(repo) == {"secret.py", "Secret.py", "d/secret.py"}


@pytest.mark.parametrize("way", ["both named", "the tree in its configuration"])
def test_a_repository_that_the_environment_names(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How people keep the files of their home, most of which are none of the repository's."""
    bare, tree = tmp_path / "files.git", tmp_path / "tree"
    tree.mkdir()
    git(tmp_path, "init", "-q", "--bare", str(bare))
    write(bare, {"info/exclude": "secret.py\n"})
    monkeypatch.setenv("GIT_DIR", str(bare))
    if way == "both named":
        monkeypatch.setenv("GIT_WORK_TREE", str(tree))
    else:
        write(bare, {"config": f"[core]\n\tworktree = {tree.as_posix()}\n"})
    assert same_as_git(tree) == {"secret.py", "d/secret.py"}
    other = tmp_path / "other"
    write(other, {".gitignore": "open.py\n"})
    exclusions = Exclusions(other)  # none of the named repository's
    assert exclusions.allows("secret.py") and not exclusions.allows("open.py")


def test_a_repository_that_is_there_goes_before_one_of_the_environment(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(repo, {".git/info/exclude": "secret.py\n"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(repo))
    assert not Exclusions(repo).allows("secret.py")


MARKERS: dict[str, bytes] = {
    "CR LF": b"gitdir: %s\r\n",
    "empty lines": b"gitdir: %s\n\n\n",
    "no space": b"gitdir:%s\n",
    "a byte order mark": b"\xef\xbb\xbfgitdir: %s\n",
    "ten megabytes": b"gitdir: %s\n" + b"x" * 10_000_000,
    "nowhere": b"gitdir: /nowhere/.git\n",
    "itself": b"gitdir: .git\n",
    "a pipe": b"gitdir: PIPE\n",
    "a device": b"gitdir: /dev/zero\n",
    "nothing": b"",
    "a NUL": b"gitdir: a\0b\n",
}


@pytest.mark.parametrize("marker", MARKERS)
def test_a_git_file_in_any_form_opens_nothing(marker: str, repo: Path, tmp_path: Path) -> None:
    """Whether or not git takes it: the ignore files of the folder count, and nothing waits."""
    write(repo, {".git/info/exclude": "secret.py\n"})
    tree = tmp_path / "tree"
    write(tree, {".gitignore": "open.py\n", "d/.gitignore": "secret.py\n"})
    text = MARKERS[marker]
    if marker == "a pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes with names on this system")
        os.mkfifo(tmp_path / "pipe")
        text = text.replace(b"PIPE", os.fsencode(tmp_path / "pipe"))
    (tree / ".git").write_bytes(text.replace(b"%s", os.fsencode(repo / ".git")))
    exclusions = Exclusions(tree)
    assert not exclusions.allows("open.py") and not exclusions.allows("d/secret.py")
    assert exclusions.allows("d/other.py")
    judged = ignored_by_git(tree, NAMES)  # empty where git refuses the folder as a whole
    assert not [name for name in judged if exclusions.allows(name)]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
@pytest.mark.parametrize("kind", ["pipe", "loop", "dangling", "empty folder"])
def test_what_is_called_git_may_be_anything(kind: str, tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "secret.py\n"})
    marker = tmp_path / ".git"
    make: dict[str, Callable[[], object]] = {
        "pipe": lambda: os.mkfifo(marker),
        "loop": lambda: marker.symlink_to(".git"),
        "dangling": lambda: marker.symlink_to("/nowhere"),
        "empty folder": marker.mkdir,
    }
    make[kind]()
    exclusions = Exclusions(tmp_path)
    assert exclusions.allows("open.py") and not exclusions.allows("secret.py")


def test_a_work_tree_whose_repository_is_gone_keeps_its_rules(repo: Path, tmp_path: Path) -> None:
    write(repo, {".gitignore": "secret.py\n", "a.py": ""})
    git(repo, "add", "."), git(repo, "commit", "-qm", "x")
    tree = tmp_path / "tree"
    git(repo, "worktree", "add", "-q", str(tree))
    assert same_as_git(tree) == {"secret.py", "d/secret.py"}
    exclusions = Exclusions(tree)
    assert not exclusions.allows("secret.py")
    shutil.rmtree(repo)
    assert not exclusions.allows("secret.py") and not Exclusions(tree).allows("d/secret.py")


@pytest.mark.parametrize("absorbed", [True, False])
def test_submodules_whose_git_folder_lies_in_either_place(absorbed: bool, repo: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    write(repo, {"a.py": ""})
    git(repo, "add", "."), git(repo, "commit", "-qm", "x")
    if absorbed:
        git(outer, "submodule", "-q", "add", str(repo), "sub")
    else:
        git(outer, "clone", "-q", str(repo), "sub")
        git(outer, "submodule", "-q", "add", "./sub", "sub")
    place = ".git/modules/sub" if absorbed else "sub/.git"
    write(outer, {f"{place}/info/exclude": "secret.py\n"})
    assert same_as_git(outer / "sub") == {"secret.py", "d/secret.py"}
    assert not Exclusions(outer).allows("sub/secret.py")


@pytest.mark.parametrize("mode", ["--cone", "--no-cone", "--sparse-index"])
def test_a_sparse_checkout_keeps_the_rules(mode: str, repo: Path) -> None:
    names = ["in/a.log", "out/a.log", "out/b/c.log"]
    write(repo, dict.fromkeys(names, ""))
    git(repo, "add", "-A"), git(repo, "commit", "-qm", "x")
    write(repo, {".gitignore": "*.log\n"})
    git(repo, "sparse-checkout", "set", *(["--cone"] if mode == "--sparse-index" else []), mode, "in")
    write(repo, {"out/new.log": "", "out/a.log": "x"})
    exclusions = Exclusions(repo)
    assert exclusions.allows("in/a.log"), "it is tracked"
    for name in ("out/new.log", "in/new.log"):
        assert not exclusions.allows(name) and name in ignored_by_git(repo, [name])


def test_nothing_that_a_repository_names_is_run_by_looking(repo: Path, tmp_path: Path) -> None:
    told = tmp_path / "told"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch '{told}'\n")
    program.chmod(0o755)
    for name in PROGRAMS.split():
        git(repo, "config", name, str(program))
    write(repo, {".gitattributes": "* filter=x diff=x merge=x\n", ".gitignore": "secret.py\n"})
    for hook in (
        "post-checkout",
        "pre-commit",
        "post-index-change",
        "fsmonitor-watchman",
        "reference-transaction",
    ):
        shutil.copy(program, repo / ".git" / "hooks" / hook)
    exclusions = Exclusions(repo)
    assert exclusions.allows("open.py") and not exclusions.allows("secret.py")
    assert not told.exists()
