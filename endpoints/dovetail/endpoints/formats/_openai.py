"""What the formats after OpenAI's completions share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._types import Chunk
from ._contract import Ask

MAX_STOPS = 4
"""Some servers refuse more; what is left is found on our side."""

_FINISH = {"length": "length", "max_tokens": "length", "model_length": "length"}


def common(ask: Ask) -> dict[str, Any]:
    """The fields that all of them take."""
    request = ask.request
    body: dict[str, Any] = {"model": ask.model} if ask.model else {}
    body |= {"max_tokens": request.max_tokens, "temperature": ask.temperature, "stream": True}
    if ask.stop:
        body["stop"] = list(ask.stop[:MAX_STOPS])
    if ask.usage:
        body["stream_options"] = {"include_usage": True}
    return body


def choices(message: Any) -> Iterator[Chunk]:
    """Chunks from `choices` as `text`, `delta` or `message`, and from `usage`, which may come alone."""
    usage = message.get("usage") or {}
    timings = message.get("timings") or {}
    details = usage.get("prompt_tokens_details") or {}
    # OpenAI and vLLM, DeepSeek, llama.cpp, in this order.
    cached = details.get("cached_tokens", usage.get("prompt_cache_hit_tokens", timings.get("cache_n")))
    counts: dict[str, Any] = {
        "prompt_tokens": usage.get("prompt_tokens"),
        "cached_tokens": cached,
        "completion_tokens": usage.get("completion_tokens"),
    }
    # Some gateways send `null`, or leave it out, where there is no text but usage, a role or nothing.
    found = message.get("choices") or ()
    # Nothing that a message of this format would have: this is another format, not an empty message.
    if not found and not message.keys() & {"choices", "usage", "id"}:
        raise KeyError("choices")
    if not found and usage:
        yield Chunk(**counts)
    for choice in found:
        finish = finish_of(choice)
        yield Chunk(
            text=_text(choice),
            candidate=int(choice.get("index") or 0),  # some gateways send it as text
            logprob=_logprob(choice.get("logprobs")),
            finish=finish,
            **counts,
        )


def finish_of(choice: dict[str, Any]) -> str | None:
    """Why a candidate ended, "stop" or "length"; None while it goes on, which some servers write as "" or "null"."""
    reason = choice.get("finish_reason")
    return None if reason in (None, "", "null") else _FINISH.get(reason, "stop")


def _text(choice: dict[str, Any]) -> str:
    text = choice.get("text")
    if text is None:
        text = (choice.get("delta") or choice.get("message") or {}).get("content")
    if isinstance(text, list):
        text = "".join(part.get("text", "") for part in text)
    return text or ""


def _logprob(logprobs: Any) -> float | None:
    if not logprobs:
        return None
    # Completions have a list of numbers, chats a list of tables.
    if (tokens := logprobs.get("token_logprobs")) is None:
        tokens = [token.get("logprob") for token in logprobs.get("content") or ()]
    known = [float(value) for value in tokens if value is not None]
    return sum(known) if known else None
