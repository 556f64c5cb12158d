"""What the first minute is like: a real server over stdio on an empty home, typed into as soon as a file is open.

    python bench/first_minute.py [--history FILE] [--lines 100000] [--seconds 30] [--pace 0.1]

The workspace is the one of a recorded history, or (`--lines`) that many lines of this Python's standard library. Lines
are typed from the moment that `initialize` is answered, one key each `--pace` seconds, as the person of
`dovetail bench keystrokes` types: what is right is taken. Each line is one that stands in a file of the
workspace, taken out of the document before. Prints JSON: when the first suggestion was there, when the workspace was
learnt, and the keys that were saved in each stretch of five seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import sysconfig
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from dovetail.fim.builtin.history import History
from dovetail.fim.builtin.typist import Keys, Typist

STRETCH_S = 5.0


def fill(root: Path, lines: int) -> int:
    """Copy files of the standard library into `root` until they have `lines` lines; how many they have."""
    base, count = Path(sysconfig.get_paths()["stdlib"]), 0
    for source in sorted(base.rglob("*.py")):
        if "site-packages" in source.parts:
            continue
        try:
            text = source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        target = root / source.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
        count += text.count("\n")
        if count >= lines:
            break
    return count


def typed(root: Path, chance: random.Random) -> list[tuple[Path, list[str], int]]:
    """Places to type at: (file, its lines, number of the line), several in each of a few files."""
    files = [path for path in sorted(root.rglob("*.py")) if path.read_text(encoding="utf-8").count("\n") > 80]
    found = []
    for path in chance.sample(files, min(6, len(files))):
        lines = path.read_text(encoding="utf-8").split("\n")
        fit = [n for n, line in enumerate(lines) if n > 20 and len(line.strip()) >= 20 and len(line) < 100]
        found += [(path, lines, number) for number in sorted(chance.sample(fit, min(4, len(fit))))]
    return found


async def run(root: Path, home: Path, seconds: float, pace: float, seed: int) -> dict[str, Any]:
    client: Any = LanguageClient("dovetail-bench", "1")
    learnt: list[float] = []
    said: list[tuple[float, str]] = []
    started = perf_counter()

    @client.feature("dovetail/status")  # type: ignore[untyped-decorator]
    def on_status(params: Any) -> None:
        now = round(perf_counter() - started, 2)
        if getattr(params, "state", "") == "idle" and not learnt:
            learnt.append(now)
        text = str(getattr(params, "message", ""))
        if not said or said[-1][1] != text:
            said.append((now, text))

    environment = {**os.environ, "DOVETAIL_HOME": str(home)}
    await client.start_io(sys.executable, "-P", "-m", "dovetail.cli", "serve", "--stdio", env=environment)
    parameters = types.InitializeParams(
        process_id=os.getpid(),
        root_uri=root.as_uri(),
        capabilities=types.ClientCapabilities(),
        workspace_folders=[types.WorkspaceFolder(root.as_uri(), root.name)],
        initialization_options={"client": {"events": True}},
    )
    await client.initialize_async(parameters)
    result: dict[str, Any] = {"initialized s": round(perf_counter() - started, 2)}
    client.initialized(types.InitializedParams())
    stretches: dict[int, Keys] = {}
    first_answer = first_suggestion = None
    slowest = 0.0
    for path, lines, number in typed(root, random.Random(seed)):
        if perf_counter() - started > seconds:
            break
        line = lines[number]
        body = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        uri, version = path.as_uri(), 1
        text = "\n".join((*lines[:number], indent, *lines[number + 1 :]))
        item = types.TextDocumentItem(uri, "python", version, text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        keys = Keys()
        typist = Typist(body, keys)
        stretch = int((perf_counter() - started) // STRETCH_S)
        while not typist.done:
            asked = perf_counter()
            at = types.Position(number, len(indent) + typist.column)
            answer = await client.text_document_inline_completion_async(
                types.InlineCompletionParams(
                    types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
                    types.TextDocumentIdentifier(uri),
                    at,
                )
            )
            now = perf_counter()
            slowest = max(slowest, now - asked)
            items = getattr(answer, "items", answer) or []
            suggestion = str(getattr(items[0].insert_text, "value", items[0].insert_text)) if items else ""
            if first_answer is None:
                first_answer = round(now - started, 2)
            if suggestion and first_suggestion is None:
                first_suggestion = round(now - started, 2)
            put = typist.see(suggestion)
            version += 1
            change = types.TextDocumentContentChangePartial(types.Range(at, at), put)
            identifier = types.VersionedTextDocumentIdentifier(version, uri)
            client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
            await asyncio.sleep(max(0.0, pace - (perf_counter() - asked)))
        client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        stretches.setdefault(stretch, Keys()).add(keys)
    result |= {
        "first answer s": first_answer,
        "first suggestion s": first_suggestion,
        "slowest answer s": round(slowest, 2),
        "learnt s": learnt[0] if learnt else None,
        "keys saved from second": {
            str(int(number * STRETCH_S)): tally.report() for number, tally in sorted(stretches.items())
        },
        "said": said[:12],
    }
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--history", type=Path)
    parser.add_argument("--lines", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--pace", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root, home = Path(name, "work"), Path(name, "home")
        if arguments.history is not None:
            history = History.load(arguments.history)
            for path, text in history.files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text, encoding="utf-8", newline="")
            lines = sum(text.count("\n") for text in history.files.values())
        else:
            lines = fill(root, arguments.lines)
        result = asyncio.run(run(root, home, arguments.seconds, arguments.pace, arguments.seed))
    print(json.dumps({"lines": lines, **result}, indent=1))


if __name__ == "__main__":
    main()
