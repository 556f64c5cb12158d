"""What people get brings only what anyone may redistribute: permissive licences, and MPL for unmodified files."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = re.compile(
    r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla Public|Unlicense|CC0|0BSD|Zlib|NCSA|BSL-1\.0"
    r"|BlueOak)\b",
    re.IGNORECASE,
)
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|GNU|EUPL|SSPL|CDDL|EPL)\b", re.IGNORECASE)


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licences", ROOT / "scripts" / "licences.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


LICENCES = load()
INSTALLED = LICENCES.installed()
BUNDLED = LICENCES.bundled()


def test_the_trees_are_complete() -> None:
    assert {"pygls", "httpx", "openai", "numpy", "tree-sitter"} <= set(INSTALLED)
    assert {"vscode-languageclient", "vscode-jsonrpc"} <= set(BUNDLED)


@pytest.mark.parametrize(
    ("name", "licence"), [*INSTALLED.items(), *BUNDLED.items()], ids=[*INSTALLED, *BUNDLED]
)
def test_everything_is_permissive(name: str, licence: str) -> None:
    assert ALLOWED.search(licence), f"{name}: {licence or 'says no licence'}"
    assert not COPYLEFT.search(licence), f"{name}: {licence}"


def test_the_page_names_them_all() -> None:
    """Each with its licence. What other systems need besides may stand there too."""
    page = LICENCES.PAGE.read_text(encoding="utf-8")
    missing = [
        name for name, licence in {**INSTALLED, **BUNDLED}.items() if f"| {name} | {licence} |" not in page
    ]
    assert not missing, f"run scripts/licences.py; missing: {missing}"
