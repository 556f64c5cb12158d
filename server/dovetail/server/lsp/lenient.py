"""`initialize` of clients that are newer, older or odder than our types: what is read of it, and nothing else.

Visual Studio sends numbers that no enumeration has, others leave names out or send null for whole groups. A server
that refuses such a client helps nobody, so where the types do not take the message, they get this part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from inspect import isclass
from typing import Any

from cattrs import Converter
from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.protocol import JsonRPCRequestMessage, JsonRPCResponseMessage
from pygls.protocol.json_rpc import JsonRPCNotification

FLAG: Callable[[Any], Any] = lambda value: value if isinstance(value, bool) else None  # noqa: E731
GROUP: Callable[[Any], Any] = lambda value: {} if isinstance(value, dict) else None  # noqa: E731


def _names(*known: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        # Unknown names are passed over, the known ones of the same list count.
        return [one for one in value if one in known] if isinstance(value, list) else None

    return read


def _strings(value: Any) -> Any:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else None


CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": _strings},
    "window": {"workDoneProgress": FLAG},
    "workspace": {
        "applyEdit": FLAG,
        "configuration": FLAG,
        "workspaceEdit": {
            "documentChanges": FLAG,
            "resourceOperations": _names("create", "rename", "delete"),
            "changeAnnotationSupport": GROUP,
        },
        "didChangeWatchedFiles": {"dynamicRegistration": FLAG},
    },
    "textDocument": {
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": _strings}}},
        "completion": {"completionItem": {"snippetSupport": FLAG, "preselectSupport": FLAG}},
        "inlineCompletion": GROUP,
    },
}
"""What is read of the client's capabilities, group by group."""


def reduced(params: Any) -> dict[str, Any]:
    """The parameters of `initialize`, with what we read of them and in the shape the protocol says."""
    params = params if isinstance(params, dict) else {}
    number = params.get("processId")
    found: dict[str, Any] = {
        "processId": number if isinstance(number, int) and not isinstance(number, bool) else None,
        "rootUri": _text(params.get("rootUri")),
        "capabilities": _pick(params.get("capabilities"), CAPABILITIES) or {},
        "workspaceFolders": _folders(params.get("workspaceFolders")),
    }
    # The oldest way to name a folder.
    if (path := _text(params.get("rootPath"))) is not None:
        found["rootPath"] = path
    if "initializationOptions" in params:
        found["initializationOptions"] = params["initializationOptions"]
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _folders(value: Any) -> list[dict[str, str]] | None:
    if not isinstance(value, list):
        return None
    uris = [one.get("uri") for one in value if isinstance(one, dict)]
    return [{"uri": uri, "name": uri.rstrip("/").rpartition("/")[2]} for uri in uris if isinstance(uri, str)]


def _pick(value: Any, wanted: dict[str, Any]) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    found: dict[str, Any] = {}
    for key, read in wanted.items():
        one = _pick(value.get(key), read) if isinstance(read, dict) else read(value.get(key))
        if one is not None:
            found[key] = one
    # The types need this group whole where it is there at all, and some clients send it empty.
    if "codeActionLiteralSupport" in wanted and "codeActionLiteralSupport" in found:
        kinds = found["codeActionLiteralSupport"].setdefault("codeActionKind", {})
        kinds.setdefault("valueSet", [])
    return found


def make_converter() -> Converter:
    """What turns JSON into the protocol's types: pygls', with three differences.

    - It stops at the first thing that is wrong. The default collects every fault with its traceback, which takes
      seconds on the event loop where a list of 30,000 is wrong, or a text stands for a list.
    - Values that an enumeration lacks are taken as they are, and nothing but text is text (see `allow_unknown`).
    - Messages that no type is known for keep plain values. pygls makes a class of each object in them.
    """
    converter: Converter = get_converter(Converter(detailed_validation=False))
    for kind in (JsonRPCRequestMessage, JsonRPCResponseMessage, JsonRPCNotification):
        converter.register_structure_hook(kind, lambda message, to: to(**message))
    allow_unknown(converter)
    return converter


def allow_unknown(converter: Converter) -> None:
    """Have a converter of the protocol's types take values that an enumeration lacks as they are: a new tag of a
    diagnostic is no reason to refuse the code actions at its place. What can be no member of any enumeration, a list
    or an object, is refused, and so is what is no text where a text belongs: `str` takes anything, and a document's
    text would be the spelling of an object."""

    def member(value: Any, kind: Any) -> Any:
        if isinstance(value, list | dict):
            raise TypeError("not a member of an enumeration")
        # Not by a call of the enumeration: what it lacks costs it an exception, and a list may hold many.
        return known[kind].get(value, value)

    def text(value: Any, _: Any) -> str:
        if not isinstance(value, str):
            raise TypeError("not a text")
        return value

    converter.register_structure_hook(str, text)
    # All enumerations at once: which of them a client will outgrow is not known.
    kinds = [kind for kind in vars(types).values() if isclass(kind) and issubclass(kind, Enum)]
    known = {kind: {one.value: one for one in kind} for kind in kinds}
    for kind in kinds:
        converter.register_structure_hook(kind, member)
