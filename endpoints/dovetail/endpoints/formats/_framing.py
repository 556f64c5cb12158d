"""Bytes into messages, without any input or output: server-sent events, JSON lines, one whole document.

All three take bytes cut anywhere, hold at most `MAX_LINE` of an unfinished line, and decode text only in
whole lines, so that a character cut in half by the network is whole again.
"""

from __future__ import annotations

import json
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
        if self._skip_lf and data:
            data = data.removeprefix(b"\n")
            self._skip_lf = False
        self._buffer += data
        if b"\r" in data:
            self._skip_lf = data.endswith(b"\r")
            self._buffer[self._scanned :] = (
                self._buffer[self._scanned :].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            )
        end = self._buffer.rfind(b"\n", self._scanned)
        lines: list[bytes] = []
        if end >= 0:
            lines = bytes(self._buffer[:end]).split(b"\n")
            del self._buffer[: end + 1]
        self._scanned = len(self._buffer)
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

    __slots__ = ("_data", "_lines", "_started")

    def __init__(self) -> None:
        self._lines = Lines()
        self._data: list[bytes] = []
        self._started = False

    def feed(self, data: bytes) -> list[Any]:
        messages: list[Any] = []
        for line in self._lines.feed(data):
            self._line(line, messages)
        return messages

    def close(self) -> list[Any]:
        if rest := self._lines.rest():
            if rest[:1] == b"<":
                raise BadAnswer("sent a web page")
            name, _, value = rest.partition(b":")
            if name == b"data":
                self._data.append(value)
        whole = b"\n".join(self._data).strip()
        self._data.clear()
        return _if_whole(whole)

    def _line(self, line: bytes, messages: list[Any]) -> None:
        if not self._started:
            self._started = True
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            if self._data:
                whole = b"\n".join(self._data)
                self._data.clear()
                if whole.strip():
                    messages.append(parse(whole))
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"error":
            messages.append({"error": parse(value)})
        elif name == b"data":
            if not self._data and value.strip() == b"[DONE]":
                messages.append(DONE)
                return
            if not self._data and value[:1] == b"{" and value.rstrip()[-1:] == b"}":
                try:
                    messages.append(json.loads(value.decode("utf-8", "replace")))
                    return
                except ValueError:
                    pass  # perhaps the first of several lines
            self._data.append(value)
            if sum(map(len, self._data)) > MAX_LINE:
                raise BadAnswer(f"sent an event of more than {MAX_LINE // 1024} KiB")
        elif name[:1] in (b"{", b"<"):  # a document where an event should be
            messages.append(parse(line))


class LineMessages:
    """One JSON document a line; blank lines are skipped."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines = Lines()

    def feed(self, data: bytes) -> list[Any]:
        return [parse(line) for line in self._lines.feed(data) if line.strip()]

    def close(self) -> list[Any]:
        return _if_whole(self._lines.rest().strip())


class WholeMessage:
    """One JSON document, complete when the answer ends."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        self._buffer += data
        if len(self._buffer) > MAX_LINE:
            self._buffer.clear()
            raise BadAnswer(f"sent more than {MAX_LINE // 1024} KiB")
        return []

    def close(self) -> list[Any]:
        whole = bytes(self._buffer)
        self._buffer.clear()
        return [parse(whole), DONE] if whole.strip() else []


def _if_whole(rest: bytes) -> list[Any]:
    """The message that an answer ended with, if it is whole; a part of one tells only that it broke off."""
    if rest == b"[DONE]":
        return [DONE]
    if rest[:1] not in (b"{", b"["):
        return [parse(rest)] if rest[:1] == b"<" else []
    try:
        return [json.loads(rest.decode("utf-8", "replace"))]
    except (ValueError, RecursionError):
        return []


def parse(data: bytes) -> Any:
    """The JSON document in `data`; what is no UTF-8 becomes U+FFFD.

    Raises:
        BadAnswer: it is none.
    """
    text = data.decode("utf-8", "replace").strip().removeprefix("\ufeff")
    try:
        return json.loads(text)
    except RecursionError:
        raise BadAnswer("sent JSON that is nested too deeply") from None
    except ValueError:
        what = "a web page" if text[:1] == "<" else "something that is no JSON"
        raise BadAnswer(f"sent {what}") from None
