"""Every relative link of every page leads to a file that is there, and to a heading that it has.

`make docs` looks at the site once more; this needs nothing but the files.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from .test_install_lines import ROOT, texts

PAGES = [path for path in texts() if path.suffix == ".md" and "cases" not in path.parts]
LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"")


def links(text: str) -> list[str]:
    """Targets of the links outside of code."""
    found, fenced = [], False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not fenced and not line.startswith("    "):
            found += [a or b for a, b in LINK.findall(re.sub(r"`[^`]*`", "", line))]
    return found


@cache
def headings(path: Path) -> set[str]:
    """The names by which the headings of a page are linked to."""
    names = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("#").strip().lower().replace("`", ""))
            names.add(words.replace(" ", "-"))
    return names


def broken(path: Path, text: str) -> list[str]:
    said = []
    for target in links(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, heading = target.partition("#")
        # What stands in changelog.d will be read in CHANGELOG.md.
        base = ROOT if path.parent.name == "changelog.d" and path.name != "README.md" else path.parent
        there = (base / name).resolve() if name else path
        if not there.exists() or (heading and there.suffix == ".md" and heading not in headings(there)):
            said.append(target)
    return said


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    assert not broken(path, path.read_text(encoding="utf-8"))


def test_a_broken_link_is_seen() -> None:
    page = ROOT / "README.md"
    for text in (
        "[a](nowhere.md)",
        "![a](docs/images/none.svg)",
        "[a](CONTRIBUTING.md#no-such)",
        '<img src="no.png">',
    ):
        assert broken(page, text), text
    for text in (
        "[a](CONTRIBUTING.md#set-up)",
        "`[a](nowhere.md)`",
        "    [a](nowhere.md)",
        "[a](https://example.org/x)",
    ):
        assert not broken(page, text), text
