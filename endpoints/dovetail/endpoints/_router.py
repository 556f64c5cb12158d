"""Several endpoints in the user's order: the first that is up answers, the next takes over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing

from attrs import define, evolve

from ._breaker import CircuitBreaker, State, Ticket
from ._endpoint import Endpoint, Question
from ._errors import AllDown, EndpointError, Superseded
from ._limiter import Limiter, Slot
from ._pacer import Pacer
from ._types import Chunk


@define(frozen=True, slots=True)
class EndpointStatus:
    """One endpoint as it is now, for the status line and `doctor`."""

    name: str
    state: State
    message: str
    """Why it rests, or how the last request to it failed; empty while all is well."""
    seconds_left: float
    running: int
    waiting: int


@define(slots=True)
class _Line:
    endpoint: Endpoint
    breaker: CircuitBreaker
    limiter: Limiter
    pacer: Pacer

    @property
    def state(self) -> State:
        state = self.breaker.state
        return State.BUSY if state is State.CLOSED and self.pacer.busy else state


class _Sent:
    """What the caller has had of each candidate, so that a second try can go on where the first broke off."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._again: dict[int, str] | None = None

    def begin(self) -> None:
        """A new try begins."""
        self._again = {} if any(self._texts.values()) else None

    def new(self, chunk: Chunk) -> Chunk | None:
        """`chunk` without what was sent before; None if it disagrees with that."""
        sent = self._texts.get(chunk.candidate, "")
        if self._again is None:
            self._texts[chunk.candidate] = sent + chunk.text
            return chunk
        so_far = self._again[chunk.candidate] = self._again.get(chunk.candidate, "") + chunk.text
        # Either the second try is still behind what was sent, or it goes on where that ended; both agree as
        # far as both go. Ending before that point would mean another text.
        shorter, longer = sorted((sent, so_far), key=len)
        if not longer.startswith(shorter) or (chunk.finish is not None and len(so_far) < len(sent)):
            return None
        self._texts[chunk.candidate] = longer
        return evolve(chunk, text=so_far[len(sent) :])


class Router:
    """Asks the endpoints in order: fail-over, one retry, a circuit breaker and a limiter for each.

    For one request an endpoint is asked at most twice (again only after 5xx, a broken connection or an
    unfinished stream), and not at all while it cools down. Changing clocks do not matter: only monotonic
    ones are read.
    """

    def __init__(self, endpoints: Iterable[Endpoint], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = [
            _Line(endpoint, CircuitBreaker(clock), Limiter(endpoint.config.limit, endpoint.name), Pacer())
            for endpoint in endpoints
        ]

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        """In the order in which they are asked."""
        return [line.endpoint for line in self._lines]

    def status(self) -> list[EndpointStatus]:
        """Each endpoint as it is now."""
        return [
            EndpointStatus(
                name=line.endpoint.name,
                state=line.state,
                message=str(line.breaker.error or line.breaker.last or ""),
                seconds_left=line.breaker.seconds_left,
                running=line.limiter.running,
                waiting=line.limiter.waiting,
            )
            for line in self._lines
        ]

    async def stream(self, question: Question, *, speculative: bool = False) -> AsyncGenerator[Chunk, None]:
        """The candidates' text as it arrives, from whichever endpoint answers. Closing it hangs up.

        If an endpoint breaks off after text was given, the second try's text is given on from there where
        it agrees; where it does not, the stream ends with an error.

        Args:
            question: what is asked; if it is a function, it is called for each endpoint that is tried.
            speculative: gives way to requests of the user's own.

        Raises:
            Superseded: a newer request took its place.
            AllDown: every endpoint cools down; nothing was sent.
            EndpointError: the last endpoint's failure.
        """
        sent = _Sent()
        last: EndpointError | None = None
        for line in self._lines:
            ticket = line.breaker.admit()
            if ticket is None:
                continue
            answered = False
            try:
                # Outside the limiter: a request that waits here holds none of the server's slots, and most
                # are cancelled before they are sent.
                if line.pacer.busy:
                    await asyncio.sleep(line.pacer.seconds)
                async with AsyncExitStack() as stack:
                    slot = await stack.enter_async_context(line.limiter.slot(speculative=speculative))
                    tries = self._tries(line, question, slot, ticket, sent)
                    async for chunk in await stack.enter_async_context(aclosing(tries)):
                        answered = True
                        yield chunk
                return
            except Superseded:
                raise
            except EndpointError as error:
                last = error
                if error.kind == "busy":
                    line.pacer.refused()
            except BaseException:  # cancelled, or closed by the caller, who often has enough before the end
                if answered:
                    ticket.succeeded()
                    line.pacer.answered()
                raise
            finally:
                ticket.abandoned()  # unless something was learnt
        raise last or self._all_down()

    async def warm(self) -> None:
        """Make the first endpoint ready before it is asked (see `Endpoint.warm`)."""
        for line in self._lines[:1]:
            await line.endpoint.warm()

    async def aclose(self) -> None:
        """Close all endpoints."""
        for line in self._lines:
            await line.endpoint.aclose()

    async def _tries(
        self, line: _Line, question: Question, slot: Slot, ticket: Ticket, sent: _Sent
    ) -> AsyncGenerator[Chunk, None]:
        """One try at `line`, and a second if the first failed in a way that may pass."""
        for attempt in (1, 2):
            sent.begin()
            try:
                async with aclosing(line.endpoint.stream(question, sticky=attempt == 1)) as chunks:
                    while (chunk := await slot.next(chunks)) is not None:
                        fresh = sent.new(chunk)
                        if fresh is None:
                            raise _disagrees(line.endpoint.name)
                        yield fresh
                ticket.succeeded()
                line.pacer.answered()
                return
            except Superseded:
                raise
            except EndpointError as error:
                # A server that named a time is not asked at once, and a trial of the breaker is one request,
                # not two.
                again = attempt == 1 and error.retryable and not error.retry_after
                if again and line.breaker.state is State.CLOSED:
                    continue
                ticket.failed(error)
                raise

    def _all_down(self) -> AllDown:
        if not self._lines:
            return AllDown("No endpoint is set.")
        soonest = min(self._lines, key=lambda line: line.breaker.seconds_left)
        why = str(soonest.breaker.error or "It is being tried again.")
        return AllDown(
            f"{why} Tried again in {soonest.breaker.seconds_left:.0f} s.", endpoint=soonest.endpoint.name
        )


def _disagrees(name: str) -> EndpointError:
    return EndpointError(f"{name}: broke off, and the second try answered something else.", endpoint=name)
