"""The folders are the architecture: imports run down only, and each outside library has one owner."""

from __future__ import annotations

import ast
import re
import shutil
import sys
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from graph import Tree

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
    "mcp": {"cli"},
    "mcp_types": {"cli"},
    "acp": {"cli"},
    "pydantic": {"cli"},
    "unidiff": {"edits"},
    "merge3": set(),
    "filelock": {"edits"},
    "socket": {"endpoints"},
    "ssl": {"endpoints"},
    "urllib.request": {"endpoints"},  # for the names of proxies
    "requests": set(),
}
"""Who may import what. `socket` and `urllib.request` too: only `endpoints` opens a connection."""
ALSO = {("socket", "server/lsp/transport.py")}
"""Files that may import a library all the same: this one writes to a socket that it was given instead of a pipe."""

SOURCES = [
    (package, path)
    for package in PACKAGES
    for path in sorted((ROOT / package / "dovetail" / package).rglob("*.py"))
]


@cache
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
                also = any(name == what and path.as_posix().endswith(file) for what, file in ALSO)
                assert package in owners or also, f"{path.name} imports {name}"


@pytest.mark.parametrize("file", sorted(file for library, file in ALSO if library == "socket"))
def test_what_may_write_to_a_socket_opens_no_connection(file: str) -> None:
    path = next(path for _, path in SOURCES if path.as_posix().endswith(file))
    asked = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
    ]
    used = {node.attr for node in asked if isinstance(node.value, ast.Name) and node.value.id == "socket"}
    assert used == {"socket", "MSG_DONTWAIT"}
    # Made of what is open already, and never connected.
    assert not {node.attr for node in asked} & {"connect", "connect_ex", "create_connection", "bind"}
    made = [
        node.keywords
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "socket"
    ]
    assert [[one.arg for one in keywords] for keywords in made] == [["fileno"]]


def test_the_namespace_has_no_package_of_its_own() -> None:
    assert not list(ROOT.glob("*/dovetail/__init__.py"))


def test_nothing_private_crosses_a_package() -> None:
    """A name with an underscore is the package's own."""
    for package, path in SOURCES:
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "dovetail" and parts[1] != package:
                assert not any(part.startswith("_") for part in parts), f"{path} imports {name}"


FLOORS = (
    ("lsp", "client"),
    ("session",),
    ("models",),
    ("editing",),
    ("bridge",),
    ("until",),
    ("features",),
    ("app", "headless"),
    ("agents",),
)
"""The server's floors from the ground up. Settings, logs, places and the version lie below all of them."""
FACES = {
    "text": {"dovetail.text"},
    "privacy": {"dovetail.privacy", "dovetail.privacy.printable"},
    "endpoints": {
        "dovetail.endpoints",
        "dovetail.endpoints.chat",
        "dovetail.endpoints.local",
        "dovetail.endpoints.nextedit",
    },
    "fim": {
        "dovetail.fim",
        "dovetail.fim.builtin",
        "dovetail.fim.builtin.history",
        "dovetail.fim.builtin.replay",
        "dovetail.fim.builtin.typist",
        "dovetail.fim.prompt.context",
    },
    "edits": {"dovetail.edits", "dovetail.edits.chat"},
    "nextedit": {"dovetail.nextedit"},
}
"""The modules of a package that others may import from. The command line may see all of the server."""
PRESENT = tuple(package for package in PACKAGES if (ROOT / package / "dovetail").is_dir())


def faults(tree: Tree) -> list[str]:
    """All that is wrong with the arrows of a source tree."""
    return [
        *(f"circle: {' '.join(circle)}" for circle in tree.circles()),
        *(f"upward: {arrow}" for arrow in tree.upward(MAY_IMPORT)),
        *(f"upward: {arrow}" for arrow in tree.floors("server", FLOORS)),
        *(f"private: {taken}" for taken in tree.private()),
        *(f"past the face: {taken}" for taken in tree.past_the_face(FACES)),
    ]


def test_no_circle_no_arrow_up_nothing_private() -> None:
    """Also where a type, a function or the name of a module in a string hides the arrow."""
    assert faults(Tree(ROOT, PRESENT)) == []


PLANTED = {
    "a circle of types": ("text/dovetail/text/_lines.py", "from ._snapshot import Snapshot", "circle"),
    "a circle in a function": (
        "server/dovetail/server/session/documents.py",
        "def f() -> None:\n    from .session import Session",
        "circle",
    ),
    "a circle by name": (
        "edits/dovetail/edits/model.py",
        "import importlib\nx = importlib.import_module('dovetail.edits.planning.planner')",
        "circle",
    ),
    "a circle in a thread": (
        "fim/dovetail/fim/types.py",
        "import asyncio, importlib\ny = asyncio.to_thread(importlib.import_module, 'dovetail.fim.engine.engine')",
        "circle",
    ),
    "a floor up": (
        "server/dovetail/server/session/timers.py",
        "if TYPE_CHECKING:\n    from ..models.changes import Changes",
        "upward",
    ),
    "a package up": ("text/dovetail/text/_edits.py", "from dovetail.privacy import redact", "upward"),
    "a neighbour": ("fim/dovetail/fim/anchor.py", "from dovetail.edits import Plan", "upward"),
    "a private name": ("server/dovetail/server/places.py", "from dovetail.text import _lines", "private"),
    "a private module": (
        "cli/dovetail/cli/why.py",
        "from dovetail.text._lines import Lines",
        "private",
    ),
    "a module behind the face": (
        "server/dovetail/server/places.py",
        "from dovetail.edits.planning.planner import make_plan",
        "past the face",
    ),
}


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_planted_is_found(kind: str, tmp_path: Path) -> None:
    """In a copy of the sources."""
    for package in PRESENT:
        shutil.copytree(
            ROOT / package / "dovetail" / package,
            tmp_path / package / "dovetail" / package,
            ignore=lambda folder, names: [
                n for n in names if n == "sample" or ("." in n and not n.endswith(".py"))
            ],
        )
    file, line, fault = PLANTED[kind]
    path = tmp_path / file
    path.write_text(path.read_text(encoding="utf-8") + "\n" + line + "\n", encoding="utf-8")
    found = faults(Tree(tmp_path, PRESENT))
    assert found and any(one.startswith(fault) for one in found)


SERVERS_ARE_NAMED_IN = {"server/models/endpoints.py", "cli/init.py"}
"""Where an address becomes a server that can be asked: out of settings that passed the policy, or held against it."""


def test_no_server_is_asked_past_the_policy() -> None:
    """An organisation's policy is held where settings are read, so nothing above `endpoints` may make up a server."""
    makes = re.compile(r"\b(?:Endpoint|Chat)Config\(")
    found = {
        path.relative_to(ROOT / package / "dovetail").as_posix()
        for package, path in SOURCES
        if package != "endpoints" and makes.search(path.read_text(encoding="utf-8"))
    }
    assert found == SERVERS_ARE_NAMED_IN
