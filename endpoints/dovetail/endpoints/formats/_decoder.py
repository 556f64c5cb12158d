"""One answer followed from its first byte to its end, without any input or output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import evolve

from .._errors import BadAnswer, Broken, Busy, ContextOverflow, EndpointError, ServerError
from .._secrets import mask
from .._types import Chunk
from .._words import busy, limit_in, overflow, too_long
from ._contract import Ask, WireFormat
from ._framing import DONE, EventMessages, LineMessages, WholeMessage

MAX_BYTES = 32 * 1024 * 1024
"""Of one answer; what is longer is no completion."""


class Decoder:
    """Feed it the bytes of an answer as they come; it gives the chunks in them.

    Raises (from `feed` and `close`), as sentences that lack only the endpoint's name at their beginning:
        BadAnswer: not this format, or endless.
        ServerError, ContextOverflow, Busy: the server reported an error within the stream.
        Broken: (from `close`) the stream ended without a finish marker.
    """

    def __init__(self, wire: WireFormat, ask: Ask, content_type: str = "") -> None:
        kind = content_type.partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            raise BadAnswer("sent a web page")
        # Some servers and gateways answer in one piece although a stream was asked for.
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

    def feed(self, data: bytes) -> Iterator[Chunk]:
        """The chunks that `data` completes."""
        self._bytes += len(data)
        if self._bytes > MAX_BYTES:
            raise BadAnswer(f"sent more than {MAX_BYTES // 1024 // 1024} MiB")
        yield from self._take(self._messages.feed(data))

    def close(self) -> Iterator[Chunk]:
        """The connection has ended; the chunks that were still held."""
        yield from self._take(self._messages.close())
        # A server that cannot give several candidates gives fewer.
        # Only candidates that have begun must end.
        if not self.finished and (not self._started or self._started & self._open):
            raise Broken("broke off in the middle of its answer; see that server's log")

    def _take(self, messages: Iterable[object]) -> Iterator[Chunk]:
        for message in messages:
            if message is DONE:
                self.done = True
                continue
            # A status of 200 was sent before the failure, so errors come as messages.
            if isinstance(message, dict) and (error := message.get("error")) and not message.get("choices"):
                raise _reported(message, error)
            try:
                # Read as a whole before any is given: a message that is wrong in its middle gives nothing.
                found = [_checked(chunk) for chunk in self._read(message)]
            except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
                raise BadAnswer("sent JSON that does not fit its wire format") from None
            for chunk in found:
                self._started.add(chunk.candidate)
                if chunk.finish is not None:
                    if chunk.candidate in self._open:
                        self._open.discard(chunk.candidate)
                    else:
                        # A second end of the same candidate would end it twice for whoever counts.
                        chunk = evolve(chunk, finish=None)
                yield chunk


def _reported(message: dict[str, object], error: object) -> EndpointError:
    """The error for one that stands in the stream, by the same words as with a status."""
    whole = f"{said(error, 2_000)} {said(message.get('error_type', ''))}"
    if too_long(whole):
        found = ContextOverflow(f"says that {overflow(limit_in(whole))}")
        found.limit = limit_in(whole)
        return found
    if busy(whole):
        return Busy(f"is busy: {said(error)}; fewer requests are sent until it has time")
    return ServerError(f"reported an error: {said(error)}; see that server's log")


def _checked(chunk: Chunk) -> Chunk:
    """`chunk`, whose values came from the server as they are; a count that is none counts as not told.

    Raises:
        TypeError: the text is no text, or the candidate no number.
    """
    logprob = chunk.logprob
    if not isinstance(chunk.text, str) or not _is_whole(chunk.candidate):
        raise TypeError
    if logprob is not None and (isinstance(logprob, bool) or not isinstance(logprob, int | float)):
        raise TypeError
    counts = (chunk.prompt_tokens, chunk.cached_tokens, chunk.completion_tokens)
    if all(count is None or _is_whole(count) for count in counts):
        return chunk
    prompt, cached, completion = (count if _is_whole(count) else None for count in counts)
    return evolve(chunk, prompt_tokens=prompt, cached_tokens=cached, completion_tokens=completion)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


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
    try:
        line = " ".join(str(error).split())
    except (RecursionError, ValueError):  # nested too deeply, or a number of thousands of digits
        line = "no reason"
    # It goes into a sentence in a terminal or an editor: no control characters, no second full stop.
    # Only then are keys looked for: one with such a character in its middle is whole again without it.
    line = mask("".join(char for char in line if char.isprintable())).rstrip(" .")
    return line if len(line) <= limit else line[: limit - 1] + "…"
