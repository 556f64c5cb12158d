"""What a user says about an endpoint. Each invalid value is reported with its setting's name and the allowed
values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from attrs import Attribute, define, field
from attrs.validators import instance_of

from dovetail.privacy import find_secrets

from ._errors import ConfigError
from ._secrets import Secret
from ._urls import SECRET_NAME, Address, is_loopback, where

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
ORDERS = ("auto", "prefix first", "suffix first")


@define(frozen=True, slots=True)
class Timeouts:
    """Deadlines on the client's side, in ms. A server's own time limits are not relied upon."""

    connect_ms: int = 2_000
    first_token_ms: int = 10_000
    total_ms: int = 30_000

    def __attrs_post_init__(self) -> None:
        for name in ("connect_ms", "first_token_ms", "total_ms"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 3_600_000:
                raise ConfigError(
                    f"{as_set(name)} must be a whole number of ms from 1 to 3600000, not {value!r}."
                )


def as_set(name: str) -> str:
    """An attribute's name as it is written in the settings, which is what the user of an error sees."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _fail(owner: Any, attribute: Attribute[Any], allowed: str, value: object) -> ConfigError:
    return ConfigError(
        f"{owner.name}: {as_set(attribute.name)} must be {allowed}, not {value!r}.", endpoint=str(owner.name)
    )


def _text(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str):
        raise _fail(owner, attribute, "text", value)


def _url(owner: Any, attribute: Attribute[Any], value: object) -> None:
    allowed = 'an address such as "http://127.0.0.1:8080" or "https://api.example.com/v1"'
    if not isinstance(value, str):
        raise _fail(owner, attribute, allowed, value)
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable, parts = False, SplitResult("", "", "", "", "")
    # Refused without repeating the value: what stands before the @ may be a password.
    if "@" in value.partition("://")[2].partition("/")[0]:
        raise ConfigError(
            f"{owner.name}: url must not hold a user name or password; name the key in keyEnv or keyCommand.",
            endpoint=owner.name,
        )
    if any(SECRET_NAME.search(field) for field, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise ConfigError(
            f"{owner.name}: url must not hold a key in its query; name the key in keyEnv or keyCommand.",
            endpoint=owner.name,
        )
    # Spaces and characters outside ASCII would be escaped on the way: another address would be asked than is
    # shown.
    if not usable or not value.isascii() or not value.isprintable() or " " in value:
        raise _fail(owner, attribute, allowed, where(value))


def _texts(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(one, str) and one for one in value):
        raise _fail(owner, attribute, "a list of texts, none empty", value)


def _mapping(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise _fail(owner, attribute, "a table with names as keys", value)


def _json(owner: Any, attribute: Attribute[Any], value: object) -> None:
    _mapping(owner, attribute, value)
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise _fail(owner, attribute, "a table of JSON values", type(value).__name__) from None


def _headers(owner: Any, attribute: Attribute[Any], value: object) -> None:
    _mapping(owner, attribute, value)
    for name, text in value.items():  # type: ignore[attr-defined]
        if not _HEADER.fullmatch(name):
            raise ConfigError(f"{owner.name}: headers: {name!r} is no name of a header.", endpoint=owner.name)
        if not isinstance(text, str) or not text.isascii() or not text.isprintable():
            raise ConfigError(
                f"{owner.name}: headers.{name} must be one line of ASCII text.", endpoint=owner.name
            )


def _session(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not _HEADER.fullmatch(value):
        raise _fail(owner, attribute, '"auto", "off" or the name of a header', value)


def _temperature(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 2:
        raise _fail(owner, attribute, "a number from 0 to 2", value)


def _key(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if value is not None and not isinstance(value, Secret):  # the value itself must not be repeated here
        raise ConfigError(
            f"{owner.name}: a key does not belong in the settings; put it in an environment variable and "
            "write that variable's name in keyEnv, or write a command that prints it in keyCommand.",
            endpoint=owner.name,
        )


def _key_env(owner: Any, attribute: Attribute[Any], value: object) -> None:
    # A key pasted here by mistake must not be repeated in the error, so the value is not shown.
    # Many keys are made like a name (`sk_live_…`), so it is also looked at as a key.
    named = isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", value)
    if value is not None and (not named or find_secrets(f'API_KEY = "{value}"')):
        raise ConfigError(
            f"{owner.name}: keyEnv must be the name of an environment variable (letters, digits, _), "
            "not a key.",
            endpoint=owner.name,
        )


def _command(owner: Any, attribute: Attribute[Any], value: object) -> None:
    if (
        not isinstance(value, tuple)
        or not all(isinstance(one, str) for one in value)
        or (value and not value[0])
    ):
        raise ConfigError(
            f'{owner.name}: keyCommand must be a list such as ["pass", "show", "codestral"].',
            endpoint=owner.name,
        )
    if value and not _names_one_program(value[0]):
        raise ConfigError(
            f"{owner.name}: the program of keyCommand must be a name to be found on PATH or an absolute path, not "
            f"{value[0]!r}: a relative path would run what the open folder holds.",
            endpoint=owner.name,
        )


# "tools/key" would be looked for from the present folder, which is often the open workspace.
def _names_one_program(program: str) -> bool:
    if PurePath(program).is_absolute() or program.startswith("~"):
        return True
    return not re.search(r"[/\\]", program) and program not in (".", "..")


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@define(frozen=True, slots=True, kw_only=True)
class Connection:
    """How to reach a server: what suggestions and chat have in common."""

    name: str = field(validator=_text)
    url: str = field(validator=_url)
    model: str = field(default="", validator=_text)
    key_env: str | None = field(default=None, validator=_key_env)
    key_command: tuple[str, ...] = field(default=(), converter=_tuple, validator=_command, repr=False)
    key: Secret | None = field(default=None, validator=_key, repr=False)
    """Only for servers that this program started itself; never from settings."""
    timeouts: Timeouts = field(factory=Timeouts, validator=instance_of(Timeouts))
    headers: Mapping[str, str] = field(factory=dict, validator=_headers, repr=False)
    extra: Mapping[str, Any] = field(factory=dict, validator=_json)
    """Goes into each request's body as it is, over what this package wrote there."""
    ca_file: str | None = None
    """A PEM file of certificates to trust beside the system's."""
    client_cert: str | None = None
    """A PEM file with the certificate that this client shows (mutual TLS)."""
    client_key: str | None = None
    """A PEM file with the key of `client_cert`, where that does not hold it."""
    temperature: float | None = field(default=None, validator=_temperature)
    """None: 0, and more where several candidates are asked for."""
    allow_insecure: bool = False
    """Send a key over plain http to another machine."""

    session: str = field(default="auto", validator=_session)
    """The header that carries the session's random id: "auto" (the usual ones, where the server is on another
    machine), "off", or a name."""
    local: bool = field(init=False)
    """Whether the server is on this machine (a loopback address), as its name resolved when this was made."""

    def __attrs_post_init__(self) -> None:
        # Decided once: whether a key may be sent and a proxy is used must not change with a name server's
        # next answer.
        object.__setattr__(self, "local", is_loopback(self.url))
        secret = [value for header, value in self.headers.items() if SECRET_NAME.search(header)]
        for value in secret:
            Secret(value)  # so that it is masked wherever it would be shown
        with_key = self.key_env or self.key_command or self.key or secret
        if with_key and self.url.startswith("http://") and not self.local and not self.allow_insecure:
            raise ConfigError(
                f"{self.name}: the key would go over plain http to another machine, readable on the way; "
                "use an https address, or set allowInsecure if the network is yours.",
                endpoint=self.name,
            )

    def address(self, path: str, **fields: str) -> str:
        """The URL of a wire format's path such as "/v1/completions", whichever part of it the user wrote, with `fields`
        in its query."""
        return Address.of(self.url).route(path, **fields)


@define(frozen=True, slots=True, kw_only=True)
class EndpointConfig(Connection):
    """A server that fills in the middle.

    Raises:
        ConfigError: a value is not allowed; the text names the setting and what is.
    """

    format: str = field(default="auto", validator=_text)
    """A wire format's name (`FORMATS`), or "auto": found by a probe."""
    family: str = field(default="auto", validator=_text)
    """A template family's name (`FAMILIES`), or "auto": from the model's name and the server's answers."""
    order: str = "auto"
    """"prefix first", "suffix first" (keeps the server's prompt cache while typing), or "auto": as
    trained."""
    max_in_flight: int | None = None
    """Requests running at once; one more may wait. None: 1 for a server on this machine, else 4."""
    context_tokens: int | None = None
    """What one request may use; None: from the probe."""
    batch_tokens: int | None = None
    """llama.cpp's `n_batch`, where it is known; None: measured."""
    stop: tuple[str, ...] = field(default=(), converter=_tuple, validator=_texts)

    def __attrs_post_init__(self) -> None:
        Connection.__attrs_post_init__(self)
        # Imported here, since chat and next edits make connections too and need neither table.
        from ._families import FAMILIES
        from .formats import FORMATS

        def choose(setting: str, value: str, allowed: list[str]) -> None:
            if value not in allowed:
                raise ConfigError(
                    f"{self.name}: {setting} must be one of {', '.join(allowed)}, not {value!r}.",
                    endpoint=self.name,
                )

        choose("format", self.format, ["auto", *FORMATS])
        choose("family", self.family, ["auto", *FAMILIES])
        choose("order", self.order, list(ORDERS))
        for setting, low, high in (
            ("max_in_flight", 1, 64),
            ("context_tokens", 256, 10_000_000),
            ("batch_tokens", 32, 10_000_000),
        ):
            value = getattr(self, setting)
            if value is not None and (not isinstance(value, int) or not low <= value <= high):
                raise ConfigError(
                    f"{self.name}: {as_set(setting)} must be a whole number from {low} to {high}, not {value!r}.",
                    endpoint=self.name,
                )

    @property
    def limit(self) -> int:
        """Requests that may run at once."""
        return self.max_in_flight or (1 if self.local else 4)
