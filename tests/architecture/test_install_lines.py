"""No text tells a person to install Dovetail by a bare name: it is on no package index, so whoever claims that name
would be installed.

When it is published, `[tool.dovetail]` in pyproject.toml is the one place to change; then the texts may name it.
"""

from __future__ import annotations

import re
import runpy
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["dovetail"][
    "published"
]
TEXT = {".md", ".py", ".lua", ".txt", ".ts", ".json", ".mjs", ".toml", ".yml", ".yaml", ".el", ".fish", ""}
# `pipx install dovetail-lsp`, `uvx dovetail-lsp`: a name, where a path or a wheel must stand.
BY_NAME = re.compile(
    r"""\b(?:(?:pipx?|pip3|uv|uv tool|uv pip)[ ]+(?:install|run)|uvx)(?:[ ]+-[-\w]+)*"""
    r"""[ ]+["'`]?dovetail(?:-lsp)?(?![-\w./])"""
)
INDEX_PAGE = re.compile(r"pypi\.org/(?:project|p|simple)/dovetail")


def texts() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    files = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in files if path.suffix in TEXT and path.is_file() and path != Path(__file__)]


def named(text: str) -> list[str]:
    return [found.group() for pattern in (BY_NAME, INDEX_PAGE) for found in pattern.finditer(text)]


def test_nothing_is_installed_by_a_bare_name() -> None:
    found = {}
    for path in texts():
        try:
            lines = named(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue
        if lines:
            found[str(path.relative_to(ROOT))] = lines
    assert PUBLISHED or not found, found


def test_the_search_finds_what_it_is_for() -> None:
    for line in (
        "pipx install dovetail-lsp",
        'pip install "dovetail-lsp[local]"',
        "uvx dovetail-lsp",
        "uv tool install dovetail",
    ):
        assert named(line), line
    for line in (
        "pipx install .",
        "pipx install /path/to/dovetail",
        "pipx install dovetail_lsp-0.1.0-py3-none-any.whl",
    ):
        assert not named(line), line


def test_the_page_installs_a_bundle_as_its_own_text_does() -> None:
    """`make release` runs what INSTALL.txt says; the page says the same, so that it works as well."""
    inside = runpy.run_path(str(ROOT / "scripts/make-release"), run_name="release")["INSTALL"]
    commands = [line for line in inside.splitlines() if line.startswith("    ")]
    assert len(commands) == 3
    assert "\n".join(commands) in (ROOT / "docs/releases.md").read_text(encoding="utf-8")
