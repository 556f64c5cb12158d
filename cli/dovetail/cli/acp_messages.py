"""Messages of ACP over two streams, one JSON object a line; a line that is not one is answered with an error, and
reading goes on.

The SDK's own transport ends, and the process with it, when a line holds JSON other than an object.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from typing import Any

log = logging.getLogger(__name__)
LARGEST = sys.float_info.max
PARSE_ERROR, INVALID_REQUEST = -32700, -32600


class Lines:
    """Implements the SDK's transport.

    Args:
        reader: its limit is the longest message, in bytes.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._turn = asyncio.Lock()

    async def send(self, message: dict[str, Any]) -> None:
        """Write one message.

        Raises:
            OSError: the client is gone.
        """
        # ASCII, on one line: no character in it can be taken for the end of the message.
        data = (json.dumps(message, separators=(",", ":")) + "\n").encode()
        # Answers of several tasks must not come in one another's middle.
        async with self._turn:
            self._writer.write(data)
            await self._writer.drain()

    async def receive(self) -> dict[str, Any] | None:
        """The next message; None at the end."""
        while True:
            try:
                line = await self._reader.readline()
            except ValueError:  # what is left of it comes as a line of its own, and is none either
                await self._refuse(PARSE_ERROR, "a message is too long")
                continue
            except OSError:
                return None
            if not line:
                return None
            if not line.strip():
                continue
            try:
                message = json.loads(line, parse_float=_finite, parse_constant=_no_json)
            except (ValueError, RecursionError):
                await self._refuse(PARSE_ERROR, "a line is not JSON")
                continue
            if isinstance(message, dict):
                return message
            await self._refuse(INVALID_REQUEST, "a line is JSON, but no object")

    async def close(self) -> None:
        """Write nothing more."""
        self._writer.close()

    async def _refuse(self, code: int, why: str) -> None:
        log.error("The client sent something that is no message: %s.", why)
        try:
            await self.send({"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": why}})
        except OSError:
            log.debug("the client is gone")


def _finite(text: str) -> float:
    """A number with a fraction or an exponent. `1e400` is right by JSON's grammar and reads as infinity, which no whole
    number can be made of, and which is not JSON any more when an answer repeats it: the largest there is stands for
    it."""
    return max(-LARGEST, min(float(text), LARGEST))


def _no_json(name: str) -> float:
    """`NaN` and `Infinity`, which Python reads and JSON does not have."""
    raise ValueError(name)
