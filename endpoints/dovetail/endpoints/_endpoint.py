"""One server: probed once, then asked; its answers as chunks, its failures as sentences."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ._batch import Meter
from ._config import EndpointConfig
from ._errors import (
    BadAnswer,
    ConfigError,
    ContextOverflow,
    EndpointError,
    NoFim,
    NotFound,
    Timeout,
    Unauthorized,
)
from ._families import FAMILIES, Family
from ._http import HttpPool, hang_up, send
from ._prompts import CandidateText
from ._secrets import Secret, resolve_key
from ._shared import Shared
from ._statuses import from_exception, from_status, where
from ._types import Chunk, FimRequest, Probe, changed
from ._warm import Warmer
from .formats import FORMATS, Ask, Decoder, WireFormat

if TYPE_CHECKING:
    import httpx

TAIL_SECONDS = 0.25
"""How long the usage and the end marker are waited for when all text is there, so that the connection can
be kept."""
SEVERAL_TEMPERATURE = 0.6
"""For several candidates where the setting is 0: they would be the same, and vLLM refuses to give them."""
MAX_ERROR_BYTES = 64 * 1024
_NEVER = float("inf")


class Endpoint:
    """A server that fills in the middle. Nothing is opened before the first call of `probe` or `stream`."""

    def __init__(self, config: EndpointConfig, http: HttpPool | None = None) -> None:
        self.config = config
        self._owned = http is None
        self._http = http or HttpPool()
        self._key: Secret | None = None
        self._key_known = False
        self._probe: Probe | None = None
        self._probing: Shared[Probe] = Shared()
        self._resolving: Shared[Secret | None] = Shared()
        self._meter = Meter(self)
        self._warmer = Warmer(self)

    def __repr__(self) -> str:
        return f"Endpoint({self.config.name!r}, {where(self.config.url)!r})"

    @property
    def name(self) -> str:
        return self.config.name

    @property
    def known(self) -> Probe | None:
        """What the last probe found, without asking anything."""
        return self._probe

    def note(self, probe: Probe) -> None:
        """More was found out."""
        self._probe = probe

    async def probe(self, *, again: bool = False) -> Probe:
        """What is there: wire format, model, family, limits, with the evidence. Asked once, then remembered.

        What the user set is taken as it is; only what is "auto" or empty is looked for.

        Raises:
            EndpointError: nothing usable answers (not reachable, wrong key, still loading); not remembered.
        """
        from ._probe import find

        async def look() -> Probe:
            self._probe = await find(self)
            return self._probe

        if self._probe is None or again:
            return await self._probing.get(look)
        return self._probe

    async def warm(self) -> None:
        """Find out what is there, and have a server on this machine load the model, so that the first request of the
        user's does not wait for it. Tells nothing: what is wrong the first request says."""
        with suppress(EndpointError):
            self._warmer.begin(await self._decided())

    async def stream(
        self, request: FimRequest, *, deadline: float | None = None
    ) -> AsyncGenerator[Chunk, None]:
        """The candidates' text as it arrives. Closing the iterator, or cancelling, hangs up at once.

        Stop strings and the family's control tokens never appear in the text. `deadline` is a time of the
        running loop's clock, beside the endpoint's own total; the earlier holds.

        Raises:
            EndpointError: no (complete) answer; chunks may have come before.
        """
        url = self.config.url
        texts: dict[int, CandidateText] = {}
        await self._warmer.ready()
        self._meter.pause()
        begun = asyncio.get_running_loop().time()
        hung_up = True
        try:
            probe = await self._decided()
            wire, ask = self._ask(request, probe)
            url = self.config.address(wire.path)
            total = self._from_now(self.config.timeouts.total_ms)
            if deadline is not None:
                total = min(total, deadline)
            first = min(total, self._from_now(self.config.timeouts.first_token_ms))
            open_candidates = set(range(max(1, ask.request.count)))
            body = merged(wire.body(ask), self.config.extra)
            async with AsyncExitStack() as stack:
                response = await stack.enter_async_context(
                    self.exchange("POST", url, body, first, headers=wire.headers, model=ask.model)
                )
                decoder = Decoder(wire, ask, response.headers.get("content-type", ""))
                chunks = await stack.enter_async_context(
                    aclosing(self._chunks(response, decoder, first, total))
                )
                async for chunk in chunks:
                    text = texts.get(chunk.candidate)
                    if text is None:
                        text = texts[chunk.candidate] = CandidateText(ask.stop)
                    said, finish = text.feed(chunk.text, chunk.finish)
                    if finish is not None:
                        open_candidates.discard(chunk.candidate)
                    if said or finish is not None or chunk.prompt_tokens is not None:
                        yield changed(chunk, said, finish, self.name)
                    if not open_candidates and not decoder.finished:
                        return  # ended by a stop string on our side: the rest is not wanted
        except EndpointError as error:
            hung_up = isinstance(error, Timeout)
            self._learn(error)
            raise named(error, self.name, where(url)) from None
        finally:
            self._meter.resume(self._probe, request, answered=bool(texts))
            if hung_up and not texts:
                self._warmer.silent(self._probe, asyncio.get_running_loop().time() - begun)

    async def aclose(self) -> None:
        """End a probe under way, and close the connections, if they are this endpoint's own."""
        await self._warmer.close()
        await self._meter.close()
        await self._probing.cancel()
        await self._resolving.cancel()
        if self._owned:
            await self._http.aclose()

    # -- below: for this package

    async def _decided(self) -> Probe:
        config = self.config
        if self._probe is None:
            wire = FORMATS.get(config.format)
            family = FAMILIES.get(config.family)
            # All that a probe would tell is set already. (A family is not needed where the server has its
            # own.)
            if (
                wire is not None
                and (family is not None or not wire.templated)
                and (config.model or config.local)
            ):
                self._probe = Probe(
                    format=wire.name,
                    model=config.model,
                    family=family.name if family else None,
                    context_tokens=config.context_tokens,
                    batch_tokens=config.batch_tokens,
                    candidates=1 if wire.name == "llama.cpp" else None,
                    local=config.local,
                    evidence=("set by the user",),
                )
        probe = self._probe
        if probe is None or probe.format is None:  # what was not usable may be by now
            probe = await self.probe(again=probe is not None)
        if probe.format is None:
            why = " ".join(probe.problems) or f"{self.name}: no known wire format was found."
            raise NoFim(why, endpoint=self.name)
        return probe

    def _learn(self, error: EndpointError) -> None:
        """What an error tells about the endpoint: its limit, that another model is there now, that the key is old."""
        if (
            isinstance(error, ContextOverflow)
            and error.limit
            and self._probe
            and not self.config.context_tokens
        ):
            self._probe = evolve(self._probe, context_tokens=error.limit)
        elif isinstance(error, NotFound | NoFim) and self._probe and self._probe.format:
            self._probe = None
        elif isinstance(error, Unauthorized):
            self._key_known = False

    def _ask(self, request: FimRequest, probe: Probe) -> tuple[WireFormat, Ask]:
        assert probe.format is not None
        wire = FORMATS[probe.format]
        family: Family | None = FAMILIES[probe.family] if probe.family else None
        if probe.candidates is not None and request.count > probe.candidates:
            request = evolve(request, count=probe.candidates)
        if wire.templated and family is None:
            raise ConfigError(
                f"{self.name}: the template of model {probe.model!r} is not known; set family to one of "
                f"{', '.join(FAMILIES)}.",
                endpoint=self.name,
            )
        order = self.config.order
        if (
            order == "suffix first"
            and family is not None
            and not (family.suffix_first or _suffix_leads(family))
        ):
            raise ConfigError(
                f"{self.name}: the family {family.name} has no order 'suffix first'.", endpoint=self.name
            )
        stop = (
            *(("\n",) if request.single_line else ()),
            *request.stop,
            *self.config.stop,
            *(family.stop if family else ()),
        )
        temperature = request.temperature
        if temperature is None:
            temperature = self.config.temperature
            if request.count > 1 and not temperature:
                temperature = SEVERAL_TEMPERATURE
        return wire, Ask(
            request=request,
            model=self.config.model or probe.model,
            temperature=temperature,
            stop=tuple(dict.fromkeys(stop)),
            family=family,
            suffix_first=order == "suffix first",
            context_tokens=self.config.context_tokens,
        )

    async def key(self) -> Secret | None:
        """The key, resolved once.

        Raises:
            ConfigError: it cannot be had.
        """
        config = self.config
        if not self._key_known:
            self._key = config.key or await self._resolving.get(
                lambda: resolve_key(config.key_env, config.key_command, endpoint=config.name)
            )
            self._key_known = True
        return self._key

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        url: str,
        body: Any,
        deadline: float = _NEVER,
        *,
        headers: Mapping[str, str] | None = None,
        model: str = "",
        any_status: bool = False,
        patient: bool = False,
    ) -> AsyncIterator[httpx.Response]:
        """Send one request; gives the answer when its head is there, its body not yet read. It waits for the head as
        long as for a first token, or, if `patient`, until `deadline`.

        Whatever ends the block but reading to the end hangs up.

        Raises:
            EndpointError: no answer, or (unless `any_status`) one that is not 200.
        """
        timeouts = self.config.timeouts
        if not patient:
            deadline = min(deadline, self._from_now(timeouts.first_token_ms))
        key = await self.key()
        sent = {"Accept-Encoding": "identity", **(headers or {}), **self.config.headers}
        content = None
        if body is not None:
            # Half a surrogate pair in the user's text becomes "?" here instead of an error.
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
            sent["Content-Type"] = "application/json"
        if key is not None:
            sent.setdefault("Authorization", f"Bearer {key.reveal()}")
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(self._http.lease(self.config))
            import httpx  # by now this costs nothing: making the client has imported it, off the loop

            try:
                request = client.build_request(
                    method,
                    url,
                    content=content,
                    headers=sent,
                    timeout=httpx.Timeout(None, connect=timeouts.connect_ms / 1e3),
                )
                async with asyncio.timeout_at(deadline):
                    response = await send(client, request)
            except TimeoutError:
                self._http.forget(self.config)
                raise self._late(url, "said nothing") from None
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as error:
                raise from_exception(self.config, url, error) from None
            try:
                if response.status_code != 200 and not any_status:
                    text = await self._error_text(response)
                    raise from_status(self.config, url, response.status_code, response.headers, text, model)
                try:
                    yield response
                except httpx.HTTPError as error:
                    raise from_exception(self.config, url, error) from None
            finally:
                if not response.is_closed:  # it is, once it was read to its end
                    with suppress(Exception):
                        await hang_up(response)

    async def read(self, response: httpx.Response, ms: int, limit: int = 8 * 1024 * 1024) -> bytes:
        """The whole body, within `ms` and `limit` bytes."""
        data = bytearray()
        try:
            async with asyncio.timeout_at(self._from_now(ms)):
                async for part in response.aiter_bytes():
                    data += part
                    if len(data) > limit:
                        raise BadAnswer(f"{self.name}: {where(str(response.url))} sent more than it should.")
        except TimeoutError:
            raise self._late(str(response.url), "did not finish its answer") from None
        return bytes(data)

    async def _error_text(self, response: httpx.Response) -> bytes:
        with suppress(Exception):  # the status says enough
            return await self.read(response, 2_000, MAX_ERROR_BYTES)
        return b""

    async def _chunks(
        self, response: httpx.Response, decoder: Decoder, first: float, total: float
    ) -> AsyncGenerator[Chunk, None]:
        """The decoder's chunks: the first text before `first`, all before `total` (times of the loop's
        clock)."""
        loop = asyncio.get_running_loop()
        url = str(response.url)
        parts = response.aiter_bytes()
        got_text = False
        while not decoder.done:
            until = total if got_text else first
            if decoder.finished:
                until = min(total, loop.time() + TAIL_SECONDS)
            try:
                if loop.time() >= until:  # where data is always there, no wait would end
                    raise TimeoutError
                async with asyncio.timeout_at(until):
                    part = await anext(parts, None)
            except TimeoutError:
                if decoder.finished:
                    return
                raise self._late(
                    url, "did not finish its answer" if got_text else "gave no first token"
                ) from None
            for chunk in decoder.close() if part is None else decoder.feed(part):
                got_text = got_text or bool(chunk.text) or chunk.finish is not None
                yield chunk
            if part is None:
                return
        with suppress(TimeoutError):
            async with asyncio.timeout(TAIL_SECONDS):
                await anext(parts, None)  # the end of the body, so that the connection can be used again

    def _from_now(self, ms: int) -> float:
        return asyncio.get_running_loop().time() + ms / 1000

    def _late(self, url: str, what: str) -> Timeout:
        return Timeout(f"{self.name}: {where(url)} {what} in time.", endpoint=self.name)


def open_endpoint(config: EndpointConfig, http: HttpPool | None = None) -> Endpoint:
    """An endpoint for `config`; `http` shares connections with others."""
    return Endpoint(config, http)


def merged(body: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with the user's extra fields over it; tables are merged one level deep, None takes a field
    out."""
    for name, value in extra.items():
        if value is None:
            body.pop(name, None)
        elif isinstance(value, Mapping) and isinstance(body.get(name), dict):
            body[name] = {**body[name], **value}
        else:
            body[name] = value
    return body


def named(error: EndpointError, name: str, place: str) -> EndpointError:
    """A decoder's error with the endpoint's name before it, unless it stands there already."""
    if error.endpoint:
        return error
    return type(error)(f"{name}: {place} {error}.", endpoint=name, retry_after=error.retry_after)


def _suffix_leads(family: Family) -> bool:
    return family.layout.index("{suffix}") < family.layout.index("{prefix}")
