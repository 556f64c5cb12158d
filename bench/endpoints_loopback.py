"""What this package adds to a bare httpx stream: time from asking to the first text, and to the end of the answer.

An instant server in a process of its own answers over loopback. Bare httpx and `Router` over `Endpoint` ask in
shuffled turns, in the same run, with the same body; the own share is the difference of their quantiles.

    python bench/endpoints_loopback.py [--rounds 1000] [--json]

Budget: own share p50 <= 2 ms, p99 <= 10 ms. Exit code 1 if it is not held.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import httpx

from dovetail.endpoints import Endpoint, EndpointConfig, FimRequest, Router
from dovetail.endpoints.formats import FORMATS, Ask

TOKENS = 24
MESSAGES = [
    {"choices": [{"index": 0, "text": f"token{n} ", "logprobs": None, "finish_reason": None}], "model": "m"}
    for n in range(TOKENS)
] + [{"choices": [{"index": 0, "text": "", "logprobs": None, "finish_reason": "stop"}], "model": "m"}]
BODY = "".join(f"data: {json.dumps(message)}\n\n" for message in MESSAGES) + "data: [DONE]\n\n"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    + b"".join(b"%x\r\n%s\n\n\r\n" % (len(part) + 2, part) for part in BODY.encode().split(b"\n\n") if part)
    + b"0\r\n\r\n"
)
REQUEST = FimRequest(
    prefix="import json\n\n\ndef load(path):\n" * 60,
    suffix="\n\n\ndef dump(path, value):\n    pass\n" * 30,
    path="store.py",
    files=(("util.py", "VERSION = 1\n" * 50),),
    max_tokens=64,
)


async def serve() -> None:
    """The instant server: one write for each request."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    server = await asyncio.start_server(connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)


Timed = Callable[[], Awaitable[tuple[float, float]]]


def bare(client: httpx.AsyncClient, url: str, body: bytes) -> Timed:
    """httpx alone: the first bytes of the body, and its end."""

    async def once() -> tuple[float, float]:
        started = time.perf_counter()
        first = 0.0
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        async with client.stream("POST", url, content=body, headers=headers) as response:
            async for _ in response.aiter_bytes():
                first = first or time.perf_counter() - started
        return first, time.perf_counter() - started

    return once


def ours(router: Router) -> Timed:
    """The whole way: gate, breaker, template, request, decoder, stop strings."""

    async def once() -> tuple[float, float]:
        started = time.perf_counter()
        first = 0.0
        async with aclosing(router.stream(REQUEST)) as chunks:
            async for _ in chunks:
                first = first or time.perf_counter() - started
        return first, time.perf_counter() - started

    return once


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


async def measure(port: int, rounds: int) -> dict[str, float]:
    config = EndpointConfig(
        name="bench", url=f"http://127.0.0.1:{port}", format="completions", family="qwen", model="m"
    )
    router = Router([Endpoint(config)])
    family_ask = Ask(REQUEST, "m", 0.0, ("<|endoftext|>",), family=_family())
    body = json.dumps(FORMATS["completions"].body(family_ask)).encode()
    async with httpx.AsyncClient(timeout=None, trust_env=False) as client:
        ways = {"bare": bare(client, config.address("/v1/completions"), body), "ours": ours(router)}
        for way in ways.values():
            for _ in range(50):
                await way()
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        order = list(ways)
        shuffle = random.Random(0).shuffle  # who comes after whom makes a difference
        for _ in range(rounds):
            shuffle(order)
            for name in order:
                times[name].append(await ways[name]())
    await router.aclose()
    result: dict[str, float] = {"rounds": rounds, "tokens": TOKENS}
    for index, what in enumerate(("first", "end")):
        for label, share in (("p50", 0.5), ("p99", 0.99)):
            each = {name: quantile([pair[index] for pair in pairs], share) for name, pairs in times.items()}
            result |= {f"{what}_{label}_{name}_ms": round(value, 3) for name, value in each.items()}
            result[f"{what}_{label}_own_ms"] = round(each["ours"] - each["bare"], 3)
    return result


def _family() -> object:
    from dovetail.endpoints import FAMILIES

    return FAMILIES["qwen"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return 0
    with subprocess.Popen(
        [sys.executable, __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        result = asyncio.run(measure(int(child.stdout.readline()), options.rounds))
        assert child.stdin is not None
        child.stdin.close()
    held = all(
        result[f"{what}_p50_own_ms"] <= 2 and result[f"{what}_p99_own_ms"] <= 10 for what in ("first", "end")
    )
    if options.json:
        print(json.dumps(result | {"held": held}))
    else:
        for name, value in result.items():
            print(f"{name:24} {value:>9}")
        print("budget held" if held else "budget NOT held")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
