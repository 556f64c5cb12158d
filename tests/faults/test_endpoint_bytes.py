"""Answers of an endpoint that are odd below the level of JSON: each is read as it can be, or is one sentence."""

# ruff: noqa: F811 (fixtures are imported by their names)

from __future__ import annotations

import asyncio
import gzip
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "endpoints"))

from fixtures import MakeEndpoint, endpoint, pool, serve  # noqa: F401
from scripted import REQUEST, Request, Wire, collect, said, text_of

from dovetail.endpoints import EndpointError, Timeouts, _http
from dovetail.endpoints._secrets import Secret

KEY = "sk-" + "Zq81mDk20vXw73TbLr5YcN"
BODY = (said("größe 🙂") + said("", "stop") + "data: [DONE]\n\n").encode()
TEXT = "größe 🙂"


def head(status: str = "200 OK", *lines: str, version: str = "HTTP/1.1") -> bytes:
    return "\r\n".join([f"{version} {status}", *lines, "", ""]).encode("latin-1")


def chunks(*parts: bytes, extension: str = "") -> bytes:
    marks = [b"%x%s\r\n%s\r\n" % (len(part), extension.encode(), part) for part in parts]
    return b"".join(marks) + b"0\r\n\r\n"


CHUNKED = head("200 OK", "Content-Type: text/event-stream", "Transfer-Encoding: chunked")
SIZED = head("200 OK", f"Content-Length: {len(BODY)}")
RAW = 'data: {"choices":[{"index":0,"text":"größe 🙂"}]}\n\n'.encode()
READ: dict[str, bytes] = {
    "HTTP/1.0, ended by closing": head(version="HTTP/1.0") + BODY,
    "HTTP/1.0 that would be kept": head("200 OK", "Connection: keep-alive", version="HTTP/1.0") + BODY,
    "extensions of chunks": CHUNKED + chunks(BODY[:9], BODY[9:], extension=';a=b;c="d e"'),
    "a long extension": CHUNKED + chunks(BODY, extension=";" + "a" * 60_000),
    "trailers": CHUNKED + b"%x\r\n%s\r\n0\r\nX-Trailer: y\r\n\r\n" % (len(BODY), BODY),
    "garbage behind it": CHUNKED + chunks(BODY) + b"GARBAGE\r\n\r\n" * 10,
    "closed before its length": head("200 OK", "Content-Length: 100000") + BODY,
    "length and chunks": head("200 OK", "Content-Length: 5", "Transfer-Encoding: chunked") + chunks(BODY),
    "a chunk of more than there is": CHUNKED + b"ffffffffffffffff\r\n" + BODY,
    "a folded header": head("200 OK", "X: a", " b", f"Content-Length: {len(BODY)}") + BODY,
    "an escape in the reason": head("200 \x1b]0;x\x07", f"Content-Length: {len(BODY)}") + BODY,
    "many 100s": b"HTTP/1.1 100 Continue\r\n\r\n" * 500 + CHUNKED + chunks(BODY),
    "early hints": b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + CHUNKED + chunks(BODY),
    "another type": head("200 OK", "Content-Type: image/png", f"Content-Length: {len(BODY)}") + BODY,
    "no type": SIZED + BODY,
    "another character set": head(
        "200 OK", "Content-Type: text/event-stream; charset=utf-16", f"Content-Length: {len(BODY)}"
    )
    + BODY,
    "a byte at a time": CHUNKED + chunks(*(bytes([byte]) for byte in RAW + BODY[BODY.index(b"\n\n") + 2 :])),
    "cut inside a letter": CHUNKED + chunks(RAW[:44], RAW[44:47], RAW[47:], BODY[BODY.index(b"\n\n") + 2 :]),
    "a mark of the byte order": CHUNKED + chunks(b"\xef\xbb\xbf" + BODY),
    "CR alone": CHUNKED + chunks(BODY.replace(b"\n", b"\r")),
    "CR LF": CHUNKED + chunks(BODY.replace(b"\n", b"\r\n")),
    "other fields of events": CHUNKED
    + chunks(b": hi\nid: 1\nevent: x\nretry: 99999999999999999999\n" + BODY),
    "spaces around the end": CHUNKED + chunks(BODY.replace(b"[DONE]", b" [DONE] ")),
    "lines that end in LF": SIZED.replace(b"\r\n", b"\n") + BODY,
    "a usage that is none": CHUNKED
    + chunks(b'data: {"choices":[],"usage":{"prompt_tokens":"many"}}\n\n' + BODY),
}
REFUSED: dict[str, bytes] = {
    "HTTP/0.9": BODY,
    "shorter than its text": head("200 OK", "Content-Length: 10") + BODY,
    "two lengths": head("200 OK", "Content-Length: 5", "Content-Length: 7") + BODY,
    "a length below nothing": head("200 OK", "Content-Length: -5") + BODY,
    "a chunk without a size": CHUNKED + b"zz\r\n" + BODY,
    "a header of five megabytes": head("200 OK", "X: " + "a" * 5_000_000) + BODY,
    "fifty thousand headers": head("200 OK", *(f"X-{i}: a" for i in range(50_000))) + BODY,
    "a NUL in a header": head("200 OK", "X: a\0b") + BODY,
    "status 99": head("99 OK") + BODY,
    "status 999": head("999 OK", "Content-Length: 0"),
    "a status in letters": head("abc OK"),
    "another protocol": head("101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade") + BODY,
    "nothing to say": head("204 No Content"),
    "a part": head("206 Partial Content", "Content-Length: 0"),
    "not modified": head("304 Not Modified"),
    "a network's log-in": head("200 OK", "Content-Type: text/html", "Content-Length: 13") + b"<html>Log in</",
    "compressed, unasked": head("200 OK", "Content-Encoding: zstd", "Content-Length: 5") + b"abcde",
    "compressed below": head("200 OK", "Transfer-Encoding: gzip, chunked") + chunks(gzip.compress(BODY)),
    "compressed without a word": head("200 OK", "Content-Length: 9") + gzip.compress(BODY)[:9],
    "comments alone": CHUNKED + chunks(*[b": x\n\n"] * 500),
    "NULs": CHUNKED + chunks(b"\0" * 100_000),
    "nothing": CHUNKED + b"0\r\n\r\n",
    "an error in the stream": CHUNKED + chunks(b'data: {"error":{"message":"\\u001b]0;x\\u0007 \\u202e no"}}\n\n'),
    "an error without a text": CHUNKED + chunks(b'data: {"error":[1]}\n\n'),
    "a log-in that quotes the key": head("401 X", f"Content-Length: {len(KEY)}") + KEY.encode(),
    "a proxy's log-in": head("407 X", "Proxy-Authenticate: Basic", "Content-Length: 0"),
    "a wait of ages": head("429 X", "Retry-After: 99999999999999999999999", "Content-Length: 0"),
    "an error without end": head("418 X", "Transfer-Encoding: chunked") + b"20000\r\n" + b"a" * 131072,
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
async def test_it_is_read_all_the_same(name: str, endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        await wire.send(READ[name])
        return False

    server = await serve(script)
    assert text_of(await collect(endpoint(server.url).stream(REQUEST))) == TEXT
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_one_sentence(name: str, endpoint: MakeEndpoint, serve: Any) -> None:
    async def script(_: Request, wire: Wire) -> bool:
        await wire.send(REFUSED[name])
        return False

    server = await serve(script)
    with pytest.raises(EndpointError) as error:
        await collect(endpoint(server.url, key=Secret(KEY)).stream(REQUEST))
    text = str(error.value)
    assert text.isprintable() and len(text) < 400 and KEY not in text
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "place", ["/elsewhere", "http://localhost:{port}/v1/completions", "//127.0.0.1:{port}/x"]
)
async def test_no_redirection_is_followed_with_key_and_text(
    status: int, place: str, endpoint: MakeEndpoint, serve: Any
) -> None:
    async def thief(_: Request, wire: Wire) -> bool:
        return await wire.answer(200, {})

    other = await serve(thief)
    target = place.replace("{port}", str(other.port))

    async def script(_: Request, wire: Wire) -> bool:
        await wire.send(head(f"{status} X", f"Location: {target}", "Content-Length: 0"))
        return True

    server = await serve(script)
    with pytest.raises(EndpointError, match="sends on to another address"):
        await collect(endpoint(server.url, key=Secret(KEY)).stream(REQUEST))
    assert len(server.requests) == 1 and not other.requests


async def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next(
    endpoint: MakeEndpoint, serve: Any
) -> None:
    """Two answers to one request: the second must not become that of the next request on the same connection."""
    more = (said("smuggled") + said("", "stop") + "data: [DONE]\n\n").encode()

    async def script(_: Request, wire: Wire) -> bool:
        await wire.send(CHUNKED + chunks(BODY) + CHUNKED + chunks(more))
        return True

    server = await serve(script)
    one = endpoint(server.url)
    for _ in range(4):
        assert text_of(await collect(one.stream(REQUEST))) == TEXT


@pytest.mark.parametrize("shape", ["chunks of one byte", "100 Continue"])
async def test_many_small_parts_leave_others_their_turns(
    shape: str, endpoint: MakeEndpoint, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They come in one piece of the network's, and neither a deadline nor a ping came to pass before its last."""
    monkeypatch.setattr(_http, "TURN_SECONDS", 0.0)
    many = b"1\r\n:\r\n" * 20_000 if shape == "chunks of one byte" else b""
    flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000 if not many else b""

    async def script(_: Request, wire: Wire) -> bool:
        await wire.send(flood + CHUNKED + many + b"1\r\n\n\r\n" + chunks(BODY))
        return False

    server = await serve(script)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    one = endpoint(server.url, timeouts=Timeouts(1_000, 60_000, 60_000))
    assert text_of(await collect(one.stream(REQUEST))) == TEXT
    counting.cancel()
    # A turn a part, or a turn a piece that is read: 500 kB in pieces of 16.
    assert turns > (20_000 if many else 30)
