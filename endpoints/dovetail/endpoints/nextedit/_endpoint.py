"""One server that predicts next edits: probed once, asked within its limits, left alone while it fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Any, Literal

from attrs import define, field

from dovetail.privacy import NOTHING

from .._breaker import CircuitBreaker, State
from .._caught import named
from .._channel import Channel, merged
from .._errors import AllDown, EndpointError, Superseded
from .._http import HttpPool
from .._limiter import Limiter, Slot
from .._prompts import StopScanner
from .._single_flight import SingleFlight
from .._timing import Timing
from .._types import FimRequest
from .._urls import where
from ..formats import FORMATS, Ask, Decoder, Reader, common
from ._config import NextEditConfig
from ._families import NEXT_FAMILIES
from ._finding import NextProbe, find
from ._template import Asked, NextFamily, Rewritten, UnfitAnswer
from ._types import NextEditRequest

LONGEST = 200_000
"""Characters of an answer; a region is a hundredth of it."""


@define(frozen=True, slots=True)
class _Wire:
    """Implements `WireFormat` for a prompt that is built already."""

    name: str
    path: str
    framing: Literal["sse", "lines", "whole"]
    asked: Asked
    templated: bool = False
    several: bool = False
    headers: Mapping[str, str] = field(factory=dict)

    def body(self, ask: Ask) -> dict[str, Any]:
        """The prompt, raw or as messages."""
        asked = self.asked
        # Trained models get the prompt as it is; a server's chat template around it would be one too many.
        if self.name == "completions":
            return common(ask) | {"prompt": asked.prompt}
        if self.name == "ollama":
            options = {
                "num_predict": ask.request.max_tokens,
                "temperature": ask.temperature,
                "stop": list(ask.stop),
            }
            return {
                "model": ask.model,
                "prompt": asked.prompt,
                "raw": True,
                "stream": True,
                "options": options,
            }
        messages = [{"role": "system", "content": asked.system}] if asked.system else []
        messages.append({"role": "user", "content": asked.prompt})
        return common(ask) | {"messages": messages, "stream": self.framing != "whole"}

    def reader(self, ask: Ask) -> Reader:
        """Reads what OpenAI's routes or Ollama's own send."""
        return FORMATS["ollama-raw" if self.name == "ollama" else "completions"].reader(ask)


_ROUTES: dict[str, tuple[str, Literal["sse", "lines", "whole"]]] = {
    "completions": ("/v1/completions", "sse"),
    "ollama": ("/api/generate", "lines"),
    "edit": ("/v1/edit/completions", "whole"),
    "chat": ("/v1/chat/completions", "sse"),
}


class NextEditEndpoint:
    """A server that predicts next edits. Nothing is opened before the first call."""

    def __init__(self, config: NextEditConfig, http: HttpPool | None = None) -> None:
        self.config = config
        self._channel = Channel(config, http)
        self._probe: NextProbe | None = None
        self._probing: SingleFlight[NextProbe] = SingleFlight()
        self._breaker = CircuitBreaker()
        self._limiter = Limiter(config.limit, config.name)

    @property
    def known(self) -> NextProbe | None:
        """What the probe found, without asking anything."""
        return self._probe

    @property
    def trouble(self) -> str:
        """Why it is left alone at the moment; '' if it is not."""
        return str(self._breaker.error or "") if self._breaker.state is State.OPEN else ""

    async def probe(self, *, again: bool = False) -> NextProbe:
        """Which family is there. Asked once, then remembered.

        Raises:
            EndpointError: nothing usable answers; not remembered.
        """

        async def look() -> NextProbe:
            self._probe = await find(self._channel, self.config)
            return self._probe

        if self._probe is None or again:
            return await self._probing.get(look)
        return self._probe

    async def ask(self, request: NextEditRequest, *, speculative: bool = True) -> Rewritten | None:
        """What the model would have in place of the lines around the cursor; None: nothing is to be changed.
        Cancelling hangs up at once.

        Args:
            speculative: nobody waits for it, so it gives way to a question that somebody does wait for.

        Raises:
            Superseded: a newer request took its place.
            UnfitText, UnfitAnswer: the text cannot be asked about; the answer cannot be read. Nothing is to blame.
            EndpointError: no answer, or it is left alone after failures.
        """
        ticket = self._breaker.admit()
        if ticket is None:
            raise AllDown(
                f"{self._breaker.error} Tried again in {self._breaker.seconds_left:.0f} s.",
                endpoint=self.config.name,
            )
        try:
            async with self._limiter.slot(speculative=speculative) as slot:
                probe = await self.probe()
                family = NEXT_FAMILIES[probe.family]
                asked = family.build(request, family)
                text = await self._text(probe, family, asked, slot)
            # Before the answer is read: one that cannot be read says nothing against the server.
            ticket.succeeded()
            return family.read(text, asked)
        except Superseded:
            raise
        except EndpointError as error:
            ticket.failed(error)
            if error.kind == "not found":
                self._probe = None  # another model may be there now
            raise
        finally:
            ticket.abandoned()  # unless something was learnt

    async def _text(self, probe: NextProbe, family: NextFamily, asked: Asked, slot: Slot) -> str:
        """The answer's whole text up to a stop string, from a second try where a kept connection had gone away or the
        server stumbled.

        Raises:
            UnfitAnswer: it was cut off at its maximum length.
        """
        # Nothing has been shown of a first try, so the second begins anew.
        for attempt in (1, 2):
            said: list[str] = []
            try:
                async with aclosing(self._pieces(probe, family, asked)) as pieces:
                    while (piece := await slot.next(pieces)) is not None:
                        said.append(piece)
                break
            except EndpointError as error:
                if (
                    attempt == 2
                    or not error.retryable
                    or error.retry_after
                    or self._breaker.error is not None
                ):
                    raise
        return "".join(said)

    async def _pieces(self, probe: NextProbe, family: NextFamily, asked: Asked) -> AsyncGenerator[str, None]:
        path, framing = _ROUTES[probe.format]
        wire = _Wire(probe.format, path, framing, asked)
        most = self.config.max_tokens or family.max_tokens
        ask = Ask(
            # The decoder follows any answer in these terms; there is no hole to fill.
            FimRequest(NOTHING, NOTHING, max_tokens=most),
            probe.model,
            self.config.temperature or 0.0,
            family.stop,
        )
        channel, url = self._channel, self.config.address(path)
        total = channel.from_now(self.config.timeouts.total_ms)
        timing = Timing(min(total, channel.from_now(self.config.timeouts.first_token_ms)), total)
        # The server's stops are looked for here too: some servers print control tokens as text, or take four
        # stops only.
        scanner = StopScanner(family.stop)
        size, finish = 0, None
        try:
            async with AsyncExitStack() as stack:
                body = merged(wire.body(ask), self.config.extra)
                response = await stack.enter_async_context(
                    channel.exchange("POST", url, body, timing, model=probe.model)
                )
                decoder = Decoder(wire, ask, response.headers.get("content-type", ""))
                async for part in await stack.enter_async_context(aclosing(channel.parts(response, timing))):
                    for chunk in decoder.close() if part is None else decoder.feed(part):
                        timing.got_text = timing.got_text or bool(chunk.text) or chunk.finish is not None
                        finish = finish or chunk.finish
                        text = scanner.feed(chunk.text)
                        size += len(text)
                        yield text
                    timing.finished, timing.done = decoder.finished, decoder.done
                    if scanner.stopped:
                        return  # the rest is not wanted
                    if size > LONGEST:
                        raise UnfitAnswer("the answer does not end")
        except EndpointError as error:
            raise named(error, self.config.name, where(url)) from None
        # Lines that were not reached would look like lines that the model deletes.
        if finish == "length":
            raise UnfitAnswer("the answer was cut off at its maximum number of tokens")
        yield scanner.rest()

    async def aclose(self) -> None:
        """End a probe under way, and close the connections, if they are this endpoint's own."""
        await self._probing.cancel()
        await self._channel.aclose()
