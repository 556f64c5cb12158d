"""What the formats after OpenAI's completions share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .._types import Chunk
from ._contract import Ask

MAX_STOPS = 4
"""Some servers refuse more; what is left is found on our side."""

_FINISH = {"length": "length", "max_tokens": "length", "model_length": "length"}


def common(ask: Ask, *, stops: int = MAX_STOPS) -> dict[str, Any]:
    """The fields that all of them take."""
    request = ask.request
    body: dict[str, Any] = {"model": ask.model} if ask.model else {}
    body |= {"max_tokens": request.max_tokens, "temperature": ask.temperature, "stream": True}
    if ask.stop:
        body["stop"] = list(ask.stop[:stops])
    return body


def choices(message: Any) -> Iterator[Chunk]:
    """Chunks from `choices` as `text`, `delta` or `message`, and from `usage`, which may come alone."""
    usage = message.get("usage") or {}
    timings = message.get("timings") or {}
    details = usage.get("prompt_tokens_details") or {}
    cached = details.get("cached_tokens", usage.get("prompt_cache_hit_tokens", timings.get("cache_n")))
    counts: dict[str, Any] = {
        "prompt_tokens": usage.get("prompt_tokens"),
        "cached_tokens": cached,
        "completion_tokens": usage.get("completion_tokens"),
    }
    found = message["choices"]
    if not found and usage:
        yield Chunk(**counts)
    for choice in found:
        finish = choice.get("finish_reason")
        yield Chunk(
            text=_text(choice),
            candidate=choice.get("index") or 0,
            logprob=_logprob(choice.get("logprobs")),
            finish=None if finish is None else _FINISH.get(finish, "stop"),
            **counts,
        )


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
    if (tokens := logprobs.get("token_logprobs")) is None:
        tokens = [token.get("logprob") for token in logprobs.get("content") or ()]
    known = [float(value) for value in tokens if value is not None]
    return sum(known) if known else None
