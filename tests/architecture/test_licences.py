"""A plain install brings only what anyone may redistribute: permissive licences, and MPL for unmodified files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest
from packaging.requirements import Requirement

ALLOWED = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|Unlicense|CC0|0BSD|Zlib|NCSA|BSL-1\.0)\b",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|GNU|EUPL|SSPL|CDDL|EPL)\b", re.IGNORECASE)


def required(name: str, extra: str = "", seen: set[str] | None = None) -> Iterator[Distribution]:
    """A distribution and all that it needs here, each once. What is not installed is not needed on this system."""
    seen = set() if seen is None else seen
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in seen:
        return
    seen.add(key)
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return
    yield found
    for text in found.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            extras = requirement.extras or {""}
            for each in extras:
                yield from required(requirement.name, each, seen)


def licence_of(found: Distribution) -> str:
    """What its metadata says: the SPDX expression, else the classifiers, else the first line of the old field."""
    data = found.metadata
    expression = data.get("License-Expression") or ""
    classifiers = [
        line.split("::")[-1].strip()
        for line in data.get_all("Classifier") or []
        if line.startswith("License")
    ]
    old = (data.get("License") or "").strip().splitlines()[:1]
    return expression or "; ".join(classifiers) or "".join(old)


TREE = sorted(required("dovetail-lsp"), key=lambda found: found.metadata["Name"].lower())


def test_the_tree_is_complete() -> None:
    names = {found.metadata["Name"].lower() for found in TREE}
    assert {"dovetail-lsp", "pygls", "httpx", "openai", "numpy", "tree-sitter"} <= names


@pytest.mark.parametrize("found", TREE, ids=lambda found: found.metadata["Name"])
def test_everything_installed_is_permissive(found: Distribution) -> None:
    name, licence = found.metadata["Name"], licence_of(found)
    assert ALLOWED.search(licence), f"{name}: {licence or 'says no licence'}"
    assert not COPYLEFT.search(licence), f"{name}: {licence}"
