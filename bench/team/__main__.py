"""What a team sees of its server: kills, a sick replica, two addresses, fairness, overload, affinity, many editors.

    python -m bench.team [--only kill sick …] [--output FILE]
    python -m bench.team.overload [--pairs 8] [--haproxy]

Runs `make team`'s server (scripts/get-team installs it) with two replicas of llama.cpp and a tiny model, and editors
that type (bench/team/editors.py). Prints JSON. Client, server and engines share this machine's processors: compare
within a run, and read counts and shares before times. `editors` fits the model of bench/team/queueing.py to the
measured time of service and says how far it is off.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import asdict

from dovetail.endpoints import Endpoint, EndpointConfig, EndpointError, FimRequest, HttpPool, Secret
from dovetail.privacy import redact

from .editors import Load, bare, summary, work
from .fleet import PYTHON, Fleet, alone, fleet, kill
from .overload import NO_LIMIT, overload
from .queueing import Figures, predict, replicas_for

SLOTS = ("--slots=8", "--threads=1", "--per-caller=2", "--queue=8")
FAILING = Path(__file__).parent / "failing_engine.py"


def around(result: dict[str, Any], at: float, seconds: float = 5) -> dict[str, Any]:
    """What was asked in the seconds after something happened."""
    return summary([one for one in result["asked"] if at <= one.at < at + seconds])


def killed(running: Fleet, kind: str) -> dict[str, Any]:
    """20 editors; a process of one replica is killed after 4 s; when there are two replicas again."""
    whole: dict[str, float] = {}

    def strike() -> None:
        one = next(iter(running.replicas().values()))
        kill(one[kind])
        begun = time.monotonic()
        while True:
            found = running.replicas()
            if one["replica"] not in found:
                break
        whole["s"] = round(time.monotonic() - begun, 1)

    result = asyncio.run(work(Load([running.url]), 20, 14, events=[(4, strike)]))
    return {**bare(result), "after": around(result, result["events"][0]), "wholeAgainS": whole.get("s")}


def kills() -> dict[str, Any]:
    with fleet(*SLOTS) as running:
        running.replicas()
        return {"replica": killed(running, "pid"), "engine": killed(running, "enginePid")}


def hang() -> dict[str, Any]:
    """A replica is stopped (SIGSTOP) under 20 people: it takes requests and says nothing until the platform's check of
    its health has it replaced. What was asked before anybody can have noticed, and after."""
    found: dict[str, Any] = {}
    for name, options in (("python", ("--no-haproxy",)), ("haproxy", ("--haproxy",))):
        with fleet(*SLOTS, *options) as running:
            pid = next(iter(running.replicas().values()))["pid"]
            load = Load([running.url], max_tokens=8)
            result = asyncio.run(
                work(load, 20, 16, events=[(4, lambda pid=pid: os.kill(pid, signal.SIGSTOP))])
            )
            at = result["events"][0]
            found[name] = {
                **bare(result),
                "before": around(result, 0, at),
                "secondsAfter": {
                    str(after): around(result, at + after, 2)["noText"] for after in range(0, 12, 2)
                },
            }
    return found


def sick() -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory() as folder,
        fleet(*SLOTS, "--engine", str(PYTHON), str(FAILING), folder) as running,
    ):

        def infect() -> None:
            Path(folder, str(next(iter(running.replicas().values()))["enginePid"])).touch()

        running.replicas()
        return bare(asyncio.run(work(Load([running.url]), 20, 12, events=[(3, infect)])))


def two_urls() -> dict[str, Any]:
    """Two engines without any gateway, both in each editor's settings, in an order of its own; one is killed."""
    with alone("--slots=16", "--threads=1") as one, alone("--slots=16", "--threads=1") as two:
        load = Load([one.url, two.url], shuffle=True, keys=[one.key, two.key])
        result = asyncio.run(work(load, 20, 12, events=[(4, one.process.kill)]))
        return {**bare(result), "after": around(result, result["events"][0])}


def fairness() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, shares in (
        ("share of 2", ("--per-caller=2",)),
        ("share of 1 of 2 at once", ("--per-caller=1", "--at-once=2")),
        ("no shares", (f"--per-caller={NO_LIMIT}",)),
    ):
        with fleet("--slots=8", "--threads=1", "--queue=64", *shares) as running:
            running.replicas()
            load = Load([running.url], max_tokens=8, pace=3)
            quiet = bare(asyncio.run(work(load, 50, 6)))
            beside = bare(asyncio.run(beside_a_heavy_one(load, 50, 8)))
            found[name] = {"quiet": quiet, "besideOneHeavy": beside}
    return found


async def beside_a_heavy_one(load: Load, editors: int, seconds: float) -> dict[str, Any]:
    """Editors beside one user with 24 long requests at once."""
    pool = HttpPool()
    heavy = endpoint(load.urls[0], pool, max_in_flight=32)
    request = FimRequest(redact("y = 2\n" * 20), redact("\n"), max_tokens=400, temperature=1.0)

    async def greedy() -> None:
        while True:
            try:
                async for _ in heavy.stream(request):
                    pass
            except EndpointError:
                await asyncio.sleep(0.2)

    tasks = [asyncio.create_task(greedy()) for _ in range(24)]
    try:
        return await work(load, editors, seconds)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pool.aclose()


def affinity() -> dict[str, Any]:
    """Prompt tokens read anew for a request: one server of one's own, two replicas with a session, two without."""
    found: dict[str, Any] = {}
    for name, session, replicas in (
        ("alone", "X-Session-Id", 1),
        ("session", "X-Session-Id", 2),
        ("none", "off", 2),
    ):
        slots = 12 if replicas == 1 else 6
        with fleet(
            f"--slots={slots}", "--threads=1", f"--replicas={replicas}", "--context-tokens=2048"
        ) as running:
            before = list(running.replicas(replicas).values())
            result = bare(asyncio.run(work(Load([running.url], session=session, max_tokens=8), 8, 12)))
            after = list(running.replicas(replicas).values())
            count = "requests_total"
            asked = sum(one[count] for one in after) - sum(one[count] for one in before)
            count = "prompt_tokens_total"
            read = sum(one[count] for one in after) - sum(one[count] for one in before)
            found[name] = {**result, "readAnewPerRequest": round(read / max(1, asked), 1)}
    return found


def editors() -> dict[str, Any]:
    """20 to 200 editors, and the model of the queue that is fitted to the first and the last point."""
    points = []
    with fleet(*SLOTS) as running:
        for number in (5, 20, 50, 100, 200):
            before = list(running.replicas().values())
            result = bare(asyncio.run(work(Load([running.url]), number, 8)))
            after = list(running.replicas().values())
            done = sum(one["requests_total"] for one in after) - sum(one["requests_total"] for one in before)
            points.append({**result, "servedPerSecond": round(done / 8, 1)})
    return {"points": points, "model": fitted(points)}


def fitted(points: list[dict[str, Any]]) -> dict[str, Any]:
    """The model's prediction beside each measured point, and what it says of 1,000 and 10,000 editors."""
    quiet, full = points[0], max(points, key=lambda one: one["servedPerSecond"])
    service_s = quiet["firstMs"]["p50"] / 1000
    known = Figures(
        service_s=service_s,
        servers=full["servedPerSecond"] / 2 * service_s,
        requests_per_s=quiet["requestsPerSecond"] / quiet["editors"],
        patience_s=0.45,
        first_s=service_s,
    )
    beside = []
    for point in points:
        said = predict(known, point["editors"], 2)
        measured = (point["noText"] + point["busy"]) / max(1, point["requests"])
        beside.append(
            {
                "editors": point["editors"],
                "noTextMeasured": round(measured, 3),
                "noTextPredicted": round(said.no_text, 3),
                "busyPredicted": round(said.busy, 2),
            }
        )
    ahead = [asdict(replicas_for(known, number, no_text=0.02)) for number in (1000, 10_000)]
    return {"figures": asdict(known), "beside": beside, "replicasFor": ahead}


def endpoint(url: str, pool: HttpPool, *, key: str = "", max_in_flight: int = 4) -> Endpoint:
    return Endpoint(
        EndpointConfig(
            name="bench", url=url, format="llama.cpp", family="qwen", model="noise-fim", context_tokens=4096,
            batch_tokens=1024, session="X-Session-Id", max_in_flight=max_in_flight, key=Secret(key) if key else None,
        ),
        pool,
    )  # fmt: skip


def overhead() -> dict[str, Any]:
    """First text of an engine that is idle, asked directly and through the gateway by turns."""

    async def ask(ways: dict[str, Endpoint], rounds: int) -> dict[str, Any]:
        times: dict[str, list[float]] = {name: [] for name in ways}
        request = FimRequest(redact("z = 3\n" * 10), redact("\n"), max_tokens=4)
        for turn in range(rounds + 10):
            for name, one in ways.items():
                begun = time.perf_counter()
                async for chunk in one.stream(request):
                    if chunk.text:
                        break
                if turn >= 10:
                    times[name].append((time.perf_counter() - begun) * 1000)
        return {name: round(statistics.median(each), 2) for name, each in times.items()}

    async def measure(ways: Callable[[HttpPool], dict[str, Endpoint]]) -> dict[str, Any]:
        pool = HttpPool()
        try:
            return await ask(ways(pool), 150)
        finally:
            await pool.aclose()

    found: dict[str, Any] = {}
    for name, options in (("python", ("--no-haproxy",)), ("haproxy", ("--haproxy",))):
        try:
            with fleet("--threads=1", *options) as running, alone("--slots=4", "--threads=1") as direct:
                running.replicas()
                found[name] = asyncio.run(
                    measure(
                        lambda pool, url=running.url, one=direct: {
                            "direct": endpoint(one.url, pool, key=one.key),
                            "team": endpoint(url, pool),
                        }
                    )
                )
                found[name]["added"] = round(found[name]["team"] - found[name]["direct"], 2)
        except RuntimeError as error:
            found[name] = {"problem": str(error)[-300:]}
    return found


RUNS: dict[str, Callable[[], dict[str, Any]]] = {
    "kill": kills,
    "sick": sick,
    "two-urls": two_urls,
    "fairness": fairness,
    "hang": hang,
    "overload": overload,
    "affinity": affinity,
    "editors": editors,
    "overhead": overhead,
}


def main() -> int:
    """Run what is asked for. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--only", nargs="+", choices=list(RUNS), default=list(RUNS))
    parser.add_argument("--output", type=Path)
    asked = parser.parse_args()
    if not PYTHON.exists():
        print("bench.team: scripts/get-team installs what this needs", file=sys.stderr)
        return 1
    found: dict[str, Any] = {}
    for name in asked.only:
        load = os.getloadavg()[0]
        found[name] = {**RUNS[name](), "loadBefore": round(load, 1)}
        print(json.dumps({name: found[name]}, indent=1), flush=True)
    if asked.output is not None:
        asked.output.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
