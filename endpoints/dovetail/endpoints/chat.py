"""Chat with any OpenAI-compatible server, streamed: the `openai` package over this package's own HTTP client.

`openai` is imported when the first chat starts, and used by its public interface only. Its retries, its own
environment variables (other keys, organisations, addresses) and its statistics headers are turned off: what is sent,
and where to, is what the settings say.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from attrs import define, field

from dovetail.privacy import Shown

from ._channel import Channel, merged
from ._config import Connection, Timeouts
from ._errors import (
    BadAnswer,
    BadRequest,
    Broken,
    ConfigError,
    EndpointError,
    ServerError,
    Unauthorized,
)
from ._http import HttpPool, hang_up
from ._secrets import Secret
from ._statuses import from_status
from ._timing import Timing
from ._types import ChatMessage
from ._urls import where
from .formats import DONE, MAX_BYTES, EventMessages, WholeMessage, finish_of, said

if TYPE_CHECKING:
    import httpx

_refused: dict[tuple[str, str], set[str]] = {}
"""Fields that an address and model refused, so that they are offered once in the life of the process."""
_NEEDED = frozenset({"accept", "content-type"})
_CACHE_KEY_HOSTS = ("api.openai.com",)
"""Known to take `prompt_cache_key`."""


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
        prediction: text that the answer will mostly repeat. Where the endpoint and model refuse it (400), the request
            is sent once more without, and they are not offered one again by this process.
        max_tokens: of the answer; None: `config.max_tokens`.
        http: shared connections; None: connections of this call's own.

    Raises:
        EndpointError: no (complete) answer; chunks may have come before. One retry was made where
            nothing had come and 5xx or a broken connection was the reason.
    """
    # The import takes half a second, once: not on the event loop, and not in the server's time.
    await asyncio.to_thread(importlib.import_module, "openai")
    channel = Channel(config, http)
    total = channel.from_now(config.timeouts.total_ms)
    usage = Usage()
    refused = _refused.setdefault((config.address("/v1/chat/completions"), config.model), set())
    body: dict[str, Any] = {
        "model": config.model,
        "messages": [dict(message) for message in messages],
        "stream": True,
    }
    body["temperature"] = (config.temperature or 0.0) if temperature is None else temperature
    if limit := max_tokens or config.max_tokens:
        body["max_tokens"] = limit
    if stop:
        body["stop"] = list(stop)
    tries = 2
    without = set(refused)
    try:
        while True:
            # What not every server takes is left out again, one field at a time, where it answers 400.
            offered: dict[str, Any] = {"stream_options": {"include_usage": True}}
            if prediction is not None:
                offered["prediction"] = {"type": "content", "content": prediction}
            # Other servers may refuse a field that they do not know. With "off" no id of any kind is sent.
            if urlsplit(config.url).hostname in _CACHE_KEY_HOSTS and config.session != "off":
                offered["prompt_cache_key"] = channel.affinity.id
            offered = {name: value for name, value in offered.items() if name not in without}
            came = False
            tries -= 1
            try:
                # The second try goes without the session's id: that would lead to the replica that failed.
                answer = _answer(
                    channel, merged(body | offered, config.extra), usage, total, sticky=tries == 1
                )
                async with aclosing(answer) as chunks:
                    async for chunk in chunks:
                        came = True
                        # Only now: an answer proves that the request was good without these fields.
                        refused |= without
                        yield chunk
                return
            except BadRequest as error:
                if not offered:
                    raise
                # The field that the server names, else the rarer one.
                without.add(next((name for name in offered if name in str(error)), list(offered)[-1]))
                # That was no failure of the server: the one retry is still to be had.
                tries += 1
            except EndpointError as error:
                # What has been shown cannot be asked for again: the second answer would be another one.
                late = asyncio.get_running_loop().time() >= total
                if came or not tries or not error.retryable or error.retry_after or late:
                    raise
    finally:
        await channel.aclose()


async def served_models(config: ChatConfig, *, within_ms: float) -> tuple[str, ...]:
    """The names of the models that the server lists; none where it keeps no list. No model is asked anything.

    Raises:
        EndpointError: it cannot be reached within the time, or does not take the key.
    """
    channel = Channel(config)
    try:
        reply = await channel.ask("GET", config.address("/v1/models"), ms=within_ms, patient=True)
    finally:
        await channel.aclose()
    # Other statuses mean that it keeps no list, which is no fault.
    if isinstance(reply.error, (Unauthorized, ServerError)):
        raise reply.error
    listed = (one.at("id").text() for one in reply.document.at("data").items())
    return tuple(name for name in listed if name)


async def _answer(
    channel: Channel, body: dict[str, Any], usage: Usage, total: float, *, sticky: bool
) -> AsyncGenerator[ChatChunk, None]:
    """One exchange; a key that was refused is asked for again, once."""
    config = channel.config
    url = config.address("/v1/chat/completions")
    timing = Timing(min(total, channel.from_now(config.timeouts.first_token_ms)), total)
    async with AsyncExitStack() as stack:
        with timing.paused():
            client = await stack.enter_async_context(channel.lease())
            key = await channel.key()
        with channel.errors(url):
            try:
                response = await _send(stack, channel, client, key, url, body, timing.first, sticky)
            except Unauthorized:
                with timing.paused():
                    if not await channel.renewed(key):
                        raise
                    key = await channel.key()
                response = await _send(stack, channel, client, key, url, body, timing.first, sticky)
            async with aclosing(_read(channel, response, usage, timing)) as chunks:
                async for chunk in chunks:
                    yield chunk


async def _send(
    stack: AsyncExitStack,
    channel: Channel,
    client: httpx.AsyncClient,
    key: Secret | None,
    url: str,
    body: dict[str, Any],
    first: float,
    sticky: bool,
) -> httpx.Response:
    """The answer's head, its body not yet read; `stack` hangs up.

    The `openai` package builds, sends and judges the request, over our client. The stream is read here, with the same
    bounds and deadlines as all others (the package holds a line in memory however long it is).
    """
    openai: Any = importlib.import_module("openai")
    config = channel.config
    asking = openai.AsyncOpenAI(
        api_key="none" if key is None else key.reveal(),
        base_url=url.partition("?")[0].removesuffix("/chat/completions"),
        default_query=dict(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
        http_client=client,
        max_retries=0,
        timeout=_timeout(config),
    )
    # What the package would say of itself and of this machine, and what stands in its environment variables, is left
    # out by name; then follows what the settings say.
    none: Any = openai.Omit()
    headers = {name: none for name in asking.default_headers if name.lower() not in _NEEDED}
    # The package's `Authorization` goes too: without a key there must be none, and `channel.headers` sets
    # ours.
    headers |= {"User-Agent": "dovetail", "Authorization": none}
    headers |= channel.headers(key, channel.affinity.headers() if sticky else {})
    # All else goes through `extra_body`, untouched: fields of other servers are none of the package's
    # arguments.
    known = ("model", "messages", "stream")
    fields = {name: body[name] for name in known}
    more = {name: value for name, value in body.items() if name not in known}
    try:
        async with asyncio.timeout_at(first):
            stream = await asking.chat.completions.create(**fields, extra_headers=headers, extra_body=more)
    except TimeoutError:
        channel.affinity.failed(sticky=sticky)
        raise channel.late(url, "said nothing") from None
    except openai.APIStatusError as error:
        answer = error.response
        channel.affinity.answered(answer.status_code, answer.headers, sticky=sticky)
        raise from_status(
            config, url, answer.status_code, answer.headers, answer.content, config.model
        ) from None
    except openai.APIConnectionError as error:
        channel.affinity.failed(sticky=sticky)
        raise error.__cause__ or error from None  # what our own client raised; `channel.errors` knows it
    except (openai.OpenAIError, ValueError, TypeError) as error:
        raise BadAnswer(f"{config.name}: {where(url)}: {said(str(error))}.", endpoint=config.name) from None
    response: httpx.Response = stream.response
    channel.affinity.answered(response.status_code, response.headers, sticky=sticky)
    # From here on the answer is open, and whoever leaves the stack hangs up.
    stack.push_async_callback(_leave, response)
    return response


async def _leave(response: httpx.Response) -> None:
    if not response.is_closed:
        with suppress(Exception):
            await hang_up(response)


async def _read(
    channel: Channel, response: httpx.Response, usage: Usage, timing: Timing
) -> AsyncGenerator[ChatChunk, None]:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        raise BadAnswer("sent a web page")
    # Some servers answer in one piece although a stream was asked for.
    framing = WholeMessage() if kind == "application/json" else EventMessages()
    ended = False
    size = 0
    async with aclosing(channel.parts(response, timing)) as parts:
        async for part in parts:
            size += len(part or b"")
            if size > MAX_BYTES:
                raise BadAnswer(f"sent more than {MAX_BYTES // 1024 // 1024} MiB")
            for message in framing.close() if part is None else framing.feed(part):
                if message is DONE:
                    timing.done = True
                    continue
                text, finish = _take(message, usage)
                ended = ended or finish is not None
                # An end without text counts too: the deadline for the first token is over in any case.
                timing.got_text = timing.got_text or bool(text) or ended
                if text or finish or _counted(message):
                    yield ChatChunk(text, finish, usage)
            if part is None:
                break
    # Without a finish reason and without `[DONE]` the connection was cut, however complete the text looks.
    if not ended and not timing.done:
        raise Broken("broke off in the middle of its answer")


def _take(message: Any, usage: Usage) -> tuple[str, str | None]:
    """The text and the finish reason in one message; what it counts goes to `usage`."""
    try:
        if (error := message.get("error")) and not message.get("choices"):
            raise ServerError(f"reported an error: {said(error)}")
        _count(usage, message.get("usage") or {})
        text, finish = "", None
        # `null` and an empty list are both in use for messages that only count.
        for choice in message.get("choices") or ():
            # One candidate was asked for; a server that sends more is not mixed together.
            if not (choice.get("index") or 0):
                # A list of parts is in use as well, each with its `text`.
                piece = (choice.get("delta") or choice.get("message") or {}).get("content") or ""
                text += piece if isinstance(piece, str) else "".join(part.get("text", "") for part in piece)
                if finish_of(choice) is not None:
                    finish = str(choice["finish_reason"])
    except (KeyError, TypeError, AttributeError, ValueError):
        raise BadAnswer("sent JSON that does not fit its wire format") from None
    return text, finish


def _counted(message: Any) -> bool:
    """Whether a message brought counts, which may come alone after the last text."""
    return isinstance(message, dict) and bool(message.get("usage"))


def _count(usage: Usage, counted: Mapping[str, Any]) -> None:
    prompt = counted.get("prompt_tokens_details") or {}
    for name, value in (
        ("prompt_tokens", counted.get("prompt_tokens")),
        ("completion_tokens", counted.get("completion_tokens")),
        ("cached_tokens", prompt.get("cached_tokens")),
    ):
        # A count that is `null` in a later message does not undo an earlier one.
        if isinstance(value, int):
            setattr(usage, name, value)


def _timeout(config: Connection) -> httpx.Timeout:
    import httpx

    return httpx.Timeout(None, connect=config.timeouts.connect_ms / 1000)
