"""Several endpoints in the user's order: the first that is up answers, the next takes over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing

from attrs import define, evolve

from ._breaker import Breaker, State
from ._endpoint import Endpoint
from ._errors import AllDown, EndpointError, Superseded
from ._errors import Timeout as Late
from ._gate import Gate, Place
from ._types import Chunk, FimRequest


@define(frozen=True, slots=True)
class EndpointStatus:
    """One endpoint as it is now, for the status line and `doctor`."""

    name: str
    state: State
    message: str
    """Why it rests; empty while it is up."""
    seconds_left: float
    running: int
    waiting: int


@define(slots=True)
class _Line:
    endpoint: Endpoint
    breaker: Breaker
    gate: Gate


class _Sent:
    """What the caller has had of each candidate, so that a second try can go on where the first broke off."""

    def __init__(self) -> None:
        self._texts: dict[int, str] = {}
        self._again: dict[int, str] | None = None
        self._finished: dict[int, str] = {}

    def begin(self) -> None:
        """A new try begins."""
        self._again = {} if any(self._texts.values()) else None
        self._finished = {}

    def new(self, chunk: Chunk) -> Chunk | None:
        """`chunk` without what was sent before; None if it disagrees with that."""
        sent = self._texts.get(chunk.candidate, "")
        if self._again is None:
            self._texts[chunk.candidate] = sent + chunk.text
            return chunk
        so_far = self._again[chunk.candidate] = self._again.get(chunk.candidate, "") + chunk.text
        if chunk.finish is not None:
            self._finished[chunk.candidate] = chunk.finish
        shorter, longer = sorted((sent, so_far), key=len)
        if not longer.startswith(shorter) or (chunk.finish is not None and len(so_far) < len(sent)):
            return None
        self._texts[chunk.candidate] = longer
        return evolve(chunk, text=so_far[len(sent) :])

    def restart(self, endpoint: str) -> list[Chunk]:
        """Declare void what was sent, and send what this try has said so far."""
        self._texts, self._again = self._again or {}, None
        return [Chunk(endpoint=endpoint, restart=True)] + [
            Chunk(text, candidate, finish=self._finished.get(candidate), endpoint=endpoint)
            for candidate, text in self._texts.items()
        ]


class Router:
    """Asks the endpoints in order: fail-over, one retry, a circuit breaker and a gate for each.

    For one request an endpoint is asked at most twice (again only after 5xx, a broken connection or an
    unfinished stream), and not at all while it rests. Changing clocks do not matter: only monotonic ones
    are read.
    """

    def __init__(self, endpoints: Iterable[Endpoint], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = [
            _Line(endpoint, Breaker(clock), Gate(endpoint.config.limit, endpoint.name))
            for endpoint in endpoints
        ]

    @property
    def endpoints(self) -> Sequence[Endpoint]:
        return [line.endpoint for line in self._lines]

    @property
    def up(self) -> bool:
        """Whether a request would be sent to some endpoint now."""
        return any(line.breaker.state is not State.OPEN for line in self._lines)

    def status(self) -> list[EndpointStatus]:
        return [
            EndpointStatus(
                name=line.endpoint.name,
                state=line.breaker.state,
                message=str(line.breaker.error or ""),
                seconds_left=line.breaker.seconds_left,
                running=line.gate.running,
                waiting=line.gate.waiting,
            )
            for line in self._lines
        ]

    async def stream(
        self,
        request: FimRequest,
        *,
        speculative: bool = False,
        deadline_ms: int | None = None,
        allow_restart: bool = False,
    ) -> AsyncGenerator[Chunk, None]:
        """The candidates' text as it arrives, from whichever endpoint answers. Closing it hangs up.

        If an endpoint breaks off after text was given, the second try's text is given on from there where
        it agrees. Where it does not, the try ends with the first error, or, with `allow_restart`, begins
        with a chunk whose `restart` is set.

        Args:
            speculative: gives way to requests of the user's own.
            deadline_ms: for all tries together; None: each endpoint's own total holds for each try.

        Raises:
            Superseded: a newer request took its place.
            AllDown: every endpoint rests; nothing was sent.
            EndpointError: the last endpoint's failure.
        """
        deadline = None if deadline_ms is None else asyncio.get_running_loop().time() + deadline_ms / 1000
        sent = _Sent()
        last: EndpointError | None = None
        for line in self._lines:
            if not line.breaker.admits():
                continue
            answered = False
            try:
                async with AsyncExitStack() as stack:
                    place = await _admitted(stack, line, speculative, deadline)
                    tries = self._tries(line, request, place, deadline, sent, allow_restart)
                    async for chunk in await stack.enter_async_context(aclosing(tries)):
                        answered = True
                        yield chunk
                return
            except Superseded:
                line.breaker.abandoned()
                raise
            except EndpointError as error:
                last = error
                if error.kind == "timeout" and deadline is not None and _passed(deadline):
                    raise
            except BaseException:  # cancelled, or closed by the caller, who often has enough before the end
                if answered:
                    line.breaker.succeeded()
                else:
                    line.breaker.abandoned()
                raise
        raise last or self._all_down()

    async def warm(self) -> None:
        """Make the first endpoint ready before it is asked (see `Endpoint.warm`)."""
        for line in self._lines[:1]:
            await line.endpoint.warm()

    async def aclose(self) -> None:
        for line in self._lines:
            await line.endpoint.aclose()

    async def _tries(
        self,
        line: _Line,
        request: FimRequest,
        place: Place,
        deadline: float | None,
        sent: _Sent,
        allow_restart: bool,
    ) -> AsyncGenerator[Chunk, None]:
        """One try at `line`, and a second if the first failed in a way that may pass."""
        for attempt in (1, 2):
            sent.begin()
            try:
                async with aclosing(line.endpoint.stream(request, deadline=deadline)) as chunks:
                    while (chunk := await place.next(chunks)) is not None:
                        fresh = sent.new(chunk)
                        if fresh is not None:
                            yield fresh
                        elif allow_restart:
                            for one in sent.restart(line.endpoint.name):
                                yield one
                        else:
                            raise _disagrees(line.endpoint.name)
                line.breaker.succeeded()
                return
            except Superseded:
                raise
            except EndpointError as error:
                again = attempt == 1 and error.retryable and not error.retry_after
                if again and line.breaker.state is State.CLOSED and not (deadline and _passed(deadline)):
                    continue
                line.breaker.failed(error)
                raise

    def _all_down(self) -> AllDown:
        if not self._lines:
            return AllDown("No endpoint is set.")
        resting = min(self._lines, key=lambda line: line.breaker.seconds_left)
        why = str(resting.breaker.error or "It is being tried again.")
        return AllDown(
            f"{why} Tried again in {resting.breaker.seconds_left:.0f} s.", endpoint=resting.endpoint.name
        )


async def _admitted(stack: AsyncExitStack, line: _Line, speculative: bool, deadline: float | None) -> Place:
    """A place at `line`'s gate, waited for until `deadline`."""
    try:
        async with asyncio.timeout_at(deadline):
            return await stack.enter_async_context(line.gate.place(speculative=speculative))
    except TimeoutError:
        name = line.endpoint.name
        raise Late(f"{name}: was still busy with another request at the deadline.", endpoint=name) from None


def _disagrees(name: str) -> EndpointError:
    return EndpointError(f"{name}: broke off, and the second try answered something else.", endpoint=name)


def _passed(deadline: float) -> bool:
    return asyncio.get_running_loop().time() >= deadline
