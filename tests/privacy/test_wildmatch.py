"""Patterns of ignore files, each against many names, with git itself as the judge; what git says of files is read."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dovetail.privacy import Exclusions
from dovetail.privacy.ignore.config import Entry, entries
from dovetail.privacy.ignore.patterns import (
    EVERYTHING,
    MAX_RULES,
    NO_RULES,
    Rules,
    is_path_pattern,
    read_rules,
    rules_of,
)
from dovetail.privacy.ignore.repository import _offset

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def words(text: str) -> list[str]:
    return text.split()


PATTERNS = words(r"""
a  ab  a?  ?  ??  *  **  *a  a*  *a*  *a*b  a*b*c  *a*b*  a**b  **a  b**
a/b  /a  a/  /a/  a/b/  **/a  **/a/  a/**  a/**/b
a/**/**/b  **/a/**/c  **/x/**  */b  a/*/b  */*  **/*  a/**b  **/**/a
[ab]  [!ab]  [^ab]  [a-c]  [!a-c]x  [a-cx-z]  [c-a]  [a-]  [-a]  []a]  [!]a]  [a]]  [[]  [a  [  [!  [a-
[\]]  [\a-c]  [a-\c]  [a\-c]  [\\]  [a\  a\  \a  a\*b  \*  \?  \[a]  a\\b  \!a  \#a  #a  !a
[[:digit:]]  [[:digit:]]x  [![:digit:]]x  [[:alpha:][:digit:]]  [[:nope:]]
[[:alpha:]-z]  [[:digit:]  [[:upper:]]  [[:space:]]
[[:xdigit:]]x  [[:punct:]]  [[:lower:]]b  [[:alnum:]]*  [[:blank:]]a
[a/b]  a[/]b  [!/]b  x[^/]y  [.-0]b  *.py  *.p?  .*  *.[pq]y
a*a*a*b  *aab  *ba  ?a*  *?b  a*/b  a?/b  x/*  x/**/b  **/y/b  x/y/**
""")
NAMES = [
    *words(
        "a b c ab abc aab ba bb a.py b.pyc .py x 1 1x A Ab xy x.y aaab aaaab acb adb a-c z [ ] - a] [a] # #a !a"
    ),
    *words(
        "a*b * ? a/b b/a a/x a/x/b a/x/y/b x/a x/a/y/c x/y/b x/y a/b/c x/ab y/b x/y/z/b a/a/b ab/b b/b 1/b"
    ),
    *(" a", "a b", "a\\b", "\\", "\\a", "^a"),
]


@needs_git
def test_each_pattern_means_what_it_means_to_git(tmp_path: Path) -> None:
    patterns = [*PATTERNS, "a ", "a\\ ", " a", "a\\  ", "[ ]a", "? ?"]
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for number, pattern in enumerate(patterns):
        (tmp_path / f"d{number}").mkdir()
        (tmp_path / f"d{number}" / ".gitignore").write_text(pattern + "\n", encoding="utf-8")
    paths = [f"d{number}/{name}" for number in range(len(patterns)) for name in NAMES]
    told = subprocess.run(
        ["git", "check-ignore", "--stdin", "-z"],
        cwd=tmp_path, input="\0".join(paths), capture_output=True, text=True,
    ).stdout  # fmt: skip
    ignored = set(told.split("\0"))
    wrong = []
    for number, pattern in enumerate(patterns):
        rules = Rules.of([pattern])
        for name in NAMES:
            parts = name.split("/")
            # What lies in an ignored folder is ignored; the last name stands for a file.
            mine = any(
                rules.ignores(parts[:depth], folder=depth < len(parts)) for depth in range(1, len(parts) + 1)
            )
            if mine is not (f"d{number}/{name}" in ignored):
                wrong.append((pattern, name, mine))
    assert not wrong


@needs_git
def test_of_several_patterns_the_last_that_matches_decides_however_they_are_kept(tmp_path: Path) -> None:
    """Names, paths, endings, patterns with a telling piece and all others are looked up in five ways."""
    kinds = ["name.py", "/in/name.py", "*.py", "na*me.py", "[mn]a*", "na?e.py"]
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    rows = [[f"{first}", f"!{second}"] for first in kinds for second in kinds]
    rows += [
        [f"!{first}", f"{second}", f"!{third}"]
        for first in kinds[:3]
        for second in kinds
        for third in kinds[2:5]
    ]
    rows += [[f"{first}/", f"!{second}"] for first in kinds for second in kinds[:4]]
    names = ["name.py", "in/name.py", "in/other.py", "mash", "nave.py"]
    for number, row in enumerate(rows):
        (tmp_path / f"d{number}").mkdir()
        (tmp_path / f"d{number}" / ".gitignore").write_text("\n".join(row), encoding="utf-8")
    paths = [f"d{number}/{name}" for number in range(len(rows)) for name in names]
    told = subprocess.run(
        ["git", "check-ignore", "--stdin", "-z"],
        cwd=tmp_path, input="\0".join(paths), capture_output=True, text=True,
    ).stdout  # fmt: skip
    exclusions = Exclusions(tmp_path)
    wrong = [path for path in paths if bool(exclusions.allows(path)) is (path in told.split("\0"))]
    assert not wrong


def test_a_rule_file_that_cannot_be_read_ignores_all_and_one_that_is_none_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rules"
    assert read_rules(file) is NO_RULES
    file.mkdir()
    assert read_rules(file) is NO_RULES, "a folder of that name says nothing"
    file.rmdir()
    file.write_bytes(b"#" * (MAX_RULES + 1))
    assert read_rules(file) is EVERYTHING
    file.write_bytes(b"\xef\xbb\xbfa\r\n\r\nb\x0cc\n")
    rules = read_rules(file)
    assert (
        rules.ignores(["a"], False) and rules.ignores(["b\x0cc"], False) and not rules.ignores(["c"], False)
    )
    assert not rules_of(b"# only words\n\n") and rules_of(b"x")


@pytest.mark.parametrize(
    ("pattern", "can"),
    [
        ("a", True),
        ("", True),
        ("!", False),
        ("/", False),
        ("!/", False),
        ("[a", False),
        ("[" + "a" * 300 + "\\", False),
        ("a\\", False),
        ("!a", True),
        ("  ", True),
    ],
)
def test_whether_a_pattern_can_match(pattern: str, can: bool) -> None:
    assert is_path_pattern(pattern) is can


# Git's configuration ----------------------------------------------------------------------------------------------


CONFIGURATIONS = [
    "[core]\n\texcludesFile = ~/x\n",
    "[core] a = 1\n[core \"sub\"] b = 2\n",
    "[a.b]\n c = 1\n",
    "[core]\n x = one \\\n   two\n y = 3\n",
    "[core]\n x = one\\\\\n y = 3\n",
    '[core]\n x = "a # b" ; c\n y = a # b\n z = a;b\n',
    '[core]\n x = "a\\"b" c\n y = a\\tb\\nc\\\\d\n',
    '[a "x \\"y\\" \\\\z"]\n k = v\n',
    "[core]\n flag\n other =\n",
    "[core]\r\n x = 1\r\n",
    "; a comment\n# another\n[core]\n x = 1\n",
    "[one] a = 1\n[two] a = 2\n[one] b = 3\n",
    '[core]\n x = "two  words"   \n y =   two   words   \n',
    "[core]\n x = \"a\\\n b\"\n",
    "[Core]\n ExcludesFile = Q\n",
]  # fmt: skip


@needs_git
@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_a_configuration_is_read_as_git_reads_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config"
    file.write_text(text, encoding="utf-8", newline="")
    told = subprocess.run(
        ["git", "config", "-z", "--file", str(file), "--list"], capture_output=True, text=True, check=True
    ).stdout
    expected = []
    for row in told.split("\0")[:-1]:
        key, _, value = row.partition("\n")
        section, _, name = key.rpartition(".")
        section, _, sub = section.partition(".")
        expected.append(Entry(f"{section}.{name}", sub, value))
    assert list(entries(text)) == expected


# Git's index --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "number", "end"),
    [
        (b"\x00", 0, 1), (b"\x7f", 127, 1), (b"\x80\x00", 128, 2), (b"\x80\x01", 129, 2), (b"\x81\x00", 256, 2),
        (b"\xff\x7f", 16511, 2), (b"\x80\x80\x00", 16512, 3), (b"\x82\x80\x05", 65669 - 16384 + 128, 3),
    ],
)  # fmt: skip
def test_numbers_of_variable_width(data: bytes, number: int, end: int) -> None:
    """Each further byte adds one before it shifts, so that no number has two spellings."""
    value = data[0] & 0x7F
    for byte in data[1:]:
        value = (value + 1) * 128 + (byte & 0x7F)
    assert _offset(data, 0) == (value, end)
    assert _offset(b"\xff" + data, 1) == (value, end + 1)
    if number < 16513:
        assert value == number


@needs_git
@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_long_names_and_many_are_read_from_the_index(tmp_path: Path, version: str) -> None:
    """Version 4 says how many characters of the name before go: beyond 127 that takes two bytes."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    long = "/".join(["folder" * 8] * 4)
    names = [f"{long}/{'n' * 60}{number}.log" for number in range(3)] + [
        "a.log",
        "b/c.log",
        "z" * 200 + ".log",
        "zz.log",
        f"10/{'n' * 60}.log",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("", encoding="utf-8")
    subprocess.run(["git", "update-index", "--index-version", version], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    if version == "3":
        subprocess.run(["git", "update-index", "--skip-worktree", "a.log"], cwd=tmp_path, check=True)
    (tmp_path / ".gitignore").write_text("*.log\n", encoding="utf-8")
    exclusions = Exclusions(tmp_path)
    assert [name for name in names if not exclusions.allows(name)] == []
    assert not exclusions.allows("new.log") and not exclusions.allows("z.log")
    assert not exclusions.allows(f"{'n' * 60}.log"), "the end of a path that is there"
