"""How each kind of server is recognised, and what it accepts: one function per question, true if the server is of
that kind."""

from __future__ import annotations

from typing import Any

from ._channel import Channel
from ._document import Document
from ._errors import Loading, Timeout
from ._families import family_of
from ._finding import PROBE_MS, Finding, ask, choose, no_fim, no_such_model, said_by, some
from .formats import said

OLLAMA_WINDOW = 8_192
"""Tokens asked of Ollama for a model that is not loaded: its default is half of that or less, a model's own window
may take more memory than there is."""
# Twenty words that a server reads only if it takes `suffix`; then its count of prompt tokens shows them.
_LONG_SUFFIX = "\n" + "\n".join(f"total_{n} = {n}" for n in range(1, 21)) + "\n"
_ENOUGH_TOKENS = 40

OWNERS = {
    "vllm": "vLLM",
    "sglang": "SGLang",
    "llamacpp": "llama.cpp",
    "llama-swap": "llama-swap",
    "library": "Ollama",
    "organization_owner": "LM Studio",
}
"""Servers by what their list of models says of its owner."""


async def list_models(channel: Channel, finding: Finding) -> None:
    """`/v1/models`: which models are there, and whose the list is."""
    reply = await ask(channel, finding, "GET", "/v1/models")
    listed = [one for one in reply.document.at("data").items() if one.at("id").text()]
    if reply.status != 200 or not listed:
        return
    finding.models = tuple(dict.fromkeys(one.at("id").text() for one in listed))
    owners = {one.at("owned_by").text() for one in listed}
    finding.server = next((name for mark, name in OWNERS.items() if mark in owners), "OpenAI-compatible")
    if any(one.at("metadata").has("model_id") for one in listed):
        finding.server = "Ray Serve LLM"
    finding.evidence.append(f"/v1/models lists {some(finding.models, 4)}")
    wanted = channel.config.model
    # The configured model; the only one there is, if none is configured; else its limits are not known.
    chosen = next(
        (one for one in listed if one.at("id").text() == wanted),
        listed[0] if len(listed) == 1 else Document(),
    )
    # Each kind of server states it elsewhere: vLLM, hosted services, llama.cpp, Ray Serve, a router.
    limits = (
        chosen.at("max_model_len"),
        chosen.at("context_length"),
        chosen.at("meta", "n_ctx"),
        chosen.at("metadata", "max_request_context_length"),
        chosen.at("status", "args", "ctx-size"),
    )
    finding.context = next((count for one in limits if (count := one.count())), None)


async def llama_cpp(channel: Channel, finding: Finding) -> bool:
    """llama.cpp is recognised by `/props`; only `/infill` tells whether it can fill in the middle."""
    props = await ask(channel, finding, "GET", "/props")
    document = props.document
    if props.status != 200 or not document.has("default_generation_settings"):
        return False
    finding.server = "llama.cpp"
    if document.at("role").text() == "router":
        return await router(channel, finding)
    slots = document.at("total_slots").count() or 1
    finding.context = document.at("default_generation_settings", "n_ctx").count() or finding.context
    finding.candidates = slots
    path = document.at("model_path").text()
    alias = document.at("model_alias").text()
    finding.model = finding.model or alias or path
    build = document.at("build_info").text() or "no build"
    many = f"{slots} slot{'' if slots == 1 else 's'} of {finding.context or 'an unknown number of'} tokens"
    finding.evidence.append(f"/props is llama.cpp's ({build}, {many})")
    # The alias is the administrator's choice; the file's name often says more.
    finding.family = family_of(finding.model) or family_of(path.replace("\\", "/").rpartition("/")[2])
    # A gateway may hide `/infill` while the model can fill in: then the prompt is built here.
    if not await infill(channel, finding) and finding.format is None and not finding.problems:
        finding.format = "completions"
    return True


async def router(channel: Channel, finding: Finding) -> bool:
    """llama.cpp's router: several models on one port, loaded on demand; each request names one."""
    finding.evidence.append("/props is that of llama.cpp's router: each request names a model")
    finding.routed, finding.context = True, None
    if not finding.model and len(finding.models) == 1:
        finding.model = finding.models[0]
    if not finding.model:
        finding.problems.append(
            choose(channel, finding.models)
            if finding.models
            else f"{channel.name}: the router has no model yet."
        )
        return True
    try:
        if not await infill(channel, finding) and finding.format is None and not finding.problems:
            finding.format = "completions"
        url = channel.config.address("/props", model=finding.model)
        props = await channel.ask("GET", url, ms=PROBE_MS)
    # A router loads the model that a request names before it answers.
    except Timeout as error:
        raise Loading(
            f"{channel.name}: the model {finding.model} is being loaded.", endpoint=channel.name
        ) from error
    finding.context = props.document.at("default_generation_settings", "n_ctx").count()
    finding.candidates = props.document.at("total_slots").count() or 1
    return True


async def infill(channel: Channel, finding: Finding) -> bool:
    """Whether `/infill` is there and the model has FIM tokens."""
    # `n_predict: 0` asks for nothing: it only says whether the model has the tokens.
    body: dict[str, Any] = {"input_prefix": "", "input_suffix": "", "n_predict": 0, "stream": False}
    finding.routed = finding.routed or finding.server == "llama-swap"
    if finding.routed:
        body["model"] = finding.model
    reply = await ask(channel, finding, "POST", "/infill", body)
    if reply.status == 200:
        finding.format = "llama.cpp"
        finding.candidates = finding.candidates or 1
        finding.evidence.append("/infill with n_predict 0 was taken: the model has FIM tokens")
        return True
    # A router, or llama-swap, says of the model what it says of no route: taken for an answer, the prompt would be
    # built here from then on.
    of_model = finding.routed and reply.status in (400, 500, 503)
    if reply.error is not None and (of_model or reply.error.kind == "not loaded"):
        if sentence := no_such_model(finding.config, finding.models):
            finding.problems.append(sentence)
            return False
        raise reply.error
    # 501 says that the loaded file lacks FIM tokens; other statuses, that there is no such route.
    if reply.status == 501:
        finding.evidence.append(f"/infill answered 501: {said_by(reply)}")
        finding.family = finding.family or family_of(finding.model)
        if finding.family is not None or finding.config.family != "auto":
            # The file's list of special tokens is not whole; what a model of this name was trained with is known.
            finding.format = "completions"
            finding.evidence.append("the model's name tells its template, so the prompt is built here")
            return True
        no_fim(channel, finding)
        return False
    finding.evidence.append(f"/infill answered {reply.status or 'what is no HTTP'}")
    return False


async def ollama(channel: Channel, finding: Finding) -> bool:
    """Ollama is recognised by `/api/version`; `/api/show` tells whether the template has a place for the suffix."""
    version = (await ask(channel, finding, "GET", "/api/version")).document.at("version").text()
    if not version:
        return False
    tags = await ask(channel, finding, "GET", "/api/tags")
    if tags.status != 200 or not tags.document.has("models"):
        return False
    finding.server = "Ollama"
    finding.evidence.append(f"/api/version is Ollama's ({said(version, 40)})")
    # From here on it is Ollama: whatever is missing becomes a problem to be told, not a reason to look on.
    names = [name for one in tags.document.at("models").items() if (name := one.at("name").text())]
    finding.models = tuple(names)
    if not finding.model and len(names) == 1:
        finding.model = names[0]
        finding.evidence.append(f"/api/tags lists {names[0]} only")
    if not finding.model:
        finding.problems.append(
            choose(channel, names)
            if names
            else f'{channel.name}: Ollama has no model yet; run "ollama pull qwen2.5-coder:1.5b-base".'
        )
        return True
    show = await ask(channel, finding, "POST", "/api/show", {"model": finding.model})
    if show.status != 200:
        finding.problems.append(
            f"{channel.name}: Ollama has no model {finding.model!r}; there are {some(names) or 'none'}; set model to "
            f'one of them, or run "ollama pull {finding.model}".'
        )
        return True
    # The key is prefixed with the architecture: `qwen2.context_length`.
    own = next(
        (v.count() for k, v in show.document.at("model_info").fields() if k.endswith(".context_length")), None
    )
    await window(channel, finding, own)
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
        no_fim(channel, finding)
    return True


async def window(channel: Channel, finding: Finding, own: int | None) -> None:
    """The context window to ask Ollama for: the one the model is loaded with already, since any other makes Ollama
    load it again."""
    reply = await ask(channel, finding, "GET", "/api/ps")
    # Ollama's own default tag is left out by users.
    wanted = {finding.model, f"{finding.model}:latest"}
    for one in reply.document.at("models").items():
        if one.at("name").text() in wanted and (loaded := one.at("context_length").count()):
            finding.context = loaded
            finding.evidence.append(f"/api/ps: it is loaded with {loaded} tokens")
            return
    finding.context = min(own or OLLAMA_WINDOW, OLLAMA_WINDOW)
    finding.evidence.append(f"/api/show: {own or 'no'} tokens of its own; {finding.context} are asked for")


async def completes(channel: Channel, finding: Finding) -> bool:
    """Whether `/v1/completions` answers, at a server that is known not to take `suffix`."""
    body = {"prompt": "def add(a, b):\n", "max_tokens": 1, "temperature": 0, "model": finding.model}
    reply = await ask(channel, finding, "POST", "/v1/completions", body)
    if reply.status != 200 or not reply.document.has("choices"):
        return False
    finding.format = "completions"
    finding.evidence.append(f"it is {finding.server}, which takes no suffix, and /v1/completions answers")
    return True


async def suffix(channel: Channel, finding: Finding) -> bool:
    """Whether `/v1/completions` takes `suffix`, by what it counts as prompt."""
    body: dict[str, Any] = {
        "prompt": "def add(a, b):\n",
        "suffix": _LONG_SUFFIX,
        "max_tokens": 1,
        "temperature": 0,
    }
    if finding.model:
        body["model"] = finding.model
    reply = await ask(channel, finding, "POST", "/v1/completions", body)
    if reply.status == 200 and reply.document.has("choices"):
        counted = reply.document.at("usage", "prompt_tokens").count()
        # A server that ignores the suffix answers as readily as one that reads it; only what it counts tells.
        reads = counted is not None and counted >= _ENOUGH_TOKENS
        finding.format = "completions-suffix" if reads else "completions"
        finding.evidence.append(
            f"/v1/completions counts {counted or 'no'} prompt tokens: it {'reads' if reads else 'ignores'} suffix"
        )
        return True
    # Refused by name: the route is there, and takes prompts only.
    if reply.status in (400, 422) and "suffix" in said_by(reply).lower():
        finding.format = "completions"
        finding.evidence.append(f"/v1/completions refuses suffix: {said_by(reply)}")
        return True
    finding.evidence.append(f"/v1/completions answered {reply.status or 'what is no HTTP'}")
    # Kept as what to tell if nothing else answers.
    if reply.error is not None and finding.refused is None:
        finding.refused = reply.error
    return False


async def chat_only(channel: Channel, finding: Finding) -> None:
    """Whether there is chat where nothing else is."""
    if not finding.model:
        return
    body = {"model": finding.model, "messages": [{"role": "user", "content": "Say 1."}], "max_tokens": 1}
    reply = await ask(channel, finding, "POST", "/v1/chat/completions", body)
    if reply.status == 200 and reply.document.has("choices"):
        finding.format = "chat"
        finding.evidence.append("only /v1/chat/completions answers")
        finding.problems.append(
            f"{channel.name}: only chat is offered there, which is slow and less exact; a FIM model is better."
        )


async def tabby(channel: Channel, finding: Finding) -> bool:
    """Tabby is recognised by `/v1/health`."""
    health = await ask(channel, finding, "GET", "/v1/health")
    if health.status != 200 or not health.document.has("device", "version"):
        return False
    model = health.document.at("model").text()
    finding.server, finding.format = "Tabby", "tabby"
    finding.model = finding.model or model
    finding.evidence.append(f"/v1/health is Tabby's (model {said(model or 'not named', 80)})")
    return True


async def tgi(channel: Channel, finding: Finding) -> bool:
    """TGI is recognised by `/info`."""
    info = await ask(channel, finding, "GET", "/info")
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
