"""The ASGI application of a replica: each path of the engine, streamed through, once its caller has a turn.

What a client sends beside its request's body (keys, cookies, session ids) is for this gateway and goes no further; the
engine has a key of its own that nobody else knows.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from .admission import RETRY_AFTER_S, Admission, Refused
from .keys import Keys
from .telemetry import OWN, Counts, engine_numbers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STATUS_PATH = "/team/status"
LARGEST_BODY = 8 * 2**20
"""Bytes. A prompt of 100,000 tokens is about 400 KB."""
PROBE = {"prompt": "x = ", "n_predict": 1, "cache_prompt": False}
"""A request that any engine that is well answers."""
PROBE_S = 5.0

_LIGHT = frozenset({"/tokenize", "/detokenize", "/apply-template"})
"""POST, but no work for a slot."""
_TO_ENGINE = frozenset({b"accept", b"content-type", b"accept-encoding"})
_NOT_BACK = frozenset({"connection", "keep-alive", "transfer-encoding", "server", "date", "set-cookie"})
_SESSION = (b"x-session-id", b"x-session-affinity")


class _Left(Exception):
    """The client hung up."""


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
    ) -> None:
        """`when_sick` is called once the engine lives and answers nothing but errors, before the request that showed it
        is answered: a process that ends there has that request asked of another replica."""
        self.counts = Counts()
        self._admission = admission
        self._keys = keys
        self._replica = replica
        self._engine_pid = engine_pid
        self._when_sick = when_sick
        self._probing: asyncio.Task[bool] | None = None
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "Accept-Encoding": "identity"},
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none of one caller's for another
            trust_env=False,  # the engine is on this machine, whatever proxy the environment names
            timeout=httpx.Timeout(None, connect=5.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=60.0),
        )

    async def aclose(self) -> None:
        """Close the connections to the engine."""
        await self._client.aclose()

    async def healthy(self) -> bool:
        """Whether the engine says of itself that it is well."""
        try:
            return (await self._client.get("/health", timeout=4.0)).status_code == 200
        except httpx.HTTPError:
            return False

    async def numbers(self) -> dict[str, float]:
        """All of `telemetry.DESCRIPTIONS` that are known now."""
        engine: dict[str, float] = {}
        with suppress(httpx.HTTPError):
            engine = engine_numbers((await self._client.get("/metrics", timeout=4.0)).text)
        now = {"running": self._admission.running, "waiting": self._admission.waiting}
        return {**engine, **{name: float(now.get(name, self.counts[name])) for name in OWN}}

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
        try:
            body = await _body(receive)
        except _Left:
            return
        if body is None:
            await _say(send, 413, f"The request is larger than {LARGEST_BODY} bytes.")
            return
        query = scope.get("query_string", b"").decode("ascii", "replace")
        request = self._client.build_request(
            scope["method"],
            httpx.URL(path=path, query=query.encode()) if query else path,
            headers=[(name, value) for name, value in scope["headers"] if name in _TO_ENGINE],
            content=body,
        )
        work = scope["method"] == "POST" and path not in _LIGHT
        answering = asyncio.ensure_future(self._answer(request, caller, send, work=work))
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
        return next((headers[name].decode("latin-1")[:200] for name in _SESSION if name in headers), "")

    async def _status(self) -> dict[str, Any]:
        return {
            "replica": self._replica,
            "pid": os.getpid(),
            "enginePid": self._engine_pid,
            **await self.numbers(),
        }

    async def _answer(self, request: httpx.Request, caller: str, send: Send, *, work: bool) -> None:
        if not work:
            await self._pass_on(request, send, work=False)
            return
        try:
            async with self._admission.turn(caller):
                self.counts.add("requests_total")
                await self._pass_on(request, send, work=True)
        except Refused as refused:
            self.counts.add(f"refused_{refused.reason}_total")
            await _say(send, 429, str(refused), retry_after=str(RETRY_AFTER_S))

    async def _pass_on(self, request: httpx.Request, send: Send, *, work: bool) -> None:
        try:
            response = await self._sent(request)
        except httpx.HTTPError as error:
            if work:
                await self._went_wrong()
            await _say(send, 502, f"The engine of this replica does not answer ({type(error).__name__}).")
            return
        try:
            if work and response.status_code >= 500:
                await self._went_wrong()
            kept = [
                (name, value)
                for name, value in response.headers.raw
                if name.decode().lower() not in _NOT_BACK
            ]
            await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
            async for part in response.aiter_raw():
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            await response.aclose()

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        """The engine closes kept connections now and then, at the moment in which one is used too: once more then."""
        fresh = False

        async def trace(event: str, _: object) -> None:
            nonlocal fresh
            fresh = fresh or event.startswith("connection.connect_tcp")

        request.extensions["trace"] = trace
        try:
            return await self._client.send(request, stream=True)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            if fresh:
                raise
            self.counts.add("resent_total")
            return await self._client.send(request, stream=True)

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
            status = (await self._client.post("/completion", json=PROBE, timeout=PROBE_S)).status_code
        except httpx.TimeoutException:
            return False  # it is busy
        except httpx.HTTPError:
            return True
        return status >= 500 and status != 503  # which says that it is loading, or full


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
