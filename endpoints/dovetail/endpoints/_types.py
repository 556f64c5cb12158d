"""The values that go in and come out: a question, a piece of an answer, what a probe found."""

from __future__ import annotations

from typing import Literal, TypedDict

from attrs import define, field

from dovetail.privacy import NOTHING, Shown


class ChatMessage(TypedDict):
    """One message of a chat, made of text that may be shown (`dovetail.privacy`)."""

    role: Literal["system", "user", "assistant"]
    content: Shown


@define(frozen=True, slots=True)
class FimRequest:
    """One hole to fill. All texts are plain and may be shown (`dovetail.privacy`); whatever a wire format or a
    template needs is added by this package."""

    prefix: Shown
    suffix: Shown
    path: Shown = NOTHING
    """The document, relative to its workspace folder, with forward slashes."""
    files: tuple[tuple[Shown, Shown], ...] = ()
    """Other files as (path, text), most stable first, so that the head of the prompt stays byte-identical."""
    max_tokens: int = 128
    stop: tuple[str, ...] = ()
    """Strings at which the answer ends (they are not part of it), beside the family's own."""
    single_line: bool = False
    """End at the first line feed of the answer."""
    count: int = 1
    """Candidates wanted. Formats that cannot give several give one."""
    temperature: float | None = None
    """None: the endpoint's setting. Always sent, since servers default to as much as 0.8."""
    repo: Shown = NOTHING
    """The repository's name, for families that were trained with it."""
    language: str = ""
    """The language's identifier as LSP has it ("python"), for the formats that ask for it."""
    logprobs: bool = False
    """Ask for log-probabilities, where the format has them."""


@define(frozen=True, slots=True)
class Chunk:
    """A part of one candidate as it arrived. The texts of a candidate's chunks, in order, make its text."""

    text: str = ""
    candidate: int = 0
    logprob: float | None = None
    """Sum of the log-probabilities (natural) of this chunk's tokens, where the endpoint gives them."""
    finish: str | None = None
    """Set on a candidate's last chunk: "stop" (of its own accord or at a stop string) or "length"."""
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    """How many of the prompt's tokens the server took from its cache."""
    completion_tokens: int | None = None
    endpoint: str = ""
    """The name of the endpoint that answered."""
    request_id: str = ""
    """The server's own id for this request (`X-Request-Id`), if it sent one: its administrator can look it up."""


def changed(chunk: Chunk, text: str, finish: str | None, endpoint: str, request_id: str) -> Chunk:
    """`chunk` with another text, end, name and id; each token passes here, and `attrs.evolve` takes ten times as
    long."""
    return Chunk(
        text,
        chunk.candidate,
        chunk.logprob,
        finish,
        chunk.prompt_tokens,
        chunk.cached_tokens,
        chunk.completion_tokens,
        endpoint,
        request_id,
    )


@define(frozen=True, slots=True)
class Probe:
    """What was found out about an endpoint, and by which evidence."""

    format: str | None
    """The wire format's name, or None if none was found that works."""
    model: str = ""
    family: str | None = None
    """The template family, or None where the server builds the prompt itself or none is known."""
    context_tokens: int | None = None
    """What one request may use, prompt and answer together."""
    batch_tokens: int | None = None
    """llama.cpp's `n_batch`: `/infill` reads 3/4 of it of a prefix and 1/4 of a suffix; None where not known."""
    chars_per_token: float | None = None
    """Characters of the user's text to a token, where the server's tokenizer was asked."""
    candidates: int | None = None
    """How many candidates one request may ask for, if known (llama.cpp: as many as it has slots)."""
    server: str = ""
    """What kind of server answers there: "llama.cpp", "Ollama", "vLLM", …"""
    local: bool = False
    routed: bool = False
    """Whether the server has several models and each request must name one (llama.cpp's router, llama-swap)."""
    usage: bool = False
    """Whether a streamed answer counts its tokens if `stream_options` asks for it."""
    models: tuple[str, ...] = ()
    """The models on the server, if it lists them."""
    evidence: tuple[str, ...] = ()
    problems: tuple[str, ...] = field(default=())
    """Sentences for the user; not empty and `format` None: it cannot be used as it is."""
