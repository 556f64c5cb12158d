"""Servers that people run themselves, each in the shapes that it documents: what it answers to a probe and to a hole,
what it is to be sent, and the ways in which it fails.

A shape that was recorded is taken from tests/endpoints/captures; the others are those of the servers' own sources and
documentation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field
from small_server import Answer, Sent, completion

CODE = "def area(width, height):\n    return \n"
PREFIX, SUFFIX = CODE[:-1], "\n"
MIDDLE = "width * height"
QWEN = "qwen2.5-coder:1.5b-base"
_CAPTURES = Path(__file__).parents[1] / "endpoints/captures"


def captured(name: str) -> Answer:
    """What a real server answered."""
    answer = json.loads((_CAPTURES / f"{name}.json").read_text(encoding="utf-8"))["response"]
    return Answer(answer["json"], answer["status"])


@define(frozen=True, kw_only=True)
class Failure:
    """One way of a server to give nothing. `answers` go before those of the server."""

    name: str
    answers: Mapping[str, Any]
    told: tuple[str, ...]
    """What the sentence of `why` has to hold, beside the endpoint's name."""
    state: str = "offline"
    """That of the status."""
    doctor: str | None = ""
    """What `doctor` says is to be done; None where it finds nothing wrong."""


@define(frozen=True, kw_only=True)
class LocalServer:
    name: str
    answers: Mapping[str, Any]
    path: str
    """Where a hole is asked."""
    body: Mapping[str, Any]
    """Fields that are sent, as they are."""
    absent: tuple[str, ...] = ()
    """Fields that it does not know, or that would mean something else."""
    found: tuple[str, ...] = ()
    """What `doctor` says that it found."""
    settings: Mapping[str, Any] = field(factory=dict)
    missing: Any = None
    """What it answers on all other routes; None: 404."""
    failures: tuple[Failure, ...] = ()


# llama.cpp ------------------------------------------------------------------------------------------------------


def infill(text: str) -> Callable[[Sent], Any]:
    """`/infill`: a stream without `[DONE]`; asked for no tokens, what it counts of a long suffix (batch 2,048)."""

    def answer(sent: Sent) -> Any:
        if not sent.body.get("stream"):
            read = min(len(sent.body["input_suffix"]) // 2, 510)
            return {"index": 0, "content": "", "stop": True, "tokens_evaluated": 3 + read}
        end = {"index": 0, "content": "", "stop": True, "stop_type": "eos", "tokens_predicted": 4}
        return Answer(
            events=(
                {"index": 0, "content": text, "stop": False},
                {**end, "tokens_evaluated": 21, "truncated": False},
            )
        )

    return answer


def streamed_only(refusal: Answer, usual: Callable[[Sent], Any]) -> Callable[[Sent], Any]:
    """A hole of the user's is refused, while the small questions of a probe are answered."""
    return lambda sent: refusal if sent.body.get("stream") else usual(sent)


def llama_error(status: int, message: str, kind: str, **more: Any) -> Answer:
    return Answer({"error": {"code": status, "message": message, "type": kind, **more}}, status)


LOADING = llama_error(503, "Loading model", "unavailable_error")
TOO_LONG = llama_error(
    400,
    "request (5213 tokens) exceeds the available context size (4096 tokens), try increasing it",
    "exceed_context_size_error",
    n_prompt_tokens=5213,
    n_ctx=4096,
)
OVERFLOW = ("longer than the model's context of 4096 tokens", "contextTokens", "larger context")
WAIT, CORRECT, LOG = (
    "Wait until it has loaded its model.",
    "Correct its url, format or model.",
    "Look at that server's log.",
)

LLAMA_CPP = LocalServer(
    name="llama.cpp",
    answers={
        "/v1/models": captured("v1_models"),
        "/props": captured("props"),
        "/infill": infill(MIDDLE),
        "/tokenize": {"tokens": [1, 2, 3]},
    },
    path="/infill",
    body={"input_prefix": PREFIX, "input_suffix": SUFFIX, "prompt": "", "stream": True, "cache_prompt": True},
    absent=("model", "suffix", "max_tokens"),
    found=("llama.cpp", "format llama.cpp", "model tiny-fim", "2048 tokens", "(batch 2048)"),
    failures=(
        Failure(
            name="loading",
            answers=dict.fromkeys(("/v1/models", "/props", "/infill"), LOADING),
            told=("still loading its model",),
            doctor=WAIT,
        ),
        Failure(
            name="a model without FIM tokens",
            answers={"/infill": captured("err_not_fim_capable_stream")},
            told=("'tiny-fim' cannot fill in the middle", "load one that can"),
            doctor="Set its format and model.",
        ),
        Failure(
            name="too long a prompt",
            answers={"/infill": streamed_only(TOO_LONG, infill(MIDDLE))},
            told=OVERFLOW,
            state="error",
        ),
        Failure(
            name="a key is wanted",
            answers={"/infill": captured("err_unauthorized"), "/props": captured("err_unauthorized")},
            told=("wants a key (401): Invalid API Key", "keyEnv"),
            doctor="Set a key that it takes.",
        ),
        Failure(name="an empty answer", answers={"/infill": infill("")}, told=("empty text",), state="idle"),
    ),
)

# Its router -----------------------------------------------------------------------------------------------------

ROUTER_PROPS = {
    "role": "router",
    "max_instances": 4,
    "models_autoload": True,
    "model_alias": "llama-server",
    "model_path": "",
    "default_generation_settings": {"params": {}, "n_ctx": 0},
    "build_info": "b7300",
}


def routed(*names: str, state: str = "loaded") -> dict[str, Any]:
    status = {"value": state, "args": ["llama-server", "-ctx", "4096"]}
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "owned_by": "llamacpp", "status": status} for name in names],
    }


def router_props(sent: Sent) -> Any:
    """Its own, or those of the model that is named."""
    if "model=" not in sent.path:
        return ROUTER_PROPS
    return {"default_generation_settings": {"n_ctx": 4096}, "total_slots": 2, "model_alias": "qwen-coder"}


ROUTER = LocalServer(
    name="llama.cpp's router",
    settings={"model": "qwen-coder"},
    answers={
        "/v1/models": routed("qwen-coder", "gemma-3"),
        "/props": router_props,
        "/infill": infill(MIDDLE),
    },
    path="/infill",
    body={
        "model": "qwen-coder",
        "input_prefix": PREFIX,
        "input_suffix": SUFFIX,
        "prompt": "",
        "stream": True,
    },
    found=("llama.cpp", "format llama.cpp", "model qwen-coder", "4096 tokens", "router"),
    failures=(
        Failure(
            name="a model that it does not have",
            answers={
                "/v1/models": routed("gemma-3", "other"),
                "/infill": llama_error(400, "model 'qwen-coder' not found", "invalid_request_error"),
            },
            told=("there is no model 'qwen-coder' at", "set model to one of", "gemma-3, other."),
            doctor="Set its format and model.",
        ),
        Failure(
            name="a model that does not load",
            answers={
                "/infill": llama_error(500, "model name=qwen-coder failed to load", "server_error"),
            },
            told=("failed to load", "see that server's log."),
            doctor=LOG,
        ),
        Failure(
            name="a model that it loads only when told to",
            answers={"/infill": llama_error(400, "model is not loaded", "invalid_request_error")},
            told=("has not loaded the model (400): model is not loaded", "load it there."),
            doctor="Load the model there.",
        ),
        Failure(
            name="loading",
            answers={"/infill": LOADING},
            told=("still loading its model",),
            doctor=WAIT,
        ),
        Failure(
            name="too long a prompt",
            answers={"/infill": streamed_only(TOO_LONG, infill(MIDDLE))},
            told=OVERFLOW,
            state="error",
        ),
    ),
)

# llama-swap -----------------------------------------------------------------------------------------------------

LLAMA_SWAP = LocalServer(
    name="llama-swap",
    settings={"model": "qwen-coder"},
    answers={
        "/v1/models": {
            "object": "list",
            "data": [
                {"id": one, "object": "model", "created": 1_795_000_000, "owned_by": "llama-swap"}
                for one in ("qwen-coder", "gemma-3")
            ],
        },
        "/infill": infill(MIDDLE),
    },
    path="/infill",
    body={
        "model": "qwen-coder",
        "input_prefix": PREFIX,
        "input_suffix": SUFFIX,
        "prompt": "",
        "stream": True,
    },
    found=("llama-swap", "format llama.cpp", "model qwen-coder"),
    failures=(
        Failure(
            name="a model that it does not have",
            answers={
                "/v1/models": {"data": [{"id": "gemma-3", "owned_by": "llama-swap"}]},
                "/infill": Answer({"error": "could not find real modelID for qwen-coder"}, 400),
            },
            told=("there is no model 'qwen-coder' at", "set model to one of", "gemma-3."),
            doctor="Set its format and model.",
        ),
        Failure(
            name="a model that does not start",
            answers={
                "/infill": Answer(
                    {"error": "unable to start process: upstream command exited prematurely"}, 502
                )
            },
            told=("unable to start process", "see that server's log."),
            doctor=LOG,
        ),
        Failure(
            name="too many requests",
            answers={"/infill": streamed_only(Answer({"error": "Too many requests"}, 429), infill(MIDDLE))},
            told=("too many requests (429)", "asked again"),
        ),
        Failure(name="an empty answer", answers={"/infill": infill("")}, told=("empty text",), state="idle"),
    ),
)

# Ollama ---------------------------------------------------------------------------------------------------------

SHOW = {
    "template": "{{- if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>{{ end }}",
    "capabilities": ["completion", "insert"],
    "model_info": {"general.architecture": "qwen2", "qwen2.context_length": 32768},
}
OLLAMA_LIST = {
    "/v1/models": {"object": "list", "data": [{"id": QWEN, "object": "model", "owned_by": "library"}]},
    "/api/version": {"version": "0.40.2"},
    "/api/tags": {"models": [{"name": QWEN, "model": QWEN, "size": 986_000_000}]},
    "/api/ps": {"models": [{"name": QWEN, "model": QWEN, "context_length": 4096}]},
    "/api/show": SHOW,
}


def ollama(text: str, **end: Any) -> Callable[[Sent], Any]:
    """`/api/generate`: a JSON document a line; without a prompt it only loads the model."""
    ended = {"done": True, "done_reason": "stop", "prompt_eval_count": 20, "eval_count": 4, **end}

    def answer(sent: Sent) -> Any:
        if "prompt" not in sent.body:
            return {"model": QWEN, "response": "", "done": True, "done_reason": "load"}
        told = ({"model": QWEN, "response": text, "done": False}, {"model": QWEN, "response": "", **ended})
        lines = tuple(json.dumps(one) + "\n" for one in told)
        return Answer(events=lines, headers={"Content-Type": "application/x-ndjson"})

    return answer


OLLAMA = LocalServer(
    name="Ollama",
    answers={**OLLAMA_LIST, "/api/generate": ollama(MIDDLE)},
    path="/api/generate",
    body={"model": QWEN, "prompt": PREFIX, "suffix": SUFFIX, "stream": True},
    absent=("raw", "max_tokens", "stop", "temperature"),
    found=("Ollama", "format ollama", f"model {QWEN}", "family qwen", "4096 tokens"),
    failures=(
        Failure(
            name="a model that it does not have",
            answers={
                "/api/tags": {"models": []},
                "/v1/models": {"object": "list", "data": None},
            },
            told=("Ollama has no model yet", '"ollama pull'),
            doctor="Set its format and model.",
        ),
        Failure(
            name="a model that was removed meanwhile",
            answers={"/api/generate": Answer({"error": f"model '{QWEN}' not found"}, 404)},
            told=(f"no model '{QWEN}'", "ollama pull"),
            doctor=CORRECT,
        ),
        Failure(
            name="too little memory",
            answers={
                "/api/generate": Answer(
                    {"error": "model requires more system memory (5.6 GiB) than is available (3.1 GiB)"}, 500
                )
            },
            told=("model requires more system memory (5.6 GiB)", "see that server's log."),
            doctor=LOG,
        ),
        Failure(
            name="busy",
            answers={
                "/api/generate": Answer(
                    {"error": "server busy, please try again.  maximum pending requests exceeded"}, 503
                )
            },
            told=("is busy (503)", "fewer requests are sent"),
            state="busy",
            doctor="Wait, or use another server.",
        ),
        Failure(
            name="an empty answer", answers={"/api/generate": ollama("")}, told=("empty text",), state="idle"
        ),
    ),
)

OLLAMA_RAW = LocalServer(
    name="Ollama, a template without a suffix",
    answers={
        **OLLAMA_LIST,
        "/api/show": {**SHOW, "template": "{{ .Prompt }}", "capabilities": ["completion"]},
        "/api/generate": ollama(MIDDLE),
    },
    path="/api/generate",
    body={
        "model": QWEN,
        "raw": True,
        "stream": True,
        "prompt": f"<|fim_prefix|>{PREFIX}<|fim_suffix|>{SUFFIX}<|fim_middle|>",
    },
    absent=("suffix",),
    found=("Ollama", "format ollama-raw", "family qwen"),
)

# LM Studio ------------------------------------------------------------------------------------------------------

LM_MODEL = "qwen2.5-coder-7b"
UNEXPECTED = {"error": "Unexpected endpoint or method."}


def counted(answer: Any) -> Callable[[Sent], Any]:
    """`/v1/completions` of a server that ignores `suffix`, which its count of the prompt tells."""

    def to(sent: Sent) -> Any:
        if sent.body.get("stream"):
            return answer
        return {
            "choices": [{"text": "x", "index": 0, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 6},
        }

    return to


def lm_error(status: int, message: str, **more: Any) -> Answer:
    return Answer(
        {"error": {"message": message, "type": "invalid_request_error", "param": "model", **more}}, status
    )


LM_OVERFLOW = (
    "Trying to keep the first 5213 tokens when context the overflows. However, the model is loaded with context length "
    "of only 4096 tokens, which is not enough. Try to load the model with a larger context length, or provide a "
    "shorter input"
)
BUILT = f"<|fim_prefix|>{PREFIX}<|fim_suffix|>{SUFFIX}<|fim_middle|>"

LM_STUDIO = LocalServer(
    name="LM Studio",
    missing=UNEXPECTED,
    answers={
        "/v1/models": {
            "object": "list",
            "data": [{"id": LM_MODEL, "object": "model", "owned_by": "organization_owner"}],
        },
        "/v1/completions": counted(completion(MIDDLE)),
    },
    path="/v1/completions",
    body={"model": LM_MODEL, "prompt": BUILT, "stream": True},
    absent=("suffix",),
    found=("LM Studio", "format completions", f"model {LM_MODEL}", "family qwen"),
    failures=(
        Failure(
            name="no model",
            answers={
                "/v1/models": {"object": "list", "data": []},
                "/v1/completions": lm_error(
                    404,
                    "No models loaded. Please load a model in the developer page or use the `lms load` command.",
                ),
            },
            told=("has not loaded the model (404): No models loaded", "lms load", "load it there."),
            doctor="Load the model there.",
        ),
        Failure(
            name="a model that does not load",
            answers={
                "/v1/completions": lm_error(
                    404,
                    f'Failed to load model "{LM_MODEL}". Error: insufficient system resources.',
                    code="model_not_found",
                )
            },
            told=("Failed to load model", "insufficient system resources"),
            doctor=CORRECT,
        ),
        Failure(
            name="too long a prompt, said in the stream",
            answers={
                "/v1/completions": counted(
                    Answer(
                        events=(f"event: error\ndata: {json.dumps({'error': {'message': LM_OVERFLOW}})}\n\n",)
                    )
                )
            },
            told=OVERFLOW,
            state="error",
        ),
        Failure(
            name="too long a prompt",
            answers={"/v1/completions": counted(Answer({"error": LM_OVERFLOW}, 400))},
            told=OVERFLOW,
            state="error",
        ),
        Failure(
            name="an empty answer",
            answers={"/v1/completions": counted(completion(""))},
            told=("empty text",),
            state="idle",
        ),
    ),
)

# vLLM, and what is built on it ----------------------------------------------------------------------------------

TINY_BUILT = {"model": "tiny-fim", "prompt": BUILT, "stream": True}
VLLM_MODEL_GONE = captured("vllm_err_unknown_model")


def vllm(answer: Any) -> Callable[[Sent], Any]:
    def to(sent: Sent) -> Any:
        if "suffix" in sent.body:
            return captured("vllm_completions_suffix")
        if sent.body.get("stream"):
            return answer
        return {
            "choices": [{"text": "x", "index": 0, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 6},
        }

    return to


def vllm_stream(text: str) -> Answer:
    """As it streams: a piece, the end in an event of its own, usage with no choices."""
    usage = {"prompt_tokens": 20, "total_tokens": 24, "completion_tokens": 4}
    told = [
        {"id": "cmpl-1", "choices": [{"index": 0, "text": text, "logprobs": None, "finish_reason": None}]},
        {"id": "cmpl-1", "choices": [{"index": 0, "text": "", "finish_reason": "stop", "stop_reason": None}]},
        {"id": "cmpl-1", "choices": [], "usage": usage},
    ]
    return Answer(events=(*told, "data: [DONE]\n\n"))


VLLM_FAILURES = (
    Failure(
        name="a model that it does not have",
        answers={"/v1/completions": VLLM_MODEL_GONE},
        told=("does not exist",),
        doctor=CORRECT,
    ),
    Failure(
        name="too long a prompt",
        answers={"/v1/completions": vllm(captured("vllm_err_ctx_overflow"))},
        told=("longer than the model's context of 1024 tokens", "contextTokens"),
        state="error",
    ),
    Failure(
        name="a field that it refuses",
        answers={
            "/v1/completions": vllm(
                Answer({"error": {"message": "temperature must be non-negative", "code": 400}}, 400)
            )
        },
        told=("refused the request with status 400", "extra."),
        state="error",
    ),
    Failure(
        name="its engine has died",
        answers={
            "/v1/completions": vllm(
                Answer({"error": {"message": "EngineCore encountered an issue.", "code": 500}}, 500)
            )
        },
        told=("failed with status 500: EngineCore encountered an issue", "see that server's log."),
    ),
    Failure(
        name="an empty answer",
        answers={"/v1/completions": vllm(vllm_stream(""))},
        told=("empty text",),
        state="idle",
    ),
)

VLLM = LocalServer(
    name="vLLM",
    settings={"family": "qwen"},
    answers={"/v1/models": captured("vllm_models"), "/v1/completions": vllm(vllm_stream(MIDDLE))},
    path="/v1/completions",
    body=TINY_BUILT,
    absent=("suffix",),
    found=("vLLM", "format completions", "model tiny-fim", "family qwen", "1024 tokens"),
    failures=VLLM_FAILURES,
)

RAY_MODEL = {
    "id": "tiny-fim",
    "object": "model",
    "owned_by": "organization-owner",
    "permission": [],
    "metadata": {
        "model_id": "tiny-fim",
        "input_modality": "text",
        "max_request_context_length": 32768,
    },
}
RAY_SERVE = LocalServer(
    name="Ray Serve LLM",
    settings={"family": "qwen"},
    answers={
        "/v1/models": {"object": "list", "data": [RAY_MODEL]},
        "/v1/completions": vllm(vllm_stream(MIDDLE)),
    },
    path="/v1/completions",
    body=TINY_BUILT,
    absent=("suffix",),
    found=("Ray Serve LLM", "format completions", "model tiny-fim", "32768 tokens"),
    failures=(
        Failure(
            name="a model that it does not have",
            answers={
                "/v1/completions": Answer(
                    {"error": {"message": "Could not find model with id tiny-fim", "code": 404}}, 404
                )
            },
            told=("no model 'tiny-fim'", "Could not find model with id tiny-fim"),
            doctor=CORRECT,
        ),
        Failure(
            name="no replica has time",
            answers={
                "/v1/completions": vllm(
                    Answer({"error": {"message": "Backpressure"}}, 503, {"Retry-After": "1"})
                )
            },
            told=("is busy (503)", "fewer requests are sent"),
            state="busy",
        ),
    ),
)

# TGI and Tabby --------------------------------------------------------------------------------------------------


def tgi_event(text: str, *, ended: bool = False) -> dict[str, Any]:
    token = {"id": 1, "text": text, "logprob": -0.2, "special": ended}
    details = {"finish_reason": "eos_token", "generated_tokens": 4, "seed": None} if ended else None
    return {"index": 1, "token": token, "generated_text": MIDDLE if ended else None, "details": details}


def tgi_stream(text: str) -> Answer:
    return Answer(events=(tgi_event(text), tgi_event("<|endoftext|>", ended=True)))


TGI_OVERFLOW = {
    "error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8192. Given: 9000 `inputs` tokens "
    "and 64 `max_new_tokens`",
    "error_type": "validation",
}
TGI = LocalServer(
    name="TGI",
    answers={
        "/info": {"model_id": "bigcode/starcoder2-3b", "max_total_tokens": 8192, "version": "3.3.0"},
        "/generate_stream": tgi_stream(MIDDLE),
    },
    path="/generate_stream",
    body={"inputs": f"<fim_prefix>{PREFIX}<fim_suffix>{SUFFIX}<fim_middle>", "stream": True},
    absent=("prompt", "suffix", "model"),
    found=("TGI", "format tgi", "model bigcode/starcoder2-3b", "family starcoder2", "8192 tokens"),
    failures=(
        Failure(
            name="too long a prompt, said in the stream",
            answers={"/generate_stream": Answer(events=(TGI_OVERFLOW,))},
            told=("longer than the model's context of 8192 tokens", "contextTokens"),
            state="error",
        ),
        Failure(
            name="too long a prompt",
            answers={"/generate_stream": Answer(TGI_OVERFLOW, 422)},
            told=("longer than the model's context of 8192 tokens", "contextTokens"),
            state="error",
        ),
        Failure(
            name="overloaded",
            answers={
                "/generate_stream": Answer({"error": "Model is overloaded", "error_type": "overloaded"}, 429)
            },
            told=("too many requests (429): Model is overloaded", "asked again"),
        ),
        Failure(
            name="it fails on the way",
            answers={
                "/generate_stream": Answer(
                    events=(
                        {"error": "Request failed during generation: CUDA error", "error_type": "generation"},
                    )
                )
            },
            told=(
                "reported an error: Request failed during generation: CUDA error",
                "see that server's log.",
            ),
        ),
        Failure(
            name="an empty answer",
            answers={"/generate_stream": tgi_stream("")},
            told=("empty text",),
            state="idle",
        ),
    ),
)

HEALTH = {
    "model": "StarCoder-1B",
    "device": "cuda",
    "arch": "x86_64",
    "cpu_info": "",
    "cpu_count": 8,
    "cuda_devices": [],
    "version": {"git_describe": "v0.30.0", "git_sha": "0"},
}


def tabby(text: str) -> dict[str, Any]:
    return {"id": "cmpl-1", "choices": [{"index": 0, "text": text}]}


TABBY = LocalServer(
    name="Tabby",
    answers={
        "/v1/health": HEALTH,
        "/v1/completions": lambda sent: tabby(MIDDLE) if "segments" in sent.body else None,
    },
    path="/v1/completions",
    body={"language": "python", "segments": {"prefix": PREFIX, "suffix": SUFFIX, "filepath": "a.py"}},
    absent=("prompt", "stream", "model"),
    found=("Tabby", "format tabby", "model StarCoder-1B"),
    failures=(
        Failure(
            name="a key is wanted",
            answers={
                "/v1/health": Answer("Unauthorized", 401, {"Content-Type": "text/plain"}),
                "/v1/completions": Answer("Unauthorized", 401, {"Content-Type": "text/plain"}),
            },
            told=("wants a key (401)", "keyEnv"),
            doctor="Set a key that it takes.",
        ),
        Failure(
            name="it serves no completions",
            answers={"/v1/completions": Answer("", 501)},
            told=("cannot fill in the middle (501)", "use a FIM model"),
        ),
        Failure(
            name="an empty answer", answers={"/v1/completions": tabby("")}, told=("empty text",), state="idle"
        ),
    ),
)

LOCAL = (LLAMA_CPP, ROUTER, LLAMA_SWAP, OLLAMA, OLLAMA_RAW, LM_STUDIO, VLLM, RAY_SERVE, TGI, TABBY)
