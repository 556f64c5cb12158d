"""How many of a prompt's tokens llama.cpp's own server takes from its cache while a line is typed.

Usage: python bench/prompt_cache.py [--keys 60]

The real server with a tiny model made here (its words are noise; its prompt cache is the real one). Each key is a
request of our own generator, prefix first and suffix first; what the server says it took from its cache, and what
it read anew, is added up. Prints JSON. Needs the test group (xllamacpp, gguf, numpy).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from contextlib import aclosing
from pathlib import Path

from attrs import evolve

from dovetail.endpoints import Endpoint, EndpointConfig, Router
from dovetail.endpoints.local import LocalModel, LocalServer
from dovetail.fim import GenerationRequest, fim_request, window_at
from dovetail.text import Point, Snapshot, TextEdit

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "endpoints"))
from make_model import make_model

PREFIX_FIRST, SUFFIX_FIRST = "qwen", "codestral"
MEASURED_S = 4.0
"""A pause in which the batch is measured."""
TYPED = "result = [value.strip().lower() for value in values if value and not value.startswith('#')]"


def text() -> str:
    """A file of some 200 lines."""
    part = "def step_{0}(values):\n    total = len(values) + {0}\n    return total\n\n\n"
    return "".join(part.format(number) for number in range(40))


async def measure(server: LocalServer, family: str, keys: int) -> dict[str, float]:
    config = evolve(server.config, format="completions", family=family)
    return await typed(config, keys, suffix_first=family == SUFFIX_FIRST)


async def infill(server: LocalServer, keys: int, *, measured: bool) -> dict[str, float]:
    """By `/infill`, which cuts the prompt by the server's batch: with that measured, and as if it were not."""
    return await typed(evolve(server.config, format="llama.cpp", batch_tokens=None), keys, measured=measured)


async def typed(
    config: EndpointConfig, keys: int, *, suffix_first: bool = False, measured: bool = False
) -> dict[str, float]:
    endpoint = Endpoint(config)
    router = Router([endpoint])
    snapshot = Snapshot.open("file:///bench/steps.py", text(), language_id="python")
    line = len(snapshot.lines) // 2
    snapshot = snapshot.edit(TextEdit(Point(line, 0), Point(line, 0), "\n"))
    cached = prompt = 0
    for column in range(keys):
        at = Point(line, column)
        snapshot = snapshot.edit(TextEdit(at, at, TYPED[column % len(TYPED)]))
        here = Point(line, column + 1)
        asked = GenerationRequest(snapshot, here, window_at(snapshot, here), "steps.py", max_tokens=4)
        request = fim_request(asked, endpoint.known if measured else None, suffix_first=suffix_first)
        async with aclosing(router.stream(request)) as chunks:
            async for chunk in chunks:
                if chunk.prompt_tokens and column > 1:  # the first keys find a cold cache
                    prompt += chunk.prompt_tokens
                    cached += chunk.cached_tokens or 0
        if measured and column == 0:
            await asyncio.sleep(MEASURED_S)
            assert endpoint.known is not None and endpoint.known.batch_tokens
    await router.aclose()
    return {
        "prompt tokens a key": round(prompt / (keys - 2), 1),
        "read anew a key": round((prompt - cached) / (keys - 2), 1),
        "from the cache": round(cached / max(prompt, 1), 4),
    }


async def main(keys: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = LocalModel(path=str(make_model(Path(folder) / "noise.gguf")), threads=1, context_tokens=8192)
        async with await LocalServer.start(model) as server:
            table = {
                "prefix first": await measure(server, PREFIX_FIRST, keys),
                "suffix first": await measure(server, SUFFIX_FIRST, keys),
                "/infill, batch measured": await infill(server, keys, measured=True),
                "/infill, batch not measured": await infill(server, keys, measured=False),
            }
        print(json.dumps(table, indent=1))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--keys", type=int, default=60)
    asyncio.run(main(parser.parse_args().keys))
