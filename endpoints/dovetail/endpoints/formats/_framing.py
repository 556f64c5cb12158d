"""Bytes into messages, without any input or output: server-sent events, JSON lines, one whole document.

All three take bytes cut anywhere, hold at most `MAX_LINE` of an unfinished line, and decode text only in
whole lines, so that a character cut in half by the network is whole again. Messages are given one by one: what
stands before a wrong one is not lost with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .._errors import BadAnswer

MAX_LINE = 4 * 1024 * 1024
"""Bytes. Real lines are a few hundred bytes; some servers repeat the whole prompt in the last one."""

DONE = object()
"""The message for `data: [DONE]`."""


class Lines:
    """Lines ending in LF, CR LF or CR, without their ends."""

    __slots__ = ("_buffer", "_limit", "_scanned", "_skip_lf")

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._skip_lf = False
        self._limit = limit

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes.

        Raises:
            BadAnswer: a line is longer than the limit.
        """
        # The last piece ended between CR and LF, and that CR has ended its line already.
        if self._skip_lf and data:
            data = data.removeprefix(b"\n")
            self._skip_lf = False
        self._buffer += data
        if b"\r" in data:
            self._skip_lf = data.endswith(b"\r")
            # Only what is new: what was scanned holds no CR any more.
            self._buffer[self._scanned :] = (
                self._buffer[self._scanned :].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            )
        end = self._buffer.rfind(b"\n", self._scanned)
        lines: list[bytes] = []
        if end >= 0:
            lines = bytes(self._buffer[:end]).split(b"\n")
            del self._buffer[: end + 1]
        self._scanned = len(self._buffer)
        # The unfinished line as well as those that came whole in one piece.
        if self._scanned > self._limit or any(len(line) > self._limit for line in lines):
            self._buffer.clear()
            raise BadAnswer(f"sent a line of more than {self._limit // 1024} KiB")
        return lines

    def rest(self) -> bytes:
        """The last line, if it has no end."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest


class EventMessages:
    """The JSON in server-sent events.

    More lenient than the standard where servers are: an event whose `data` is one whole JSON document
    counts at once, without waiting for the blank line, which some leave out; `data` may stand without the
    space; `error:` lines (older llama.cpp) are errors.
    """

    __slots__ = ("_data", "_lines", "_size", "_started")

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[bytes] = []
        """The `data` lines of an event that is not complete yet."""
        self._size = 0
        """Bytes in them; counted as they come, since summing them at each line would be quadratic."""
        self._started = False

    def feed(self, data: bytes) -> Iterator[Any]:
        """The messages that `data` completes.

        Raises:
            BadAnswer: a message is no JSON, or too long.
        """
        for line in self._lines.feed(data):
            yield from self._line(line)

    def close(self) -> Iterator[Any]:
        """The message that the answer ended with, if it is whole."""
        if rest := self._lines.rest():
            # A proxy's page without a line end.
            if rest[:1] == b"<":
                raise BadAnswer("sent a web page")
            name, _, value = rest.partition(b":")
            if name == b"data":
                self._data.append(value)
        yield from _if_whole(self._event().strip())

    def _event(self) -> bytes:
        whole = b"\n".join(self._data)
        self._data.clear()
        self._size = 0
        return whole

    def _line(self, line: bytes) -> Iterator[Any]:
        if not self._started:
            self._started = True
            # A byte order mark may stand before the first line only.
            line = line.removeprefix(b"\xef\xbb\xbf")
        # The blank line that ends an event.
        if not line:
            if (whole := self._event()).strip():
                yield parse(whole)
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"error":
            yield {"error": parse(value)}
        elif name == b"data":
            # Not JSON, so it is looked for before anything is parsed.
            if not self._data and value.strip() == b"[DONE]":
                yield DONE
                return
            # An event of one line counts without the blank line that should end it; only what looks like a
            # whole document is tried.
            if not self._data and value[:1] == b"{" and value.rstrip()[-1:] == b"}":
                try:
                    yield loads(value)
                    return
                except ValueError:
                    pass  # perhaps the first of several lines
            self._data.append(value)
            self._size += len(value) + 1
            if self._size > MAX_LINE:
                raise BadAnswer(f"sent an event of more than {MAX_LINE // 1024} KiB")
        elif name[:1] in (b"{", b"<"):  # a document where an event should be
            yield parse(line)


class LineMessages:
    """One JSON document a line; blank lines are skipped."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines = Lines()

    def feed(self, data: bytes) -> Iterator[Any]:
        """The documents that `data` completes.

        Raises:
            BadAnswer: a line is no JSON, or too long.
        """
        for line in self._lines.feed(data):
            if line.strip():
                yield parse(line)

    def close(self) -> Iterator[Any]:
        """The document that the answer ended with, if it is whole."""
        yield from _if_whole(self._lines.rest().strip())


class WholeMessage:
    """One JSON document, complete when the answer ends."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Nothing yet.

        Raises:
            BadAnswer: it is too long.
        """
        self._buffer += data
        if len(self._buffer) > MAX_LINE:
            self._buffer.clear()
            raise BadAnswer(f"sent more than {MAX_LINE // 1024} KiB")
        return iter(())

    def close(self) -> Iterator[Any]:
        """The document.

        Raises:
            BadAnswer: it is no JSON.
        """
        whole = bytes(self._buffer)
        self._buffer.clear()
        return iter((parse(whole), DONE) if whole.strip() else ())


def _if_whole(rest: bytes) -> list[Any]:
    """The message that an answer ended with, if it is whole; a part of one tells only that it broke off."""
    if rest == b"[DONE]":
        return [DONE]
    # Numbers and words are whole JSON documents too, but what is left of one that broke off may look like
    # that.
    if rest[:1] not in (b"{", b"["):
        return [parse(rest)] if rest[:1] == b"<" else []
    try:
        return [loads(rest)]
    except (ValueError, BadAnswer):
        return []


def parse(data: bytes) -> Any:
    """The JSON document in `data`; what is no UTF-8 becomes U+FFFD.

    Raises:
        BadAnswer: it is not JSON.
    """
    data = data.strip().removeprefix(b"\xef\xbb\xbf")
    try:
        return loads(data)
    except ValueError:
        what = "a web page" if data[:1] == b"<" else "something that is no JSON"
        raise BadAnswer(f"sent {what}") from None


def loads(data: bytes) -> Any:
    """As `json.loads`; what is no UTF-8 becomes U+FFFD.

    Raises:
        ValueError: it is no JSON.
        BadAnswer: it is nested too deeply to be read.
    """
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except RecursionError:
        raise BadAnswer("sent JSON that is nested too deeply") from None
