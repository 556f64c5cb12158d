"""Messages of MCP over two streams: a line that the SDK cannot read is answered with an error.

The SDK leaves such a line out without a word, and whoever sent it waits for its answer until its own limit. That is
the case for half of a character (`\\ud83d`, of a text that was cut within an emoji), which is right by JSON's grammar,
and for what is nested deeply.
"""

from __future__ import annotations

import json
import logging
from typing import Any

from mcp.shared.message import SessionMessage
from mcp_types import ErrorData, JSONRPCError
from pydantic import ValidationError

log = logging.getLogger(__name__)
PARSE_ERROR, INVALID_REQUEST = -32700, -32600


class Answering:
    """A stream of the SDK's to read from, without what is no message: that is answered at `out`. In all else it is the
    stream itself."""

    def __init__(self, stream: Any, out: Any) -> None:
        self._stream, self._out = stream, out

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    async def receive(self) -> Any:
        """The next message."""
        while isinstance(item := await self._stream.receive(), Exception):
            await self._refuse(item)
        return item

    def __aiter__(self) -> Answering:
        return self

    async def __anext__(self) -> Any:
        # The stream ends its own iteration as this one has to end.
        while isinstance(item := await self._stream.__anext__(), Exception):
            await self._refuse(item)
        return item

    async def __aenter__(self) -> Answering:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> Any:
        return await self._stream.__aexit__(*error)

    async def _refuse(self, error: Exception) -> None:
        identifier, code, why = _what_is_wrong(error)
        log.error("The client sent something that is no message: %s.", why)
        answer = JSONRPCError(jsonrpc="2.0", id=identifier, error=ErrorData(code=code, message=why))
        await self._out.send(SessionMessage(answer))


def _what_is_wrong(error: Exception) -> tuple[int | str | None, int, str]:
    """The id of a request that was not read, where it has one, and what to say."""
    line = error.errors(include_url=False)[0]["input"] if isinstance(error, ValidationError) else None
    try:
        message = json.loads(line) if isinstance(line, str) else line
    except (ValueError, RecursionError):
        return None, PARSE_ERROR, "a line is not JSON"
    identifier = message.get("id") if isinstance(message, dict) else None
    known = isinstance(identifier, str | int) and not isinstance(identifier, bool) and sendable(identifier)
    if not sendable(message):
        why = "the message holds half of a character (a surrogate without its other half), which is no text"
    elif isinstance(message, dict):
        why = "the message is none of the protocol, or is nested too deeply"
    else:
        why = "a line is JSON, but no object"
    return identifier if known else None, INVALID_REQUEST, why


def sendable(value: Any) -> bool:
    """Whether a value can be sent: it holds no half of a character."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True


def as_sent(value: Any) -> Any:
    """A value of JSON with "?" for each half of a character, as in the name of a file that is not UTF-8. One that is
    left ends the SDK's writer, and the process with it."""
    if sendable(value):
        return value
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
