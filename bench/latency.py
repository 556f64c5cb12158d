"""What the server itself costs, over real pipes: `python bench/latency.py` prints JSON.

request_to_item  a key and the request behind it in a 10,000-line Python file -> the item, from a source that answers
                 at once; beside it, in the same run and in turns, a bare echo over the same transport. `own_ms` is
                 the server's share: its times less the echo's median.
keystroke        didChange alone, from the change to the answer of an empty request behind it, less the same echo.
type_through     the same request while a suggestion is typed along, which the cache answers.
start            process start until `initialize` is answered, against `import lsprotocol.types` in a process; and
                 until the first request behind it is answered, for which everything else is loaded.
memory           resident size in MB: idle, with the file open, after the keystrokes (Linux).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

from dovetail.server.lsp.framing import Framing, encode

URI = "untitled:bench.py"
LINES = 10_000
ANSWER = "instant_answer(one, two)"


# The servers: this script again, in processes of their own


def serve_instant(home: Path) -> None:
    """The product with a generator that answers at once."""
    import gc

    gc.disable()
    from dovetail.cli.serve import run_stdio
    from dovetail.fim import GenerationRequest, Generator, Piece, SuggestionRequest
    from dovetail.server.app import make_server
    from dovetail.server.logs import start_logging
    from dovetail.server.places import Places
    from dovetail.server.session.generators import NoModels

    class Instant(NoModels):
        """Both `session.generators.Models` and `fim.Generator`."""

        name = "instant"
        wants_context = True

        async def generate(self, request: GenerationRequest) -> AsyncIterator[Piece]:
            yield Piece(ANSWER, 0, 1.0, True)

        def generators(self, request: SuggestionRequest) -> tuple[Generator, ...]:
            return (self,)

    places = Places(home / "config", home / "cache", home / "state")
    start_logging(places.state)
    run_stdio(make_server(places, lambda session: Instant()), sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)


def serve_echo() -> None:
    """The transport alone: every request is answered with its own parameters."""
    from dovetail.server.lsp.transport import Inbox, PipeWriter, read_pipe

    async def run() -> None:
        left = asyncio.Event()
        writer = PipeWriter(sys.stdout.buffer, lambda why: None)

        class Echo:
            def arrived(self, message: dict[str, Any]) -> None: ...

            def handle(self, message: Any) -> None:
                if "id" in message:
                    answer = {"jsonrpc": "2.0", "id": message["id"], "result": message["params"]}
                    writer.write(encode(answer, None))

        read_pipe(sys.stdin.buffer, Inbox(Echo(), asyncio.get_running_loop()), left.set)
        await left.wait()

    asyncio.run(run())
    os._exit(0)


# The client


class Client:
    """Blocking, on one thread: what it measures is the other side."""

    def __init__(self, command: list[str], **environment: str) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environment}
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.stdin: BinaryIO = self.process.stdin  # type: ignore[assignment]
        self.stdout: BinaryIO = self.process.stdout  # type: ignore[assignment]
        self.framing = Framing()
        self.ids = 0

    def notify(self, method: str, params: Any) -> None:
        self.stdin.write(encode({"jsonrpc": "2.0", "method": method, "params": params}, None))

    def request(self, method: str, params: Any) -> Any:
        self.ids += 1
        message = {"jsonrpc": "2.0", "id": self.ids, "method": method, "params": params}
        self.stdin.write(encode(message, None))
        self.stdin.flush()
        while True:
            for body in self.framing.feed(os.read(self.stdout.fileno(), 1 << 16)):
                answer = json.loads(body)  # type: ignore[arg-type]
                if answer.get("id") == self.ids and "method" not in answer:
                    assert "error" not in answer, answer
                    return answer["result"]

    def start(self) -> None:
        self.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.notify("initialized", {})

    def change(self, version: int, line: int, character: int, text: str, end: int | None = None) -> None:
        place = {"line": line, "character": character}
        until = {"line": line, "character": character if end is None else end}
        change = {"range": {"start": place, "end": until}, "text": text}
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": URI, "version": version}, "contentChanges": [change]},
        )

    def inline(self, line: int, character: int) -> list[Any]:
        params = {
            "textDocument": {"uri": URI},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": 2},
        }
        found: list[Any] = self.request("textDocument/inlineCompletion", params)["items"]
        return found

    def resident_mb(self) -> float | None:
        try:
            text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        except OSError:
            return None
        (line,) = [line for line in text.splitlines() if line.startswith("VmRSS")]
        return round(int(line.split()[1]) / 1024, 1)

    def cpu_ms(self) -> float:
        """Processor time used so far, where the system tells it: the figure that a busy machine does not blur."""
        try:
            fields = (
                Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            )
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


def source() -> str:
    """10,000 lines as people write them: functions of five lines."""
    return "".join(
        f"def handle_{i}(request, items):\n    total = sum(item.price for item in items)\n"
        f"    if total > {i}:\n        return request.reply(total, {i})\n\n"
        for i in range(LINES // 5)
    )


def figures(times: list[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 3),
        "p95": round(ordered[int(len(ordered) * 0.95)], 3),
        "p99": round(ordered[int(len(ordered) * 0.99)], 3),
        "max": round(ordered[-1], 3),
    }


def timed(do: Any) -> float:
    begun = perf_counter()
    do()
    return (perf_counter() - begun) * 1000


def measure_requests(home: Path, keys: int, more: int) -> dict[str, Any]:
    """Everything that needs the file open."""
    server = Client([sys.executable, __file__, "--serve-instant", str(home)])
    echo = Client([sys.executable, __file__, "--serve-echo"])
    server.start()
    memory = {"idle_mb": server.resident_mb()}
    document = {"uri": URI, "languageId": "python", "version": 1, "text": source()}
    server.notify("textDocument/didOpen", {"textDocument": document})
    line, version = LINES // 2 + 3, 1
    typed = "value = request.compute(items, total) + other.thing[0]"
    base = {"echo": [], "item": [], "key": [], "through": []}  # type: ignore[var-annotated]
    empty = 0

    def type_one(text: str, column: int) -> None:
        nonlocal version
        version += 1
        server.change(version, line, column, text)

    def both(column: int) -> list[Any]:
        return server.inline(line, column)

    count, indent = 0, 8
    begun = server.cpu_ms()
    while count < keys:
        # A new line, indented by the editor, then key after key; what is typed is not what is suggested, so each
        # is asked anew.
        type_one(f"    # {count}\n{' ' * indent}\n", 0)
        line += 1
        for i, key in enumerate(typed, indent):
            found: list[Any] = []

            def ask(i: int = i, key: str = key, found: list[Any] = found) -> None:
                type_one(key, i)
                found += both(i + 1)

            base["item"].append(timed(ask))
            empty += not found
            params = {"textDocument": {"uri": URI}, "position": {"line": line, "character": i}}
            base["echo"].append(timed(lambda params=params: echo.request("echo", params)))
            count += 1
    spent = server.cpu_ms() - begun
    # Key alone: a change, then a request that does nothing.
    for _ in range(min(keys, 500)):
        type_one("k", 0)
        nothing = {"command": "dovetail.accept", "arguments": []}
        base["key"].append(timed(lambda nothing=nothing: server.request("workspace/executeCommand", nothing)))
    # Type-through.
    hits = 0
    for _ in range(max(keys // 20, 5)):
        version += 1
        server.change(version, line, 0, "    result = \n")
        assert server.inline(line, 13)[0]["insertText"] == ANSWER
        for i, key in enumerate(ANSWER[:-1]):
            got: list[Any] = []

            def through(i: int = i, key: str = key, got: list[Any] = got) -> None:
                type_one(key, 13 + i)
                got += both(14 + i)

            base["through"].append(timed(through))
            hits += bool(got) and got[0]["insertText"] == ANSWER[i + 1 :]
    memory["open_mb"] = server.resident_mb()
    for i in range(more):
        type_one("k" if i % 60 < 59 else "\n", 0)
        if i % 10 == 9:
            both(0)
        if i == more // 2:
            memory["half_way_mb"] = server.resident_mb()
    server.inline(line, 0)
    memory["after_keys_mb"] = server.resident_mb()
    memory["keys"] = more
    server.close()
    echo.close()
    middle = statistics.median(base["echo"])
    return {
        "request_to_item": {
            "keys": count,
            "with_item": round(1 - empty / count, 3),
            "item_ms": figures(base["item"]),
            "echo_ms": figures(base["echo"]),
            "own_ms": figures([t - middle for t in base["item"]]),
            "cpu_ms_mean": round(spent / count, 3),
        },
        "keystroke": {"own_ms": figures([t - middle for t in base["key"]])},
        "type_through": {
            "own_ms": figures([t - middle for t in base["through"]]),
            "from_cache": round(hits / len(base["through"]), 3),
        },
        "memory": memory,
    }


def measure_start(home: Path, rounds: int) -> dict[str, Any]:
    """In turns, so that both meet the same machine."""

    def start() -> tuple[float, float]:
        begun = perf_counter()
        client = Client([sys.executable, "-m", "dovetail.cli", "serve"], DOVETAIL_HOME=str(home))
        client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        answered = perf_counter()
        client.notify("initialized", {})
        client.request("workspace/executeCommand", {"command": "dovetail.status", "arguments": []})
        at_work = perf_counter()
        client.close()
        return (answered - begun) * 1000, (at_work - begun) * 1000

    def bare() -> None:
        subprocess.run([sys.executable, "-c", "import lsprotocol.types"], check=True)

    start()  # once, so that everything is compiled
    starts, firsts, bares = [], [], []
    for _ in range(rounds):
        answered, at_work = start()
        starts.append(answered)
        firsts.append(at_work)
        bares.append(timed(bare))
    median = statistics.median
    return {
        "initialize_ms": round(median(starts), 1),
        "first_request_ms": round(median(firsts), 1),
        "import_lsprotocol_ms": round(median(bares), 1),
        "ratio": round(median(starts) / median(bares), 2),
        "ratio_first_request": round(median(firsts) / median(bares), 2),
        "ratio_of_best": round(min(starts) / min(bares), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keys", type=int, default=2000, help="keys with a request each")
    parser.add_argument(
        "--more-keys", type=int, default=100_000, help="keys before memory is looked at again"
    )
    parser.add_argument("--rounds", type=int, default=15, help="starts of a process")
    parser.add_argument("--only", choices=["requests", "start"], help="one of the two")
    parser.add_argument("--serve-instant", metavar="HOME", help=argparse.SUPPRESS)
    parser.add_argument("--serve-echo", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve_echo:
        serve_echo()
    elif options.serve_instant:
        serve_instant(Path(options.serve_instant))
    with tempfile.TemporaryDirectory() as home:
        result = {
            "python": platform.python_version(),
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        }
        if options.only != "start":
            result |= measure_requests(Path(home), options.keys, options.more_keys)
        if options.only != "requests":
            result["start"] = measure_start(Path(home), options.rounds)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
