"""What each kind of server answers to a probe, and what is to be found in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scripted import Request, Wire, capture

from dovetail.endpoints import (
    Endpoint,
    EndpointConfig,
    HttpPool,
    Timeouts,
)

Answers = dict[str, Any]
OLLAMA_SHOW = {
    "template": "{{- if .Suffix }}<|fim_prefix|>{{ .Prompt }}<|fim_suffix|>{{ .Suffix }}<|fim_middle|>"
    "{{ end }}",
    "capabilities": ["completion", "insert"],
    "model_info": {"general.architecture": "qwen2", "qwen2.context_length": 32768},
}


def replies(answers: Answers) -> Callable[[Request, Wire], Any]:
    """A server that answers each path with a recording's name, JSON, or a function of the request; 404
    else."""

    async def script(request: Request, wire: Wire) -> bool:
        found = answers.get(request.path)
        if callable(found):
            found = found(request)
        if isinstance(found, str):
            recorded = capture(found)["response"]
            return await wire.answer(recorded["status"], recorded["json"])
        if isinstance(found, tuple):
            return await wire.answer(*found)
        if found is None:
            return await wire.answer(404, {"detail": "Not Found"})
        return await wire.answer(200, found)

    return script


def probed(url: str, pool: HttpPool, **settings: Any) -> Endpoint:
    return Endpoint(
        EndpointConfig(name="it", url=url, timeouts=Timeouts(500, 2_000, 5_000), **settings), pool
    )


CASES: list[tuple[str, Answers, dict[str, Any], dict[str, Any], str]] = [
    (
        "llama.cpp",
        {"/props": "props", "/infill": {"content": ""}},
        {},
        {
            "format": "llama.cpp",
            "server": "llama.cpp",
            "context_tokens": 2048,
            "candidates": 2,
            "model": "tiny-fim",
        },
        "n_predict 0 was taken",
    ),
    (
        "vLLM",
        {
            "/v1/models": "vllm_models",
            "/v1/completions": "vllm_completions_suffix",
            "/version": "vllm_version",
        },
        {"family": "qwen"},
        {
            "format": "completions",
            "server": "vLLM",
            "context_tokens": 1024,
            "model": "tiny-fim",
            "family": "qwen",
        },
        "refuses suffix",
    ),
    (
        # The list is what Ray 2.60 makes of a model with `max_model_len: 32768`; the answers behind it are vLLM's.
        "Ray Serve LLM",
        {
            "/v1/models": {
                "data": [
                    {
                        "id": "qwen-coder",
                        "object": "model",
                        "owned_by": "organization-owner",
                        "permission": [],
                        "metadata": {
                            "model_id": "qwen-coder",
                            "input_modality": "text",
                            "max_request_context_length": 32768,
                        },
                    }
                ],
                "object": "list",
            },
            "/v1/completions": lambda request: (
                "vllm_completions_suffix"
                if request.json.get("suffix")
                else {"choices": [{"text": "x", "index": 0, "finish_reason": "length"}]}
            ),
        },
        {"family": "qwen"},
        {
            "format": "completions",
            "server": "Ray Serve LLM",
            "context_tokens": 32768,
            "model": "qwen-coder",
            "family": "qwen",
        },
        "",
    ),
    (
        "llama-cpp-python",
        {
            "/v1/models": "lcp_models",
            "/v1/completions": lambda request: {
                "choices": [{"text": "x", "index": 0, "finish_reason": "length"}],
                "usage": {"prompt_tokens": 4 + len(request.json["suffix"]) // 3},
            },
        },
        {},
        {"format": "completions-suffix", "model": "tiny-fim"},
        "it reads suffix",
    ),
    (
        "a server that ignores suffix",
        {"/v1/models": "lcp_models", "/v1/completions": "v1_completions_suffix"},
        {"family": "codellama"},
        {"format": "completions", "family": "codellama"},
        "it ignores suffix",
    ),
    (
        "Ollama",
        {
            "/api/version": {"version": "0.14.0"},
            "/api/tags": {"models": [{"name": "qwen2.5-coder:1.5b-base"}]},
            "/api/show": OLLAMA_SHOW,
        },
        {},
        {"format": "ollama", "server": "Ollama", "model": "qwen2.5-coder:1.5b-base", "family": "qwen"},
        "has a place for the suffix",
    ),
    (
        "Ollama with a model whose template has no suffix",
        {
            "/api/version": {"version": "0.14.0"},
            "/api/tags": {"models": [{"name": "a"}, {"name": "starcoder2:3b"}]},
            "/api/show": {"template": "{{ .Prompt }}", "capabilities": ["completion"], "model_info": {}},
        },
        {"model": "starcoder2:3b"},
        {"format": "ollama-raw", "family": "starcoder2"},
        "sent raw",
    ),
    (
        "TGI",
        {"/info": {"model_id": "bigcode/starcoder2-3b", "max_total_tokens": 8192}},
        {},
        {"format": "tgi", "server": "TGI", "family": "starcoder2", "context_tokens": 8192},
        "/info is TGI's",
    ),
    (
        "Tabby",
        {"/v1/health": {"model": "StarCoder-1B", "device": "cpu", "version": {"git_describe": "v0.30"}}},
        {},
        {"format": "tabby", "server": "Tabby", "model": "StarCoder-1B"},
        "/v1/health is Tabby's",
    ),
    (
        "LM Studio, which answers unknown routes with 200",
        {
            "/props": {"error": "Unexpected endpoint or method. (GET /props)"},
            "/api/version": {"error": "Unexpected endpoint or method. (GET /api/version)"},
            "/info": {"error": "Unexpected endpoint"},
            "/v1/health": {"error": "Unexpected endpoint"},
            "/v1/models": {"data": [{"id": "qwen2.5-coder-7b", "owned_by": "organization_owner"}]},
            "/v1/completions": {"choices": [{"text": "x", "index": 0}], "usage": {"prompt_tokens": 6}},
        },
        {},
        {"format": "completions", "server": "LM Studio", "family": "qwen"},
        "it ignores suffix",
    ),
    (
        "only chat",
        {
            "/v1/models": {"data": [{"id": "gpt", "owned_by": "x"}]},
            "/v1/chat/completions": {"choices": [{"message": {"content": "1"}}]},
        },
        {},
        {"format": "chat"},
        "only /v1/chat/completions answers",
    ),
]
