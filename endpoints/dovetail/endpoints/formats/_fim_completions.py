"""`/v1/fim/completions` of Mistral (Codestral) and of Inception (Mercury)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import define, field

from .._prompts import plain_context
from ._contract import Ask, Reader
from ._openai import choices, common


@define(frozen=True, slots=True)
class FimCompletions:
    """`prompt` and `suffix`; the answer is in `delta.content` (Mistral) or `text` (Inception)."""

    name: str
    path: str = "/v1/fim/completions"
    framing: Literal["sse"] = "sse"
    templated: bool = False
    several: bool = False
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
        """Prefix and suffix apart, other files as plain text above the prefix."""
        context = plain_context(ask.family, ask.request)
        return common(ask) | {"prompt": context + ask.request.prefix, "suffix": ask.request.suffix}

    def reader(self, ask: Ask) -> Reader:
        """Reads the `choices` of one message, whatever the server puts them in."""
        return choices
