"""The settings of what is asked: servers for suggestions, a model file of one's own, the chat server, and the model of
next edits. How each is reached is the same knowledge, and the user's alone to set.
"""

from __future__ import annotations

from typing import Any, Literal

from attrs import define

from ._field import setting

CONNECTION = {
    "key_env": ("", "Name of the environment variable that holds the API key."),
    "key_command": (tuple, "Command that prints the API key, as a list of its arguments."),
    "headers": (dict, "Additional HTTP headers."),
    "allow_insecure": (False, "Allow sending the key to another machine over plain http."),
    "ca_file": ("", "File with certificate authorities to trust in addition to the system's."),
    "client_cert": ("", "PEM file with the certificate that this client presents (mutual TLS)."),
    "client_key": ("", "PEM file with the key of clientCert, if that file does not contain it."),
}
"""What every server that is asked over HTTP has: the default and the description, by the name of the field."""


def connection(name: str) -> Any:
    """A field of `CONNECTION`. The user's alone: no workspace says where a key comes from, or whom it is shown."""
    default, doc = CONNECTION[name]
    return setting(default, doc, scope="user")


@define(frozen=True, slots=True)
class EndpointSettings:
    """A server for suggestions. Only its `url` is required."""

    url: str = setting("", "Address of the server, such as http://127.0.0.1:8080.", scope="user")
    name: str = setting("", "Name shown in the status. Defaults to the host.", scope="user")
    format: str = setting("auto", "Wire format. auto detects it.", scope="user")
    model: str = setting("", "Model to use, if the server has several.", scope="user")
    family: str = setting(
        "auto", "Family of the model, which decides its prompt template. auto detects it.", scope="user"
    )
    key_env: str = connection("key_env")
    key_command: tuple[str, ...] = connection("key_command")
    context_tokens: int = setting(
        0, "Context size of the model, in tokens. 0 asks the server.", scope="user", minimum=0
    )
    temperature: float = setting(
        -1.0,
        "Sampling temperature. -1 means 0, and 0.6 where several suggestions are asked for at once; at 0 there is "
        "one suggestion.",
        scope="user",
        minimum=-1.0,
        maximum=2.0,
    )
    order: Literal["auto", "prefix first", "suffix first"] = setting(
        "auto",
        "Order of prefix and suffix in the prompt. Suffix first makes better use of the server's prompt cache.",
        scope="user",
    )
    connect_ms: int = setting(2000, "Time limit for connecting, in ms.", scope="user", minimum=50)
    first_token_ms: int = setting(
        10_000,
        "Time limit for the first token, in ms. While an endpoint takes longer than it usually does, or is known to be "
        "slow, the built-in model suggests meanwhile.",
        scope="user",
        minimum=50,
    )
    total_ms: int = setting(30_000, "Time limit for an answer, in ms.", scope="user", minimum=100)
    max_in_flight: int = setting(
        0,
        "Maximum number of concurrent requests. 0 means 1 for a server on this machine, otherwise 4.",
        scope="user",
        minimum=0,
        maximum=64,
    )
    headers: dict[str, Any] = connection("headers")
    allow_insecure: bool = connection("allow_insecure")
    ca_file: str = connection("ca_file")
    client_cert: str = connection("client_cert")
    client_key: str = connection("client_key")
    session: str = setting(
        "auto",
        "HTTP header for a random session id, by which load balancers keep an editor on the same replica. auto sends "
        "the usual headers to other machines; off sends none.",
        scope="user",
    )
    price_read: float = setting(
        0.0, "Price of a million tokens read, in any currency; `dovetail stats` shows the cost.", scope="user",
        minimum=0.0,
    )  # fmt: skip
    price_written: float = setting(0.0, "Price of a million tokens written.", scope="user", minimum=0.0)
    extra: dict[str, Any] = setting(
        dict,
        'Additional fields of the request, sent unchanged; the value "null" removes a field.',
        scope="user",
    )


@define(frozen=True, slots=True)
class LocalSettings:
    """A model file of your own, served on this machine. Requires the extra `local`."""

    path: str = setting(
        "", "GGUF file of a model trained to fill in the middle. Empty turns this off.", scope="user"
    )
    context_tokens: int = setting(4096, "Context size, in tokens.", scope="user", minimum=1024)
    threads: int = setting(
        0, "Number of threads. 0 uses half of the processors.", scope="user", minimum=0, maximum=512
    )
    gpu_layers: int = setting(
        -1, "Number of layers to put on the GPU. -1 lets llama.cpp decide.", scope="user", minimum=-1
    )


@define(frozen=True, slots=True)
class ChatSettings:
    """The OpenAI-compatible chat server that writes edits."""

    url: str = setting("", "Base URL, such as http://127.0.0.1:11434/v1.", scope="user")
    model: str = setting("", "Name of the model.", scope="user")
    key_env: str = connection("key_env")
    key_command: tuple[str, ...] = connection("key_command")
    format: Literal["search-replace", "unified-diff", "apply-patch", "whole-file"] = setting(
        "search-replace", "Format in which the model is asked to write edits.", scope="user"
    )
    headers: dict[str, Any] = connection("headers")
    allow_insecure: bool = connection("allow_insecure")
    max_tokens: int = setting(8192, "Maximum number of tokens in an answer.", scope="user", minimum=64)
    total_ms: int = setting(120_000, "Time limit for an answer, in ms.", scope="user", minimum=1000)
    ca_file: str = connection("ca_file")
    client_cert: str = connection("client_cert")
    client_key: str = connection("client_key")
    price_read: float = setting(
        0.0, "Price of a million tokens read, in any currency; `dovetail stats` shows the cost.", scope="user",
        minimum=0.0,
    )  # fmt: skip
    price_written: float = setting(0.0, "Price of a million tokens written.", scope="user", minimum=0.0)
    extra: dict[str, Any] = setting(dict, "Additional fields of the request, sent unchanged.", scope="user")


@define(frozen=True, slots=True)
class NextSettings:
    """Next edits: what follows from edits you just made, proposed at its place."""

    mode: Literal["automatic", "manual", "off"] = setting(
        "automatic",
        "Propose a next edit after an edit (automatic), only when asked for (manual), or never (off).",
    )
    url: str = setting(
        "",
        "Address of a server with a model that predicts next edits, such as http://127.0.0.1:8080. It is asked where "
        "no rule proposes anything. Empty: no model is asked.",
        scope="user",
    )
    model: str = setting("", "Model to use, if the server has several.", scope="user")
    family: str = setting(
        "auto",
        "Family of the model, which decides its prompt template: zeta2, zeta2.1, sweep, mercury or chat (any chat "
        "model). auto detects it.",
        scope="user",
    )
    format: str = setting(
        "auto", "Wire format: completions, ollama, edit or chat. auto detects it.", scope="user"
    )
    key_env: str = connection("key_env")
    key_command: tuple[str, ...] = connection("key_command")
    max_tokens: int = setting(
        0,
        "Maximum number of tokens in an answer. 0 uses the family's own.",
        scope="user",
        minimum=0,
        maximum=8192,
    )
    total_ms: int = setting(15_000, "Time limit for an answer, in ms.", scope="user", minimum=100)
    max_in_flight: int = setting(
        0,
        "Maximum number of concurrent requests. 0 means 1 for a server on this machine, otherwise 2.",
        scope="user",
        minimum=0,
        maximum=64,
    )
    headers: dict[str, Any] = connection("headers")
    allow_insecure: bool = connection("allow_insecure")
    ca_file: str = connection("ca_file")
    client_cert: str = connection("client_cert")
    client_key: str = connection("client_key")
    extra: dict[str, Any] = setting(dict, "Additional fields of the request, sent unchanged.", scope="user")
