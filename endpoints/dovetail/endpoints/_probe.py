"""What answers at an address: found by asking, never by guessing alone. Each finding keeps its evidence.

`/v1/models` is asked first, since nearly every server has it and says there what it is: behind a gateway each route
that is not there is an error that an administrator sees. A probe costs a few small requests and at most three
generated tokens. Hosts whose API is public knowledge are known by their name and asked for the list of models only.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from attrs import define, field

from ._channel import Channel, Reply
from ._config import EndpointConfig
from ._document import Document
from ._errors import EndpointError, Loading, Timeout
from ._families import FAMILIES, family_of, next_edit_model
from ._hosted import HOSTED, Hosted
from ._types import Probe
from ._urls import where
from .formats import FORMATS, said

PROBE_MS = 5_000
OLLAMA_WINDOW = 8_192
"""Tokens asked of Ollama for a model that is not loaded: its default is half of that or less, a model's own window
may take more memory than there is."""
# Twenty words that a server reads only if it takes `suffix`; then its count of prompt tokens shows them.
_LONG_SUFFIX = "\n" + "\n".join(f"total_{n} = {n}" for n in range(1, 21)) + "\n"
_ENOUGH_TOKENS = 40
_NAMED = 8
"""Models named in a sentence, at the most."""

_OWNERS = {
    "vllm": "vLLM",
    "sglang": "SGLang",
    "llamacpp": "llama.cpp",
    "llama-swap": "llama-swap",
    "library": "Ollama",
    "organization_owner": "LM Studio",
}
_PROMPT_ONLY = ("vLLM", "SGLang", "Ray Serve LLM")
"""Known to refuse or ignore `suffix` on `/v1/completions`, so that they are not asked."""
_COUNTS_ON_REQUEST = (*_PROMPT_ONLY, "llama.cpp", "LM Studio")


@define(slots=True)
class _Finding:
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
    refused: EndpointError | None = None
    """The first route that the key was not accepted for. Gateways say so of routes that they do not have."""


async def find(channel: Channel, config: EndpointConfig) -> Probe:
    """Probe the server behind `channel`.

    Raises:
        EndpointError: it is not reachable, does not accept the key, is rate limited or still loading.
    """
    finding = _Finding(config, model=config.model)
    host = urlsplit(config.url).hostname or ""
    if (hosted := HOSTED.get(host)) is not None:
        await _hosted(channel, finding, host, hosted)
    else:
        await _ask_around(channel, finding)
    if config.format != "auto" and config.format != finding.format:
        finding.format = config.format
        finding.problems.clear()
        finding.evidence.append(f"the format {config.format} is set by the user")
    if finding.format is None and not finding.problems:
        if sentence := no_such_model(config, finding.models):
            finding.problems.append(sentence)
        elif finding.refused is not None:
            raise finding.refused
    return _conclude(config, finding)


def no_such_model(config: EndpointConfig, listed: tuple[str, ...]) -> str:
    """One sentence where the model that the user named is not among those that are `listed`, else ''."""
    if not config.model or not listed or {config.model, f"{config.model}:latest"} & set(listed):
        return ""
    return (
        f"{config.name}: there is no model {config.model!r} at {where(config.url)}; set model to one of those that "
        f"are there: {_some(listed)}."
    )


def _conclude(config: EndpointConfig, finding: _Finding) -> Probe:
    if config.family != "auto":
        finding.family = config.family
        finding.evidence.append(f"the family {config.family} is set by the user")
    elif finding.family is None and (family := family_of(finding.model)):
        finding.family = family
        finding.evidence.append(f"the model's name {finding.model!r} says the family {family}")
    wire = FORMATS.get(finding.format or "")
    if wire is not None and wire.templated and finding.family is None:
        finding.format = None
        finding.problems.append(_no_template(config, finding))
    if finding.format is None and not finding.problems:
        finding.problems.append(
            f"{config.name}: no known server answers at {where(config.url)}; check url, or set format to one of "
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


def _no_template(config: EndpointConfig, finding: _Finding) -> str:
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


async def _hosted(channel: Channel, finding: _Finding, host: str, hosted: Hosted) -> None:
    finding.format, finding.server = hosted.format, hosted.server
    finding.evidence.append(f"the host {host} is {hosted.server}'s")
    with suppress(
        EndpointError
    ):  # the first request says what is wrong; a key for completions alone may not list
        await _list(channel, finding)
    finding.refused = None
    listed = finding.models
    if not finding.model and (model := hosted.choose(listed)):
        finding.model = model
        how = "is in its list of models" if model in listed else "is its model to fill in the middle"
        finding.evidence.append(f"{model} {how}")
    elif sentence := no_such_model(finding.config, listed):
        finding.problems.append(sentence)  # it may still answer: some lists are not whole
    if not finding.model:
        there = f"; there are {_some(listed)}" if listed else ""
        finding.problems.append(f"{channel.name}: set model to the name of a FIM model at {host}{there}.")


async def _ask_around(channel: Channel, finding: _Finding) -> None:
    """Ask what the list of models makes likely first, and take only what answers as it should."""
    await _list(channel, finding)
    server = finding.server
    if finding.models and not finding.model and server not in ("Ollama", "llama.cpp"):
        if len(finding.models) == 1:
            finding.model = finding.models[0]
        elif await _llama_cpp(channel, finding):
            return
        else:
            finding.problems.append(_choose(channel, finding.models))
            return
    if server in _PROMPT_ONLY and await _completes(channel, finding):
        return
    if server == "llama-swap" and await _infill(channel, finding):
        return
    unknown = bool(finding.models) and server not in _OWNERS.values()
    if unknown and await _suffix(channel, finding):
        return
    orders = [_ollama, _llama_cpp] if server == "Ollama" else [_llama_cpp, _ollama]
    for look in (*orders, _tabby, _tgi):
        if await look(channel, finding):
            return
    if unknown or not await _suffix(channel, finding):
        await _chat_only(channel, finding)


async def _list(channel: Channel, finding: _Finding) -> None:
    """`/v1/models`: which models are there, and whose the list is."""
    reply = await _ask(channel, finding, "GET", "/v1/models")
    listed = [one for one in reply.document.at("data").items() if one.at("id").text()]
    if reply.status != 200 or not listed:
        return
    finding.models = tuple(dict.fromkeys(one.at("id").text() for one in listed))
    owners = {one.at("owned_by").text() for one in listed}
    finding.server = next((name for mark, name in _OWNERS.items() if mark in owners), "OpenAI-compatible")
    if any(one.at("metadata").has("model_id") for one in listed):
        finding.server = "Ray Serve LLM"
    finding.evidence.append(f"/v1/models lists {_some(finding.models, 4)}")
    wanted = channel.config.model
    chosen = next(
        (one for one in listed if one.at("id").text() == wanted),
        listed[0] if len(listed) == 1 else Document(),
    )
    limits = (
        chosen.at("max_model_len"),
        chosen.at("context_length"),
        chosen.at("meta", "n_ctx"),
        chosen.at("metadata", "max_request_context_length"),
        chosen.at("status", "args", "ctx-size"),
    )
    finding.context = next((count for one in limits if (count := one.count())), None)


def _some(names: tuple[str, ...] | list[str], most: int = _NAMED) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(said(name, 80) for name in names[:most]) + more


def _choose(channel: Channel, names: tuple[str, ...] | list[str]) -> str:
    return f"{channel.name}: set model to one of those that are there: {_some(names)}."


async def _llama_cpp(channel: Channel, finding: _Finding) -> bool:
    """llama.cpp tells itself by `/props`; whether it can fill in the middle, only `/infill` tells."""
    props = await _ask(channel, finding, "GET", "/props")
    document = props.document
    if props.status != 200 or not document.has("default_generation_settings"):
        return False
    finding.server = "llama.cpp"
    if document.at("role").text() == "router":
        return await _router(channel, finding)
    slots = document.at("total_slots").count() or 1
    finding.context = document.at("default_generation_settings", "n_ctx").count() or finding.context
    finding.candidates = slots
    path = document.at("model_path").text()
    alias = document.at("model_alias").text()
    finding.model = finding.model or alias or path
    build = document.at("build_info").text() or "no build"
    finding.evidence.append(
        f"/props is llama.cpp's ({build}, {slots} slots of {finding.context or 'an unknown number of'} tokens)"
    )
    finding.family = family_of(finding.model) or family_of(path.replace("\\", "/").rpartition("/")[2])
    if not await _infill(channel, finding) and finding.format is None and not finding.problems:
        finding.format = "completions"
    return True


async def _router(channel: Channel, finding: _Finding) -> bool:
    """llama.cpp's router: several models on one port, loaded on demand; each request names one."""
    finding.evidence.append("/props is that of llama.cpp's router: each request names a model")
    finding.routed, finding.context = True, None
    if not finding.model and len(finding.models) == 1:
        finding.model = finding.models[0]
    if not finding.model:
        finding.problems.append(
            _choose(channel, finding.models)
            if finding.models
            else f"{channel.name}: the router has no model yet."
        )
        return True
    try:
        if not await _infill(channel, finding) and finding.format is None and not finding.problems:
            finding.format = "completions"
        url = channel.config.address("/props", model=finding.model)
        props = await channel.ask("GET", url, ms=PROBE_MS)
    except Timeout as error:
        raise Loading(
            f"{channel.name}: the model {finding.model} is being loaded.", endpoint=channel.name
        ) from error
    finding.context = props.document.at("default_generation_settings", "n_ctx").count()
    finding.candidates = props.document.at("total_slots").count() or 1
    return True


async def _infill(channel: Channel, finding: _Finding) -> bool:
    """Whether `/infill` is there and the model has FIM tokens."""
    body: dict[str, Any] = {"input_prefix": "", "input_suffix": "", "n_predict": 0, "stream": False}
    finding.routed = finding.routed or finding.server == "llama-swap"
    if finding.routed:
        body["model"] = finding.model
    reply = await _ask(channel, finding, "POST", "/infill", body)
    if reply.status == 200:
        finding.format = "llama.cpp"
        finding.candidates = finding.candidates or 1
        finding.evidence.append("/infill with n_predict 0 was taken: the model has FIM tokens")
        return True
    if reply.status == 501:
        finding.evidence.append(f"/infill answered 501: {_said(reply)}")
        finding.family = finding.family or family_of(finding.model)
        if finding.family is not None or finding.config.family != "auto":
            # The file's list of special tokens is not whole; what a model of this name was trained with is known.
            finding.format = "completions"
            finding.evidence.append("the model's name tells its template, so the prompt is built here")
            return True
        _no_fim(channel, finding)
        return False
    finding.evidence.append(f"/infill answered {reply.status or 'what is no HTTP'}")
    return False


def _said(reply: Reply) -> str:
    return said(reply.document.at("error").value or reply.document.value)


def _no_fim(channel: Channel, finding: _Finding) -> None:
    finding.problems.append(
        _no_template(finding.config, finding)
        if next_edit_model(finding.model)
        else f"{channel.name}: the model {finding.model!r} cannot fill in the middle (it has no FIM tokens); "
        "load one that can, such as a Qwen2.5-Coder base model."
    )


async def _ollama(channel: Channel, finding: _Finding) -> bool:
    version = (await _ask(channel, finding, "GET", "/api/version")).document.at("version").text()
    if not version:
        return False
    tags = await _ask(channel, finding, "GET", "/api/tags")
    if tags.status != 200 or not tags.document.has("models"):
        return False
    finding.server = "Ollama"
    finding.evidence.append(f"/api/version is Ollama's ({said(version, 40)})")
    names = [name for one in tags.document.at("models").items() if (name := one.at("name").text())]
    finding.models = tuple(names)
    if not finding.model and len(names) == 1:
        finding.model = names[0]
        finding.evidence.append(f"/api/tags lists {names[0]} only")
    if not finding.model:
        there = _some(names) or 'none; run "ollama pull qwen2.5-coder:1.5b-base"'
        finding.problems.append(f"{channel.name}: set model to one of those that are there: {there}.")
        return True
    show = await _ask(channel, finding, "POST", "/api/show", {"model": finding.model})
    if show.status != 200:
        finding.problems.append(
            f"{channel.name}: Ollama has no model {finding.model!r}; there are {_some(names) or 'none'}."
        )
        return True
    own = next(
        (v.count() for k, v in show.document.at("model_info").fields() if k.endswith(".context_length")), None
    )
    await _window(channel, finding, own)
    finding.family = family_of(finding.model)
    capabilities = [one.text() for one in show.document.at("capabilities").items()]
    if ".Suffix" in show.document.at("template").raw() or "insert" in capabilities:
        finding.format = "ollama"
        finding.evidence.append("/api/show: the model's template has a place for the suffix")
    elif finding.family is not None or finding.config.family != "auto":
        finding.format = "ollama-raw"
        finding.evidence.append(
            "/api/show: the model's template has no suffix, so the prompt is built here, sent raw"
        )
    else:
        finding.evidence.append("/api/show: the model's template has no suffix")
        _no_fim(channel, finding)
    return True


async def _window(channel: Channel, finding: _Finding, own: int | None) -> None:
    """The window to use at Ollama: that in which the model is loaded already, since another one would load it anew."""
    reply = await _ask(channel, finding, "GET", "/api/ps")
    wanted = {finding.model, f"{finding.model}:latest"}
    for one in reply.document.at("models").items():
        if one.at("name").text() in wanted and (loaded := one.at("context_length").count()):
            finding.context = loaded
            finding.evidence.append(f"/api/ps: it is loaded with {loaded} tokens")
            return
    finding.context = min(own or OLLAMA_WINDOW, OLLAMA_WINDOW)
    finding.evidence.append(f"/api/show: {own or 'no'} tokens of its own; {finding.context} are asked for")


async def _completes(channel: Channel, finding: _Finding) -> bool:
    """Whether `/v1/completions` answers, at a server that is known not to take `suffix`."""
    body = {"prompt": "def add(a, b):\n", "max_tokens": 1, "temperature": 0, "model": finding.model}
    reply = await _ask(channel, finding, "POST", "/v1/completions", body)
    if reply.status != 200 or not reply.document.has("choices"):
        return False
    finding.format = "completions"
    finding.evidence.append(f"it is {finding.server}, which takes no suffix, and /v1/completions answers")
    return True


async def _suffix(channel: Channel, finding: _Finding) -> bool:
    """Whether `/v1/completions` takes `suffix`, by what it counts as prompt."""
    body: dict[str, Any] = {
        "prompt": "def add(a, b):\n",
        "suffix": _LONG_SUFFIX,
        "max_tokens": 1,
        "temperature": 0,
    }
    if finding.model:
        body["model"] = finding.model
    reply = await _ask(channel, finding, "POST", "/v1/completions", body)
    if reply.status == 200 and reply.document.has("choices"):
        counted = reply.document.at("usage", "prompt_tokens").count()
        reads = counted is not None and counted >= _ENOUGH_TOKENS
        finding.format = "completions-suffix" if reads else "completions"
        finding.evidence.append(
            f"/v1/completions counts {counted or 'no'} prompt tokens: it {'reads' if reads else 'ignores'} suffix"
        )
        return True
    if reply.status in (400, 422) and "suffix" in _said(reply).lower():
        finding.format = "completions"
        finding.evidence.append(f"/v1/completions refuses suffix: {_said(reply)}")
        return True
    finding.evidence.append(f"/v1/completions answered {reply.status or 'what is no HTTP'}")
    if reply.error is not None and finding.refused is None:
        finding.refused = reply.error
    return False


async def _chat_only(channel: Channel, finding: _Finding) -> None:
    """Whether there is chat where nothing else is."""
    if not finding.model:
        return
    body = {"model": finding.model, "messages": [{"role": "user", "content": "Say 1."}], "max_tokens": 1}
    reply = await _ask(channel, finding, "POST", "/v1/chat/completions", body)
    if reply.status == 200 and reply.document.has("choices"):
        finding.format = "chat"
        finding.evidence.append("only /v1/chat/completions answers")
        finding.problems.append(
            f"{channel.name}: only chat is offered there, which is slow and less exact; a FIM model is better."
        )


async def _tabby(channel: Channel, finding: _Finding) -> bool:
    health = await _ask(channel, finding, "GET", "/v1/health")
    if health.status != 200 or not health.document.has("device", "version"):
        return False
    model = health.document.at("model").text()
    finding.server, finding.format = "Tabby", "tabby"
    finding.model = finding.model or model
    finding.evidence.append(f"/v1/health is Tabby's (model {said(model or 'not named', 80)})")
    return True


async def _tgi(channel: Channel, finding: _Finding) -> bool:
    info = await _ask(channel, finding, "GET", "/info")
    model = info.document.at("model_id").text()
    if info.status != 200 or not model:
        return False
    finding.server, finding.format = "TGI", "tgi"
    finding.model = finding.model or model
    finding.context = (
        info.document.at("max_total_tokens").count() or info.document.at("max_input_tokens").count()
    )
    finding.evidence.append(f"/info is TGI's (model {said(model, 80)})")
    return True


async def _ask(channel: Channel, finding: _Finding, method: str, path: str, body: Any = None) -> Reply:
    """One small question. A status that speaks of the whole server (loading, too many requests, a gateway without a
    server behind it) is raised; a key that is not accepted may mean this route only."""
    reply = await channel.ask(method, channel.config.address(path), body, ms=PROBE_MS)
    if reply.error is not None:
        if reply.error.kind in ("loading", "rate limit", "busy") or reply.status in (502, 504):
            raise reply.error
        if reply.error.kind == "key" and finding.refused is None:
            finding.refused = reply.error
    return reply
