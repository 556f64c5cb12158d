"""The framing of the base protocol: whole messages, broken ones, and what follows a broken one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dovetail.server.lsp.framing import MAX_HEADER, Broken, Framing, decode, encode


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def run(data: bytes, size: int = 0, **options: object) -> list[bytes | Broken]:
    framing = Framing(**options)  # type: ignore[arg-type]
    size = size or len(data) or 1
    return [piece for i in range(0, len(data), size) for piece in framing.feed(data[i : i + size])]


@given(st.lists(st.binary(max_size=40), max_size=5), st.integers(1, 50))
def test_whatever_the_pieces_the_bodies_come_out(bodies: list[bytes], size: int) -> None:
    """Cut anywhere."""
    assert run(b"".join(map(frame, bodies)), size) == bodies


@pytest.mark.parametrize(
    "head",
    [
        b"content-length:2\r\n\r\n",
        b"CONTENT-LENGTH :  2 \r\n\r\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: 2\r\nContent-Type: x\r\n\r\n",
        b"Content-Length: 2\n\n",
    ],
)
def test_headers_as_clients_write_them(head: bytes) -> None:
    """Any case, any order, also with the wrong line ends."""
    assert run(head + b"{}") == [b"{}"]


@pytest.mark.parametrize(
    "broken",
    [
        b"Content-Length: x\r\n\r\n{}",
        b"Content-Length: -5\r\n\r\n{}",
        b"Content-Length: 99999999999999999999\r\n\r\n{}",
        b"Content-Length: 999999999999\r\n\r\n{}",
        b"Content-Type: y\r\n\r\n{}",
        b"hello\r\n\r\n",
        b"\r\n\r\n",
    ],
)
@pytest.mark.parametrize("size", [0, 7])
def test_reading_goes_on_after_a_broken_header(broken: bytes, size: int) -> None:
    """One sentence for it, and the next message is found."""
    sentence, *rest = run(broken + frame(b"good"), size)
    assert isinstance(sentence, Broken)
    assert sentence.text.endswith("it was left out")
    assert rest[-1] == b"good"


def test_bytes_without_any_header() -> None:
    """Are not kept, and are one sentence however many they are."""
    framing = Framing()
    found = [piece for _ in range(100) for piece in framing.feed(b"\0" * MAX_HEADER)]
    assert [type(piece) for piece in found] == [Broken]
    assert len(framing._buffer) <= MAX_HEADER
    assert list(framing.feed(frame(b"good"))) == [b"good"]


def test_a_length_that_is_too_small_or_too_large() -> None:
    """What is cut off is not JSON; the message after the next header is read again."""
    small = run(b'Content-Length: 3\r\n\r\n{"a":1}' + frame(b"good"))
    assert small[0] == b'{"a'
    assert small[-1] == b"good"
    large = run(b"Content-Length: 9\r\n\r\n{}" + frame(b"lost") + frame(b"good"))
    assert large[-1] == b"good"


def test_nothing_is_allocated_for_a_length_that_is_only_announced() -> None:
    """A header is not a reason to take memory."""
    framing = Framing()
    assert list(framing.feed(b"Content-Length: 200000000\r\n\r\nabc")) == []
    assert len(framing._buffer) == 3


def test_strict_framing_takes_no_http() -> None:
    """A browser's request to the port is no message, though it has a Content-Length."""
    request = b"POST / HTTP/1.1\r\nHost: 127.0.0.1:7\r\nContent-Length: 2\r\n\r\n{}"
    assert isinstance(run(request, strict=True)[0], Broken)
    assert run(frame(b"{}"), strict=True) == [b"{}"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"1", b"[" * 100_000, b"1" * 5000])
def test_bodies_that_are_no_object(body: bytes) -> None:
    """Are broken, whatever is wrong with them."""
    assert isinstance(decode(body), Broken)


@given(st.text())
def test_any_text_survives(text: str) -> None:
    """There and back, lone surrogates as well."""
    (body,) = run(encode({"text": text, "lone": "\ud800"}, None))
    assert json.loads(body) == {"text": text, "lone": "\ud800"}
