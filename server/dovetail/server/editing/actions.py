"""Which code actions a place offers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from attrs import define
from lsprotocol import types

from dovetail.edits import Outcome, Reply, make_plan, read_reply
from dovetail.nextedit import Rename, Silence
from dovetail.text import Snapshot

from ..session.wire import whole_number
from .ask import ERROR, WARNING
from .host import EditHost
from .workspace import LiveWorkspace

MAX_TEXT = 200_000
"""Characters of a selection or Markdown file that are looked through for a diff."""
MOST_HUNKS = 12
_SIGNS = ("\n@@", "<<<<<<<", "*** Begin Patch", "\n--- ", "\n+++ ", "diff --git")


@define(frozen=True, slots=True)
class Offer:
    """One action."""

    title: str
    kind: str
    """"fix" or "rewrite"."""
    command: str
    argument: dict[str, Any]


async def offers(host: EditHost, snapshot: Snapshot, params: types.CodeActionParams) -> list[Offer]:
    """The actions for a selection, in the order they are shown."""
    start, end = params.range.start, params.range.end
    where = {
        "start": {"line": start.line, "character": start.character},
        "end": {"line": end.line, "character": end.character},
    }
    at = {"uri": snapshot.uri, "range": where}
    found: list[Offer] = []
    # Without a chat server these would only end in an error.
    if host.session.settings.chat.url:
        worst_first = sorted(params.context.diagnostics, key=_severity)
        problems = [d for d in worst_first if _severity(d) <= WARNING]
        if problems:
            said = [_diagnostic(d) for d in problems]
            # The first line of the worst, so that a menu with several actions says what this one is about.
            title = "Fix with Dovetail"
            if first := problems[0].message.strip():
                title += f": {first.splitlines()[0][:60]}"
            found.append(_offer(title, "fix", "dovetail.fix", {**at, "diagnostics": said}))
        if problems and _severity(problems[0]) == ERROR:
            found.append(_offer("Fix all in file with Dovetail", "fix", "dovetail.fix", {**at, "all": True}))
        if host.session.settings.edits.until_command:
            found.append(
                _offer("Fix until it passes with Dovetail", "fix", "dovetail.fix", {**at, "until": True})
            )
        if host.session.options.asks:
            found.append(_offer("Edit with Dovetail…", "rewrite", "dovetail.askEdit", at))
        found.append(_offer("Document with Dovetail", "rewrite", "dovetail.edit", {**at, "kind": "document"}))
        found.append(_offer("Write tests with Dovetail", "rewrite", "dovetail.edit", {**at, "kind": "tests"}))
    found += await _next_edits(host, snapshot, start.line)
    found += await _diffs(host, snapshot, params)
    return found


async def _next_edits(host: EditHost, snapshot: Snapshot, line: int) -> list[Offer]:
    """The next edit, for clients that do not ask for it by `dovetail/nextEdit`."""
    session = host.session
    if session.options.speaks_dovetail or session.settings.next.mode == "off":
        return []
    # Menus are asked for at each move of the cursor: `polled`, so that a model is asked as if nobody waited.
    offered = await session.next_edits.ask(snapshot, line, on_demand=True, polled=True)
    if isinstance(offered, Silence):
        return [_rename_by_hand(offered.rename)] if offered.rename is not None else []
    proposal = offered.proposal
    where = f"line {proposal.line + 1}"
    if proposal.uri != snapshot.uri:
        # Named where it is not the file that the menu was opened in.
        where += f" of {session.folders.locate(proposal.uri).path}"
    found = [_offer(f"Next edit: {where}", "rewrite", "dovetail.nextEdit", {"id": offered.id})]
    if proposal.places > 1:
        title = f"Next edit: all {proposal.places} places"
        found.append(_offer(title, "rewrite", "dovetail.nextEdit", {"id": offered.id, "all": True}))
    return found


def _rename_by_hand(rename: Rename) -> Offer:
    """For a client whose rename cannot be called from here: the old name comes back, and a sentence says what to do."""
    lines = "1 line still uses" if rename.uses == 1 else f"{rename.uses} lines still use"
    title = f"Put {rename.old} back, to rename it to {rename.new} everywhere ({lines} it)"
    where = {"uri": rename.uri, "line": rename.line, "column": rename.column}
    return _offer(title, "rewrite", "dovetail.renameInstead", {**where, "old": rename.old, "new": rename.new})


def _offer(title: str, kind: str, command: str, argument: dict[str, Any]) -> Offer:
    return Offer(title, kind, command, argument)


def _severity(one: types.Diagnostic) -> int:
    return whole_number(one.severity) or ERROR


def _diagnostic(one: types.Diagnostic) -> dict[str, Any]:
    start, end = one.range.start, one.range.end
    return {
        "range": {
            "start": {"line": start.line, "character": start.character},
            "end": {"line": end.line, "character": end.character},
        },
        "message": one.message,
        "severity": _severity(one),
        "source": one.source or "",
    }


async def _diffs(host: EditHost, snapshot: Snapshot, params: types.CodeActionParams) -> list[Offer]:
    """ "Apply suggested diff", where the selection holds one, or the Markdown file does. Editors ask at each move of
    the cursor, so the text is looked through for a sign before anything is read, and read in a thread."""
    encoding = host.session.encoding
    start = snapshot.point(params.range.start.line, params.range.start.character, encoding)
    end = snapshot.point(params.range.end.line, params.range.end.character, encoding)
    # Some clients send the ends of a backward selection as they were made.
    start, end = min(start, end), max(start, end)
    in_markdown = snapshot.language_id in ("markdown", "diff", "plaintext")
    # No diff fits into a line; and in editors like Helix the cursor is a selection of one character.
    whole = start.line == end.line
    if whole and (not in_markdown or snapshot.lines.bytes > MAX_TEXT):
        return []
    # Counted before it is copied: everything may be selected in a file of many megabytes.
    if not whole and snapshot.lines.offset(end) - snapshot.lines.offset(start) > MAX_TEXT:
        return []
    text = snapshot.text if whole else snapshot.lines.between(start, end)
    if len(text) > MAX_TEXT or not any(sign in "\n" + text for sign in _SIGNS):
        return []
    annotates = _annotates(host.client.capabilities)
    # Where an edit can carry its proofs the editor shows them; else they go into the titles, which takes a
    # plan now.
    root = None if annotates else host.root_of(snapshot.uri)
    workspace = None if root is None else host.workspace(root)
    hunks = await asyncio.to_thread(_hunks, text, workspace)
    if not hunks:
        return []
    # A note or a diff names its files; a selection within code may mean the very file.
    argument = {"text": text} if in_markdown else {"text": text, "uri": snapshot.uri}
    found = [_offer("Apply suggested diff", "rewrite", "dovetail.applyDiff", argument)]
    if len(hunks) > 1:
        found += [
            _offer(
                f"Apply hunk {outcome.index + 1} of {len(hunks)} ({outcome.path}, {outcome.proof})",
                "rewrite",
                "dovetail.applyDiff",
                {**argument, "hunks": [str(outcome.index)]},
            )
            for outcome in hunks[:MOST_HUNKS]
            if outcome is not None and not outcome.refused
        ]
    return found


@lru_cache(maxsize=1)
def _reply(text: str) -> Reply:
    """The reply that a text is; kept, as the cursor moves about in one text."""
    return read_reply(text)


def _hunks(text: str, workspace: LiveWorkspace | None) -> Sequence[Outcome | None]:
    """The hunks of a text; with a workspace, for clients that cannot show proofs on an edit, how each fits."""
    reply = _reply(text)
    count = sum(len(change.hunks) for change in reply.changes)
    # One hunk needs no choice, and of very many nobody chooses.
    if workspace is None or count < 2 or count > MOST_HUNKS:
        return [None] * count
    return make_plan(reply, workspace).outcomes


def _annotates(capabilities: types.ClientCapabilities) -> bool:
    workspace = capabilities.workspace
    edit = workspace.workspace_edit if workspace else None
    return bool(edit and edit.change_annotation_support)
