"""From a command's argument to a request: what grows with a file is not done on the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dovetail.server.app import make_server
from dovetail.server.client import Nobody
from dovetail.server.editing import ask
from dovetail.server.editing.host import EditHost
from dovetail.server.places import Places
from dovetail.server.session.generators import NoModels

WHERE = {"start": {"line": 0, "character": 0}, "end": {"line": 1, "character": 0}}
SLOW = {
    "finding secrets": ("ShownFile", "edit", WHERE),
    "keys in the region": ("no_keys_in", "edit", WHERE),
    "the node around a cursor": (
        "enclosing_node_range",
        "edit",
        {"start": WHERE["start"], "end": WHERE["start"]},
    ),
    "looking for tests": ("test_files", "tests", WHERE),
    "reading other files": ("read_careful_text", "edit", WHERE),
}


@pytest.mark.parametrize("name", SLOW)
async def test_the_event_loop_goes_on(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    function, kind, where = SLOW[name]
    loop, real = asyncio.get_running_loop(), getattr(ask, function)
    went_on: list[bool] = []

    def waits(*args: Any, **named: Any) -> Any:
        passed = threading.Event()
        loop.call_soon_threadsafe(passed.set)
        went_on.append(passed.wait(5))
        return real(*args, **named)

    slow: Callable[..., Any] = waits
    monkeypatch.setattr(ask, function, slow)
    app = make_server(Places(tmp_path, tmp_path, tmp_path), lambda session: NoModels())
    app.session.folders.add(tmp_path)
    # Tests are looked for where no files are named.
    own, other = tmp_path / "a.py", tmp_path / ("test_a.py" if kind == "tests" else "b.py")
    other.write_text("b = 2\n")
    app.session.opened(own.as_uri(), "python", 1, "a = 1\n")
    data = {
        "uri": own.as_uri(),
        "kind": kind,
        "instruction": "x",
        "range": where,
        **({} if kind == "tests" else {"files": [other.as_uri()]}),
    }
    _, request = await ask.edit_request(EditHost(app.session, Nobody()), data)
    assert [file.path for file in request.files] == ["a.py", other.name]
    assert went_on and all(went_on)
    await app.session.close()
