"""What has changed stands in changelog.d, a file a change; the next release can be made from it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "changelog.d"
CONFIGURED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
KINDS = {kind["directory"]: kind["name"] for kind in CONFIGURED["type"]}
FRAGMENTS = sorted(path for path in FOLDER.iterdir() if path.name not in CONFIGURED["ignore"])


def complaints(name: str, text: str) -> list[str]:
    """What is wrong with a fragment, in words."""
    parts = name.split(".")
    said = []
    if len(parts) != 3 or parts[2] != "md" or parts[1] not in KINDS:
        said.append(f"the name is not NAME.KIND.md with KIND one of {', '.join(KINDS)}")
    if not text.strip() or text.lstrip().startswith(("- ", "* ", "#")):
        said.append("it holds one or two sentences, without a bullet or a heading")
    if len(text) > 600:
        said.append(f"it has {len(text)} characters; 600 are enough for one change")
    if "\n" in text.strip():
        said.append("it is one line")
    return said


@pytest.mark.parametrize("path", FRAGMENTS, ids=lambda path: path.name)
def test_each_fragment_is_well_formed(path: Path) -> None:
    assert not complaints(path.name, path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("gleam.languages.md", "Gleam."),
        ("gleam.md", "Gleam."),
        ("gleam.suggestions.txt", "Gleam."),
        ("gleam.suggestions.md", "- Gleam."),
        ("gleam.suggestions.md", " \n"),
        ("gleam.suggestions.md", "Gleam.\nAnd more.\n"),
        ("gleam.suggestions.md", "Gleam. " * 100),
    ],
)
def test_a_fragment_that_would_be_lost_or_ugly_is_seen(name: str, text: str) -> None:
    assert complaints(name, text)


def test_the_next_release_can_be_made_from_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2030-01-01"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "## 9.9.9 (2030-01-01)"
    for path in FRAGMENTS:
        assert f"- {path.read_text(encoding='utf-8').strip()}" in lines, path.name
    assert len([line for line in lines if line.startswith("- ")]) == len(FRAGMENTS)
