"""The real llama.cpp server with a tiny model, and helpers that all tests of endpoints share."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from machine import needs_llama

sys.path.insert(0, str(Path(__file__).parent))

from fixtures import endpoint, next_endpoint, pool, serve  # noqa: F401
from make_model import make_model

from dovetail.endpoints.local import LocalModel, LocalServer


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
    needs_llama()


@pytest.fixture
async def llama(real: None, models: dict[str, Path]) -> AsyncIterator[LocalServer]:
    """llama.cpp's own server with the tiny FIM model, two slots."""
    async with await LocalServer.start(LocalModel(path=str(models["fim"]), slots=2, threads=1)) as server:
        yield server
