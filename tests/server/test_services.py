"""Hosted services by their own addresses, from a key in the editor to a suggestion on the screen.

The small server is the proxy for plain http, so that it sees each request under the address that the service has.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from small_server import Answer, Sent, completion, small_server
from warm import dovetail

CODE = "def area(width, height):\n    return \n"
LISTED = "qwen2.5-coder-32b"


def chat_style(text: str) -> Answer:
    """Text as Mistral's FIM streams it."""
    told = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
    end = {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "stop"}]}
    return Answer(events=(told, end, "data: [DONE]\n\n"))


def models(*names: str) -> dict[str, Any]:
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "them"} for name in names]}


def takes(*, suffix: bool) -> Callable[[Sent], Any]:
    """A route of completions that reads `suffix`, or refuses it; asked without a stream it counts tokens."""

    def answer(sent: Sent) -> Any:
        if "suffix" in sent.body and not suffix:
            return Answer({"error": {"message": "suffix is not currently supported"}}, 400)
        if sent.body.get("stream"):
            return completion("width * height")
        read = 4 + len(sent.body.get("suffix", "")) // 3
        return {
            "choices": [{"text": "x", "index": 0, "finish_reason": "length"}],
            "usage": {"prompt_tokens": read},
        }

    return answer


# Address as in docs/endpoints.md, settings, answers by path, then what is sent: the address, and fields of the body.
SERVICES: list[tuple[str, str, dict[str, Any], dict[str, Any], str, dict[str, Any]]] = [
    (
        "Codestral",
        "http://codestral.mistral.ai",
        {},
        {
            "/v1/models": models("codestral-2508", "codestral-latest"),
            "/v1/fim/completions": chat_style("width * height"),
        },
        "http://codestral.mistral.ai/v1/fim/completions",
        {"model": "codestral-latest", "stream": True, "prompt": CODE[:-1], "suffix": "\n"},
    ),
    (
        "Mercury",
        "http://api.inceptionlabs.ai/v1",
        {},
        {
            "/v1/models": models("mercury-2", "mercury-edit-2"),
            "/v1/fim/completions": completion("width * height"),
        },
        "http://api.inceptionlabs.ai/v1/fim/completions",
        {"model": "mercury-edit-2", "stream": True, "suffix": "\n"},
    ),
    (
        "DeepSeek",
        "http://api.deepseek.com/beta",
        {},
        {"/beta/models": models("deepseek-flash"), "/beta/completions": completion("width * height")},
        "http://api.deepseek.com/beta/completions",
        {"model": "deepseek-flash", "stream": True, "prompt": CODE[:-1], "suffix": "\n"},
    ),
    (
        "Fireworks",
        "http://api.fireworks.ai/inference/v1",
        {"model": "accounts/fireworks/models/qwen2p5-coder-32b", "family": "qwen"},
        {
            "/inference/v1/models": models("accounts/fireworks/models/qwen2p5-coder-32b"),
            "/inference/v1/completions": takes(suffix=False),
        },
        "http://api.fireworks.ai/inference/v1/completions",
        {"model": "accounts/fireworks/models/qwen2p5-coder-32b", "stream": True},
    ),
    (
        "SiliconFlow",
        "http://api.siliconflow.com/v1",
        {"model": LISTED},
        {"/v1/models": models(LISTED), "/v1/completions": takes(suffix=True)},
        "http://api.siliconflow.com/v1/completions",
        {"model": LISTED, "stream": True, "suffix": "\n"},
    ),
    (
        "Baidu Qianfan",
        "http://qianfan.baidubce.com/v2",
        {"model": LISTED},
        {"/v2/models": models(LISTED), "/v2/completions": takes(suffix=True)},
        "http://qianfan.baidubce.com/v2/completions",
        {"model": LISTED, "stream": True, "suffix": "\n"},
    ),
    (
        "OpenRouter",
        "http://openrouter.ai/api/v1",
        {"model": LISTED},
        {"/api/v1/models": models(LISTED, "other"), "/api/v1/completions": takes(suffix=False)},
        "http://openrouter.ai/api/v1/completions",
        {"model": LISTED, "stream": True},
    ),
    (
        "Azure",
        "http://mine.openai.azure.com/openai/deployments/coder/completions?api-version=2024-10-21",
        {"model": LISTED, "format": "completions"},
        {"/openai/deployments/coder/completions": takes(suffix=False)},
        "http://mine.openai.azure.com/openai/deployments/coder/completions?api-version=2024-10-21",
        {"model": LISTED, "stream": True},
    ),
    (
        "Gemini's OpenAI routes",
        "http://generativelanguage.googleapis.com/v1beta/openai",
        {"model": "gemini-3-flash", "format": "chat"},
        {"/v1beta/openai/chat/completions": chat_style("<INSERT>width * height</INSERT>")},
        "http://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
        {"model": "gemini-3-flash", "stream": True},
    ),
]


@pytest.mark.parametrize(("url", "settings", "answers", "sent", "body"), [one[1:] for one in SERVICES],
                         ids=[one[0] for one in SERVICES])  # fmt: skip
@pytest.mark.parametrize("accepts", [True, False], ids=["answers", "refuses the key"])
def test_what_is_sent_and_what_is_shown(
    url: str,
    settings: dict[str, Any],
    answers: dict[str, Any],
    sent: str,
    body: dict[str, Any],
    accepts: bool,
    launch: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SERVICE_KEY", "secret-of-mine")
    refusal = Answer({"error": {"message": "Invalid API key", "code": "invalid_api_key"}}, 401)

    def route(asked: Sent) -> Any:
        found = answers.get(urlsplit(asked.path).path)
        if found is not None and not accepts:
            return refusal
        return found(asked) if callable(found) else found

    with small_server({}, route) as small:
        monkeypatch.setenv("http_proxy", small.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        server = launch()
        endpoint = {"name": "mine", "url": url, "keyEnv": "SERVICE_KEY", "allowInsecure": True, **settings}
        server.start(options={"client": {}, "embedded": {"enabled": False}, "endpoints": [endpoint]})
        uri = (tmp_path / "a.py").as_uri()
        server.open(uri, CODE)
        shown = [one["insertText"] for one in server.inline(uri, 1, 11)]
        sentence = server.command("dovetail.why", {"uri": uri})["decisions"][0]["sentence"]
        message = server.command("dovetail.status", {})["message"]
    streamed = [one for one in small.sent if one.method == "POST" and one.body.get("stream")]
    # The key goes nowhere but into its header, and each request goes to the service.
    assert {one.headers["authorization"] for one in small.sent} == {"Bearer secret-of-mine"}
    assert {urlsplit(one.path).hostname for one in small.sent} == {urlsplit(url).hostname}
    assert "secret-of-mine" not in sentence + message
    if not accepts:
        assert shown == []
        for told in (sentence, message):
            assert told.startswith("mine: ")
            assert "does not accept the key (401): Invalid API key" in told
            assert "SERVICE_KEY" in told
        return
    assert shown == ["width * height"], sentence
    assert streamed[0].path == sent
    assert {name: streamed[0].body.get(name) for name in body} == body


@pytest.mark.parametrize("accepts", [True, False], ids=["answers", "refuses the key"])
def test_doctor_tells_a_hosted_service_and_a_key_that_it_refuses(accepts: bool, tmp_path: Path) -> None:
    """By its own name; what is to be done is about the key, not about starting somebody else's server."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config/dovetail.toml").write_text(
        '[[endpoints]]\nname = "mine"\nurl = "http://api.deepseek.com/beta"\nkeyEnv = "SERVICE_KEY"\n'
        "allowInsecure = true\n",
        encoding="utf-8",
    )
    refusal = Answer({"error": {"message": "Authentication Fails", "code": "invalid_request_error"}}, 401)

    def route(asked: Sent) -> Any:
        if not accepts:
            return refusal
        return models("deepseek-flash") if asked.method == "GET" else completion("width * height")

    with small_server({}, route) as small:
        own = {name: value for name, value in os.environ.items() if name.lower() != "no_proxy"}
        done = subprocess.run(
            dovetail("doctor", "--json"),
            env={
                **own,
                "DOVETAIL_HOME": str(tmp_path),
                "http_proxy": small.url,
                "SERVICE_KEY": "secret-of-mine",
            },
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
    (found,) = [one for one in json.loads(done.stdout)["findings"] if one["topic"] == "endpoint"]
    assert "secret-of-mine" not in done.stdout
    if accepts:
        assert found["text"].startswith("mine: DeepSeek, format completions-suffix, model deepseek-flash")
        # Its prompt is not built here, so no family helps.
        assert "set family" not in found["text"]
        assert {"prompt", "suffix"} <= small.sent[-1].body.keys()
    else:
        assert done.returncode == 1
        assert "does not accept the key (401): Authentication Fails" in found["text"]
        assert "SERVICE_KEY" in found["text"]
        assert found["todo"] == "Set a key that it takes."
