"""The ASGI application of a replica: the paths of the engine, streamed through, once their caller has a turn. But for
those that are about everybody's requests: what one caller asks is no other's business.

What a client sends beside its request's body (keys, cookies, session ids) is for this gateway and goes no further; the
engine has a key of its own that nobody else knows.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from .admission import RETRY_AFTER_S, Admission, Refused
from .keys import Keys
from .telemetry import OWN, Counts, engine_numbers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STATUS_PATH = "/team/status"
FAILURES = (aiohttp.ClientError, OSError, TimeoutError)
"""What the engine's connection can end in."""
LARGEST_BODY = 8 * 2**20
"""Bytes. A prompt of 100,000 tokens is about 400 KB."""
GATHER_S = 0.02
"""The first part of an answer goes on as it comes; what the engine writes within this time after it goes on together,
and so on. A token alone costs Ray's proxy and the replica more of the processor than a small model needs to write it,
and no reader sees 20 ms."""
HOLD_S = 1.0
"""So long a caller who is over its share waits for the refusal: some who are refused ask again at once, and each time
that costs the processor what a short answer does, while a request that is held costs nothing."""
MOST_HELD = 32
"""Of all callers; what comes beyond is refused at once, since Ray Serve bounds how many requests a replica has."""
PROBE = {"prompt": "x = ", "n_predict": 1, "cache_prompt": False}
"""A request that any engine that is well answers."""
PROBE_S = 5.0

_LIGHT = frozenset({"/tokenize", "/detokenize", "/apply-template"})
"""POST, but no work for a slot."""
_OF_ALL = frozenset({"slots"})
"""First parts of paths that tell of everybody's requests: what is in each slot, in some builds with its prompt."""
_FOR_ALL = frozenset({"props", "lora-adapters", "models"})
"""Those that change the engine for everybody when something is posted there."""
_TO_ENGINE = frozenset({b"accept", b"content-type", b"accept-encoding"})
_NOT_BACK = frozenset({"connection", "keep-alive", "transfer-encoding", "server", "date", "set-cookie"})
_SESSION = (b"x-session-id", b"x-session-affinity")


class _Left(Exception):
    """The client hung up."""


@dataclass(frozen=True)
class _Request:
    """What the engine is asked."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes


class Gateway:
    """Passes requests on to one engine."""

    def __init__(
        self,
        url: str,
        key: str,
        admission: Admission,
        keys: Keys | None = None,
        *,
        replica: str = "",
        engine_pid: int = 0,
        when_sick: Callable[[], None] | None = None,
        hold_s: float = HOLD_S,
    ) -> None:
        """`when_sick` is called once the engine lives and answers nothing but errors, before the request that showed it
        is answered: a process that ends there has that request asked of another replica."""
        self.counts = Counts()
        self._admission = admission
        self._keys = keys
        self._replica = replica
        self._engine_pid = engine_pid
        self._when_sick = when_sick
        self._hold_s = hold_s
        self._held = 0
        self._probing: asyncio.Task[bool] | None = None
        self._url = url
        self._key = key
        self._session: aiohttp.ClientSession | None = None

    def _client(self) -> aiohttp.ClientSession:
        """aiohttp, which Ray Serve brings, since it takes a quarter of httpx's processor time a request."""
        if self._session is None:
            noting = aiohttp.TraceConfig()
            noting.on_connection_create_start.append(_note_connection)
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._key}", "Accept-Encoding": "identity"},
                skip_auto_headers=("User-Agent",),
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),  # none of one caller's for another
                trust_env=False,  # the engine is on this machine, whatever proxy the environment names
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=5.0),
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60.0),
                trace_configs=[noting],
            )
        return self._session

    async def aclose(self) -> None:
        """Close the connections to the engine."""
        if self._session is not None:
            await self._session.close()

    async def healthy(self) -> bool:
        """Whether the engine says of itself that it is well."""
        try:
            return (await self._got("/health"))[0] == 200
        except FAILURES:
            return False

    async def numbers(self) -> dict[str, float]:
        """All of `telemetry.DESCRIPTIONS` that are known now."""
        engine: dict[str, float] = {}
        with suppress(*FAILURES):
            engine = engine_numbers((await self._got("/metrics"))[1])
        now = {"running": self._admission.running, "waiting": self._admission.waiting}
        return {**engine, **{name: float(now.get(name, self.counts[name])) for name in OWN}}

    async def _got(self, path: str) -> tuple[int, str]:
        async with self._client().get(self._url + path, timeout=aiohttp.ClientTimeout(total=4.0)) as response:
            return response.status, await response.text(errors="replace")

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await _other(scope, receive, send)
            return
        headers = dict(scope["headers"])
        caller = self._caller(headers)
        if caller is None:
            self.counts.add("unauthorized_total")
            await _say(
                send, 401, "This server wants a key: Authorization: Bearer KEY.", www_authenticate="Bearer"
            )
            return
        # Ray Serve gives the path below the route's prefix as `root_path` + `path`; the engine has no prefix.
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        if scope["method"] == "GET" and path == STATUS_PATH:
            await _json(send, 200, await self._status())
            return
        if why := _kept(scope["method"], path):
            await _say(send, 403, why)
            return
        try:
            body = await _body(receive)
        except _Left:
            return
        if body is None:
            await _say(send, 413, f"The request is larger than {LARGEST_BODY} bytes.")
            return
        query = scope.get("query_string", b"").decode("ascii", "replace")
        request = _Request(
            scope["method"],
            # As it came: quoted once and not again.
            URL(
                self._url + quote(path, safe="/%:@!$&'()*+,;=~") + (f"?{query}" if query else ""),
                encoded=True,
            ),
            {
                name.decode("latin-1"): value.decode("latin-1")
                for name, value in scope["headers"]
                if name in _TO_ENGINE
            },
            body,
        )
        work = scope["method"] == "POST" and path not in _LIGHT
        answering = asyncio.ensure_future(self._answer(request, caller, _session(headers), send, work=work))
        leaving = asyncio.ensure_future(_until_left(receive))
        try:
            await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Here, since a server says in one of two ways that a client left: by a message, or the end of this task.
            if not answering.done():
                self.counts.add("cancelled_total")
            for task in (answering, leaving):
                task.cancel()
            results = await asyncio.gather(answering, leaving, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[
                0
            ]  # broken off in the middle: the server must not end the answer as if it were whole

    def _caller(self, headers: MutableMapping[bytes, bytes]) -> str | None:
        """Whose share of turns the request takes; "" for nobody's, None if it may not ask."""
        if self._keys is not None:
            scheme, _, key = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
            return self._keys.name_of(key.strip()) if scheme.lower() == "bearer" else None
        return _session(headers)

    async def _status(self) -> dict[str, Any]:
        return {
            "replica": self._replica,
            "pid": os.getpid(),
            "enginePid": self._engine_pid,
            **await self.numbers(),
        }

    async def _answer(self, request: _Request, caller: str, session: str, send: Send, *, work: bool) -> None:
        if not work:
            await self._pass_on(request, send, work=False)
            return
        try:
            async with self._admission.turn(caller, session):
                self.counts.add("requests_total")
                await self._pass_on(request, send, work=True)
        except Refused as refused:
            self.counts.add(f"refused_{refused.reason}_total")
            if refused.reason in ("limit", "superseded") and self._held < MOST_HELD:
                self._held += 1
                try:
                    await asyncio.sleep(self._hold_s)
                finally:
                    self._held -= 1
            await _say(send, 429, str(refused), retry_after=str(RETRY_AFTER_S))

    async def _pass_on(self, request: _Request, send: Send, *, work: bool) -> None:
        try:
            response = await self._sent(request)
        except FAILURES as error:
            if work:
                await self._went_wrong()
            await _say(send, 502, f"The engine of this replica does not answer ({type(error).__name__}).")
            return
        try:
            if work and response.status >= 500:
                await self._went_wrong()
            kept = [
                (name.lower(), value)
                for name, value in response.raw_headers
                if name.decode("latin-1").lower() not in _NOT_BACK
            ]
            await send({"type": "http.response.start", "status": response.status, "headers": kept})
            async for part in response.content.iter_any():
                await send({"type": "http.response.body", "body": part, "more_body": True})
                with suppress(TimeoutError):
                    async with asyncio.timeout(GATHER_S):
                        await response.content.wait_eof()  # at its end an answer waits for nothing
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            # Unread, the connection closes: the engine knows that nobody listens. Read to its end, it is kept.
            response.close()

    async def _sent(self, request: _Request) -> aiohttp.ClientResponse:
        """The engine closes kept connections now and then, at the moment in which one is used too: once more then.
        Those that were used together it closes together: the next one may be dead as well, and each try drops one."""
        while True:
            noted = {"fresh": False}
            try:
                return await self._ask(request, noted)
            except (aiohttp.ClientConnectionError, ConnectionError):
                if noted["fresh"]:
                    raise
                self.counts.add("resent_total")

    async def _ask(self, request: _Request, noted: dict[str, bool]) -> aiohttp.ClientResponse:
        return await self._client().request(
            request.method,
            request.url,
            headers=request.headers,
            data=request.body,
            allow_redirects=False,
            trace_request_ctx=noted,
        )

    async def _went_wrong(self) -> None:
        """After a request that failed: was it the request, or is it the engine? One that fails at a request of ours too
        is sick. Those that fail meanwhile wait for the same answer."""
        self.counts.add("failed_total")
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(self._fails_at_anything())
        if await asyncio.shield(self._probing) and self._when_sick is not None:
            self._when_sick()

    async def _fails_at_anything(self) -> bool:
        try:
            within = aiohttp.ClientTimeout(total=PROBE_S)
            async with self._client().post(self._url + "/completion", json=PROBE, timeout=within) as response:
                status = response.status
        except TimeoutError:
            return False  # it is busy
        except FAILURES:
            return True
        return status >= 500 and status != 503  # which says that it is loading, or full


def _session(headers: MutableMapping[bytes, bytes]) -> str:
    """The editor's; "" for none."""
    return next((headers[name].decode("latin-1")[:200] for name in _SESSION if name in headers), "")


def _kept(method: str, path: str) -> str:
    """Why a path is not passed on, whoever asks; '' if it is."""
    first = next((part for part in path.lower().split("/") if part not in ("", ".", "..")), "")
    if first in _OF_ALL:
        return f"/{first} tells of what others ask, so it is not passed on. {STATUS_PATH} has the counts."
    if first in _FOR_ALL and method not in ("GET", "HEAD"):
        return f"{method} /{first} would change the engine for everybody, so it is not passed on."
    return ""


async def _note_connection(_: aiohttp.ClientSession, context: Any, __: object) -> None:
    if context.trace_request_ctx is not None:
        context.trace_request_ctx["fresh"] = True


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if it is too large. Raises `_Left`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Left
        part = message.get("body", b"")
        size += len(part)
        if size <= LARGEST_BODY:
            parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if size <= LARGEST_BODY else None


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _json(send: Send, status: int, content: object, **headers: str) -> None:
    body = json.dumps(content).encode()
    head = {"content-type": "application/json", "content-length": str(len(body)), **headers}
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in head.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _say(send: Send, status: int, message: str, **headers: str) -> None:
    """An error as OpenAI's servers write one, which clients know to read."""
    await _json(send, status, {"error": {"message": message, "type": "team", "code": status}}, **headers)


async def _other(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"]
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1003})
