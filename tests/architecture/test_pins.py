"""What `constraints.txt` pins can be installed under the oldest Python that Dovetail says it runs under."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PINNED = re.findall(r"(?m)^([\w.-]+)==(\S+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"))


def test_every_pin_allows_the_oldest_python() -> None:
    oldest = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "requires-python"
    ]
    assert re.fullmatch(r">=3\.\d+", oldest)
    found = {}
    for name, _ in PINNED:
        try:
            found[name] = distribution(name).metadata.get("Requires-Python") or ""
        except PackageNotFoundError:  # of a group that is not installed here, or of another system
            continue
    assert len(found) > 40
    first = f"{oldest.removeprefix('>=')}.0"
    assert {name: wanted for name, wanted in found.items() if not SpecifierSet(wanted).contains(first)} == {}
