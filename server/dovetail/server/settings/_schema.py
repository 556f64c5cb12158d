"""The settings as a JSON schema and as a page of documentation, both derived from the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin, get_type_hints

import attrs

from dovetail.privacy import find_secrets

from ._model import Settings
from ._read import camel


def json_schema(cls: type = Settings) -> dict[str, Any]:
    """JSON schema (draft 2020-12). `scope` is Dovetail's own keyword: "user" or "workspace"."""
    types, defaults = get_type_hints(cls), cls()
    properties = {}
    for field in attrs.fields(cls):
        entry = _entry(types[field.name], field.metadata)
        # A table's defaults are those of what is in it.
        if not attrs.has(types[field.name]):
            entry["default"] = _plain(getattr(defaults, field.name))
        properties[camel(field.name)] = entry
    return {
        "type": "object",
        "description": (cls.__doc__ or "").strip(),
        "properties": properties,
        "additionalProperties": False,
    }


def _entry(kind: Any, metadata: Any) -> dict[str, Any]:
    if attrs.has(kind):
        return json_schema(kind)
    entry: dict[str, Any] = {"description": metadata["doc"], "scope": metadata["scope"]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        entry |= {"type": "string", "enum": list(arguments)}
    elif origin is tuple:
        inner = arguments[0]
        entry |= {"type": "array", "items": json_schema(inner) if attrs.has(inner) else {"type": "string"}}
    elif origin is dict:
        entry |= {"type": "object"}
        if arguments[1] is bool:
            entry["additionalProperties"] = {"type": "boolean"}
    else:
        entry["type"] = {bool: "boolean", int: "integer", float: "number", str: "string"}[kind]
    for key in ("minimum", "maximum"):
        if metadata.get(key) is not None:
            entry[key] = metadata[key]
    return entry


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def rows(cls: type = Settings, prefix: str = "") -> Iterator[tuple[str, str, str, str, str]]:
    """(name, type, default, scope, description) of every setting."""
    for name, entry in json_schema(cls)["properties"].items():
        kind = get_type_hints(cls)[next(f.name for f in attrs.fields(cls) if camel(f.name) == name)]
        if attrs.has(kind):
            yield from rows(kind, f"{prefix}{name}.")
            continue
        allowed = " \\| ".join(entry["enum"]) if "enum" in entry else entry["type"]
        yield f"{prefix}{name}", allowed, _shown(entry["default"]), entry["scope"], entry["description"]
        # Each table of a list has settings of its own, which follow the list.
        if get_origin(kind) is tuple and attrs.has(get_args(kind)[0]):
            yield from rows(get_args(kind)[0], f"{prefix}{name}[].")


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"`{value}`" if value != "" else "empty"


def markdown() -> str:
    """The table of docs/settings.md."""
    lines = ["| setting | type | default | from | what it does |", "|---|---|---|---|---|"]
    for name, allowed, default, scope, doc in rows():
        where = "user only" if scope == "user" else "anywhere"
        lines.append(f"| `{name}` | {allowed} | {default} | {where} | {doc} |")
    return "\n".join(lines) + "\n"


def _without_keys(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_keys(one) for one in value]
    if isinstance(value, dict):
        return {key: _without_keys(one) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    return "…" if find_secrets(value) else value


def effective(settings: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(name, value) of every setting as it holds, in plain values. Values of headers and additional fields may be
    keys, and are left out, and so is any other text that looks like one."""
    for one in attrs.fields(type(settings)):
        value, name = getattr(settings, one.name), f"{prefix}{camel(one.name)}"
        if attrs.has(type(value)):
            yield from effective(value, f"{name}.")
        elif isinstance(value, tuple) and value and attrs.has(type(value[0])):
            # Of a list of tables only what was set: an endpoint has twenty settings, of which a user writes
            # three.
            usual = dict(effective(type(value[0])()))
            yield name, [{key: one for key, one in effective(item) if one != usual[key]} for item in value]
        elif one.name in ("headers", "extra"):
            yield name, dict.fromkeys(value, "…")
        elif one.name == "url" and value:
            from dovetail.endpoints import where

            yield name, where(value)
        elif one.name == "key_env" and find_secrets(f'API_KEY = "{value}"'):
            yield name, "…"  # pasted in place of a variable's name
        else:
            yield name, _without_keys(_plain(value))
