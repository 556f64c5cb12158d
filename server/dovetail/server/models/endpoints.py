"""From the user's settings to endpoints that can be asked."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dovetail.endpoints import ConfigError, EndpointConfig, Timeouts, host_of

from ..settings import ChatSettings, EndpointSettings, Problem, Settings

if TYPE_CHECKING:
    from dovetail.endpoints.chat import ChatConfig

HOW_TO_CHAT = (
    "No chat server is set. Name one under `chat`: Ollama is url http://127.0.0.1:11434/v1, llama.cpp "
    "http://127.0.0.1:8080/v1, vLLM http://127.0.0.1:8000/v1; a hosted one needs keyEnv too, the name of the "
    "environment variable that holds its key. `model` names the model."
)


HEADERS_VARIABLE = "DOVETAIL_ENDPOINT_HEADERS"
EXTRA_VARIABLE = "DOVETAIL_ENDPOINT_EXTRA"
"""Variables that hold a JSON object of headers and of fields for every endpoint that the settings name; what the
settings themselves say goes before."""


def from_environment(variable: str, own: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The settings' `own` values over those of the environment.

    Raises:
        ConfigError: the variable holds no JSON object.
    """
    text = os.environ.get(variable, "").strip()
    try:
        more = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        more = None
    # Not ignored: without the header that it was set for every request would be refused, or go unaccounted.
    if not isinstance(more, dict):
        raise ConfigError(
            f'{name}: the environment variable {variable} must hold a JSON object such as {{"X-Team": "blue"}}.',
            endpoint=name,
        )
    # One host for every endpoint is never right, and it would lead past what a policy says of each.
    if variable == HEADERS_VARIABLE and any(header.lower() == "host" for header in more):
        raise ConfigError(
            f"{name}: the environment variable {variable} cannot set the header Host; write the host into url.",
            endpoint=name,
        )
    return {**more, **own}


def name_of(settings: EndpointSettings) -> str:
    """What the endpoint is called: as the user named it, else its host and port."""
    return settings.name or host_of(settings.url) or "endpoint"


def endpoint_configs(settings: Settings) -> tuple[list[EndpointConfig], list[Problem]]:
    """The endpoints that can be used, and a problem for each that cannot."""
    configs: list[EndpointConfig] = []
    problems: list[Problem] = []
    for index, one in enumerate(settings.endpoints):
        name = f"endpoints[{index}]"
        if not one.url:
            problems.append(Problem(name, f"{name} has no url and is not used; write where the server is."))
            continue
        try:
            configs.append(_config(one))
        except ConfigError as error:
            # One wrong endpoint leaves the others in use.
            problems.append(Problem(name, f"{name} is not used. {error}"))
    return configs, problems


def wrong_endpoint(one: EndpointSettings) -> str:
    """Why this cannot be an endpoint, in a sentence; empty where it can. Nothing is asked."""
    try:
        _config(one)
    except ConfigError as error:
        return str(error)
    return ""


def _config(one: EndpointSettings) -> EndpointConfig:
    return EndpointConfig(
        name=name_of(one),
        url=one.url,
        model=one.model,
        key_env=one.key_env or None,
        key_command=one.key_command,
        timeouts=Timeouts(one.connect_ms, one.first_token_ms, one.total_ms),
        headers=from_environment(HEADERS_VARIABLE, one.headers, name_of(one)),
        extra=from_environment(EXTRA_VARIABLE, one.extra, name_of(one)),
        ca_file=one.ca_file or None,
        client_cert=one.client_cert or None,
        client_key=one.client_key or None,
        session=one.session,
        temperature=one.temperature if one.temperature >= 0 else None,
        allow_insecure=one.allow_insecure,
        format=one.format,
        family=one.family,
        order=one.order,
        max_in_flight=one.max_in_flight or None,
        context_tokens=one.context_tokens or None,
    )


def key_variables(settings: Settings) -> tuple[str, ...]:
    """The environment variables that hold keys of model servers, or may: what runs a model's code does not get them."""
    of_endpoints = [one.key_env for one in settings.endpoints]
    named = [settings.chat.key_env, settings.next.key_env, settings.statistics.share.key_env, *of_endpoints]
    return (*dict.fromkeys(filter(None, named)), HEADERS_VARIABLE, EXTRA_VARIABLE)


def chat_config(chat: ChatSettings) -> ChatConfig:
    """The chat server.

    Raises:
        ConfigError: none is set, or a value is not allowed; the text says what to do.
    """
    from dovetail.endpoints.chat import ChatConfig

    if not chat.url:
        raise ConfigError(HOW_TO_CHAT)
    return ChatConfig(
        name=host_of(chat.url) or "chat",
        url=chat.url,
        model=chat.model,
        key_env=chat.key_env or None,
        key_command=chat.key_command,
        # A limit for the whole answer that is shorter than that of its beginning is meant for both.
        timeouts=Timeouts(5_000, min(60_000, chat.total_ms), chat.total_ms),
        headers=from_environment(HEADERS_VARIABLE, chat.headers, "chat"),
        extra=from_environment(EXTRA_VARIABLE, chat.extra, "chat"),
        ca_file=chat.ca_file or None,
        client_cert=chat.client_cert or None,
        client_key=chat.client_key or None,
        allow_insecure=chat.allow_insecure,
        max_tokens=chat.max_tokens,
    )
