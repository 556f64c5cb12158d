"""One answer followed from its first byte to its end, without any input or output."""

from __future__ import annotations

from attrs import evolve

from .._errors import BadAnswer, Broken, ServerError
from .._secrets import mask
from .._types import Chunk
from ._contract import Ask, WireFormat
from ._framing import DONE, EventMessages, LineMessages, WholeMessage

MAX_BYTES = 32 * 1024 * 1024
"""Of one answer; what is longer is no completion."""


class Decoder:
    """Feed it the bytes of an answer as they come; it gives the chunks in them.

    Raises (from `feed` and `close`), as sentences that lack only the endpoint's name at their beginning:
        BadAnswer: not this format, or endless.
        ServerError: the server reported an error within the stream.
        Broken: (from `close`) the stream ended without a finish marker.
    """

    def __init__(self, wire: WireFormat, ask: Ask, content_type: str = "") -> None:
        kind = content_type.partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            raise BadAnswer("sent a web page")
        if wire.framing == "whole" or (wire.framing == "sse" and kind == "application/json"):
            self._messages: EventMessages | LineMessages | WholeMessage = WholeMessage()
        else:
            self._messages = EventMessages() if wire.framing == "sse" else LineMessages()
        self._read = wire.reader(ask)
        self._open: set[int] = set(range(max(1, ask.request.count)))
        self._started: set[int] = set()
        self._bytes = 0
        self.done = False
        """Nothing more will come: the server said so."""

    @property
    def finished(self) -> bool:
        """Whether every candidate that was asked for has ended (usage may still follow)."""
        return self.done or not self._open

    def feed(self, data: bytes) -> list[Chunk]:
        self._bytes += len(data)
        if self._bytes > MAX_BYTES:
            raise BadAnswer(f"sent more than {MAX_BYTES // 1024 // 1024} MiB")
        return self._take(self._messages.feed(data))

    def close(self) -> list[Chunk]:
        """The connection has ended; the chunks that were still held."""
        chunks = self._take(self._messages.close())
        # A server that cannot give several candidates gives fewer.
        if not self.finished and (not self._started or self._started & self._open):
            raise Broken("broke off in the middle of its answer")
        return chunks

    def _take(self, messages: list[object]) -> list[Chunk]:
        chunks: list[Chunk] = []
        for message in messages:
            if message is DONE:
                self.done = True
                continue
            if isinstance(message, dict) and (error := message.get("error")) and not message.get("choices"):
                raise ServerError(f"reported an error: {said(error)}")
            try:
                found = list(self._read(message))
            except (KeyError, TypeError, ValueError, AttributeError, IndexError):
                raise BadAnswer("sent JSON that does not fit its wire format") from None
            for chunk in found:
                if not isinstance(chunk.text, str):
                    raise BadAnswer("sent JSON that does not fit its wire format")
                self._started.add(chunk.candidate)
                if chunk.finish is not None:
                    if chunk.candidate in self._open:
                        self._open.discard(chunk.candidate)
                    else:
                        chunk = evolve(chunk, finish=None)
                chunks.append(chunk)
        return chunks


def said(error: object, limit: int = 200) -> str:
    """What a server said in an error, as one short line without keys."""
    if isinstance(error, dict):
        error = (
            error.get("message")
            or error.get("detail")
            or error.get("error")
            or error.get("type")
            or "no reason"
        )
    if isinstance(error, (dict, list)):
        error = str(error)
    line = " ".join(mask(str(error)).split())
    line = "".join(char for char in line if char.isprintable()).rstrip(" .")
    return line if len(line) <= limit else line[: limit - 1] + "…"
