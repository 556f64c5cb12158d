"""Editors that type: each asks by a router of its own, with connections of its own, and has the engine's habits.

A person's keys come with log-normal gaps (medians of 160 ms inside words, 220 ms between them, 450 ms at line ends, as
in bench/typing_trace). The engine keeps a request that agrees with what is typed after it; here a key agrees with a
drawn chance, since a model of noise agrees with nobody. What disagrees hangs up, waits by the engine's own rule
(`dovetail.fim.engine.debounce`) and asks anew.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import aclosing
from typing import Any

from attrs import define, evolve

from dovetail.endpoints import (
    AllDown,
    Busy,
    Endpoint,
    EndpointConfig,
    EndpointError,
    FimRequest,
    HttpPool,
    Router,
    Secret,
    State,
    Superseded,
    Timeouts,
)
from dovetail.fim.engine.debounce import MOST_MS, RATE, TOLERATED
from dovetail.privacy import redact

AGREES = 0.6
"""The chance that a key agrees with the request under way: of 260 typed keys with an endpoint that is right in 88 %
of the words 14.5 per cent of the keys asked anew; this is harsher."""
GAPS_MS = (160, 220, 450)
PREFIX_CHARACTERS = 600
SUFFIX_CHARACTERS = 200
CODE = "def total(lines):\n    amount = sum(line.price * line.count for line in lines)\n    return amount\n"


@define
class Asked:
    """One request and what became of it."""

    at: float
    """Seconds of the loop's clock."""
    first_ms: float | None = None
    """Until the first text; None: none came while it was wanted."""
    outcome: str = "no text"
    """"shown" (whole), "cut" (the next key came after the first text and before the end), "no text" (it came before
    that), "busy", "lost" or "resting" (no endpoint may be asked). An editor shows nothing that is not whole: who
    counts first texts counts "shown" and "cut"."""
    message: str = ""


@define
class Load:
    """How editors are set up."""

    urls: Sequence[str]
    session: str = "X-Session-Id"
    keys: Sequence[str] = ()
    """Those of the servers, in the order of `urls`."""
    max_tokens: int = 16
    agrees: float = AGREES
    pace: float = 1.0
    """Times the gaps of a person."""
    shuffle: bool = False
    waits: bool = True
    """Whether editors wait before they ask anew, the longer the more of their requests came to nothing."""
    seed: int = 1


class Editor:
    """One person at one editor."""

    def __init__(self, number: int, load: Load) -> None:
        self.random = random.Random(load.seed * 10_007 + number)
        self.load = load
        self.pool = HttpPool()
        urls = list(zip(load.urls, load.keys or [""] * len(load.urls), strict=True))
        if load.shuffle:
            self.random.shuffle(urls)
        self.router = Router(
            Endpoint(
                EndpointConfig(
                    name=f"{number}-{place}", url=url, session=load.session, max_in_flight=4, format="llama.cpp",
                    family="qwen", model="noise-fim", context_tokens=4096, batch_tokens=1024,
                    timeouts=Timeouts(2_000, 10_000, 30_000), key=Secret(key) if key else None,
                ),
                self.pool,
            )
            for place, (url, key) in enumerate(urls)
        )  # fmt: skip
        self.asked: list[Asked] = []
        self.states: Counter[str] = Counter()
        self._latency_ms = 0.0
        self._waste = 0.0

    async def type(self, until: float) -> None:
        """Until the loop's clock says so."""
        loop = asyncio.get_running_loop()
        text = f"# {self.random.random()}\n" + (CODE * 8)[-PREFIX_CHARACTERS:]
        suffix = (CODE * 3)[:SUFFIX_CHARACTERS]
        running: asyncio.Task[None] | None = None
        place = self.random.randrange(len(CODE))
        await asyncio.sleep(self.random.random() * 0.5)
        while loop.time() < until:
            sign = CODE[place % len(CODE)]
            place += 1
            text += sign
            wanted = running is None or running.done() or self.random.random() >= self.load.agrees
            if running is not None and running.done() and self.random.random() < self.load.agrees:
                wanted = False  # what is shown is typed along
            if wanted:
                await self._end(running)
                running = asyncio.create_task(self._ask(text, suffix))
            await asyncio.sleep(self._gap(sign))
        await self._end(running)

    def _gap(self, sign: str) -> float:
        median = GAPS_MS[2] if sign == "\n" else GAPS_MS[1] if sign == " " else GAPS_MS[0]
        return self.load.pace * median / 1000 * self.random.lognormvariate(0, 0.45)

    async def _end(self, running: asyncio.Task[None] | None) -> None:
        if running is None:
            return
        wasted = not running.done()
        self._waste += RATE * (float(wasted) - self._waste)
        running.cancel()
        # Not `await running`, which ends by two cancellations that look alike: that of `running`, and that of whoever
        # waits for it. Where both were caught, who was told to stop typed on.
        await asyncio.wait([running])
        if not running.cancelled():
            running.result()

    async def _ask(self, text: str, suffix: str) -> None:
        if self.load.waits:
            excess = max(self._waste - TOLERATED, 0.0) / (1 - TOLERATED)
            await asyncio.sleep(min(MOST_MS, excess * self._latency_ms) / 1000)
        begun = asyncio.get_running_loop().time()
        asked = Asked(begun)
        self.asked.append(asked)
        request = FimRequest(redact(text), redact(suffix), max_tokens=self.load.max_tokens)
        try:
            async with aclosing(self.router.stream(request)) as chunks:
                async for chunk in chunks:
                    if chunk.text and asked.first_ms is None:
                        asked.first_ms = (asyncio.get_running_loop().time() - begun) * 1000
                        asked.outcome = "cut"
                        self._latency_ms += (RATE if self._latency_ms else 1.0) * (
                            asked.first_ms - self._latency_ms
                        )
            if asked.first_ms is not None:
                asked.outcome = "shown"
        except Superseded:
            pass
        except Busy:
            asked.outcome = "busy"
        except AllDown as error:
            asked.outcome, asked.message = "resting", str(error)
        except EndpointError as error:
            asked.outcome, asked.message = "lost", f"{type(error).__name__}: {error}"
        finally:
            self.states.update(str(status.state) for status in self.router.status())

    async def aclose(self) -> None:
        await self.router.aclose()
        await self.pool.aclose()


async def work(
    load: Load, editors: int, seconds: float, *, events: Sequence[tuple[float, Callable[[], Any]]] = ()
) -> dict[str, Any]:
    """Let `editors` type for some seconds; `events` are things done in a thread, so many seconds after the start.

    Returns what became of the requests, with the loop's time of the start and of each event.
    """
    loop = asyncio.get_running_loop()
    people = [Editor(number, load) for number in range(editors)]
    begun = loop.time()
    happened: list[float] = []

    async def later(after: float, do: Callable[[], Any]) -> None:
        await asyncio.sleep(after)
        happened.append(loop.time() - begun)
        await asyncio.to_thread(do)

    cpu = time.process_time()
    things = [asyncio.create_task(later(*event)) for event in events]
    await asyncio.gather(*(person.type(begun + seconds) for person in people))
    await asyncio.gather(*things)
    cpu = time.process_time() - cpu
    for person in people:
        await person.aclose()
    asked = sorted((one for person in people for one in person.asked), key=lambda one: one.at)
    asked = [evolve(one, at=one.at - begun) for one in asked]
    states = sum((person.states for person in people), Counter[str]())
    return {
        **summary(asked),
        "editors": editors,
        "seconds": seconds,
        "requestsPerSecond": round(len(asked) / seconds, 1),
        "clientCpuShare": round(cpu / seconds, 2),
        "restingSeen": states[State.OPEN] + states[State.HALF_OPEN],
        "busySeen": states[State.BUSY],
        "events": [round(at, 2) for at in happened],
        "asked": asked,
    }


def bare(result: dict[str, Any]) -> dict[str, Any]:
    """What `work` returns without the single requests."""
    return {name: value for name, value in result.items() if name != "asked"}


def summary(asked: Sequence[Asked]) -> dict[str, Any]:
    """Counts and quantiles of some requests."""
    outcomes = Counter(one.outcome for one in asked)
    first = sorted(one.first_ms for one in asked if one.first_ms is not None)
    cut = statistics.quantiles(first, n=100) if len(first) > 1 else first * 99
    return {
        "requests": len(asked),
        "shown": outcomes["shown"],
        "cut": outcomes["cut"],
        "noText": outcomes["no text"],
        "busy": outcomes["busy"],
        "lost": outcomes["lost"],
        "resting": outcomes["resting"],
        "firstMs": {name: round(cut[at], 1) for name, at in (("p50", 49), ("p90", 89), ("p99", 98))}
        if first
        else {},
        "late": sum(1 for one in first if one > 500),
        "errors": sorted({one.message[:120] for one in asked if one.message})[:5],
    }
