"""`dovetail try`: the real server over stdio, driven as an editor drives it, on a bundled project."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable
from importlib.resources import as_file, files
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from attrs import define, field

from dovetail.server.session.uris import uri_of

from .terminal import console

if TYPE_CHECKING:
    from rich.console import Console

KEY_S = 0.035
START_S = 120.0
"""A first start compiles, on a machine that may be busy installing something else."""
ANSWER_S = 30.0
LEAVE_S = 3.0


@define(frozen=True, slots=True)
class Scene:
    """Lines typed into one file behind the line `after`. What a person has in mind, key by key."""

    title: str
    file: str
    after: str
    lines: tuple[str, ...]


SCENES = (
    Scene(
        "a new method, beside ones like it",
        "shop/orders.py",
        "        return [order for order in self._orders.values() if order.is_open]",
        (
            "",
            "    def cancel(self, number: int, today: date) -> Order:",
            "        order = self._orders.get(number)",
            "        if order is None:",
            "            raise UnknownOrder(number)",
            "        del self._orders[order.number]",
            '        logger.info("order %d cancelled by %s", order.number, order.customer.name)',
            "        return order",
        ),
    ),
    Scene(
        "a test, in the manner of the others",
        "tests/test_orders.py",
        "        book.ship(7, TODAY)",
        (
            "",
            "",
            "def test_a_shipped_order_is_not_open(book: OrderBook) -> None:",
            '    customer = Customer("Ada", "ada@example.com")',
            "    order = book.place(customer, [(PEN, 10)], TODAY)",
            "    book.ship(order.number, TODAY)",
            "    assert book.open_orders() == []",
        ),
    ),
)


@define(slots=True)
class Tally:
    """What came of all the keys."""

    keys: int = 0
    accepted: int = 0
    suggestions: int = 0
    times: list[float] = field(factory=list)
    plain: bool = False
    """Whether the terminal shows no colours: suggestions then stand between marks."""

    def marked(self, text: str) -> str:
        """A suggestion between marks."""
        try:
            "«»".encode(sys.stdout.encoding or "ascii")
        except UnicodeError:
            return f"<<{text}>>"
        return f"«{text}»"


def run_try(*, fast: bool) -> int:
    """Show the server at work. Exit code 1 where it does not answer."""

    screen = console()
    with tempfile.TemporaryDirectory(prefix="dovetail-try-") as name:
        folder = Path(name)
        with as_file(files("dovetail.cli").joinpath("sample")) as sample:
            shutil.copytree(sample, folder / "shop", ignore=shutil.ignore_patterns("__pycache__"))
        try:
            tally = asyncio.run(_play(screen, folder, 0.0 if fast else KEY_S))
        except Exception as error:  # whatever it is, a person who tries it gets a sentence and a next step
            screen.print(f"[red]The server did not answer:[/] {str(error) or type(error).__name__}")
            screen.print("`dovetail doctor` tells what is wrong.")
            return 1
    _say_result(screen, tally)
    return 0 if tally.suggestions else 1


async def _within(seconds: float, waited: Awaitable[Any], otherwise: str) -> Any:
    """What is waited for.

    Raises:
        TimeoutError: it took longer; the text says what had not come.
    """
    try:
        return await asyncio.wait_for(waited, seconds)
    except TimeoutError:
        raise TimeoutError(f"{otherwise} after {seconds:.0f} s. Is this machine very busy?") from None


async def _play(console: Console, folder: Path, pause: float) -> Tally:
    from lsprotocol import types
    from pygls.lsp.client import LanguageClient

    client = LanguageClient("dovetail-try", "1")
    learnt = asyncio.Event()
    sources: dict[str, str] = {}

    @client.feature("dovetail/status")  # type: ignore[untyped-decorator]
    def on_status(params: Any) -> None:
        sources["message"] = str(getattr(params, "message", ""))
        # Learning is over: before that the first lines would be typed without any suggestion.
        if getattr(params, "state", "") == "idle":
            learnt.set()

    root = folder / "shop"
    # A home of its own: the user's settings, endpoints and statistics have no part in it.
    environment = {**os.environ, "DOVETAIL_HOME": str(folder / "home")}
    started = perf_counter()
    # `-P`: the modules of the interpreter, not those that lie in the current folder.
    await client.start_io(sys.executable, "-P", "-m", "dovetail.cli", "serve", "--stdio", env=environment)
    try:
        await _within(
            START_S,
            client.initialize_async(
                types.InitializeParams(
                    process_id=os.getpid(),
                    root_uri=uri_of(root),
                    capabilities=types.ClientCapabilities(),
                    workspace_folders=[types.WorkspaceFolder(uri_of(root), "shop")],
                    initialization_options={"client": {"events": True}},
                )
            ),
            "it had not started",
        )
        ready = (perf_counter() - started) * 1000
        client.initialized(types.InitializedParams())
        await _within(START_S, learnt.wait(), "it had not read the sample project")
        took = (perf_counter() - started) * 1000
        tally = Tally(plain=console.no_color or console.color_system is None)
        console.print(
            f"[bold]Dovetail[/], started in {ready:.0f} ms, has read the sample project after {took:.0f} ms."
        )
        console.print(
            f"[dim]{sources.get('message', '').capitalize()}. No key, no network. Ghost text is shown [/]",
            end="",
        )
        like = tally.marked("like this") if tally.plain else "like this"
        console.print(f"[italic cyan]{like}[/]", end="")
        console.print("[dim]; each was offered while the line was being typed.[/]")
        for scene in SCENES:
            await _scene(console, client, types, root, scene, pause, tally)
        await asyncio.wait_for(client.shutdown_async(None), ANSWER_S)
        client.exit(None)
    finally:
        # A server that hangs must not keep the demonstration from ending.
        if (process := client._server) is not None and process.returncode is None:
            # The library waits for the server to leave by itself; one that is stuck would keep us here.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), LEAVE_S)
            if process.returncode is None:
                process.kill()
        await client.stop()  # type: ignore[no-untyped-call]
    return tally


async def _scene(
    console: Console, client: object, types_: object, root: Path, scene: Scene, pause: float, tally: Tally
) -> None:
    editor = _Editor(client, root / scene.file)
    console.print(f"\n[bold]{scene.file}[/] [dim]· {scene.title}[/]")
    row = editor.open(scene.after) + 1
    for line in scene.lines:
        editor.insert_line(row)
        await _type_line(console, editor, row, line, pause, tally)
        row += 1
    editor.close()


async def _type_line(
    console: Console, editor: _Editor, row: int, line: str, pause: float, tally: Tally
) -> None:
    from rich.text import Text

    shown = Text().append(f"{row + 1:>4} ", "dim")
    # An editor indents the new line by itself.
    column = len(line) - len(line.lstrip())
    editor.type(row, 0, line[:column])
    shown.append(line[:column])
    taken_ms: list[float] = []
    # A question before each key, as an editor asks; whatever helps is taken, the rest is typed.
    while column < len(line):
        started = perf_counter()
        text = await editor.ask(row, column)
        ms = (perf_counter() - started) * 1000
        tally.times.append(ms)
        taken = _as_far_as_right(text, line[column:])
        if taken:
            tally.suggestions += 1
            tally.accepted += len(taken)
            editor.type(row, column, taken)
            shown.append(tally.marked(taken) if tally.plain else taken, "italic cyan")
            taken_ms.append(ms)
            column += len(taken)
            continue
        editor.type(row, column, line[column])
        tally.keys += 1
        shown.append(line[column])
        column += 1
        if pause:
            await asyncio.sleep(pause)
    if taken_ms:
        count = f"{len(taken_ms)} suggestion{'s' if len(taken_ms) > 1 else ''}"
        note = f"   ← {count}, {max(taken_ms):.0f} ms at most"
        # Left out where it would wrap: lines of code must stay lines of code.
        if shown.cell_len + len(note) <= console.width:
            shown.append(note, "dim green")
    console.print(shown, soft_wrap=True)


def _as_far_as_right(offered: str, wanted: str) -> str:
    """What a person would take of an offer: all of it if it is right, else its first words that are, if that is
    worth a key."""
    first = offered.split("\n", 1)[0]
    size = 0
    while size < min(len(first), len(wanted)) and first[size] == wanted[size]:
        size += 1
    if size == len(first):
        return first
    # Back to the end of a whole word: nobody takes half a name.
    while size and (first[size - 1].isalnum() or first[size - 1] == "_"):
        size -= 1
    return first[:size] if size >= 4 else ""


class _Editor:
    """The little of an editor that matters here: a document kept in step with the server's."""

    def __init__(self, client: object, path: Path) -> None:
        self.client, self.path, self.uri, self.version = client, path, uri_of(path), 1

    def open(self, after: str) -> int:
        from lsprotocol import types

        text = self.path.read_text(encoding="utf-8")
        item = types.TextDocumentItem(self.uri, types.LanguageKind.Python, self.version, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))  # type: ignore[attr-defined]
        return text.split("\n").index(after)

    def close(self) -> None:
        from lsprotocol import types

        identifier = types.TextDocumentIdentifier(self.uri)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identifier))  # type: ignore[attr-defined]

    def insert_line(self, row: int) -> None:
        self.type(row, 0, "\n")

    def type(self, row: int, column: int, text: str) -> None:
        from lsprotocol import types

        if not text:
            return
        self.version += 1
        at = types.Position(row, column)
        change = types.TextDocumentContentChangePartial(types.Range(at, at), text)
        identifier = types.VersionedTextDocumentIdentifier(self.version, self.uri)
        self.client.text_document_did_change(  # type: ignore[attr-defined]
            types.DidChangeTextDocumentParams(identifier, [change])
        )

    async def ask(self, row: int, column: int) -> str:
        """The first suggestion's text; '' if there is none."""
        from lsprotocol import types

        params = types.InlineCompletionParams(
            types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            types.TextDocumentIdentifier(self.uri),
            types.Position(row, column),
        )
        request = self.client.text_document_inline_completion_async(params)  # type: ignore[attr-defined]
        answer = await _within(ANSWER_S, request, "a suggestion was still on its way")
        items = answer.items if answer else []
        return items[0].insert_text if items else ""


def _say_result(console: Console, tally: Tally) -> None:
    all_of = tally.keys + tally.accepted
    times = sorted(tally.times) or [0.0]
    console.print(
        f"\n[bold]{tally.accepted} of {all_of} characters[/] came from {tally.suggestions} suggestions;"
        f" an answer took {times[len(times) // 2]:.1f} ms (median of {len(times)}), over stdio as in an editor."
    )
    console.print("\n[bold]In your editor[/]")
    console.print("  Neovim   see clients/neovim/README.md, or :help dovetail once it is installed")
    console.print("  VS Code  `make vsix`, then Extensions: Install from VSIX…")
    console.print("  Others   any LSP client: start `dovetail serve`")
    console.print("  Models   name an endpoint (`dovetail settings`); nothing is sent before")
