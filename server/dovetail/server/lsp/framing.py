"""Bytes to messages: the base protocol's framing, without any input or output of its own.

The protocol library reads a header at a time in a pool of threads, allocates whatever a header announces, and
stops for good at the first broken one. Here a broken piece is one `Broken`, and reading goes on at the next header.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from attrs import define, field

MAX_BODY = 256 * 1024 * 1024
"""Bytes of the largest message that is taken; a file of 5 MB needs 5 to 30."""
MAX_HEADER = 16 * 1024

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,15})[ \t]*\r?\n", re.IGNORECASE)
_STRICT = re.compile(rb"(?:content-(?:length|type)[ \t]*:[^\r\n]*\r?\n)+\r?\n", re.IGNORECASE)
_END = re.compile(rb"\r?\n\r?\n")
_TAIL = 64
"""Bytes kept while looking for a header, so that one that arrives in two pieces is found."""


@define(frozen=True, slots=True)
class Broken:
    """A piece of the stream that is no message; `text` is a sentence for the log, without any of its content."""

    text: str


@define(slots=True, eq=False)
class Framing:
    """Feed it bytes as they come; it gives bodies, and what was broken between them."""

    max_body: int = MAX_BODY
    strict: bool = False
    """Whether headers other than the protocol's two are broken as well."""
    _buffer: bytearray = field(factory=bytearray)
    _need: int | None = None
    """Length of the body that is being read; None while reading a header."""
    _lost: bool = False
    """Whether what is being read is known to be no header: it was reported once."""

    def feed(self, data: bytes) -> Iterator[bytes | Broken]:
        """All that is complete now."""
        self._buffer += data
        while True:
            if self._need is not None:
                if len(self._buffer) < self._need:
                    return
                # By way of a view: a slice of the bytearray would copy the body twice.
                body = bytes(memoryview(self._buffer)[: self._need])
                del self._buffer[: self._need]
                self._need = None
                yield body
                continue
            end = _END.search(self._buffer)
            if end is None:
                # No end of a header in sight: what came is dropped, but for a tail in which one may have
                # begun.
                if len(self._buffer) > MAX_HEADER:
                    yield from self._lose("bytes came that are no message of the language server protocol")
                    del self._buffer[:-_TAIL]
                return
            head = bytes(memoryview(self._buffer)[: end.end()])
            # The last Content-Length wins; in front of it there may be output of something else (a shell's
            # greeting).
            found = _LENGTH.findall(head)
            del self._buffer[: end.end()]
            if self.strict and not _STRICT.fullmatch(head):
                yield from self._lose("a header came that is not of the language server protocol")
            elif not found:
                yield from self._lose("a message came without a usable Content-Length")
            elif int(found[-1]) > self.max_body:
                yield from self._lose(
                    f"a message of {int(found[-1])} bytes came; at most {self.max_body} are taken"
                )
            else:
                self._lost = False
                self._need = int(found[-1])

    def _lose(self, text: str) -> Iterator[Broken]:
        # Once for each stretch of garbage, not for each piece of it.
        if not self._lost:
            self._lost = True
            yield Broken(f"{text}; it was left out")


def decode(body: bytes) -> dict[str, Any] | Broken:
    """A body as a JSON object."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return Broken("a message came that is not JSON; it was left out")
    if not isinstance(value, dict):
        return Broken("a message came that is not a JSON object; it was left out")
    return value


def encode(message: Any, default: Any) -> bytes:
    """A message with its header. Everything beyond ASCII is escaped, so lone surrogates survive as well."""
    body = json.dumps(message, default=default, separators=(",", ":")).encode("ascii")
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
