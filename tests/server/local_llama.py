"""llama.cpp, its router mode, and llama-swap before it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local_server import MIDDLE, PREFIX, SUFFIX, Failure, LocalServer, captured
from small_server import Answer, Sent

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
