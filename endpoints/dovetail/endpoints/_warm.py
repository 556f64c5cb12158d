"""Preloads the model on local servers that load lazily, with one request that no keystroke can cancel.

Ollama gives up loading when the client that asked for it hangs up, LM Studio and llama-swap load on demand too; and
while someone types, clients hang up all the time. A model that takes longer to load than the user pauses would never
be there. It is also put away again after some minutes without a request (Ollama: five).
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from ._channel import Channel, merged
from ._errors import EndpointError, Loading
from ._types import Probe

log = logging.getLogger(__name__)

COLD_S = 1.0
"""A request that was given up after so long without a word may have met a model that is not loaded."""
LOAD_S = 300.0
"""Large models on slow disks take minutes."""
PAUSE_S = 10.0
"""Between two attempts: a loaded model that reads a long prompt slowly is silent as well."""
PS_MS = 3_000
MOMENT_S = 1.0
"""A server that had the model all along answers within it."""


class Warmer:
    """Loads the model of one endpoint where nobody can cancel it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._task: asyncio.Task[None] | None = None
        self._loading = ""
        """The model that is being loaded."""
        self._last = -PAUSE_S

    async def ready(self) -> None:
        """Wait a moment for a model that is being loaded.

        Raises:
            Loading: it takes longer; a request would only wait for it, and make it begin anew when it is cancelled.
        """
        if self._loading and self._task is not None:
            await asyncio.wait([self._task], timeout=MOMENT_S)
        if self._loading:
            name = self._channel.name
            raise Loading(f"{name}: the model {self._loading} is being loaded.", endpoint=name)

    def begin(self, probe: Probe) -> None:
        """Have the model loaded, unless that is under way or was done a moment ago."""
        question = _question(self._channel, probe)
        running = self._task is not None and not self._task.done()
        if question is None or running or time.monotonic() - self._last < PAUSE_S:
            return
        self._last = time.monotonic()
        self._task = asyncio.create_task(self._load(*question, probe))

    def silent(self, probe: Probe | None, seconds: float) -> None:
        """A request ended after `seconds` without a word. Only Ollama can be asked why."""
        if probe is not None and _is_ollama(probe) and seconds >= COLD_S:
            self.begin(probe)

    async def _load(self, path: str, body: dict[str, Any], probe: Probe) -> None:
        channel = self._channel
        try:
            # Silence of a model that is loaded already means a long prompt, not a load.
            if _is_ollama(probe) and await self._loaded(body["model"]):
                return
            await channel.key()  # a command may take its time to print it, and nothing is loaded meanwhile
            self._loading = probe.model or "there"
            await channel.ask("POST", channel.config.address(path), body, ms=LOAD_S * 1000, patient=True)
        except EndpointError as error:
            log.info("%s", error)  # the user's own requests meet the same, and say it
        finally:
            self._loading = ""

    async def _loaded(self, model: str) -> bool:
        """Whether Ollama has the model in memory."""
        reply = await self._channel.ask("GET", self._channel.config.address("/api/ps"), ms=PS_MS)
        names = {one.at("name").text() for one in reply.document.at("models").items()}
        # Ollama adds its default tag to a name without one.
        return bool(names & {model, f"{model}:latest"})

    async def close(self) -> None:
        """Load nothing more, also not after a request that is still to end."""
        self._last = float("inf")
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])


def _is_ollama(probe: Probe) -> bool:
    return (probe.format or "").startswith("ollama")


def _question(channel: Channel, probe: Probe) -> tuple[str, dict[str, Any]] | None:
    """The path and the body that load a model and make one token at the most; None where there is nothing to do."""
    config = channel.config
    if not config.local or not probe.model or probe.format is None:
        return None
    if _is_ollama(probe):
        # Without a prompt it loads only. Another `num_ctx` than the requests' would load it a second time.
        options = {"num_ctx": probe.context_tokens} if probe.context_tokens else {}
        body: dict[str, Any] = {"model": probe.model, "stream": False, "options": options}
        return "/api/generate", merged(body, config.extra)
    # LM Studio and llama-swap load on demand; llama.cpp itself serves what it has loaded.
    if probe.format in ("completions", "completions-suffix") and probe.server != "llama.cpp":
        body = {"model": probe.model, "prompt": "#", "max_tokens": 1, "temperature": 0}
        return "/v1/completions", merged(body, config.extra)
    return None
