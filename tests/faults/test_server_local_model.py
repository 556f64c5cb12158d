"""The user's own model file, when its settings change faster than it starts: one process at a time, the last counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import define, evolve, field

from dovetail.endpoints import EndpointConfig
from dovetail.server.models import remote
from dovetail.server.session.timers import Timers
from dovetail.server.settings import LocalSettings, Settings


@define(eq=False)
class Process:
    """Stands for a process that serves a model."""

    path: str
    running: list[Process]
    config: EndpointConfig = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.config = EndpointConfig(name=self.path, url="http://127.0.0.1:9")
        self.running.append(self)

    async def stop(self) -> None:
        await asyncio.sleep(0)
        self.running.remove(self)


@pytest.mark.parametrize("paths", [["a.gguf", "b.gguf"], ["a.gguf", ""], ["a.gguf", "b.gguf", "", "c.gguf"]])
async def test_settings_that_change_while_a_model_starts_leave_one_process(
    paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    running: list[Process] = []
    most = 0

    async def slow(wanted: LocalSettings) -> Any:
        nonlocal most
        process = Process(wanted.path, running)  # it is there at once, and ready after a while
        most = max(most, len(running))
        for _ in range(5):
            await asyncio.sleep(0)
        return process

    monkeypatch.setattr(remote, "serve_local", slow)
    session: Any = SimpleNamespace(
        timers=Timers(), problems=[], settings=Settings(), report=lambda problem: None,
        status=SimpleNamespace(use=lambda name, text: None), folders=None, statistics=None,
    )  # fmt: skip
    session.settings = evolve(session.settings, enabled=False)
    models = remote.Remote(session)
    configure: Callable[[Settings], None] = models.configure
    for path in paths:
        configure(evolve(session.settings, local=LocalSettings(path=path)))
        await asyncio.sleep(0)
    await asyncio.gather(*session.timers.tasks)
    last = [paths[-1]] if paths[-1] else []
    assert [one.path for one in running] == last
    assert most == 1
    if models.generator is not None:
        assert [one.name for one in models.generator.router.endpoints] == last
    await models.stop()
    assert not running
