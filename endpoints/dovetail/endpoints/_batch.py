"""How much of a prompt llama.cpp's `/infill` really reads.

It cuts the prefix to 3/4 of the server's batch (`n_batch`, 2,048 tokens unless told otherwise) and the suffix to 1/4,
and says so nowhere. What was cut begins at another token at each key, so that the server's prompt cache holds nothing
any more. No route reports `n_batch`; it is inferred from how many tokens of a long suffix were evaluated. To keep
below it, the tokens of the user's own text are counted too, by `/tokenize`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from attrs import evolve

from ._channel import Channel
from ._config import EndpointConfig
from ._document import Document
from ._errors import EndpointError
from ._types import FimRequest, Probe

LONG_PREFIX = 1_200
LONG_SUFFIX = 400
"""Characters; nothing shorter is cut by a batch of 512 tokens."""
IDLE_S = 2.0
"""How long no request must have come: the server reads up to 2,500 tokens for it."""
PATIENCE_MS = 20_000
_SUFFIX_TOKENS = 2_500
_TEMPLATE_TOKENS = 2
"""llama.cpp keeps this many of the suffix's share for the template."""


class Meter:
    """Finds out the batch of a server and the size of its tokens, once, in a moment when nobody asks it anything.

    `known` gives what the last probe found, `note` takes what is known after the measurement.
    """

    def __init__(
        self,
        channel: Channel,
        config: EndpointConfig,
        known: Callable[[], Probe | None],
        note: Callable[[Probe], None],
    ) -> None:
        self._channel = channel
        self._batch = config.batch_tokens
        self._known = known
        self._note = note
        self._waiting: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._requests = 0
        self._done = False

    def pause(self) -> None:
        """A request comes: it goes first."""
        self._requests += 1
        self._give_way()

    def _give_way(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        if self._task is not None:
            self._task.cancel()

    def resume(self, request: FimRequest | None, *, answered: bool) -> None:
        """A request is over; `answered` if some text had come."""
        self._requests -= 1
        # Only behind an answer that came: a server in trouble is not asked for more.
        if self._requests or self._done or not answered or request is None:
            return
        probe = self._known()
        # Short texts are never cut, so that nothing would be gained by knowing the batch.
        long = len(request.prefix) > LONG_PREFIX or len(request.suffix) > LONG_SUFFIX
        if not long or probe is None or probe.format != "llama.cpp":
            return
        text = request.prefix + request.suffix
        self._waiting = asyncio.get_running_loop().call_later(IDLE_S, self._start, text, _model(probe))

    async def close(self) -> None:
        """Measure no more, also not after a request that is still to end."""
        self._done = True
        self._give_way()
        if self._task is not None:
            await asyncio.wait([self._task])

    def _start(self, text: str, model: str) -> None:
        self._waiting = None
        self._task = asyncio.create_task(self._measure(text, model))

    async def _measure(self, text: str, model: str) -> None:
        found, batch = [], self._batch
        try:
            per_token = await chars_per_token(self._channel, text, model)
            if batch is None and (batch := await batch_tokens(self._channel, model)) is not None:
                found.append(f"/infill reads {batch // 4} tokens of a long suffix: its batch is {batch}")
        except EndpointError:
            return  # the user's own requests say what is wrong; after the next one it is tried again
        self._done = True
        if per_token is not None:
            found.append(f"/tokenize: {per_token:.2f} characters a token")
        if (probe := self._known()) is not None:
            evidence = (*probe.evidence, *found)
            self._note(evolve(probe, batch_tokens=batch, chars_per_token=per_token, evidence=evidence))


def _model(probe: Probe) -> str:
    return probe.model if probe.routed else ""


async def chars_per_token(channel: Channel, text: str, model: str = "") -> float | None:
    """How many characters of `text` make a token, or None where the server does not tell. `model` is named where the
    server has several.

    Raises:
        EndpointError: it does not answer, or not within 20 s.
    """
    tokens = (await _ask(channel, "/tokenize", {"content": text}, model)).at("tokens").items()
    return len(text) / len(tokens) if tokens else None


async def batch_tokens(channel: Channel, model: str = "") -> int | None:
    """The server's `n_batch`, or None where a suffix of 2,500 tokens is not cut.

    Raises:
        EndpointError: it does not answer, or not within 20 s.
    """
    # The template's own tokens are counted with both, so the difference is what was read of the suffix.
    empty = await _count(channel, "", model)
    # A word of one letter is one token in all vocabularies; where it is not, there are more, which does as well.
    full = await _count(channel, " a" * _SUFFIX_TOKENS, model)
    # All of it read: the batch is not what limits. (A server that counts nothing tells nothing.)
    if empty is None or full is None or not empty <= full < empty + _SUFFIX_TOKENS - 1:
        return None
    return 4 * (full - empty + _TEMPLATE_TOKENS)


async def _count(channel: Channel, suffix: str, model: str) -> int | None:
    body = {"input_prefix": "", "input_suffix": suffix, "n_predict": 0, "stream": False}
    counted = (await _ask(channel, "/infill", body | {"response_fields": ["tokens_evaluated"]}, model)).at(
        "tokens_evaluated"
    )
    # `count` takes 0 for no number, but an empty prompt may well evaluate none.
    return 0 if counted.value == 0 else counted.count()


async def _ask(channel: Channel, path: str, body: dict[str, Any], model: str) -> Document:
    """The answer's JSON; an empty document if the status is not 200."""
    if model:
        body = {**body, "model": model}
    reply = await channel.ask("POST", channel.config.address(path), body, ms=PATIENCE_MS, patient=True)
    return reply.document if reply.status == 200 else Document()
