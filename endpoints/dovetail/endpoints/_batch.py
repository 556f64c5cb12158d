"""How much of a prompt llama.cpp's `/infill` really reads.

It cuts the prefix to 3/4 of the server's batch (`n_batch`, 2,048 tokens unless told otherwise) and the suffix to 1/4,
and says so nowhere. What was cut begins at another token at each key, so that the server's prompt cache holds nothing
any more. The batch is in no answer either, but in the count of tokens that a long suffix is read as. To keep below
it, the tokens of the user's own text are counted too, by `/tokenize`.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ._errors import EndpointError

if TYPE_CHECKING:
    from ._endpoint import Endpoint
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
    """Finds out the batch of a server and the size of its tokens, once, in a moment when nobody asks it anything."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
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

    def resume(self, probe: Probe | None, request: FimRequest, *, answered: bool) -> None:
        """A request is over; `answered` if some text had come."""
        self._requests -= 1
        long = len(request.prefix) > LONG_PREFIX or len(request.suffix) > LONG_SUFFIX
        if self._requests or self._done or not answered or not long:
            return
        if probe is None or probe.format != "llama.cpp":
            return
        text = request.prefix + request.suffix
        self._waiting = asyncio.get_running_loop().call_later(IDLE_S, self._start, text)

    async def close(self) -> None:
        """Measure no more, also not after a request that is still to end."""
        self._done = True
        self._give_way()
        if self._task is not None:
            await asyncio.wait([self._task])

    def _start(self, text: str) -> None:
        self._waiting = None
        self._task = asyncio.create_task(self._measure(text))

    async def _measure(self, text: str) -> None:
        endpoint, found = self._endpoint, []
        batch = endpoint.config.batch_tokens
        try:
            per_token = await chars_per_token(endpoint, text)
            if batch is None and (batch := await batch_tokens(endpoint)) is not None:
                found.append(f"/infill reads {batch // 4} tokens of a long suffix: its batch is {batch}")
        except EndpointError:
            return  # the user's own requests say what is wrong; after the next one it is tried again
        self._done = True
        if per_token is not None:
            found.append(f"/tokenize: {per_token:.2f} characters a token")
        if (probe := endpoint.known) is not None:
            evidence = (*probe.evidence, *found)
            endpoint.note(evolve(probe, batch_tokens=batch, chars_per_token=per_token, evidence=evidence))


async def chars_per_token(endpoint: Endpoint, text: str) -> float | None:
    """How many characters of `text` make a token, or None where the server does not tell.

    Raises:
        EndpointError: it does not answer, or not within 20 s.
    """
    tokens = (await _ask(endpoint, "/tokenize", {"content": text})).get("tokens")
    return len(text) / len(tokens) if isinstance(tokens, list) and tokens else None


async def batch_tokens(endpoint: Endpoint) -> int | None:
    """The server's `n_batch`, or None where a suffix of 2,500 tokens is not cut.

    Raises:
        EndpointError: it does not answer, or not within 20 s.
    """
    empty = await _count(endpoint, "")
    # A word of one letter is one token in all vocabularies; where it is not, there are more, which does as well.
    full = await _count(endpoint, " a" * _SUFFIX_TOKENS)
    if empty is None or full is None or full - empty >= _SUFFIX_TOKENS - 1:
        return None
    return 4 * (full - empty + _TEMPLATE_TOKENS)


async def _count(endpoint: Endpoint, suffix: str) -> int | None:
    body = {"input_prefix": "", "input_suffix": suffix, "n_predict": 0, "stream": False}
    counted = (await _ask(endpoint, "/infill", body | {"response_fields": ["tokens_evaluated"]})).get(
        "tokens_evaluated"
    )
    return counted if isinstance(counted, int) else None


async def _ask(endpoint: Endpoint, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The answer's JSON object; an empty one for an answer that is none."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_MS / 1000
    async with endpoint.exchange(
        "POST", endpoint.config.address(path), body, deadline, any_status=True
    ) as response:
        data = await endpoint.read(response, PATIENCE_MS)
    try:
        document = json.loads(data)
    except ValueError:
        return {}
    return document if isinstance(document, dict) and response.status_code == 200 else {}
