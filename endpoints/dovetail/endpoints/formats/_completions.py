"""OpenAI's `/v1/completions`, with a prompt built here (vLLM, llama.cpp, SGLang, TGI, LM Studio,
Fireworks) or with `suffix` (DeepSeek, SiliconFlow, llama-cpp-python, Ollama)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import define, field

from .._prompts import build_prompt, neutralise, plain_context
from ._contract import Ask, Reader
from ._openai import choices, common


@define(frozen=True, slots=True)
class Completions:
    """With a built prompt."""

    name: str = "completions"
    path: str = "/v1/completions"
    framing: Literal["sse"] = "sse"
    templated: bool = True
    several: bool = True
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
        """The prompt built by the family's template."""
        assert ask.family is not None
        prompt = build_prompt(ask.family, ask.request, suffix_first=ask.suffix_first)
        return common(ask) | {"prompt": prompt} | _several(ask)

    def reader(self, ask: Ask) -> Reader:
        """Reads the `choices` of one message, whatever the server puts them in."""
        return choices


@define(frozen=True, slots=True)
class CompletionsSuffix:
    """With `suffix`; the server puts it into the model's template."""

    name: str = "completions-suffix"
    path: str = "/v1/completions"
    framing: Literal["sse"] = "sse"
    templated: bool = False
    several: bool = True
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
        """Prefix and suffix apart, other files as plain text above the prefix."""
        return common(ask) | {"prompt": prefix_of(ask), "suffix": suffix_of(ask)} | _several(ask)

    def reader(self, ask: Ask) -> Reader:
        """Reads the `choices` of one message, whatever the server puts them in."""
        return choices


def prefix_of(ask: Ask) -> str:
    """The prefix for servers that fill the template with text in which they then look for control tokens."""
    prefix = ask.request.prefix
    return (
        prefix
        if ask.family is None
        else plain_context(ask.family, ask.request) + neutralise(prefix, ask.family)
    )


def suffix_of(ask: Ask) -> str:
    """The suffix for the same servers."""
    return ask.request.suffix if ask.family is None else neutralise(ask.request.suffix, ask.family)


def _several(ask: Ask) -> dict[str, Any]:
    # Left out where it would be 1: some servers refuse fields that they do not know, whatever their value.
    body: dict[str, Any] = {"n": ask.request.count} if ask.request.count > 1 else {}
    return body | ({"logprobs": 1} if ask.request.logprobs else {})
