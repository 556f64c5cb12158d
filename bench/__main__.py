"""What can be measured in ten minutes: `make bench` runs it, keeps the result, and makes the page from it.

    python -m bench [--only NAME…]     run, write bench/figures.json and the first part of bench/README.md
    python -m bench --page             only make the page from the figures that are there

Each run is a program of this folder in a process of its own that prints JSON; its command, its time and the load of
the machine are kept with what it says. Each figure stands beside its floor, from the same run: what a bare library, an
instant source or a tool beside it takes for the same.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define

ROOT = Path(__file__).resolve().parents[1]
FIGURES = ROOT / "bench" / "figures.json"
PAGE = ROOT / "bench" / "README.md"
BEGIN, END = "<!-- make bench: begin -->", "<!-- make bench: end -->"
LIMIT_S = 300
"""After so long a run is stopped, and the page says so."""
Row = tuple[str, Callable[[Any], str], Callable[[Any], str]]
"""What is measured, its figure, and its floor, both out of what the run printed."""


@define(frozen=True)
class Run:
    name: str
    arguments: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def command(self) -> str:
        return shlex.join(("python", *self.arguments))


def _ms(value: float) -> str:
    return f"{value:.2g} ms" if value < 10 else f"{value:.0f} ms"


def _tool(found: Any, name: str) -> str:
    count = found["sideBySide"]["tools"].get(name)
    if count is None:
        return f"{name}: not installed"
    applied, refused, wrong = (count.get(verdict, 0) for verdict in ("applied", "refused", "wrong"))
    return f"{name}: {applied} applied, {refused} refused, {wrong} **wrong**"


def _memory(found: Any) -> str:
    return " / ".join(f"{value:.0f}" for key, value in found["memory"].items() if key.endswith("_mb")) + " MB"


RUNS = (
    Run(
        "documents",
        ("bench/keystroke.py", "--keys", "20000"),
        (
            (
                "a key in a 35,000-line file until the snapshot stands, median",
                lambda r: _ms(r["snapshot"]["p50_ms"]),
                lambda r: f"the protocol library's own documents: {_ms(r['pygls']['p50_ms'])}",
            ),
            (
                "the last tenth of 20,000 keys to the first",
                lambda r: f"× {r['growth']['time_ratio']:.2f}",
                lambda r: "× 1: a cost that does not grow",
            ),
        ),
    ),
    Run(
        "server",
        ("bench/latency.py", "--keys", "300", "--more-keys", "2000", "--only", "requests"),
        (
            (
                "a key and its request over stdio, 10,000 lines, median",
                lambda r: _ms(r["request_to_item"]["item_ms"]["p50"]),
                lambda r: f"a bare echo over the same pipes: {_ms(r['request_to_item']['echo_ms']['p50'])}",
            ),
            (
                "typed along, beyond that echo, median",
                lambda r: _ms(r["type_through"]["own_ms"]["p50"]),
                lambda r: "0",
            ),
            (
                "resident memory: idle, a 10,000-line file open, half way, after 2,000 keys",
                _memory,
                lambda r: "not in this run",
            ),
        ),
    ),
    Run(
        "start",
        ("bench/latency.py", "--only", "start", "--rounds", "7"),
        (
            (
                "start until `initialize` is answered, median",
                lambda r: f"{_ms(r['start']['initialize_ms'])}, × {r['start']['ratio']:.2f}",
                lambda r: f"`import lsprotocol.types`: {_ms(r['start']['import_lsprotocol_ms'])}",
            ),
        ),
    ),
    Run(
        "endpoints",
        ("bench/endpoints_loopback.py", "--rounds", "200", "--json"),
        (
            (
                "first token over loopback, median",
                lambda r: _ms(r["first_p50_ours_ms"]),
                lambda r: f"a bare httpx stream: {_ms(r['first_p50_bare_ms'])}",
            ),
            (
                "end of 24 tokens, median",
                lambda r: _ms(r["end_p50_ours_ms"]),
                lambda r: f"a bare httpx stream: {_ms(r['end_p50_bare_ms'])}",
            ),
        ),
    ),
    Run(
        "engine",
        ("bench/engine_share.py", "--keys", "150"),
        (
            (
                "the engine's part of a suggestion, an instant source behind it: asked / typed along, median",
                lambda r: f"{_ms(r['asked']['p50_ms'])} / {_ms(r['typed_along']['p50_ms'])}",
                lambda r: "0: the source answers at once",
            ),
        ),
    ),
    Run(
        "first minute",
        ("bench/first_minute.py", "--lines", "20000", "--seconds", "15"),
        (
            (
                "first suggestion after `initialize`, 20,000 lines that were never seen",
                lambda r: f"{r['first suggestion s'] - r['initialized s']:.1f} s",
                lambda r: f"first answer of any kind: {r['first answer s'] - r['initialized s']:.1f} s",
            ),
        ),
    ),
    Run(
        "edits",
        ("-m", "bench.edits", "edits/dovetail", "--cases", "0", "--rivals", "--rival-cases", "100"),
        (
            (
                "100 damaged edits of this project's own sources",
                lambda r: _tool(r, "dovetail"),
                lambda r: "0 wrong; refusing all of them would be 0 wrong, too",
            ),
            (
                "of these, diffs",
                lambda r: _tool(r, "dovetail (diffs)"),
                lambda r: "; ".join(_tool(r, name) for name in ("GNU patch", "git apply")),
            ),
        ),
    ),
)  # fmt: skip


def measure(run: Run) -> dict[str, Any]:
    """Its JSON, or why there is none, with what belongs to it."""
    begun = time.monotonic()
    kept: dict[str, Any] = {
        "command": run.command,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }
    try:
        done = subprocess.run(
            [sys.executable, *run.arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        kept["result"] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        kept["failed"] = f"not done after {LIMIT_S} s"
    except ValueError:
        kept["failed"] = (
            done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"ended with {done.returncode}"
        )
    return {**kept, "seconds": round(time.monotonic() - begun, 1)}


def _git(*arguments: str) -> str:
    try:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def about() -> dict[str, Any]:
    """Where and of what it is measured."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": _git("rev-parse", "--short=10", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
    }


def page(figures: dict[str, Any]) -> str:
    """The part of the page that stands between the marks."""
    said = figures["about"]
    loads = [run["load"] for run in figures["runs"].values() if run["load"] is not None]
    lines = [
        BEGIN,
        f"`make bench`, {said['date']}, commit {said['commit']}{' with changes' if said['changed'] else ''}: "
        f"{said['machine']}, Python {said['python']}, load {min(loads, default=0):.1f} to {max(loads, default=0):.1f}. "
        "On a machine with a load above its cores read the figure against its floor, never by itself.",
        "",
        "| what | figure | floor, in the same run | command |",
        "|---|---|---|---|",
    ]
    for run in RUNS:
        kept = figures["runs"].get(run.name)
        if kept is None:
            continue
        for number, (what, figure, floor) in enumerate(run.rows):
            command = f"`{kept['command']}`" if number == 0 else "same"
            if "failed" in kept:
                lines.append(f"| {what} | not measured: {kept['failed']} | | {command} |")
            else:
                lines.append(f"| {what} | {figure(kept['result'])} | {floor(kept['result'])} | {command} |")
    return "\n".join([*lines, END])


def write_page(figures: dict[str, Any]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN, 1)
    PAGE.write_text(before + page(figures) + rest.split(END, 1)[1], encoding="utf-8", newline="\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--only", nargs="+", choices=[run.name for run in RUNS], metavar="NAME", help="these runs"
    )
    parser.add_argument("--page", action="store_true", help="only make the page")
    options = parser.parse_args()
    figures: dict[str, Any] = {"about": about(), "runs": {}}
    if FIGURES.is_file() and (options.page or options.only):
        figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    if not options.page:
        figures["about"] = about()
        for run in RUNS:
            if not options.only or run.name in options.only:
                print(f"{run.name}: {run.command}", flush=True)
                figures["runs"][run.name] = measure(run)
        FIGURES.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8", newline="\n")
    write_page(figures)
    failed = [name for name, run in figures["runs"].items() if "failed" in run]
    print(
        f"bench/README.md: {len(figures['runs'])} runs{', not measured: ' + ', '.join(failed) if failed else ''}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
