"""What answers at an address: found by asking, never by guessing alone. Each finding keeps its evidence.

`/v1/models` is asked first, since nearly every server has it and says there what it is: behind a gateway each route
that is not there is an error that an administrator sees. A probe costs a few small requests and at most three
generated tokens. Hosts whose API is public knowledge are known by their name and asked for the list of models only.
"""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from ._channel import Channel
from ._config import EndpointConfig
from ._errors import EndpointError
from ._families import family_of
from ._finding import Finding, choose, no_such_model, no_template, some
from ._hosted import HOSTED, Hosted
from ._servers import (
    OWNERS,
    chat_only,
    completes,
    infill,
    list_models,
    llama_cpp,
    ollama,
    suffix,
    tabby,
    tgi,
)
from ._types import Probe
from ._urls import where
from .formats import FORMATS

_PROMPT_ONLY = ("vLLM", "SGLang", "Ray Serve LLM")
"""Known to refuse or ignore `suffix` on `/v1/completions`, so that they are not asked."""
_COUNTS_ON_REQUEST = (*_PROMPT_ONLY, "llama.cpp", "LM Studio")


async def find(channel: Channel, config: EndpointConfig) -> Probe:
    """Probe the server behind `channel`.

    Raises:
        EndpointError: it is not reachable, does not accept the key, is rate limited or still loading.
    """
    finding = Finding(config, model=config.model)
    host = urlsplit(config.url).hostname or ""
    if (hosted := HOSTED.get(host)) is not None:
        await _hosted(channel, finding, host, hosted)
    else:
        await _ask_around(channel, finding)
    # The user's word goes before every finding: problems of a format that is not used are none.
    if config.format != "auto" and config.format != finding.format:
        finding.format = config.format
        finding.problems.clear()
        finding.evidence.append(f"the format {config.format} is set by the user")
    # Nothing usable answered. A model that is not there is the likeliest reason; else the key, if one was
    # refused, since a gateway may hide every route behind it.
    if finding.format is None and not finding.problems:
        if sentence := no_such_model(config, finding.models):
            finding.problems.append(sentence)
        elif finding.refused is not None:
            raise finding.refused
    return _conclude(config, finding)


def _conclude(config: EndpointConfig, finding: Finding) -> Probe:
    if config.family != "auto":
        finding.family = config.family
        finding.evidence.append(f"the family {config.family} is set by the user")
    elif finding.family is None and (family := family_of(finding.model)):
        finding.family = family
        finding.evidence.append(f"the model's name {finding.model!r} says the family {family}")
    wire = FORMATS.get(finding.format or "")
    if wire is not None and wire.templated and finding.family is None:
        finding.format = None
        finding.problems.append(no_template(config, finding))
    if finding.format is None and not finding.problems:
        pages = (
            ", but web pages come from there, as of a login or a proxy; open it in a browser,"
            if finding.pages
            else ";"
        )
        finding.problems.append(
            f"{config.name}: no known server answers at {where(config.url)}{pages} check url, or set format to one of "
            f"{', '.join(FORMATS)}."
        )
    return Probe(
        format=finding.format,
        model=finding.model,
        family=finding.family,
        context_tokens=config.context_tokens or finding.context,
        batch_tokens=config.batch_tokens,
        candidates=finding.candidates,
        server=finding.server,
        local=config.local,
        routed=finding.routed,
        usage=finding.server in _COUNTS_ON_REQUEST,
        models=finding.models,
        evidence=tuple(finding.evidence),
        problems=tuple(finding.problems),
    )


async def _hosted(channel: Channel, finding: Finding, host: str, hosted: Hosted) -> None:
    finding.format, finding.server = hosted.format, hosted.server
    finding.evidence.append(f"the host {host} is {hosted.server}'s")
    with suppress(
        EndpointError
    ):  # the first request says what is wrong; a key for completions alone may not list
        await list_models(channel, finding)
    # By its list alone it would be one of many that speak like OpenAI's.
    finding.refused, finding.server = None, hosted.server
    listed = finding.models
    if not finding.model and (model := hosted.choose(listed)):
        finding.model = model
        how = "is in its list of models" if model in listed else "is its model to fill in the middle"
        finding.evidence.append(f"{model} {how}")
    elif sentence := no_such_model(finding.config, listed):
        finding.problems.append(sentence)  # it may still answer: some lists are not whole
    if not finding.model:
        there = f"; there are {some(listed)}" if listed else ""
        finding.problems.append(f"{channel.name}: set model to the name of a FIM model at {host}{there}.")


async def _ask_around(channel: Channel, finding: Finding) -> None:
    """Ask what the list of models makes likely first, and take only what answers as it should."""
    await list_models(channel, finding)
    server = finding.server
    # Those two are asked for their models below, in their own way.
    if finding.models and not finding.model and server not in ("Ollama", "llama.cpp"):
        if len(finding.models) == 1:
            finding.model = finding.models[0]
        elif await llama_cpp(channel, finding):
            return
        else:
            finding.problems.append(choose(channel, finding.models))
            return
    if server in _PROMPT_ONLY and await completes(channel, finding):
        return
    if server == "llama-swap" and await infill(channel, finding):
        return
    # A list of models of an unknown owner is mostly a plain OpenAI-like server's: its one route is asked first.
    unknown = bool(finding.models) and server not in OWNERS.values()
    if unknown and await suffix(channel, finding):
        return
    orders = [ollama, llama_cpp] if server == "Ollama" else [llama_cpp, ollama]
    for look in (*orders, tabby, tgi):
        if await look(channel, finding):
            return
    if unknown or not await suffix(channel, finding):
        await chat_only(channel, finding)
