"""Hugging Face TGI's `/generate_stream`, with a built prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import define, field

from .._prompts import build_prompt
from .._types import Chunk
from ._contract import Ask, Reader
from ._openai import MAX_STOPS


@define(frozen=True, slots=True)
class Tgi:
    """Hugging Face's text-generation-inference, with a prompt built here."""

    name: str = "tgi"
    path: str = "/generate_stream"
    framing: Literal["sse"] = "sse"
    templated: bool = True
    several: bool = False
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
        """The prompt and `parameters`; `max_new_tokens` in tokens, at most as many stops as it takes."""
        assert ask.family is not None
        parameters: dict[str, Any] = {
            "max_new_tokens": ask.request.max_tokens,
            "stop": list(ask.stop[:MAX_STOPS]),
            "return_full_text": False,
        }
        if ask.temperature > 0:  # a temperature of 0 is refused; without sampling it is greedy
            parameters |= {"do_sample": True, "temperature": ask.temperature}
        prompt = build_prompt(ask.family, ask.request, suffix_first=ask.suffix_first)
        return {"inputs": prompt, "parameters": parameters, "stream": True}

    def reader(self, ask: Ask) -> Reader:
        """Reads the text of one token a message."""
        return _read


def _read(message: Any) -> Iterator[Chunk]:
    if isinstance(message, list):
        for one in message:
            yield from _read(one)
        return
    details = message.get("details") or {}
    token = message.get("token")
    ended = message.get("generated_text") is not None
    # An answer in one piece has the text as a whole and no tokens.
    if token is None:
        text, logprob = message["generated_text"], None
    else:
        # The control token at the end comes as a token of its own, marked special.
        text, logprob = ("" if token.get("special") else token["text"]), token.get("logprob")
    yield Chunk(
        text=text,
        logprob=logprob,
        finish=("length" if details.get("finish_reason") == "length" else "stop") if ended else None,
        completion_tokens=details.get("generated_tokens"),
    )
