"""One server: probed once, then asked; its answers as chunks, its failures as sentences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, aclosing, suppress

from attrs import evolve

from ._batch import Meter, batch_tokens
from ._caught import named
from ._channel import Channel, merged
from ._config import EndpointConfig
from ._errors import (
    BadRequest,
    ConfigError,
    ContextOverflow,
    EndpointError,
    NoFim,
    NotFound,
    Timeout,
)
from ._families import FAMILIES, Family
from ._finding import no_such_model
from ._http import HttpPool
from ._probe import find
from ._prompts import CandidateText
from ._single_flight import SingleFlight
from ._timing import Timing
from ._types import Chunk, FimRequest, Probe, changed
from ._urls import where
from ._warm import Warmer
from .formats import FORMATS, Ask, Decoder, Unwrapper, WireFormat

SEVERAL_TEMPERATURE = 0.6
"""For several candidates where the setting is 0: they would be the same, and vLLM refuses to give them."""
CHARS_PER_TOKEN = 3.2
"""Where nothing was measured."""
SHRINK = 0.6
"""After a prompt was too long: by how much a token is taken to be shorter than was thought."""
SHORTEST_TOKEN = 0.2
"""Characters; what is too long then is not the text."""

Question = FimRequest | Callable[[Probe | None], FimRequest]
"""A request, or what makes one for an endpoint as it is known to be: cut for its window, in its family's order."""


class Endpoint:
    """A server that fills in the middle. Nothing is opened before the first call of `probe` or `stream`."""

    def __init__(self, config: EndpointConfig, http: HttpPool | None = None) -> None:
        self.config = config
        self.channel = Channel(config, http)
        self._probe: Probe | None = None
        self._probing: SingleFlight[Probe] = SingleFlight()
        self._meter = Meter(self.channel, config, lambda: self._probe, self.note)
        self._warmer = Warmer(self.channel)

    def __repr__(self) -> str:
        return f"Endpoint({self.config.name!r}, {where(self.config.url)!r})"

    @property
    def name(self) -> str:
        """As in the settings."""
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

        async def look() -> Probe:
            self._probe = await find(self.channel, self.config)
            return self._probe

        if self._probe is None or again:
            return await self._probing.get(look)
        return self._probe

    async def warm(self) -> None:
        """Find out what is there, and have a server on this machine load the model, so that the user's first request
        does not wait for it. Errors are ignored here; the first real request reports them."""
        with suppress(EndpointError):
            self._warmer.begin(await self._decided())

    async def measure_batch(self) -> int | None:
        """llama.cpp's `n_batch`, measured now; None where it limits nothing (see `_batch`).

        Raises:
            EndpointError: it does not answer.
        """
        probe = await self._decided()
        return await batch_tokens(self.channel, probe.model if probe.routed else "")

    async def stream(self, question: Question, *, sticky: bool = True) -> AsyncGenerator[Chunk, None]:
        """The candidates' text as it arrives. Closing the iterator, or cancelling, hangs up at once.

        Stop strings and the family's control tokens never appear in the text. A prompt that proves too long is made
        anew, smaller, where `question` can make one.

        Args:
            sticky: send the session's id, which leads to the replica that was asked before.

        Raises:
            EndpointError: no (complete) answer; chunks may have come before.
        """
        # A model that is being loaded is waited for here, outside of the deadlines below.
        await self._warmer.ready()
        self._meter.pause()
        begun = asyncio.get_running_loop().time()
        total: float | None = None
        request: FimRequest | None = None
        hung_up = True
        answered = False
        try:
            # Asked again, with less, where the prompt was too long: nothing has been shown yet.
            while True:
                probe = await self._decided()
                if total is None:  # finding out what the server is has limits of its own
                    total = self.channel.from_now(self.config.timeouts.total_ms)
                request = question(probe) if callable(question) else question
                try:
                    async with aclosing(self._answer(request, probe, total, sticky)) as chunks:
                        async for chunk in chunks:
                            answered = True
                            yield chunk
                    return
                except ContextOverflow as error:
                    # `_shrunk` notes what the error says of the window, so a question that is a function is
                    # shorter next time.
                    smaller = not answered and self._shrunk(error, probe)
                    if not smaller or not callable(question):
                        raise
        except EndpointError as error:
            hung_up = isinstance(error, Timeout)
            gone = self._gone(error)
            if isinstance(error, NotFound | NoFim) and self._probe and self._probe.format:
                self._probe = None  # another model may be there now
            if gone:
                raise NotFound(gone, endpoint=self.name) from None
            raise
        finally:
            self._meter.resume(request, answered=answered)
            # Only silence tells of a model that has to be loaded; an error says what it is.
            if hung_up and not answered:
                self._warmer.silent(self._probe, asyncio.get_running_loop().time() - begun)

    def _gone(self, error: EndpointError) -> str:
        """One sentence with the models that are there, where an error comes of a model that is not (a retired one)."""
        speaks_of_it = isinstance(error, NotFound) or (
            isinstance(error, BadRequest) and "model" in str(error).lower()
        )
        return no_such_model(self.config, self._probe.models) if speaks_of_it and self._probe else ""

    async def _answer(
        self, request: FimRequest, probe: Probe, total: float, sticky: bool
    ) -> AsyncGenerator[Chunk, None]:
        """One exchange. `total` is the time of the loop's clock at which the whole answer must be there."""
        wire, ask = self._ask(request, probe)
        url = self.config.address(wire.path)
        # The first token may take as long as allowed, but never longer than the whole.
        timing = Timing(min(total, self.channel.from_now(self.config.timeouts.first_token_ms)), total)
        # One chain of filters a candidate, made when its first text comes: candidates arrive interleaved.
        texts: dict[int, tuple[Unwrapper, CandidateText]] = {}
        open_candidates = set(range(max(1, ask.request.count)))
        body = merged(wire.body(ask), self.config.extra)
        try:
            async with AsyncExitStack() as stack:
                listening = stack.enter_context(self.channel.affinity.listen(sticky=sticky))
                response = await stack.enter_async_context(
                    self.channel.exchange(
                        "POST", url, body, timing, headers=wire.headers, model=ask.model, sticky=sticky
                    )
                )
                request_id = response.headers.get("x-request-id", "")[:200]
                decoder = Decoder(wire, ask, response.headers.get("content-type", ""))
                parts = await stack.enter_async_context(aclosing(self.channel.parts(response, timing)))
                async for part in parts:
                    for chunk in decoder.close() if part is None else decoder.feed(part):
                        timing.got_text = timing.got_text or bool(chunk.text) or chunk.finish is not None
                        if timing.got_text:
                            listening.heard()
                        stages = texts.get(chunk.candidate)
                        if stages is None:
                            stages = texts[chunk.candidate] = Unwrapper(request), CandidateText(ask.stop)
                        # A stop string is looked for in the code only: a line end in the thinking ends nothing.
                        said, finish = stages[1].feed(*stages[0].feed(chunk.text, chunk.finish))
                        if finish is not None:
                            open_candidates.discard(chunk.candidate)
                        if said or finish is not None or chunk.prompt_tokens is not None:
                            yield changed(chunk, said, finish, self.name, request_id)
                        if not open_candidates and not decoder.finished:
                            return  # ended by a stop string on our side: the rest is not wanted
                    timing.finished, timing.done = decoder.finished, decoder.done
        except EndpointError as error:
            raise named(error, self.name, where(url)) from None

    async def aclose(self) -> None:
        """End a probe under way, and close the connections, if they are this endpoint's own."""
        await self._warmer.close()
        await self._meter.close()
        await self._probing.cancel()
        await self.channel.aclose()

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
                    # llama.cpp gives no more candidates than it has slots, and how many those are was not
                    # asked.
                    candidates=1 if wire.name == "llama.cpp" or not wire.several else None,
                    local=config.local,
                    routed=bool(config.model),
                    evidence=("set by the user",),
                )
        probe = self._probe
        if probe is None or probe.format is None:  # what was not usable may be by now
            probe = await self.probe(again=probe is not None)
        if probe.format is None:
            why = " ".join(probe.problems) or f"{self.name}: no known wire format was found."
            raise NoFim(why, endpoint=self.name)
        return probe

    def _shrunk(self, error: ContextOverflow, probe: Probe) -> bool:
        """Note the window that an overflow tells of, and that tokens are shorter than was thought; whether that leaves
        less to send."""
        per_token = (probe.chars_per_token or CHARS_PER_TOKEN) * SHRINK
        if per_token < SHORTEST_TOKEN:
            return False
        known = [size for size in (self.config.context_tokens, probe.context_tokens, error.limit) if size]
        if not known:
            return False
        context = min(known)
        if probe.context_tokens != context:
            per_token = probe.chars_per_token or CHARS_PER_TOKEN  # at first only the window was wrong
        self._probe = evolve(probe, context_tokens=context, chars_per_token=per_token)
        return True

    def _ask(self, request: FimRequest, probe: Probe) -> tuple[WireFormat, Ask]:
        assert probe.format is not None
        wire = FORMATS[probe.format]
        family: Family | None = FAMILIES[probe.family] if probe.family else None
        # More than a server makes at once it would make one after the other.
        most = 1 if not wire.several else probe.candidates
        if most is not None and request.count > most:
            request = evolve(request, count=most)
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
            and not (family.suffix_first or family.suffix_leads)
        ):
            raise ConfigError(
                f"{self.name}: the family {family.name} has no order 'suffix first'.", endpoint=self.name
            )
        # The user's own stops and the family's are added, never replaced: without the family's the model runs on.
        stop = (
            *(("\n",) if request.single_line else ()),
            *request.stop,
            *self.config.stop,
            *(family.stop if family else ()),
        )
        temperature = self.config.temperature if request.temperature is None else request.temperature
        # Several candidates at temperature 0 would be the same one several times. Where it was set so, there is one.
        if temperature is None:
            temperature = SEVERAL_TEMPERATURE if request.count > 1 else 0.0
        elif not temperature:
            request = evolve(request, count=1)
        return wire, Ask(
            request=request,
            # llama.cpp serves the one model that it has loaded, unless it routes; others want its name in each body.
            model=self.config.model or (probe.model if probe.routed or wire.name != "llama.cpp" else ""),
            temperature=temperature,
            stop=tuple(dict.fromkeys(stop)),
            family=family,
            suffix_first=order == "suffix first",
            context_tokens=probe.context_tokens,
            usage=probe.usage,
        )
