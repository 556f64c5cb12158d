"""llama.cpp's own `/infill`: the server builds the prompt from the model's FIM tokens and reads user text
as text only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import define, field

from .._types import Chunk
from ._contract import Ask, Reader

# Without this the last message repeats the whole prompt and all settings.
_FIELDS = (
    "index", "content", "stop", "stop_type", "tokens_predicted", "tokens_evaluated", "tokens_cached",
    "truncated", "timings/cache_n", "completion_probabilities",
)  # fmt: skip


@define(frozen=True, slots=True)
class Infill:
    """llama.cpp's own route: the server builds the prompt from the tokens in the model's file."""

    name: str = "llama.cpp"
    path: str = "/infill"
    framing: Literal["sse"] = "sse"
    templated: bool = False
    several: bool = True
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
        """The three parts apart; `n_predict` in tokens, and only the fields of the answer that are read."""
        request = ask.request
        body: dict[str, Any] = {
            "input_prefix": request.prefix,
            "input_suffix": request.suffix,
            "input_extra": [{"filename": path, "text": text} for path, text in request.files],
            # The middle as far as it is there: nothing, since what was typed stands in the prefix.
            "prompt": "",
            "n_predict": request.max_tokens,
            "temperature": ask.temperature,
            "stop": list(ask.stop),
            "cache_prompt": True,
            "stream": True,
            "response_fields": list(_FIELDS),
        }
        if ask.model:
            body["model"] = ask.model
        if request.count > 1:
            body["n"] = request.count
        if request.logprobs:
            body["n_probs"] = 1
        return body

    def reader(self, ask: Ask) -> Reader:
        """Reads `content`, and the probabilities where they were asked for."""
        return _read


def _read(message: Any) -> Iterator[Chunk]:
    if isinstance(message, list):  # several candidates, not streamed
        for one in message:
            yield from _read(one)
        return
    probabilities = [token["logprob"] for token in message.get("completion_probabilities") or ()]
    ended = bool(message.get("stop"))
    yield Chunk(
        text=message["content"],
        candidate=message.get("index") or 0,
        # At its end a streamed answer repeats the probabilities of all its tokens.
        logprob=sum(probabilities) if probabilities and (not ended or message["content"]) else None,
        finish=("length" if message.get("stop_type") == "limit" else "stop") if ended else None,
        prompt_tokens=message.get("tokens_evaluated") if ended else None,
        cached_tokens=message.get("timings/cache_n", (message.get("timings") or {}).get("cache_n"))
        if ended
        else None,
        completion_tokens=message.get("tokens_predicted") if ended else None,
    )
