"""Settings: what is wrong is said with the setting's name and what is allowed."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dovetail.endpoints import (
    FAMILIES,
    FORMATS,
    ConfigError,
    EndpointConfig,
    FimRequest,
    Timeouts,
    is_loopback,
)
from dovetail.endpoints.chat import ChatConfig


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "127.0.0.1:8080"}, "it: url must be an address such as"),
        ({"url": "ftp://x"}, "url must be"),
        ({"url": "http://"}, "url must be"),
        ({"url": "http://x:99999"}, "url must be"),
        ({"url": 7}, "url must be"),
        ({"url": "http://[::1"}, "url must be"),
        ({"format": "openai"}, "format must be one of auto, llama.cpp, completions,"),
        ({"family": "gpt"}, "family must be one of auto, qwen,"),
        ({"order": "suffix"}, "order must be one of auto, prefix first, suffix first"),
        ({"max_in_flight": 0}, "maxInFlight must be a whole number from 1 to 64, not 0"),
        ({"context_tokens": 10}, "contextTokens must be a whole number from 256"),
        ({"temperature": 3}, "temperature must be a number from 0 to 2, not 3"),
        ({"temperature": True}, "temperature must be a number"),
        ({"temperature": "0"}, "temperature must be a number"),
        ({"stop": ["a", ""]}, "stop must be a list of texts, none empty"),
        ({"stop": "abc"}, "stop must be a list of texts"),
        ({"extra": {"x": {1, 2}}}, "extra must be a table of JSON values"),
        ({"extra": {"x": float("nan")}}, "extra must be a table of JSON values"),
        ({"extra": [1]}, "extra must be a table"),
        ({"headers": {"X": "a\r\nHost: evil"}}, "headers.X must be one line of ASCII text"),
        ({"headers": {"X": 1}}, "headers.X must be one line"),
        ({"model": None}, "model must be text, not None"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_allowed(settings: Any, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        EndpointConfig(**({"name": "it", "url": "http://127.0.0.1:1"} | settings))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "told"),
    [("connect_ms", "connectMs"), ("first_token_ms", "firstTokenMs"), ("total_ms", "totalMs")],
)
@pytest.mark.parametrize("value", [0, -1, 1.5, "3", True, 10**9])
def test_wrong_timeouts(name: str, told: str, value: Any) -> None:
    with pytest.raises(ConfigError, match=f"{told} must be a whole number of ms"):
        Timeouts(**{name: value})


def test_chat_needs_a_model() -> None:
    with pytest.raises(ConfigError, match="model must name the chat model"):
        ChatConfig(name="it", url="http://127.0.0.1:1")
    with pytest.raises(ConfigError, match="maxTokens must be"):
        ChatConfig(name="it", url="http://127.0.0.1:1", model="m", max_tokens=0)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:1", True),
        ("http://127.9.9.9", True),
        ("http://localhost", True),
        ("http://LOCALHOST.:80", True),
        ("http://[::1]:5", True),
        ("http://192.168.1.2", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1.nip.io", False),
        ("https://example.com", False),
    ],
)
def test_what_this_machine_is(url: str, local: bool) -> None:
    assert is_loopback(url) is local
    assert EndpointConfig(name="it", url=url).limit == (1 if local else 4)


@pytest.mark.parametrize(
    ("addresses", "local"),
    [
        (["127.0.0.1", "::1"], True),
        (["127.0.0.1", "203.0.113.9"], False),
        (["203.0.113.9"], False),
        ([], False),
        (None, False),
    ],
)
def test_a_name_below_localhost_is_what_it_resolves_to(
    addresses: list[str] | None, local: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo

    def resolve(host: Any, *args: Any, **named: Any) -> Any:
        if host != "a.localhost":
            return real(host, *args, **named)
        if addresses is None:
            raise OSError("not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert is_loopback("http://a.localhost") is local
    if local:
        EndpointConfig(name="it", url="http://a.localhost", key_env="K")
    else:
        with pytest.raises(ConfigError, match="plain http to another machine"):
            EndpointConfig(name="it", url="http://a.localhost", key_env="K")


def test_importing_the_package_imports_no_http_client() -> None:
    """They cost 0.1 s (httpx) and 0.5 s (openai); with no endpoint set, no one pays for them."""
    code = (
        "import sys, dovetail.endpoints, dovetail.endpoints.chat, dovetail.endpoints.local\n"
        "late = {'httpx', 'httpcore', 'httpx2', 'openai', 'truststore', 'pydantic', 'h2', 'xllamacpp'}\n"
        "print(sorted(late & set(sys.modules)))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert out.stdout.strip() == "[]"


def test_the_package_imports_nothing_of_ours_but_what_stands_below_it() -> None:
    code = (
        "import sys, dovetail.endpoints, dovetail.endpoints.chat, dovetail.endpoints.local\n"
        "print(sorted({name.split('.')[1] for name in sys.modules if name.startswith('dovetail.')}))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert out.stdout.strip() == "['endpoints', 'privacy', 'text']"


def test_values_are_immutable() -> None:
    with pytest.raises(AttributeError):
        FimRequest("a", "b").prefix = "c"  # type: ignore[misc]


def test_the_public_face_is_whole_and_sorted() -> None:
    import dovetail.endpoints as face

    public = {
        name
        for name, value in vars(face).items()
        if not name.startswith("_") and not hasattr(value, "__path__")
    }
    modules = {"chat", "local", "local_server"}  # of their own, not imported with the package
    assert public - modules == set(face.__all__)


def test_the_documents_name_every_format_and_family() -> None:
    page = (Path(__file__).parents[2] / "docs" / "endpoints.md").read_text(encoding="utf-8")
    for name in (*FORMATS, *FAMILIES):
        assert f"`{name}`" in page, name
