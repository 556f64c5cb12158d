"""An editor waits for the answer to `initialize`: what that does not take is loaded afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dovetail.server import announced
from dovetail.server.app import make_server
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels

SCRIPT = """
import asyncio, json, sys
from pathlib import Path
import dovetail.cli.serve
from dovetail.server.app import make_server
from dovetail.server.logs import start_logging
from dovetail.server.lsp.transport import Inbox
from dovetail.server.places import Places

def loaded():
    return sorted(sys.modules)

home = Path(sys.argv[1])
start_logging(home)
app = make_server(Places(home, home, home))
before = []

class Client:
    def write(self, data):
        if not before:  # the first thing written is the answer to `initialize`
            before.extend(loaded())

async def run():
    app.server.protocol.set_writer(Client())
    params = {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": OPTIONS}
    app.server.protocol.handle({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    after = loaded()
    await app.close()
    print(json.dumps([before, after]))

asyncio.run(run())
"""

LATER = (
    "dovetail.text",
    "dovetail.privacy",
    "dovetail.endpoints",
    "dovetail.fim",
    "dovetail.edits",
    "dovetail.nextedit",
    "dovetail.server.session",
    "dovetail.server.settings",
    "dovetail.server.features",
    "dovetail.server.models",
    "dovetail.server.editing",
    "tree_sitter",
    "numpy",
    "sqlite3",
    "httpx",
    "openai",
    "typer",
    "rich",
    "pygments",
    "pydantic",
    "unidiff",
    "platformdirs",
    "importlib.metadata",
    "email",
)
"""Nothing of these is loaded when `initialize` is answered."""
UNASKED = (
    "dovetail.endpoints",
    "dovetail.edits",
    "dovetail.server.editing",
    "dovetail.server.models.endpoints",
    "httpx",
    "openai",
    "numpy",
    "typer",
    "rich",
    "pygments",
    "pydantic",
    "unidiff",
)
"""Nothing of these is loaded with the rest either: somebody must ask, or name an endpoint."""


def start(tmp_path: Path, options: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The modules that are loaded when `initialize` is answered, and when the server is ready behind it."""
    script = SCRIPT.replace("OPTIONS", repr(options))
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    before, after = json.loads(done.stdout)
    return before, after


def among(modules: list[str], names: tuple[str, ...]) -> list[str]:
    return [m for m in modules if any(m == name or m.startswith(f"{name}.") for name in names)]


def test_what_initialize_does_without(tmp_path: Path) -> None:
    before, after = start(tmp_path, {})
    assert "dovetail.server.lsp.protocol" in before
    assert among(before, LATER) == []
    assert "dovetail.server.session.session" in after
    assert among(after, UNASKED) == []
    assert not [
        module for module in after if module.startswith("tree_sitter_")
    ]  # a grammar a file's language


def test_an_endpoint_is_what_loads_endpoints(tmp_path: Path) -> None:
    named = {"endpoints": [{"url": "http://127.0.0.1:9/v1", "model": "qwen2.5-coder"}]}
    before, after = start(tmp_path, named)
    assert among(before, LATER) == []
    assert {"dovetail.endpoints", "dovetail.server.models.endpoints"} <= set(after)


@pytest.mark.parametrize("kind", ["METHODS", "COMMANDS"])
def test_what_is_announced_is_answered(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table that `initialize` is answered from and the features cannot differ, either way round."""
    known: Any = getattr(announced, kind)
    places = Places(tmp_path, tmp_path, tmp_path)
    more = {**known, "dovetail/more": None} if kind == "METHODS" else (*known, "dovetail.more")
    fewer = {m: known[m] for m in list(known)[:-1]} if kind == "METHODS" else known[:-1]
    for table, said in ((more, "answered by nobody"), (fewer, "not announced")):
        monkeypatch.setattr(f"dovetail.server.features.registry.{kind}", table)
        with pytest.raises(ValueError, match=said):
            _ = make_server(places, lambda session: NoModels()).session
    monkeypatch.undo()
    assert make_server(places, lambda session: NoModels()).session


async def test_a_server_that_cannot_be_loaded_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client is answered, and then the server goes, so that the editor says that it has gone."""

    def broken(session: object) -> NoModels:
        raise RuntimeError("a defect")

    sent: list[bytes] = []

    class Client:
        def write(self, data: bytes) -> None:
            sent.append(data)

    app = make_server(Places(tmp_path, tmp_path, tmp_path), broken)
    app.server.protocol.set_writer(Client())  # type: ignore[arg-type]
    params = {"processId": None, "rootUri": None, "capabilities": {}}
    app.server.protocol.handle({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
    assert b'"capabilities"' in sent[0]
    assert app.server.left.is_set()
    assert not app.server.shut_down_in_order
    await app.close()
