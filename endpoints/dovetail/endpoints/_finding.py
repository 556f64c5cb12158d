"""What a probe has found so far, and the sentences about what it did not find."""

from __future__ import annotations

from typing import Any

from attrs import define, field

from ._channel import Channel, Reply
from ._config import EndpointConfig
from ._errors import EndpointError
from ._families import FAMILIES, next_edit_model
from ._urls import where
from .formats import said

PROBE_MS = 5_000
_NAMED = 8
"""Models named in a sentence, at the most."""


@define(slots=True)
class Finding:
    """A probe under way."""

    config: EndpointConfig
    format: str | None = None
    model: str = ""
    family: str | None = None
    context: int | None = None
    candidates: int | None = None
    server: str = ""
    routed: bool = False
    models: tuple[str, ...] = ()
    evidence: list[str] = field(factory=list)
    problems: list[str] = field(factory=list)
    pages: bool = False
    """Whether a question was answered by a web page."""
    refused: EndpointError | None = None
    """The first route that the key was not accepted for. Gateways say so of routes that they do not have."""


async def ask(channel: Channel, finding: Finding, method: str, path: str, body: Any = None) -> Reply:
    """One small question. A status that speaks of the whole server (loading, too many requests, a gateway without a
    server behind it) is raised; a key that is not accepted may mean this route only."""
    reply = await channel.ask(method, channel.config.address(path), body, ms=PROBE_MS)
    finding.pages = finding.pages or reply.page
    if reply.error is not None:
        if reply.error.kind in ("loading", "rate limit", "busy") or reply.status in (502, 504):
            raise reply.error
        if reply.error.kind == "key" and finding.refused is None:
            finding.refused = reply.error
    return reply


def some(names: tuple[str, ...] | list[str], most: int = _NAMED) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(said(name, 80) for name in names[:most]) + more


def choose(channel: Channel, names: tuple[str, ...] | list[str]) -> str:
    """What the user is to do where several models are there and none is named."""
    return (
        f"{channel.name}: {where(channel.config.url)} has {len(names)} models; "
        f"set model to one of those that are there: {some(names)}."
    )


def said_by(reply: Reply) -> str:
    """What a server says of an error, fit for a sentence."""
    return said(reply.document.at("error").value or reply.document.value)


def no_such_model(config: EndpointConfig, listed: tuple[str, ...]) -> str:
    """One sentence where the model that the user named is not among those that are `listed`, else ''."""
    if not config.model or not listed or {config.model, f"{config.model}:latest"} & set(listed):
        return ""
    return (
        f"{config.name}: there is no model {config.model!r} at {where(config.url)}; set model to one of those that "
        f"are there: {some(listed)}."
    )


def no_template(config: EndpointConfig, finding: Finding) -> str:
    """Why the prompt cannot be built, and what to do about it."""
    if not finding.model:
        return f"{config.name}: no model was found there; set model to the name of a FIM model."
    if next_edit_model(finding.model):
        return (
            f"{config.name}: the model {finding.model!r} predicts the next edit and does not fill in the middle; "
            "use a FIM model, such as a Qwen2.5-Coder base model."
        )
    return (
        f"{config.name}: the model {finding.model!r} needs its prompt built, but its template is not known; if it was "
        f"trained to fill in the middle, set family to one of {', '.join(FAMILIES)}."
    )


def no_fim(channel: Channel, finding: Finding) -> None:
    """Note that the model cannot fill in the middle, and what to do about it."""
    finding.problems.append(
        no_template(finding.config, finding)
        if next_edit_model(finding.model)
        else f"{channel.name}: the model {finding.model!r} cannot fill in the middle (it has no FIM tokens); "
        "load one that can, such as a Qwen2.5-Coder base model."
    )
