"""The public address of the project is in one place; everything that shows one shows that one, or none.

An address that is not ours is one that somebody else can claim, and people would report their bugs there.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from .test_install_lines import ROOT, texts

SHOWN = ("clients/neovim/README.md", "clients/neovim/doc/dovetail.txt")
FILES = ("pyproject.toml", "clients/vscode/package.json", *SHOWN, "scripts/set-address")
# A repository of this name at a host that anyone can register at.
FOREIGN = re.compile(r"\b(?:github|gitlab|codeberg)\.(?:com|org)/[\w.-]+/dovetail(?:[-.]\w+)?\b")


def shown(root: Path) -> dict[str, Any]:
    """What the files below `root` say: the one place, and what is made from it."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    manifest = json.loads((root / "clients/vscode/package.json").read_text(encoding="utf-8"))
    return {
        "address": project["tool"]["dovetail"]["repository"],
        "urls": project["project"].get("urls", {}),
        "manifest": {key: manifest[key] for key in ("repository", "bugs", "homepage") if key in manifest},
        "pages": {name: (root / name).read_text(encoding="utf-8") for name in SHOWN},
    }


def wrong(found: dict[str, Any]) -> list[str]:
    """Where the places disagree, in words."""
    address = found["address"]
    said = [
        f"[project.urls] {name}"
        for name, url in found["urls"].items()
        if not address or not url.startswith(address)
    ]
    said += [
        f"package.json {key}"
        for key, value in found["manifest"].items()
        if not address or address not in str(value)
    ]
    if address:
        said += ["[project.urls] is missing"] * (not found["urls"])
        said += ["package.json has no address"] * (len(found["manifest"]) != 3)
    said += [name for name, text in found["pages"].items() if ("REPOSITORY" in text) == bool(address)]
    return said


def test_all_places_agree() -> None:
    assert not wrong(shown(ROOT))


def test_no_text_names_an_address_that_is_not_ours() -> None:
    address = shown(ROOT)["address"]
    found = {}
    for path in texts():
        names = [
            name
            for name in FOREIGN.findall(path.read_text(encoding="utf-8", errors="replace"))
            if name not in address
        ]
        if names:
            found[str(path.relative_to(ROOT))] = names
    assert not found


@pytest.mark.parametrize("address", ["https://example.org/them/dovetail", ""])
def test_the_script_writes_all_of_them(address: str, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    for one in ("https://example.org/first/dovetail", address):
        subprocess.run(
            [sys.executable, tmp_path / "scripts/set-address", one], check=True, capture_output=True
        )
    found = shown(tmp_path)
    assert found["address"] == address
    assert not wrong(found)
    if not address:
        assert {name: (tmp_path / name).read_bytes() for name in FILES} == before


def test_disagreement_is_seen() -> None:
    found = shown(ROOT)
    for other in (
        {"address": "https://example.org/a/b"},
        {"urls": {"Issues": "https://example.org/a/b"}},
        {"manifest": {"bugs": {"url": "https://example.org/a/b"}}},
    ):
        assert wrong({**found, **other})
