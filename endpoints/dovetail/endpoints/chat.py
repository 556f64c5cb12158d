"""Chat with any OpenAI-compatible server, streamed: the `openai` package over this package's own HTTP client.

`openai` is imported when the first chat starts. Its retries, its own environment variables (other keys,
organisations, addresses) and its statistics headers are turned off: what is sent, and where to, is what
the settings say.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from attrs import define, field

from dovetail.privacy import Shown

from ._config import Connection, Timeouts
from ._endpoint import named
from ._errors import (
    BadAnswer,
    BadRequest,
    Broken,
    ConfigError,
    EndpointError,
    ServerError,
    Timeout,
    Unauthorized,
)
from ._http import HttpPool, hang_up
from ._secrets import Secret, resolve_key
from ._statuses import from_exception, from_status, where
from ._types import ChatMessage
from .formats import DONE, MAX_BYTES, EventMessages, WholeMessage, said

if TYPE_CHECKING:
    import httpx

# Fields that an address and model refused, so that they are offered once in the life of the process.
_keys: dict[tuple[str, ...], Secret] = {}
_refused: dict[tuple[str, str], set[str]] = {}


@define(frozen=True, slots=True, kw_only=True)
class ChatConfig(Connection):
    """A chat server. `url` is its base, with or without "/v1"; `model` must be set.

    Raises:
        ConfigError: a value is not allowed; the text names the setting and what is.
    """

    timeouts: Timeouts = field(factory=lambda: Timeouts(5_000, 60_000, 600_000))
    max_tokens: int | None = None

    def __attrs_post_init__(self) -> None:
        Connection.__attrs_post_init__(self)
        if not self.model:
            raise ConfigError(f"{self.name}: model must name the chat model.", endpoint=self.name)
        if self.max_tokens is not None and (not isinstance(self.max_tokens, int) or self.max_tokens < 1):
            raise ConfigError(
                f"{self.name}: maxTokens must be a whole number above 0, not {self.max_tokens!r}.",
                endpoint=self.name,
            )


@define(slots=True)
class Usage:
    """What a chat cost, filled in while it streams. Tokens; None where the server does not tell."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    accepted_prediction_tokens: int | None = None
    rejected_prediction_tokens: int | None = None
    prediction_sent: bool = False
    """Whether `prediction` went with the request (False where the endpoint is known to refuse it)."""
    first_token_ms: float | None = None
    total_ms: float | None = None


@define(frozen=True, slots=True)
class ChatChunk:
    """A part of the answer as it arrived."""

    text: str = ""
    finish: str | None = None
    """The server's reason ("stop", "length", "content_filter"), on the last chunk with one."""
    usage: Usage = field(factory=Usage)
    """The same object on every chunk of an answer."""


async def stream_chat(
    config: ChatConfig,
    messages: Sequence[ChatMessage],
    *,
    prediction: Shown | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    stop: Sequence[str] = (),
    http: HttpPool | None = None,
) -> AsyncGenerator[ChatChunk, None]:
    """Ask `messages`; the answer as it arrives. Closing the iterator, or cancelling, hangs up at once.

    Args:
        prediction: text that the answer will mostly repeat. Where the endpoint and model refuse it (400),
        the request is sent
            once more without, and they are not offered one again by this process.
        max_tokens: of the answer; None: `config.max_tokens`.
        http: shared connections; None: connections of this call's own.

    Raises:
        EndpointError: no (complete) answer; chunks may have come before. One retry was made where
            nothing had come and 5xx or a broken connection was the reason.
    """
    loop = asyncio.get_running_loop()
    started = loop.time()
    total = started + config.timeouts.total_ms / 1000
    usage = Usage()
    refused = _refused.setdefault((config.address("/v1/chat/completions"), config.model), set())
    body: dict[str, Any] = {
        "model": config.model,
        "messages": [dict(message) for message in messages],
        "stream": True,
    }
    body["temperature"] = config.temperature if temperature is None else temperature
    if limit := max_tokens or config.max_tokens:
        body["max_tokens"] = limit
    if stop:
        body["stop"] = list(stop)
    pool = http or HttpPool()
    tries = 2
    without = set(refused)
    try:
        while True:
            offered: dict[str, Any] = {"stream_options": {"include_usage": True}}
            if prediction is not None:
                offered["prediction"] = {"type": "content", "content": prediction}
            offered = {name: value for name, value in offered.items() if name not in without}
            usage.prediction_sent = "prediction" in offered
            came = False
            tries -= 1
            try:
                async with aclosing(_once(config, body | offered, usage, pool, total)) as chunks:
                    async for chunk in chunks:
                        if not came:
                            usage.first_token_ms = (loop.time() - started) * 1000
                        came = True
                        refused |= without
                        usage.total_ms = (loop.time() - started) * 1000
                        yield chunk
                return
            except BadRequest as error:
                if not offered:
                    raise
                # The field that the server names, else the rarer one.
                without.add(next((name for name in offered if name in str(error)), list(offered)[-1]))
                tries += 1
            except EndpointError as error:
                if came or not tries or not error.retryable or error.retry_after or loop.time() >= total:
                    raise
    finally:
        if http is None:
            await pool.aclose()


async def _once(
    config: ChatConfig, body: dict[str, Any], usage: Usage, pool: HttpPool, total: float
) -> AsyncGenerator[ChatChunk, None]:
    first = min(total, asyncio.get_running_loop().time() + config.timeouts.first_token_ms / 1000)
    url = config.address("/v1/chat/completions")
    key = config.key or _keys.get(config.key_command)
    if key is None:
        key = await resolve_key(config.key_env, config.key_command, endpoint=config.name)
        if key is not None and config.key_command:
            _keys[config.key_command] = key  # a command may ask the user for something each time
    async with pool.lease(config) as client:
        try:
            response = await _send(config, body, key, client, url, first)
        except Unauthorized:
            _keys.pop(config.key_command, None)
            raise
        try:
            async with aclosing(_read(response, config, url, usage, first, total)) as chunks:
                async for chunk in chunks:
                    yield chunk
        except EndpointError as error:
            raise named(error, config.name, where(url)) from None
        finally:
            if not response.is_closed:
                with suppress(Exception):
                    await hang_up(response)


async def _send(
    config: ChatConfig,
    body: dict[str, Any],
    key: Secret | None,
    client: httpx.AsyncClient,
    url: str,
    first: float,
) -> httpx.Response:
    """The answer's head, its body not yet read.

    The `openai` package builds, sends and judges the request. The stream is read here, with the same
    bounds and deadlines as all others (the package holds a line in memory however long it is).
    """
    # The import takes half a second, once; not on the event loop.
    openai = await asyncio.to_thread(importlib.import_module, "openai")
    sent = _Headers(config, key)

    class Asking(openai.AsyncOpenAI):  # type: ignore[misc, name-defined]
        async def _prepare_request(self, request: httpx.Request) -> None:
            """Called last before sending: what stands in the package's environment variables goes nowhere."""
            sent.only(request)

    asking = Asking(
        api_key="none" if key is None else key.reveal(),
        base_url=url.removesuffix("/chat/completions"),
        http_client=client,
        max_retries=0,
        timeout=_timeout(config),
    )
    try:
        async with asyncio.timeout_at(first):
            stream = await asking.chat.completions.create(**body, extra_body=dict(config.extra) or None)
    except TimeoutError:
        raise _late(config, url, "said nothing") from None
    except openai.APIStatusError as error:
        answer = error.response
        raise from_status(
            config, url, answer.status_code, answer.headers, answer.content, config.model
        ) from None
    except openai.APIConnectionError as error:
        raise from_exception(config, url, error.__cause__ or error) from None
    except (openai.OpenAIError, ValueError, TypeError) as error:
        raise BadAnswer(f"{config.name}: {where(url)}: {said(str(error))}.", endpoint=config.name) from None
    response: httpx.Response = stream.response
    return response


async def _read(
    response: httpx.Response, config: ChatConfig, url: str, usage: Usage, first: float, total: float
) -> AsyncGenerator[ChatChunk, None]:
    import httpx

    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        raise BadAnswer("sent a web page")
    framing = WholeMessage() if kind == "application/json" else EventMessages()
    parts = response.aiter_bytes()
    ended = got_text = done = False
    size = 0
    while not done:
        try:
            async with asyncio.timeout_at(total if got_text else first):
                part = await anext(parts, None)
        except TimeoutError:
            raise _late(
                config, url, "did not finish its answer" if got_text else "gave no first token"
            ) from None
        except httpx.HTTPError as error:
            raise from_exception(config, url, error) from None
        size += len(part or b"")
        if size > MAX_BYTES:
            raise BadAnswer(f"sent more than {MAX_BYTES // 1024 // 1024} MiB")
        for message in framing.close() if part is None else framing.feed(part):
            if message is DONE:
                done = True
                continue
            text, finish = _take(message, usage)
            ended = ended or finish is not None
            got_text = got_text or bool(text) or ended
            if text or finish or _counted(message):
                yield ChatChunk(text, finish, usage)
        if part is None:
            break
    if not ended and not done:
        raise Broken("broke off in the middle of its answer")
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(0.25):
            await anext(parts, None)  # the end of the body, so that the connection can be used again


def _take(message: Any, usage: Usage) -> tuple[str, str | None]:
    """The text and the finish reason in one message; what it counts goes to `usage`."""
    try:
        if (error := message.get("error")) and not message.get("choices"):
            raise ServerError(f"reported an error: {said(error)}")
        _count(usage, message.get("usage") or {})
        text, finish = "", None
        for choice in message["choices"]:
            if not (choice.get("index") or 0):
                piece = (choice.get("delta") or choice.get("message") or {}).get("content") or ""
                text += piece if isinstance(piece, str) else "".join(part.get("text", "") for part in piece)
                finish = choice.get("finish_reason") or finish
    except (KeyError, TypeError, AttributeError, ValueError):
        raise BadAnswer("sent JSON that does not fit its wire format") from None
    return text, finish


def _counted(message: Any) -> bool:
    """Whether a message brought counts, which may come alone after the last text."""
    return isinstance(message, dict) and bool(message.get("usage"))


def _count(usage: Usage, counted: Mapping[str, Any]) -> None:
    prompt = counted.get("prompt_tokens_details") or {}
    details = counted.get("completion_tokens_details") or {}
    for name, value in (
        ("prompt_tokens", counted.get("prompt_tokens")),
        ("completion_tokens", counted.get("completion_tokens")),
        ("cached_tokens", prompt.get("cached_tokens")),
        ("accepted_prediction_tokens", details.get("accepted_prediction_tokens")),
        ("rejected_prediction_tokens", details.get("rejected_prediction_tokens")),
    ):
        if isinstance(value, int):
            setattr(usage, name, value)


class _Headers:
    """What may be sent: what HTTP needs, the key, and the user's own headers."""

    _NEEDED = frozenset({"host", "accept", "accept-encoding", "connection", "content-length", "content-type"})

    def __init__(self, config: ChatConfig, key: Secret | None) -> None:
        self._own = {"User-Agent": "dovetail", **config.headers}
        self._keep = self._NEEDED | ({"authorization"} if key is not None else set())

    def only(self, request: httpx.Request) -> None:
        for name in list(request.headers):
            if name not in self._keep:
                del request.headers[name]
        request.headers.update(self._own)


def _timeout(config: ChatConfig) -> httpx.Timeout:
    import httpx

    return httpx.Timeout(None, connect=config.timeouts.connect_ms / 1000)


def _late(config: ChatConfig, url: str, what: str) -> Timeout:
    return Timeout(f"{config.name}: {where(url)} {what} in time.", endpoint=config.name)
