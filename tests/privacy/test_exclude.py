"""Files and keys that must never reach a prompt or the built-in model."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.privacy import Exclusions, find_secrets, redact


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "name",
    [
        *(
            ".env",
            ".env.local",
            "a/.env.production",
            "prod.env",
            "my-service-account-key.json",
            "x/server.pem",
            "id_rsa",
            "ID_RSA",
            "b/id_ed25519",
        ),
        *(".ssh/known", ".aws/config", "deploy.key", ".npmrc", "terraform.tfvars", "credentials.json"),
    ],
)
def test_secret_files_are_refused_by_name(tmp_path: Path, name: str) -> None:
    verdict = Exclusions(tmp_path).allows(name)
    assert not verdict
    assert "secret" in verdict.reason


@pytest.mark.parametrize(
    "name", ["app.py", "environment.py", ".env.example", "keys.py", "id_rsa.pub", "a/b.ts"]
)
def test_ordinary_files_are_allowed(tmp_path: Path, name: str) -> None:
    assert Exclusions(tmp_path).allows(name)


def test_rules_agree_with_git(tmp_path: Path) -> None:
    """Nested ignore files, negation, anchoring and ignored parents: as `git check-ignore` has them."""
    write(
        tmp_path,
        {
            ".gitignore": "*.log\n!keep.log\n/build/\ndocs/*.html\n**/gen/**\nsecret dir/\n\\#odd\n",
            "pkg/.gitignore": "!special.log\nlocal.py\n/only_here.py\n",
            "build/.gitignore": "!x.py\n",
            "x": "",
        },
    )
    try:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    except FileNotFoundError:
        if os.environ.get("CI"):
            raise
        pytest.skip("git is not installed")
    (tmp_path / ".git/info/exclude").write_text("mine.txt\n", encoding="utf-8")
    names = [
        *("a.log", "keep.log", "pkg/special.log", "pkg/a.log", "build/x.py", "pkg/build/x.py", "docs/a.html"),
        *("docs/b/a.html", "gen/a.py", "x/gen/b/c.py", "secret dir/a.py", "#odd", "pkg/local.py", "local.py"),
        *(
            "pkg/sub/local.py",
            "pkg/only_here.py",
            "pkg/sub/only_here.py",
            "mine.txt",
            "pkg/mine.txt",
            "main.py",
        ),
    ]
    exclusions = Exclusions(tmp_path)
    for name in names:
        ignored = (
            subprocess.run(["git", "check-ignore", "-q", "--no-index", name], cwd=tmp_path).returncode == 0
        )
        assert bool(exclusions.allows(name)) != ignored, name


def test_ignore_files_above_the_folder_count(tmp_path: Path) -> None:
    """A workspace folder inside a repository obeys the repository's rules."""
    write(tmp_path, {".gitignore": "app/dist/\n", ".git/HEAD": "", "app/dist/a.js": "", "app/a.js": ""})
    exclusions = Exclusions(tmp_path / "app")
    assert not exclusions.allows("dist/a.js")
    assert exclusions.allows("a.js")


def test_a_changed_ignore_file_is_read_again(tmp_path: Path) -> None:
    exclusions = Exclusions(tmp_path)
    assert exclusions.allows("a.py")
    write(tmp_path, {".gitignore": "a.py\n"})
    assert not exclusions.allows("a.py")


def test_settings_exclude_beyond_the_ignore_files(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "!private/\n"})
    verdict = Exclusions(tmp_path, ("private/", "*.sql")).allows("private/a.py")
    assert not verdict
    assert verdict.reason == "excluded by the settings"


@pytest.mark.skipif(os.name == "nt", reason="making links needs a privilege on Windows")
def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    write(tmp_path, {"inside/a.py": "", "inside/.env": "K=1", "outside.py": ""})
    (inside / "link.py").symlink_to(tmp_path / "outside.py")
    (inside / "plain.txt").symlink_to(inside / ".env")
    exclusions = Exclusions(inside)
    assert not exclusions.allows("link.py")
    assert not exclusions.allows("../outside.py")
    assert not exclusions.allows("plain.txt"), "an innocent name for a secret file"
    assert exclusions.allows("a.py")


def fake(prefix: str, length: int) -> str:
    """A key-shaped text, made here so that no scanner takes this file for a leak."""
    return prefix + ("aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY" * 4)[:length]


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "ABCD1234EFGH5678",
        fake("ghp_", 36),
        fake("github_pat_", 40),
        fake("sk-proj-", 40),
        fake("sk-ant-", 40),
        fake("AIza", 35),
        fake("xoxb-", 30),
        fake("hf_", 34),
        "eyJ" + fake("", 20) + ".eyJ" + fake("", 20) + "." + fake("", 20),
        "-----BEGIN RSA " + "PRIVATE KEY-----\nabc\ndef\n-----END RSA " + "PRIVATE KEY-----",
    ],
)
def test_known_shapes_are_redacted_in_place(secret: str) -> None:
    text = f"before = 1\nkey = {secret}\nafter = 2\n"
    clean = redact(text)
    assert secret not in clean
    assert len(clean) == len(text)
    assert clean.count("\n") == text.count("\n")
    assert clean.startswith("before = 1\nkey = ")
    assert clean.endswith("\nafter = 2\n")


def test_assigned_values_count_only_where_they_look_random() -> None:
    assert find_secrets(f'API_KEY = "{fake("", 32)}"')
    assert find_secrets(f"client_secret: '{fake('', 24)}'")
    assert not find_secrets('token = "the-name-of-the-token"')
    assert not find_secrets("password = get_password(user_id)")
    assert find_secrets("postgres://me:hunter2secret@db/x")[0].kind == "password in a URL"


@given(st.text())
def test_redaction_never_moves_a_position(text: str) -> None:
    clean = redact(text)
    assert len(clean) == len(text)
    assert all(a == b or b == "*" for a, b in zip(text, clean, strict=True))


@pytest.mark.parametrize(
    ("glob", "out", "kept"),
    [
        ("*.{gen,min}.js", ["a/b.gen.js", "c.min.js"], ["a.js", "gen.js"]),
        ("./notes", ["notes/a.md"], ["a.md"]),
        ("{a,b}/{c,d}.py", ["a/c.py", "b/d.py"], ["a/e.py", "c/a.py"]),
        ("x{1}.py", ["x{1}.py"], ["x1.py"]),
    ],
)
def test_patterns_of_the_settings_as_editors_write_them(
    tmp_path: Path, glob: str, out: list[str], kept: list[str]
) -> None:
    rules = Exclusions(tmp_path, extra_globs=(glob,))
    for name in out:
        assert not rules.allows(name), name
    for name in kept:
        assert rules.allows(name), name
