"""Ollama, and LM Studio."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from local_llama import CORRECT, LOG, OVERFLOW
from local_server import MIDDLE, PREFIX, QWEN, SUFFIX, Failure, LocalServer
from small_server import Answer, Sent, completion

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
