"""Tabby's `/v1/completions`: segments in, one whole answer out; its own server builds the prompt and sets
the limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from attrs import define, field

from .._types import Chunk
from ._contract import Ask, Reader


@define(frozen=True, slots=True)
class Tabby:
    """Tabby, which knows its model's template and takes declarations from other files."""

    name: str = "tabby"
    path: str = "/v1/completions"
    framing: Literal["whole"] = "whole"
    templated: bool = False
    several: bool = False
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
        """The parts as `segments`, other files as `declarations`."""
        request = ask.request
        segments: dict[str, Any] = {"prefix": request.prefix, "suffix": request.suffix}
        if request.path:
            segments["filepath"] = request.path
        if request.files:
            segments["declarations"] = [{"filepath": path, "body": text} for path, text in request.files]
        body: dict[str, Any] = {"segments": segments, "temperature": ask.temperature}
        return body | ({"language": request.language} if request.language else {})

    def reader(self, ask: Ask) -> Reader:
        """Reads the one document that is the whole answer."""
        return _read


def _read(message: Any) -> Iterator[Chunk]:
    for choice in message["choices"]:
        yield Chunk(text=choice["text"], candidate=choice.get("index") or 0, finish="stop")
