"""60 people who type without a pause, more than two replicas can answer beside them on two processors.

    python -m bench.team.overload [--pairs 8] [--haproxy] [--at-once 2] [--harsh]

Three arms by turns, their order changed with each round: a short queue; neither a bound nor editors that wait, which is
what a server and a client without either give; and the most that can be shown at all: as many at a time as keep the
engines busy, each read to its end, nobody ever in vain. `shown` are whole answers. An answer whose first text came and
whose end did not is `cut`: an editor shows nothing of it, and where everybody is begun on at once hardly any ends.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

from dovetail.endpoints import FimRequest
from dovetail.privacy import redact

from .editors import CODE, PREFIX_CHARACTERS, SUFFIX_CHARACTERS, Editor, Load, bare, work
from .fleet import Fleet, fleet

PEOPLE, SECONDS, TOKENS = 60, 10.0, 64
NO_LIMIT = "100000"
# One engine for all: with a slot for each person, so that none has an advantage by its cache.
ENGINE = ("--slots=64", "--threads=1", "--context-tokens=2048")
SHORT = ("--per-caller=2", "--queue=4", "--wait-ms=400")
BOUNDLESS = (f"--per-caller={NO_LIMIT}", f"--queue={NO_LIMIT}", "--wait-ms=60000")
AT_ONCE = 2
"""Of each of two engines on two processors, which share these with all else."""
BEST_AT_ONCE = 6
"""Of both engines together in the last arm."""


async def best(url: str) -> dict[str, Any]:
    """Whole answers in the time where nobody leaves."""
    loop = asyncio.get_running_loop()
    people = [Editor(number, Load([url])) for number in range(PEOPLE)]
    texts = [f"# {one.random.random()}\n" + (CODE * 8)[-PREFIX_CHARACTERS:] for one in people]
    free: asyncio.Queue[int] = asyncio.Queue()
    for number in range(PEOPLE):
        free.put_nowait(number)
    until, shown = loop.time() + SECONDS, 0

    async def ask() -> None:
        nonlocal shown
        while loop.time() < until:
            number = await free.get()
            texts[number] += CODE[shown % len(CODE)]
            request = FimRequest(
                redact(texts[number]), redact((CODE * 3)[:SUFFIX_CHARACTERS]), max_tokens=TOKENS
            )
            async for _ in people[number].router.stream(request):
                pass
            shown += loop.time() < until
            free.put_nowait(number)

    await asyncio.gather(*(ask() for _ in range(BEST_AT_ONCE)))
    for one in people:
        await one.aclose()
    return {"shown": shown, "cut": 0}


def typing(*, waits: bool, harsh: bool) -> Callable[[str], Awaitable[dict[str, Any]]]:
    """`harsh`: as in the first measurement, a key each 0.4 s and each of them hangs up and asks at once."""
    kind = {"agrees": 0.0, "pace": 2.0, "waits": False} if harsh else {"waits": waits}

    def begin(url: str) -> Awaitable[dict[str, Any]]:
        return work(Load([url], max_tokens=TOKENS, **kind), PEOPLE, SECONDS)

    return begin


def measured(running: Fleet, arm: Callable[[str], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """One arm, and the processor time that it took."""

    async def run() -> dict[str, Any]:
        return await arm(running.url)

    running.replicas()
    before, own = running.processor_s(), time.process_time()
    result = bare(asyncio.run(run()))
    used = {name: round(s - before.get(name, 0.0), 1) for name, s in running.processor_s().items()}
    return {**result, "processorS": {**used, "editors": round(time.process_time() - own, 1)}}


def round_of(proxy: str, number: int = 0, *, at_once: int = AT_ONCE, harsh: bool = False) -> dict[str, Any]:
    """Each arm once."""
    options = ("--haproxy" if proxy == "haproxy" else "--no-haproxy",)
    arms = {
        "short queue": ((f"--at-once={at_once}", *SHORT), typing(waits=True, harsh=harsh)),
        "nobody waits": (BOUNDLESS, typing(waits=False, harsh=harsh)),
        "best": (BOUNDLESS, best),
    }
    found: dict[str, Any] = {"load": round(os.getloadavg()[0], 1)}
    for name in list(arms)[:: -1 if number % 2 else 1]:
        bounds, arm = arms[name]
        with fleet(*ENGINE, *bounds, *options) as running:
            found[name] = measured(running, arm)
    return found


def ratios(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Sums over the rounds, beside those of the arm without bounds."""

    def total(arm: str, *names: str) -> int:
        return sum(one[arm][name] for one in rounds for name in names)

    least = max(1, total("nobody waits", "shown"))
    first = max(1, total("nobody waits", "shown", "cut"))
    each = [one["short queue"]["shown"] / max(1, one["nobody waits"]["shown"]) for one in rounds]
    return {
        "shown": {arm: [one[arm]["shown"] for one in rounds] for arm in rounds[0] if arm != "load"},
        "shortToNobody": round(total("short queue", "shown") / least, 2),
        "medianOfRounds": round(statistics.median(each), 2),
        "bestToNobody": round(total("best", "shown") / least, 2),
        "firstTextsShortToNobody": round(total("short queue", "shown", "cut") / first, 2),
        "offlineOrLost": sum(
            one[arm][name]
            for one in rounds
            for arm in ("short queue", "nobody waits")
            for name in ("lost", "resting", "restingSeen")
        ),
    }


def overload(pairs: int = 1, proxies: tuple[str, ...] = ("haproxy", "python"), **kind: Any) -> dict[str, Any]:
    """All of it, printed as it comes."""
    found: dict[str, Any] = {}
    for proxy in proxies:
        rounds = []
        for number in range(pairs):
            rounds.append(round_of(proxy, number, **kind))
            print(json.dumps({proxy: rounds[-1]}), flush=True)
        found[proxy] = {"rounds": rounds, **ratios(rounds)}
    return found


def main() -> None:
    """Print the rounds and their sums as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--pairs", type=int, default=4, help="rounds of all arms, some two minutes each")
    parser.add_argument("--haproxy", action="store_true", help="Ray's HAProxy alone")
    parser.add_argument("--python", action="store_true", help="Ray's Python proxy alone")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="of each engine, with the short queue")
    parser.add_argument("--harsh", action="store_true", help="editors of the first measurement")
    asked = parser.parse_args()
    named = tuple(name for name in ("haproxy", "python") if getattr(asked, name))
    proxies = named or ("haproxy", "python")
    found = overload(asked.pairs, proxies, at_once=asked.at_once, harsh=asked.harsh)
    for name, result in found.items():
        print(json.dumps({name: {key: value for key, value in result.items() if key != "rounds"}}, indent=1))


if __name__ == "__main__":
    main()
