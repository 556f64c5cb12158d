"""The folders are the architecture: imports run down only, and each outside library has one owner."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("text", "privacy", "endpoints", "fim", "edits", "nextedit", "server", "cli")
MAY_IMPORT: dict[str, set[str]] = {
    "text": set(),
    "privacy": {"text"},
    "endpoints": {"text", "privacy"},
    "fim": {"text", "privacy", "endpoints"},
    "edits": {"text", "privacy", "endpoints"},
    "nextedit": {"text", "privacy", "endpoints", "edits"},
    "server": {"text", "privacy", "endpoints", "fim", "edits", "nextedit"},
    "cli": {"text", "privacy", "endpoints", "fim", "edits", "nextedit", "server"},
}
OWNERS = {
    "pygls": {"server", "cli"},
    "lsprotocol": {"server", "cli"},
    "httpx": {"endpoints"},
    "openai": {"endpoints"},
    "truststore": {"endpoints"},
    "typer": {"cli"},
    "rich": {"cli"},
    "unidiff": {"edits"},
    "merge3": set(),
    "filelock": {"edits"},
    "socket": {"endpoints"},
    "ssl": {"endpoints"},
    "urllib.request": {"endpoints"},  # for the names of proxies
    "requests": set(),
}
"""Who may import what. `socket` and `urllib.request` too: only `endpoints` opens a connection."""

SOURCES = [
    (package, path)
    for package in PACKAGES
    for path in sorted((ROOT / package / "dovetail" / package).rglob("*.py"))
]


def imported(path: Path) -> set[str]:
    """Absolute names of all modules that a file imports, at the top or inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_there_are_sources_to_look_at() -> None:
    assert {package for package, _ in SOURCES} == set(PACKAGES)


@pytest.mark.parametrize(("package", "path"), SOURCES, ids=lambda value: getattr(value, "name", value))
def test_imports_run_down_only(package: str, path: Path) -> None:
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("dovetail.")}
    assert ours - {package} <= MAY_IMPORT[package]


@pytest.mark.parametrize(("package", "path"), SOURCES, ids=lambda value: getattr(value, "name", value))
def test_each_library_has_its_owner(package: str, path: Path) -> None:
    for name in imported(path):
        for library, owners in OWNERS.items():
            if name == library or name.startswith(library + "."):
                assert package in owners, f"{path.name} imports {name}"


def test_the_namespace_has_no_package_of_its_own() -> None:
    assert not list(ROOT.glob("*/dovetail/__init__.py"))


def test_nothing_private_crosses_a_package() -> None:
    """A name with an underscore is the package's own."""
    for package, path in SOURCES:
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "dovetail" and parts[1] != package:
                assert not any(part.startswith("_") for part in parts), f"{path} imports {name}"
