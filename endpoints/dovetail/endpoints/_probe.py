"""What answers at an address: found by asking, never by guessing alone. Each finding keeps its evidence.

A probe costs a few small requests and at most three generated tokens. Hosts whose API is public knowledge are
known by their name and asked for nothing but what the key may list.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define, field

from ._errors import BadAnswer, EndpointError, Timeout
from ._families import FAMILIES, family_of
from ._statuses import from_status
from ._types import Probe
from .formats import FORMATS, said

if TYPE_CHECKING:
    from ._endpoint import Endpoint

PROBE_MS = 5_000
_HOSTS = {
    "codestral.mistral.ai": ("mistral", "Mistral", "codestral-latest"),
    "api.mistral.ai": ("mistral", "Mistral", "codestral-latest"),
    "api.inceptionlabs.ai": ("inception", "Inception", "mercury-coder"),
    "api.deepseek.com": ("completions-suffix", "DeepSeek", "deepseek-chat"),
    "api.siliconflow.cn": ("completions-suffix", "SiliconFlow", ""),
    "api.siliconflow.com": ("completions-suffix", "SiliconFlow", ""),
    "api.fireworks.ai": ("completions", "Fireworks", ""),
}
# Twenty words that a server reads only if it takes `suffix`; then its count of prompt tokens shows them.
_LONG_SUFFIX = "\n" + "\n".join(f"total_{n} = {n}" for n in range(1, 21)) + "\n"
_ENOUGH_TOKENS = 40


@define(slots=True)
class _Finding:
    """A probe under way."""

    format: str | None = None
    model: str = ""
    family: str | None = None
    context: int | None = None
    candidates: int | None = None
    server: str = ""
    evidence: list[str] = field(factory=list)
    problems: list[str] = field(factory=list)


@define(frozen=True, slots=True)
class _Answer:
    status: int
    document: Any
    """The JSON, or None where it was none."""
    error: EndpointError | None


async def find(endpoint: Endpoint) -> Probe:
    """Probe `endpoint`.

    Raises:
        EndpointError: it is not reachable, does not accept the key, is rate limited or still loading.
    """
    config = endpoint.config
    finding = _Finding(model=config.model)
    host = urlsplit(config.url).hostname or ""
    known = next((value for name, value in _HOSTS.items() if host == name), None)
    if known is not None:
        finding.format, finding.server, default = known
        finding.model = config.model or default
        finding.evidence.append(f"the host {host} is {finding.server}'s")
        if not finding.model:
            finding.problems.append(f"{config.name}: set model to the name of a FIM model at {host}.")
    elif not (await _llama_cpp(endpoint, finding) or await _ollama(endpoint, finding)):
        await _openai_like(endpoint, finding)
    if config.format != "auto" and config.format != finding.format:
        finding.format = config.format
        finding.problems.clear()
        finding.evidence.append(f"the format {config.format} is set by the user")
    return _conclude(endpoint, finding)


def _conclude(endpoint: Endpoint, finding: _Finding) -> Probe:
    config = endpoint.config
    if config.family != "auto":
        finding.family = config.family
        finding.evidence.append(f"the family {config.family} is set by the user")
    elif finding.family is None and (family := family_of(finding.model)):
        finding.family = family
        finding.evidence.append(f"the model's name {finding.model!r} says the family {family}")
    wire = FORMATS.get(finding.format or "")
    if wire is not None and wire.templated and finding.family is None:
        finding.format = None
        finding.problems.append(
            f"{config.name}: the model {finding.model!r} needs its prompt built, but its template is not "
            f"known; set family to one of {', '.join(FAMILIES)}."
        )
    if finding.format is None and not finding.problems:
        finding.problems.append(
            f"{config.name}: no known server answers at {config.url}; check url, or set format to one of "
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
        evidence=tuple(finding.evidence),
        problems=tuple(finding.problems),
    )


async def _llama_cpp(endpoint: Endpoint, finding: _Finding) -> bool:
    """llama.cpp tells itself by `/props`; whether it can fill in the middle, only `/infill` tells."""
    props = await _ask(endpoint, "GET", "/props")
    document = props.document if isinstance(props.document, dict) else {}
    if props.status != 200 or "default_generation_settings" not in document:
        return False
    finding.server = "llama.cpp"
    settings = document["default_generation_settings"] or {}
    finding.context = settings.get("n_ctx")
    slots = document.get("total_slots")
    finding.candidates = slots if isinstance(slots, int) else 1
    path = str(document.get("model_path") or "")
    finding.model = finding.model or str(document.get("model_alias") or "") or path
    finding.evidence.append(
        f"/props is llama.cpp's ({document.get('build_info', 'no build')}, {finding.candidates} slots "
        f"of {finding.context} tokens)"
    )
    finding.family = family_of(finding.model) or family_of(path.replace("\\", "/").rpartition("/")[2])
    infill = await _ask(
        endpoint, "POST", "/infill", {"input_prefix": "", "input_suffix": "", "n_predict": 0, "stream": False}
    )
    if infill.status == 200:
        finding.format = "llama.cpp"
        finding.evidence.append("/infill with n_predict 0 was taken: the model has FIM tokens")
    elif infill.status == 501:
        finding.evidence.append(f"/infill answered 501: {said(infill.document)}")
        _no_fim(endpoint, finding)
    else:
        finding.evidence.append(f"/infill answered {infill.status}")
        finding.format = "completions"
    return True


def _no_fim(endpoint: Endpoint, finding: _Finding) -> None:
    finding.problems.append(
        f"{endpoint.name}: the model {finding.model!r} cannot fill in the middle (it has no FIM tokens); "
        "load one that can, such as a Qwen2.5-Coder base model."
    )


async def _ollama(endpoint: Endpoint, finding: _Finding) -> bool:
    version = await _ask(endpoint, "GET", "/api/version")
    if version.status != 200 or not isinstance(version.document, dict) or "version" not in version.document:
        return False
    tags = await _ask(endpoint, "GET", "/api/tags")
    if tags.status != 200 or not isinstance(tags.document, dict) or "models" not in tags.document:
        return False
    finding.server = "Ollama"
    finding.evidence.append(f"/api/version is Ollama's ({version.document['version']})")
    names = [str(model.get("name")) for model in tags.document["models"] or () if isinstance(model, dict)]
    if not finding.model and len(names) == 1:
        finding.model = names[0]
        finding.evidence.append(f"/api/tags lists {names[0]} only")
    if not finding.model:
        listed = ", ".join(names[:8]) or 'none; run "ollama pull qwen2.5-coder:1.5b-base"'
        finding.problems.append(f"{endpoint.name}: set model to one of those that are there: {listed}.")
        return True
    show = await _ask(endpoint, "POST", "/api/show", {"model": finding.model})
    if show.status != 200 or not isinstance(show.document, dict):
        finding.problems.append(
            f"{endpoint.name}: Ollama has no model {finding.model!r}; "
            f"there are {', '.join(names[:8]) or 'none'}."
        )
        return True
    template = str(show.document.get("template") or "")
    info = show.document.get("model_info") or {}
    finding.context = next(
        (v for k, v in info.items() if k.endswith(".context_length") and isinstance(v, int)), None
    )
    finding.family = family_of(finding.model)
    if ".Suffix" in template or "insert" in (show.document.get("capabilities") or ()):
        finding.format = "ollama"
        finding.evidence.append("/api/show: the model's template has a place for the suffix")
    elif finding.family is not None:
        finding.format = "ollama-raw"
        finding.evidence.append(
            "/api/show: the model's template has no suffix, so the prompt is built here, sent raw"
        )
    else:
        finding.evidence.append("/api/show: the model's template has no suffix")
        _no_fim(endpoint, finding)
    return True


async def _openai_like(endpoint: Endpoint, finding: _Finding) -> None:
    """The rest: by what they say of themselves, then by whether `suffix` is taken, refused or silently
    ignored."""
    if await _tabby(endpoint, finding) or await _tgi(endpoint, finding):
        return
    models = await _ask(endpoint, "GET", "/v1/models")
    listed = _models(models.document)
    if listed:
        owners = {str(one.get("owned_by") or "") for one in listed}
        finding.server = next((name for mark, name in _OWNERS.items() if mark in owners), "OpenAI-compatible")
        finding.evidence.append(f"/v1/models lists {', '.join(str(one['id']) for one in listed[:4])}")
        if not finding.model and len(listed) == 1:
            finding.model = str(listed[0]["id"])
        chosen = next((one for one in listed if one["id"] == finding.model), None)
        if chosen is not None:
            limit = (
                chosen.get("max_model_len")
                or chosen.get("context_length")
                or (chosen.get("meta") or {}).get("n_ctx")
            )
            finding.context = limit if isinstance(limit, int) else None
        elif not finding.model:
            names = ", ".join(str(one["id"]) for one in listed[:8])
            finding.problems.append(f"{endpoint.name}: set model to one of those that are there: {names}.")
            return
    elif models.error is not None and models.status not in (404, 405):
        raise models.error
    await _suffix(endpoint, finding)


_OWNERS = {
    "vllm": "vLLM",
    "sglang": "SGLang",
    "llamacpp": "llama.cpp",
    "library": "Ollama",
    "organization_owner": "LM Studio",
}


async def _suffix(endpoint: Endpoint, finding: _Finding) -> None:
    """Whether `/v1/completions` takes `suffix`, by what it counts as prompt."""
    body: dict[str, Any] = {
        "prompt": "def add(a, b):\n",
        "suffix": _LONG_SUFFIX,
        "max_tokens": 1,
        "temperature": 0,
    }
    if finding.model:
        body["model"] = finding.model
    answer = await _ask(endpoint, "POST", "/v1/completions", body)
    document = answer.document if isinstance(answer.document, dict) else {}
    if answer.status == 200 and "choices" in document:
        counted = (document.get("usage") or {}).get("prompt_tokens")
        if isinstance(counted, int) and counted >= _ENOUGH_TOKENS:
            finding.format = "completions-suffix"
            finding.evidence.append(f"/v1/completions counts {counted} prompt tokens: it reads suffix")
            return
        finding.format = "completions"
        finding.evidence.append(f"/v1/completions counts {counted} prompt tokens: it ignores suffix")
        return
    if answer.status in (400, 422) and "suffix" in str(document).lower():
        finding.format = "completions"
        finding.evidence.append(f"/v1/completions refuses suffix: {said(document.get('error') or document)}")
        return
    finding.evidence.append(f"/v1/completions answered {answer.status}")
    if answer.status in (400, 404, 405, 422) and finding.model and _missing_route(document):
        chat = await _ask(
            endpoint,
            "POST",
            "/v1/chat/completions",
            {"model": finding.model, "messages": [{"role": "user", "content": "Say 1."}], "max_tokens": 1},
        )
        if chat.status == 200:
            finding.format = "chat"
            finding.evidence.append("only /v1/chat/completions answers")
            finding.problems.append(
                f"{endpoint.name}: only chat is offered there, which is slow and less exact; "
                "a FIM model is better."
            )
            return
    if answer.error is not None:
        raise answer.error


def _missing_route(document: Any) -> bool:
    text = str(document).lower()
    return "does not exist" not in text or "chat" in text


async def _tabby(endpoint: Endpoint, finding: _Finding) -> bool:
    health = await _ask(endpoint, "GET", "/v1/health")
    document = health.document
    if health.status != 200 or not isinstance(document, dict) or not {"device", "version"} <= document.keys():
        return False
    finding.server, finding.format = "Tabby", "tabby"
    finding.model = finding.model or str(document.get("model") or "")
    finding.evidence.append(f"/v1/health is Tabby's (model {document.get('model')})")
    return True


async def _tgi(endpoint: Endpoint, finding: _Finding) -> bool:
    info = await _ask(endpoint, "GET", "/info")
    document = info.document
    if info.status != 200 or not isinstance(document, dict) or "model_id" not in document:
        return False
    finding.server, finding.format = "TGI", "tgi"
    finding.model = finding.model or str(document["model_id"])
    limit = document.get("max_total_tokens") or document.get("max_input_tokens")
    finding.context = limit if isinstance(limit, int) else None
    finding.evidence.append(f"/info is TGI's (model {document['model_id']})")
    return True


def _models(document: Any) -> list[dict[str, Any]]:
    data = document.get("data") if isinstance(document, dict) else None
    return [one for one in data if isinstance(one, dict) and "id" in one] if isinstance(data, list) else []


async def _ask(endpoint: Endpoint, method: str, path: str, body: Any = None) -> _Answer:
    """One small question. A status that speaks of the whole server (wrong key, loading, too many requests)
    is raised."""
    config = endpoint.config
    url = config.address(path)
    try:
        async with endpoint.exchange(method, url, body, any_status=True) as response:
            data = await endpoint.read(response, PROBE_MS)
            status, headers = response.status_code, response.headers
    except (BadAnswer, Timeout) as error:
        if isinstance(error, Timeout):
            raise
        return _Answer(0, None, error)
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        document = None
    if status == 200:
        return _Answer(status, document, None)
    failure = from_status(config, url, status, headers, data, config.model)
    if failure.kind in ("key", "loading", "rate limit") or status in (502, 504):
        raise failure
    return _Answer(status, document, failure)
