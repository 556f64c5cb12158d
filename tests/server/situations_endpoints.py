"""Situations whose cause is the endpoint: it is not there, not allowed, not understood, late, or has too much to do."""

from __future__ import annotations

from situations import ALONE, NOWHERE, Situation, piece, refuses, streams
from small_server import Answer, completion, completions

DOWN = ("mine: nothing answers at http://127.0.0.1:1/", "is the server running, and is url right?")
KEY = {"SITUATION_KEY": "abc123"}
AREA = "def area(width, height):\n    return width * height\n\n\n"

NOBODY = [
    Situation(
        name="nobody to ask",
        told=("No endpoint is set", "setting endpoints", "dovetail init", "embedded.enabled"),
        status=("off: No endpoint is set", "embedded.enabled"),
    ),
    Situation(
        name="a wrong family",
        endpoint={**NOWHERE, "family": "qwon"},
        told=("endpoints[0] is not used.", "family must be one of", "qwen", "not 'qwon'", "embedded.enabled"),
        status=("off: endpoints[0] is not used.",),
    ),
    Situation(
        name="a wrong family, with the built-in model",
        settings={},
        endpoint={**NOWHERE, "family": "qwon"},
        told=("The built-in model's best guess", "endpoints[0] is not used.", "not 'qwon'"),
        status=("endpoints[0] is not used.",),
    ),
    Situation(
        name="a wrong format",
        endpoint={**NOWHERE, "format": "openai"},
        told=("endpoints[0] is not used.", "format must be one of", "completions", "not 'openai'"),
    ),
    Situation(
        name="no url",
        settings={**ALONE, "endpoints": [{"name": "mine"}]},
        told=("endpoints[0] has no url", "write where the server is."),
    ),
    Situation(
        name="an address without a scheme",
        endpoint={"url": "localhost:8080"},
        told=("endpoints[0] is not used.", "http://127.0.0.1:8080", "not 'localhost:8080'"),
    ),
    Situation(
        name="a key over plain http",
        endpoint={"url": "http://models.example", "keyEnv": "SITUATION_KEY"},
        environment=KEY,
        told=("endpoints[0] is not used.", "plain http", "https", "allowInsecure"),
    ),
    Situation(
        name="not allowed by the policy",
        answers=completions("x"),
        policy="[policy]\nendpoints = ['https://*.corp.example']\n",
        told=("endpoints[0] is not used", "not among the servers that are allowed", "managed.toml"),
    ),
    Situation(
        name="a workspace that is not trusted",
        options={"trusted": False},
        settings={},
        answers=completions("x"),
        told=(
            "The built-in model's best guess",
            "No server is asked, because this workspace is not trusted.",
        ),
        status=("no server is asked, because this workspace is not trusted",),
    ),
    Situation(
        name="a workspace that is not trusted, without the built-in model",
        options={"trusted": False},
        answers=completions("x"),
        told=("No server is asked, because this workspace is not trusted.", "embedded.enabled"),
        status=("off: No server is asked",),
    ),
]

AWAY = [
    Situation(name="down", endpoint=NOWHERE, told=DOWN, status=("offline: ", *DOWN)),
    Situation(
        name="down, with the built-in model",
        settings={},
        endpoint=NOWHERE,
        told=(*DOWN, "The built-in model's best guess"),
        status=("offline: ", "The built-in model stands in."),
    ),
    Situation(
        name="down, and the built-in model suggests",
        settings={},
        text=AREA + "def area2(width, height):\n    return width * ‸\n",
        endpoint=NOWHERE,
        told=("Suggested by the built-in model; mine could not: nothing answers at http://127.0.0.1:1/",),
        shown=True,
    ),
    Situation(
        name="resting", endpoint=NOWHERE, asked=6, told=(*DOWN, "Tried again in"), status=("Tried again in",)
    ),
    Situation(
        name="a proxy that is down",
        endpoint={"url": "http://models.invalid"},
        environment={"http_proxy": "http://127.0.0.1:1"},
        told=("the proxy http://127.0.0.1:1 (http_proxy) does not answer", "models.invalid"),
    ),
    Situation(
        name="a proxy of another kind",
        endpoint={"url": "http://models.invalid"},
        environment={"http_proxy": "socks5://127.0.0.1:1"},
        told=("socks5://127.0.0.1:1 (http_proxy)", "name an HTTP proxy", "NO_PROXY"),
    ),
    Situation(
        name="https where http is spoken",
        endpoint={"url": "https://127.0.0.1:{port}"},
        answers=completions("x"),
        told=("no encrypted connection to https://127.0.0.1:", "http or https?"),
    ),
    Situation(
        name="a login in front of everything",
        answers={},
        missing="<html>Please log in</html>",
        told=("mine: no known server answers", "web pages", "check url"),
    ),
    Situation(
        name="no route that is known",
        answers={},
        told=("/v1/completions has no such route (404)", "check url, format"),
    ),
    Situation(
        name="late",
        answers=completions(Answer(hangs=True)),
        endpoint={"firstTokenMs": 300},
        told=("said nothing in time", "setting firstTokenMs, 300 ms"),
        status=("offline: ", "firstTokenMs"),
    ),
    Situation(
        name="broken off",
        answers=completions(streams(piece("wid"))),
        told=("broke off in the middle of its answer", "see that server's log."),
    ),
    Situation(
        name="an error on the way",
        answers=completions(streams({"error": {"message": "engine died", "code": 500}})),
        told=("reported an error: engine died", "see that server's log."),
    ),
]

REFUSED = [
    Situation(
        name="a wrong key",
        answers=refuses(401, "bad key"),
        endpoint={"keyEnv": "SITUATION_KEY"},
        environment=KEY,
        told=("does not accept the key (401): bad key", "SITUATION_KEY"),
        status=("offline: ", "SITUATION_KEY"),
    ),
    Situation(
        name="no key", answers=refuses(401, "no key"), told=("wants a key (401)", "keyEnv", "keyCommand")
    ),
    Situation(
        name="a variable that is not set",
        answers=completions("x"),
        endpoint={"keyEnv": "SITUATION_NO_KEY"},
        told=("SITUATION_NO_KEY (setting keyEnv) is not set", "before starting the editor."),
    ),
    Situation(
        name="a retired model",
        answers={
            "/v1/models": {"data": [{"id": "new-coder"}, {"id": "other-coder"}]},
            "/v1/completions": Answer({"error": {"message": "The model `old-coder` does not exist"}}, 404),
        },
        endpoint={"model": "old-coder", "family": "qwen"},
        told=("there is no model 'old-coder' at", "set model to one of", "new-coder, other-coder."),
    ),
    Situation(
        name="several models",
        answers={
            "/v1/models": {"data": [{"id": "qwen2.5-coder"}, {"id": "starcoder2"}]},
            "/v1/completions": completion("x"),
        },
        told=("has 2 models", "set model to one of", "qwen2.5-coder, starcoder2."),
    ),
    Situation(
        name="a model of an unknown family",
        answers=completions("x", model="company-model-7"),
        told=("'company-model-7'", "template is not known", "set family to one of qwen,"),
    ),
    Situation(
        name="a model for next edits",
        answers=completions("x", model="zeta-2"),
        told=("'zeta-2' predicts the next edit", "use a FIM model"),
    ),
    Situation(
        name="a model without FIM tokens",
        answers={
            "/props": {
                "default_generation_settings": {"n_ctx": 4096},
                "model_alias": "llama3",
                "total_slots": 1,
            },
            "/infill": Answer(
                {"error": {"code": 501, "message": "This server does not support infill"}}, 501
            ),
        },
        told=("'llama3' cannot fill in the middle", "load one that can"),
    ),
    Situation(
        name="Ollama without a model",
        answers={"/api/version": {"version": "0.40.0"}, "/api/tags": {"models": []}},
        told=("Ollama has no model yet", "ollama pull "),
    ),
    Situation(
        name="Ollama without this model",
        answers={
            "/api/version": {"version": "0.40.0"},
            "/api/tags": {"models": [{"name": "llama3:8b"}]},
            "/api/show": Answer({"error": "model not found"}, 404),
        },
        endpoint={"model": "codellama"},
        told=("no model 'codellama'", "there are llama3:8b", "set model", '"ollama pull codellama"'),
    ),
    Situation(
        name="too many requests",
        answers=refuses(429, "slow down", {"Retry-After": "30"}),
        told=("too many requests (429): slow down", "asked again in 30 s."),
        status=("offline: ",),
    ),
    Situation(
        name="busy",
        answers=refuses(429, "slow down", {"Retry-After": "1"}),
        told=("is busy (429)", "fewer requests are sent"),
        status=("busy: ", "is busy"),
    ),
    Situation(
        name="no credit",
        answers=refuses(402, "Insufficient Balance"),
        told=("no credit left (402)", "add some"),
    ),
    Situation(
        name="a failure of its own",
        answers=refuses(500, "CUDA out of memory"),
        told=("failed with status 500: CUDA out of memory", "see that server's log."),
    ),
    Situation(
        name="loading",
        answers=refuses(503, "Loading model"),
        told=("still loading its model", "when it is ready."),
    ),
    Situation(
        name="a longer prompt than it takes",
        answers=refuses(400, "This model's maximum context length is 512 tokens"),
        told=("longer than the model's context of 512 tokens", "contextTokens"),
        status=("error: ",),
    ),
    Situation(
        name="a field that it refuses",
        answers=refuses(400, "temperature must be 1"),
        told=("refused the request with status 400: temperature must be 1", "extra."),
        status=("error: ",),
    ),
    Situation(
        name="thinking until its tokens are used up",
        answers=completions(completion("<think>hmm, let me see", finish="length")),
        told=("was still thinking when its tokens were used up", "turn its thinking off."),
        status=("error: ",),
    ),
    Situation(
        name="a chat model that only talks",
        endpoint={"model": "gpt-5", "format": "chat"},
        answers={
            "/v1/chat/completions": Answer(
                events=(
                    {
                        "choices": [
                            {"index": 0, "delta": {"content": "Sure! Here it is."}, "finish_reason": None}
                        ]
                    },
                    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
                    "data: [DONE]\n\n",
                )
            )
        },
        told=("gave no answer between <INSERT> and </INSERT>", "a FIM model is better."),
        status=("error: ",),
    ),
]

ENDPOINTS = [*NOBODY, *AWAY, *REFUSED]
