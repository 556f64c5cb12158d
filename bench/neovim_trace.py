"""A person types in a real Neovim, in real time, with a scripted endpoint behind the real server:

    python bench/neovim_trace.py [--history FOLDER] [--runs 3] [--latency 300 0] [--wrong 0.12] [--lost FILE]

260 events a run, each run with a rhythm of its own: lines that real commits added, typed where they were added
(`--history`, a folder of *.jsonl.xz), else the text of `typing_trace.py`. The endpoint answers over HTTP on the
loopback in llama.cpp's format: so many ms to the first word, then 10 ms a word (none where the latency is 0), so many
of the words wrong, drawn anew for each request. Every 10 ms what is drawn at the cursor is read from Neovim's
extmarks. `on_screen`: share of the time in which the next word or sign of the text shown is right; `right_soon`:
share of the keys 50 ms after which it is; both without the moments in which a slip of the finger waits to be taken
back. `ceiling`: what `on_screen` comes to in the mean where each answer takes no time. Prints JSON; a run takes a
minute for each latency. `--lost` writes the times in which the next word was missing or wrong, a JSON line each: the
seconds, what stood before the cursor, what was shown and what was wanted, and the sentence of `dovetail why` there.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import re
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from attrs import define

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests"), str(HERE.parent / "tests/e2e/neovim")]

import simulate  # noqa: E402
from harness import Editor, neovim  # noqa: E402
from typing_trace import AFTER, BEFORE, TYPED, additions  # noqa: E402

SOON_S = 0.05
EVENTS = 260

KEYS = {"\n": "<CR>", "\t": "<C-v><Tab>", "\b": "<BS>", "<": "<lt>"}
"""How Neovim is given them; a Tab of its own would accept."""

Keys = list[tuple[str, float]]


@define(frozen=True)
class Stretch:
    """Text that is typed into a file."""

    path: str
    before: str
    text: str
    after: str


WATCH = """
local ns = vim.api.nvim_create_namespace('dovetail.ghost')
local seen, asked = {}, 0
local request = require('dovetail.client').request
require('dovetail.client').request = function(server, method, ...)
  asked = asked + (method == 'textDocument/inlineCompletion' and 1 or 0)
  return request(server, method, ...)
end
function taken()
  local result = { seen, asked }
  seen, asked = {}, 0
  return result
end
local function look()
  local cursor = vim.api.nvim_win_get_cursor(0)
  local inline, below = '', ''
  for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, ns, 0, -1, { details = true })) do
    if mark[4].virt_text_pos == 'inline' then
      for _, chunk in ipairs(mark[4].virt_text) do inline = inline .. chunk[1] end
    end
    for _, line in ipairs(mark[4].virt_lines or {}) do
      below = below .. '\\n'
      for _, chunk in ipairs(line) do below = below .. chunk[1] end
    end
  end
  local line = vim.api.nvim_get_current_line():sub(1, cursor[2])
  table.insert(seen, { vim.uv.hrtime() / 1e9, cursor[1] - 1, line, inline .. below })
end
vim.uv.new_timer():start(10, 10, vim.schedule_wrap(look))
"""


class Endpoint:
    """A server in a thread: llama.cpp's `/infill`, answering what will be typed, but for the wrong words."""

    stretch: Stretch
    """What is being typed."""

    def __init__(self, latency_ms: float, wrong: float, seed: int) -> None:
        self.latency_s, self.word_s = latency_ms / 1000, 0.01 if latency_ms else 0.0
        self.wrong, self.random = wrong, random.Random(seed)
        self.requests = self.closed = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait()

    def _run(self, ready: threading.Event) -> None:
        async def serve() -> None:
            server = await asyncio.start_server(self._connection, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()

        self._loop.run_until_complete(serve())
        self._loop.run_forever()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                told = re.search(rb"content-length: (\d+)", head)
                body = json.loads(await reader.readexactly(int(told[1]) if told else 0) or "{}")
                if head.startswith(b"post /infill") and body.get("n_predict"):
                    await self._answer(body, reader, writer)
                else:
                    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def _answer(
        self, body: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.requests += 1
        whole = False
        try:
            await self._pause(self.latency_s, reader)
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
            )
            for word in self._words(body):
                if word[0].isalnum() and self.random.random() < self.wrong:
                    word = "wrong"
                await self._send(writer, {"content": word, "stop": False})
                await self._pause(self.word_s, reader)
            await self._send(writer, {"content": "", "stop": True, "stop_type": "eos"})
            writer.write(b"0\r\n\r\n")
            whole = True
        finally:
            self.closed += not whole

    def _words(self, body: dict[str, Any]) -> list[str]:
        head, stretch = body["input_prefix"] + body.get("prompt", ""), self.stretch
        truth = stretch.before + stretch.text + stretch.after
        # The window of a long file begins at some line of it.
        at = truth.find(head, max(len(stretch.before) - len(head), 0))
        rest = truth[at + len(head) :] if at >= 0 else "noise + noise\n"
        words: list[str] = simulate.WORD.findall(rest)[:60]
        return words

    async def _pause(self, seconds: float, reader: asyncio.StreamReader) -> None:
        end = self._loop.time() + seconds
        while (left := end - self._loop.time()) > 0:
            await asyncio.sleep(min(left, 0.01))
            if reader.at_eof() or reader.exception():
                raise ConnectionResetError

    async def _send(self, writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
        data = b"data: " + json.dumps(message).encode() + b"\n\n"
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        await writer.drain()


DECISIONS = """
local answers = vim.lsp.buf_request_sync(
  0, 'workspace/executeCommand', { command = 'dovetail.why', arguments = { { uri = vim.uri_from_bufnr(0) } } }, 5000)
local found = {}
for _, answer in pairs(answers or {}) do
  for _, one in ipairs((answer.result or {}).decisions or {}) do
    table.insert(found, { one.line, one.column, one.sentence ~= '' and one.sentence or one.outcome })
  end
end
return found
"""
"""What the server decided in this buffer, newest first: line and column (from 1), and the reason."""


def play(
    version: str, parts: list[tuple[Stretch, Keys]], endpoint: Endpoint, lost: list[dict[str, Any]]
) -> tuple[list[dict[str, float]], int]:
    """Type; (what was seen of each stretch, requests that Neovim made). `lost` is added to."""
    found, asked = [], 0
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "work/.git").mkdir(parents=True)
        editor = Editor(neovim(version), home / "home", size=(120, 40))
        try:
            scripted = {"name": "scripted", "format": "llama.cpp", "maxInFlight": 4}
            scripted["url"] = f"http://127.0.0.1:{endpoint.port}"
            settings = {"endpoints": [scripted], "embedded": {"enabled": False}}
            command = [sys.executable, "-m", "dovetail.cli", "serve", "--stdio"]
            editor.nvim.command("filetype plugin indent off | set noautoindent")
            editor.lua("require('dovetail').setup(...)", {"cmd": command, "settings": settings})
            editor.lua(WATCH)
            for number, (stretch, keys) in enumerate(parts):
                endpoint.stretch = stretch
                file = home / "work" / str(number) / stretch.path
                file.parent.mkdir(parents=True)
                file.write_text(stretch.before + stretch.after, encoding="utf-8")
                editor.edit(file)
                editor.wait("require('dovetail.client').get(0) ~= nil")
                editor.type(f"{stretch.before.count(chr(10)) + 1}Gi")
                time.sleep(1.0)  # looks at the place, then types
                editor.value("taken()")
                struck, due = [], time.monotonic()
                for key, pause in keys:
                    time.sleep(max(due - time.monotonic(), 0))
                    struck.append(time.monotonic())
                    editor.nvim.input("".join(KEYS.get(sign, sign) for sign in key))
                    due += pause
                time.sleep(max(due - time.monotonic(), 0))
                seen, more = editor.value("taken()")
                asked += more
                reasons: dict[tuple[int, int], str] = {}
                for line, column, reason in editor.lua(DECISIONS):
                    reasons.setdefault((line, column), reason)
                lost += misses(stretch, seen, (struck[0], due), reasons)
                found.append(judge(stretch, seen, struck, [pause for _, pause in keys]))
                editor.type("<Esc>")
                editor.nvim.command("bwipeout!")
        finally:
            editor.close()
    return found, asked


def wanted(stretch: Stretch, row: int, head: str) -> str | None:
    """What is to be typed from a cursor on; None where a slip stands before it, or nothing is left."""
    lines = (stretch.before + stretch.text).split("\n")
    if row >= len(lines) or not lines[row].startswith(head):
        return None
    rest = "\n".join([lines[row][len(head) :], *lines[row + 1 :]])
    return rest if rest.strip() else None


def misses(
    stretch: Stretch, seen: list[Any], time_: tuple[float, float], reasons: dict[tuple[int, int], str]
) -> list[dict[str, Any]]:
    """The times within `time_` in which the next word was missing or wrong, one for each state of the screen."""
    found: dict[tuple[int, str, str], float] = {}
    for (at, row, head, ghost), (after, *_) in itertools.pairwise(seen):
        rest = wanted(stretch, row, head)
        if rest is not None and time_[0] <= at < time_[1] and not simulate.shows(plain(ghost), plain(rest)):
            found[row, head, ghost] = found.get((row, head, ghost), 0.0) + after - at
    return [
        {
            "seconds": round(seconds, 3),
            "path": stretch.path,
            "before": head[-60:],
            "shown": ghost[:60],
            "wanted": (wanted(stretch, row, head) or "")[:60],
            "why": reasons.get((row + 1, len(head) + 1), "not asked at this place"),
        }
        for (row, head, ghost), seconds in found.items()
    ]


def judge(stretch: Stretch, seen: list[Any], struck: list[float], pauses: list[float]) -> dict[str, float]:
    """Seconds and keys in which the next word was right."""
    states = []
    for at, row, head, ghost in seen:
        rest = wanted(stretch, row, head)
        good = None if rest is None else simulate.shows(plain(ghost), plain(rest))
        states.append((at, good, bool(ghost)))
    found = dict.fromkeys(("right", "shown", "time", "soon", "looked"), 0.0)
    for (at, good, some), (after, *_) in itertools.pairwise(states):
        if struck[0] <= at < struck[-1] + pauses[-1] and good is not None:
            found["time"] += after - at
            found["right"] += good * (after - at)
            found["shown"] += some * (after - at)
    for key, pause in zip(struck, pauses, strict=True):
        moment = key + min(SOON_S, pause)
        goods = [good for at, good, _ in states if moment - 0.015 <= at <= moment]
        if goods and goods[-1] is not None:
            found["looked"] += 1
            found["soon"] += goods[-1]
    return found


def plain(text: str) -> str:
    """Tabs are drawn as spaces."""
    return re.sub(r"[ \t]+", " ", text)


def run(
    places: list[Stretch], version: str, latency: float, wrong: float, seed: int, lost: list[dict[str, Any]]
) -> dict[str, float]:
    """One run of `EVENTS` events. `lost` is added to."""
    rng, parts, left = random.Random(seed), [], EVENTS
    for stretch in places * EVENTS:
        if left <= 0:
            break
        keys = simulate.events(stretch.text, rng)[:left]
        left -= len(keys)
        parts.append((stretch, keys))
    endpoint = Endpoint(latency, wrong, seed)
    found, asked = play(version, parts, endpoint, lost)
    endpoint.stop()
    found += [simulate.ceiling(stretch.text, keys, wrong) for stretch, keys in parts]
    total = {name: sum(row.get(name, 0.0) for row in found) for row in found for name in row}
    return {
        "keys": sum(len(keys) for _, keys in parts),
        "on_screen": total["right"] / total["time"],
        "shown": total["shown"] / total["time"],
        "right_soon": total["soon"] / total["looked"],
        "ceiling": total["best"] / total["best_time"],
        "requests": endpoint.requests,
        "closed": endpoint.closed,
        "editor_requests": asked,
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--history", type=Path, help="a folder of *.jsonl.xz (corpora/history)")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--latency", type=float, nargs="+", default=[300.0, 0.0], metavar="MS")
    parser.add_argument("--wrong", type=float, default=0.12)
    parser.add_argument("--neovim", default="0.12")
    parser.add_argument(
        "--lost", type=Path, metavar="FILE", help="write when the next word was not shown, and why"
    )
    options = parser.parse_args()
    places = [Stretch("shop.py", BEFORE, TYPED, AFTER)]
    if options.history:
        places = [Stretch(*found) for found in additions(options.history, 10)]
        random.Random(1).shuffle(places)
    table: dict[str, Any] = {"clock": "real", "neovim": options.neovim, "wrong": options.wrong}
    for latency in options.latency:
        rows: list[dict[str, float]] = []
        lost: list[dict[str, Any]] = []
        for seed in range(options.runs):
            # Each run begins behind the places of the one before it.
            rows.append(run(places[seed * 3 :] + places, options.neovim, latency, options.wrong, seed, lost))
            print(f"{latency:g} ms:", json.dumps(rows[-1]), file=sys.stderr)
        if options.lost:
            rows_lost = sorted(lost, key=lambda one: -one["seconds"])
            with options.lost.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps(one | {"latency": latency}) + "\n" for one in rows_lost)
        table[f"{latency:g} ms"] = {
            name: round(statistics.mean(row[name] for row in rows), 3) for name in rows[0]
        }
    print(json.dumps(table, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
