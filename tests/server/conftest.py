"""What the tests of the server share: a server that they start, and a raw client on it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from dovetail.fim.builtin.learner.learner import Learner
from dovetail.server.app import workspace_models

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import editing  # noqa: E402
from raw_client import Client, InProcess, Process, learn_here  # noqa: E402
from scripted_models import ScriptedModels  # noqa: E402

hypothesis.settings.register_profile(
    "shared", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("shared")

SERVE = [sys.executable, "-m", "dovetail.cli", "serve", "--stdio"]
Script = dict[str, list[list[str]]]


def processes(home: Path, script: Script | None = None, command: list[str] | None = None) -> Process:
    """A server process. Without a script it is the product itself."""
    if script is not None:
        command = [sys.executable, str(HERE / "scripted.py"), str(home), json.dumps(script)]
    return Process(command or SERVE, home)


def threads(home: Path, script: Script | None = None, command: list[str] | None = None) -> Client:
    """The same server in this process, unless a test has a command of its own."""
    if command is not None:
        return Process(command, home)
    if script is None:
        return InProcess(home, workspace_models)
    return InProcess(home, lambda session: ScriptedModels(session, script))


def launcher(start: Callable[..., Client], tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Start servers; each is ended with the test."""
    running: list[Client] = []

    def launch(
        script: Script | None = None, command: list[str] | None = None, home: Path | None = None
    ) -> Client:
        home = home or tmp_path / "home"
        home.mkdir(exist_ok=True)
        server = start(home, script, command)
        running.append(server)
        return server

    yield launch
    for server in reversed(running):
        server.close()


@pytest.fixture
def launch_process(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Start server processes."""
    yield from launcher(processes, tmp_path)


@pytest.fixture
def launch(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Client]]:
    """Start servers: processes for tests marked `own_process`, threads for all others."""
    if request.node.get_closest_marker("own_process"):
        yield from launcher(processes, tmp_path)
    else:
        monkeypatch.setattr(Learner, "_process", learn_here)
        yield from launcher(threads, tmp_path)


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One started server for many tests of a module, by its `SCRIPT`; for tests that must not harm it."""
    server = threads(tmp_path_factory.mktemp("shared"), request.module.SCRIPT)
    server.start(options={"client": {"events": True}})
    yield server
    server.close()


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """An empty workspace folder."""
    folder = tmp_path / "work space"
    folder.mkdir()
    return folder


@pytest.fixture
def edit_in(launch: Callable[..., Any], tmp_path: Path) -> Callable[..., tuple[Any, Any, str]]:
    """Start server and editor on a workspace: (editor, workspace, the uri of its shapes.py)."""

    def start(options: Any = None, capabilities: Any = None, **files: str) -> tuple[Any, Any, str]:
        _, editor, workspace, uri = editing.started(launch, tmp_path, options, capabilities, **files)
        return editor, workspace, uri

    return start
