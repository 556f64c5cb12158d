"""Proxies of the environment: one that cannot be used is named, exceptions hold, odd variables give a sentence."""

# ruff: noqa: F811 (fixtures are imported by their names)

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "endpoints"))

from fixtures import MakeEndpoint, endpoint, pool, serve  # noqa: F401
from scripted import REQUEST, collect

from dovetail.endpoints import (
    ConfigError,
    Unreachable,
)
from dovetail.endpoints._proxies import proxy_for


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"ALL_PROXY": "socks5://127.0.0.1:1080"}, "SOCKS"),
        ({"all_proxy": "socks5h://u:hunter2@127.0.0.1:1080"}, "SOCKS"),
        ({"HTTP_PROXY": "socks://127.0.0.1:1080/"}, "SOCKS"),
        ({"HTTP_PROXY": "ftp://127.0.0.1:1080/"}, "unknown scheme"),
        ({"HTTP_PROXY": "http://127.0.0.1:99999"}, "no usable host and port"),
        ({"HTTP_PROXY": "http://127.0.0.1:port"}, "no usable host and port"),
        ({"HTTP_PROXY": "http://[::1"}, "no usable host and port"),
        ({"HTTP_PROXY": "http://:8080"}, "no usable host and port"),
        ({"HTTP_PROXY": "http://u:hunter2@127.0.0.1:9"}, "does not answer"),
        ({"HTTP_PROXY": "127.0.0.1:9", "NO_PROXY": "localhost,[::1]"}, "does not answer"),
    ],
)
async def test_a_proxy_that_cannot_be_used_is_named(
    variables: dict[str, str], says: str, endpoint: MakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises((ConfigError, Unreachable)) as caught:
        await collect(endpoint("http://llm.example.invalid:8080").stream(REQUEST))
    text = str(caught.value)
    assert text.startswith("scripted: the proxy ") and says in text
    assert next(iter(variables)) in text  # the variable's name
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("exceptions", "excepted"),
    [
        ("*", True),
        ("llm.corp.example", True),
        ("corp.example", True),
        (".corp.example", True),
        ("*.corp.example", True),
        ("llm.corp.example:8080", True),
        ("llm.corp.example:81", False),
        ("m.corp.example", False),
        ("example.corp", False),
        ("[::1], ,::1/128,[", False),
        ("other,llm.corp.example", True),
        ("", False),
    ],
)
def test_hosts_that_no_proxy_concerns(exceptions: str, excepted: bool) -> None:
    variables = {"HTTP_PROXY": "http://proxy:3128", "NO_PROXY": exceptions}
    found = proxy_for("http://llm.corp.example:8080/v1", "it", variables)
    assert (found is None) is excepted


@pytest.mark.parametrize(
    ("host", "exceptions", "excepted"),
    [
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "192.168.0.0/16", False),
        ("[fd00::5]", "fd00::/8", True),
        ("[fd00::5]", "[fd00::5]", True),
        ("[fd00::5]", "[fd00::5]:8080", True),
    ],
)
def test_networks_that_no_proxy_concerns(host: str, exceptions: str, excepted: bool) -> None:
    variables = {"ALL_PROXY": "http://proxy:3128", "NO_PROXY": exceptions}
    assert (proxy_for(f"http://{host}:8080", "it", variables) is None) is excepted


@settings(max_examples=200)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_variables_give_a_proxy_or_a_sentence(proxy: str, exceptions: str) -> None:
    with suppress(ConfigError):
        proxy_for("https://a.example", "it", {"HTTPS_PROXY": proxy, "no_proxy": exceptions})
