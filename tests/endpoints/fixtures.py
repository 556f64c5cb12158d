"""Fixtures that the tests of endpoints share with those of faults and attacks on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from scripted import Script, Server

from dovetail.endpoints import Endpoint, EndpointConfig, HttpPool, Timeouts
from dovetail.endpoints.nextedit import NextEditConfig, NextEditEndpoint

MakeEndpoint = Callable[..., Endpoint]


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


@pytest.fixture
def next_endpoint(pool: HttpPool) -> Callable[..., NextEditEndpoint]:
    """A model for next edits at `url`, of one family."""

    def make(url: str, family: str, **settings: Any) -> NextEditEndpoint:
        wire = {"mercury": "edit", "chat": "chat"}.get(family, "completions")
        known = {"name": "next", "model": "m", "family": family, "format": wire}
        timeouts = settings.pop("timeouts", Timeouts(1_000, 5_000, 10_000))
        return NextEditEndpoint(NextEditConfig(url=url, timeouts=timeouts, **(known | settings)), pool)

    return make
