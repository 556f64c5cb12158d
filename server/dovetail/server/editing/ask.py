"""From a command's argument to a request for the chat model, and the chat itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dovetail.edits.chat import (
    Action,
    Answerer,
    Budget,
    Diagnostic,
    EditRequest,
    Exchange,
    Region,
    ShownFile,
    make_edit,
    messages_for,
    suited,
)
from dovetail.endpoints import ChatMessage, Timeout, where
from dovetail.privacy import ReadRefused, Shown, read_careful_text, shown_lines
from dovetail.text import Lines, Point, Snapshot, enclosing_node_range, syntax_errors

from ..client import NOT_TRUSTED
from ..models.chatmodels import ChatModels, seconds_for
from ..models.endpoints import chat_config
from ..session.uris import path_of, uri_of
from ..session.wire import ends_of, span_of, whole_number
from .testfiles import test_files

if TYPE_CHECKING:
    from dovetail.endpoints.chat import ChatConfig, Usage

    from ..statistics import Statistics

    # The command line asks as well, and has no use for what a host sends to editors.
    from .host import EditHost

ACTIONS = {
    "edit": Action.REGION,
    "document": Action.DOCUMENT,
    "tests": Action.TESTS,
    "explain": Action.EXPLAIN,
}
ERROR, WARNING = 1, 2
"""Severities as LSP numbers them."""
MAX_REGION_LINES = 800
MAX_FILES = 12


class Refused(Exception):
    """A request that cannot be made; the text is one sentence for the user."""


async def edit_request(host: EditHost, data: dict[str, Any]) -> tuple[Path, EditRequest]:
    """The request behind `dovetail.edit`. What grows with the file, and what reads the disk, is done in threads.

    Raises:
        Refused: the document is not open, excluded, or holds a key where it would be sent.
    """
    snapshot, root, shown = await _document(host, data.get("uri"))
    kind = data.get("kind", "edit")
    if not isinstance(kind, str) or kind not in ACTIONS:
        raise Refused(f"kind must be one of {', '.join(ACTIONS)}, not {kind!r}.")
    instruction = data.get("instruction")
    instruction = instruction.strip() if isinstance(instruction, str) else ""
    if kind == "edit" and not instruction:
        raise Refused("There is nothing to do: the instruction is empty.")
    action = ACTIONS[kind]
    region = await asyncio.to_thread(_region, host, snapshot, data.get("range"), needed=kind != "edit")
    # Without a selection, or with one that is too long to be written anew, the file is asked about as a
    # whole: such an answer quotes only what it changes.
    if kind == "edit" and (region is None or region.end - region.first > MAX_REGION_LINES):
        action, region = Action.FILES, None
    # An explanation need not repeat the lines, so a hidden key may stand in them.
    if region is not None and action is not Action.EXPLAIN:
        await asyncio.to_thread(no_keys_in, shown, region)
    named = data.get("files")
    uris = [uri for uri in named if isinstance(uri, str)] if isinstance(named, list) else []
    # With a list, an empty one too, somebody has chosen: then nothing is added to it.
    if action is Action.TESTS and not isinstance(named, list):
        uris += [uri_of(path) for path in await asyncio.to_thread(test_files, root, shown.path)]
    further = _further(host, root, uris, shown.path)
    files = (shown, *await asyncio.to_thread(_read, further, root))
    return root, EditRequest(action, instruction, files, region, format=host.session.settings.chat.format)


async def fix_request(
    host: EditHost, data: dict[str, Any], diagnostics: list[Diagnostic]
) -> tuple[Path, EditRequest]:
    """The request behind `dovetail.fix`."""
    snapshot, root, shown = await _document(host, data.get("uri"))
    # Without a region every error of the file counts.
    region = None if data.get("all") else _lines_of(host, snapshot, data.get("range"))
    found = [d for d in diagnostics if region is None or d.touches(region)]
    if not found:
        raise Refused("There is no error to fix here.")
    return root, EditRequest(Action.FIX, "", (shown,), None, tuple(found), host.session.settings.chat.format)


def diagnostics_of(snapshot: Snapshot, path: str, said: object, *, least: int = ERROR) -> list[Diagnostic]:
    """The errors of a document, or all that is at least as severe as `least`: those the client knows (from any
    language server), else the grammar's own."""
    found = []
    for one in said if isinstance(said, list) else []:
        ends = ends_of(one.get("range")) if isinstance(one, dict) else None
        if ends is None or "message" not in one:
            continue
        # LSP counts severity from 1, the worst first; without one the client decides, and errors are what is
        # asked for.
        severity = whole_number(one.get("severity")) or ERROR
        if severity > least:
            continue
        text = str(one["message"])[:1000]
        (line, column), (end, right) = ends
        found.append(
            Diagnostic(
                path,
                line,
                column,
                text,
                str(one.get("source") or ""),
                "error" if severity == ERROR else "warning",
                # The last line that the range holds anything of.
                end - (right == 0),
            )
        )
    # An empty list is an answer: the language servers have no errors. Only None asks the grammar.
    if found or isinstance(said, list):
        return found
    return [
        Diagnostic(path, *problem.start, problem.message, "syntax") for problem in syntax_errors(snapshot)
    ]


async def carry_out(
    host: EditHost, root: Path, request: EditRequest, on_text: Callable[[str], None]
) -> Exchange:
    """Ask the chat server and make a plan of its answer.

    Raises:
        dovetail.endpoints.EndpointError: it does not answer, or none is set; the text is for the user.
        PromptError: the user's prompt file cannot be used.
    """
    session = host.session
    config = chat_config(session.settings.chat)
    for shown in request.files:
        # Before the model is asked: should the user type on, what was shown is the base of the merge.
        host.remember_shown(root, shown.path, shown.source)
    overrides = session.places.config / "prompts"
    models = ChatModels.in_state(session.places.state)
    # What this model did with earlier requests decides the form that it is asked to answer in.
    evidence = await asyncio.to_thread(models.of, config.url, config.model)
    request = await asyncio.to_thread(suited, request, evidence)
    messages = await asyncio.to_thread(messages_for, request, overrides)
    # An explanation is text for a person: no plan, no budget of rounds.
    if request.action is Action.EXPLAIN:
        return await _explain(answerer(config, may_ask=lambda: session.options.trusted), messages, on_text)
    edits = session.settings.edits
    seconds = seconds_for(evidence, config.timeouts.total_ms, edits.budget_seconds)
    exchange = await make_edit(
        request,
        messages,
        host.workspace(root),
        answerer(config, partial(_spent, session.statistics), lambda: session.options.trusted),
        budget=Budget(edits.budget_tokens, seconds),
        overrides=overrides,
        on_text=on_text,
    )
    hold_to_answer(exchange, config, seconds)
    await asyncio.to_thread(models.note, config.url, config.model, exchange.tries)
    return exchange


def hold_to_answer(exchange: Exchange, config: ChatConfig, seconds: float) -> None:
    """Tell a server that said nothing at all until the time was up from a model whose answer holds no edit.

    Raises:
        dovetail.endpoints.EndpointError: it said nothing.
    """
    if exchange.ran_away and not any(exchange.texts):
        text = f"{config.name}: {where(config.url)} said nothing within the {seconds:g} s that a request may take."
        raise Timeout(text, endpoint=config.name)


def answerer(
    config: ChatConfig,
    record: Callable[[str, Usage], None] = lambda server, usage: None,
    may_ask: Callable[[], bool] = lambda: True,
) -> Answerer:
    """The chat server as the edit flow asks it.

    Args:
        record: told (server, usage) when an answer is over, where the server counts.
        may_ask: looked at before each question and at each piece of an answer, as trust may be taken away meanwhile;
            where it is false, the answer raises `Refused` and its connection is closed.
    """

    async def answer(
        messages: list[ChatMessage], prediction: Shown | None
    ) -> AsyncIterator[tuple[str, tuple[int, int] | None, str | None]]:
        from dovetail.endpoints.chat import stream_chat

        # Before the request and at each piece: text that has been sent cannot be called back, the rest can be
        # kept.
        if not may_ask():
            raise Refused(NOT_TRUSTED)
        usage = None
        async with aclosing(stream_chat(config, messages, prediction=prediction)) as chunks:
            async for chunk in chunks:
                if not may_ask():
                    raise Refused(NOT_TRUSTED)
                usage = chunk.usage
                read, written = usage.prompt_tokens, usage.completion_tokens
                used = (read, written) if read is not None and written is not None else None
                yield chunk.text, used, chunk.finish
        # Where a server counts nothing, nothing is counted as 0.
        if usage is not None and usage.prompt_tokens is not None:
            record(config.name, usage)

    return answer


def _spent(statistics: Statistics, server: str, usage: Usage) -> None:
    statistics.spent(server, read=usage.prompt_tokens or 0, written=usage.completion_tokens or 0)


async def _explain(answer: Answerer, messages: list[ChatMessage], on_text: Callable[[str], None]) -> Exchange:
    exchange = Exchange()
    parts = []
    spent = 0, 0
    async for text, used, _ in answer(messages, None):
        parts.append(text)
        on_text(text)
        spent = used or spent
    exchange.spent.add(spent)
    exchange.texts.append("".join(parts))
    return exchange


async def _document(host: EditHost, uri: object) -> tuple[Snapshot, Path, ShownFile]:
    session = host.session
    snapshot = session.documents.get(uri) if isinstance(uri, str) else None
    if snapshot is None:
        raise Refused("The file is not open in the editor.")
    verdict = session.folders.allows(snapshot.uri)
    if not verdict:
        raise Refused(f"This file is not sent to a model: {verdict.reason}.")
    root = host.root_of(snapshot.uri)
    if root is None:
        raise Refused("The file has not been saved anywhere yet.")
    path = session.folders.locate(snapshot.uri).path
    language = snapshot.language.name if snapshot.language else ""
    # The secrets of the whole text are found as it is made.
    return snapshot, root, await asyncio.to_thread(lambda: ShownFile(path, snapshot.text, language))


def _lines_of(host: EditHost, snapshot: Snapshot, where: object) -> Region | None:
    """The whole lines of an LSP range; None if there is none."""
    span = span_of(snapshot, where, host.session.encoding)
    if span is None:
        return None
    low, high = span
    # A selection that ends at the start of a line does not mean that line.
    last = high.line if high.column or high.line == low.line else high.line - 1
    return Region(low.line, last + 1)


def _region(host: EditHost, snapshot: Snapshot, where: object, *, needed: bool) -> Region | None:
    """The selection's lines; at a mere cursor, the syntax node around it."""
    region = _lines_of(host, snapshot, where)
    if region is None:
        return Region(0, len(snapshot.lines)) if needed else None
    try:
        empty = where["start"] == where["end"]  # type: ignore[index]
    except (KeyError, TypeError):
        empty = False
    if not empty:
        return region
    line = region.first
    found = enclosing_node_range(snapshot, Point(line, 0), Point(line, len(snapshot.line(line))))
    return Region(found[0].line, found[1].line + (1 if found[1].column else 0))


def no_keys_in(shown: ShownFile, region: Region) -> None:
    """A region that holds a secret is not asked for: its answer would have to hold it.

    Raises:
        Refused: it does, judged in the whole file.
    """
    found = shown_lines(Lines.from_text(shown.source))
    for line in range(region.first, min(region.end, len(found))):
        for _, _, kind in found.secrets(line):
            raise Refused(
                f"Line {line + 1} holds what looks like a {kind}, which the model's answer would have to repeat; "
                "the lines are not sent to a model. Select lines without it, or without a selection say what to do "
                "in the whole file, where it is shown as stars and stays as it is."
            )


def _further(
    host: EditHost, root: Path, uris: list[str], own: str
) -> list[tuple[str, Path, Snapshot | None]]:
    """Other files that the model may see: the path within the folder, the file, and its open document."""
    session = host.session
    found: list[tuple[str, Path, Snapshot | None]] = []
    for uri in dict.fromkeys(uris):
        path = path_of(uri)
        # What the user has not opened may not be reached by a link that leads out of the folder.
        if path is None or not session.folders.allows(uri, opened=session.documents.get(uri) is not None):
            continue
        place = session.folders.locate(uri)
        # Files of other folders are not part of this edit's root, so nothing could be written there.
        if place.root == root and place.path != own:
            found.append((place.path, path, session.documents.get(uri)))
    return found


def _read(files: list[tuple[str, Path, Snapshot | None]], root: Path) -> list[ShownFile]:
    """The first `MAX_FILES` of them that can be read. For a thread."""
    found: list[ShownFile] = []
    for path, file, live in files:
        if len(found) >= MAX_FILES:
            break
        try:
            text = live.text if live else read_careful_text(file, within=root).text
        except (ReadRefused, OSError, ValueError):
            continue
        found.append(ShownFile(path, text))
    return found
