"""Ignored files, with git itself as the judge; and rules that are meant to hang or to fill the memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trees import Held, write

from dovetail.privacy import Beside, Exclusions
from dovetail.privacy.ignore.patterns import Rules
from dovetail.privacy.ignore.wildmatch import BadPattern, matches, segments_of

needs_git = pytest.mark.skipif(
    shutil.which("git") is None and not os.environ.get("CI"), reason="git is not installed"
)
pytestmark = pytest.mark.usefixtures("own_home")


def git(folder: Path, *words: str, **rest: object) -> str:
    identity = ("-c", "user.name=x", "-c", "user.email=x@x.test", "-c", "protocol.file.allow=always")
    done = subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True, **rest
    )  # type: ignore[call-overload]
    return str(done.stdout)


def ignored_by_git(folder: Path, names: list[str]) -> set[str]:
    told = subprocess.run(
        ["git", "check-ignore", "--stdin", "-z"],
        cwd=folder,
        input="\0".join(names),
        capture_output=True,
        text=True,
    )
    return {name for name in told.stdout.split("\0") if name}


NAMES = st.sampled_from(
    ["a", "b", "ab", "a.py", "b.log", "src", "x y", "A", "aab", "[a]", "gen", "é", "é.py", "世"]
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
PIECES = st.sampled_from(
    [
        "*",
        "**",
        "?",
        "é",
        "a",
        "b",
        "/",
        "/",
        ".py",
        ".log",
        "src",
        "gen",
        "[ab]",
        "[!a]",
        "[a-c]",
        "[[:alpha:]]",
        "\\*",
        " ",
        "!",
        "#",
    ]
)
PATTERNS = st.tuples(
    st.sampled_from(["", "", "", "!", "/", "**/"]),
    st.lists(PIECES, min_size=1, max_size=5).map("".join),
    st.sampled_from(["", "", "/"]),
).map("".join)


@needs_git
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(PATTERNS, max_size=4),
    st.lists(PATTERNS, max_size=2),
    st.lists(PATTERNS, max_size=2),
    st.lists(PATHS, min_size=1, max_size=8),
)
def test_rules_are_gits_rules(
    tmp_path_factory: pytest.TempPathFactory,
    top: list[str],
    inner: list[str],
    own: list[str],
    paths: list[str],
) -> None:
    root = tmp_path_factory.mktemp("repo")
    git(root, "init", "-q")
    write(
        root,
        {
            ".gitignore": "\n".join(top),
            "src/.gitignore": "\n".join(inner),
            ".git/info/exclude": "\n".join(own),
        },
    )
    exclusions = Exclusions(root)
    expected = ignored_by_git(root, paths)
    for path in paths:
        allowed = bool(exclusions.allows(path, folder=(root / path).is_dir()))
        assert allowed is (path not in expected), (path, top, inner, own)


@needs_git
@pytest.mark.parametrize("version", ["2", "4"])
def test_what_is_tracked_is_not_ignored(tmp_path: Path, version: str) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, {"kept.log": "", "out/kept.py": "", "out/kept.pyc": "", "x.log": ""})
    git(tmp_path, "update-index", "--index-version", version)
    git(tmp_path, "add", "-A", ".")
    git(tmp_path, "rm", "-q", "--cached", "x.log")
    write(tmp_path, {".gitignore": "*.log\nout/\n"})
    exclusions = Exclusions(tmp_path)
    assert exclusions.allows("kept.log") and exclusions.allows("out/kept.py")
    assert (
        not exclusions.allows("x.log")
        and not exclusions.allows("out/new.py")
        and not exclusions.allows("t.log")
    )
    assert not exclusions.allows("ept.log"), "the end of a tracked path is another path"
    git(tmp_path, "rm", "-q", "--cached", "kept.log")
    assert not exclusions.allows("kept.log"), "it is tracked no longer"


@needs_git
def test_a_split_index_is_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, {"kept.log": "", "b.log": ""})
    git(tmp_path, "add", "kept.log")
    git(tmp_path, "update-index", "--split-index")
    write(tmp_path, {".gitignore": "*.log\n"})
    assert Exclusions(tmp_path).allows("kept.log")
    assert not Exclusions(tmp_path).allows("b.log")


@needs_git
def test_worktrees_and_submodules_share_the_rules(tmp_path: Path) -> None:
    main, tree, outer = tmp_path / "main", tmp_path / "tree", tmp_path / "outer"
    main.mkdir()
    git(main, "init", "-q")
    write(main, {"a.py": ""})
    git(main, "add", "."), git(main, "commit", "-qm", "x")
    git(main, "worktree", "add", "-q", str(tree))
    write(main, {".git/info/exclude": "private/\n"})
    assert not Exclusions(tree).allows("private/x.py")
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "-q", "add", str(main), "sub")
    write(outer, {".git/modules/sub/info/exclude": "mine.py\n", ".gitignore": "deep/\n"})
    exclusions = Exclusions(outer)
    assert not exclusions.allows("sub/mine.py")
    assert exclusions.allows("sub/deep/x.py"), (
        "the rules of the repository around it do not reach into a submodule"
    )


@needs_git
@pytest.mark.parametrize("where", ["default", "xdg", "global", "local", "include", "includeIf", "empty"])
def test_the_users_own_ignore_file(
    tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "init", "-q")
    named = own_home / "my ignores"
    named.write_text("*.secretish\n", encoding="utf-8")
    setting = '[core]\n\texcludesFile = "~/my ignores" ; mine\n'
    if where == "default":
        write(own_home, {".config/git/ignore": "*.secretish\n"})
    elif where == "xdg":
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
        write(tmp_path, {"xdg/git/ignore": "*.secretish\n"})
    elif where == "global":
        write(own_home, {".gitconfig": setting})
    elif where == "local":
        git(repo, "config", "core.excludesFile", str(named))
    elif where == "include":
        write(own_home, {".gitconfig": "[include]\n path = more\n", "more": setting})
    elif where == "includeIf":
        write(own_home, {".gitconfig": f'[includeIf "gitdir:{tmp_path}/"]\n path = more\n', "more": setting})
    else:
        write(own_home, {".config/git/ignore": "*.secretish\n", ".gitconfig": "[core]\n excludesfile =\n"})
    verdict = Exclusions(repo).allows("a.secretish")
    assert ("a.secretish" in ignored_by_git(repo, ["a.secretish"])) is not bool(verdict)
    assert bool(verdict) is (where == "empty")


@needs_git
def test_a_repository_inside_has_rules_of_its_own(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    inner = tmp_path / "src" / "tool"
    inner.mkdir(parents=True)
    git(inner, "init", "-q")
    write(tmp_path, {".gitignore": "/src/\n*.tmp\n", "src/tool/.gitignore": "own.py\n"})
    exclusions = Exclusions(tmp_path)
    assert exclusions.allows("src/tool/a.py") and exclusions.allows("src/tool/a.tmp")
    assert not exclusions.allows("src/tool/own.py") and not exclusions.allows("src/other.py")


def test_rules_that_change_are_read_again(tmp_path: Path, own_home: Path) -> None:
    write(tmp_path, {".git/HEAD": "", ".git/info/exclude": "", "d/a.py": ""})
    exclusions = Exclusions(tmp_path)
    assert exclusions.allows("d/a.py")
    write(tmp_path, {".git/info/exclude": "d/\n"})
    assert not exclusions.allows("d/a.py")
    write(tmp_path, {".git/info/exclude": "#\n"})
    assert exclusions.allows("d/a.py")
    write(own_home, {".config/git/ignore": "d\n"})
    assert not exclusions.allows("d/a.py")
    write(own_home, {".config/git/ignore": "nothing\n"})
    write(tmp_path, {"d/.gitignore": "*.py\n"})
    assert not exclusions.allows("d/a.py")
    (tmp_path / "d" / ".gitignore").unlink()
    assert exclusions.allows("d/a.py")


def test_bytes_of_ignore_files(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_bytes(
        b"\xef\xbb\xbfsecret/\r\nother/\r\nform\x0cfeed.py\r\nb\\ \r\nkeep \n"
    )
    exclusions = Exclusions(tmp_path)
    for path in ("secret/a.py", "other/a.py", "form\x0cfeed.py", "b ", "keep"):
        assert not exclusions.allows(path), path
    assert exclusions.allows("feed.py")


# What is meant to hang ------------------------------------------------------------------------------------------


def quick(work: object, seconds: float = 5.0) -> None:
    """Generous: what these tests are about takes minutes, or for ever."""
    started = time.process_time()
    work()  # type: ignore[operator]
    assert time.process_time() - started < seconds


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*a" * 30 + "b", "a" * 200),
        ("/".join(["**", "a"] * 30) + "/b", "/".join("a" * 120)),
        ("*" * 60 + "b", "a" * 250),
        ("[a-z]*" * 30 + "0", "a" * 250),
        ("?*" * 40 + "b", "a" * 250),
        ("**/*a*a*a*a*a*a*a*a*a*b/**/x", "/".join(["a" * 40] * 40)),
    ],
)
def test_a_pattern_cannot_hang(tmp_path: Path, pattern: str, name: str) -> None:
    rules = Rules.of([pattern])
    quick(lambda: [rules.ignores(name.split("/"), False) for _ in range(20)])


def test_very_many_patterns_cost_little(tmp_path: Path) -> None:
    lines = [f"dir{n}/*.x{n}\nname{n}\n*.end{n}\n/a/b{n}/c\ntmp*{n}" for n in range(12_000)]
    write(tmp_path, {".gitignore": "\n".join(lines)})
    exclusions = Exclusions(tmp_path)
    quick(lambda: exclusions.allows("a.py"), 20)
    quick(lambda: [exclusions.allows(f"src/file{n}.py") for n in range(200)], 10)
    assert (
        not exclusions.allows("dir11999/a.x11999")
        and not exclusions.allows("q/name7")
        and not exclusions.allows("z.end9")
    )
    assert not exclusions.allows("a/b77/c") and not exclusions.allows("tmp_5")


def test_folders_may_be_nested_deeply(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 400)
    (tmp_path / ".gitignore").write_text("*.log\n", encoding="utf-8")
    exclusions = Exclusions(tmp_path)
    quick(lambda: [exclusions.allows(f"{deep}/{n}.py") for n in range(20)], 10)
    assert not exclusions.allows(f"{deep}/a.log")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_an_ignore_file_may_be_a_pipe_or_a_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / ".gitignore")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / ".gitignore").symlink_to("/dev/zero")
    quick(lambda: Exclusions(tmp_path).allows("d/a.py"))
    with (tmp_path / "big").open("wb") as file:
        file.truncate(1 << 34)
    (tmp_path / "e").mkdir()
    (tmp_path / "e" / ".gitignore").symlink_to(tmp_path / "big")
    assert not Exclusions(tmp_path).allows("e/a.py"), "rules that nobody can read ignore all"


@given(st.text(alphabet="*?[]!^-\\ab/:", max_size=20), st.text(alphabet="ab/-]", min_size=1, max_size=12))
def test_no_pattern_raises(pattern: str, path: str) -> None:
    try:
        segments = segments_of(pattern)
    except BadPattern:
        return
    assert matches(segments, path.split("/")) in (True, False)
    Rules.of([pattern]).ignores([part for part in path.split("/") if part] or ["a"], False)


HARD = {
    "many of them": ["*a*b*c"] * 60_000,
    "one long one": ["*a" * 100_000 + "b"],
    "stars and single characters": ["*a?" * 20_000],
    "folders": ["**/a/" * 2_000 + "b"],
    "brackets, each of which must be read": [f"src/[a-c]x{i % 10}*" for i in range(60_000)],
}


@pytest.mark.parametrize("lines", HARD.values(), ids=HARD)
def test_a_path_is_judged_in_few_steps_whatever_the_patterns(lines: list[str]) -> None:
    """What cannot be told in time is ignored, so that nobody reads it."""
    rules = Rules.of(lines)
    begun = time.thread_time()
    for names in (["a" * 250], ["src", "ax"], ["a"] * 400, ["src", "b.py"]):
        rules.ignores(names, False)
    assert time.thread_time() - begun < 2.0  # minutes, with no bound


def test_large_rule_files_are_read_beside_the_one_who_asks(tmp_path: Path) -> None:
    """Until they are, nothing is allowed that they may speak of; then they hold."""
    filler = "".join(f"no/such/folder/{i}/*.py\n" for i in range(5_000))
    write(tmp_path, {".gitignore": filler + "secret.py\n", "a/.gitignore": "small.py\n"})
    held = Held()
    load = Beside(thread=held)
    exclusions = Exclusions(tmp_path, load=load)
    verdict = exclusions.allows("a/open.py")
    assert not verdict and verdict.reason == ".gitignore is being read"
    held.let(load)
    assert exclusions.allows("a/open.py")
    assert not exclusions.allows("secret.py")
    assert not exclusions.allows("a/small.py")
    held.hold()
    # It changes: the old rules hold no longer, and nothing is let through meanwhile.
    write(tmp_path, {".gitignore": filler + "open.py\n"})
    assert not exclusions.allows("secret.py")
    held.let(load)
    assert exclusions.allows("secret.py")
    assert exclusions.allows("a/open.py").reason == "ignored by .gitignore"


def test_rule_files_of_common_size_are_read_at_once(tmp_path: Path) -> None:
    filler = "".join(f"no/such/folder/{i}/*.py\n" for i in range(800))
    write(tmp_path, {".gitignore": filler + "secret.py\n"})
    assert (tmp_path / ".gitignore").stat().st_size > 16 * 1024
    exclusions = Exclusions(tmp_path, load=Beside())
    assert exclusions.allows("open.py")
    assert exclusions.allows("secret.py").reason == "ignored by .gitignore"


@needs_git
def test_a_large_index_is_read_beside_too(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", ".")
    names = [f"some/longer/folder/name/file_{i}.py" for i in range(600)]
    write(tmp_path, {**dict.fromkeys(names, "x\n"), "kept.log": "x\n"})
    git(tmp_path, "add", "-A")
    write(tmp_path, {".gitignore": "*.log\n"})
    assert (tmp_path / ".git" / "index").stat().st_size > 32 * 1024
    held = Held()
    load = Beside(thread=held)
    exclusions = Exclusions(tmp_path, load=load)
    assert not exclusions.allows("kept.log")
    held.let(load)
    assert exclusions.allows("kept.log"), "what is tracked is not ignored"
    assert not exclusions.allows("other.log")
