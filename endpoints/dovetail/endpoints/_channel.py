"""A way to one server: its key, a client for it, one exchange at a time, and the deadlines on our side.

Probing, warming, measuring, suggestions and chat all send through a `Channel`; it knows nothing of what they say.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define

from ._affinity import Affinity
from ._caught import Caught
from ._config import Connection, EndpointConfig
from ._document import Document
from ._errors import BadAnswer, EndpointError, Timeout
from ._gateways import is_page
from ._http import MAX_ERROR_BYTES, HttpPool, hang_up, send
from ._secrets import KEYS, Secret
from ._statuses import from_status
from ._timing import NEVER, Timing
from ._urls import where

if TYPE_CHECKING:
    import httpx

MAX_BODY_BYTES = 8 * 1024 * 1024
TAIL_SECONDS = 0.25
"""Grace period for trailing usage and `[DONE]` after the last text, so that the connection can be reused."""


@define(frozen=True, slots=True)
class Reply:
    """A whole answer to a small question."""

    status: int
    """0 where what came was no answer at all."""
    document: Document
    error: EndpointError | None
    """What the status means; None for 200."""
    page: bool = False
    """Whether it is a page for people to read."""


class Channel:
    """What can be sent to one server, and how long an answer is waited for. Nothing is opened before the first
    exchange."""

    def __init__(self, config: Connection, http: HttpPool | None = None) -> None:
        self.config = config
        self._owned = http is None
        self.http = http or HttpPool()
        self.keys = KEYS
        self.affinity = Affinity(config.session, local=config.local)

    @property
    def name(self) -> str:
        """The endpoint's, for the log and for errors."""
        return self.config.name

    async def key(self) -> Secret | None:
        """The key.

        Raises:
            ConfigError: it cannot be obtained, or cannot be sent.
        """
        config = self.config
        return config.key or await self.keys.get(config.key_env, config.key_command, endpoint=config.name)

    async def renewed(self, refused: Secret | None) -> bool:
        """After `refused` was not accepted: whether there is another key now, since a command may print a fresh one.

        Raises:
            ConfigError: the command failed.
        """
        return self.keys.refused(refused, self.config.key_command) and await self.key() != refused

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        body: Any,
        timing: Timing | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        model: str = "",
        any_status: bool = False,
        patient: bool = False,
        sticky: bool = True,
    ) -> AsyncIterator[httpx.Response]:
        """Send one request; gives the answer when its head is there, its body not yet read.

        Whatever ends the block but reading to the end hangs up.

        Args:
            timing: its first deadline is for the head, which is waited for as long as for a first token at the most,
                unless `patient`. What has to be had here first, such as the key, is none of the server's time.
            model: for the error where there is no such model.
            sticky: send the session's id (see `Affinity`).

        Raises:
            EndpointError: no answer, or (unless `any_status`) one that is not 200.
        """
        timing = timing or Timing(NEVER, NEVER)
        # A server that hangs must not hold a request longer than its first token may take.
        if not patient:
            timing.first = min(timing.first, self.from_now(self.config.timeouts.first_token_ms))
        content = None
        if body is not None:
            # Half a surrogate pair in the user's text becomes "?" here instead of an error.
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        async with AsyncExitStack() as stack:
            with timing.paused():
                client = await stack.enter_async_context(self.lease())
            sticky = bool(self.affinity.carried(sticky=sticky))
            more = {**(headers or {}), **(self.affinity.headers() if sticky else {})}
            try:
                limit = "" if patient else self._limit(ends=False)
                response = await self._answer(client, method, url, content, timing, more, limit)
            # Lets another replica be chosen for the next request.
            except EndpointError:
                self.affinity.failed(sticky=sticky)
                raise
            self.affinity.answered(response.status_code, response.headers, sticky=sticky)
            try:
                if response.status_code != 200 and not any_status:
                    text = await self._error_text(response)
                    raise from_status(self.config, url, response.status_code, response.headers, text, model)
                with self.errors(url, sending=False):
                    yield response
            finally:
                # Closing a half-read answer may itself fail, and must not hide the error that ended the
                # block.
                if not response.is_closed:  # it is, once it was read to its end
                    with suppress(Exception):
                        await hang_up(response)

    async def _answer(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        content: bytes | None,
        timing: Timing,
        headers: Mapping[str, str],
        limit: str,
    ) -> httpx.Response:
        """The answer's head; a key that was refused is asked for again, once. `limit`: see `late`."""
        # Twice at the most: a second refusal is the server's last word.
        for attempt in (1, 2):
            with timing.paused():
                key = await self.key()
            sent = self.headers(key, headers, content is not None)
            with self.errors(url):
                request = client.build_request(method, _pinned(url), content=content, headers=sent)
                request.extensions["timeout"] = self._connecting()
                # The address was pinned, but the server still has to see the name that the user wrote.
                if request.url.host != urlsplit(url).hostname:
                    request.headers["Host"] = urlsplit(url).netloc
                try:
                    async with asyncio.timeout_at(timing.first):
                        response = await send(client, request)
                except TimeoutError:
                    # The pool may be holding connections that died in silence (a laptop that slept): they are
                    # not tried again.
                    self.http.forget(self.config)
                    raise self.late(url, "said nothing", limit) from None
            if attempt == 2 or response.status_code not in (401, 403):
                break
            with timing.paused():
                renewed = await self.renewed(key)
            if not renewed:
                break
            await hang_up(response)
        return response

    def _connecting(self) -> dict[str, float | None]:
        connect = self.config.timeouts.connect_ms / 1e3
        # Reading and writing have no limit here: `asyncio.timeout_at` bounds them by
        # what the answer has come to, which httpx cannot know.
        return {"connect": connect, "read": None, "write": None, "pool": None}

    def headers(self, key: Secret | None, more: Mapping[str, str], body: bool = True) -> dict[str, str]:
        """The headers of a request: what the wire format needs, the key, and over them what the user set."""
        sent = {"Authorization": f"Bearer {key.reveal()}"} if key is not None else {}
        sent |= {"Content-Type": "application/json"} if body else {}
        # Whatever the user set stands, in any case of letters; only compression is never allowed, for it
        # buffers a stream.
        own = {name.lower() for name in self.config.headers}
        sent = {name: value for name, value in {**sent, **more}.items() if name.lower() not in own}
        return {**sent, **self.config.headers, "Accept-Encoding": "identity"}

    def lease(self) -> Any:
        """A client for this server, as an asynchronous context (see `HttpPool.lease`)."""
        return self.http.lease(self.config)

    def errors(self, url: str, *, sending: bool = True) -> Caught:
        """A block in which whatever the HTTP library raises becomes an `EndpointError` about `url`; while `sending`,
        that is ValueError as well."""
        return Caught(self.config, url, sending=sending)

    async def read(self, response: httpx.Response, ms: float, limit: int = MAX_BODY_BYTES) -> bytes:
        """The whole body.

        Raises:
            EndpointError: it did not come within `ms`, or is longer than `limit` bytes.
        """
        data = bytearray()
        url = str(response.url)
        try:
            with self.errors(url):
                async with asyncio.timeout_at(self.from_now(ms)):
                    async for part in response.aiter_bytes():
                        data += part
                        if len(data) > limit:
                            raise BadAnswer(
                                f"{self.name}: {where(url)} sent more than it should.", endpoint=self.name
                            )
        except TimeoutError:
            raise self.late(url, "did not finish its answer") from None
        return bytes(data)

    async def ask(
        self, method: str, url: str, body: Any = None, *, ms: float, patient: bool = False
    ) -> Reply:
        """A small question and its whole answer, whatever its status.

        Args:
            ms: for the body, and for the head too if `patient`, which else is waited for as long as for a first token.

        Raises:
            EndpointError: no connection, or no answer in time.
        """
        timing = Timing(self.from_now(ms) if patient else NEVER, NEVER)
        try:
            async with self.exchange(method, url, body, timing, any_status=True, patient=patient) as response:
                data = await self.read(response, ms)
        # To a small question, an answer that cannot be read only says that another kind of server is there.
        except BadAnswer as bad:
            return Reply(0, Document(), bad)
        document = Document.parse(data)
        if response.status_code == 200:
            return Reply(
                200, document, None, is_page(response.headers, data.decode("utf-8", "replace").strip())
            )
        model = body.get("model", "") if isinstance(body, dict) else ""
        error = from_status(self.config, url, response.status_code, response.headers, data, str(model))
        return Reply(response.status_code, document, error)

    async def parts(self, response: httpx.Response, timing: Timing) -> AsyncGenerator[bytes | None, None]:
        """The body as it arrives, None after its end. `timing` says how long each part may take; whoever
        decodes the parts keeps it up to date.

        Raises:
            EndpointError: a deadline passed, or the connection broke.
        """
        loop = asyncio.get_running_loop()
        url = str(response.url)
        stream = response.aiter_bytes()
        while not timing.done:
            # Before the first text, the first deadline; then the whole answer's; once all is said, only a
            # short grace.
            until = timing.total if timing.got_text else timing.first
            if timing.finished:
                until = min(timing.total, loop.time() + TAIL_SECONDS)
            try:
                if loop.time() >= until:  # where data is always there, no wait would end
                    raise TimeoutError
                with self.errors(url):
                    async with asyncio.timeout_at(until):
                        part = await anext(stream, None)
            except TimeoutError:
                if timing.finished:
                    return
                what = "did not finish its answer" if timing.got_text else "gave no first token"
                raise self.late(url, what, self._limit(ends=timing.got_text)) from None
            yield part
            if part is None:
                return
        with suppress(TimeoutError, EndpointError), self.errors(url):
            async with asyncio.timeout(TAIL_SECONDS):
                await anext(stream, None)  # the end of the body, so that the connection can be used again

    async def _error_text(self, response: httpx.Response) -> bytes:
        with suppress(Exception):  # the status says enough
            return await self.read(response, 2_000, MAX_ERROR_BYTES)
        return b""

    def from_now(self, ms: float) -> float:
        """The time of the running loop's clock in `ms`."""
        return asyncio.get_running_loop().time() + ms / 1000

    def late(self, url: str, what: str, limit: str = "") -> Timeout:
        """The error for a deadline of ours. `limit`: which setting it is, in brackets."""
        error = Timeout(f"{self.name}: {where(url)} {what} in time{limit}.", endpoint=self.name)
        error.connected = True
        return error

    def _limit(self, *, ends: bool) -> str:
        """The setting that a first token, or the end of an answer, was late by; '' where no setting says it."""
        if not isinstance(self.config, EndpointConfig):
            return ""
        times = self.config.timeouts
        if ends or times.total_ms < times.first_token_ms:
            return f" (setting totalMs, {times.total_ms:,} ms)"
        return f" (setting firstTokenMs, {times.first_token_ms:,} ms); a smaller model, or a warm one, is quicker"

    async def aclose(self) -> None:
        """Close the connections, if they are this channel's own."""
        if self._owned:
            await self.http.aclose()


def merged(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with the user's extra fields over it: tables are merged one level deep; None takes a field out, and so
    does the text "null", since TOML has no null."""
    for name, value in extra.items():
        if value is None or value == "null":
            body.pop(name, None)
        # Tables that both sides have; a table of the user's where there was none is taken as it is.
        elif isinstance(value, Mapping) and isinstance(body.get(name), dict):
            body[name] = merged(dict(body[name]), value)
        else:
            body[name] = value
    return body


def _pinned(url: str) -> str:
    """`url`, where it is plain http to a name below `.localhost`, with "localhost" for that name: what was looked up
    when the settings were read may mean another machine by now."""
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "http" or not host.endswith(".localhost"):
        return url
    return parts._replace(netloc=f"localhost:{parts.port or 80}").geturl()
