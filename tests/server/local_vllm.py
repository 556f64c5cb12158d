"""vLLM, Ray Serve LLM on it, TGI and Tabby."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_llama import CORRECT
from local_ollama import BUILT
from local_server import MIDDLE, PREFIX, SUFFIX, Failure, LocalServer, captured
from small_server import Answer, Sent

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
