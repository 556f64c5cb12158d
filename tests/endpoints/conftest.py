"""The real llama.cpp server with a tiny model, and helpers that all tests of endpoints share."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from make_model import make_model
from scripted import Script, Server

from dovetail.endpoints import Endpoint, EndpointConfig, HttpPool, Timeouts
from dovetail.endpoints.local import LocalModel, LocalServer

MakeEndpoint = Callable[..., Endpoint]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two model files: one with FIM tokens, one without."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "fim": make_model(folder / "noise-fim.gguf"),
        "plain": make_model(folder / "noise-plain.gguf", fim=False),
    }


@pytest.fixture
def real() -> None:
    if find_spec("xllamacpp") is None and not os.environ.get("CI"):
        pytest.skip("xllamacpp is not installed here")


@pytest.fixture
async def llama(real: None, models: dict[str, Path]) -> AsyncIterator[LocalServer]:
    """llama.cpp's own server with the tiny FIM model, two slots."""
    async with await LocalServer.start(LocalModel(path=str(models["fim"]), slots=2, threads=1)) as server:
        yield server


@pytest.fixture
async def pool() -> AsyncIterator[HttpPool]:
    shared = HttpPool()
    yield shared
    await shared.aclose()


@pytest.fixture
def endpoint(pool: HttpPool) -> MakeEndpoint:
    """An endpoint at `url` that asks `/v1/completions` with the qwen template, unless told otherwise."""

    def make(url: str, **settings: Any) -> Endpoint:
        known = {"name": "scripted", "format": "completions", "family": "qwen", "model": "tiny-fim"}
        timeouts = settings.pop("timeouts", Timeouts(1_000, 5_000, 10_000))
        return Endpoint(EndpointConfig(url=url, timeouts=timeouts, **(known | settings)), pool)

    return make


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Any]]:
    """Start scripted servers that end with the test."""
    servers: list[Server] = []

    async def start(script: Script, **options: Any) -> Server:
        server = await Server(script, **options).__aenter__()
        servers.append(server)
        return server

    yield start
    await asyncio.gather(*(server.kill() for server in servers))
