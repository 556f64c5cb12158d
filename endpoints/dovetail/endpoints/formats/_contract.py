"""What a wire format is. One page; each format is a file of its own beside this one.

A format is pure: it turns an `Ask` into a request body, and the JSON messages of the answer into chunks.
It opens nothing, waits for nothing and keeps no state but in the reader of one answer. Cutting the byte
stream into messages is `_framing`'s, following an answer to its end `_decoder`'s, sending it `Endpoint`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, Protocol

from attrs import define

from .._families import Family
from .._types import Chunk, FimRequest

Reader = Callable[[Any], Iterable[Chunk]]
"""Takes one JSON message of the answer; gives the chunks in it. Raises KeyError, TypeError, ValueError or
AttributeError if it is not a message of this format."""


@define(frozen=True, slots=True)
class Ask:
    """A request with all that was decided about how to ask."""

    request: FimRequest
    model: str
    temperature: float
    stop: tuple[str, ...]
    """Stop strings, the most needed first. A format sends as many as its servers take; the rest is looked
    for here."""
    family: Family | None = None
    suffix_first: bool = False
    context_tokens: int | None = None
    """The window to ask for, where the server takes one (Ollama's `num_ctx`)."""
    usage: bool = False
    """Ask for counts of tokens in the stream, where that is known to be taken."""


class WireFormat(Protocol):
    """How one kind of server is asked and how it answers."""

    @property
    def name(self) -> str:
        """As in the settings."""

    @property
    def path(self) -> str:
        """The route, from the server's root ("/v1/completions")."""

    @property
    def framing(self) -> Literal["sse", "lines", "whole"]:
        """Server-sent events, one JSON document a line, or one JSON document at the end."""

    @property
    def templated(self) -> bool:
        """Whether the prompt is built here, so that a family is needed."""

    @property
    def several(self) -> bool:
        """Whether one request can ask for several candidates."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Sent beside those of every request."""

    def body(self, ask: Ask) -> dict[str, Any]:
        """The JSON to post."""

    def reader(self, ask: Ask) -> Reader:
        """A reader for one answer."""
