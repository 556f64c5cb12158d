"""Ollama's `/api/generate`: with `suffix` where the model's template has a place for it, else raw with a
built prompt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import define, field

from .._prompts import build_prompt
from .._types import Chunk
from ._completions import prefix_of, suffix_of
from ._contract import Ask, Reader


@define(frozen=True, slots=True)
class Ollama:
    """Ollama's own route, with `suffix` put into the model's template, or `raw` with a prompt built here."""

    name: str = "ollama"
    raw: bool = False
    path: str = "/api/generate"
    framing: Literal["lines"] = "lines"
    several: bool = False
    headers: Mapping[str, str] = field(factory=dict)

    @property
    def templated(self) -> bool:
        """Whether the prompt is built here."""
        return self.raw

    def body(self, ask: Ask) -> dict[str, Any]:
        """The prompt or its two parts; `num_ctx` and `num_predict` in tokens."""
        options: dict[str, Any] = {
            "num_predict": ask.request.max_tokens,
            "temperature": ask.temperature,
            "stop": list(ask.stop),
        }
        # Its default is small, and what is longer loses its beginning without a word.
        if ask.context_tokens is not None:
            options["num_ctx"] = ask.context_tokens
        body: dict[str, Any] = {"model": ask.model, "stream": True, "options": options}
        if self.raw:
            assert ask.family is not None
            return body | {
                "prompt": build_prompt(ask.family, ask.request, suffix_first=ask.suffix_first),
                "raw": True,
            }
        return body | {"prompt": prefix_of(ask), "suffix": suffix_of(ask)}

    def reader(self, ask: Ask) -> Reader:
        """Reads `response`, and the counts of tokens in the last message."""
        return _read


def _read(message: Any) -> Iterator[Chunk]:
    ended = bool(message["done"])
    yield Chunk(
        text=message.get("response") or "",
        finish=("length" if message.get("done_reason") == "length" else "stop") if ended else None,
        prompt_tokens=message.get("prompt_eval_count"),
        completion_tokens=message.get("eval_count"),
    )
