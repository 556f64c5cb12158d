"""A server on this machine that loads its model at the first request: made to load it, once, by a request of ours.

Ollama gives up loading when the client that asked for it hangs up, LM Studio and llama-swap load on demand too; and
while someone types, clients hang up all the time. A model that takes longer to load than the user pauses would never
be there. It is also put away again after some minutes without a request (Ollama: five).
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ._errors import EndpointError, Loading

if TYPE_CHECKING:
    from ._endpoint import Endpoint
    from ._types import Probe

log = logging.getLogger(__name__)

COLD_S = 1.0
"""A request that was given up after so long without a word may have met a model that is not loaded."""
LOAD_S = 300.0
"""Large models on slow disks take minutes."""
REST_S = 10.0
"""Between two attempts: a loaded model that reads a long prompt slowly is silent as well."""
PS_MS = 3_000
MOMENT_S = 1.0
"""A server that had the model all along answers within it."""


class Warmer:
    """Loads the model of one endpoint where nobody can cancel it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._task: asyncio.Task[None] | None = None
        self._loading = False
        self._last = -REST_S

    async def ready(self) -> None:
        """Wait a moment for a model that is being loaded.

        Raises:
            Loading: it takes longer; a request would only wait for it, and make it begin anew when it is cancelled.
        """
        if self._loading and self._task is not None:
            await asyncio.wait([self._task], timeout=MOMENT_S)
        if self._loading:
            name = self._endpoint.name
            model = self._endpoint.config.model or (known.model if (known := self._endpoint.known) else "")
            raise Loading(f"{name}: the model {model or 'there'} is being loaded.", endpoint=name)

    def begin(self, probe: Probe) -> None:
        """Have the model loaded, unless that is under way or was done a moment ago."""
        body = _body(self._endpoint, probe)
        running = self._task is not None and not self._task.done()
        if body is None or running or time.monotonic() - self._last < REST_S:
            return
        self._last = time.monotonic()
        self._task = asyncio.create_task(self._load(*body, ollama=(probe.format or "").startswith("ollama")))

    def silent(self, probe: Probe | None, seconds: float) -> None:
        """A request ended after `seconds` without a word. Only Ollama can be asked why."""
        if probe is not None and (probe.format or "").startswith("ollama") and seconds >= COLD_S:
            self.begin(probe)

    async def _load(self, path: str, body: dict[str, Any], *, ollama: bool) -> None:
        endpoint = self._endpoint
        deadline = asyncio.get_running_loop().time() + LOAD_S
        try:
            if ollama and await self._loaded(body["model"]):
                return
            self._loading = True
            url = endpoint.config.address(path)
            async with endpoint.exchange("POST", url, body, deadline, patient=True) as response:
                await endpoint.read(response, int(LOAD_S * 1000))
        except EndpointError as error:
            log.info("%s", error)  # the user's own requests meet the same, and say it
        finally:
            self._loading = False

    async def _loaded(self, model: str) -> bool:
        """Whether Ollama has the model in memory."""
        endpoint = self._endpoint
        async with endpoint.exchange("GET", endpoint.config.address("/api/ps"), None) as response:
            data = await endpoint.read(response, PS_MS)
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            names = {one.get("name") for one in json.loads(data)["models"]}
            return bool(names & {model, f"{model}:latest"})
        return False

    async def close(self) -> None:
        """Load nothing more, also not after a request that is still to end."""
        self._last = float("inf")
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])


def _body(endpoint: Endpoint, probe: Probe) -> tuple[str, dict[str, Any]] | None:
    """The path and the body that load a model and make one token at the most; None where there is nothing to do."""
    from ._endpoint import merged

    config = endpoint.config
    if not config.local or not probe.model or probe.format is None:
        return None
    if probe.format.startswith("ollama"):
        # Without a prompt it loads only. Another `num_ctx` than the requests' would load it a second time.
        options = {"num_ctx": config.context_tokens} if config.context_tokens else {}
        body: dict[str, Any] = {"model": probe.model, "stream": False, "options": options}
        return "/api/generate", merged(body, config.extra)
    if probe.format in ("completions", "completions-suffix") and probe.server != "llama.cpp":
        body = {"model": probe.model, "prompt": "#", "max_tokens": 1, "temperature": 0}
        return "/v1/completions", merged(body, config.extra)
    return None
