"""`dovetail bench keystrokes`: recorded histories typed line by line into the real server, over LSP.

The server is a process of its own, started as an editor starts it; nothing of the built-in model is touched, so
whatever answers is measured. For each commit some of its lines are typed, with what stands above them and below
their hunk; then the commit's files are written and announced.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from dovetail.fim.builtin.history import History, TypedLine
from dovetail.fim.builtin.typist import Keys, Typist, mean
from dovetail.server.session.uris import uri_of

from .floors import Keywords, NestedNgrams
from .terminal import say

ANSWER_S = 60.0
LEAVE_S = 3.0


class Floor(Protocol):
    """A completer in this process."""

    def learn(self, path: str, text: str | None) -> None: ...
    def open(self, path: str, above: Sequence[str], below: Sequence[str]) -> None: ...
    def suggest(self, head: str) -> str: ...


def run_bench_keystrokes(
    files: list[Path], *, seed: int, lines: int, commits: int | None, floors: bool
) -> int:
    """Print the figures of all histories as JSON. Exit code 2 where one cannot be read."""
    result: dict[str, Any] = {"seed": seed, "lines of a commit": lines, "repositories": {}}
    tallies: dict[str, list[Keys]] = {}
    try:
        histories = [History.load(file) for file in files]
    except ValueError as error:
        say(f"dovetail: {error}", err=True)
        return 2
    for history in histories:
        say(f"typing {history.repo}", err=True)
        try:
            # A process, a folder and a home of its own for each history: nothing is known from the one
            # before.
            keys, times = asyncio.run(_type_history(history, seed, lines, commits))
        except ValueError as error:
            say(f"dovetail: {error}", err=True)
            return 2
        columns = {"server": keys}
        # On the same lines, with the same typist: what differs is only who suggests.
        if floors:
            columns["keyword completion"] = _floor(Keywords(), history, seed, lines, commits)
            columns["nested n-grams"] = _floor(NestedNgrams(), history, seed, lines, commits)
        times.sort()
        result["repositories"][history.repo] = {
            **{name: tally.report() for name, tally in columns.items()},
            "p50 ms": round(times[len(times) // 2], 2) if times else None,
            "p95 ms": round(times[int(len(times) * 0.95)], 2) if times else None,
        }
        for name, tally in columns.items():
            tallies.setdefault(name, []).append(tally)
    result["mean"] = {name: mean(each) for name, each in tallies.items()}
    say(json.dumps(result, indent=1))
    return 0


async def _type_history(
    history: History, seed: int, lines: int, commits: int | None
) -> tuple[Keys, list[float]]:
    keys, times = Keys(), []
    with tempfile.TemporaryDirectory(prefix="dovetail-bench-") as name:
        root = Path(name, "workspace")
        for path, text in history.files.items():
            write_file(root, path, text)
        server = Server(root, Path(name, "home"))
        await server.start()
        try:
            for number, commit in enumerate(history.typed(seed, lines)):
                if number == commits:
                    break
                for line in commit.lines:
                    times += await server.type(line, keys)
                # The commit is written as a whole once its lines have been typed, as a pull would bring it.
                changed = [path for path, text in commit.files.items() if write_file(root, path, text)]
                server.announce(changed)
        finally:
            await server.stop()
    return keys, times


def write_file(root: Path, path: str, text: str | None) -> bool:
    """Put a file of a commit on disk, inside `root`. Whether there was anything to do."""
    file = root / path
    # A history file may come from anywhere: its paths must not lead out of the folder.
    if not file.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"the history names a file outside its repository: {path}")
    if text is None:
        file.unlink(missing_ok=True)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    return True


def _floor(floor: Floor, history: History, seed: int, lines: int, commits: int | None) -> Keys:
    keys = Keys()
    for path, text in history.files.items():
        floor.learn(path, text)
    for number, commit in enumerate(history.typed(seed, lines)):
        if number == commits:
            break
        for line in commit.lines:
            floor.open(line.path, line.above, line.below)
            typist = Typist(line.body, keys)
            while not typist.done:
                typist.see(floor.suggest(line.body[: typist.column]))
        for path, changed in commit.files.items():
            floor.learn(path, changed)
    return keys


class Server:
    """The server as an editor sees it."""

    def __init__(self, root: Path, home: Path, settings: Mapping[str, Any] | None = None) -> None:
        from pygls.lsp.client import LanguageClient

        self._root, self._home, self._settings = root, home, dict(settings or {})
        self._client: Any = LanguageClient("dovetail-bench", "1")
        self._idle = asyncio.Event()
        self.offline = ""
        """Why no endpoint answers, in the server's words; '' while one does."""

        @self._client.feature("dovetail/status")  # type: ignore[untyped-decorator]
        def on_status(params: Any) -> None:
            state = getattr(params, "state", "")
            self.offline = str(getattr(params, "message", "")) if state == "offline" else ""
            # "offline" too: an endpoint that does not answer would be waited for in vain.
            if state in ("idle", "offline"):
                self._idle.set()

    async def start(self) -> None:
        """Start it and wait until it has learnt the workspace."""
        from lsprotocol import types

        environment = {**os.environ, "DOVETAIL_HOME": str(self._home)}
        await self._client.start_io(
            # `-P`: the module of the interpreter, not one that lies in the current folder.
            sys.executable,
            "-P",
            "-m",
            "dovetail.cli",
            "serve",
            "--stdio",
            env=environment,
        )
        parameters = types.InitializeParams(
            process_id=os.getpid(),
            root_uri=uri_of(self._root),
            capabilities=types.ClientCapabilities(),
            workspace_folders=[types.WorkspaceFolder(uri_of(self._root), self._root.name)],
            # With events, so that nothing counts as shown or taken that was not said to be.
            initialization_options={"client": {"events": True}, **self._settings},
        )
        await asyncio.wait_for(self._client.initialize_async(parameters), ANSWER_S)
        self._client.initialized(types.InitializedParams())
        await asyncio.wait_for(self._idle.wait(), ANSWER_S)

    async def type(
        self, line: TypedLine, keys: Keys, saw: Callable[[int, str], None] = lambda column, suggestion: None
    ) -> list[float]:
        """Type one line. `saw` is told the column and the suggestion before each key. The time of each answer in ms."""
        from lsprotocol import types

        uri, row, times = uri_of(self._root / line.path), len(line.above), []
        # The rest of the line's hunk is not there yet: the document is what stood above, and what stands
        # below it.
        # The indentation is there already, as an editor puts it.
        text = "".join((*line.above, line.indent, "\n", *line.below))
        item = types.TextDocumentItem(uri, _language(line.path), 1, text)
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        typist, version = Typist(line.body, keys), 1
        # Asked before each key; the typist takes what is right and types what is not.
        while not typist.done:
            before = perf_counter()
            at = types.Position(row, _units(line.indent + line.body[: typist.column]))
            suggestion = await self._ask(uri, at)
            times.append((perf_counter() - before) * 1000)
            saw(typist.column, suggestion)
            version += 1
            change = types.TextDocumentContentChangePartial(types.Range(at, at), typist.see(suggestion))
            identifier = types.VersionedTextDocumentIdentifier(version, uri)
            self._client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
        closed = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        self._client.text_document_did_close(closed)
        return times

    async def _ask(self, uri: str, at: Any) -> str:
        from lsprotocol import types

        parameters = types.InlineCompletionParams(
            types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            types.TextDocumentIdentifier(uri),
            at,
        )
        answer = await asyncio.wait_for(
            self._client.text_document_inline_completion_async(parameters), ANSWER_S
        )
        # A list, or an object with one: both are answers of this method.
        items = getattr(answer, "items", answer) or []
        return str(getattr(items[0].insert_text, "value", items[0].insert_text)) if items else ""

    async def stats(self) -> dict[str, Any]:
        """What the server counted."""
        from lsprotocol import types

        parameters = types.ExecuteCommandParams("dovetail.stats", [{}])
        answer = await asyncio.wait_for(self._client.workspace_execute_command_async(parameters), ANSWER_S)
        report = getattr(answer, "report", None) if not isinstance(answer, dict) else answer.get("report")
        return _plain(report) or {}

    def announce(self, paths: Sequence[str]) -> None:
        """Tell that files changed on disk."""
        from lsprotocol import types

        events = [
            types.FileEvent(
                uri_of(self._root / path),
                types.FileChangeType.Changed
                if (self._root / path).is_file()
                else types.FileChangeType.Deleted,
            )
            for path in paths
        ]
        self._client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(events))

    async def stop(self) -> None:
        """Shut it down as an editor does; kill what does not leave."""
        process = self._client._server
        try:
            await asyncio.wait_for(self._client.shutdown_async(None), LEAVE_S)
            self._client.exit(None)
            await asyncio.wait_for(process.wait(), LEAVE_S)
        except TimeoutError:
            # One that does not leave must not hold up the next history.
            process.kill()
        finally:
            await self._client.stop()


def _plain(value: Any) -> Any:
    """Named tuples, as the client makes of objects that it has no class for, as dictionaries."""
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _units(text: str) -> int:
    """The length of `text` in UTF-16 code units, as LSP counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def _language(path: str) -> str:
    from dovetail.text import language_of_path

    language = language_of_path(path)
    return language.name if language is not None else "plaintext"
